"""What every vector store must do; a test module subclasses `VectorStoreContract` and provides `make_store`."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from pincite.storing.base import VectorRecord, VectorStore

DIM = 8
DOCS = "docs"


def unit(*values):
    vector = np.zeros(DIM, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def records(n, *, seed=0, prefix="r"):
    vectors = np.random.default_rng(seed).normal(size=(n, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        VectorRecord(f"{prefix}{i:04}", vector, {"doc_id": f"d{i % 3}", "section": f"s{i % 2}"})
        for i, vector in enumerate(vectors)
    ]


class VectorStoreContract:
    """Run against each implementation."""

    @pytest.fixture
    def make_store(self) -> Callable[[], VectorStore]:
        raise NotImplementedError

    @pytest.fixture
    def store(self, make_store):
        store = make_store()
        yield store
        store.close()

    def test_is_a_vector_store(self, store):
        assert isinstance(store, VectorStore)
        assert store.dim == DIM

    def test_search_returns_the_highest_cosines_first(self, store):
        held = records(50)
        store.upsert(DOCS, held)
        query = unit(1, 2, 3)
        expected = sorted(((float(r.vector @ query), r.record_id) for r in held), reverse=True)[:10]
        found = store.search(DOCS, query, k=10)
        assert [m.record_id for m in found] == [record_id for _, record_id in expected]
        assert [m.score for m in found] == pytest.approx([score for score, _ in expected], abs=1e-5)

    def test_equal_scores_are_ordered_by_id(self, store):
        names = ["b", "d", "a", "c", "e"]
        store.upsert(DOCS, [VectorRecord(name, unit(1, 1)) for name in names])
        for k in range(1, 6):
            assert [m.record_id for m in store.search(DOCS, unit(1), k=k)] == sorted(names)[:k]

    def test_order_of_arrival_does_not_matter(self, make_store):
        held = [*records(200), *(VectorRecord(f"copy{i}", records(200)[i].vector) for i in range(50))]
        answers = []
        for seed in range(3):
            store = make_store()
            store.upsert(DOCS, [held[i] for i in np.random.default_rng(seed).permutation(len(held))])
            answers.append(store.search(DOCS, unit(1, -1, 2), k=30))
            store.close()
        assert answers[0] == answers[1] == answers[2]

    def test_k_larger_than_the_collection_returns_all(self, store):
        store.upsert(DOCS, records(3))
        assert len(store.search(DOCS, unit(1), k=10)) == 3
        assert store.search(DOCS, unit(1), k=0) == []

    def test_upsert_replaces(self, store):
        store.upsert(DOCS, [VectorRecord("a", unit(1), {"doc_id": "old"}), VectorRecord("b", unit(0, 1))])
        store.upsert(DOCS, [VectorRecord("a", unit(0, 0, 1), {"doc_id": "new"})])
        assert store.count(DOCS) == 2
        assert store.search(DOCS, unit(0, 0, 1), k=1)[0].record_id == "a"
        assert store.count(DOCS, where={"doc_id": ["old"]}) == 0
        assert store.count(DOCS, where={"doc_id": ["new"]}) == 1

    def test_the_last_of_two_with_one_id_wins(self, store):
        store.upsert(DOCS, [VectorRecord("a", unit(1)), VectorRecord("a", unit(0, 1))])
        assert [r.vector[1] for r in store.scan(DOCS)] == [1.0]

    def test_upserting_nothing_changes_nothing(self, store):
        store.upsert(DOCS, [])
        assert store.count(DOCS) == 0

    @pytest.mark.parametrize(
        ("where", "kept"),
        [
            ({"doc_id": ["d1"]}, lambda p: p["doc_id"] == "d1"),
            ({"doc_id": ["d1", "d2"]}, lambda p: p["doc_id"] in {"d1", "d2"}),
            ({"doc_id": ["d1"], "section": ["s0"]}, lambda p: p["doc_id"] == "d1" and p["section"] == "s0"),
            ({"doc_id": ["nowhere"]}, lambda p: False),
            ({"doc_id": []}, lambda p: False),
            ({"unknown": ["d1"]}, lambda p: False),
            ({}, lambda p: True),
            (None, lambda p: True),
        ],
    )
    def test_filter(self, store, where, kept):
        held = records(60)
        store.upsert(DOCS, held)
        expected = [r.record_id for r in held if kept(r.payload)]
        assert store.count(DOCS, where=where) == len(expected)
        assert [r.record_id for r in store.scan(DOCS, where=where)] == expected
        query = unit(3, 1, 2)
        by_score = sorted((r for r in held if r.record_id in expected), key=lambda r: -float(r.vector @ query))
        found = store.search(DOCS, query, k=60, where=where)
        assert [m.record_id for m in found] == [r.record_id for r in by_score]

    def test_a_record_without_the_field_is_not_kept(self, store):
        store.upsert(DOCS, [VectorRecord("a", unit(1)), VectorRecord("b", unit(1), {"doc_id": "d"})])
        assert [m.record_id for m in store.search(DOCS, unit(1), k=5, where={"doc_id": ["d"]})] == ["b"]

    def test_delete_by_id(self, store):
        store.upsert(DOCS, records(5))
        assert store.delete(DOCS, ids=["r0001", "r0003", "never"]) == 2
        assert [r.record_id for r in store.scan(DOCS)] == ["r0000", "r0002", "r0004"]
        assert store.delete(DOCS, ids=["r0001"]) == 0

    def test_delete_by_filter(self, store):
        store.upsert(DOCS, records(9))
        assert store.delete(DOCS, where={"doc_id": ["d0"]}) == 3
        assert store.count(DOCS) == 6
        assert store.delete(DOCS, where={}) == 6

    def test_delete_wants_exactly_one_of_ids_and_where(self, store):
        with pytest.raises(ValueError, match="either"):
            store.delete(DOCS)
        with pytest.raises(ValueError, match="either"):
            store.delete(DOCS, ids=["a"], where={"doc_id": ["d"]})

    def test_scan_gives_back_what_was_put_in(self, store):
        held = records(7)
        store.upsert(DOCS, list(reversed(held)))
        found = list(store.scan(DOCS))
        assert [(r.record_id, dict(r.payload)) for r in found] == [(r.record_id, dict(r.payload)) for r in held]
        np.testing.assert_allclose([r.vector for r in found], [r.vector for r in held], atol=1e-6)

    def test_collections_never_meet(self, store):
        store.upsert("one", [VectorRecord("a", unit(1))])
        store.upsert("two", [VectorRecord("a", unit(0, 1)), VectorRecord("b", unit(1))])
        assert [m.record_id for m in store.search("one", unit(1), k=5)] == ["a"]
        assert store.delete("two", ids=["a", "b"]) == 2
        assert store.count("one") == 1

    def test_a_collection_never_written_to_is_empty(self, store):
        assert store.count("none") == 0
        assert store.search("none", unit(1), k=3) == []
        assert list(store.scan("none")) == []
        assert store.delete("none", ids=["a"]) == 0

    def test_a_collection_must_be_named(self, store):
        with pytest.raises(ValueError, match="collection"):
            store.upsert("", records(1))
        with pytest.raises(ValueError, match="collection"):
            store.search("", unit(1), k=1)

    @pytest.mark.parametrize(
        "vector", [np.ones(DIM + 1), np.full(DIM, np.nan), np.full(DIM, np.inf), np.ones((1, DIM))]
    )
    def test_a_vector_that_does_not_fit_is_refused_and_nothing_is_written(self, store, vector):
        with pytest.raises(ValueError, match="finite"):
            store.upsert(DOCS, [VectorRecord("good", unit(1)), VectorRecord("bad", vector.astype(np.float32))])
        assert store.count(DOCS) == 0
        with pytest.raises(ValueError, match="finite"):
            store.search(DOCS, vector.astype(np.float32), k=1)

    def test_a_closed_store_refuses_everything(self, make_store):
        store = make_store()
        store.upsert(DOCS, records(2))
        store.close()
        store.close()
        for call in (
            lambda: store.upsert(DOCS, records(1)),
            lambda: store.delete(DOCS, ids=["a"]),
            lambda: store.search(DOCS, unit(1), k=1),
            lambda: store.count(DOCS),
            lambda: store.scan(DOCS),
        ):
            with pytest.raises(ValueError, match="closed"):
                call()

    def test_readers_see_each_write_whole(self, store):
        """Each write replaces all ten records by ones pointing elsewhere; a mixture would show two directions."""
        directions = np.eye(DIM, dtype=np.float32)
        ids = [f"r{i}" for i in range(10)]
        store.upsert(DOCS, [VectorRecord(i, directions[0]) for i in ids])
        stop = threading.Event()
        wrong = []

        def read():
            while not stop.is_set():
                found = [tuple(r.vector.tolist()) for r in store.scan(DOCS)]
                matches = store.search(DOCS, unit(*range(1, DIM + 1)), k=10)
                if len(found) != 10 or len(set(found)) != 1 or len({m.score for m in matches}) != 1:
                    wrong.append((found, matches))

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for turn in range(40):
            store.upsert(DOCS, [VectorRecord(i, directions[turn % DIM]) for i in ids])
        stop.set()
        for reader in readers:
            reader.join()
        assert wrong == []
