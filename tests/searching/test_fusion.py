import numpy as np
import pytest

from pincite.searching.fusion import fuse, normalise
from pincite.storing.ordering import best


def array(*values):
    return np.array(values, np.float32)


def test_normalise_runs_from_the_lowest_that_could_be_to_the_highest_that_is():
    assert normalise(array(1, 0, -1), lowest=-1).tolist() == [1, 0.5, 0]


def test_normalise_leaves_scores_that_say_nothing_at_zero():
    assert normalise(array(0, 0), lowest=0).tolist() == [0, 0]
    assert normalise(array(), lowest=0).shape == (0,)


def test_fuse_weighs_both_kinds_of_score():
    fused = fuse(array(0.6, -1), array(0, 8), dense_weight=0.75)
    assert fused == pytest.approx([0.75, 0.25])


def test_fuse_with_all_weight_on_one_side_ranks_as_that_side_does():
    cosines, bm25 = array(0.2, 0.9, 0.4), array(7, 0, 3)
    assert best(fuse(cosines, bm25, dense_weight=1), 3).tolist() == [1, 2, 0]
    assert best(fuse(cosines, bm25, dense_weight=0), 3).tolist() == [0, 2, 1]


def test_a_query_without_known_words_is_ranked_by_cosine_alone():
    assert best(fuse(array(0.1, 0.3), array(0, 0), dense_weight=0.7), 2).tolist() == [1, 0]


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_fuse_refuses_a_weight_out_of_range(weight):
    with pytest.raises(ValueError, match="expected a dense weight within"):
        fuse(array(1), array(1), dense_weight=weight)


def test_fuse_refuses_scores_of_other_chunks():
    with pytest.raises(ValueError, match="2 cosines and 1 of BM25"):
        fuse(array(1, 2), array(1), dense_weight=0.7)


def test_best_agrees_with_a_full_sort_ties_included():
    scores = np.random.default_rng(0).integers(0, 20, 500).astype(np.float32)
    expected = sorted(range(500), key=lambda i: (-scores[i], i))
    for k in (0, 1, 7, 499, 500, 900):
        assert best(scores, k).tolist() == expected[:k]
