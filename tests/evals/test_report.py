from __future__ import annotations

import shutil
from dataclasses import replace

import ferry
import pytest
from selectolax.lexbor import LexborHTMLParser

from pincite import Span, make_document
from pincite_evals.comparing import compare
from pincite_evals.report import comparison_html, comparison_markdown, evaluation_html, evaluation_markdown
from pincite_evals.report.marking import extracts
from pincite_evals.scoring import score

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'>\u202e{{7*7}}"


def evaluation(**changed):
    about = {"pincite": "0", "settings": {"threshold": 0.5}, "questions": {"file": "q.jsonl"}}
    return score(ferry.QUESTIONS, ferry.answers(**changed), ferry.documents, about=about, n_resamples=20)


def hostile(each):
    """Return an evaluation in which every text is hostile."""
    rows = [
        replace(
            row,
            question=HOSTILE,
            gold={**row.gold, "answers": [HOSTILE], "sections": [[HOSTILE]]},
            answer={**row.answer, "answer": HOSTILE},
        )
        for row in each.rows
    ]
    about = {**each.about, "questions": {"file": HOSTILE}}
    return replace(each, rows=tuple(rows), about=about, failures=((HOSTILE, HOSTILE),))


def test_the_report_says_in_words_what_came_of_the_questions():
    page = LexborHTMLParser(evaluation_html(evaluation(), ferry.documents))
    assert page.css_first(".lead").text() == (
        "Of 2 questions that the documents answer, 1 got an answer, 1 of them rightly. "
        "Of 2 that they do not answer, 1 was refused."
    )


def test_every_failure_stands_with_its_passage_marked():
    page = LexborHTMLParser(evaluation_html(evaluation(), ferry.documents))
    shown = {each.css_first("h3").text(): each for each in page.css(".question")}
    assert shown["Do cats travel free?"].css_first("mark.cited").text() == ferry.DOGS
    assert shown["What does it cost?"].css_first("mark.gold").text() == ferry.COSTS
    assert "refused" in shown["What does it cost?"].text()
    assert "has rank 2" in shown["What does it cost?"].text()


def test_the_report_names_no_other_place():
    page = LexborHTMLParser(evaluation_html(evaluation(), ferry.documents))
    assert not page.css("link:not([href^='data:']), img, iframe, script[src], object, embed, a[href]")
    assert "default-src 'none'" in page.css_first("meta[http-equiv]").attributes["content"]
    assert "@import" not in page.html
    assert "url(" not in page.html


def test_hostile_text_stays_text():
    html = evaluation_html(hostile(evaluation()), ferry.documents)
    page = LexborHTMLParser(html)
    assert len(page.css("script")) == 1
    assert not page.css("img")
    assert "49" not in page.css_first("h1").text()
    assert HOSTILE in page.css_first(".question h3").text()
    other = comparison_html(compare(evaluation(), hostile_flip()), HOSTILE, HOSTILE)
    assert not LexborHTMLParser(other).css("script, img")


def hostile_flip():
    cost = ferry.answer("cost", "What does it cost?", HOSTILE + " four pounds", hits=ferry.ALL_HITS)
    return evaluation(cost=cost)


def test_markdown_escapes_what_documents_say():
    text = evaluation_markdown(hostile(evaluation()))
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "| right | 0.500 |" in text


def test_a_comparison_lists_the_flips_with_both_answers():
    comparison = compare(evaluation(), hostile_flip())
    (flip,) = comparison.flips
    assert (flip.old.outcome, flip.new.outcome) == ("wrongly refused", "right")
    page = LexborHTMLParser(comparison_html(comparison, "old.json", "new.json"))
    assert "refused" in page.css_first(".question").text()
    assert "four pounds" in page.css_first(".question").text()
    assert "wrongly refused, now right" in comparison_markdown(comparison)


def test_extracts_are_the_documents_characters_and_cut_when_too_long():
    text = "Word " * 2000
    document = make_document(text, doc_id="long.txt")
    row = {"citations": [{"doc_id": "long.txt", "start": 10, "end": 9000}], "hits": []}
    (extract,) = extracts(row, {"spans": [{"doc_id": "long.txt", "start": 20, "end": 24}]}, lambda _: document)
    shown = "".join(piece.text for piece in extract.pieces)
    assert document.quote(Span(extract.start, extract.start + len(shown))) == shown
    assert extract.cut
    assert [piece.kind for piece in extract.pieces] == ["", "cited", "cited gold", "cited"]


@pytest.mark.ui
def test_the_page_asks_for_nothing_and_runs_nothing_but_its_own(tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    path = tmp_path / "report.html"
    path.write_text(evaluation_html(hostile(evaluation()), ferry.documents), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 320, "height": 800})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert "taken" not in page.title().replace("document.title='taken'", "")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.fill("#wanted", "no such words")
        assert page.locator(".question:visible").count() == 0
        assert asked == [path.as_uri()]
        browser.close()
