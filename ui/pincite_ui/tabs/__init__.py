"""The tabs of the page: each lays itself out and listens to its own events."""
