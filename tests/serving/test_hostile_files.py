"""Files that were made to do harm, uploaded: refused by name and reason, and the others are indexed."""

import time

import httpx
import pytest
from confining.hostile import BOMBS
from small_server import DOG, client_of, finished, upload, willing
from test_serve_command import Served

from pincite import ReadingLimits, update_index
from pincite.confining import reader as confining
from pincite.encoding.hashing import HashingEncoder
from pincite.serving.collections import Collections
from pincite.serving.service import Service
from pincite.web.limits import Limits


@pytest.fixture
def service(tmp_path):
    limits = ReadingLimits(memory_bytes=300_000_000, seconds=60)
    collections = Collections(tmp_path / "data", HashingEncoder(), willing, limits=limits)
    return Service(collections, Limits(grace_s=0), default=collections.of_folder(tmp_path / "index"))


@pytest.mark.slow
def test_bombs_are_refused_by_name_and_the_other_files_are_indexed(service):
    bombs = ["wide.csv", "elements.docx", "forms.pdf", "strings.xlsx"]
    with client_of(service) as client:
        job = upload(client, *((name, BOMBS[name]()) for name in bombs), ("dog.md", DOG))
        assert (job["state"], job["added"]) == ("done", ["dog.md"])
        assert [failure["source"] for failure in job["failures"]] == bombs
        assert all("the limit: split it or raise the limit" in failure["reason"] for failure in job["failures"])
        assert client.get("/v1/texts/dog.md").json()["text"] == DOG


def test_a_numeral_of_5000_digits_ends_nothing(service):
    with client_of(service) as client:
        job = upload(client, ("long.txt", f"Article {'9' * 5000}\n\nThe text.\n"), ("dog.md", DOG))
        assert job["state"] == "done"
        assert "dog.md" in job["added"]


def test_a_server_that_ends_ends_the_reading_at_once(service, monkeypatch):
    monkeypatch.setattr(confining, "CHILD", "confining.faulty_child")
    with client_of(service) as client:
        job_id = client.post("/v1/documents", files=[("files", ("a.txt", "hang and some text"))]).json()["id"]
        until = time.monotonic() + 30
        while (job := client.get(f"/v1/jobs/{job_id}").json())["progress"] is None and time.monotonic() < until:
            time.sleep(0.05)
        assert job["progress"]["stage"] == "reading"
        started = time.monotonic()
        service.uploads.finish(0)
        assert time.monotonic() - started < 30  # the file would have had a minute
        assert finished(client, job_id)["state"] == "cancelled"


@pytest.mark.model
def test_the_command_sets_the_limits(tmp_path, nato_path):
    update_index(tmp_path / "index", [nato_path])
    with Served(tmp_path, "--no-page", "--reading-chars", "1000", "--reading-seconds", "30") as served:
        with httpx.Client(base_url=served.address, timeout=60) as client:
            job = upload(client, ("long.txt", "The harbour is open. " * 100), ("dog.md", DOG))
        assert job["added"] == ["dog.md"]
        assert "more than 1,000 characters" in job["failures"][0]["reason"]
