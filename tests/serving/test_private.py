"""No response names a folder of the server: bad input of every kind over every route, below folders with a canary."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_server import DOG, FERRY, QUESTION, client_of, finished, willing

from pincite import Retriever, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.errors import IndexLocked, IndexNotFound
from pincite.reading.files import LEGACY, READERS
from pincite.serving.collections import Collections
from pincite.serving.keys import KeyFile
from pincite.serving.service import Service
from pincite.web.private import without_folders

CANARY = "canary7f3a"
DATA = Path(__file__).parents[1] / "data"


class Watched:
    """A client that looks for the canary in everything that comes back."""

    def __init__(self, client):
        self._client, self.n_bodies = client, 0

    def request(self, method, path, **options):
        response = self._client.request(method, path, **options)
        for said in (response.text, str(response.headers)):
            assert CANARY not in said, f"{method} {path}: {said}"
        self.n_bodies += 1
        return response

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def upload(self, *files):
        """Upload, wait, and return the job, or ``None`` where the upload was refused."""
        response = self.post("/v1/documents", files=[("files", each) for each in files])
        return finished(self, response.json()["id"]) if response.status_code == 202 else None


@pytest.fixture(params=["without keys", "with keys"])
def watched(request, tmp_path):
    """A client with its service, everything of which lies below a folder with a canary, and a blank, in its name."""
    home = tmp_path / f"{CANARY} of ours"
    (home / "given").mkdir(parents=True)
    (home / "given" / "ferry.md").write_text(FERRY, "utf-8")
    encoder = HashingEncoder()
    collections = Collections(home / "data", encoder, willing)
    if request.param == "without keys":
        update_index(home / "index", [home / "given"], encoder=encoder)
        service, secret = Service(collections, default=collections.of_folder(home / "index")), None
    else:
        keys = KeyFile(home / "keys.json")
        secret = keys.create("aster")[1]
        service = Service(collections, keys=keys)
    with client_of(service, key=secret) as client:
        yield Watched(client), service, service.default or collections.named("aster")


BODIES = [
    {},
    [],
    {"question": ""},
    {"question": QUESTION},
    {"question": QUESTION, "stream": True},
    {"question": QUESTION, "docs": ["/etc/passwd", "none.md"]},
    {"question": QUESTION, "sections": ["None such"]},
    {"question": QUESTION, "k": 0},
    {"query": QUESTION},
    {"query": "?", "docs": ["none.md"]},
    {"questions": [{"id": 1, "question": QUESTION}, {"id": 2, "question": "?", "scope_docs": ["none.md"]}]},
    {"model": "pincite", "messages": [{"role": "user", "content": QUESTION}]},
    {"model": "pincite", "messages": [{"role": "user", "content": QUESTION}], "stream": True},
    {"model": "pincite", "messages": [{"role": "user", "content": QUESTION}], "docs": ["none.md"]},
    {"model": "../other", "messages": [{"role": "user", "content": QUESTION}]},
    {"model": "pincite", "input": "x"},
]


def ask_everything(client):
    """Call every operation with every body and with names of documents that there are, are not, and lead out."""
    for path in ("/v1/search", "/v1/ask", "/v1/batch", "/v1/chat/completions", "/v1/embeddings"):
        for body in BODIES:
            client.post(path, json=body)
        client.post(path, content=b"\xff{")
        client.get(path)
    for name in ("ferry.md", "dog.md", "none.md", "%2e%2e/%2e%2e/keys.json", "%2Fetc%2Fpasswd", "a%00b", "x" * 5000):
        for place in ("documents", "texts", "jobs", "models"):
            client.get(f"/v1/{place}/{name}")
        client.request("DELETE", f"/v1/documents/none-{name}")
    for path in ("/v1/documents", "/v1/models", "/metrics", "/openapi.json", "/healthz", "/readyz", "/v1/none"):
        client.get(path)


def broken_zip(suffix):
    """Return a file of a zipped format that has the parts' names and nonsense in them."""
    whole = (DATA / f"handbook{suffix}").read_bytes() if (DATA / f"handbook{suffix}").exists() else b""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in zipfile.ZipFile(io.BytesIO(whole)).namelist() if zipfile.is_zipfile(io.BytesIO(whole)) else ["a"]:
            archive.writestr(name, b"<?xml version='1.0'?><a><b></a>\xff")
    return held.getvalue()


@pytest.mark.slow
def test_corrupt_files_of_every_suffix_name_no_folder(watched):
    client, service, _collection = watched
    named = 0
    for suffix in sorted({*READERS, *LEGACY, ".exe"}):
        kind = suffix.removeprefix(".")
        sample = DATA / f"handbook{suffix}"
        whole = sample.read_bytes() if sample.exists() else b"%PDF-1.7 x"
        contents = [b"", b"\x00\xff\xfe" * 99, whole[: len(whole) // 2], broken_zip(suffix), b"{" * 999, whole[::-1]]
        job = client.upload(*((f"sub/{kind} {n}{suffix}", content) for n, content in enumerate(contents)))
        assert job is not None
        for failure in job["failures"]:
            assert failure["source"].startswith(f"sub/{kind} ")
            assert str(service.collections.data) not in failure["reason"]
            named += 1
    assert named > 2 * len(READERS)


def test_no_route_names_a_folder_whatever_it_is_asked(watched):
    client, _service, _collection = watched
    ask_everything(client)
    client.upload(("dog.md", DOG))
    ask_everything(client)
    assert client.n_bodies > 250


def damage(folder, whole):
    """Yield after each way of spoiling an index, of which there is a copy."""
    shutil.copytree(folder, whole)
    for name in sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file()):
        content = (whole / name).read_bytes()
        for spoilt in (b"", content[: len(content) // 2], bytes(len(content)), None):
            shutil.rmtree(folder)
            shutil.copytree(whole, folder)
            if spoilt is None:
                (folder / name).unlink()
            else:
                (folder / name).write_bytes(spoilt)
            yield


def test_a_damaged_index_names_no_folder(watched, tmp_path):
    client, service, collection = watched
    client.upload(("dog.md", DOG))
    statuses = set()
    for n, _ in enumerate(damage(collection.folder, tmp_path / "whole")):
        # Opened anew, as after a start of the server.
        service.collections._known.clear()
        if service.default is not None:
            service.default = service.collections.of_folder(collection.folder)
        for body in BODIES[3:5]:
            statuses.add(client.post("/v1/ask", json=body).status_code)
        statuses.add(client.get("/v1/documents").status_code)
        statuses.add(client.get("/v1/texts/dog.md").status_code)
        if n % 9 == 0:
            client.upload((f"new {n}.md", DOG))
            client.request("DELETE", "/v1/documents/dog.md")
    assert 503 in statuses


@pytest.mark.parametrize(
    "fault",
    [
        lambda folder: PermissionError(13, "Permission denied", f"{folder}/CURRENT"),
        lambda folder: OSError(28, "No space left on device", f"{folder}/texts.txt"),
        lambda folder: OSError(5, "Input/output error", str(folder)),
        lambda folder: FileNotFoundError(2, "No such file or directory", f"{folder}/a", None, f"{folder}/b"),
        lambda folder: IndexLocked(f"{folder}: another process is writing: try again"),
        lambda folder: IndexNotFound(f"{folder}: expected an index, found none: run `pincite index --index {folder}`"),
        lambda folder: ValueError(f"cannot map {folder}/vectors.npy"),
    ],
)
def test_a_disk_in_trouble_names_no_folder(watched, monkeypatch, fault):
    client, _service, collection = watched
    client.upload(("dog.md", DOG))

    def fail(*_args, **_options):
        raise fault(collection.folder)

    monkeypatch.setattr(type(collection), "add", fail)
    monkeypatch.setattr(type(collection), "remove", fail)
    monkeypatch.setattr(Retriever, "search", fail)
    job = client.upload(("cat.md", DOG))
    assert [failure["source"] for failure in job["failures"]] == ["cat.md"]
    client.request("DELETE", "/v1/documents/dog.md")
    ask_everything(client)
    monkeypatch.setattr(type(collection), "assistant", property(fail))
    ask_everything(client)
    monkeypatch.setattr(shutil, "copyfileobj", fail)
    refused = client.post("/v1/documents", files={"files": ("b.md", DOG)})
    assert refused.status_code >= 409
    assert json.loads(refused.text)["error"]["message"]


def test_a_folder_in_the_way_of_an_upload_is_not_named(watched):
    client, _service, collection = watched
    client.upload(("dog.md", DOG))
    (collection.uploads / "cat.md").mkdir()
    job = client.upload(("cat.md", DOG))
    assert job["failures"]
    assert job["failures"][0]["source"] == "cat.md"


PARTS = st.text(st.characters(exclude_characters="/\\'\"`\0", exclude_categories=["C", "Z"]), min_size=1, max_size=9)


@given(st.lists(PARTS, min_size=1, max_size=4), st.sampled_from(["{}: cannot be read", "in '{}'", "no x in {}", "{}"]))
def test_a_known_folder_is_gone_wherever_it_stands(parts, said):
    folder = Path("/", CANARY, "of ours", *parts)
    for path in (folder, folder / "a b.md", folder / "sub" / "c.md"):
        told = without_folders(said.format(path), [folder])
        assert CANARY not in told
        assert "of ours" not in told
        assert path == folder or path.name in told
