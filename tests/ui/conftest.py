"""A real server with the real encoder, and a real browser."""

from __future__ import annotations

import pytest
from browsing import CHROMIUM, FLAGS, REPOSITORY, Person, serving

ORDINARY = {"width": 1400, "height": 860}


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    pytest.importorskip("gradio")
    with serving(tmp_path_factory.mktemp("ui"), str(REPOSITORY / "corpus")) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def ordinary(browser):
    """Make the browser of most tests: it keeps the scripts that it has loaded, and forgets who it was."""
    context = browser.new_context(viewport=ORDINARY)
    yield context
    context.close()


@pytest.fixture
def anybody(browser, ordinary, server):
    """Make people with browsers of their own, and at the end hold every one to no error and no outside request."""
    people, contexts = [], []

    def arrive(at=None, wait=True, **options):
        is_ordinary = not people and at is None and not options
        context = ordinary if is_ordinary else browser.new_context(**{"viewport": ORDINARY, **options})
        contexts.append(context)
        person = Person(context.new_page(), at or server)
        person.page.set_default_timeout(60_000)
        person.page.on("request", lambda request: person.requests.append(request.url))
        person.page.on("pageerror", lambda error: person.errors.append(str(error)))
        person.page.on("dialog", lambda dialog: (person.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        people.append(person)
        return person.open(wait)

    yield arrive
    for person, context in zip(people, contexts, strict=True):
        if context is ordinary:
            person.page.evaluate("localStorage.clear()")
            person.page.close()
            context.clear_cookies()
        else:
            context.close()
    assert [each.errors for each in people if each.errors] == []
    assert [each.outside for each in people if each.outside] == []


@pytest.fixture
def person(anybody):
    return anybody()
