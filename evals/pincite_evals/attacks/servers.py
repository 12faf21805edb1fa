"""Real servers on loopback, each in a process and folders of its own, ended whatever happens."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import httpx

from pincite import update_index
from pincite_evals.attacks.processes import end_tree, tree, wait_gone

DOCUMENTS = {
    "ferry.md": "# The ferry\n\n## Times\n\nThe ferry to Aster leaves at nine in the morning. The last one at six.\n",
    "dog.md": "# The dog\n\nThe dog of the harbour master is called Barnacle. Barnacle sleeps on the quay.\n",
}
QUESTION = "When does the ferry to Aster leave?"
_STARTING_S = 180.0


@contextmanager
def index_made_of(folder: Path, documents: Mapping[str, str] = DOCUMENTS) -> Iterator[Path]:
    """Index documents with the real encoder; yield the index's folder, which goes on leaving."""
    given = folder / "given"
    given.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (given / name).write_text(text, "utf-8")
    update_index(folder / "index", [given])
    try:
        yield folder / "index"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Served:
    """``pincite serve``, ``pincite ui`` or ``pincite mcp --http``; a context manager.

    Parameters
    ----------
    folder
        Below it the server keeps its data, temporary files and keys, in a folder whose name is a canary: it must never
        be told.
    tenants
        With ``serve``: names of keys to be made; none for a server without keys.
    """

    def __init__(
        self,
        folder: Path,
        command: Literal["serve", "ui", "mcp"],
        index: Path,
        *options: str,
        tenants: tuple[str, ...] = (),
    ) -> None:
        self.folder_canary = "canary-of-the-servers-folder"
        self.home = folder / self.folder_canary / command
        shutil.rmtree(self.home, ignore_errors=True)
        self.data, self.temporary, self.keys_file = self.home / "data", self.home / "tmp", self.home / "keys.json"
        self.temporary.mkdir(parents=True)
        self._command, self._index, self._options = command, index, options
        self.keys = {name: self._key(name) for name in tenants}
        self.log: list[str] = []
        self.address = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Served:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it says where it listens."""
        command = [sys.executable, "-m", "pincite", self._command, "--index", str(self._index), "--port", "0"]
        if self._command != "mcp" or self.keys:
            command += ["--data", str(self.data)]
        if self._command == "serve" or self.keys:
            command += ["--keys", str(self.keys_file)]
        if self._command == "ui":
            command += ["--no-browser"]
        environment = {**os.environ, "TMPDIR": str(self.temporary), "COLUMNS": "300", "PYTHONUNBUFFERED": "1"}
        for name in ("PINCITE_PASSWORD", "PINCITE_KEYS", "GRADIO_TEMP_DIR", "PINCITE_LLM"):
            environment.pop(name, None)
        launcher = [sys.executable, "-m", "pincite_evals.attacks.launching"]
        self.address = ""
        self._process = subprocess.Popen(
            [*launcher, *command, *self._options], cwd=self.home, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        ready.wait(_STARTING_S)
        if not self.address:
            self.stop()
            raise RuntimeError(f"the server did not start: {self.log_end()}")

    def stop(self) -> None:
        """End the process in good order where it lives, with force where it stays, and all that it started."""
        if self._process is None:
            return
        ours = tree(self._process.pid) if self.alive() else []
        if self.alive():
            self._process.terminate()
            try:
                self._process.wait(45)
            except subprocess.TimeoutExpired:
                self.kill()
        for pid in wait_gone(ours[1:], 3):
            end_tree(pid)
        self._process.wait()
        if self._reader is not None:
            self._reader.join(5)
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process = None

    def kill(self) -> None:
        """Kill the server at once, as an operator or a lack of memory does; what it started it must not outlive."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(re.search(r":(\d+)", self.address.partition("//")[2])[1])  # type: ignore[index]

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        """Return a client, of a tenant where one is named."""
        headers = {"Authorization": f"Bearer {self.keys[key]}"} if key else {}
        options.setdefault("timeout", 60)
        return httpx.Client(base_url=self.address.removesuffix("/mcp"), headers=headers, trust_env=False, **options)

    def upload(self, client: httpx.Client, name: str, content: str | bytes) -> dict[str, Any]:
        """Upload a document and wait until it is indexed; return the job."""
        response = client.post("/v1/documents", files=[("files", (name, content))])
        response.raise_for_status()
        return self.finished(client, response.json()["id"], 120)

    def finished(self, client: httpx.Client, job_id: str, seconds: float) -> dict[str, Any]:
        """Wait until an upload has ended; return its job."""
        deadline = time.monotonic() + seconds
        while True:
            job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
            if job.get("state") not in {"waiting", "running"} or time.monotonic() > deadline or not self.alive():
                return job
            time.sleep(0.1)

    def log_end(self) -> str:
        """Return what it printed last."""
        return " ".join("".join(self.log[-12:]).split())[-400:]

    def files_holding(self, words: bytes) -> set[Path]:
        """Return the files below the server's own folders that hold some words."""
        held = set()
        for folder in (self.data, self.temporary):
            for path in folder.rglob("*"):
                if path.is_file() and not path.is_symlink() and words in path.read_bytes():
                    held.add(path)
        return held

    def _key(self, name: str) -> str:
        command = [sys.executable, "-m", "pincite", "key", "create", name, "--keys", str(self.keys_file)]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return shown.stdout.split()[0]

    def _read(self, process: subprocess.Popen[bytes], ready: threading.Event) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.log.append(line.decode("utf-8", "replace"))
            if (found := re.search(r"ready at (http://\S+)", self.log[-1])) is not None:
                self.address = found[1]
                ready.set()
        ready.set()
