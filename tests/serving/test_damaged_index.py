"""A server whose index is damaged while it runs: a clean problem, never a wrong quote, and well again afterwards."""

import pytest
from small_server import QUESTION, client_of, make_service

from pincite.storing.folder import read_pointer


@pytest.mark.parametrize("name", ["texts.txt", "tokens.codes.npy", "vectors-0.faiss", "chunks.npy"])
def test_damage_is_told_and_never_served(name, tmp_path, monkeypatch):
    monkeypatch.setattr("pincite.storing.snapshot.SMALL_FILE_BYTES", 0)
    service = make_service(tmp_path)
    path = tmp_path / "index" / read_pointer(tmp_path / "index").name / name
    whole = path.read_bytes()
    damage = bytearray(whole)
    damage[-20] ^= 2
    with client_of(service) as client:
        path.write_bytes(damage)
        for route in ("/v1/ask", "/v1/search"):
            field = "query" if route.endswith("search") else "question"
            refused = client.post(route, json={field: QUESTION})
            assert refused.status_code == 503, refused.text
            assert refused.json()["error"]["message"] == "the index cannot be used: see the server's log"
            assert str(tmp_path) not in refused.text
        path.write_bytes(whole)
        answer = client.post("/v1/ask", json={"question": QUESTION})
        assert answer.status_code == 200
        assert "nine in the morning" in answer.json()["answer"]
