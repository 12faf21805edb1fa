import json
import re
import stat
import threading
import time

import pytest
from small_server import DOG, FERRY, QUESTION, client_of, finished, problem_of, upload, willing

from pincite import PinciteError
from pincite.encoding.hashing import HashingEncoder
from pincite.serving.collections import Collections
from pincite.serving.keys import KeyFile, check_name
from pincite.serving.service import Service
from pincite.web.limits import Limits


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "deep" / "keys.json")


def test_a_key_is_kept_as_a_digest_alone_and_for_its_owner_alone(file):
    key, secret = file.create("acme")
    assert re.fullmatch(r"pincite_[\w-]{43}", secret)
    assert secret not in file.path.read_text("utf-8")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.holder(secret) == key == file.keys()[0]
    assert (key.name, key.collection) == ("acme", "acme")
    assert file.holder("") is file.holder("pincite_") is file.holder(key.sha256) is file.holder("\ud800") is None


def test_keys_of_one_collection_are_revoked_each_by_itself(file):
    _, first = file.create("laptop", "acme")
    _, second = file.create("phone", "acme")
    with pytest.raises(PinciteError, match="already"):
        file.create("phone")
    file.revoke("laptop")
    assert file.holder(first) is None
    assert file.holder(second).collection == "acme"
    with pytest.raises(PinciteError, match="no key named 'laptop'"):
        file.revoke("laptop")


def test_a_change_by_another_process_counts_at_once(file):
    _, secret = file.create("acme")
    assert file.holder(secret)
    KeyFile(file.path).revoke("acme")
    assert file.holder(secret) is None


def test_keys_made_at_once_are_all_kept(file):
    threads = [threading.Thread(target=file.create, args=(f"key-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file.keys()) == 8


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "A", "a b", "-a", "a" * 65, "a\n", "\u00e4"])
def test_no_name_could_be_another_folder(file, name):
    with pytest.raises(PinciteError, match="expected a"):
        check_name("collection", name)
    with pytest.raises(PinciteError, match="expected a"):
        file.create("good", name or "..")


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"keys": [1]}', '{"keys": [{"name": "a", "collection": "../b", "sha256": "", "created": ""}]}'],
)
def test_a_file_that_is_not_ours_is_refused(file, content):
    file.path.parent.mkdir()
    file.path.write_text(content, "utf-8")
    with pytest.raises(PinciteError):
        file.keys()


def test_no_tenant_sees_anothers_documents(keyed):
    service, secrets = keyed
    with client_of(service, key=secrets["aster"]) as aster:
        birch = {"Authorization": f"Bearer {secrets['birch']}"}
        job = upload(aster, ("ferry.md", FERRY))

        def as_birch(method, path, **options):
            return aster.request(method, path, headers=birch, **options)

        empty = as_birch("POST", "/v1/ask", json={"question": QUESTION})
        assert empty.status_code == 409
        sent = as_birch("POST", "/v1/documents", files={"files": ("dog.md", DOG)})
        own = sent.json()["id"]
        assert finished(aster, job["id"])["state"] == "done"
        assert aster.get(f"/v1/jobs/{own}").status_code == 404
        for _ in range(200):
            if as_birch("GET", f"/v1/jobs/{own}").json()["state"] == "done":
                break
            time.sleep(0.05)
        assert as_birch("GET", f"/v1/jobs/{job['id']}").status_code == 404

        documents = as_birch("GET", "/v1/documents").json()["documents"]
        assert [document["doc_id"] for document in documents] == ["dog.md"]
        chat = {"model": "pincite", "messages": [{"role": "user", "content": QUESTION}]}
        for path, body in (
            ("/v1/search", {"query": QUESTION}),
            ("/v1/ask", {"question": QUESTION}),
            ("/v1/ask", {"question": QUESTION, "stream": True}),
            ("/v1/batch", {"questions": [{"id": 1, "question": QUESTION}]}),
            ("/v1/chat/completions", chat),
            ("/v1/chat/completions", {**chat, "stream": True}),
        ):
            said = as_birch("POST", path, json=body)
            assert said.status_code == 200
            assert "ferry.md" not in said.text
            assert "dog.md" in said.text
            assert "ferry.md" in aster.post(path, json=body).text
        theirs = {"question": QUESTION, "docs": ["ferry.md"]}
        none = {"question": QUESTION, "docs": ["fairy.md"]}
        refused = [as_birch("POST", "/v1/ask", json=body) for body in (theirs, none)]
        assert [each.status_code for each in refused] == [404, 404]
        assert problem_of(refused[0])["message"].replace("ferry", "fairy") == problem_of(refused[1])["message"]
        assert as_birch("GET", "/v1/documents/ferry.md").status_code == 404
        assert as_birch("GET", "/v1/texts/ferry.md").status_code == 404
        assert as_birch("DELETE", "/v1/documents/ferry.md").status_code == 404
        assert aster.get("/v1/texts/ferry.md").json()["text"] == FERRY


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic {}", "{}", "Bearer {}x"])
def test_without_a_valid_key_nothing_but_health_is_answered(keyed, header):
    service, secrets = keyed
    headers = {} if header is None else {"Authorization": header.format(secrets["aster"])}
    with client_of(service) as client:
        schema = client.get("/openapi.json").json()
        for path, operations in schema["paths"].items():
            for method in operations:
                response = client.request(method, path.replace("{", "").replace("}", ""), headers=headers)
                if path in {"/healthz", "/readyz"}:
                    assert response.status_code == 200
                    assert "security" not in operations[method]
                else:
                    assert response.status_code == 401, path
                    assert response.headers["www-authenticate"] == "Bearer"
                    assert problem_of(response)["type"] == "authentication_error"
                    assert operations[method]["security"] == [{"key": []}]
        assert client.get("/v1/no-such-path", headers=headers).status_code == 401


def test_a_revoked_key_is_refused_at_once(keyed):
    service, secrets = keyed
    with client_of(service, key=secrets["aster"]) as client:
        assert client.get("/v1/documents").status_code == 200
        service.keys.revoke("aster")
        assert client.get("/v1/documents").status_code == 401
        service.keys.path.write_text("broken", "utf-8")
        assert client.get("/v1/documents").status_code == 503
        assert json.loads(client.get("/healthz").text) == {"status": "ok"}


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_metrics_are_for_a_key_of_their_own_which_opens_nothing_else(keyed):
    service, secrets = keyed
    with client_of(service) as client:

        def get(path, secret):
            return client.get(path, headers={"Authorization": f"Bearer {secret}"})

        upload_as = {"Authorization": f"Bearer {secrets['aster']}"}
        client.post("/v1/documents", files={"files": ("ferry.md", FERRY)}, headers=upload_as)
        for name in ("aster", "birch"):
            refused = get("/metrics", secrets[name])
            assert refused.status_code == 403
            assert "pincite_requests" not in refused.text
            assert problem_of(refused)["type"] == "permission_error"
        assert client.get("/metrics").status_code == 401
        key, secret = service.keys.create("prometheus", metrics=True)
        assert (key.metrics, key.collection) == (True, None)
        assert (
            'pincite_requests_total{method="POST",route="/v1/documents",status="202"} 1.0'
            in get("/metrics", secret).text
        )
        for path in ("/v1/documents", "/v1/jobs/x", "/v1/texts/ferry.md", "/v1/models", "/v1/none"):
            assert get(path, secret).status_code == 403
        service.keys.revoke("prometheus")
        assert get("/metrics", secret).status_code == 401


def test_a_key_file_of_before_is_read_and_closed_to_others(file):
    _, secret = file.create("acme")
    assert '"metrics"' not in file.path.read_text("utf-8"), "as servers of before read it"
    file.create("prometheus", metrics=True)
    file.path.chmod(0o644)
    again = KeyFile(file.path)
    assert again.holder(secret).collection == "acme"
    held = again.keys()
    assert [key.metrics for key in held] == [False, True]
    assert mode_of(file.path) == 0o600


def test_what_tenants_bring_is_for_the_servers_own_eyes(keyed, tmp_path):
    service, secrets = keyed
    data = service.collections.data
    # As a server of before left them.
    (data / "incoming").mkdir(parents=True)
    (data / "collections" / "aster" / "uploads").mkdir(parents=True)
    for folder in (data / "incoming", data / "collections", data / "collections" / "aster"):
        folder.chmod(0o755)
    service = type(service)(service.collections, keys=service.keys)
    with client_of(service, key=secrets["aster"]) as client:
        upload(client, ("ferry.md", FERRY))
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
    own = service.collections.of_folder(tmp_path / "own")
    assert not (data / "indexes").exists(), "nothing is made before there is something to keep"
    own.make_home()
    for folder in ("incoming", "collections", "collections/aster", "indexes"):
        assert mode_of(data / folder) == 0o700, folder
    # Nothing that a tenant brought can be reached but through one of them.
    assert all(any(mode_of(above) == 0o700 for above in path.parents) for path in data.rglob("*") if path.is_file())


def test_what_is_kept_for_a_key_has_bounds(tmp_path):
    """Else a holder of a key fills the disk for all."""
    keys = KeyFile(tmp_path / "keys.json")
    _, secret = keys.create("aster")
    collections = Collections(tmp_path / "data", HashingEncoder(), willing)
    service = Service(collections, Limits(stored_bytes=2 * len(FERRY)), keys=keys)
    with client_of(service, key=secret) as client:
        assert upload(client, ("ferry.md", FERRY))["added"] == ["ferry.md"]
        refused = client.post("/v1/documents", files=[("files", ("long.md", FERRY * 2))])
        assert refused.status_code == 413
        assert "would be kept for this key: remove documents first" in refused.text
        assert not any((tmp_path / "data" / "incoming").iterdir())
        assert client.delete("/v1/documents/ferry.md").status_code == 204
        assert upload(client, ("long.md", FERRY * 2))["added"] == ["long.md"]
