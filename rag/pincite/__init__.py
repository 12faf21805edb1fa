"""Ask your documents; every answer is pinned to the exact characters it came from."""
