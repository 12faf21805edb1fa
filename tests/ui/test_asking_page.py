"""Asking in the browser, and checking the answer there."""

import json
import re

import pytest

pytestmark = [pytest.mark.ui, pytest.mark.model]

ARTICLE_5 = "What does Article 5 say?"
SEVERAL = "Why is Article 5 important?"
UNANSWERED = "How many soldiers does NATO command?"


def answer_on_disk(server, question):
    for path in server.data.glob("visitors/*/conversations/*.json"):
        for turn in json.loads(path.read_text("utf-8"))["turns"]:
            if turn["question"] == question and turn["answer"]:
                return turn["answer"]
    raise AssertionError(f"no answer to {question!r} on disk")


def test_an_answer_is_highlighted_character_for_character_at_its_source(person, server, nato_path):
    turn = person.ask(SEVERAL)
    answer = answer_on_disk(server, SEVERAL)
    text = nato_path.read_bytes().decode("utf-8")
    assert len(answer["citations"]) > 1
    for citation in answer["citations"]:
        person.cite(turn, citation["n"])
        assert person.marked(citation["n"]) == citation["quote"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    labels = person.page.eval_on_selector_all(".pc-text [data-label]", "all => all.map(each => each.dataset.label)")
    assert labels == [str(citation["n"]) for citation in answer["citations"]], "all citations are shown together"
    person.shoot("citations")


def test_the_cited_words_are_scrolled_to(person):
    turn = person.ask("Which priorities does NATO have for the future?")
    person.cite(turn)
    label, box = (person.page.locator(each).bounding_box() for each in ('.pc-text [data-label="1"]', ".pc-text"))
    assert box["y"] <= label["y"] <= box["y"] + box["height"]


def test_pointing_at_a_chip_shows_the_quoted_words(person, server):
    turn = person.ask(ARTICLE_5)
    turn.locator('.pc-said [data-cite="1"]').hover()
    tip = person.page.locator("[role=tooltip]")
    assert answer_on_disk(server, ARTICLE_5)["citations"][0]["quote"] in tip.inner_text()
    person.shoot("tooltip")
    person.page.mouse.move(5, 5)
    tip.wait_for(state="detached")


def test_an_abstention_says_so_and_offers_the_nearest_passages(person):
    turn = person.ask(UNANSWERED)
    assert "do not answer" in turn.locator(".pc-abstained").inner_text()
    assert turn.locator(".pc-said").count() == 0
    passages = turn.locator(".pc-passages li")
    assert passages.count() > 2
    assert passages.first.is_visible()
    quoted = passages.first.locator("blockquote").text_content()
    passages.first.locator(".pc-link").click()
    person.page.wait_for_selector(".pc-text .pc-mark-passage")
    assert person.marked(0) == quoted
    person.shoot("abstention")


def test_passages_lie_folded_under_an_answer(person):
    turn = person.ask(SEVERAL)
    assert not turn.locator(".pc-passages li").first.is_visible()
    turn.locator(".pc-passages summary").click()
    assert turn.locator(".pc-passages li").first.is_visible()
    assert re.fullmatch(r"\d+ %", turn.locator(".pc-score").first.inner_text())


def test_a_follow_up_is_understood(person):
    person.ask("What is the Kosovo Force?")
    turn = person.ask("What is Article 5?")
    assert "attack on one ally" in turn.inner_text()
    turn = person.ask("When was it invoked?")
    assert "September 11" in turn.locator(".pc-said").inner_text()


def test_what_is_written_while_an_answer_comes_stays(person):
    page = person.page
    page.fill("#pc-question textarea", ARTICLE_5)
    page.press("#pc-question textarea", "Enter")
    page.wait_for_selector(".pc-turn")
    page.wait_for_function("document.querySelector('#pc-question textarea').value === ''")
    page.fill("#pc-question textarea", SEVERAL)
    page.wait_for_selector(".pc-turn[data-state=done]")
    page.wait_for_selector("#pc-send:visible")
    assert page.input_value("#pc-question textarea") == SEVERAL


def test_examples_give_an_answer_several_citations_and_an_abstention(person):
    page = person.page
    person.shoot("welcome")
    assert page.locator(".pc-example").count() == 3
    examples = page.locator(".pc-example").all_inner_texts()
    page.locator(".pc-example").first.click()
    page.wait_for_selector(".pc-turn[data-state=done]")
    assert page.locator(".pc-turn .pc-said [data-cite]").count() == 1
    assert person.ask(examples[1]).locator(".pc-said [data-cite]").count() > 1
    assert person.ask(examples[2]).locator(".pc-abstained").count() == 1


def test_a_question_is_edited_and_asked_again(person):
    person.ask(ARTICLE_5)
    person.ask(SEVERAL)
    page = person.page
    first = page.locator(".pc-turn").first
    first.get_by_role("button", name="Edit the question").click()
    page.locator(".pc-question textarea").fill(UNANSWERED)
    page.get_by_role("button", name="Ask this instead").click()
    page.wait_for_selector(".pc-abstained")
    assert page.locator(".pc-turn").count() == 1
    assert UNANSWERED in page.locator(".pc-turn").inner_text()
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_selector(".pc-turn[data-state=done] .pc-abstained")


def test_an_edit_is_given_up(person):
    turn = person.ask(ARTICLE_5)
    turn.get_by_role("button", name="Edit the question").click()
    person.page.locator(".pc-question textarea").fill(UNANSWERED)
    person.shoot("editing")
    person.page.keyboard.press("Escape")
    assert turn.locator("h2").inner_text() == ARTICLE_5


def test_an_answer_is_copied_with_its_citations(anybody, server):
    person = anybody(permissions=["clipboard-read", "clipboard-write"])
    turn = person.ask(ARTICLE_5)
    turn.get_by_role("button", name="Copy the answer with its citations").click()
    person.page.wait_for_selector(".pc-tool.pc-done")
    copied = person.page.evaluate("navigator.clipboard.readText()")
    answer = answer_on_disk(server, ARTICLE_5)
    assert copied.startswith(answer["answer"])
    for citation in answer["citations"]:
        assert f"[{citation['n']}] " in copied
        assert f"“{citation['quote']}”" in copied


def test_thumbs_are_kept_for_evaluation(person, server):
    turn = person.ask(SEVERAL)
    turn.get_by_role("button", name="Good answer").click()
    person.page.wait_for_selector(".pc-turn [aria-label='Good answer'][aria-pressed=true]")
    visitor = next(path for path in server.data.glob("visitors/*/feedback.jsonl") if SEVERAL in path.read_text("utf-8"))
    line = json.loads(visitor.read_text("utf-8").splitlines()[-1])
    assert (line["feedback"], line["question"]) == ("up", SEVERAL)
    from pincite_evals.records import read_answers

    assert read_answers(visitor).answers[line["id"]].question == SEVERAL
    turn.get_by_role("button", name="Bad answer").click()
    person.page.wait_for_selector(".pc-turn [aria-label='Bad answer'][aria-pressed=true]")
    assert json.loads(visitor.read_text("utf-8").splitlines()[-1])["feedback"] == "down"


def test_a_reload_keeps_the_conversation_with_its_citations(person):
    person.ask(SEVERAL)
    before = person.page.locator(".pc-turns").inner_text()
    person.page.reload()
    person.page.wait_for_selector(".pc-turn")
    assert person.page.locator(".pc-turns").inner_text() == before
    person.cite(person.page.locator(".pc-turn").first)


def test_conversations_are_reopened_renamed_exported_and_deleted(person):
    page = person.page
    person.ask(SEVERAL)
    page.get_by_role("button", name="New conversation").click()
    page.wait_for_selector(".pc-welcome")
    person.ask(ARTICLE_5)
    assert page.locator(".pc-conversation").count() == 2
    page.locator(".pc-conversation", has_text=SEVERAL).click()
    page.wait_for_function("title => document.querySelector('.pc-turn h2').textContent === title", arg=SEVERAL)

    def actions(name, item):
        page.get_by_role("button", name=f"Actions for {name}").click()
        page.locator(".pc-menu:not([hidden])").get_by_role("button", name=item).click()

    actions(SEVERAL, "Rename")
    page.get_by_label("New title").fill("Partners")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pc-conversation:text-is('Partners')")
    person.shoot("conversations")
    for item, ending in (("Save as Markdown", ".md"), ("Save as JSON", ".json")):
        with page.expect_download() as saving:
            actions("Partners", item)
        assert saving.value.suggested_filename == f"Partners{ending}"
        saved = saving.value.path().read_text("utf-8")
        assert SEVERAL in saved
        assert "The Role of Article 5" in saved
        page.get_by_role("button", name="Actions for Partners").click()
    assert json.loads(saved)["turns"][0]["answer"]["citations"][0]["quote"]
    actions("Partners", "Delete")
    assert page.locator(".pc-conversation").count() == 2, "the first press only asks"
    page.get_by_role("button", name="Delete for good?").click()
    page.wait_for_selector(".pc-conversation:text-is('Partners')", state="detached")
    assert page.locator(".pc-turn h2").inner_text() == ARTICLE_5
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector(".pc-welcome")
    assert page.locator(".pc-conversation").count() == 0


def test_a_question_is_confined_to_sections(person):
    page = person.page
    page.get_by_text("Ask only some documents or sections").click()
    page.locator("#pc-scope input").fill("Cyber Defense Initiatives")
    page.keyboard.press("Enter")
    page.locator("#pc-scope input").press("Tab")
    turn = person.ask(ARTICLE_5)
    places = turn.locator(".pc-passage-head b").all_inner_texts()
    assert places
    assert all("Cyber Defense Initiatives" in place for place in places)
    assert "1 chosen" in page.locator("#pc-scope-box .label-wrap").inner_text()


def test_the_search_box_filters_the_source(person):
    person.cite(person.ask(SEVERAL))
    page = person.page
    every = page.locator(".pc-text section:visible").count()
    page.get_by_role("searchbox", name="Filter passages").fill("kosovo")
    page.wait_for_function("n => document.querySelectorAll('.pc-text section[hidden]').length > 0", arg=every)
    shown = page.locator(".pc-text section:visible")
    assert 0 < shown.count() < every
    assert all("kosovo" in text.lower() for text in shown.all_inner_texts())
    page.get_by_role("searchbox", name="Filter passages").fill("")
    page.wait_for_function("() => !document.querySelector('.pc-text section[hidden]')")


def test_the_outline_moves_through_the_source(person):
    person.cite(person.ask(SEVERAL))
    page = person.page
    page.get_by_role("button", name="Sections", exact=True).click()
    page.locator(".pc-outline button", has_text="Future Directions").click()
    heading = page.locator(".pc-text h4", has_text="Future Directions").bounding_box()
    box = page.locator(".pc-text").bounding_box()
    assert box["y"] - 20 <= heading["y"] <= box["y"] + box["height"] / 2
    person.shoot("outline")


def test_an_empty_question_is_refused_with_a_sentence(person):
    person.page.fill("#pc-question textarea", "   ")
    person.page.press("#pc-question textarea", "Enter")
    person.page.get_by_text("Write a question first").wait_for()
    turn = person.ask("???")
    assert turn.get_attribute("data-state") == "error"
    assert "word" in turn.locator(".pc-error").inner_text()
    assert person.ask(SEVERAL).locator(".pc-said").count() == 1, "the conversation goes on"
