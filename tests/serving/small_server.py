"""Servers over small documents and a hashing encoder, in this process or on a socket of loopback."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.testclient import TestClient

from pincite import Assistant, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.serving.app import make_app
from pincite.serving.collections import Collections
from pincite.serving.service import Service
from pincite.web.limits import Limits
from pincite.web.listening import listen
from pincite.web.server import configured

FERRY = "# The ferry\n\n## Times\n\nThe ferry to Aster leaves at nine in the morning. The last ferry leaves at six.\n"
DOG = "# The dog\n\nThe dog of the harbour master is called Barnacle. Barnacle sleeps on the quay.\n"
QUESTION = "When does the ferry to Aster leave?"


def willing(index):
    """Answer whatever is asked: the hashing encoder makes no sense that the confidence could be fitted to."""
    return Assistant(index, threshold=0)


def make_service(folder, *, limits=None, make=willing, **options):
    index, encoder = folder / "index", HashingEncoder()
    (folder / "given").mkdir()
    (folder / "given" / "ferry.md").write_text(FERRY, "utf-8")
    update_index(index, [folder / "given"], encoder=encoder)
    collections = Collections(folder / "data", encoder, make)
    return Service(collections, limits or Limits(), default=collections.of_folder(index), **options)


@contextmanager
def client_of(service, *, key=None, host="127.0.0.1"):
    """Return a client that speaks to the application in this process."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with TestClient(make_app(service, host=host), base_url="http://127.0.0.1", headers=headers) as client:
        yield client


def upload(client, *files):
    """Upload files, given as (name, content), and wait until they are indexed; return the job."""
    sent = [("files", (name, content)) for name, content in files]
    response = client.post("/v1/documents", files=sent)
    assert response.status_code == 202, response.text
    return finished(client, response.json()["id"])


def finished(client, job_id):
    for _ in range(400):
        job = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] not in {"waiting", "running"}:
            return job
        time.sleep(0.05)
    raise AssertionError(f"still {job['state']}")


@contextmanager
def on_a_socket(service, page=None):
    """Serve on a real socket in a thread; yield the address."""
    listening = listen("127.0.0.1", 0)
    application = make_app(service, host="127.0.0.1", page=page)
    server = uvicorn.Server(configured(application, service.connections, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.05)
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def problem_of(response: httpx.Response):
    """Return the error of a response, sure that it has the one shape that all have."""
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"message", "type", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    assert "\n" not in error["message"]
    return error
