"""Taking uploads in, each into its visitor's own folder, and telling the page how far they are.

Gradio's own route keeps uploads of all visitors in one folder, tells everybody's path on the server, and leaves behind
what a broken connection began; it is never reached.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from pincite.web.limits import MAX_UPLOAD_BYTES
from pincite_ui.arrivals import Arrivals

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FILES = 1_000
"""Files in one request: the browser sends so many at once, and more in further requests."""
MAX_FOLLOWED = 256
_BEGINS_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.1
_FOLLOWED_FOR_S = 3_600.0


@dataclass(slots=True)
class Followed:
    """How far an upload is: what has come since it was last told, by name, and whether it has ended."""

    news: deque[tuple[str, int]] = field(default_factory=deque)
    ended: bool = False

    def came(self, name: str, n_bytes: int) -> None:
        """Note bytes of a file."""
        if self.news and self.news[-1][0] == name:
            n_bytes += self.news.pop()[1]
        self.news.append((name, n_bytes))


class Progress:
    """How far the uploads are, each told to its own visitor only."""

    def __init__(self) -> None:
        self._followed: OrderedDict[tuple[str, str], Followed] = OrderedDict()

    def begin(self, visitor_id: str, upload_id: str) -> Followed:
        """Follow an upload; the one that was followed longest is not any more where there are too many."""
        followed = self._followed[visitor_id, upload_id[:100]] = Followed()
        while len(self._followed) > MAX_FOLLOWED:
            self._followed.popitem(last=False)
        return followed

    async def found(self, visitor_id: str, upload_id: str) -> Followed | None:
        """Return an upload that begins about now."""
        ends = time.monotonic() + _BEGINS_WITHIN_S
        while (followed := self._followed.get((visitor_id, upload_id[:100]))) is None and time.monotonic() < ends:
            await asyncio.sleep(_LOOK_EVERY_S)
        return followed

    async def told(self, followed: Followed) -> AsyncIterator[str]:
        """Yield server-sent events until the upload has ended."""
        ends = time.monotonic() + _FOLLOWED_FOR_S
        while time.monotonic() < ends:
            while followed.news:
                name, n_bytes = followed.news.popleft()
                yield f"data: {json.dumps({'msg': 'update', 'orig_name': name, 'chunk_size': n_bytes})}\n\n"
            if followed.ended:
                yield f"data: {json.dumps({'msg': 'done'})}\n\n"
                return
            await asyncio.sleep(_LOOK_EVERY_S)


async def receive(request: Request, arrivals: Arrivals, followed: Followed) -> list[str]:
    """Take the files of a form in, and return what each is called from now on; all of them or none.

    Raises
    ------
    HTTPException
        The request is no form with files, or a file is too large.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise HTTPException(400, "expected a form with files")
    length = request.headers.get("content-length", "0")
    await run_in_threadpool(arrivals.make_room, int(length) if length.isdigit() else 0)
    form = _Form(arrivals, followed)
    try:
        parser = MultipartParser(options[b"boundary"], form.callbacks)
        async for piece in request.stream():
            if piece:
                # Writing may wait for the disk; meanwhile others are served.
                await run_in_threadpool(parser.write, piece)
        parser.finalize()
        if form.file is not None or not form.whole:
            raise HTTPException(400, "the form is not whole: send it again")
    except BaseException as error:
        await run_in_threadpool(form.discard)
        if isinstance(error, FormParserError):
            raise HTTPException(400, "expected a form with files") from error
        if isinstance(error, ClientDisconnect):
            raise HTTPException(400, "the connection ended too early") from error
        raise
    finally:
        followed.ended = True
    return [arrivals.name_of(path) for path in form.paths]


class _Form:
    """Writes the files of a form to disk as they come."""

    def __init__(self, arrivals: Arrivals, followed: Followed) -> None:
        self._arrivals, self._followed = arrivals, followed
        self.paths: list[Path] = []
        self.file: BinaryIO | None = None
        self.whole = False
        self._said, self._size = "", 0
        self._name, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_part_end": self._close,
            "on_end": self._end,
        }

    def discard(self) -> None:
        """Remove what has come so far."""
        self._close()
        for path in self.paths:
            self._arrivals.let_go(path)

    def _begin(self) -> None:
        self._headers = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if options.get(b"name") != b"files" or b"filename" not in options:
            raise HTTPException(400, "expected nothing but files")
        if len(self.paths) == MAX_FILES:
            raise HTTPException(413, f"more than {MAX_FILES} files at once: send fewer")
        self._said = options[b"filename"].decode("utf-8", "replace")
        self._size = 0
        path = self._arrivals.new(self._said)
        self.paths.append(path)
        self.file = path.open("xb")
        path.chmod(0o600)

    def _write(self, data: bytes, start: int, end: int) -> None:
        assert self.file is not None
        self._size += end - start
        if self._size > MAX_UPLOAD_BYTES:
            raise HTTPException(413, f"larger than the maximum allowed size of {MAX_UPLOAD_BYTES} bytes: split it")
        self.file.write(data[start:end])
        self._followed.came(self._said, end - start)

    def _close(self) -> None:
        if self.file is not None:
            with suppress(OSError):
                self.file.close()
            self.file = None

    def _end(self) -> None:
        self.whole = True
