"""What one visitor can do to another who knows all that can be known of them: names of sessions, events and uploads."""

import json
import math
import threading
import time

import httpx
import pytest

pytest.importorskip("gradio")

from browsing import REPOSITORY, serving
from hostile import API, Stranger, file_object

from pincite.web.guesses import FOR_ONE

pytestmark = [pytest.mark.ui, pytest.mark.model]

QUESTION = "What does Article 5 say?"


@pytest.fixture
def two(server):
    with Stranger(server.address) as victim, Stranger(server.address) as other:
        yield victim, other


def named(stranger, name):
    [event] = [each for each in stranger.events if each["api_name"] == name]
    return event


def test_the_queue_says_nothing_of_anothers_events(two):
    victim, other = two
    ask = named(victim, "_ask")
    joined = victim.post(ask, victim.body(ask, [QUESTION, None, None])).json()
    said = other.stream(joined["event_id"], session=victim.session)
    assert "Article" not in said
    assert joined["event_id"] not in said
    # The other's question under the same name of a session goes to the other alone.
    fresh = named(other, "_fresh")
    assert other.post(fresh, {**other.body(fresh, []), "session_hash": victim.session}).status_code == 200
    assert "Article 5" in victim.stream(joined["event_id"])


def test_nobody_ends_anothers_events(two):
    victim, other = two
    ask = named(victim, "_ask")
    joined = victim.post(ask, victim.body(ask, [QUESTION, None, None])).json()
    body = {"session_hash": victim.session, "fn_index": ask["id"], "event_id": joined["event_id"]}
    assert other.http.post(f"{API}/cancel", json=body).status_code == 404
    assert other.http.post(f"{API}/reset", json=body).status_code == 404
    with other.http.stream("GET", f"{API}/heartbeat/{victim.session}") as beat:
        assert beat.status_code == 200  # and breaking it off closes the session of whoever it belongs to
    with other.http.stream("GET", f"{API}/queue/data", params={"session_hash": victim.session}) as lines:
        assert lines.status_code == 200
    said = victim.stream(joined["event_id"])
    assert '"success":true' in said.rpartition("process_completed")[2]
    assert "NATO" in said


@pytest.mark.parametrize("session", ["", "../x", "a b", "a" * 65, "a/b", "é", None, 1, ["a"], {"a": 1}])
def test_what_is_no_name_of_a_session_is_refused(two, session):
    _, other = two
    fresh = named(other, "_fresh")
    assert other.post(fresh, {**other.body(fresh, []), "session_hash": session}).status_code == 400
    if isinstance(session, str):
        assert other.http.get(f"{API}/queue/data", params={"session_hash": session}).status_code == 400
    twice = f"{API}/queue/data?session_hash={other.session}&session_hash={other.session}"
    assert other.http.get(twice).status_code == 400


def test_how_far_an_upload_is_is_told_to_nobody_else(two):
    victim, other = two
    assert victim.upload("private name.txt", b"mine", params={"upload_id": "abc"}).status_code == 200
    assert other.http.get(f"{API}/upload_progress", params={"upload_id": "abc"}).status_code == 404
    told = victim.http.get(f"{API}/upload_progress", params={"upload_id": "abc"}).text
    assert "private name.txt" in told
    assert told.rstrip().endswith('{"msg": "done"}')


def test_an_upload_that_breaks_off_leaves_nothing(server, two):
    victim, _ = two
    folder = server.data / "arriving" / victim.cookie[1].partition(".")[0]

    def pieces():
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + b"x" * 200_000
        began.set()
        time.sleep(0.5)
        raise httpx.ReadError("the connection broke")

    began = threading.Event()
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "5000000"}
    with pytest.raises(httpx.ReadError):
        victim.http.post(f"{API}/upload", content=pieces(), headers=headers)
    assert began.is_set()
    for _ in range(100):
        if not list(folder.rglob("*.txt")):
            break
        time.sleep(0.1)
    assert list(folder.rglob("*.txt")) == []


def test_a_header_that_comes_twice_is_refused(two):
    victim, _ = two
    fresh = named(victim, "_fresh")
    body = json.dumps(victim.body(fresh, [])).encode()
    own = str(victim.http.base_url).rstrip("/")
    for name, value in (("content-type", "multipart/form-data; boundary=x"), ("origin", "null"), ("origin", own)):
        headers = [("content-type", "application/json"), ("origin", own), (name, value)]
        assert victim.http.post(f"{API}/run/predict", content=body, headers=headers).status_code == 400
    headers = {"content-type": "application/json", "origin": own}
    assert victim.http.post(f"{API}/run/predict", content=body, headers=headers).status_code == 200


def test_no_path_of_the_server_is_told(server, two):
    victim, _ = two
    path = victim.uploaded("broken.pdf", b"%PDF-1.7 broken")
    add, run = named(victim, "_add"), named(victim, "_run")
    said = victim.send(add, [[file_object(path)], None])[1]
    assert "broken.pdf" in said
    path = victim.uploaded("empty.csv", b"a,b\n1,2\n")
    said += victim.send(run, [file_object(path)])[1]
    deep = json.dumps(["/".join(["folder" * 40] * 60) + "/a.txt"])
    said += victim.send(add, [[file_object(victim.uploaded("a.txt", b"The ferry leaves."))], deep])[1]
    for secret in (str(server.data), str(REPOSITORY), "/visitors/", "/arriving/"):
        assert secret not in said


def test_a_link_from_elsewhere_opens_the_page_as_its_visitor(person):
    person.ask(QUESTION)
    cookies = person.page.context.cookies()
    person.page.goto(f"data:text/html,<a href='{person.server.address}'>ask</a>")
    person.page.get_by_role("link", name="ask").click()
    person.page.wait_for_selector(".pc-turn")
    assert person.page.context.cookies() == cookies


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("guarded"), str(REPOSITORY / "corpus"), "--password", "right") as server:
        yield server


def test_guesses_at_the_password_are_few_and_hold_up_nobody_who_knows_it(guarded):
    owner = Stranger(guarded.address, "right")
    guessing = httpx.Client(base_url=guarded.address, auth=("anybody", "wrong"))
    began = time.monotonic()
    statuses = [guessing.get("/").status_code for _ in range(200)]
    # After the sixth the waits are 1, 2, 4, ... seconds, however many guesses come.
    most = FOR_ONE.free + 1 + math.ceil(math.log2(time.monotonic() - began + 1))
    assert 5 < statuses.count(401) <= most, "those that were looked at"
    assert statuses.count(401) + statuses.count(429) == 200
    late = guessing.get("/")
    assert late.status_code == 429
    assert 1 <= int(late.headers["retry-after"]) <= 30
    assert late.text.startswith("too many wrong passwords: wait ")
    assert "set-cookie" not in late.headers
    # Whoever was let in before goes on; a new browser at the guesser's address waits as long as was said, and no more.
    assert owner.http.get("/").status_code == 200
    fresh = named(owner, "_fresh")
    assert owner.send(fresh, [])[0] == 200
    newcomer = httpx.Client(base_url=guarded.address, auth=("anybody", "right"))
    assert newcomer.get("/").status_code == 429
    time.sleep(int(newcomer.get("/").headers["retry-after"]))
    assert newcomer.get("/").status_code == 200
    for each in (owner.http, guessing, newcomer):
        each.close()
