"""A visitor who speaks the protocol by hand gets at no file but what they uploaded, whichever event they send.

The events are those that the page's own configuration lists: one that is added is attacked without being named here.
"""

import itertools
import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("gradio")

from browsing import REPOSITORY, serving
from hostile import META, Stranger, file_object

from pincite import update_index
from pincite.serving.keys import KeyFile

pytestmark = [pytest.mark.ui, pytest.mark.model, pytest.mark.slow]

PASSWORD = "a password of tests"
TAKE_FILES = {"file", "uploadbutton"}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked") / "index"
    update_index(folder, [REPOSITORY / "corpus"])
    return folder


@pytest.fixture(
    scope="module",
    params=[("ui", False), ("ui", True), ("serve", False), ("serve", True)],
    ids=["ui", "ui with a password", "serve", "serve with keys and a password"],
)
def attacked(request, tmp_path_factory, index):
    """Return a server of the page, and its password."""
    command, guarded = request.param
    folder = tmp_path_factory.mktemp("server")
    (folder / "index").symlink_to(index)
    arguments = ["--password", PASSWORD] if guarded else []
    if command == "serve" and guarded:
        KeyFile(folder / "keys.json").create("aster")
    if command == "serve":
        arguments += ["--keys", str(folder / "keys.json")]
    with serving(folder, *arguments, command=command) as server:
        yield server, PASSWORD if guarded else None


@pytest.fixture
def stranger(attacked):
    server, password = attacked
    with Stranger(server.address, password) as stranger:
        yield stranger


@pytest.fixture
def canary(tmp_path):
    """Return a file of the server that would pass for questions and for a document, and its secret."""
    secret = f"canary{secrets.token_hex(8)}"
    path = tmp_path / "outside.txt"
    path.write_text(f"What does {secret} sing?\nThe {secret} sings at nine.\n", "utf-8")
    return path, secret


def files_named(path, own, arriving):
    """Yield file objects that name a path of the server in every way there is, by what they try."""
    up = "../" * 30
    relative = os.path.relpath(path, arriving)
    place, _, name = own.partition("/")
    for what, named in {
        "absolute": path,
        "relative to the process": os.path.relpath(path),
        "relative to the uploads": relative,
        "above everything": f"{up}{str(path)[1:]}",
        "from an own upload upwards": f"{own}/{up}{str(path)[1:]}",
        "from an own place upwards": f"{place}/../../{relative}",
        "an own place and an absolute path": f"{place}/{path}",
        "the absolute path of an own upload": f"{arriving}/{own}",
        "percent-encoded": quote(str(path), safe=""),
        "with a trailing NUL": f"{path}\0",
        "NUL and a suffix": f"{path}\0.txt",
        "fullwidth dots and strokes": f"．．／{str(path)[1:].replace('/', '／')}",
        "another case": f"{place.upper()}/{name}",
        "backslashes": str(path).replace("/", "\\"),
        "an address of a file": f"file://{path}",
        "an address": "http://127.0.0.1:1/x.txt",
        "the home folder": f"~/{path}",
        "a folder": path.parent,
        "an own place": place,
        "nothing": "",
    }.items():
        yield what, file_object(named)
    yield "an own name and another url", {**file_object(path), "url": f"/gradio_api/file={own}"}
    yield "a stream", file_object(path, is_stream=True)
    yield "an url alone", {"url": f"file://{path}", "meta": META}
    yield "a path alone", {"path": str(path)}
    yield "no path", {"path": None, "meta": META}
    yield "a list for a path", {"path": [str(path)], "meta": META}
    yield "a mark alone", {"meta": META, "name": str(path), "orig_name": str(path)}


def hidden(file):
    """Yield a file object where one would not look for it."""
    yield "itself", file
    yield "in a list", [file]
    yield "in a value", {"value": file}
    yield "deep", {"a": [{"b": [[{"c": file}]]}]}
    yield "beside an own name", [file, {"x": file}]
    if file.get("meta"):
        yield "as text", json.dumps(file)
        yield "as text in text", json.dumps(json.dumps([file]))


def told(stranger, server):
    """Return everything that a visitor may come to see, and all that the server keeps for visitors."""
    kept = [path for path in server.data.rglob("*") if path.is_file() and not path.is_symlink()]
    answers = stranger.http.get("/pincite/answers")
    return [("the answers", answers.text), *((str(path), path.read_bytes().decode("latin-1")) for path in kept)]


def home(server):
    return server.data / "page" if (server.data / "page").is_dir() else server.data


def test_no_event_takes_a_file_that_the_visitor_did_not_upload(attacked, stranger, canary):
    server, _ = attacked
    path, secret = canary
    arriving = home(server) / "arriving" / stranger.cookie[1].partition(".")[0]
    own = stranger.uploaded("own.txt", b"What does Article 5 say?\n")
    assert sum(bool(TAKE_FILES & set(stranger.kinds(each))) for each in stranger.events) >= 3
    named = list(files_named(path, own, arriving))
    # Every way to name a file in every place of what takes files; all others get each place, and each way in turn.
    ways = itertools.cycle(named)
    for event in stranger.events:
        nothing = [None] * len(event["inputs"])
        slots: list = [*range(len(nothing)), None]
        for slot in slots:
            takes = slot is not None and stranger.kinds(event)[slot] in TAKE_FILES
            for what, file in named if takes else [next(ways), next(ways)]:
                for where, value in hidden(file):
                    data = [value if n == slot else None for n in range(len(nothing))]
                    body = stranger.body(event, data, event_data={"doc": value} if slot is None else None)
                    response = stranger.post(event, body)
                    assert response.status_code == 403, (event["api_name"], slot, what, where, response.text)
    assert [name for name, text in told(stranger, server) if secret in text] == []


def test_a_path_as_text_reads_no_file_either(attacked, stranger, canary):
    server, _ = attacked
    path, secret = canary
    for event in stranger.events:
        for n in range(len(event["inputs"])):
            data: list = [None] * len(event["inputs"])
            data[n] = [str(path)] if stranger.kinds(event)[n] in TAKE_FILES else str(path)
            _, said = stranger.send(event, data, event_data={"doc": str(path), "id": str(path)})
            assert secret not in said, event["api_name"]
    assert [name for name, text in told(stranger, server) if secret in text] == []


def test_no_body_is_read_in_two_ways(attacked, stranger, canary):
    server, _ = attacked
    path, secret = canary
    own = stranger.uploaded("own.txt", b"What does Article 5 say?\n")
    [event] = [each for each in stranger.events if each["api_name"] == "_run"]
    good = json.dumps(stranger.body(event, [file_object(own)]))
    twice = good.replace(f'"path": "{own}"', f'"path": "{path}", "path": "{own}"')
    assert twice != good
    escaped = good.replace('"path"', '"\\u0070ath"').replace(own, str(path))
    for body in (escaped.encode(), escaped.encode("utf-16"), good.replace(own, str(path)).encode("utf-32")):
        assert stranger.post(event, body).status_code == 403
    status, said = stranger.outcome(event, stranger.post(event, twice.encode()))
    assert status == 200
    assert secret not in said
    nested = b'{"session_hash": "a", "fn_index": 1, "data": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}"
    for body in (b"", b"[]", b"{", b'{"data": [NaN]}', nested):
        assert stranger.post(event, body).status_code == 400
    form = {"component_id": "1", "session_hash": "a", "fn_name": "f"}
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/jsonp", ""):
        for name in ("queue/join", "run/predict", "component_server"):
            response = stranger.http.post(f"/gradio_api/{name}", content=good, headers={"content-type": kind})
            assert response.status_code == 415
    response = stranger.http.post("/gradio_api/component_server", data=form, files={"x": ("a.txt", path.read_bytes())})
    assert response.status_code == 415, "Gradio would keep the file in /tmp"
    assert [name for name, text in told(stranger, server) if secret in text] == []


def test_an_upload_is_its_own_visitors_alone(attacked, stranger, canary):
    server, password = attacked
    _, secret = canary
    theirs = stranger.uploaded("theirs.txt", f"What does {secret} sing?\n".encode())
    takers = [each for each in stranger.events if TAKE_FILES & set(stranger.kinds(each))]
    with Stranger(server.address, password) as other:
        for event in takers:
            slot = [kind in TAKE_FILES for kind in other.kinds(event)].index(True)
            for value in (file_object(theirs), [file_object(theirs)]):
                data: list = [None] * len(event["inputs"])
                data[slot] = value
                assert other.send(event, data) == (403, "a file that is not here, or not yours: choose it again")
        assert secret not in other.http.get("/pincite/answers").text
    # The same browser with another cookie is another visitor.
    stranger.http.cookies.clear()
    stranger.arrive()
    for event in takers:
        slot = [kind in TAKE_FILES for kind in stranger.kinds(event)].index(True)
        data = [None] * len(event["inputs"])
        data[slot] = file_object(theirs)
        assert stranger.send(event, data)[0] == 403


def test_what_the_visitor_uploaded_is_taken_by_each_event_that_takes_files(stranger):
    for event in stranger.events:
        kinds = stranger.kinds(event)
        if not TAKE_FILES & set(kinds):
            continue
        slot = [kind in TAKE_FILES for kind in kinds].index(True)
        file = file_object(stranger.uploaded("ferries.txt", b"When does the ferry leave?\nThe ferry leaves at nine.\n"))
        data: list = [None] * len(kinds)
        data[slot] = [file] if event["api_name"].startswith("_add") else file
        status, said = stranger.send(event, data)
        assert status == 200
        assert '"success":true' in said.rpartition("process_completed")[2], (event["api_name"], said)
        assert "ferr" in said or "questions" in said


def test_no_trace_is_left_in_shared_folders_and_nobody_else_may_read_what_is_kept(attacked, stranger):
    server, _ = attacked
    [event] = [each for each in stranger.events if each["api_name"] == "_add"]
    own = stranger.uploaded("harbour.txt", b"The harbour master is called Aster.\n")
    assert stranger.send(event, [[file_object(own)], None])[0] == 200
    kept = home(server)
    assert [path for path in [kept, *kept.rglob("*")] if not path.is_symlink() and path.stat().st_mode & 0o077] == []
    assert not (kept / "arriving" / stranger.cookie[1].partition(".")[0] / own).exists(), "it was taken"
    left = [path for path in (server.folder / "temporary").rglob("*") if path.is_file()]
    assert left == []


def test_documents_and_pages_are_found_by_their_ids_only(attacked, stranger, canary):
    server, _ = attacked
    path, secret = canary
    for doc in (path, f"../{path}", quote(str(path)), "../../index/manifest.json", "nato-defense-policies.txt\0.pdf"):
        response = stranger.http.get("/pincite/page", params={"doc": str(doc), "page": 1})
        assert response.status_code == 404
        assert secret not in response.text
    unknown = stranger.http.get("/pincite/page", params={"doc": "no-such-document.pdf", "page": 1})
    assert unknown.status_code == 404
    assert str(server.folder) not in unknown.text
    assert "no-such-document.pdf" in unknown.text


def test_a_conversation_is_found_by_its_id_only(attacked, stranger):
    server, _ = attacked
    visitor = home(server) / "visitors" / stranger.cookie[1].partition(".")[0]
    visitor.mkdir(parents=True, exist_ok=True)
    kept = visitor / "settings.json"
    kept.write_text('{"passages": 3}', "utf-8")
    events = {each["api_name"]: each for each in stranger.events}
    for named in ("../settings", "../settings.json", "..", "", "/etc/passwd", "..\\settings", "settings\0", str(kept)):
        stranger.send(events["_delete"], [named], {"id": named})
        stranger.send(events["_clear"], [named])
        stranger.send(events["_rename"], [named], {"id": named, "title": "x"})
        assert "passages" not in stranger.send(events["_open"], [], {"id": named})[1]
    assert kept.read_text("utf-8") == '{"passages": 3}'
    assert Path("/etc/passwd").exists()
