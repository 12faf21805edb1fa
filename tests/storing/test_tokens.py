import threading

import numpy as np
import pytest

from pincite.errors import IndexDamaged
from pincite.storing.tokens import TokenVectors, TokenVectorWriter, quantise

DIM = 24


def token_vectors(lengths=(5, 0, 1, 40, 0, 7), *, dim=DIM, seed=0):
    rng = np.random.default_rng(seed)
    vectors = [rng.normal(size=(n, dim)).astype(np.float32) for n in lengths]
    return [v / np.linalg.norm(v, axis=1, keepdims=True) for v in vectors]


def written(folder, chunks, *, dim=DIM):
    with TokenVectorWriter(folder, dim) as writer:
        for chunk in chunks:
            writer.append(chunk)
    return TokenVectors.load(folder)


def test_vectors_come_back_within_half_a_step(tmp_path):
    chunks = token_vectors()
    written(tmp_path, chunks)
    store = TokenVectors.load(tmp_path)
    assert len(store) == len(chunks)
    assert store.dim == DIM
    for i, chunk in enumerate(chunks):
        got = store.get(i)
        assert got.shape == chunk.shape
        assert got.dtype == np.float32
        steps = np.abs(chunk).max(axis=1, keepdims=True, initial=0) / 127
        assert (np.abs(got - chunk) <= steps / 2 + 1e-7).all()


def test_copying_from_one_store_to_the_next_loses_nothing(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = written(tmp_path / "one", token_vectors((50, 3, 200)))
    two = written(tmp_path / "two", [one.get(i) for i in range(len(one))])
    for i in range(len(one)):
        np.testing.assert_array_equal(one.get(i), two.get(i))
    assert (tmp_path / "one" / "tokens.codes.npy").read_bytes() == (tmp_path / "two" / "tokens.codes.npy").read_bytes()


def test_every_token_is_compared_with_every_vector(tmp_path):
    store = written(tmp_path, token_vectors())
    query = token_vectors((4,), seed=1)[0]
    candidates = [3, 1, 0, 3, 5, 4, 2]
    cosines, lengths = store.cosines(query, candidates)
    assert cosines.dtype == np.float32
    assert lengths.tolist() == [len(store.get(i)) for i in candidates]
    np.testing.assert_allclose(cosines, np.concatenate([store.get(i) @ query.T for i in candidates]), atol=1e-6)


def test_nothing_compared_with_nothing(tmp_path):
    store = written(tmp_path, token_vectors())
    query = token_vectors((4,))[0]
    assert store.cosines(query, [])[0].shape == (0, 4)
    assert store.cosines(query[:0], [0, 1])[0].shape == (5, 0)
    assert store.cosines(query, [1, 4])[0].shape == (0, 4)


@pytest.mark.parametrize("i", [-1, 6])
def test_chunk_that_is_not_there(i, tmp_path):
    store = written(tmp_path, token_vectors())
    with pytest.raises(IndexError, match="below 6"):
        store.get(i)
    with pytest.raises(IndexError, match="below 6"):
        store.cosines(token_vectors((2,))[0], [0, i])


def test_zero_vector_stays_zero():
    codes, scales = quantise(np.zeros((1, 3), np.float32))
    assert not codes.any()
    assert not scales.any()


def test_store_of_nothing(tmp_path):
    assert len(written(tmp_path, [])) == 0


@pytest.mark.parametrize("bad", [np.ones((2, DIM + 1)), np.ones(DIM), np.full((1, DIM), np.nan)])
def test_vectors_that_do_not_fit_are_refused(bad, tmp_path):
    with TokenVectorWriter(tmp_path, DIM) as writer, pytest.raises(ValueError, match="expected finite"):
        writer.append(bad.astype(np.float32))


@pytest.mark.parametrize("name", ["tokens.codes.npy", "tokens.scales.npy", "tokens.offsets.npy"])
def test_truncated_file_is_refused(name, tmp_path):
    written(tmp_path, token_vectors())
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        TokenVectors.load(tmp_path)


def test_offsets_that_do_not_fit_are_refused(tmp_path):
    written(tmp_path, token_vectors())
    np.save(tmp_path / "tokens.offsets.npy", np.array([0, 9, 3, 53]))
    with pytest.raises(IndexDamaged, match="fit together"):
        TokenVectors.load(tmp_path)


def test_threads_agree(tmp_path):
    store = written(tmp_path, token_vectors((30,) * 20))
    query = token_vectors((6,), seed=2)[0]
    expected = store.cosines(query, range(20))[0]
    results = []
    threads = [threading.Thread(target=lambda: results.append(store.cosines(query, range(20))[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all((result == expected).all() for result in results)
