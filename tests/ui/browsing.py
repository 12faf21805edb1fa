"""A real server with the real encoder, and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENS = REPOSITORY / "screenshots"
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Server:
    """``pincite ui``, or ``pincite serve`` with its page, in a process of its own."""

    def __init__(self, folder, *arguments, port=0, program=("-m", "pincite"), command="ui"):
        self.folder = folder
        self.data = folder / "data"
        self._command = command
        self._arguments, self._program = arguments, program
        self.port = port
        self.log = []
        self._process = self._reader = None

    def start(self):
        command = [sys.executable, *self._program, self._command, *self._arguments]
        command += ["--index", str(self.folder / "index"), "--data", str(self.data), "--port", str(self.port)]
        command += ["--no-browser"] if self._command == "ui" else []
        temporary = self.folder / "temporary"
        temporary.mkdir(exist_ok=True)
        environment = {**os.environ, "GRADIO_TEMP_DIR": str(temporary / "gradio"), "TMPDIR": str(temporary)}
        self._process = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        ready = threading.Event()

        def read():
            for line in self._process.stdout:
                self.log.append(line)
                if (found := re.search(r"ready at http://\S+:(\d+)", line)) is not None:
                    self.port = int(found[1])
                    ready.set()
            ready.set()

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        assert ready.wait(120), "".join(self.log)
        assert self._process.poll() is None, "".join(self.log)
        return self

    def stop(self):
        self._process.terminate()
        self._process.wait(20)
        self._reader.join(20)
        self._process.stdout.close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(folder, *arguments, **options):
    server = Server(folder, *arguments, **options).start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Person:
    """Somebody with a browser of their own, and all that it asked for and complained of."""

    page: object
    server: object
    requests: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def open(self, wait=True):
        self.page.goto(self.server.address, wait_until="commit")
        if wait:
            self.page.wait_for_selector(".pc-welcome, .pc-turn")
        return self

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def ask(self, question):
        n = self.page.locator(".pc-turn").count()
        self.page.fill("#pc-question textarea", question)
        self.page.press("#pc-question textarea", "Enter")
        self.page.wait_for_function(
            "n => document.querySelectorAll('.pc-turn[data-state=done], .pc-turn[data-state=error]').length > n", arg=n
        )
        return self.page.locator(".pc-turn").last

    def cite(self, turn, n=1):
        turn.locator(f'.pc-said [data-cite="{n}"]').click()
        self.page.wait_for_selector(f'.pc-text [data-label="{n}"], .pc-text [data-box="{n}"]')

    def marked(self, n):
        """Return the text that the source viewer highlights for a citation."""
        pieces = self.page.eval_on_selector_all(
            ".pc-text mark", "all => all.map(each => [each.dataset.marks, each.textContent])"
        )
        return "".join(text for marks, text in pieces if str(n) in marks.split())

    def upload(self, *files, through="#pc-upload button", wait=True):
        # What an earlier upload had to say would look like the outcome of this one.
        self.page.evaluate(
            "document.querySelectorAll('.pc-documents :is(.pc-notice, .pc-error)').forEach(n => n.remove())"
        )
        with self.page.expect_file_chooser() as choosing:
            self.page.locator(through).first.click()
        choosing.value.set_files(files[0] if len(files) == 1 else list(files))
        if wait:
            self.uploaded()

    def uploaded(self):
        self.page.wait_for_function(
            "() => document.querySelector('.pc-documents .pc-notice, .pc-documents .pc-error')"
            " && !document.querySelector('.pc-documents progress')",
            timeout=90_000,
        )
        return self.page.locator(".pc-documents :is(.pc-notice, .pc-error)").first.inner_text()

    @property
    def folder(self):
        """Where the server keeps what is this person's."""
        [held] = [each["value"] for each in self.page.context.cookies() if each["name"].startswith("pincite_")]
        return self.server.data / "visitors" / held.partition(".")[0]

    def shoot(self, name):
        SCREENS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png")

    @property
    def outside(self):
        return [each for each in self.requests if not each.startswith((self.server.address, "data:", "blob:"))]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
