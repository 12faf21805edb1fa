import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite import SearchSettings
from pincite.searching import windows
from pincite.searching.windows import Sentences


def place_windows(sentences, weights, *, k, max_chars=700):
    return windows.place_windows(sentences, weights, k=k, settings=SearchSettings(passage_chars=max_chars))


def sentences(lengths, scores, *, runs=None, opens=None):
    """Sentences one space apart, each scoring the same for the query's only token and its whole vector."""
    ends = np.cumsum([length + 1 for length in lengths]) - 1
    starts = ends - lengths
    return Sentences(
        spans=np.column_stack([starts, ends]).astype(np.int64).reshape(-1, 2),
        runs=np.array(runs if runs is not None else [0] * len(lengths)),
        opens=np.array(opens if opens is not None else [False] * len(lengths), bool),
        maxima=np.array(scores, np.float32)[:, None],
        pooled=np.array(scores, np.float32),
    )


WHOLE = np.ones(1, np.float32)


def extents(windows):
    return [(window.first, window.last) for window in windows]


def test_the_window_holds_the_sentences_that_answer_together():
    found = place_windows(sentences([60] * 6, [0.1, 0.1, 0.1, 0.8, 0.9, 0.1]), WHOLE, k=1, max_chars=130)
    assert extents(found) == [(3, 5)]


def test_windows_never_overlap_and_come_best_first():
    found = place_windows(sentences([60] * 6, [0.1, 0.9, 0.1, 0.1, 0.5, 0.2]), WHOLE, k=9, max_chars=130)
    covered = [i for window in found for i in range(window.first, window.last)]
    assert len(covered) == len(set(covered))
    assert [w.score for w in found] == sorted((w.score for w in found), reverse=True)


def test_a_window_never_leaves_its_run():
    found = place_windows(sentences([10] * 4, [0.1, 0.9, 0.8, 0.1], runs=[0, 0, 1, 1]), WHOLE, k=4)
    assert (1, 3) not in extents(found)
    assert all(window.last <= 2 or window.first >= 2 for window in found)


def test_a_sentence_longer_than_the_limit_stands_alone():
    assert extents(place_windows(sentences([50, 900, 50], [0.1, 0.9, 0.1]), WHOLE, k=1)) == [(1, 2)]


def test_all_else_equal_a_window_opens_a_paragraph():
    given_ = sentences([60] * 4, [0.2, 0.2, 0.9, 0.2], opens=[False, False, True, False])
    assert extents(place_windows(given_, WHOLE, k=1, max_chars=130)) == [(2, 4)]


def test_the_query_in_its_own_words_scores_near_one_and_noise_near_zero():
    assert place_windows(sentences([60], [1.0]), WHOLE, k=1)[0].score == pytest.approx(1, abs=0.02)
    assert place_windows(sentences([60] * 2, [0.0, 0.0]), WHOLE, k=1)[0].score == pytest.approx(0, abs=0.06)


def test_tokens_are_weighed():
    two = Sentences(
        spans=np.array([[0, 500], [501, 1000]]),
        runs=np.array([0, 0]),
        opens=np.array([False, False]),
        maxima=np.array([[0.9, 0.1], [0.1, 0.8]], np.float32),
        pooled=np.zeros(2, np.float32),
    )
    assert place_windows(two, np.array([0.9, 0.1], np.float32), k=1)[0].first == 0
    assert place_windows(two, np.array([0.1, 0.9], np.float32), k=1)[0].first == 1


def test_nothing_to_place():
    assert place_windows(sentences([], []), WHOLE, k=3) == []


@given(
    st.lists(st.tuples(st.integers(1, 900), st.floats(-1, 1, width=32), st.integers(0, 3)), max_size=40),
    st.integers(1, 12),
)
def test_windows_are_whole_sentences_of_one_run_within_the_limit(parts, k):
    parts = sorted(parts, key=lambda part: part[2])
    given_ = sentences([p[0] for p in parts], [p[1] for p in parts], runs=[p[2] for p in parts])
    found = place_windows(given_, WHOLE, k=k)
    assert len(found) <= k
    assert not parts or found
    taken = set()
    for window in found:
        inside = range(window.first, window.last)
        assert taken.isdisjoint(inside)
        taken.update(inside)
        assert len({parts[i][2] for i in inside}) == 1
        length = given_.spans[window.last - 1, 1] - given_.spans[window.first, 0]
        assert length <= 700 or len(inside) == 1
