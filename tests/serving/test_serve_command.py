"""The command as a user runs it: real encoder, real sockets, real signals."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx
import openai
import pytest
from typer.testing import CliRunner

from pincite import MissingExtra, PinciteError, update_index
from pincite.cli.commands import app
from pincite.cli.serving import check_access

pytestmark = pytest.mark.model

QUESTION = "When was Article 5 invoked?"


class Served:
    """``pincite serve`` in a process of its own."""

    def __init__(self, folder, *arguments):
        command = [sys.executable, "-m", "pincite", "serve", "--port", "0", "--data", str(folder / "data"), *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
        self.log = []
        self.address = None
        ready = threading.Event()

        def read():
            for line in self.process.stderr:
                self.log.append(line)
                if (found := re.search(r"ready at (http://\S+)", line)) is not None:
                    self.address = found[1]
                    ready.set()
            ready.set()

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        assert ready.wait(120)
        assert self.address, "".join(self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(40)
        self._reader.join(10)
        self.process.stderr.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, nato_path):
    folder = tmp_path_factory.mktemp("served")
    update_index(folder / "index", [nato_path])
    return folder


def test_the_real_thing_answers_chats_and_ends_in_good_order(folder, nato_path):
    text = nato_path.read_text("utf-8")
    with Served(folder, "--no-page") as served:
        answer = httpx.post(f"{served.address}/v1/ask", json={"question": QUESTION}).json()
        assert "September 11" in answer["answer"]
        for citation in answer["citations"]:
            assert text[citation["start"] : citation["end"]] == citation["quote"]
        with openai.OpenAI(base_url=f"{served.address}/v1", api_key="none") as client:
            messages = [{"role": "user", "content": "What does Article 5 say?"}]
            first = client.chat.completions.create(model="pincite", messages=messages)
            messages += [
                {"role": "assistant", "content": first.choices[0].message.content},
                {"role": "user", "content": "When was it invoked?"},
            ]
            second = client.chat.completions.create(model="pincite", messages=messages)
            assert "September 11" in second.choices[0].message.content
            messages = [{"role": "user", "content": "Who is the Secretary General?"}]
            none = client.chat.completions.create(model="pincite", messages=messages)
            assert none.abstained
            assert none.choices[0].message.content.startswith("The documents do not answer this.")
            assert len(client.embeddings.create(model="pincite", input="Hello").data[0].embedding) == 384
        assert httpx.get(served.address).status_code == 404
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(20) == 0
    lines = [json.loads(line) for line in served.log if line.startswith("{")]
    assert {line["route"] for line in lines} >= {"/v1/ask", "/v1/chat/completions", "/v1/embeddings", "other"}
    assert "Article" not in "".join(served.log)
    assert "Traceback" not in "".join(served.log)


def test_told_to_end_it_finishes_what_runs_and_refuses_what_comes(folder):
    questions = [{"id": n, "question": QUESTION} for n in range(40)]
    with Served(folder, "--no-page") as served, httpx.Client(base_url=served.address, timeout=60) as client:
        given = []
        asking = threading.Thread(
            target=lambda: given.append(
                httpx.post(f"{served.address}/v1/batch", json={"questions": questions}, timeout=60)
            )
        )
        asking.start()
        while "pincite_working 1.0" not in client.get("/metrics").text:
            time.sleep(0.02)
        assert client.get("/readyz").json() == {"status": "ready"}
        served.process.send_signal(signal.SIGTERM)
        while (ready := client.get("/readyz")).status_code == 200:
            time.sleep(0.02)
        assert (ready.status_code, ready.json()) == (503, {"status": "ending"})
        assert client.get("/healthz").status_code == 200
        refused = client.post("/v1/ask", json={"question": QUESTION})
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        asking.join(60)
        assert len(given[0].json()["answers"]) == 40
        assert served.process.wait(20) == 0


def test_a_second_signal_ends_it_at_once(folder):
    questions = [{"id": n, "question": QUESTION} for n in range(100)]
    given = []
    with Served(folder, "--no-page") as served:

        def ask():
            with suppress(httpx.HTTPError):
                given.append(httpx.post(f"{served.address}/v1/batch", json={"questions": questions}, timeout=60))

        asking = threading.Thread(target=ask)
        asking.start()
        while "pincite_working 1.0" not in httpx.get(f"{served.address}/metrics").text:
            time.sleep(0.02)
        started = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        served.process.send_signal(signal.SIGINT)
        served.process.wait(20)
        assert time.monotonic() - started < 5
        asking.join(10)
    assert [each.status_code for each in given] in ([], [500])


def test_with_keys_tenants_bring_their_own_documents(folder, tmp_path):
    made = CliRunner().invoke(app, ["key", "create", "acme", "--keys", str(tmp_path / "keys.json"), "--json"])
    headers = {"Authorization": f"Bearer {json.loads(made.stdout)['key']}"}
    keys = ["--keys", str(tmp_path / "keys.json")]
    with Served(folder, *keys) as served, httpx.Client(base_url=served.address, headers=headers, timeout=30) as client:
        cats = {"files": ("cats.md", "# Cats\n\nCats sleep sixteen hours a day.\n")}
        job = client.post("/v1/documents", files=cats).json()
        while (job := client.get(f"/v1/jobs/{job['id']}").json())["state"] not in {"done", "failed"}:
            time.sleep(0.05)
        assert job["added"] == ["cats.md"]
        found = client.post("/v1/search", json={"query": "How long do cats sleep?"}).json()["hits"]
        assert "Cats sleep sixteen hours a day." in found[0]["text"]
        page = httpx.get(served.address)
        assert page.status_code == 401, "with keys the page is not there for everybody"
        assert CliRunner().invoke(app, ["key", "revoke", "acme", *keys]).exit_code == 0
        assert client.get("/v1/documents").status_code == 401


@pytest.mark.ui
@pytest.mark.parametrize("keyed", [False, True])
def test_the_page_is_beside_the_api(folder, tmp_path, keyed):
    pytest.importorskip("gradio")
    keys = ["--keys", str(tmp_path / "keys.json")]
    headers, login = {}, None
    if keyed:
        made = CliRunner().invoke(app, ["key", "create", "acme", *keys, "--json"])
        headers, login = {"Authorization": f"Bearer {json.loads(made.stdout)['key']}"}, ("anybody", "secret")
        keys += ["--password", "secret"]
    with Served(folder, *keys) as served:
        if keyed:
            assert httpx.get(served.address).status_code == 401
            assert httpx.get(served.address, headers=headers).status_code == 401
            assert httpx.get(f"{served.address}/v1/documents", auth=login).status_code == 401
        page = httpx.get(served.address, auth=login)
        assert page.status_code == 200
        assert re.match(r"pincite_[0-9a-f]{8}=[0-9a-f]{32}\.[0-9a-f]{64}; ", page.headers["set-cookie"])
        assert "frame-ancestors" in page.headers["content-security-policy"]
        listed = httpx.get(f"{served.address}/v1/documents", headers=headers)
        assert listed.status_code == 200
        assert "set-cookie" not in listed.headers
        assert "content-security-policy" not in listed.headers
        config = httpx.get(f"{served.address}/config", auth=login)
        assert config.json()["title"] == "Pincite"


@pytest.mark.parametrize(
    ("host", "keyed", "password", "said"),
    [
        ("0.0.0.0", False, None, "pincite key create"),
        ("0.0.0.0", False, "secret", "pincite key create"),
        ("::", False, None, "pincite key create"),
        ("127.0.0.1", False, "secret", "--password guards the page alone"),
    ],
)
def test_what_would_be_open_to_all_is_refused(host, keyed, password, said):
    with pytest.raises(PinciteError, match=said):
        check_access(host, keyed=keyed, password=password)


def test_a_wider_address_is_refused_by_the_command_and_allowed_with_a_key(tmp_path):
    shown = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0", "--keys", str(tmp_path / "keys.json")])
    assert isinstance(shown.exception, PinciteError)
    check_access("0.0.0.0", keyed=True, password=None)


def test_without_the_extra_the_line_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtra, match=r"pip install 'pincite\[serve\]'"):
        CliRunner().invoke(app, ["serve"], catch_exceptions=False)


def test_the_commands_of_keys_load_no_web_framework():
    script = (
        "import sys, pincite.cli.commands; print([n for n in ('fastapi', 'starlette', 'uvicorn') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_keys_are_listed_without_their_secrets(tmp_path):
    keys = ["--keys", str(tmp_path / "keys.json")]
    secret = CliRunner().invoke(app, ["key", "create", "acme", *keys]).stdout.splitlines()[0]
    assert secret.startswith("pincite_")
    for options in ([], ["--json"]):
        listed = CliRunner().invoke(app, ["key", "list", *keys, *options]).stdout
        assert "acme" in listed
        assert secret not in listed
