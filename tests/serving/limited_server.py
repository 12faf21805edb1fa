"""A server in a process of its own, with limits small enough to be met: ``limited_server.py KIND FOLDER LIMITS``.

``api`` is the server with keys over two empty collections, ``page`` what `pincite ui` serves with, over an application
that streams, sends much and takes much.  It prints its port, and its keys, as one line of JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

from small_server import willing
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from pincite.encoding.hashing import HashingEncoder
from pincite.serving.app import make_app
from pincite.serving.collections import Collections
from pincite.serving.keys import KeyFile
from pincite.serving.service import Service
from pincite.web.limits import ConnectionLimits, Limits
from pincite.web.listening import listen
from pincite.web.server import serve
from pincite_ui import serving as page_serving

answered = []


async def stream(request):
    async def events():
        for n in range(int(request.query_params["n"])):
            yield f"data: {n}\n\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(events(), media_type="text/event-stream")


async def much(request):
    async def pieces():
        for _ in range(1000):
            yield b"x" * 100_000

    return StreamingResponse(pieces())


async def take(request):
    return PlainTextResponse(str(len(await request.body())))


async def refuse(request):
    return PlainTextResponse("no", 401)


async def counted(request):
    answered.append(request)
    return PlainTextResponse("x" * 65_536)


async def count(request):
    return PlainTextResponse(str(len(answered)))


async def health(request):
    return PlainTextResponse("ok")


def main(kind, folder, limits):
    with listen("127.0.0.1" if kind == "api" else "0.0.0.0", 0) as listening:
        told = {"port": listening.getsockname()[1]}
        if kind == "page":
            routes = [("/stream", stream), ("/much", much), ("/take", take), ("/refuse", refuse), ("/healthz", health)]
            routes += [("/counted", counted), ("/count", count)]
            methods = ["GET", "POST"]
            application = Starlette(routes=[Route(path, each, methods=methods) for path, each in routes])
            print(json.dumps(told), flush=True)
            page_serving.serve(application, listening, ConnectionLimits(**limits))
        else:
            keys = KeyFile(folder / "keys.json")
            told["keys"] = {name: keys.create(name)[1] for name in ("aster", "birch")}
            service = Service(Collections(folder / "data", HashingEncoder(), willing), Limits(**limits), keys=keys)
            print(json.dumps(told), flush=True)
            serve(make_app(service, host="127.0.0.1"), service, listening)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
