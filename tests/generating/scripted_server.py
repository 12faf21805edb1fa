"""An OpenAI-compatible server that misbehaves as it is told: the model's name is the script."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECES = ("One, ", "two, ", "three, ", "four, ", "five.")
OVERFLOW = {"error": {"code": 400, "message": "the request exceeds the available context size (4096 tokens)"}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        if self.server.listed is not None:
            self._json(200, {"object": "list", "data": self.server.listed})
            return
        listed = [{"id": name, "object": "model", "meta": {"n_ctx": 4096}} for name in ("folder/good", "killed")]
        self._json(200, {"object": "list", "data": listed})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(({name.lower(): value for name, value in self.headers.items()}, asked))
        if sum(len(message["content"]) for message in asked["messages"]) > 16_000:
            self._json(400, OVERFLOW)
            return
        getattr(self, f"_{asked['model'].rpartition('/')[2]}")()

    def _good(self, pieces=PIECES, finish="stop"):
        self._begin()
        for piece in self.server.pieces or pieces:
            self._piece(piece)
        if finish:
            self._chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        self._send(b"data: [DONE]\n\n")
        self._end()

    def _cut(self):
        self._good(finish="length")

    def _truncated(self):
        """Ends in good order, as a server does whose model crashed."""
        self._good(pieces=PIECES[:2], finish=None)

    def _killed(self):
        """The connection is reset in mid-answer."""
        self._begin()
        self._piece(PIECES[0])
        self._reset()

    def _torn(self):
        """The connection ends within a chunk."""
        self._begin()
        self._piece(PIECES[0])
        self.wfile.write(b"40\r\ndata: {")
        self.close_connection = True

    def _malformed(self):
        self._begin()
        self._piece(PIECES[0])
        self._send(b'data: {"choices": [{"delta": {"cont\n\n')
        self._end()

    def _wrong(self):
        """JSON, but not what the protocol says."""
        self._begin()
        self._send(b'data: {"choices": [{"delta": {"content": 7}}]}\n\ndata: [1, 2]\n\ndata: null\n\n')
        self._end()

    def _page(self):
        self._answer(200, b"<html>It works!</html>", "text/html")

    def _empty(self):
        self._good(pieces=())

    def _error(self):
        self._begin()
        self._piece(PIECES[0])
        self._send(b'data: {"error": {"message": "the GPU ran out of memory", "type": "server_error"}}\n\n')
        self._end()

    def _busy(self):
        self._json(429, {"error": {"message": "slow down"}}, {"Retry-After": "1"})

    def _failing(self):
        self._json(500, {"error": {"message": "out\nof memory"}})

    def _unknown(self):
        self._json(404, {"error": {"message": "no such model"}})

    def _locked(self):
        self._json(401, {"error": {"message": "a key is needed"}})

    def _redirecting(self):
        self._answer(307, b"", "text/plain", {"Location": self.server.elsewhere})

    def _hanging(self):
        self.server.over.wait(20)
        self._reset()

    def _silent(self):
        """Falls silent in mid-answer."""
        self._begin()
        self._piece(PIECES[0])
        self._hanging()

    def _endless(self):
        """One piece after another, whatever was asked for."""
        self._begin()
        with suppress(OSError):
            while not self.server.over.is_set():
                self._piece("and on, ")

    def _lineless(self):
        """One line without end, in which no piece ever comes."""
        self._begin()
        with suppress(OSError):
            while not self.server.over.is_set():
                self._send(b"x" * 65_536)

    def _compressed(self):
        self._answer(200, gzip.compress(b"x" * 1_000_000), "text/event-stream", {"Content-Encoding": "gzip"})

    def _begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _piece(self, text):
        self._chunk({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    def _chunk(self, value):
        self._send(b"data: " + json.dumps({"id": "x", "object": "chat.completion.chunk", **value}).encode() + b"\n\n")

    def _send(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _end(self):
        self.wfile.write(b"0\r\n\r\n")

    def _reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _json(self, status, value, headers=()):
        self._answer(status, json.dumps(value).encode(), "application/json", headers)

    def _answer(self, status, body, kind, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ScriptedServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.pieces = ()
        self.listed = None
        self.over = threading.Event()
        self.elsewhere = ""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address):
        """Say nothing: clients that leave early are part of the tests."""


@contextmanager
def scripted_server():
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
