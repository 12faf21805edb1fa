from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.sentences import sentence_spans

PIECES = [
    "U.S. ",
    "Mr. Fox ",
    "3.14 ",
    "No. 5 ",
    "e.g. ",
    "“Why?” ",
    "(a) ",
    "\n",
    "\n\n",
    "\r\n",
    "  • ",
    "| a | b |",
    "a | b. C | d",
    "== a ==",
    "。",
    "你好",
    "word ",
    "End. ",
    "```",
    "\u200b",
    "\u2028",
    "\x0b",
    "\ud800",
    "é",
    "1. ",
    " ",
    "...",
    "[3] ",
    "## ",
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join)


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The U.S. and NATO agreed.", "See Article 5.", "It says so."],
        ["Mr. J. R. Smith v. Acme Inc. was heard, e.g. in No. 5, at 3.14 p.m. on Monday.", "He lost."],
        ["Sec. 2.1 applies.", "See p. 12 and Fig. 3.", "Then it ended."],
        ["It is in the U.S.", "The army left the U.S. Senate."],
        ["He said no.", "Then he left."],
        ["“Is it?” he asked.", "“It is.”", "She left!"],
        ["They fell.[12][3]", "They rose (twice).", "So it goes..."],
        ["1.2. Payment is due.", "It is late."],
        ["(a) First one.", "(b) Second one."],
        ["The rest\nis soft\r\nwrapped here.", "And ends."],
        ["He met President\nObama in Washington on\nMonday."],
    ],
)
def test_prose(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_lists_tables_headings_and_code_end_sentences() -> None:
    text = (
        "The following\n\n  • One. Two.\n  • Three\n- four\n| a. B | c |\n| d | e |\n# Head\nprose here\n"
        "(b) clause\n2.1 Clause\n\n```\nx = 1\ny = 2\n```\n"
    )
    assert split(text) == [
        "The following",
        "• One.",
        "Two.",
        "• Three",
        "- four",
        "| a. B | c |",
        "| d | e |",
        "# Head",
        "prose here",
        "(b) clause",
        "2.1 Clause",
        "```",
        "x = 1",
        "y = 2",
        "```",
    ]


def test_a_row_of_a_table_is_whole_whatever_its_cells_hold() -> None:
    rows = ["Person16 | salary: 12. Very good. | note: No. It fell.", "Person17 | salary: 9.\t", "Port |  | High? Low."]
    assert split("\n".join(rows)) == [row.strip() for row in rows]


def test_a_marked_heading_is_whole() -> None:
    assert split("= = Life . Art = = \nShe lived. She drew.\n") == ["= = Life . Art = =", "She lived.", "She drew."]


def test_a_line_ended_on_purpose_is_not_joined_to_long_prose() -> None:
    prose = "This agreement is made between the parties named below and holds for as long as both of them wish."
    assert split(f"RECITALS\n{prose}") == ["RECITALS", prose]


def test_scripts_without_spaces() -> None:
    assert split("他说。对吗？是！好") == ["他说。", "对吗？", "是！", "好"]
    assert split("「行く。」彼は言った。") == ["「行く。」", "彼は言った。"]


def test_brackets_that_do_not_pair_swallow_nothing() -> None:
    assert split("(f) never opened) here. It rains. a) More. So.") == [
        "(f) never opened) here.",
        "It rains.",
        "a) More.",
        "So.",
    ]


@given(TEXTS)
def test_every_non_blank_character_lies_in_exactly_one_span(text: str) -> None:
    spans = sentence_spans(text)
    covered = [i for span in spans for i in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert {i for i, char in enumerate(text) if not char.isspace()} <= set(covered)
    for span in spans:
        quote = text[span.start : span.end]
        assert quote and quote == quote.strip()
        assert not re.search(r"\n[ \t]*\r?\n", quote)
