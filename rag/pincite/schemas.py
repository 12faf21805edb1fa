"""What a citation, a hit and an answer look like as JSON, wherever Pincite hands them out.

``python -m pincite.schemas`` prints all of it, ``python -m pincite.schemas citation`` one.
"""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from typing import Any, Literal

Name = Literal["answer", "citation", "hit"]
Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PLACE: dict[str, Schema] = {
    "doc_id": {"type": "string", "description": "Id of the document: its path below the folder that was indexed."},
    "start": {
        "type": "integer",
        "minimum": 0,
        "description": "First character, counted in Unicode code points of the document's text.",
    },
    "end": {"type": "integer", "minimum": 0, "description": "One past the last character."},
}
_SECTION: Schema = {
    "type": "array",
    "items": {"type": "string"},
    "minItems": 1,
    "description": "Headings from the document's title down to the section's own.",
}

_CITATION: Schema = {
    "title": "Citation",
    "description": "A span of a document and its text, verified: document.text[start:end] == quote.",
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 1, "description": "Number of the marker [n] in the answer's text."},
        **_PLACE,
        "quote": {"type": "string", "description": "The characters of the document from start to end."},
        "section": _SECTION,
        "page": {"type": ["integer", "null"], "minimum": 1, "description": "Page it starts on; null without pages."},
    },
    "required": ["n", "doc_id", "start", "end", "quote", "section", "page"],
    "additionalProperties": False,
}

_HIT: Schema = {
    "title": "Hit",
    "description": "A passage found for a query: document.text[start:end] == text.",
    "type": "object",
    "properties": {
        "rank": {"type": "integer", "minimum": 1, "description": "1 for the best."},
        **_PLACE,
        "text": {"type": "string", "description": "The characters of the document from start to end."},
        "section": _SECTION,
        "score": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Estimated probability that the passage answers.",
        },
    },
    "required": ["rank", "doc_id", "start", "end", "text", "section", "score"],
    "additionalProperties": False,
}

_ANSWER: Schema = {
    "title": "Answer",
    "description": "What was asked, what the documents say, and where; or that they do not say it.",
    "type": "object",
    "properties": {
        "question": {"type": "string"},
        "answer": {
            "type": ["string", "null"],
            "description": "Statements, each followed by its markers [n]; null when abstaining.",
        },
        "abstained": {"type": "boolean", "description": "Whether there is no answer."},
        "confidence": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Calibrated probability that the documents answer the question.",
        },
        "citations": {
            "type": "array",
            "items": {"$ref": "#/$defs/Citation"},
            "description": "One for each marker; empty when abstaining.",
        },
        "hits": {
            "type": "array",
            "items": {"$ref": "#/$defs/Hit"},
            "description": "The passages considered, best first.",
        },
        "seconds": {"type": "number", "minimum": 0, "description": "Wall-clock time from question to answer."},
        "id": {"type": ["string", "integer"], "description": "The question's id; in a batch only."},
        "reason": {"type": ["string", "null"], "description": "Why there is no answer; not in a batch."},
        "generated_by": {
            "type": ["string", "null"],
            "description": "The language model that wrote the text; null for the documents' own sentences.",
        },
        "unsupported": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2},
            "description": "Spans of the answer's text that no passage supports, each followed by [?].",
        },
        "notice": {"type": ["string", "null"], "description": "What the reader should know of how it came about."},
    },
    "required": ["question", "answer", "abstained", "confidence", "citations", "hits", "seconds"],
    "$defs": {"Citation": _CITATION, "Hit": _HIT},
}

_SCHEMAS: dict[Name, Schema] = {"answer": _ANSWER, "citation": _CITATION, "hit": _HIT}


def json_schema(name: Name) -> Schema:
    """Return a JSON Schema (2020-12) that stands alone: of an ``answer``, a ``citation`` or a ``hit``.

    Raises
    ------
    ValueError
        There is none of this name.
    """
    if name not in _SCHEMAS:
        raise ValueError(f"expected one of {', '.join(_SCHEMAS)}, got {name!r}")
    return {"$schema": _DIALECT, **deepcopy(_SCHEMAS[name])}


def main() -> None:
    """Print the schema that is named, or all of them by name."""
    named: Any = sys.argv[1:]
    try:
        shown = json_schema(*named) if named else {name: json_schema(name) for name in _SCHEMAS}
    except (TypeError, ValueError) as error:
        sys.exit(f"error: {error}")
    print(json.dumps(shown, indent=2, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main()
