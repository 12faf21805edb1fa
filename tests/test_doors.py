"""What the pages for engineers name is there: files, and links between the pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    "CONTRIBUTING.md": ["", "evals/pincite_evals/measures"],
    "docs/architecture.md": ["", "docs", "rag/pincite"],
    "evals/README.md": ["", "evals", "rag/pincite"],
}
"""Each page with the folders from which it gives paths."""
NAMED = re.compile(r"(?<![\w./~-])(?:[\w-]+(?:/[\w.-]+)+|[\w-]+\.(?:py|md|toml|json))(?![\w/-])")
FILE = re.compile(r"\.(?:py|md|json|toml|safetensors|svg|pyi)$|^(?:rag|ui|evals|tests|docs|corpus)/")
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")


def named_by(page):
    text = (ROOT / page).read_text("utf-8")
    # `NAME` in a path stands for what one writes oneself.
    return sorted({each for each in NAMED.findall(text) if FILE.search(each) and "NAME" not in each})


@pytest.mark.parametrize(("page", "roots"), PAGES.items())
def test_every_file_that_a_page_names_is_there(page, roots):
    named = named_by(page)
    assert len(named) > 20
    assert [each for each in named if not any((ROOT / root / each).exists() for root in roots)] == []


@pytest.mark.parametrize("page", ["README.md", *PAGES, *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))])
def test_every_link_of_a_page_leads_somewhere(page):
    lost = []
    for link in LINK.finditer((ROOT / page).read_text("utf-8")):
        target = (ROOT / page).parent / link["path"] if link["path"] else ROOT / page
        if not target.exists() or (link["heading"] and link["heading"] not in anchors(target)):
            lost.append(link[0])
    assert lost == []


def anchors(page):
    """Return the headings of a page as links name them."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_pictures_lead_through_every_room_from_a_file_to_an_answer():
    rooms = {each.partition("/")[0] for each in named_by("docs/architecture.md")}
    on_the_way = "reading confining sections indexing encoding storing searching evidence generating checking answering"
    assert rooms >= set(on_the_way.split())
