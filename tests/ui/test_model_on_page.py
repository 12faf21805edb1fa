"""A language model chosen, tested and used on the page."""

import json

import pytest
from browsing import REPOSITORY, serving
from generating.scripted_server import scripted_server

pytestmark = [pytest.mark.ui, pytest.mark.model]

QUESTION = "What does Article 5 say?"
TRUE = "Article 5 states that an attack on one ally is considered an attack on all allies."
FALSE = "Article 5 obliges every ally to declare war within 30 days."


@pytest.fixture
def llm():
    with scripted_server() as running:
        running.pieces = (f"{TRUE} [1] ", f"{FALSE} <img src=x onerror=alert(1)>")
        yield running


def choose(person, at, name="", said="answered in"):
    person.tab("Settings")
    person.page.locator("#pc-model-at input, #pc-model-at textarea").fill(at)
    person.page.locator("#pc-model-name input, #pc-model-name textarea").fill(name)
    person.page.locator("#pc-model-use").click()
    return state(person, said)


def state(person, said):
    person.page.wait_for_function(
        "said => document.querySelector('#pc-model-state [role=status]')?.textContent.includes(said)", arg=said
    )
    return person.page.locator("#pc-model-state [role=status]").inner_text()


def test_a_model_is_tested_used_remembered_and_given_up(person, llm):
    assert "good answered in" in choose(person, llm.url, "good")
    person.shoot("settings-model")
    person.tab("Ask")
    turn = person.ask(QUESTION)
    said = turn.locator(".pc-said").inner_text()
    assert TRUE in said
    assert FALSE in said
    assert turn.locator(".pc-unsupported").count() == 1
    assert "onerror" not in said
    assert "written by good" in turn.inner_text()
    person.shoot("answer-by-model")
    person.cite(turn, 1)
    assert "an attack on one ally is considered an attack on all allies" in person.marked(1)
    person.page.reload()
    person.page.wait_for_selector(".pc-turn")
    person.tab("Settings")
    assert "In use: good" in state(person, "In use")
    assert person.page.locator("#pc-model-at input, #pc-model-at textarea").input_value() == llm.url
    person.page.locator("#pc-model-none").click()
    state(person, "None is in use")
    person.tab("Ask")
    again = person.ask(QUESTION)
    assert TRUE not in again.locator(".pc-said").inner_text()


ADDRESSES = (
    "http://evil.example/a",
    "https://evil.example/?q=1#x",
    "www.evil.example",
    "mailto:evil@evil.example",
    "evil@evil.example",
    "javascript:alert(1)",
)


def test_addresses_that_a_model_writes_are_text_and_no_links(person, llm):
    bare = " and ".join(ADDRESSES)
    llm.pieces = (f"{TRUE} [1] ", f"See {bare} or [here](http://hidden.example/) or <http://hidden.example/b> now.")
    choose(person, llm.url, "good")
    person.tab("Ask")
    turn = person.ask(QUESTION)
    said = turn.locator(".pc-said").inner_text()
    assert all(address in said for address in ADDRESSES), said
    assert "hidden.example" not in said
    assert turn.locator("a, [href], [onclick]").count() == 0
    page = person.page
    page.locator(".pc-list .pc-tool").first.click()
    with page.expect_download() as saving:
        page.locator(".pc-menu:not([hidden])").get_by_role("button", name="Save as Markdown").click()
    saved = saving.value.path().read_text("utf-8")
    assert all(f"`{address}`" in saved for address in ADDRESSES), saved
    assert "](" not in saved


@pytest.mark.parametrize(
    ("at", "name", "said"),
    [
        ("", "", "Say first where"),
        ("http://127.0.0.1:9/v1", "m", "is the server running"),
        ("http://192.0.2.1/v1", "m", "on this machine"),
        ("no/such/file.gguf", "", "xpected an address"),
        ("{url}", "locked", "a key is needed"),
        ("{url}", "<b>bold</b>", "the model"),
    ],
)
def test_what_cannot_be_used_is_said_and_what_is_in_use_stays(person, llm, at, name, said):
    shown = choose(person, at.format(url=llm.url), name, said if "<b>" not in name else "None is in use")
    assert "None is in use" in shown


def change(person, llm, model):
    """Let the model that a visitor chose become another, as a server may."""
    changed = 0
    for path in person.server.data.glob("visitors/*/settings.json"):
        held = json.loads(path.read_text("utf-8"))
        if held["language_model"]["at"] == llm.url:
            held["language_model"]["model"] = model
            path.write_text(json.dumps(held), "utf-8")
            changed += 1
    assert changed == 1


def test_a_model_that_goes_away_leaves_the_conversation_and_is_said(person, llm):
    choose(person, llm.url, "good")
    person.tab("Ask")
    person.ask(QUESTION)
    change(person, llm, "busy")
    turn = person.ask("When was NATO established?")
    assert turn.get_attribute("data-state") == "done"
    assert "the server is busy" in turn.locator(".pc-notice").inner_text()
    assert turn.locator(".pc-said [data-cite]").count() >= 1
    assert person.page.locator(".pc-turn").count() == 2


def test_stopping_ends_the_waiting_for_the_model(person, llm):
    choose(person, llm.url, "good")
    change(person, llm, "hanging")
    person.tab("Ask")
    person.page.fill("#pc-question textarea", QUESTION)
    person.page.press("#pc-question textarea", "Enter")
    person.page.locator("#pc-stop").click()
    person.page.wait_for_selector(".pc-turn[data-state=stopped]", timeout=15_000)


def test_a_question_sent_while_another_is_answered_comes_next(person, llm):
    choose(person, llm.url, "good")
    change(person, llm, "hanging")
    person.tab("Ask")
    box = "#pc-question textarea"
    for n, question in enumerate((QUESTION, "When was NATO established?"), start=1):
        person.page.fill(box, question)
        person.page.press(box, "Enter")
        person.page.press(box, "Enter")
        if n == 2:
            person.page.locator("#pc-stop").click()
        person.page.wait_for_selector(f".pc-turn:nth-of-type({n})[data-state=pending]")
        person.page.wait_for_function("box => document.querySelector(box).value === ''", arg=box)
    person.page.locator("#pc-stop").click()
    person.page.wait_for_selector(".pc-turn:nth-of-type(2)[data-state=stopped]", timeout=15_000)
    person.page.wait_for_selector("#pc-send:visible")
    assert person.page.locator(".pc-turn").count() == 2
    assert person.page.get_by_text("Write a question first").count() == 0


def test_the_model_of_the_command_is_everybodys(browser, llm, tmp_path):
    arguments = (str(REPOSITORY / "corpus"), "--llm", llm.url, "--model", "good")
    with serving(tmp_path, *arguments) as running:
        from browsing import Person

        context = browser.new_context()
        person = Person(context.new_page(), running).open()
        assert TRUE in person.ask(QUESTION).locator(".pc-said").inner_text()
        person.tab("Settings")
        assert "In use: good, the server's." in state(person, "In use")
        context.close()
