"""Cookies: the server's own only, and what the guard does with the others."""

import secrets
import stat
import threading

import pytest

pytest.importorskip("starlette")  # which gradio brings, and is all that is needed of it

from test_admission import EVENT, HERE, Door

from pincite import PinciteError
from pincite_ui.cookies import BEFORE, KEY_FILE, UNSIGNED, Cookies


@pytest.fixture
def door(tmp_path):
    return Door(tmp_path)


def given(answer):
    """Return the cookie that an answer gives, as a browser sends it back, or nothing."""
    return next((value.partition(";")[0] for name, value in answer[1] if name == "set-cookie"), None)


def sent_on(door):
    """Return all cookies in the request that got through last."""
    scope, _ = door.reached[-1]
    return [value.decode() for name, value in scope["headers"] if name == b"cookie"]


def arrive(door, cookie=None, path="/", method="GET"):
    headers = {**HERE, "content-type": "application/json", **({} if cookie is None else {"cookie": cookie})}
    return door.ask(method, path, headers.items(), EVENT, b"session_hash=abc")


def test_a_new_browser_gets_a_cookie_and_keeps_it(door):
    first = arrive(door)
    cookie = given(first)
    assert sent_on(door) == [cookie], "the page's own first request belongs to its visitor already"
    again = arrive(door, cookie)
    assert given(again) is None
    assert sent_on(door) == [cookie]
    [said] = [value for name, value in first[1] if name == "set-cookie"]
    # Strict would not be sent along when somebody follows a link here, and a new visitor would take their place.
    assert said.split("; ")[1:] == ["Path=/", "Max-Age=31536000", "HttpOnly", "SameSite=Lax"]


def test_a_forged_or_unknown_cookie_makes_a_new_visitor(door, tmp_path):
    visitor_id, cookie = door.visitor()
    name, _, value = cookie.partition("=")
    _, other = door.visitor()
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Cookies(tmp_path / "elsewhere", guarded=False)
    forged = [
        secrets.token_hex(16),
        "0" * 32,
        visitor_id,
        f"{visitor_id}.",
        f"{visitor_id}.{'0' * 64}",
        f"{visitor_id}.{other.rpartition('.')[2]}",
        f"{value}0",
        value[:-1],
        value.upper(),
        f"{visitor_id}.é",
        f'"{visitor_id}"',
        f"../{value}",
        elsewhere.value(visitor_id),
    ]
    for each in forged:
        answer = arrive(door, f"{name}={each}")
        assert given(answer) not in {None, cookie}, each
        assert sent_on(door) == [given(answer)]
        for method, path in (
            ("POST", "/gradio_api/queue/join"),
            ("GET", "/pincite/answers"),
            ("POST", "/gradio_api/upload"),
        ):
            assert arrive(door, f"{name}={each}", path, method)[0] == 403
    assert arrive(door, None, "/gradio_api/queue/join", "POST")[0] == 403
    assert arrive(door, cookie, "/gradio_api/queue/join", "POST")[0] == 200


def test_what_is_passed_on_is_the_cookie_that_was_checked(door):
    _, cookie = door.visitor()
    arrive(door, f"a=1; {cookie}; access-token=x; b=[{{")
    assert sent_on(door) == [cookie]
    name = door.cookies.name
    arrive(door, f"{cookie}; {name}={'0' * 32}")
    assert len(sent_on(door)) == 1
    assert "0" * 32 not in sent_on(door)[0]


def test_another_server_of_the_same_machine_has_a_cookie_of_another_name(tmp_path):
    names = set()
    for data in ("one", "two"):
        for guarded in (False, True):
            names.add(Cookies(tmp_path / data, guarded=guarded).name)
    assert len(names) == 4
    assert Cookies(tmp_path / "one", guarded=False).name in names


def test_the_secret_is_the_owners_alone_and_stays(tmp_path):
    first = Cookies(tmp_path / "data", guarded=False)
    path = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    again = Cookies(tmp_path / "data", guarded=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again.visitor_id({first.name: first.value("a" * 32)}) == "a" * 32
    assert [each.name for each in path.parent.iterdir()] == [KEY_FILE]
    path.write_bytes(b"short")
    with pytest.raises(PinciteError, match="expected a secret of 32 bytes, found 5: remove the file"):
        Cookies(tmp_path / "data", guarded=False)


def test_servers_that_open_a_folder_at_once_agree_on_the_secret(tmp_path):
    names, begin = [], threading.Barrier(8)

    def opened():
        begin.wait()
        names.append(Cookies(tmp_path, guarded=False).name)

    threads = [threading.Thread(target=opened) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(names) == 8
    assert len(set(names)) == 1


def test_a_visitor_from_before_keeps_their_place_once(tmp_path):
    before = secrets.token_hex(16)
    (tmp_path / "visitors" / before / "conversations").mkdir(parents=True)
    door = Door(tmp_path)
    cookie = given(arrive(door, f"{BEFORE}={before}"))
    assert door.cookies.visitor_id(dict([cookie.split("=")])) == before
    assert not (tmp_path / "visitors" / before / UNSIGNED).exists()
    again = given(arrive(door, f"{BEFORE}={before}"))
    assert before not in again, "whoever learns the old cookie later has nothing of it"
    assert given(arrive(door, f"{BEFORE}={before}; {cookie}")) is None


def test_an_unsigned_cookie_of_nobody_from_before_is_a_new_visitor(tmp_path):
    Cookies(tmp_path, guarded=False)
    later = secrets.token_hex(16)
    (tmp_path / "visitors" / later).mkdir(parents=True)
    door = Door(tmp_path)
    for named in (later, secrets.token_hex(16), "../../etc", ".", ""):
        cookie = given(arrive(door, f"{BEFORE}={named}"))
        assert door.cookies.visitor_id(dict([cookie.split("=")])) not in {named, None}


def test_what_somebody_had_before_they_knew_the_password_is_not_taken_over(tmp_path):
    before = secrets.token_hex(16)
    (tmp_path / "visitors" / before).mkdir(parents=True)
    open_door, guarded = Door(tmp_path), Door(tmp_path, password="secret")
    visitor_id, cookie = open_door.visitor()
    login = ("authorization", "Basic YTpzZWNyZXQ=")
    renamed = f"{guarded.cookies.name}={cookie.partition('=')[2]}"
    for each in (cookie, renamed, f"{BEFORE}={before}"):
        headers = [*HERE.items(), ("cookie", each)]
        assert guarded.ask(headers=headers)[0] == 401
        assert given(guarded.ask(headers=headers)) is None, "there is no cookie without the password"
        answer = guarded.ask(headers=[*headers, login])
        assert answer[0] == 200
        assert visitor_id not in given(answer)
        assert before not in given(answer)
    headers = [*HERE.items(), ("cookie", given(answer))]
    assert given(guarded.ask(headers=[*headers, login])) is None
    assert guarded.ask(headers=headers)[0] == 401, "the cookie is no password"
