"""A real server with the real encoder, and a real browser."""

from __future__ import annotations

import pytest
from browsing import CHROMIUM, FLAGS, REPOSITORY, Person, serving


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


@pytest.fixture
def anybody(browser, server):
    """Make people with browsers of their own, and at the end hold every one to no error and no outside request."""
    people, contexts = [], []

    def arrive(at=None, **options):
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 860}, **options})
        contexts.append(context)
        person = Person(context.new_page(), at or server)
        person.page.set_default_timeout(20_000)
        person.page.on("request", lambda request: person.requests.append(request.url))
        person.page.on("pageerror", lambda error: person.errors.append(str(error)))
        person.page.on("dialog", lambda dialog: (person.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        people.append(person)
        return person.open()

    yield arrive
    for context in contexts:
        context.close()
    assert [each.errors for each in people if each.errors] == []
    assert [each.outside for each in people if each.outside] == []


@pytest.fixture
def person(anybody):
    return anybody()
