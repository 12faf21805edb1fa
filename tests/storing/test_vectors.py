import subprocess
import sys

import numpy as np
import pytest

from pincite.errors import IndexDamaged
from pincite.storing.vectors import ChunkVectors, write_vectors

DIM = 32


def clustered(n, *, dim=DIM, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, dim))
    vectors = centres[rng.integers(20, size=n)] + 0.5 * rng.normal(size=(n, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def write(folder, vectors, **options):
    ids = [f"d.md#{i}-{i + 1}" for i in range(len(vectors))]
    write_vectors(folder, vectors, chunk_ids=ids, doc_ids=["d.md"] * len(ids), **options)


@pytest.fixture(params=["in memory", "written"])
def store(request, tmp_path):
    if request.param == "in memory":
        return ChunkVectors(clustered(300))
    write(tmp_path, clustered(300))
    return ChunkVectors.load(tmp_path)


@pytest.fixture(scope="module")
def with_lists(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    write(folder, clustered(5000), exact_limit=1000)
    return folder


def test_the_highest_cosines_come_first(store):
    query = clustered(1, seed=4)[0]
    cosines = clustered(300) @ query
    np.testing.assert_allclose(store.cosines(query), cosines, atol=1e-6)
    assert store.nearest(query, 10).tolist() == np.argsort(-cosines, kind="stable")[:10].tolist()
    among = np.arange(5, 300, 7)
    np.testing.assert_allclose(store.cosines(query, among), cosines[among], atol=1e-6)
    assert store.nearest(query, 10, among=among).tolist() == among[np.argsort(-cosines[among])[:10]].tolist()
    assert (len(store), store.dim) == (300, DIM)


def test_equal_vectors_come_in_the_order_of_their_numbers():
    twice = np.concatenate([clustered(150), clustered(150)])
    found = ChunkVectors(twice).nearest(clustered(1, seed=4)[0], 20).tolist()
    assert found[1::2] == [number + 150 for number in found[::2]]


def test_more_than_there_are_is_all(store):
    assert sorted(store.nearest(clustered(1)[0], 1000).tolist()) == list(range(300))
    assert store.nearest(clustered(1)[0], 3, among=np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("vector", [np.ones(DIM + 1), np.full(DIM, np.nan), np.full(DIM, np.inf), np.ones((1, DIM))])
def test_a_query_that_does_not_fit_is_refused(store, vector):
    with pytest.raises(ValueError, match="expected a query of 32 finite numbers"):
        store.nearest(vector.astype(np.float32), 1)


def test_a_closed_index_refuses(store):
    store.close()
    store.close()
    for call in (lambda: store.cosines(clustered(1)[0]), lambda: store.of(np.array([0]))):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_inverted_lists_find_nearly_what_an_exact_search_does(with_lists):
    approximate, exact = ChunkVectors.load(with_lists), ChunkVectors(clustered(5000))
    recalls = []
    for query in clustered(50, seed=0)[:50]:
        expected, found = exact.nearest(query, 10), approximate.nearest(query, 10)
        recalls.append(len(set(expected.tolist()) & set(found.tolist())) / 10)
        cosines = exact.cosines(query)[found]
        assert (np.diff(np.round(cosines, 5)) <= 1e-5).all()
    assert np.mean(recalls) > 0.9


@pytest.mark.parametrize("mmap", [True, False])
def test_inverted_lists_return_as_many_as_asked(with_lists, mmap):
    store = ChunkVectors.load(with_lists, mmap=mmap)
    assert len(store.nearest(clustered(1)[0], 5000)) == 5000
    among = np.arange(0, 5000, 2)
    assert len(store.nearest(clustered(1)[0], 1200, among=among)) == 1200
    np.testing.assert_array_equal(store.of(among), clustered(5000)[among])


@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        (["a", "b"], clustered(3)),
        (["a", "b", "c"], clustered(3) * np.nan),
        (["a", "b", "c"], clustered(3).ravel()),
    ],
)
def test_vectors_that_do_not_fit_are_not_written(ids, vectors, tmp_path):
    with pytest.raises(ValueError, match="expected"):
        write_vectors(tmp_path, vectors, chunk_ids=ids, doc_ids=ids)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vectors.json", b"[]"),
        ("vectors.json", b'{"dim": 0, "collections": []}'),
        ("vectors.json", b'{"dim": 32, "collections": [{}]}'),
        ("vectors.json", b'{"dim": 31, "collections": [{"name": "chunks", "approximate": false}]}'),
        ("vectors-0.faiss", b"not an index"),
        ("vectors-0.ivf.faiss", b"not an index"),
    ],
)
def test_file_that_does_not_fit_is_refused(name, content, tmp_path):
    write(tmp_path, clustered(300), exact_limit=100)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        ChunkVectors.load(tmp_path)


def test_exact_search_loads_no_faiss(tmp_path):
    write(tmp_path, clustered(5))
    code = (
        "import sys, numpy; from pincite.storing.vectors import ChunkVectors; store = ChunkVectors.load(sys.argv[1]);"
        "store.nearest(store.of(numpy.array([0]))[0], 3); print('faiss' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_file_is_one_that_faiss_opens_and_searches_alike(tmp_path):
    import faiss

    write(tmp_path, clustered(300))
    store = ChunkVectors.load(tmp_path)
    index = faiss.read_index(str(tmp_path / "vectors-0.faiss"))
    assert isinstance(index, faiss.IndexFlatIP)
    query = clustered(300)[7]
    scores, rows = index.search(query[None], 5)
    assert rows[0].tolist() == store.nearest(query, 5).tolist()
    np.testing.assert_allclose(scores[0], store.cosines(query, rows[0]), atol=1e-5)
