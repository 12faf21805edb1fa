"""Indexing and asking open no socket, and write nothing outside the index and the cache."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.model

# Run in a process of its own: an audit hook cannot be taken away again.
SCRIPT = """
import os, sys, tempfile
allowed = [os.path.realpath(folder) for folder in sys.argv[2:]]
def watch(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        print("SOCKET", event, args[1:], flush=True)
    path = mode = None
    if event == "open":
        path, mode, flags = args
        if not (flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            return
    elif event in ("os.mkdir", "os.rename"):
        path = args[1] if event == "os.rename" else args[0]
    if isinstance(path, (str, bytes)):
        real = os.path.realpath(os.fsdecode(path))
        if real != os.devnull and not any(real.startswith(folder) for folder in allowed):
            print("WRITE", event, real, flush=True)
sys.addaudithook(watch)
sys.dont_write_bytecode = True
sys.argv = ["pincite", *sys.argv[1].split("|")]
from pincite.cli import main
main()
"""


@pytest.mark.parametrize(
    "command", ["index|{corpus}|--index|{index}", "ask|When was NATO established?|--index|{index}"]
)
def test_no_socket_and_no_stray_write(command, tmp_path_factory, nato_path):
    folder = tmp_path_factory.getbasetemp() / "offline"
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    index, temporary = folder / "index", folder / "tmp"
    temporary.mkdir(exist_ok=True)
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            SCRIPT,
            command.format(corpus=nato_path.parent, index=index),
            str(index),
            os.environ["PINCITE_CACHE"],
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(temporary)},
    )
    assert shown.returncode == 0, shown.stderr
    assert "SOCKET" not in shown.stdout
    assert "WRITE" not in shown.stdout
    assert list(home.iterdir()) == []
    assert list(temporary.iterdir()) == []
    assert "1949" in shown.stdout or "passages in" in shown.stdout
