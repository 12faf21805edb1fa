import numpy as np
import pytest

from pincite.searching.late_interaction import Interaction, in_context, interact

RNG = np.random.default_rng(0)


def unit(*shape):
    vectors = RNG.normal(size=shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_interact_agrees_with_its_definition_sentence_by_sentence():
    query, whole = unit(3, 8), unit(8)
    segments = [unit(n, 8) for n in (2, 0, 5, 1)]
    tokens = np.concatenate(segments)
    firsts = np.array([0, 2, 2, 7])
    norms = np.array([np.linalg.norm(s.sum(axis=0)) for s in segments], np.float32)
    found = interact(tokens @ np.column_stack([query.T, whole]), firsts, norms)
    for i, segment in enumerate(segments):
        if len(segment):
            mean = segment.mean(axis=0)
            assert found.maxima[i] == pytest.approx((segment @ query.T).max(axis=0), abs=1e-5)
            assert found.pooled[i] == pytest.approx(mean @ whole / np.linalg.norm(mean), abs=1e-5)
        else:
            assert found.maxima[i].tolist() == [-1, -1, -1]
            assert found.pooled[i] == 0


def test_interact_of_nothing_is_nothing():
    found = interact(np.zeros((0, 4), np.float32), np.zeros(1, np.int64), np.zeros(1, np.float32))
    assert found.maxima.tolist() == [[-1, -1, -1]]


def test_sentences_share_the_context_of_their_own_chunk():
    maxima = np.array([[0.9, 0.1], [0.2, 0.3], [0.1, 0.8], [0.5, 0.6], [0.4, 0.7]], np.float32)
    pooled = np.arange(5, dtype=np.float32)
    is_context = np.array([True, False, False, True, False])
    found = in_context(Interaction(maxima, pooled), is_context)
    assert found.maxima == pytest.approx(np.array([[0.9, 0.3], [0.9, 0.8], [0.5, 0.7]]))
    assert found.pooled.tolist() == [1, 2, 4]
