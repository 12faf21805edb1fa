import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.storing.terms import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who led KFOR?", ["led", "kfor"]),
        ("What does Article 5 say about it?", ["articl", "5", "say"]),
        ("post-9/11", ["post", "9/11", "9", "11", "post9/11"]),
        ("$1,000,000 or 1.5%", ["1000000", "1.5", "1", "5"]),
        ("the U.S. Army", ["us", "armi"]),
        ("NATO's and NATO’s", ["nato", "nato"]),
        ("don't", ["dont"]),
        ("naïve café", ["naiv", "cafe"]),
        ("ＮＡＴＯ ﬁnance", ["nato", "financ"]),
        ("WHO says IT is so", ["who", "say", "it"]),
        ("WHO IS IT", []),
        ("北大西洋", ["北大", "大西", "西洋"]),
        ("法", ["法"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("", []),
        ("... --- !?", []),
    ],
)
def test_terms(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    "question",
    ["Who is it?", "What was that?", "How many are there?", "When did they do it?", "Why?", "Which of these?"],
)
def test_question_words_vanish(question):
    assert terms(question) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("co-operation", "cooperation"),
        ("high-level", "high level"),
        ("post-9/11", "after 9/11"),
        ("policies", "policy"),
        ("1,000 troops", "1000 soldiers"),
        ("İstanbul", "istanbul"),
        ("U.S.", "US"),
    ],
)
def test_ways_of_writing_meet(one, other):
    assert set(terms(one)) & set(terms(other))


@given(st.text())
def test_any_text_gives_plain_terms(text):
    assert all(term and not term.isspace() for term in terms(text))


@given(st.lists(st.text(alphabet="abc-/'.19 ", max_size=12), max_size=6))
def test_terms_of_lines_are_those_of_each_line(lines):
    assert terms("\n".join(lines)) == [term for line in lines for term in terms(line)]


def test_threads_agree():
    texts = [f"running policies number {i} of nations" for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(terms, texts)) == [terms(text) for text in texts]


def test_terms_need_no_model_library():
    code = "import sys, pincite.storing.terms; print({'torch', 'faiss', 'bm25s', 'openvino'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
