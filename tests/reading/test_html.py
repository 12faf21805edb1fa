"""HTML: what a reader of the page sees, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pincite.errors import DamagedDocument, EmptyDocument
from pincite.reading import RawDocument, read_text
from pincite.reading.html import MAX_NESTING


def read(html: str) -> RawDocument:
    return read_text(html, doc_id="a.html", media_type="text/html")


def test_blocks_lists_and_tables_have_lines_of_their_own(headings: Callable[[RawDocument], list[Any]]) -> None:
    document = read(
        "<h1>Tides\n <i>and</i> winds</h1><p>a <b>b</b>c<br>d</p>loose<ul><li>one<li><p>two</p><ul><li>in</ul></ul>"
        "<ol start=3><li>three</ol><pre>\n x\n  y</pre>"
        "<table><caption>Ports</caption><tr><th>Port<th>High</tr><tr><td><p>Brest</p><td>05:12</table>"
    )
    assert document.text == (
        "Tides and winds\n\na bc\nd\n\nloose\n\n- one\n- two\n  - in\n\n3. three\n\n x\n  y\n\n"
        "Ports\nPort | High\nBrest | 05:12"
    )
    assert headings(document) == [(1, "Tides and winds")]


def test_hidden_text_and_programs_are_dropped() -> None:
    document = read(
        "<title>T &amp; x</title><script>bad</script><style>p{}</style><template>bad</template>"
        "<body><noscript>bad</noscript><p hidden>bad<p style='display: none'>bad<p aria-hidden=true>bad</p>"
        "<dialog>bad</dialog><!-- bad --><p>good"
    )
    assert (document.text, document.title) == ("good", "T & x")


def test_page_furniture_is_kept_and_marked(
    headings: Callable[[RawDocument], list[Any]], furniture: Callable[[RawDocument], list[Any]]
) -> None:
    document = read(
        "<header><h1>Site</h1></header><nav>Home</nav><main><article><header><h1>Title</h1></header><p>Text</article></main>"
        "<aside>Ad</aside><div role=contentinfo>Imprint</div><footer>Foot</footer>"
    )
    assert furniture(document) == ["Site", "Home", "Ad", "Imprint", "Foot"]
    assert headings(document) == [(1, "Title")]


def test_the_only_title_may_stand_in_the_page_header(
    headings: Callable[[RawDocument], list[Any]], furniture: Callable[[RawDocument], list[Any]]
) -> None:
    document = read("<header><h1>Title</h1><p>Site</header><h2>Part</h2><p>Text")
    assert headings(document) == [(1, "Title"), (2, "Part")]
    assert furniture(document) == ["Site"]


def test_a_table_that_lays_the_page_out_is_read_as_blocks(headings: Callable[[RawDocument], list[Any]]) -> None:
    document = read("<table><tr><td><h2>Left</h2>x<td>y</table>")
    assert document.text == "Left\n\nx\n\ny"
    assert headings(document) == [(2, "Left")]


def test_malformed_and_deep_pages_are_safe() -> None:
    assert read("<p>a<div><b>b</i></p></div></td><ul>c</table>").text == "a\n\nb\n\nc"
    assert read("<div>" * 2000 + "deep").text == "deep"
    with pytest.raises(DamagedDocument, match="nested"):
        read("<div>" * (MAX_NESTING + 1) + "deep")
    with pytest.raises(EmptyDocument):
        read("<html><head><title>t</title></head><body><script>x</script>")
