"""Uploads on their way: whose they are, where they lie, and when they go."""

import json
import os
import stat
import time

import pytest
from in_a_thread import run

pytest.importorskip("starlette")  # which gradio brings, and is all that is needed of it

from starlette.exceptions import HTTPException
from starlette.requests import Request

from pincite import PinciteError
from pincite_ui import arrivals as arrived_files
from pincite_ui import upload_forms
from pincite_ui.arrivals import Arrivals, sweep
from pincite_ui.upload_forms import Followed, Progress, receive

VISITOR, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def arrivals(tmp_path):
    return Arrivals(tmp_path / "arriving" / VISITOR)


def came(arrivals, name="notes.txt", content=b"mine"):
    path = arrivals.new(name)
    path.write_bytes(content)
    return path


def form(*files, field="files"):
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode() + content + b"\r\n"
        for name, content in files
    ]
    return b"".join(parts) + b"--x--\r\n"


def send(arrivals, body, followed=None, pieces=64, breaks_off=False, kind="multipart/form-data; boundary=x"):
    """Send a form, in pieces, to what takes uploads in."""
    waiting = [body[at : at + pieces] for at in range(0, len(body), pieces)]

    async def arriving_pieces():
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or breaks_off}
        return {"type": "http.disconnect"}

    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, arriving_pieces)
    return run(receive(request, arrivals, followed or Followed()))


def test_a_form_is_taken_in_file_by_file(arrivals):
    files = [("a.txt", b"one\r\n--y\r\n"), ("a.txt", b""), ("ü b.md", b"\0" * 5000)]
    for pieces in (1, 7, 64, 100_000):
        names = send(arrivals, form(*files), pieces=pieces)
        assert [arrivals.path_of(name).read_bytes() for name in names] == [content for _, content in files]
        assert [name.partition("/")[2] for name in names] == [name for name, _ in files]
    kept = [path for path in arrivals.folder.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert kept == []


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/x.txt",
        "/etc/x.txt",
        "a\\x.txt",
        "%2e%2e/x.txt",
        "..",
        "",
        "\u202ex.txt",
        "x" * 3000,
        "語" * 200 + ".txt",
    ],
)
def test_whatever_it_is_called_it_lies_in_its_visitors_folder(arrivals, name):
    [named] = send(arrivals, form((name, b"mine")))
    path = arrivals.path_of(named)
    assert path.resolve().parent.parent == arrivals.folder.resolve()
    assert arrivals.own(str(path)) == path


def test_what_is_no_form_of_files_leaves_nothing(arrivals, monkeypatch):
    monkeypatch.setattr(upload_forms, "MAX_UPLOAD_BYTES", 1000)
    monkeypatch.setattr(upload_forms, "MAX_FILES", 3)
    whole = form(("a.txt", b"fine"), ("b.txt", b"fine"))
    for body, status in (
        (whole[:-20], 400),
        (whole[:100], 400),
        (b"", 400),
        (b"nothing of the kind", 400),
        (form(("a.txt", b"fine"), field="other"), 400),
        (form(("a.txt", b"fine"), ("b.txt", b"x" * 1001)), 413),
        (form(*[("a.txt", b"")] * 4), 413),
    ):
        with pytest.raises(HTTPException) as refused:
            send(arrivals, body)
        assert refused.value.status_code == status
        assert list(arrivals.folder.rglob("*.txt")) == []
    with pytest.raises(HTTPException, match="ended too early"):
        send(arrivals, whole[:100], breaks_off=True)
    assert list(arrivals.folder.rglob("*.txt")) == []
    for kind in ("application/json", "multipart/form-data", "", "multipart/form-data; boundary=" + "x" * 300):
        with pytest.raises(HTTPException):
            send(arrivals, whole, kind=kind)


def test_a_file_is_known_by_the_name_it_was_given_here_and_by_no_other(arrivals, tmp_path):
    path = came(arrivals)
    name = arrivals.name_of(path)
    place = name.partition("/")[0]
    outside = tmp_path / "outside.txt"
    outside.write_text("secret", "utf-8")
    assert arrivals.path_of(name) == path
    for other in (
        "", "/", name + "\0", name + "/", "/" + name, "./" + name, f"{place}//notes.txt", f"{place}/./notes.txt",
        f"{place}/NOTES.TXT", f"{place.upper()}/notes.txt", f"{place}/notes.txt/../notes.txt", f"{place}/..",
        f"{place}/", place, f"../{VISITOR}/{name}", str(path), str(outside), f"{place}/../../../outside.txt",
        f"{place}/{outside}", f"{place}\\notes.txt", f"{place}%2Fnotes.txt", f" {name}", f"{name} ",
        f"{place}\n/notes.txt",
        f"{place}/ｎotes.txt", f"{place}/note\u0073\u0301.txt",
    ):  # fmt: skip
        assert arrivals.path_of(other) is None, other
        with pytest.raises(PinciteError, match="choose it again"):
            arrivals.own(f"{arrivals.folder}/{other}")
    for other in ("", name, str(outside), f"{arrivals.folder}/../{VISITOR}/{name}", f"{path}\0", os.path.relpath(path)):
        with pytest.raises(PinciteError, match="choose it again"):
            arrivals.own(other)


def test_neither_links_nor_folders_nor_anothers_files_are_given(arrivals, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("secret", "utf-8")
    path = came(arrivals)
    path.unlink()
    path.symlink_to(outside)
    assert arrivals.path_of(arrivals.name_of(path)) is None
    path.unlink()
    path.mkdir()
    assert arrivals.path_of(arrivals.name_of(path)) is None
    (arrivals.folder / ("c" * 32)).symlink_to(tmp_path)
    other = came(Arrivals(tmp_path / "arriving" / OTHER))
    for named in (f"{other.parent.name}/{other.name}", str(other), f"../{OTHER}/{other.parent.name}/{other.name}"):
        assert arrivals.path_of(named) is None
        with pytest.raises(PinciteError):
            arrivals.own(named)


def test_what_waits_longest_makes_room(arrivals, monkeypatch):
    monkeypatch.setattr(arrived_files, "MAX_WAITING_BYTES", 100)
    paths = [came(arrivals, content=b"x" * 40) for _ in range(3)]
    for age, path in enumerate(reversed(paths)):
        for each in (path, path.parent):
            os.utime(each, (time.time() - 10 * age, time.time() - 10 * age))
    arrivals.make_room(50)
    assert [path.exists() for path in paths] == [False, False, True]


def test_what_nobody_took_goes_and_what_is_new_stays(arrivals, tmp_path):
    folder = tmp_path / "arriving"
    old, new, others = came(arrivals), came(arrivals), came(Arrivals(folder / OTHER))
    long_ago = time.time() - arrived_files.KEPT_S - 10
    gradios, fresh = folder / "tmpabc", folder / "tmpdef"
    cache = folder / ("d" * 64)
    for path in (gradios, fresh):
        path.touch()
    cache.mkdir()
    (cache / "x.txt").touch()
    for path in (old, old.parent, others, others.parent, gradios, cache):
        os.utime(path, (long_ago, long_ago))
    sweep(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([VISITOR, "tmpdef"])
    assert [path.name for path in arrivals.folder.iterdir()] == [new.parent.name]
    sweep(tmp_path / "no such folder")


def test_how_far_an_upload_is_is_told_to_its_visitor_alone(arrivals, monkeypatch):
    monkeypatch.setattr(upload_forms, "_BEGINS_WITHIN_S", 0.2)
    progress = Progress()
    followed = progress.begin(VISITOR, "abc")
    send(arrivals, form(("a.txt", b"x" * 500), ("b.txt", b"y" * 200)), followed)

    async def seen(visitor, upload_id):
        found = await progress.found(visitor, upload_id)
        return None if found is None else [json.loads(each[6:]) async for each in progress.told(found)]

    told = run(seen(VISITOR, "abc"))
    assert [(each["orig_name"], each["chunk_size"]) for each in told[:-1]] == [("a.txt", 500), ("b.txt", 200)]
    assert told[-1] == {"msg": "done"}
    assert run(seen(OTHER, "abc")) is None
    assert run(seen(VISITOR, "abd")) is None
    for n in range(2 * upload_forms.MAX_FOLLOWED):
        progress.begin(OTHER, str(n))
    assert len(progress._followed) == upload_forms.MAX_FOLLOWED
