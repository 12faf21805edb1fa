"""What the attacks must get through: careless readers, writers and servers, each with one fault."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pincite_evals.attacks import killing
from pincite_evals.attacks.tasks import ask_index, index_folder


def fails(given):
    raise ValueError("a careless reader")


def dies(given):
    os.abort()


def sleeps(given):
    time.sleep(60)


def hoards(given):
    held = [b"x" * 50_000_000 for _ in range(40)]
    time.sleep(60)
    return {"held": len(held)}


def works(given):
    print("what a library prints is no answer")
    return {"doubled": 2 * given["n"]}


def linear(given):
    time_of(given["size"] * 20)
    return {}


def quadratic(given):
    time_of(given["size"] ** 2 // 50)
    return {}


def time_of(n):
    for _ in range(n):
        pass


def loses_the_bad(given):
    """Index, and say nothing of what failed."""
    return {**index_folder(given), "failures": []}


def loses_the_good(given):
    """Give up beside the first file that cannot be read."""
    done = index_folder(given)
    return {**done, "added": []} if done["failures"] else done


def hungry(given):
    """Take memory for whatever is not good."""
    if len(list(Path(given["folder"]).iterdir())) > 1:
        held = [b"x" * 50_000_000 for _ in range(30)]
        time.sleep(0.3)
        del held
    return index_folder(given)


def trips(given):
    """End the run at one file."""
    if any(path.name.startswith("h7.") or "h7" in path.name for path in Path(given["folder"]).iterdir()):
        raise RuntimeError("tripped over a file")
    return index_folder(given)


_known = {}


def forgetful(given):
    """Open an index without looking at what is read from it: as if nothing had been damaged, but for one digit."""
    name = (Path(given["index"]) / "CURRENT").read_text().split()[0]
    text = (Path(given["index"]) / name / "texts.txt").read_bytes()
    key = json.dumps(given["questions"])
    if key not in _known:
        _known[key] = ask_index(given)
    answers = json.loads(json.dumps(_known[key]))
    answers["answers"][0]["answer"] += f" ({hash(text)})"
    return answers


def bare(given):
    """Let what a library raises out."""
    try:
        return ask_index(given)
    except Exception as error:
        raise KeyError("somewhere") from error


def careless_writer(given):
    """Make room for the new state before it is written."""
    write = killing.write

    def careless(index, name):
        shutil.rmtree(index, ignore_errors=True)
        time.sleep(0.2)
        write(index, name)

    killing.write = careless
    try:
        return getattr(killing, given["task"])(given)
    finally:
        killing.write = write


class ToyServer:
    """A page that reads whatever file it is told to, or with ``guarded`` only what was uploaded to it."""

    def __init__(self, folder, *, guarded):
        self.home, self.data, self.temporary = folder, folder / "data", folder / "tmp"
        self.pid, self.log, self.keys = os.getpid(), [], {}
        self.folder_canary = "canary-of-the-toy"
        for each in (self.data, self.temporary):
            each.mkdir(parents=True)
        toy = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                if self.path.startswith("/config"):
                    self.say({"components": [{"id": 1, "type": "file"}], "dependencies": [
                        {"id": 0, "api_name": "_run", "inputs": [1], "targets": [[1, "click"]]}]})  # fmt: skip
                elif "Authorization" in self.headers:
                    self.say({"refused": True}, 401)
                else:
                    self.say({})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if "upload" in self.path:
                    place = toy.temporary / str(len(body))
                    place.write_bytes(body)
                    self.say([str(place)])
                    return
                held = json.loads(body)["data"][0]
                path = held["path"] if isinstance(held, dict) else held[0]["path"]
                if guarded and not Path(path).resolve().is_relative_to(toy.temporary):
                    self.say({"refused": True}, 400)
                else:
                    self.say({"read": Path(path).read_text("utf-8")})

            def say(self, value, status=200):
                content = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def alive(self):
        return True

    def files_holding(self, words):
        return {path for path in self.data.rglob("*") if path.is_file() and words in path.read_bytes()}


@contextmanager
def toy_server(folder, *, guarded):
    toy = ToyServer(folder, guarded=guarded)
    thread = threading.Thread(target=toy.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield toy
    finally:
        toy.server.shutdown()
        thread.join()
        toy.server.server_close()
