"""What every place to keep an index must do; a test subclasses `IndexStoreContract` and provides `make_store`."""

import numpy as np
import pytest
from contracts.cross_encoder import Unjudged

from pincite import Assistant, Index, Retriever, Scope, Stages, make_document, update_index
from pincite.answering.current import CurrentAssistant
from pincite.encoding.hashing import HashingEncoder
from pincite.errors import EncoderMismatch, IndexLocked, IndexNotFound, UnknownDocument
from pincite.storing.base import IndexStore, Part, Snapshot
from pincite.storing.terms import terms
from pincite.types import Span

ENCODER = HashingEncoder(dim=32)
STAGES = [
    Stages(),
    Stages(dense=False),
    Stages(lexical=False),
    Stages(late_interaction=False),
    Stages(merge=False),
]
QUESTIONS = ["When does mill 3 close?", "How many sacks does mill 1 grind a day?", "the wheel turns", "Ünïcode"]


def documents(n=6, *, word="closes"):
    long = " ".join(f"Sentence {i} of the long story speaks of stone {i % 7}." for i in range(60))
    return [
        make_document(
            f"# Mill {i}\n\nMill {i} {word} in {1900 + i}. It grinds {i + 3} sacks a day.\n\n## Wheel {i}\n\n"
            f"The wheel of mill {i} turns {i + 20} times an hour. Ünïcode grows here.\n\n## Story\n\n{long}\n",
            doc_id=f"mill{i}.md",
            media_type="text/markdown",
        )
        for i in range(n)
    ]


class CountingEncoder(HashingEncoder):
    """Counts the texts that it encodes."""

    encoded = 0

    def encode_documents(self, texts, **options):
        self.encoded += len(texts)
        return super().encode_documents(texts, **options)


def query(snapshot, text="the wheel turns"):
    return ENCODER.encode_queries([text], with_tokens=True).vectors[0]


class IndexStoreContract:
    """Run against each implementation."""

    @pytest.fixture
    def make_store(self):
        raise NotImplementedError

    @pytest.fixture
    def store(self, make_store):
        store = make_store()
        update_index(store, documents=documents(), encoder=ENCODER)
        return store

    @pytest.fixture
    def snapshot(self, store):
        snapshot = store.open(expect=ENCODER.identity)
        yield snapshot
        snapshot.close()

    def test_is_what_the_seam_asks_for(self, store, snapshot):
        assert isinstance(store, IndexStore)
        assert isinstance(snapshot, Snapshot)
        assert isinstance(snapshot.part(), Part)

    def test_nothing_is_kept_at_first(self, make_store):
        store = make_store()
        assert not store.exists()
        assert store.version() is None
        with pytest.raises(IndexNotFound, match="pincite index"):
            store.open()
        with pytest.raises(FileNotFoundError):
            store.remains()

    def test_documents_and_chunks_come_back_by_their_ids(self, snapshot):
        expected = documents()
        assert list(snapshot.documents()) == expected
        assert snapshot.description.doc_ids == tuple(document.doc_id for document in expected)
        assert snapshot.description.encoder == ENCODER.identity
        places = []
        for handle in snapshot.handles().tolist():
            chunk = snapshot.chunk(handle)
            assert snapshot.handle(chunk.chunk_id) == handle
            assert snapshot.document(chunk.doc_id).quote(chunk.span) == chunk.text
            places.append((chunk.doc_id, chunk.span.start))
        assert places == sorted(places)
        assert len(places) == snapshot.n_chunks > 20
        one = [snapshot.chunk(handle).doc_id for handle in snapshot.handles("mill2.md").tolist()]
        assert set(one) == {"mill2.md"}

    def test_what_is_unknown_is_said(self, snapshot):
        for call in (
            lambda: snapshot.document("other"),
            lambda: snapshot.handles("other"),
            lambda: snapshot.part(docs=["mill1.md", "other"]),
            lambda: snapshot.sections(["other"]),
        ):
            with pytest.raises(UnknownDocument, match="other"):
                call()
        for unknown in ("other#0-5", "mill1.md#0-1", "mill1.md"):
            with pytest.raises(KeyError):
                snapshot.handle(unknown)

    def test_a_part_is_of_documents_and_sections(self, snapshot):
        assert snapshot.part().n_chunks == snapshot.n_chunks
        assert snapshot.part(docs=[]).n_chunks == 0
        assert snapshot.part(docs=["mill1.md"]).n_chunks == len(snapshot.handles("mill1.md"))
        assert list(snapshot.sections(["mill1.md"])) == [("Mill 1",), ("Mill 1", "Wheel 1"), ("Mill 1", "Story")]
        assert len(set(snapshot.sections())) == len(list(snapshot.sections())) == 18
        wheel = snapshot.part(docs=["mill1.md", "mill2.md"], sections=[("Mill 2", "Wheel 2"), ("Mill 3",)])
        assert wheel.n_chunks == 1
        (term,) = terms("wheel")
        assert wheel.document_frequency(term) == 1
        assert snapshot.part().document_frequency(term) == 6
        assert snapshot.part(docs=["mill4.md"]).document_frequency(term) == 1
        assert snapshot.part().document_frequency("zebra") == 0

    @pytest.mark.parametrize("docs", [None, ["mill3.md", "mill5.md"]])
    def test_proposals_are_the_best_of_each_kind_with_both_scores(self, snapshot, docs):
        part, vector, words = snapshot.part(docs=docs), query(snapshot), terms("wheel of mill 3")
        everything = part.propose(terms=words, vector=vector, k=1000)
        assert len(everything.chunks) == part.n_chunks
        order = {handle: place for place, handle in enumerate(snapshot.handles().tolist())}
        assert [order[handle] for handle in everything.chunks.tolist()] == sorted(map(order.get, everything.chunks))
        np.testing.assert_allclose(everything.cosines, snapshot.vectors_of(everything.chunks) @ vector, atol=1e-6)
        holds = [bool(set(words) & set(terms(self._embedded(snapshot, h)))) for h in everything.chunks.tolist()]
        assert ((everything.bm25 > 0) == holds).all()
        scores = {
            handle: (cosine, bm25)
            for handle, cosine, bm25 in zip(
                everything.chunks.tolist(), everything.cosines, everything.bm25, strict=True
            )
        }
        found = part.propose(terms=words, vector=vector, k=3)
        assert 3 <= len(found.chunks) <= 6
        for kind in (0, 1):
            least = sorted((each[kind] for each in scores.values()), reverse=True)[2]
            best = {handle for handle, each in scores.items() if each[kind] > least + 1e-6}
            assert best <= set(found.chunks.tolist())
        for handle, cosine, bm25 in zip(found.chunks.tolist(), found.cosines, found.bm25, strict=True):
            assert scores[handle] == pytest.approx((cosine, bm25), abs=1e-5)

    @staticmethod
    def _embedded(snapshot, handle):
        chunk = snapshot.chunk(handle)
        return " ".join([*chunk.section, chunk.doc_id.removesuffix(".md"), chunk.text])

    def test_a_kind_of_search_can_be_left_out(self, snapshot):
        part, vector = snapshot.part(), query(snapshot)
        assert not part.propose(terms=["wheel"], vector=None, k=4).cosines.any()
        assert not part.propose(terms=None, vector=vector, k=4).bm25.any()
        assert len(part.propose(terms=None, vector=vector, k=4).chunks) == 4
        twice, once = (part.propose(terms=words, vector=None, k=4) for words in (["wheel", "wheel"], ["wheel"]))
        np.testing.assert_array_equal(twice.bm25, once.bm25)

    @pytest.mark.parametrize("vector", [np.ones(31), np.full(32, np.nan), np.ones((1, 32))])
    def test_a_vector_that_does_not_fit_is_refused(self, snapshot, vector):
        with pytest.raises(ValueError, match="finite"):
            snapshot.part().propose(terms=None, vector=vector.astype(np.float32), k=1)

    @pytest.mark.parametrize("neighbours", [True, False])
    def test_chunks_are_compared_token_by_token(self, snapshot, neighbours):
        story = snapshot.handles("mill1.md")
        asked = story[[4, 0]]  # out of order
        vectors = np.array([query(snapshot), query(snapshot, "stone")])
        found = snapshot.compare(asked, vectors, neighbours=neighbours)
        known = set(asked.tolist())
        if neighbours:
            joined = {int(story[i]) for i in (3, 5) if i < len(story)}
            known |= joined
        held = found.chunks.tolist()
        assert set(held) == known
        assert held == [handle for handle in story.tolist() if handle in known]
        assert found.continues.tolist()[0] is False
        assert found.continues.any() == neighbours
        at = row = 0
        for handle, count in zip(held, found.counts.tolist(), strict=True):
            tokens, own = snapshot.tokens_of(handle), snapshot.segments_of(handle)
            np.testing.assert_allclose(found.cosines[row : row + len(tokens)], tokens @ vectors.T, atol=1e-5)
            rows = slice(at, at + count)
            np.testing.assert_array_equal(found.segments.firsts[rows], own.firsts + row)
            for name in ("spans", "norms", "opens"):
                np.testing.assert_array_equal(getattr(found.segments, name)[rows], getattr(own, name))
            at, row = at + count, row + len(tokens)
        assert (at, row) == (len(found.segments.firsts), len(found.cosines))

    def test_segments_are_the_context_and_the_sentences(self, snapshot):
        handle = snapshot.handles("mill0.md").tolist()[1]
        segments, document = snapshot.segments_of(handle), snapshot.document("mill0.md")
        said = [document.text[start:end] for start, end in segments.spans]
        assert said == ["", "## Wheel 0", "The wheel of mill 0 turns 20 times an hour.", "Ünïcode grows here."]
        assert segments.opens.tolist() == [True, True, True, False]

    def test_token_vectors_are_of_the_sentences_in_a_span(self, snapshot):
        chunk = snapshot.chunk(int(snapshot.handles("mill0.md")[1]))
        at = snapshot.document("mill0.md").text.index("The wheel")
        sentence = Span(at, at + len("The wheel of mill 0 turns 20 times an hour."))
        spans = ENCODER.token_spans(chunk.text[sentence.start - chunk.span.start : sentence.end - chunk.span.start])
        found = snapshot.token_vectors("mill0.md", sentence)
        assert found.shape == (len(spans), 32)
        assert snapshot.token_vectors("mill0.md", Span(at, at + 9)).shape == (0, 32)

    def test_a_closed_snapshot_refuses(self, snapshot):
        vector = query(snapshot)
        snapshot.close()
        snapshot.close()
        for call in (
            lambda: snapshot.document("mill0.md"),
            lambda: snapshot.part().propose(terms=None, vector=vector, k=1),
        ):
            with pytest.raises(ValueError, match="closed"):
                call()

    def test_a_commit_swaps_in_the_next_state_and_readers_keep_theirs(self, store, snapshot):
        version, digest = store.version(), snapshot.digest
        update_index(store, documents=documents(2, word="opens"), remove=["mill5.md"], encoder=ENCODER)
        assert store.version() != version
        assert list(snapshot.documents()) == documents()
        with Index.open(store) as index:
            assert list(index.documents()) == [*documents(2, word="opens"), *documents()[2:5]]
            assert index.snapshot.digest != digest

    def test_an_assistant_goes_on_with_the_next_state(self, store):
        current = CurrentAssistant(
            store, ENCODER, lambda index: Assistant(index, threshold=0.0, cross_encoder=Unjudged())
        )
        before = current()
        assert current() is before
        update_index(store, documents=documents(word="opens"), encoder=ENCODER)
        for assistant, word in ((current(), "opens"), (before, "closes")):
            passages = assistant.ask(f"When is it that mill 3 {word}?").hits
            assert any(f"Mill 3 {word} in 1903" in hit.chunk.text for hit in passages)
            assert f"Mill 3 {word} in 1903" in assistant.index.document("mill3.md").text

    def test_the_same_contents_have_the_same_digest(self, store, snapshot, make_store):
        update_index(store, rebuild=True, encoder=ENCODER)
        with Index.open(store) as index:
            assert index.snapshot.digest == snapshot.digest

    def test_without_a_commit_nothing_changes(self, store):
        version = store.version()
        with store.writer(ENCODER.identity, {}) as writer:
            assert writer.previous.n_chunks == writer.replaced.n_chunks > 0
            assert not writer.is_older
            assert writer.spool().is_dir()
        assert store.version() == version
        assert update_index(store, encoder=ENCODER).unchanged == tuple(f"mill{i}.md" for i in range(6))
        assert store.version() == version

    def test_a_failing_commit_changes_nothing(self, store, monkeypatch):
        version = store.version()

        def broken(*_):
            raise OSError("disk full")

        monkeypatch.setattr("pincite.indexing.passages.Passages.token_vectors", broken)
        with pytest.raises(OSError, match="disk full"):
            update_index(store, documents=documents(3, word="opens"), encoder=ENCODER)
        assert store.version() == version

    def test_one_writer_at_a_time(self, store):
        with (
            store.writer(ENCODER.identity, {}),
            pytest.raises(IndexLocked, match="wait"),
            store.writer(ENCODER.identity, {}),
        ):
            pass
        update_index(store, encoder=ENCODER)

    def test_another_encoder_is_refused(self, store):
        other = HashingEncoder(dim=16)
        with pytest.raises(EncoderMismatch):
            Index.open(store, encoder=other)
        with pytest.raises(EncoderMismatch):
            update_index(store, documents=documents(1), encoder=other)
        update_index(store, documents=documents(1), encoder=other, rebuild=True)
        assert store.description().encoder == other.identity

    def test_only_what_is_new_is_encoded(self, store):
        encoder = CountingEncoder(dim=32)
        report = update_index(store, documents=[*documents(1, word="opens"), *documents()[1:]], encoder=encoder)
        assert report.changed == ("mill0.md",)
        assert encoder.encoded == 1
        fresh = type(self)._hits(store)
        update_index(store, rebuild=True, encoder=encoder)
        assert type(self)._hits(store) == fresh

    @staticmethod
    def _hits(store):
        with Index.open(store, encoder=ENCODER) as index:
            retriever = Retriever(index)
            return [[(hit.chunk, hit.score) for hit in retriever.search(question)] for question in QUESTIONS]

    def test_the_same_hits_and_answers_as_the_folder_of_files(self, store, tmp_path):
        update_index(tmp_path / "folder", documents=documents(), encoder=ENCODER)
        scopes = [Scope(), Scope(docs=("mill1.md", "mill3.md")), Scope(sections=("wheel 3", "story"))]
        with Index.open(store, encoder=ENCODER) as ours, Index.open(tmp_path / "folder", encoder=ENCODER) as theirs:
            for question in QUESTIONS:
                for stages in STAGES:
                    for scope in scopes:
                        one, other = (
                            Retriever(index).search(question, scope=scope, stages=stages) for index in (ours, theirs)
                        )
                        assert [hit.chunk for hit in one] == [hit.chunk for hit in other]
                        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-4)
                answers = [
                    Assistant(index, threshold=0.0, cross_encoder=Unjudged()).ask(question) for index in (ours, theirs)
                ]
                assert answers[0].text == answers[1].text is not None
                assert answers[0].citations == answers[1].citations
                assert answers[0].confidence == pytest.approx(answers[1].confidence, abs=1e-3)
                for citation in answers[0].citations:
                    assert ours.document(citation.doc_id).quote(citation.span) == citation.quote
