import subprocess
import sys

import numpy as np
import pytest
from contracts.vector_store import DIM, DOCS, VectorStoreContract, records, unit

from pincite.errors import IndexDamaged
from pincite.storing.vectors import FaissStore


class TestExact(VectorStoreContract):
    @pytest.fixture
    def make_store(self):
        return lambda: FaissStore(DIM)


class TestSavedAndLoaded(VectorStoreContract):
    @pytest.fixture
    def make_store(self, tmp_path):
        def make():
            FaissStore(DIM).save(tmp_path)
            return FaissStore.load(tmp_path)

        return make


def clustered(n, *, dim=32, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, dim))
    vectors = centres[rng.integers(20, size=n)] + 0.5 * rng.normal(size=(n, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def filled(n, **options):
    store = FaissStore(32, **options)
    store.add_array(DOCS, [f"r{i:05}" for i in range(n)], clustered(n), {"doc_id": [f"d{i % 7}" for i in range(n)]})
    return store


@pytest.fixture(scope="module")
def approximate():
    store = filled(5000, exact_limit=1000)
    store.optimise()
    return store


@pytest.mark.parametrize("where", [None, {"doc_id": ["d1"]}, {"doc_id": ["d1", "d2", "d3", "d4"]}])
def test_approximate_search_finds_nearly_what_exact_search_does(approximate, where):
    exact = filled(5000)
    recalls = []
    for query in clustered(50, seed=0)[:50]:
        expected = exact.search(DOCS, query, k=10, where=where)
        found = approximate.search(DOCS, query, k=10, where=where)
        recalls.append(len(set(expected) & set(found)) / 10)
        assert found == sorted(found, key=lambda m: (-m.score, m.record_id))
    assert np.mean(recalls) > 0.9


def test_approximate_search_returns_as_many_as_asked(approximate):
    query = clustered(1)[0]
    assert len(approximate.search(DOCS, query, k=5000)) == 5000
    kept = {"doc_id": ["d1", "d2"]}
    assert len(approximate.search(DOCS, query, k=1200, where=kept)) == 1200


def test_writing_after_optimise_is_seen():
    store = filled(2000, exact_limit=100)
    store.optimise()
    best = store.search(DOCS, clustered(1)[0], k=1)[0].record_id
    assert store.delete(DOCS, ids=[best]) == 1
    assert best not in {match.record_id for match in store.search(DOCS, clustered(1)[0], k=50)}


@pytest.mark.parametrize("limit", [100, 100_000], ids=["approximate", "exact"])
@pytest.mark.parametrize("mmap", [True, False])
def test_loaded_store_searches_alike(limit, mmap, tmp_path):
    store = filled(1500, exact_limit=limit)
    store.upsert("other", [])
    store.save(tmp_path)
    loaded = FaissStore.load(tmp_path, mmap=mmap, exact_limit=limit)
    for query in clustered(5, seed=3):
        for where in (None, {"doc_id": ["d0", "d3"]}):
            assert loaded.search(DOCS, query, k=20, where=where) == store.search(DOCS, query, k=20, where=where)
    np.testing.assert_array_equal(loaded.vectors(DOCS), store.vectors(DOCS))


def test_memory_mapped_store_can_be_written_to(tmp_path):
    filled(10).save(tmp_path)
    loaded = FaissStore.load(tmp_path)
    loaded.delete(DOCS, ids=["r00003"])
    assert loaded.count(DOCS) == 9
    assert FaissStore.load(tmp_path).count(DOCS) == 10


def test_scores_are_in_the_order_of_arrival():
    store = filled(30)
    query = clustered(1, seed=8)[0]
    np.testing.assert_allclose(store.scores(DOCS, query), clustered(30) @ query, atol=1e-6)


def test_add_array_refuses_what_does_not_fit():
    vectors = clustered(3)
    for ids, array, payload in (
        (["a", "b"], vectors, {}),
        (["a", "b", "b"], vectors, {}),
        (["a", "b", "c"], vectors[:, :5], {}),
        (["a", "b", "c"], vectors * np.nan, {}),
        (["a", "b", "c"], vectors, {"doc_id": ["d"]}),
    ):
        with pytest.raises(ValueError, match="expected"):
            FaissStore(32).add_array(DOCS, ids, array, payload)
    store = filled(3)
    with pytest.raises(ValueError, match="not empty"):
        store.add_array(DOCS, ["x"], vectors[:1])


def test_impossible_dimension_is_refused():
    with pytest.raises(ValueError, match="dimension"):
        FaissStore(0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vectors.json", b"[]"),
        ("vectors.json", b'{"dim": 0, "collections": []}'),
        ("vectors.json", b'{"dim": 32, "collections": [{}]}'),
        ("vectors.json", b'{"dim": 31, "collections": [{"name": "docs", "approximate": false}]}'),
        ("vectors-0.records.json", b"{}"),
        ("vectors-0.records.json", b'{"ids": ["a"], "payload": {}}'),
        ("vectors-0.faiss", b"not an index"),
        ("vectors-0.ivf.faiss", b"not an index"),
    ],
)
def test_file_that_does_not_fit_is_refused(name, content, tmp_path):
    filled(300, exact_limit=100).save(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        FaissStore.load(tmp_path)


def test_exact_search_loads_no_faiss(tmp_path):
    store = FaissStore(DIM)
    store.upsert(DOCS, records(5))
    store.save(tmp_path)
    code = (
        "import sys; from pincite.storing.vectors import FaissStore; store = FaissStore.load(sys.argv[1]);"
        "store.search('docs', store.vectors('docs')[0], k=3); print('faiss' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_file_is_one_that_faiss_opens_and_searches_alike(tmp_path):
    import faiss

    store = filled(300)
    store.save(tmp_path)
    index = faiss.read_index(str(tmp_path / "vectors-0.faiss"))
    assert isinstance(index, faiss.IndexFlatIP)
    query = store.vectors(DOCS)[7]
    scores, rows = index.search(query[None], 5)
    ids = list(store._tables[DOCS].ids)
    assert [ids[row] for row in rows[0]] == [match.record_id for match in store.search(DOCS, query, k=5)]
    np.testing.assert_allclose(scores[0], [match.score for match in store.search(DOCS, query, k=5)], atol=1e-5)


def test_search_of_unit_vectors_scores_one_for_itself():
    store = FaissStore(DIM)
    store.upsert(DOCS, records(5))
    assert store.search(DOCS, records(5)[2].vector, k=1)[0].score == pytest.approx(1, abs=1e-6)
    assert store.search(DOCS, unit(1), k=5)[0].score <= 1
