"""The language model that a command uses: options, configuration file, and what goes wrong."""

import json
import os
import subprocess
import sys

import pytest
from generating.scripted_server import scripted_server

from pincite import PinciteError
from pincite.cli.language_model import config_path, language_model

TRUE = "Article 5 states that an attack on one ally is considered an attack on all allies."


@pytest.fixture
def config(tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    monkeypatch.setenv("PINCITE_CONFIG", str(path))
    monkeypatch.delenv("PINCITE_LLM_KEY", raising=False)
    assert config_path() == path
    return path


@pytest.fixture
def server():
    with scripted_server() as server:
        server.pieces = (f"{TRUE} [1]",)
        yield server


def test_without_options_and_file_there_is_none(config):
    assert language_model().generator is None
    assert not language_model().writing.strict


def test_the_file_is_used_and_options_win(config, server):
    config.write_text(f'[llm]\nat = "{server.url}"\nmodel = "good"\nkey = "secret"\nstrict = true\n', "utf-8")
    chosen = language_model()
    assert chosen.generator.name == "good"
    assert chosen.writing.strict
    list(chosen.generator.generate([{"role": "user", "content": "x"}], max_tokens=9))
    assert server.requests[-1][0]["authorization"] == "Bearer secret"
    assert language_model(model="busy").generator.name == "busy"
    assert not language_model(strict=False).writing.strict
    assert language_model(none=True).generator is None
    other = language_model("http://127.0.0.1:9/v1", model="another").generator
    assert (other.base_url, other.name) == ("http://127.0.0.1:9/v1", "another")


def test_the_key_of_the_file_goes_to_no_other_server(config, server):
    config.write_text('[llm]\nat = "http://127.0.0.1:9/v1"\nkey = "secret"\n', "utf-8")
    chosen = language_model(server.url, model="good")
    list(chosen.generator.generate([{"role": "user", "content": "x"}], max_tokens=9))
    assert "secret" not in str(server.requests[-1][0])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[llm", "cannot read the configuration"),
        ("llm = 3", r"expected a section \[llm\]"),
        ("[llm]\nwhere = 'x'", "knows no 'where'"),
        ("[llm]\nat = 3", "at: got 3"),
        ("[llm]\ncontext = true", "context: got True"),
        ("[llm]\nat = 'no/such/model.gguf'", "expected an address"),
        ("[llm]\nat = 'http://192.0.2.1/v1'", "on this machine"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(config, content, said):
    config.write_text(content, "utf-8")
    with pytest.raises(PinciteError, match=said) as raised:
        language_model()
    assert "\n" not in str(raised.value)


@pytest.mark.model
def test_ask_and_batch_let_the_model_write(tmp_path, nato_path, server):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "pincite", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "120", "PINCITE_CONFIG": str(tmp_path / "config.toml")},
        )

    assert run("index", nato_path).returncode == 0
    shown = run("ask", "What does Article 5 say?", "--llm", server.url, "--model", "good")
    assert f"{TRUE} [1]" in " ".join(shown.stdout.split())
    assert "written by good" in shown.stdout
    (tmp_path / "config.toml").write_text(f'[llm]\nat = "{server.url}"\nmodel = "good"\n', "utf-8")
    answer = json.loads(run("ask", "What does Article 5 say?", "--json").stdout)
    assert (answer["generated_by"], answer["answer"]) == ("good", f"{TRUE} [1]")
    away = json.loads(run("ask", "What does Article 5 say?", "--json", "--model", "busy").stdout)
    assert away["generated_by"] is None
    assert "busy (429)" in away["notice"]
    assert json.loads(run("ask", "What does Article 5 say?", "--json", "--no-llm").stdout)["notice"] is None
    (tmp_path / "q.txt").write_text("What does Article 5 say?\n", "utf-8")
    assert run("batch", "q.txt", "--out", "a.jsonl").returncode == 0
    assert json.loads((tmp_path / "a.jsonl").read_text("utf-8"))["answer"] == f"{TRUE} [1]"
    other = run("batch", "q.txt", "--out", "a.jsonl", "--no-llm")
    assert other.returncode == 1
    assert "given with generator good, not" in other.stderr
    wrong = run("ask", "What?", "--llm", "http://192.0.2.1:80/v1")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: expected a language model on this machine")
