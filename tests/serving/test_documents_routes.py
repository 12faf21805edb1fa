import threading

import pytest
from small_server import DOG, FERRY, QUESTION, client_of, finished, make_service, problem_of, upload

from pincite import make_document, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.serving.collections import Collection
from pincite.web.limits import Limits


def listed(client):
    return {document["doc_id"]: document["state"] for document in client.get("/v1/documents").json()["documents"]}


def test_documents_are_uploaded_listed_asked_shown_and_removed(client):
    job = upload(client, ("dogs/dog.md", DOG))
    assert (job["state"], job["added"], job["failures"]) == ("done", ["dogs/dog.md"], [])
    assert listed(client) == {"dogs/dog.md": "current", "ferry.md": "current"}
    answer = client.post("/v1/ask", json={"question": "What is the dog called?", "docs": ["dogs/dog.md"]}).json()
    assert answer["citations"][0]["doc_id"] == "dogs/dog.md"
    shown = client.get("/v1/documents/dogs/dog.md").json()
    assert shown["title"] == "The dog"
    assert client.get("/v1/texts/dogs/dog.md").json()["text"] == DOG
    assert client.get("/v1/texts/dogs/dog.md", params={"start": 5, "end": 10_000}).json()["end"] == len(DOG)
    assert client.delete("/v1/documents/dogs/dog.md").status_code == 204
    assert client.delete("/v1/documents/dogs/dog.md").status_code == 404
    assert listed(client) == {"ferry.md": "current"}
    assert upload(client, ("cat.md", "# Cat\n\nA cat.\n"))["added"] == ["cat.md"], "what was removed stays away"
    assert set(listed(client)) == {"cat.md", "ferry.md"}


def test_a_newer_file_replaces_the_older_and_a_bad_one_does_not(client, service):
    upload(client, ("dog.md", DOG))
    assert upload(client, ("dog.md", DOG + "It barks.\n"))["changed"] == ["dog.md"]
    job = upload(client, ("dog.md", b"\x00\x01\x02\xff" * 50), ("new.md", "# New\n\nNew.\n"))
    assert job["added"] == ["new.md"]
    assert [failure["source"] for failure in job["failures"]] == ["dog.md"]
    assert client.get("/v1/texts/dog.md").json()["text"].endswith("It barks.\n")
    assert listed(client)["dog.md"] == "current", "the older file is back in its place"


def test_what_cannot_be_indexed_is_named_and_not_kept(client, service):
    job = upload(client, ("a.exe", "MZ"), ("ferry.md", FERRY), ("blank.md", ""))
    reasons = {failure["source"]: failure["reason"] for failure in job["failures"]}
    assert set(reasons) == {"a.exe", "ferry.md", "blank.md"}
    assert "no kind that can be read" in reasons["a.exe"]
    assert "same id" in reasons["ferry.md"]
    assert str(service.collections.data) not in str(job)
    assert [path for path in service.default.uploads.rglob("*") if path.is_file()] == []
    assert not any((service.collections.data / "incoming").iterdir())


@pytest.mark.parametrize("doc_id", ["../../notes.txt", "absolute"])
def test_a_document_of_another_name_is_removed_and_no_file_outside(tmp_path, doc_id):
    """An index made elsewhere may call a document anything."""
    collection = Collection(tmp_path / "index", tmp_path / "data" / "uploads", HashingEncoder())
    collection.uploads.mkdir(parents=True)
    outside = tmp_path / "notes.txt"
    outside.write_text("Nobody's but mine.")
    doc_id = str(outside) if doc_id == "absolute" else doc_id
    documents = [make_document("The ferry leaves at nine.", doc_id=each) for each in (doc_id, "ferry.txt")]
    update_index(collection.folder, documents=documents, encoder=HashingEncoder())
    collection.remove(doc_id)
    assert collection.assistant.index.doc_ids == ("ferry.txt",)
    assert outside.exists()


def test_no_name_leads_out_of_the_folder(client, service, tmp_path):
    job = upload(client, ("../../../escaped.md", DOG))
    assert job["added"] == ["escaped.md"]
    assert (service.default.uploads / "escaped.md").is_file()
    assert client.delete("/v1/documents/%2e%2e%2f%2e%2e%2fgiven/ferry.md").status_code == 404
    assert (tmp_path / "given" / "ferry.md").is_file()


def test_files_of_one_name_in_one_upload_do_not_overwrite_one_another(client):
    job = upload(client, ("a.md", DOG), ("a.md", FERRY), ("a.md/b.md", DOG))
    assert len(set(job["doc_ids"])) == 3
    assert job["failures"] == []


def test_long_names_that_differ_behind_the_cut_stay_two_documents(client):
    long = "語" * 199
    first, again, other = (
        upload(client, (f"{long}{end}.md", text)) for end, text in (("一", DOG), ("一", FERRY), ("二", DOG))
    )
    assert [job["failures"] for job in (first, again, other)] == [[], [], []]
    assert first["doc_ids"] == again["doc_ids"] != other["doc_ids"]
    assert (first["added"], again["changed"], other["added"]) == (first["doc_ids"], again["doc_ids"], other["doc_ids"])
    assert other["doc_ids"][0].endswith(".md")


def test_too_much_at_once_is_refused(tmp_path):
    with client_of(make_service(tmp_path, limits=Limits(upload_bytes=1000))) as client:
        response = client.post("/v1/documents", files={"files": ("a.md", "x" * 2000)})
        assert response.status_code == 413
        assert problem_of(response)["type"] == "too_large"
        chunked = (b"x" * 100 for _ in range(100))
        response = client.post(
            "/v1/documents", content=chunked, headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert response.status_code == 413
        many = [("files", (f"{n}.md", "")) for n in range(51)]
        assert client.post("/v1/documents", files=many).status_code in {413, 422}
        assert client.post("/v1/documents").status_code == 422


def test_uploads_that_wait_are_bounded_and_those_in_hand_are_told_of(tmp_path, monkeypatch):
    service = make_service(tmp_path, limits=Limits(jobs=2))
    go_on, add = threading.Event(), service.default.add
    monkeypatch.setattr(type(service.default), "add", lambda self, progress: (go_on.wait(20), add(progress))[1])
    with client_of(service) as client:
        first, second = (client.post("/v1/documents", files={"files": (f"{n}.md", DOG)}).json()["id"] for n in range(2))
        response = client.post("/v1/documents", files={"files": ("c.md", DOG)})
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) >= 1
        assert [job["id"] for job in client.get("/v1/documents").json()["jobs"]] == [first, second]
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200, "asking goes on meanwhile"
        with service.default._changing:
            assert problem_of(client.delete("/v1/documents/ferry.md"))["type"] == "conflict"
        monkeypatch.undo()
        go_on.set()
        assert finished(client, first)["state"] == finished(client, second)["state"] == "done"


def test_an_end_of_the_server_stops_an_upload_and_leaves_the_index(tmp_path):
    service = make_service(tmp_path, limits=Limits(grace_s=0))
    started = threading.Event()

    def slow(progress):
        started.set()
        while True:
            progress(None)

    service.default.add = slow
    with client_of(service) as client:
        job_id = client.post("/v1/documents", files={"files": ("a.md", DOG)}).json()["id"]
        assert started.wait(10)
    assert service.uploads.get(service.default, job_id).state == "cancelled"
    assert not list(service.default.uploads.glob("*"))


def test_a_change_by_another_process_is_asked_at_once(client, service, tmp_path):
    from pincite import update_index

    (tmp_path / "given" / "dog.md").write_text(DOG, "utf-8")
    update_index(service.default.folder, encoder=service.collections.encoder)
    assert set(listed(client)) == {"dog.md", "ferry.md"}


@pytest.mark.parametrize("path", ["/v1/documents/none.md", "/v1/texts/none.md", "/v1/jobs/none"])
def test_what_is_not_there_is_said_to_be_so(client, path):
    assert problem_of(client.get(path))["type"] == "not_found"
