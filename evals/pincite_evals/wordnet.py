"""Make the words of like and opposite meaning of the check from WordNet: ``python -m pincite_evals.wordnet FOLDER``.

FOLDER holds WordNet 3.0's `index.noun`, `data.noun` and so on, as the Debian package wordnet-base installs them.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).parents[2] / "rag" / "pincite" / "checking" / "english" / "wordnet.txt.gz"
PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_OF_LETTER = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}
COMMON_SENSES = 4
_MARKER = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Synset:
    """Words of one meaning, and its relations: kind, part of speech, place, and which word of either."""

    words: tuple[str, ...]
    relations: tuple[tuple[str, str, str, int, int], ...]


def senses(folder: Path) -> dict[tuple[str, str, str], tuple[int, bool]]:
    """Return for each word in a synset how common the sense is, from 1, and whether the annotated texts use it."""
    found = {}
    for part in PARTS:
        for line in _lines(folder / f"index.{part}"):
            fields = line.split()
            places = fields[-int(fields[2]) :]
            tagged = int(fields[-int(fields[2]) - 1])
            for n, place in enumerate(places):
                found[part, place, fields[0]] = n + 1, n < tagged
    return found


def synsets(folder: Path) -> dict[tuple[str, str], Synset]:
    """Return the synsets by part of speech and place."""
    found = {}
    for part in PARTS:
        for line in _lines(folder / f"data.{part}"):
            fields = line.split("|")[0].split()
            n_words = int(fields[3], 16)
            words = tuple(_MARKER.sub("", fields[4 + 2 * n]).casefold() for n in range(n_words))
            at = 4 + 2 * n_words
            relations = []
            for n in range(int(fields[at])):
                kind, place, letter, ends = fields[at + 1 + 4 * n : at + 5 + 4 * n]
                relations.append((kind, _OF_LETTER[letter], place, int(ends[:2], 16), int(ends[2:], 16)))
            found[part, fields[0]] = Synset(words, tuple(relations))
    return found


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text("utf-8").splitlines() if not line.startswith("  "))


def made_of(folder: Path) -> str:
    """Return three blocks of lines: words of one meaning, pairs derived from each other, pairs of opposites."""
    ranks, sets = senses(folder), synsets(folder)
    used = {word for (_, _, word), (_, tagged) in ranks.items() if tagged}

    def common(part: str, place: str, word: str) -> bool:
        rank, tagged = ranks.get((part, place, word), (COMMON_SENSES + 1, False))
        return word.isalpha() and word in used and (rank == 1 or (tagged and rank <= COMMON_SENSES))

    groups: set[str] = set()
    pairs: dict[str, set[str]] = {"+": set(), "!": set()}
    for (part, place), synset in sets.items():
        words = sorted({word for word in synset.words if common(part, place, word)})
        if len(words) > 1:
            groups.add(" ".join(words))
        for kind, other_part, other_place, one, other in synset.relations:
            if kind in pairs and one and other:
                first = synset.words[one - 1]
                second = sets[other_part, other_place].words[other - 1]
                if first != second and common(part, place, first) and common(other_part, other_place, second):
                    pairs[kind].add(" ".join(sorted((first, second))))
    return "\n\n".join("\n".join(sorted(each)) for each in (groups, pairs["+"], pairs["!"])) + "\n"


def main() -> None:
    """Write the words."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    OUT.write_bytes(gzip.compress(made_of(parser.parse_args().folder).encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
