"""Text that would like to be more than text: in documents, file names, questions and the names of conversations."""

import json

import pytest

pytestmark = [pytest.mark.ui, pytest.mark.model]

ALARM = "window.alarmed=(window.alarmed||0)+1"
HOSTILE = (
    f"<script>{ALARM}</script>",
    f"</script><script>{ALARM}</script>",
    f"<img src=x onerror={ALARM}>",
    f"<IMG SRC=x OnErRoR={ALARM}>",
    f"<svg onload={ALARM}>",
    f"<svg><script>{ALARM}</script></svg>",
    f"<svg><animate onbegin={ALARM} attributeName=x dur=1s>",
    f"<body onload={ALARM}>",
    f"<iframe src=javascript:{ALARM}></iframe>",
    f'<iframe srcdoc="<script>parent.{ALARM}</script>"></iframe>',
    f"<object data=javascript:{ALARM}></object>",
    f"<embed src=javascript:{ALARM}>",
    f"<a href=javascript:{ALARM}>click</a>",
    f"<a href='data:text/html,<script>{ALARM}</script>'>click</a>",
    f"<form action=javascript:{ALARM}><button>go</button></form>",
    f"<details open ontoggle={ALARM}>",
    f"<input autofocus onfocus={ALARM}>",
    f"<video><source onerror={ALARM}></video>",
    f"<audio src=x onerror={ALARM}>",
    f"<marquee onstart={ALARM}>x</marquee>",
    f"<math><mtext></mtext><img src=x onerror={ALARM}></math>",
    f"<template><script>{ALARM}</script></template>",
    "<style>@import 'http://evil.example/x.css';</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<base href=http://evil.example/>",
    "<img src=http://evil.example/pixel.png>",
    "<img srcset='http://evil.example/pixel.png 2x'>",
    "![pixel](http://evil.example/pixel.png)",
    f"[click](javascript:{ALARM})",
    f"[click](data:text/html,<script>{ALARM}</script>)",
    f"[click]( java\nscript:{ALARM})",
    "[click][1]\n\n[1]: http://evil.example/",
    "<http://evil.example/>",
    f"`{ALARM}`",
    "${" + ALARM + "}",
    "`${" + ALARM + "}`",
    "{{" + ALARM + "}}",
    "{{#with this}}{{constructor.constructor 'alarm'}}{{/with}}",
    "{{{value}}} ${value} ${props.value}",
    "$$\\href{javascript:" + ALARM + "}{x}$$",
    "\\(\\unicode{<img src=x onerror=1>}\\)",
    "&lt;script&gt;alarm&lt;/script&gt; &#60;b&#62;",
    "<!--<script>" + ALARM + "</script>-->",
    "]]><script>" + ALARM + "</script>",
    f'"><script>{ALARM}</script>',
    f"'><img src=x onerror={ALARM}>",
    f"' autofocus onfocus={ALARM} x='",
    f'"); {ALARM}; ("',
    f"'); {ALARM}; ('",
    "\u202egnp.exe\u202c reversed",
    "\u2066isolated\u2067 never closed",
    "\u200eleft\u200fright\ufeff",
    "a\u0300" * 300,
    "W" * 5_000,
    "ﷺ" * 400,
    "\u202e\u2066" * 200,
    "\x1b[31mred\x1b[0m",
    "[1] [2] [?] [99]",
    "See http://evil.example/a and https://evil.example/?q=1#x now.",
    "See www.evil.example, evil@evil.example and mailto:evil@evil.example now.",
    f"javascript:{ALARM} data:text/html,x ftp://evil.example [x](http://evil.example) [x]: http://evil.example",
    "<b>bold</b><h1>large</h1><table><tr><td>",
)


def quiet(person):
    page = person.page
    page.wait_for_timeout(250)
    assert page.evaluate("window.alarmed || 0") == 0
    assert page.url.rstrip("/") == person.server.address
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "the layout breaks"


def injected(person):
    """Count what the page's own components never make of text."""
    return person.page.evaluate(
        "() => document.querySelectorAll('.pc-turns :is(script,iframe,img,object,embed,a,form,style,link,video,audio,"
        "b > b), .pc-text :is(script,iframe,img,object,embed,a,form,style,link,video,audio,table)').length"
    )


def test_at_least_fifty_are_tried():
    assert len(set(HOSTILE)) >= 50


@pytest.mark.parametrize("part", range(4))
def test_questions_are_shown_as_the_text_they_are(person, part):
    for hostile in HOSTILE[part::4]:
        asked = " ".join(hostile[:2_000].split("\r"))
        turn = person.ask(asked)
        assert " ".join(turn.locator("h2").text_content().split()) == " ".join(asked.split())
    quiet(person)
    assert injected(person) == 0
    person.page.reload()
    person.page.wait_for_selector(".pc-turn")
    quiet(person)


@pytest.mark.parametrize("suffix", ["txt", "md"])
def test_documents_are_shown_as_the_text_they_are(person, tmp_path, suffix):
    sections = [f"Paragraph {n} about harbour number {n}: {hostile}" for n, hostile in enumerate(HOSTILE)]
    text = f"<img src=x onerror={ALARM}> title\n\n" + "\n\n".join(sections) + "\n"
    path = tmp_path / f"hostile.{suffix}"
    path.write_text(text, "utf-8")
    person.tab("Documents")
    person.upload(path)
    quiet(person)
    person.page.locator(f'[data-doc="hostile.{suffix}"] .pc-link').click()
    person.page.wait_for_selector(".pc-text section")
    quiet(person)
    assert injected(person) == 0
    shown = "".join(person.page.locator(".pc-text section").all_text_contents())
    assert "".join(shown.split()) == "".join(text.split())
    for n in (0, 28, 50):
        turn = person.ask(f"What does the paragraph about harbour number {n} say?")
        turn.locator("summary").first.click()
        if turn.locator(".pc-said [data-cite]").count():
            turn.locator(".pc-said [data-cite]").first.hover()
    quiet(person)
    assert injected(person) == 0


def test_file_names_are_shown_as_the_text_they_are(person, tmp_path):
    names = [
        f"<img src=x onerror={ALARM}>.txt",
        "![x](http:evil.example).txt",
        "\u202etxt.exe.md",
        "${alarm} {{value}}.txt",
        "'\"><svg onload=1>.md",
        "x" * 200 + ".txt",
    ]
    for name in names:
        (tmp_path / name).write_text("Ferries\n\nThe ferry leaves at nine.\n", "utf-8")
    person.tab("Documents")
    person.upload(*[tmp_path / name for name in names])
    assert person.page.locator("[data-doc]").count() == len(names) + 1
    quiet(person)
    person.tab("Ask")
    person.ask("When does the ferry leave?")
    person.page.get_by_text("Ask only some documents or sections").click()
    person.page.locator("#pc-scope input").click()
    quiet(person)
    assert person.page.evaluate("document.querySelectorAll('img[src=x], svg[onload]').length") == 0


def test_names_of_conversations_are_shown_as_the_text_they_are(person):
    person.ask("What is cooperative security?")
    page = person.page
    for hostile in HOSTILE[:6] + HOSTILE[50:52]:
        page.locator(".pc-list .pc-tool").first.click()
        page.locator(".pc-menu:not([hidden])").get_by_role("button", name="Rename").click()
        page.get_by_label("New title").fill(hostile)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "t => document.querySelector('.pc-conversation')?.textContent === t",
            arg=hostile if len(hostile) <= 60 else hostile[:59].rstrip() + "…",
        )
    quiet(person)


def test_an_export_of_hostile_text_is_only_text(person):
    for hostile in HOSTILE[:12]:
        person.ask(hostile)
    page = person.page
    for item in ("Save as Markdown", "Save as JSON"):
        page.locator(".pc-list .pc-tool").first.click()
        with page.expect_download() as saving:
            page.locator(".pc-menu:not([hidden])").get_by_role("button", name=item).click()
        saved = saving.value.path().read_text("utf-8")
        page.locator(".pc-list .pc-tool").first.click()
        if item.endswith("JSON"):
            assert [turn["question"] for turn in json.loads(saved)["turns"]] == [
                " ".join(h.split("\r")) for h in HOSTILE[:12]
            ]
        else:
            assert "<script>" not in saved.replace("\\<", "")


def test_a_batch_of_hostile_text_is_shown_as_the_text_it_is(person, tmp_path):
    questions = [" ".join(hostile.split())[:400] for hostile in HOSTILE]
    gold = [
        {"id": f"<img src=x onerror={ALARM}>{n}", "question": q, "answerable": False} for n, q in enumerate(questions)
    ]
    path = tmp_path / "hostile.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in gold), "utf-8")
    person.tab("Batch")
    with person.page.expect_file_chooser() as choosing:
        person.page.locator("#pc-questions button").first.click()
    choosing.value.set_files(path)
    person.page.get_by_text(path.name).first.wait_for()
    person.page.locator("#pc-run").click()
    person.page.wait_for_selector("#pc-report iframe", timeout=120_000)
    person.page.wait_for_function("document.querySelector('#pc-answers')?.innerText.includes('onerror')")
    quiet(person)
    report = person.page.locator("#pc-report iframe").element_handle().content_frame()
    report.wait_for_load_state()
    for page in (person.page, report):
        held = "#pc-answers :is(script, iframe, img, form), img[src=x], svg[onload], marquee, base[href^=http]"
        assert page.evaluate("window.alarmed || 0") == 0
        assert page.evaluate("s => document.querySelectorAll(s).length", held) == 0


def test_a_notice_is_text():
    import gradio as gr

    from pincite import PinciteError
    from pincite_ui.tabs.events import as_notice

    with pytest.raises(gr.Error) as raised, as_notice():
        raise PinciteError(HOSTILE[2])
    assert "<" not in raised.value.message
