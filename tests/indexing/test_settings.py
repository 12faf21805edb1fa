"""What decides an index is kept with it, and a change of it is never mixed with what was there."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from pincite import Index, IndexSettings, Retriever, SearchSettings, Settings, Stages, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.settings import Calibration, SignalWeights
from pincite.storing.folder import read_pointer
from pincite.storing.manifest import sha256_of

WORDS = Stages(dense=False, late_interaction=False, deduplicate=False)


class CountingEncoder(HashingEncoder):
    """Counts the texts that it encodes."""

    encoded = 0

    def encode_documents(self, texts, **options):
        self.encoded += len(texts)
        return super().encode_documents(texts, **options)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for i, name in enumerate(("tea", "coffee", "milk")):
        text = " ".join(f"{name.title()} number {n} is warmed to {n + 40 * i} degrees." for n in range(4 + 9 * i))
        (folder / f"{name}.md").write_text(f"# {name.title()}\n\n{text}\n", "utf-8")
    return folder


@pytest.fixture
def index(tmp_path, docs):
    update_index(tmp_path / "index", [docs], encoder=CountingEncoder())
    return tmp_path / "index"


def scores(folder, query="degrees number"):
    with Index.open(folder, encoder=HashingEncoder()) as index:
        hits = Retriever(index).search(query, stages=WORDS, k=50)
        return {hit.chunk.chunk_id: hit.signals["lexical"] for hit in hits}


def settings_of(folder):
    with Index.open(folder) as index:
        return index.snapshot.description.settings


@pytest.mark.parametrize("other", [IndexSettings(k1=2.0), IndexSettings(b=1.0)])
def test_another_k1_or_b_weighs_words_anew_and_encodes_nothing(index, docs, tmp_path, other):
    before = scores(index)
    encoder = CountingEncoder()
    report = update_index(index, encoder=encoder, settings=Settings(index=other))
    assert (report.added, report.changed, len(report.unchanged)) == ((), (), 3)
    assert encoder.encoded == 0
    assert settings_of(index) == {"recipe": 2, **asdict(other)}
    update_index(tmp_path / "fresh", [docs], encoder=encoder, settings=Settings(index=other))
    assert scores(index) == scores(tmp_path / "fresh") != before
    pointer = read_pointer(index)
    update_index(index, encoder=encoder, settings=Settings(index=other))
    assert read_pointer(index) == pointer


def test_going_back_gives_the_scores_of_before(index):
    before = scores(index)
    update_index(index, encoder=HashingEncoder(), settings=Settings(index=IndexSettings(k1=0.5, b=0.9)))
    assert scores(index) != before
    update_index(index, encoder=HashingEncoder())
    assert scores(index) == before


@pytest.mark.parametrize("other", [IndexSettings(chunk_chars=120), IndexSettings(chunk_tokens=20)])
def test_another_size_of_chunk_cuts_anew(index, other):
    before = len(scores(index))
    report = update_index(index, encoder=HashingEncoder(), settings=Settings(index=other))
    assert len(report.changed) == 3
    assert len(scores(index)) == report.n_chunks > before
    with Index.open(index) as opened:
        chunks = [opened.snapshot.chunk(handle) for handle in opened.snapshot.handles().tolist()]
    assert max(len(chunk.text) for chunk in chunks) <= other.chunk_chars


def test_another_share_of_context_embeds_anew(index, tmp_path, docs):
    encoder, other = CountingEncoder(), Settings(index=IndexSettings(context_share=0.0))
    report = update_index(index, encoder=encoder, settings=other)
    assert encoder.encoded == report.n_chunks
    update_index(tmp_path / "fresh", [docs], encoder=encoder, settings=other)
    with Index.open(index) as one, Index.open(tmp_path / "fresh") as two:
        ours, theirs = one.snapshot, two.snapshot
        np.testing.assert_array_equal(ours.vectors_of(ours.handles()), theirs.vectors_of(theirs.handles()))


def test_an_index_that_does_not_say_its_settings_was_made_with_those_of_then(index):
    """Before they were settings they were constants, which are the defaults still."""
    snapshot = index / read_pointer(index).name
    path = snapshot / "manifest.json"
    held = json.loads(path.read_text("utf-8"))
    held["settings"] = {"recipe": 2, "chunk_tokens": 180, "chunk_chars": 1000}
    path.write_text(json.dumps(held), "utf-8")
    (index / "CURRENT").write_text(f"{snapshot.name} {sha256_of(path)}\n", newline="\n")
    before, pointer = scores(index), read_pointer(index)
    assert len(update_index(index, encoder=HashingEncoder()).unchanged) == 3
    assert read_pointer(index) == pointer
    update_index(index, encoder=HashingEncoder(), settings=Settings(index=IndexSettings(b=0.9)))
    assert scores(index) != before


def test_a_search_goes_by_the_settings_it_is_given(index):
    def found(**other):
        settings = Settings(search=replace(SearchSettings(), **other))
        with Index.open(index, encoder=HashingEncoder()) as opened:
            hits = Retriever(opened, settings=settings).search("milk number 7 degrees", k=50)
            return [(hit.chunk.chunk_id, hit.score) for hit in hits], hits

    usual, _ = found()
    short, hits = found(passage_chars=120)
    assert max(len(hit.chunk.text) for hit in hits) <= 120
    assert len(short) > len(usual)
    for other in (
        {"spread_floor": 0.1},
        {"weights": SignalWeights(late_interaction=0.0)},
        {"calibration": Calibration(slope=1.0)},
    ):
        assert found(**other)[0] != usual
    assert found()[0] == usual


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IndexSettings(k1=-1), "expected k1 >= 0 and 0 <= b <= 1, got k1=-1 and b=0.5"),
        (lambda: IndexSettings(b=1.5), "expected k1 >= 0 and 0 <= b <= 1"),
        (lambda: IndexSettings(chunk_tokens=0), "chunks of at least 1"),
        (lambda: IndexSettings(context_share=1.0), "share of context"),
        (lambda: SearchSettings(dense_weight=1.1), "dense weight"),
        (lambda: SearchSettings(candidates=0), "at least 1"),
        (lambda: SearchSettings(spread_floor=1.0), "floor of the spread"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
