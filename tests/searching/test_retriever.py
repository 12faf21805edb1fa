from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pincite import (
    Index,
    QuestionError,
    Retriever,
    Scope,
    SearchSettings,
    Stages,
    UnknownDocument,
    make_document,
    update_index,
)
from pincite.encoding.hashing import HashingEncoder

TEA = """# Tea

## Green tea

Green tea is steeped at eighty degrees. Boiling water makes it bitter.

Sencha is the green tea most drunk in Japan.

## Black tea

Black tea is steeped at ninety-five degrees for four minutes.
"""
COFFEE = """# Coffee

## Filter

Pour the water slowly in circles over the ground beans.

## Espresso

Nine bars of pressure push the water through the puck.
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory, nato_path):
    folder = tmp_path_factory.mktemp("index")
    documents = [
        make_document(TEA, doc_id="tea.md", media_type="text/markdown"),
        make_document(COFFEE, doc_id="coffee.md", media_type="text/markdown"),
    ]
    update_index(folder, [nato_path], documents=documents, encoder=HashingEncoder())
    with Index.open(folder, encoder=HashingEncoder()) as index:
        yield index


@pytest.fixture(scope="module")
def retriever(index):
    return Retriever(index)


ALL_WAYS = [
    Stages(),
    Stages(dense=False),
    Stages(lexical=False),
    Stages(late_interaction=False),
    Stages(merge=False),
    Stages(deduplicate=False),
    Stages(dense=False, late_interaction=False),
    Stages(lexical=False, late_interaction=False),
]


@pytest.mark.parametrize("stages", ALL_WAYS)
def test_hits_are_exact_ranked_and_disjoint(index, retriever, stages):
    hits = retriever.search("what does boiling water do to green tea", k=8, stages=stages)
    assert "Boiling water makes it bitter" in hits[0].chunk.text
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert 0 <= hit.score <= 1
        assert index.document(hit.chunk.doc_id).quote(hit.chunk.span) == hit.chunk.text
    spans = [(hit.chunk.doc_id, hit.chunk.span) for hit in hits]
    assert not any(a == b and x.overlaps(y) for i, (a, x) in enumerate(spans) for b, y in spans[:i])


def test_passages_stay_within_the_limit_and_within_a_section(index, retriever):
    for hit in retriever.search("collective defense of member states against threats", k=30):
        assert len(hit.chunk.text) <= SearchSettings().passage_chars
        document = index.document(hit.chunk.doc_id)
        owners = [section for section in document.root.walk() if section.span.covers(hit.chunk.span)]
        assert owners[-1].path == hit.chunk.section


def test_without_merging_passages_stay_within_their_chunk(index, retriever):
    chunks = {(chunk.doc_id, chunk.span) for chunk in map(index.snapshot.chunk, index.snapshot.handles())}
    for hit in retriever.search("collective defense of member states", k=30, stages=Stages(merge=False)):
        assert any(doc_id == hit.chunk.doc_id and span.covers(hit.chunk.span) for doc_id, span in chunks)


def test_a_search_is_confined_to_documents_and_sections(retriever):
    hits = retriever.search("water", k=10, scope=Scope(docs=("coffee.md",)))
    assert {hit.chunk.doc_id for hit in hits} == {"coffee.md"}
    hits = retriever.search("water", k=10, scope=Scope(sections=("ESPRESSO",)))
    assert {hit.chunk.section for hit in hits} == {("Coffee", "Espresso")}
    for stages in ALL_WAYS:
        hits = retriever.search("degrees", k=10, scope=Scope(docs=("tea.md",), sections=("Black tea",)), stages=stages)
        assert {hit.chunk.section for hit in hits} == {("Tea", "Black tea")}


def test_a_scope_without_documents_finds_nothing(retriever):
    assert retriever.search("water", scope=Scope(docs=())) == ()


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"query": " \n"}, QuestionError, "at least one word"),
        ({"query": "water", "k": 0}, QuestionError, "at least 1"),
        ({"query": "water " * 4000}, QuestionError, "at most 10,000 characters, got 24,000: ask in fewer words"),
        ({"query": "water", "stages": Stages(dense=False, lexical=False)}, QuestionError, "dense or the lexical"),
        ({"query": "water", "scope": Scope(docs=("milk.md",))}, UnknownDocument, "milk.md"),
        ({"query": "water", "scope": Scope(sections=("Espreso",))}, QuestionError, "the nearest is 'Espresso'"),
    ],
)
def test_what_cannot_be_searched_is_said(retriever, arguments, error, said):
    with pytest.raises(error, match=said):
        retriever.search(**arguments)


@pytest.mark.parametrize("query", ["?!…", "zzqx unheard of", "水", "the of and", "a" * 5000, "\u202e\x00"])
def test_odd_queries_find_something_or_nothing_but_never_break(index, retriever, query):
    for stages in ALL_WAYS:
        for hit in retriever.search(query, k=3, stages=stages):
            assert index.document(hit.chunk.doc_id).quote(hit.chunk.span) == hit.chunk.text


def test_more_passages_than_there_are_is_no_error(index, retriever):
    hits = retriever.search("water", k=1000)
    assert len(hits) > 20
    covered = sum(len(hit.chunk.text) for hit in hits)
    assert covered <= sum(len(document.text) for document in index.documents())


def test_token_vectors_of_a_hit_are_those_of_its_text(retriever):
    for hit in retriever.search("collective defense", k=5):
        found = retriever.tokens_of(hit)
        assert len(found.token_vectors) == len(found.token_spans)
        encoder = retriever.index.encoder
        words = [hit.chunk.text[start:end] for start, end in found.token_spans]
        for word, vector in zip(words, found.token_vectors, strict=True):
            assert vector @ encoder.encode_queries([word]).vectors[0] > 0.99


def test_a_near_duplicate_in_the_same_document_is_left_out(tmp_path):
    clause = (
        "The supplier shall deliver the goods to the warehouse within thirty days of the order being placed, and shall "
        "bear the risk of loss and damage until the carrier has handed them over to the buyer against a receipt."
    )
    text = f"# Terms\n\n## First\n\n{clause}\n\n## Again\n\n{clause}\n\n## Other\n\nPayment is due at once.\n"
    other = text.replace("# Terms", "# Rules")
    documents = [
        make_document(text, doc_id="a.md", media_type="text/markdown"),
        make_document(other, doc_id="b.md", media_type="text/markdown"),
    ]
    update_index(tmp_path, documents=documents, encoder=HashingEncoder())
    with Index.open(tmp_path, encoder=HashingEncoder()) as index:
        retriever = Retriever(index)
        kept = [hit.chunk for hit in retriever.search("when are the goods delivered", k=10)]
        full = retriever.search("when are the goods delivered", k=10, stages=Stages(deduplicate=False))
    assert sum("warehouse" in hit.chunk.text for hit in full) == 4
    assert sorted(chunk.doc_id for chunk in kept if "warehouse" in chunk.text) == ["a.md", "b.md"]


def test_many_threads_find_what_one_does(retriever):
    queries = ["green tea", "espresso pressure", "Article 5", "drones", "crisis management"] * 8
    alone = [retriever.search(query, k=5) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: retriever.search(query, k=5), queries))
    assert together == alone


def test_save_and_load_give_the_same_hits(index, retriever, tmp_path):
    update_index(tmp_path, documents=index.documents(), encoder=HashingEncoder())
    with Index.open(tmp_path, encoder=HashingEncoder()) as copy:
        again = Retriever(copy)
        for query in ("green tea", "Article 5", "cyber incidents"):
            assert [replace(hit, signals={}) for hit in again.search(query, k=5)] == [
                replace(hit, signals={}) for hit in retriever.search(query, k=5)
            ]


def test_an_empty_index_finds_nothing(tmp_path):
    document = make_document(TEA, doc_id="tea.md", media_type="text/markdown")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tea.md").write_text(document.text, "utf-8")
    update_index(tmp_path / "index", [tmp_path / "docs"], encoder=HashingEncoder())
    (tmp_path / "docs" / "tea.md").unlink()
    report = update_index(tmp_path / "index", [tmp_path / "docs"], encoder=HashingEncoder())
    assert report.removed == ("tea.md",)
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:
        assert Retriever(index).search("green tea") == ()
