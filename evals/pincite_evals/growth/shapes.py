"""Adversarial texts: what a hostile document may consist of, to any length."""

from __future__ import annotations

from collections.abc import Callable

from pincite_evals.growth.pumping import Pump

Shape = Callable[[int], str]
"""From a length in characters to a text of about that length."""


def repeated(pump: str, lead: str = "", tail: str = "") -> Shape:
    """Return the shape of one piece over and over."""
    return Pump(lead, pump, tail).text


def counted(template: str) -> Shape:
    """Return the shape of pieces that are numbered from 1, as headings and items are."""

    def text(length: int) -> str:
        return "".join(template.format(n=n) for n in range(1, max(1, length // len(template)) + 1))

    return text


def _announcing(length: int) -> str:
    """Return headings of which the first names all others, in a text as long as all of them together."""
    titles = [f"Alpha{n}" for n in range(max(1, length // 34))]
    return f"Overview\n\n{' '.join(titles)}.\n\n" + "".join(f"{title}\n\nIt is said.\n\n" for title in titles)


def _nested_announcing(length: int) -> str:
    """Return headings each of which names the next one and two after it, as deep as the length allows."""
    half = max(1, length // 68)
    heads = "".join(f"Alpha{n}\n\nSee Alpha{n + 1}, Omega{n}, Omega{n - 1}.\n\n" for n in range(half))
    return heads + "".join(f"Omega{n}\n\nIt is said.\n\n" for n in reversed(range(half)))


def _deeper_and_deeper(length: int) -> str:
    """Return numbers that each go one level deeper: 1, 1.1, 1.1.1."""
    depth = max(1, int(length**0.5))
    return "".join(f"{'1.' * n} Title\n\n" for n in range(1, depth + 1))


def _indented_list(length: int) -> str:
    depth = max(1, int(length**0.5))
    return "".join(f"{' ' * 2 * n}- a\n" for n in range(depth))


def _ever_longer_ticks(length: int) -> str:
    return "".join(f"{'`' * n}a" for n in range(1, max(2, int((2 * length) ** 0.5))))


def _deep_headings(length: int) -> str:
    return "<div>" * min(5000, length // 20) + "<h2>a</h2><nav><h1>b</h1></nav>" * (length // 40)


PROSE = "The keeper of the lighthouse writes down each ship that passes, with the hour and the wind. "

TEXTS: dict[str, Shape] = {
    "prose": repeated(PROSE),
    "paragraphs": repeated(f"{PROSE}\n\n"),
    "words": repeated("word "),
    "one word": repeated("a"),
    "capitals": repeated("A"),
    "digits": repeated("1"),
    "digits behind a label": repeated("1", "Article ", " Title\n\nIt is said.\n"),
    "a Roman numeral": repeated("I", "", ". Title\n\nIt is said.\n"),
    "a longer Roman numeral": repeated("IVXLC", "", ". Title\n\nIt is said.\n"),
    "dotted number": repeated("1.", "", " Title\n\nIt is said.\n"),
    "deeper and deeper numbers": _deeper_and_deeper,
    "initials": repeated("a."),
    "spaces": repeated(" ", "a", "b"),
    "tabs": repeated("\t", "a", "b"),
    "line breaks": repeated("\n", "a", "b"),
    "old line breaks": repeated("\r", "a", "b"),
    "breaks with spaces": repeated(" \n", "a", "b"),
    "stops": repeated("."),
    "stops and spaces": repeated(". "),
    "short sentences": repeated("It is. "),
    "sentences of numbers": repeated("No. 5. "),
    "short lines": repeated("It is\n"),
    "closed lines": repeated("a.\n"),
    "brackets": repeated("["),
    "brackets closed": repeated("]", "["),
    "parentheses": repeated("("),
    "links": repeated("[a]("),
    "links in links": repeated("[", "", "](u)"),
    "images": repeated("![a"),
    "references": repeated("[a]: /u\n"),
    "many references": counted("[a{n}]: /u\n"),
    "unfinished references": repeated("[a]: /u 'b\n"),
    "references over lines": repeated("[a\n"),
    "stars": repeated("*"),
    "stars and words": repeated("*a **a "),
    "ticks": repeated("`"),
    "ever longer ticks": _ever_longer_ticks,
    "fences": repeated("```\n"),
    "other fences": repeated("~~~\na\n"),
    "fence of ticks": repeated("`", "```\n"),
    "entities": repeated("&a;"),
    "angles": repeated("<"),
    "tags": repeated("<a "),
    "comments": repeated("<!--"),
    "comments by line": repeated("<!-- a\n\n"),
    "backslashes": repeated("\\"),
    "quotes in quotes": repeated(">"),
    "quotes in quotes, spaced": repeated("> "),
    "quotes": repeated("> a\n"),
    "quotes of lists": repeated("> - "),
    "lists in lists": repeated("- "),
    "numbered lists in lists": repeated("1. "),
    "list": repeated("- a\n"),
    "numbered list": counted("{n}. a\n"),
    "loose list": repeated("- a\n\n"),
    "deeper and deeper list": _indented_list,
    "code": repeated("    a\n"),
    "rules": repeated("---\n"),
    "underlines": repeated("a\n---\n"),
    "hashes": repeated("#"),
    "heading of spaces": repeated(" ", "# a", "b\n"),
    "heading of hashes": repeated("#", "# a ", "b\n"),
    "heading of hashes and spaces": repeated(" #", "# a", "b\n"),
    "blank heading": repeated(" ", "#", "\n"),
    "underlined heading of spaces": repeated(" ", "a", "b\n===\n"),
    "underlined heading of lines": repeated("a\n", "", "===\n"),
    "title of spaces": repeated(" ", "---\ntitle: 'a", "b\n---\n\na\n"),
    "front matter of titles": repeated("title: a\n", "---\n", "---\n\na\n"),
    "front matter without end": repeated("---a\n", "---\ntitle: a\n"),
    "headings": repeated("# Harbour dues\n\nThe keeper writes them down.\n\n"),
    "headings without text": repeated("## a\n"),
    "underlined headings": repeated("Harbour dues\n---\n\nThe keeper writes them down.\n\n"),
    "headings of six ranks": repeated("# a\n## a\n### a\n#### a\n##### a\n###### a\n"),
    "plain headings": counted("Harbour dues {n}\n\nThe keeper writes them down.\n\n"),
    "numbered headings": counted("{n}. Harbour dues\n\nThe keeper writes them down.\n\n"),
    "numbered headings of two ranks": counted("1.{n} Harbour dues\n\nThe keeper writes them down.\n\n"),
    "articles": counted("Article {n} Harbour dues\n\nThe keeper writes them down.\n\n"),
    "lettered headings": repeated("A. Harbour dues\n\nThe keeper writes them down.\n\n"),
    "wiki headings": repeated("== Harbour dues ==\n\nThe keeper writes them down.\n\n"),
    "wiki heading of spaces": repeated(" ", "== a", "b ==\n"),
    "equals signs": repeated("= "),
    "announced headings": _announcing,
    "headings that announce headings": _nested_announcing,
    "page controls": repeated("Scroll to top\n"),
    "page controls and headings": repeated("# Harbour dues\n\nScroll to top\n\n"),
    "unfinished page controls": repeated("We use cookies a\n"),
    "table": repeated("| a | b |\n", "| a | b |\n|---|---|\n"),
    "wide table": repeated("a | ", "| "),
    "ruler of a table": repeated("-|", "|a|\n|"),
    "Chinese": repeated("\u706f\u5854"),
    "Chinese sentences": repeated("\u706f\u5854\u3002"),
    "Thai": repeated("\u0e01"),
    "accents": repeated("e\u0301"),
    "bars": repeated(" | "),
    "underscores": repeated("_"),
    "quotation marks": repeated("\""),
    "stops and quotation marks": repeated(".\u201d"),
    "footnote marks": repeated("[1]", "a."),
}  # fmt: skip

PAGES: dict[str, Shape] = {
    "boxes in boxes": repeated("<div>", "", "a"),
    "unknown tags in unknown tags": repeated("<x-y>", "", "a"),
    "labels in labels": repeated("<label>", "", "a"),
    "paragraphs": repeated("<p>a"),
    "formats in formats": repeated("<u>", "", "a"),
    "formats over paragraphs": repeated("<b><p>a"),
    "links over paragraphs": repeated("<a><p>"),
    "tables in tables": repeated("<table><tr><td>", "", "a"),
    "lists in lists": repeated("<ul><li>", "", "a"),
    "forms in tables": repeated("<form><table>"),
    "list": repeated("<li>a</li>", "<ul>", "</ul>"),
    "headings": repeated("<h1>Harbour dues</h1><p>The keeper writes them down.</p>"),
    "headings in furniture": repeated("<nav><h1>a</h1></nav>"),
    "breaks": repeated("<br>", "<p>a"),
    "spaces between tags": repeated("<b> </b>", "<p>a"),
    "cells": repeated("<td>a</td>", "<table><tr>", "</tr></table>"),
    "rows": repeated("<tr><td>a</td><td>b</td></tr>", "<table>", "</table>"),
    "tables": repeated("<table><tr><td>a</td></tr></table>"),
    "preformatted": repeated(" \n", "<pre>a", "b</pre>"),
    "comments": repeated("<!--"),
    "attributes": repeated(" a=b", "<p", ">a"),
    "many attributes": counted(" a{n}=b"),
    "hidden": repeated('<p style="display :">a</p>'),
    "title": repeated("<title>a</title>"),
    "entities": repeated("&amp;"),
    "deep headings": lambda length: (
        "<div>" * min(5000, length // 20) + "<h2>a</h2><nav><h1>b</h1></nav>" * (length // 40)
    ),
}

RICH_TEXTS: dict[str, Shape] = {
    "groups in groups": lambda length: "{" * (length // 2) + "a" + "}" * (length // 2),
    "headings": repeated("\\outlinelevel0 Harbour dues\\par The keeper writes them down.\\par\n"),
    "escapes": repeated("\\'e9"),
    "code points": repeated("\\u233?"),
    "words of control": repeated("\\a"),
    "skipped groups": repeated("{\\*\\a a}"),
    "fonts": repeated("{\\f1\\fcharset0 a;}", "{\\fonttbl", "}"),
}

TABLES: dict[str, Shape] = {
    "rows": repeated("Brest,6,high\n", "Port,Range,Tide\n"),
    "wide row": repeated("a,"),
    "wide rows": lambda length: (",".join(["a"] * int((length / 2) ** 0.5)) + "\n") * int((length / 2) ** 0.5),
    "empty cells": repeated(",\n"),
    "quotation marks": repeated('"'),
    "open quotation": repeated('a,"b\n'),
    "captions": repeated("a\n"),
}  # fmt: skip
