from __future__ import annotations

import pytest

from pincite.reading.base import RawDocument
from pincite.sections import to_document
from pincite.sections.tree import MAX_DEPTH
from pincite.types import Section

PROSE = (
    "This is a paragraph of plain prose that goes on for quite a while, as paragraphs do, so that nobody could take it "
    "for a heading. It has a second sentence."
)


def outline(text: str) -> list[str]:
    """Return the headings below the root, indented by level."""
    root = to_document(RawDocument("some-file.txt", text)).root
    return ["  " * (len(s.path) - 2) + s.title for s in root.walk() if s is not root]


def title(text: str) -> str:
    return to_document(RawDocument("some-file.txt", text)).title


def below(section: Section) -> list[tuple[str, list[str]]]:
    return [(child.title, [grandchild.title for grandchild in child.children]) for child in section.children]


def test_the_nato_document_has_exactly_this_tree(nato_path) -> None:
    text = nato_path.read_bytes().decode()
    document = to_document(RawDocument("nato-defense-policies.txt", text))
    assert document.title == "NATO Defense Policies: An Overview of Strategic Approaches"
    assert below(document.root) == [
        ("The Evolution of NATO Defense Policies", []),
        (
            "Core Principles of NATO Defense Policies",
            ["Collective Defense", "Crisis Management", "Cooperative Security"],
        ),
        ("Key NATO Defense Policies Post-9/11", []),
        ("The Role of Article 5 in NATO Defense", []),
        ("NATO Defense Policies and Global Security", []),
        (
            "Technological Advancements in NATO Defense Policies",
            ["Cyber Defense Initiatives", "Integration of Emerging Technologies"],
        ),
        ("NATO Defense Policies in Response to Regional Conflicts", []),
        ("Future Directions of NATO Defense Policies", []),
        ("The Importance of NATO Defense Policies for National Sovereignty", []),
    ]
    own = document.quote(document.root.body).strip().split("\n\n")
    assert [paragraph[:27] for paragraph in own] == ["The landscape of global sec", "As geopolitical tensions ri"]
    assert [document.quote(span) for span in document.furniture] == ["Scroll to Top"]
    assert max(len(section.path) for section in document.root.walk()) == 3


def test_a_text_marked_as_a_wiki_marks_it_has_those_headings_only() -> None:
    plot = f" = = Plot ( part ) = = \n{PROSE}\n= Goals ; A =\n===Music===\n{PROSE}"
    text = f" = Valkyria = \n\nNot a heading\n\n{PROSE}\n{plot}"
    assert title(text) == "Valkyria"
    assert outline(text) == ["Plot ( part )", "  Music"]


def test_markdown_without_a_marked_heading_has_those_that_its_shape_shows() -> None:
    text = f"First part\n\n{PROSE}\n\n```\nSet it up\n\n{PROSE}\n```\n\nSecond part\n\n{PROSE}\n"
    inferred = to_document(RawDocument("a.md", text, "text/markdown", headings=()))
    assert [section.title for section in inferred.root.walk()] == ["First part", "Second part"]
    unmarked = to_document(RawDocument("a.html", text, "text/html", headings=()))
    assert [section.title for section in unmarked.root.walk()] == ["a"]


def test_a_name_is_no_lettered_heading() -> None:
    assert outline(f"The Handbook\n\nA. Writer\n\n{PROSE}\n\nPart\n\n{PROSE}") == ["Part"]
    assert outline(f"The Handbook\n\nA. First\n\n{PROSE}\n\nB. Second\n\n{PROSE}") == ["A. First", "B. Second"]


def test_a_remark_in_brackets_that_ends_as_a_sentence_is_no_heading() -> None:
    assert outline(f"{PROSE}\n\nAudience Member: (Inaudible.)\n\n{PROSE}") == []


def test_a_short_line_set_off_from_prose_is_a_heading() -> None:
    text = f"My Title\n\n{PROSE}\n\nFirst part\n\n{PROSE}\n\nSecond Part\n{PROSE}\n"
    assert title(text) == "My Title"
    assert outline(text) == ["First part", "Second Part"]


def test_crlf_makes_no_difference() -> None:
    text = f"My Title\n\n{PROSE}\n\nFirst part\n\n{PROSE}\n\n"
    assert outline(text.replace("\n", "\r\n")) == outline(text) == ["First part"]


@pytest.mark.parametrize(
    "line",
    [
        "The policy has the following aspects:",
        "A short sentence.",
        "• An item",
        "lower case words",
        "4345 Southpoint Boulevard",
        "Jacksonville, FL 32216",
        "Telephone: 555 1234",
        "By: ______________",
        "March 3, 2015",
        "www.example.org",
        "Name      Amount      Date",
        "- 12 -",
        "(Collectively, the Parties)",
    ],
)
def test_other_short_lines_are_not_headings(line: str) -> None:
    assert outline(f"My Title\n\n{PROSE}\n\n{line}\n\n{PROSE}\n") == []


def test_a_stanza_or_address_block_holds_no_headings() -> None:
    assert outline(f"Title\n\n{PROSE}\n\nRoses are red\nViolets are blue\nSugar is sweet\n\n{PROSE}") == []
    assert outline(f"Title\n\n{PROSE}\n\nAnn Lee\n\nBob Roe\n\nCara Poe\n") == []


def test_a_line_repeated_on_many_pages_is_no_heading() -> None:
    assert outline(f"Title\n\n{PROSE}\n\n" + f"Annual Report\n\n{PROSE}\n\n" * 3) == []


def test_numbering_gives_the_levels() -> None:
    text = (
        f"LEASE AGREEMENT\n\n{PROSE}\n\nARTICLE I\n\nDEFINITIONS\n\n1.1 Terms\n\n{PROSE}\n\n"
        "1.2 Use. The tenant shall use it.\n\n"
        f"ARTICLE II\n\nRENT\n\n2.1 Amount\n\n{PROSE}\n\nExhibit A\n\nFloor Plan\n\n{PROSE}\n"
    )
    assert title(text) == "LEASE AGREEMENT"
    assert outline(text) == ["ARTICLE I DEFINITIONS", "  1.1 Terms", "  1.2 Use.", "ARTICLE II RENT", "  2.1 Amount",
                             "Exhibit A Floor Plan"]  # fmt: skip


def test_clause_titles_that_run_in_are_prefixes_of_their_paragraphs() -> None:
    clauses = "1. Term. This Agreement holds.\n2. No Copies: None are made.\n3. The parties agree.\n"
    text = f"NON-DISCLOSURE AGREEMENT\n{PROSE}\n{clauses}"
    root = to_document(RawDocument("a.txt", text)).root
    assert [s.title for s in root.children] == ["1. Term.", "2. No Copies:"]
    body = root.children[1].body
    assert text[body.start : body.end] == " None are made.\n3. The parties agree.\n"


def test_numbers_out_of_sequence_and_numbered_lists_are_no_headings() -> None:
    assert (
        outline(f"Title\n\n{PROSE}\n\n1949 Treaty. A year.\n\n{PROSE}\n\n1. Milk\n2. Eggs\n3. Bread\n\n{PROSE}") == []
    )


def test_announced_headings_are_children_and_one_mention_announces_nothing() -> None:
    announcing = "We rest on trust, open books and plain speech, as anyone who has dealt with us will tell you at once."
    text = f"Title\n\n{PROSE}\n\nValues\n\n{announcing}\n\nOpen Books\n\n{PROSE}\n\n"
    text += f"Plain Speech\n\n{PROSE}\n\nOffices\n\n{PROSE}\n"
    assert outline(text) == ["Values", "  Open Books", "  Plain Speech", "Offices"]
    assert outline(text.replace(" and plain speech", "")) == ["Values", "Open Books", "Plain Speech", "Offices"]


def test_an_announced_heading_may_announce_its_own() -> None:
    text = (
        f"Title\n\n{PROSE}\n\nParts\n\nThere are, as everyone knows who has any, an upper deck and a lower deck.\n\n"
        f"Upper Deck\n\nIt is made up, from front to back, of the main bow, and of the main stern as well.\n\n"
        f"Main Bow\n\n{PROSE}\n\nMain Stern\n\n{PROSE}\n\nLower Deck\n\n{PROSE}\n\nCrew\n\n{PROSE}"
    )
    assert outline(text) == ["Parts", "  Upper Deck", "    Main Bow", "    Main Stern", "  Lower Deck", "Crew"]


def test_a_text_without_a_title_is_called_after_its_file() -> None:
    root = to_document(RawDocument("notes/annual-report_2024.txt", PROSE)).root
    assert (root.path, root.heading) == (("annual report 2024",), None)


@pytest.mark.shared
def test_a_real_contract(shared_data) -> None:
    (path,) = (shared_data / "cuad_small40" / "docs").glob("GOLDRESOURCECORP*")
    root = to_document(RawDocument(path.name, path.read_bytes().decode())).root
    assert root.title == "Exhibit 10.1 STRATEGIC ALLIANCE AGREEMENT"
    articles = root.children
    assert [a.title.split()[:2] for a in articles] == [["ARTICLE", str(n)] for n in range(1, 13)]
    assert articles[11].title == "ARTICLE 12 MISCELLANEOUS PROVISIONS"
    assert [c.title.split()[0] for c in articles[11].children] == [f"12.{n}" for n in range(1, 11)]


def test_a_short_clause_among_longer_ones_is_no_heading() -> None:
    clauses = [
        '1.1 "Berth" means each of the four mooring places in the Eastern Basin that are numbered E1 to E4.',
        '1.2 "Commencement Date" means 1 June 2024.',
        '1.3 "Terminal" means the container terminal, including the yard, the gatehouse and the cold store.',
    ]
    text = "\n\n".join(["SERVICES AGREEMENT", PROSE, "1. DEFINITIONS", *clauses, "2. TERM", f"2.1 {PROSE}"])
    assert outline(text) == ["1. DEFINITIONS", "2. TERM"]


@pytest.mark.parametrize("number", ["1" * 5000, "1." * 5000 + "1", "9" * 10])
@pytest.mark.parametrize("label", ["", "Article ", "Exhibit "])
def test_a_number_that_nobody_could_follow_is_none(label, number) -> None:
    document = to_document(RawDocument("a.txt", f"{label}{number} Harbour Dues\n\nThe keeper writes them down.\n"))
    assert len(document.root.path) == 1


def test_headings_that_announce_ever_deeper_ones_stay_readable() -> None:
    heads = "".join(f"Alpha{n}\n\nSee Alpha{n + 1}, Omega{n}, Omega{n - 1}.\n\n" for n in range(1500))
    ends = "".join(f"Omega{n}\n\nIt is said.\n\n" for n in reversed(range(1500)))
    sections = list(to_document(RawDocument("a.txt", heads + ends)).root.walk())
    assert len(sections) >= 3000
    assert max(len(section.path) for section in sections) <= MAX_DEPTH + 1
