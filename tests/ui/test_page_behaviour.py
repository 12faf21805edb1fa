"""How the page behaves: keyboard, reading aids, narrow windows, dark, several people."""

import pytest

pytestmark = [pytest.mark.ui, pytest.mark.model]

QUESTION = "What is cooperative security?"
TABS = ("Ask", "Documents", "Batch", "Settings")


# The browser's own clock, from the key press to the answer on the page.
TIMED = """() => {
  window.ask = () => {
    const from = performance.now();
    new MutationObserver((_, observer) => {
      if (!document.querySelector(".pc-turn[data-state=done]")) return;
      window.took = performance.now() - from;
      observer.disconnect();
    }).observe(document.querySelector(".pc-turns"), { childList: true, subtree: true });
    const box = document.querySelector("#pc-question textarea");
    box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true }));
  };
}"""


def violations(person, where):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(person.page).response["violations"]
    return [
        f"{where}: {each['id']} ({each['impact']}): {node['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 320])
def test_axe_finds_nothing_serious(anybody, scheme, width):
    pytest.importorskip("axe_playwright_python")
    person = anybody(color_scheme=scheme, viewport={"width": width, "height": 860})
    found = violations(person, "welcome")
    turn = person.ask(QUESTION)
    turn.locator("summary").click()
    person.ask("How many soldiers does NATO command?")
    found += violations(person, "asked")
    person.page.locator(".pc-said [data-cite]").first.click()
    person.page.wait_for_selector(".pc-text mark")
    person.shoot(f"source-{scheme}-{width}")
    found += violations(person, "source")
    if width == 320:
        person.page.get_by_role("button", name="Close the source").click()
    for tab in TABS[1:]:
        open_tab(person, tab)
        person.page.wait_for_timeout(300)
        person.shoot(f"{tab.lower()}-{scheme}-{width}")
        found += violations(person, tab)
    assert found == []


def open_tab(person, name):
    tab = person.page.get_by_role("tab", name=name)
    if not tab.first.is_visible():
        person.page.locator("#pc-tabs .overflow-menu > button").click()
        person.page.locator("#pc-tabs .overflow-dropdown button", has_text=name).click()
    else:
        tab.first.click()


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 320, "height": 640}},
        {"viewport": {"width": 700, "height": 430}, "device_scale_factor": 2},
    ],
    ids=["320 px", "200 %"],
)
def test_nothing_is_cut_off_in_a_narrow_window(anybody, options):
    person = anybody(**options)
    person.ask(QUESTION)
    for tab in TABS:
        open_tab(person, tab)
        wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, tab
    open_tab(person, "Ask")
    person.shoot(f"narrow-{options['viewport']['width']}")
    box = person.page.locator("#pc-send").bounding_box()
    assert box["x"] + box["width"] <= options["viewport"]["width"]
    assert box["y"] + box["height"] <= options["viewport"]["height"]


def test_all_of_asking_works_with_the_keyboard_alone(person):
    page, press = person.page, person.page.keyboard.press

    def reach(wanted, limit=60):
        for _ in range(limit):
            press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", wanted):
                assert page.evaluate(
                    "() => { const s = getComputedStyle(document.activeElement);"
                    " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.borderStyle !== 'none'; }"
                ), f"focus cannot be seen on {wanted}"
                return
        raise AssertionError(f"Tab never reaches {wanted}")

    reach("#pc-question textarea")
    page.keyboard.type(QUESTION)
    press("Enter")
    page.wait_for_selector(".pc-turn[data-state=done]")
    page.evaluate("document.activeElement.blur()")
    reach(".pc-said [data-cite]")
    page.wait_for_selector("[role=tooltip]")
    press("Escape")
    page.wait_for_selector("[role=tooltip]", state="detached")
    press("Enter")
    page.wait_for_selector(".pc-text mark")
    reach(".pc-passages summary")
    press("Enter")
    assert page.locator(".pc-passages li").first.is_visible()
    reach("input[type=search]")
    page.keyboard.type("kosovo")
    page.wait_for_selector(".pc-text section[hidden]", state="attached")


def test_the_answer_is_announced_to_screen_readers(person):
    person.ask(QUESTION)
    person.page.wait_for_function(
        "() => document.querySelector('#pc-announcer[role=status]')?.textContent.startsWith('Answer:')"
    )
    assert person.page.locator("[role=log][aria-label=Conversation]").count() == 1


def test_dark_light_and_the_systems_choice(anybody):
    person = anybody(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = person.page.evaluate(ground)
    person.tab("Settings")
    person.page.get_by_label("Light").check()
    person.page.wait_for_function("() => !document.documentElement.classList.contains('dark')")
    light = person.page.evaluate(ground)
    assert light != dark
    person.page.reload()
    person.page.wait_for_selector(".pc-welcome")
    assert person.page.evaluate(ground) == light, "the choice is kept"
    person.tab("Settings")
    person.page.get_by_label("As the system has it").check()
    person.page.wait_for_function("() => document.documentElement.classList.contains('dark')")


def test_how_sure_to_be_is_chosen_and_kept(person):
    person.tab("Settings")
    slider = person.page.get_by_label("How sure to be before answering")
    slider.fill("99")
    person.page.get_by_text("At least 99 % sure").wait_for()
    person.tab("Ask")
    assert person.ask(QUESTION).locator(".pc-abstained").count() == 1
    person.page.reload()
    person.page.wait_for_selector(".pc-turn")
    person.tab("Settings")
    assert person.page.get_by_label("How sure to be before answering").input_value() == "99"


def test_passages_and_stages_are_chosen_and_kept(person):
    page = person.page
    person.tab("Settings")
    number = page.locator("#pc-passages input[type=number]")
    number.fill("2")
    number.press("Tab")
    page.get_by_label("Leave out near-duplicates").uncheck()
    page.get_by_label("By meaning").uncheck()
    page.get_by_label("By words").click()
    page.get_by_text("Keep at least one of the two ways to search").wait_for()
    person.tab("Ask")
    turn = person.ask(QUESTION)
    assert "(2)" in turn.locator("summary").inner_text()
    page.reload()
    page.wait_for_selector(".pc-turn")
    person.tab("Settings")
    assert page.locator("#pc-passages input[type=number]").input_value() == "2"
    assert not page.get_by_label("Leave out near-duplicates").is_checked()
    assert page.get_by_label("By words").is_checked()


def test_the_settings_of_one_are_not_the_settings_of_another(person, anybody):
    person.tab("Settings")
    person.page.get_by_label("How sure to be before answering").fill("99")
    person.page.get_by_text("At least 99 % sure").wait_for()
    other = anybody()
    assert other.ask(QUESTION).locator(".pc-said").count() == 1


def test_ten_people_asking_at_once_all_get_their_own_answers(anybody):
    people = [anybody(wait=False) for _ in range(10)]
    for person in people:
        person.page.wait_for_selector(".pc-welcome")
    questions = [f"What does NATO say about {topic}?" for topic in ("cyber defense", "crisis management")] * 5
    for person, question in zip(people, questions, strict=True):
        person.page.fill("#pc-question textarea", question)
        person.page.evaluate(TIMED)
    for person in people:
        person.page.evaluate("window.ask()")
    for person, question in zip(people, questions, strict=True):
        person.page.wait_for_selector(".pc-turn[data-state=done]")
        assert person.page.locator(".pc-turn").count() == 1
        assert person.page.locator(".pc-turn h2").inner_text() == question
        assert person.page.locator(".pc-answer").inner_text()
    took = sorted(person.page.evaluate("window.took") for person in people)
    print(f"ten people: from {took[0]:.0f} to {took[-1]:.0f} ms")
    assert took[-1] <= 6 * took[0], took
