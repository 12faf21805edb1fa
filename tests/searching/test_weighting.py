import re

import numpy as np
import pytest

from pincite.searching.weighting import term_weights, token_weights
from pincite.types import Span

FREQUENCIES = {"agreement": 100, "termin": 10, "acm": 1}


def weights(query, pattern=r"\w+|[^\w\s]"):
    spans = [Span(*match.span()) for match in re.finditer(pattern, query)]
    found = token_weights(
        query, spans, document_frequency=lambda term: FREQUENCIES.get(term, 0), n_chunks=100, stop_word_weight=0.1
    )
    return dict(zip([query[s.start : s.end] for s in spans], found.tolist(), strict=True))


def test_the_rarer_the_word_the_more_it_weighs():
    found = weights("terminated Acme agreement")
    assert found["Acme"] > found["terminated"] > found["agreement"]
    assert sum(found.values()) == pytest.approx(1)


def test_what_stands_in_every_chunk_weighs_next_to_nothing():
    assert weights("terminated agreement")["agreement"] < 0.01


def test_stop_words_count_little_and_punctuation_not_at_all():
    found = weights("when was Acme terminated ?")
    assert found["?"] == 0
    assert 0 < found["when"] < found["terminated"] / 5


def test_a_word_in_pieces_outweighs_the_whole_one_by_less_than_its_pieces():
    whole = weights("Acme terminated")
    pieces = weights("Acme terminated", pattern=r"Ac|me|\w+")
    ratio_whole = whole["Acme"] / whole["terminated"]
    ratio_pieces = (pieces["Ac"] + pieces["me"]) / pieces["terminated"]
    assert ratio_whole < ratio_pieces < 2 * ratio_whole


def test_tokens_weigh_the_same_where_no_word_weighs():
    assert list(weights("?!").values()) == [0.5, 0.5]


def test_no_tokens_no_weights():
    found = token_weights("", [], document_frequency=lambda term: 0, n_chunks=1, stop_word_weight=0.1)
    assert found.shape == (0,)
    assert found.dtype == np.float32


def test_a_term_weighs_by_its_rarity_and_a_compound_counts_once():
    known = {"kfor": 3, "invok": 1, "high": 1, "level": 1, "cooper": 1}
    weights = term_weights(
        "KFOR invoked zebra high-level co-operation", document_frequency=lambda term: known.get(term, 0), n_chunks=6
    )
    assert list(weights) == ["kfor", "invok", "zebra", "high", "level", "cooper"]
    assert weights["zebra"] > weights["invok"] > weights["kfor"] > 0
