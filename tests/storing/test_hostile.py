"""An index that a hostile hand wrote, with every checksum in order: refused with one kind of error, or harmless."""

import random
import shutil
import struct

import numpy as np
import orjson
import pytest
from contracts.cross_encoder import Unjudged
from samples import reseal

from pincite import Assistant, Index, Retriever, Scope, Stages, UnusableIndex, make_document, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.errors import IndexDamaged
from pincite.storing.folder import read_pointer

ENCODER = HashingEncoder(dim=16)
SEED = 11


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    documents = [
        make_document(
            f"# Mill {i}\n\nMill {i} closes in {1900 + i}. It grinds {i + 3} sacks a day.\n\n## Wheel {i}\n\n"
            f"The wheel of mill {i} turns {i + 20} times an hour. Ünïcode grows here.\n",
            doc_id=f"mill{i}.md",
            media_type="text/markdown",
        )
        for i in range(6)
    ]
    update_index(folder, documents=documents, encoder=ENCODER)
    return folder


@pytest.fixture
def index(made, tmp_path):
    shutil.copytree(made, tmp_path / "index")
    return tmp_path / "index"


def current(folder):
    return folder / read_pointer(folder).name


def use(folder):
    """Do all that can be done with an index, and return whether it was refused anywhere."""
    refused = 0
    try:
        opened = Index.open(folder, encoder=ENCODER)
    except UnusableIndex:
        return 1

    def ask(**options):
        answer = Assistant(opened, threshold=0.0, cross_encoder=Unjudged()).ask("When does mill 3 close?", **options)
        for citation in answer.citations:
            assert opened.document(citation.doc_id).quote(citation.span) == citation.quote
        orjson.dumps(answer.to_dict())

    with opened:
        for act in (
            ask,
            lambda: ask(stages=Stages(late_interaction=False)),
            lambda: ask(scope=Scope(docs=("mill3.md",))),
            lambda: Retriever(opened).search("the wheel turns"),
            opened.status,
            opened.stale,
            lambda: [
                document.quote(section.span) for document in opened.documents() for section in document.root.walk()
            ],
            lambda: [opened.snapshot.chunk(handle) for handle in opened.snapshot.handles()],
        ):
            try:
                act()
            except IndexDamaged as error:
                assert "pincite index" in str(error)
                refused += 1
    return refused


def array(name, change):
    """Return what changes an array of the index in place; it may return another instead."""

    def damage(folder):
        path = current(folder) / name
        held = np.load(path)
        other = change(held)
        np.save(path, held if other is None else other)

    return damage


def fill(name, value, column=None):
    def change(held):
        held[... if column is None else (slice(None), column)] = value

    return array(name, change)


def content(name, made_of):
    return lambda folder: (current(folder) / name).write_bytes(made_of((current(folder) / name).read_bytes()))


def json_file(name, change):
    def made_of(old):
        held = orjson.loads(old)
        other = change(held)
        return orjson.dumps(held if other is None else other)

    return content(name, made_of)


def claims(shape):
    """Return what has an array's header claim another shape."""

    def made_of(old):
        said = old[10:128].decode().split("(")[0]
        return old[:10] + f"{said}({shape}), }}".ljust(117).encode() + b"\n" + old[128:]

    return made_of


def vectors_of(number):
    return lambda old: old[:45] + struct.pack("<f", number) * ((len(old) - 45) // 4)


def far_id(held):
    held.update(ids=["x#" + "9" * 5000 + "-3"] * len(held["ids"]))


def same_length(old):
    return b"[" * (len(old) // 2) + b"]" * (len(old) - len(old) // 2)


ARRAYS = ("chunks.npy", "documents.npy", "tokens.scales.npy", "lexical.data.npy", "extra.segment_norms.npy")
TREES = ("sections.json", "vectors.json", "vectors-0.records.json", "lexical.vocab.json", "lexical.params.json")
HUGE = 1 << 60
DEEP = b"[" * 100_000 + b"]" * 100_000

HOSTILE = {
    **{
        f"{name} claims 2^50 rows {columns}": content(name, claims(f"{HUGE // 1000},{columns}"))
        for name in ARRAYS
        for columns in ("", " 7")
    },
    "no columns": content("tokens.codes.npy", lambda old: claims("999999999999, 0")(old)[:128]),
    **{
        f"{name} column {column} is {value}": fill(name, value, column)
        for name, columns in (("chunks.npy", 7), ("documents.npy", 7), ("extra.segments.npy", 4))
        for column in range(columns)
        for value in (-1, 1 << 30)
    },
    **{
        f"{name} is {value}": fill(name, value)
        for name, values in (
            ("tokens.scales.npy", (np.nan, np.inf, -1, 3e38)),
            ("tokens.offsets.npy", (-1, HUGE)),
            ("lexical.indices.npy", (-1, 1 << 30)),
            ("lexical.data.npy", (np.nan, np.inf, 3e38)),
            ("lexical.indptr.npy", (-1, HUGE)),
            ("extra.segment_norms.npy", (np.nan, np.inf, 0)),
            ("extra.segment_offsets.npy", (0, -1, HUGE)),
            ("extra.chunk_joins.npy", (True, False)),
        )
        for value in values
    },
    "joins of another kind": array("extra.chunk_joins.npy", lambda held: held.astype(np.int64) * HUGE),
    "fewer joins": array("extra.chunk_joins.npy", lambda held: held[1:]),
    "vectors of NaN": content("vectors-0.faiss", vectors_of(np.nan)),
    "vectors of no end": content("vectors-0.faiss", vectors_of(3e38)),
    "2^60 vectors": content("vectors-0.faiss", lambda old: old[:8] + struct.pack("<q", HUGE) + old[16:]),
    "a header cut": content("vectors-0.faiss", lambda old: old[:20]),
    "dimension of 2^62": json_file("vectors.json", lambda held: held.update(dim=1 << 62)),
    "dimension without end": content("vectors.json", lambda old: old.replace(b"16", b"1e999")),
    "no collection": json_file("vectors.json", lambda held: held.update(collections=[])),
    "ids of nothing": json_file("vectors-0.records.json", far_id),
    **{
        f"{name} nested deep": content(name, lambda old: DEEP)
        for name in TREES
    },
    "a vocabulary of one column": json_file("lexical.vocab.json", lambda held: dict.fromkeys(held, 0)),
    "a vocabulary beyond": json_file("lexical.vocab.json", lambda held: dict.fromkeys(held, HUGE)),
    "2^60 chunks of words": json_file("lexical.params.json", lambda held: held.update(num_docs=HUGE)),
    "sections of numbers": json_file("sections.json", lambda held: [[1]] * len(held)),
    "no sections": json_file("sections.json", lambda held: []),
    "texts of no characters": content("texts.txt", lambda old: b"\xff" * len(old)),
    "texts of one": content("texts.txt", lambda old: b"x" * len(old)),
    "texts cut": content("texts.txt", lambda old: old[:-30]),
    "other descriptions": content("documents.jsonl", lambda old: old.replace(b"mill1", b"mill2")),
    "descriptions nested deep": content("documents.jsonl", same_length),
    "spans below 0": content("documents.jsonl", lambda old: old.replace(b"[0,", b"[-9,")),
    "paths of numbers": content("documents.jsonl", lambda old: old.replace(b'["Mill', b'[7,"Mi')),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_or_harmless(name, index):
    HOSTILE[name](index)
    reseal(index)
    use(index)


def test_names_that_leave_the_folder_are_refused(index, tmp_path):
    snapshot = current(index)
    shutil.copytree(snapshot, tmp_path / "elsewhere")
    for name in ("../elsewhere", str(tmp_path / "elsewhere"), "generation-000001/../../elsewhere", ".."):
        digest = (index / "CURRENT").read_text().split()[1]
        (index / "CURRENT").write_text(f"{name} {digest}\n")
        with pytest.raises(IndexDamaged, match="does not name a generation"):
            Index.open(index, encoder=ENCODER)
        (index / "CURRENT").write_text(f"{snapshot.name} {digest}\n")


def test_random_damage_in_order_is_refused_or_harmless(index):
    """Turn bits over, and have every checksum agree."""
    print("seed", SEED)
    rng = random.Random(SEED)
    names = sorted(path.name for path in current(index).iterdir() if path.name not in {"manifest.json", "blocks.bin"})
    for turn in range(8 * len(names)):
        path = current(index) / names[turn % len(names)]
        whole = path.read_bytes()
        damage = bytearray(whole)
        for _ in range(rng.choice((1, 4, 30)) if damage else 0):
            damage[rng.randrange(len(damage))] ^= 1 << rng.randrange(8)
        path.write_bytes(damage)
        reseal(index)
        use(index)
        path.write_bytes(whole)
    reseal(index)
    assert use(index) == 0


def test_a_file_of_another_snapshot_or_document_is_noticed(index, tmp_path, monkeypatch):
    """Put another state's files in place, of the same sizes and with their own checksums right."""
    monkeypatch.setattr("pincite.storing.snapshot.SMALL_FILE_BYTES", 0)
    before = tmp_path / "before"
    shutil.copytree(current(index), before)
    with Index.open(index) as opened:
        held = [opened.document(doc_id) for doc_id in opened.doc_ids]
    other = [make_document(d.text.replace("closes", "opens!"), doc_id=d.doc_id, media_type=d.media_type) for d in held]
    update_index(index, documents=other, encoder=ENCODER)
    for path in sorted(current(index).iterdir()):
        old = before / path.name
        whole = path.read_bytes()
        if path.name == "manifest.json" or old.stat().st_size != len(whole) or old.read_bytes() == whole:
            continue
        path.write_bytes(old.read_bytes())
        assert use(index) > 0, path.name
        path.write_bytes(whole)
    assert use(index) == 0


def test_a_file_cut_while_it_is_open_is_noticed(index, monkeypatch):
    monkeypatch.setattr("pincite.storing.snapshot.SMALL_FILE_BYTES", 0)
    for name in ("texts.txt", "documents.jsonl"):
        path = current(index) / name
        whole = path.read_bytes()
        with Index.open(index, encoder=ENCODER) as opened:
            path.write_bytes(b"")
            with pytest.raises(IndexDamaged, match=f"{name}: expected a file of {len(whole)} bytes, found 0"):
                opened.document("mill2.md")
        path.write_bytes(whole)
