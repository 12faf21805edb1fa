import subprocess
import sys

import bm25s
import numpy as np
import pytest

from pincite.errors import IndexDamaged
from pincite.storing.lexical import FILE_NAMES, LexicalIndex
from pincite.storing.terms import terms

TEXTS = [
    "NATO led KFOR in Kosovo",
    "Article 5 was invoked once, after 9/11",
    "the of and",
    "",
    "A post-9/11 high-level meeting on KFOR, KFOR and Kosovo",
]


def build(texts, *, k1=1.2, b=0.5):
    return LexicalIndex.build(map(terms, texts), k1=k1, b=b)


def scores(index, query):
    return index.scores(terms(query))


def test_scores_are_those_of_bm25s(tmp_path):
    index = build(TEXTS, k1=0.9, b=0.4)
    index.save(tmp_path)
    reference = bm25s.BM25.load(tmp_path, show_progress=False, **FILE_NAMES)
    query = "KFOR in Kosovo after 9/11"
    expected = reference.get_scores(list(dict.fromkeys(term for term in terms(query) if term in reference.vocab_dict)))
    np.testing.assert_allclose(scores(index, query), expected, rtol=1e-6)
    assert scores(index, query).dtype == np.float32


@pytest.mark.parametrize("texts", [TEXTS, [], [""], ["the", "of"]], ids=["some", "none", "blank", "stop words"])
def test_saved_index_scores_alike(texts, tmp_path):
    index = build(texts)
    index.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path)
    assert len(loaded) == len(texts)
    for query in ("KFOR", "9/11", "", "zebra"):
        np.testing.assert_array_equal(scores(loaded, query), scores(index, query))
        assert list(map(loaded.document_frequency, terms(query))) == list(map(index.document_frequency, terms(query)))


def test_unknown_or_empty_query_scores_zero():
    index = build(TEXTS)
    for query in ("", "zebra", "who is it"):
        assert not scores(index, query).any()


def test_repeated_word_counts_once():
    index = build(TEXTS)
    np.testing.assert_array_equal(scores(index, "Kosovo Kosovo"), scores(index, "Kosovo"))


@pytest.mark.parametrize("options", [{"k1": -1}, {"b": 1.5}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match="expected k1 >= 0 and 0 <= b <= 1"):
        build(TEXTS, **options)


def test_loaded_index_is_not_saved(tmp_path):
    build(TEXTS).save(tmp_path)
    with pytest.raises(ValueError, match="copy"):
        LexicalIndex.load(tmp_path).save(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lexical.vocab.json", b"[]"),
        ("lexical.vocab.json", b'{"kfor": 99}'),
        ("lexical.vocab.json", b"{"),
        ("lexical.params.json", b'{"num_docs": "5"}'),
        ("lexical.data.npy", b""),
        ("lexical.indptr.npy", b"\x93NUMPY\x01\x00"),
    ],
)
def test_file_that_does_not_fit_is_refused(name, content, tmp_path):
    build(TEXTS).save(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        LexicalIndex.load(tmp_path)


def test_pickled_array_is_refused(tmp_path):
    build(TEXTS).save(tmp_path)
    np.save(tmp_path / "lexical.data.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(IndexDamaged):
        LexicalIndex.load(tmp_path)


BUILD = """
import logging, sys
logging.basicConfig(level=logging.WARNING)
from pincite.storing.lexical import LexicalIndex
LexicalIndex.build([["nato", "kfor"], ["articl", "5"]], k1=1.2, b=0.5).save(sys.argv[1])
print({"numba", "jax"} & set(sys.modules), logging.getLogger("bm25s").handlers)
"""
ASK = """
import sys
from pincite.storing.lexical import LexicalIndex
LexicalIndex.load(sys.argv[1]).scores(["kfor"])
print({"bm25s", "numba", "jax", "scipy", "torch", "faiss"} & set(sys.modules))
"""


def test_building_is_silent_and_asking_loads_no_engine(tmp_path):
    for code, expected in ((BUILD, "set() []"), (ASK, "set()")):
        done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected
        assert done.stderr == ""
