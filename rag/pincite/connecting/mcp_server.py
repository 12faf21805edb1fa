"""The Model Context Protocol: an assistant and its index as tools, over standard input and output or HTTP."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from functools import partial, wraps
from http import HTTPStatus
from importlib.metadata import version
from inspect import iscoroutinefunction
from typing import Annotated, Any, ParamSpec, cast

from pincite.answering import Assistant, CurrentAssistant
from pincite.errors import MissingExtra, PinciteError, SpanError
from pincite.schemas import Schema, json_schema
from pincite.types import Citation, Document, Scope, Span

try:
    from anyio import to_thread
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.server.mcpserver.tools import Tool
    from mcp.server.transport_security import TransportSecuritySettings
    from mcp_types import CallToolResult, TextContent, ToolAnnotations
    from pydantic import Field
except ImportError as error:
    raise MissingExtra("the MCP server needs mcp: pip install 'pincite[mcp]'") from error

logger = logging.getLogger(__name__)

MAX_SPAN_CHARS = 20_000
"""Longest span that is read at once: some five thousand tokens of a language model's context."""

INSTRUCTIONS = """Search and question a fixed set of documents. Every answer and passage comes with citations: the \
document's id and the characters [start, end) of its text, quoted exactly. Ask for answers, search for passages, and \
read_span to see what stands around a citation. When `abstained` is true, the documents do not answer: say so rather \
than guess."""

PATH = "/mcp"

Given = ParamSpec("Given")
Passages = Annotated[int, Field(ge=1, le=50, description="Number of passages.")]
Docs = Annotated[list[str] | None, Field(description="Ids of the documents to search; all if left out.")]
Sections = Annotated[list[str] | None, Field(description="Headings to search below; all if left out.")]


def make_server(
    assistant: Assistant | CurrentAssistant | Callable[[], Assistant], *, told: Callable[[str], str] | None = None
) -> MCPServer[Any]:
    """Return a server of the tools ``ask``, ``search``, ``list_documents`` and ``read_span``.

    Each gives structured content under a published schema, and the same as JSON text.  None changes anything.

    Parameters
    ----------
    assistant
        What answers, or what tells it for each call; a `CurrentAssistant` takes in what becomes of its index.
    told
        Takes out of an error what is not for the caller, such as `Service.told`; of a server whose callers are not its
        keepers, who then learn nothing of a fault that is not theirs either.
    """
    tools = Tools(assistant if callable(assistant) else lambda: assistant)
    # The SDK would give the whole program a log handler if it had none.
    stand_in = logging.NullHandler()
    logging.root.addHandler(stand_in)
    try:
        return MCPServer(
            "pincite",
            title="Pincite",
            version=version("pincite"),
            instructions=INSTRUCTIONS,
            tools=[
                _tool(tools.ask, json_schema("answer"), told),
                _tool(tools.search, SEARCH_SCHEMA, told),
                _tool(tools.list_documents, DOCUMENTS_SCHEMA, told),
                _tool(tools.read_span, json_schema("citation"), told),
            ],
            log_level="WARNING",
        )
    finally:
        logging.root.removeHandler(stand_in)


def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve standard input and output until the input ends; an interrupt ends the process."""
    # The thread that waits for input would keep an interrupted program from ending.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server.run()


def make_http_app(
    assistant: Callable[[], Assistant], *, told: Callable[[str], str] | None = None, addresses: Iterable[str] = ()
) -> Any:
    """Return the ASGI application of the tools over streamable HTTP at ``/mcp``, which asks nobody for a key.

    Parameters
    ----------
    assistant, told
        As `make_server` takes them.
    addresses
        Hosts with ports that it may be addressed as, by pages of these origins too; any if empty.
    """
    hosts = sorted(addresses)
    return make_server(assistant, told=told).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=bool(hosts),
            allowed_hosts=hosts,
            allowed_origins=[f"http://{each}" for each in hosts],
        ),
    )


class Tools:
    """What the tools do; each raises the SDK's error for one of ours."""

    def __init__(self, current: Callable[[], Assistant]) -> None:
        self._current = current

    async def ask(
        self,
        question: Annotated[str, Field(description="A question in plain words.")],
        k: Passages = 5,
        docs: Docs = None,
        sections: Sections = None,
        earlier_questions: Annotated[
            list[str] | None, Field(description="Questions that this one follows, the latest last.")
        ] = None,
    ) -> CallToolResult:
        """Answer a question from the documents, with exact citations, or say that they do not answer it."""
        assistant = await to_thread.run_sync(self._current)
        answer = await assistant.aask(question, k=k, history=earlier_questions or (), scope=_scope(docs, sections))
        return _result({**answer.to_dict(), **answer.how()})

    def search(
        self,
        query: Annotated[str, Field(description="What to look for, in plain words.")],
        k: Passages = 5,
        docs: Docs = None,
        sections: Sections = None,
    ) -> CallToolResult:
        """Find the passages nearest to a query, best first, each as a citation with its score from 0 to 1."""
        hits = self._current().retriever.search(query, k=k, scope=_scope(docs, sections))
        results = [
            {"rank": hit.rank, "score": hit.to_dict()["score"], "citation": hit.citation.to_dict()} for hit in hits
        ]
        return _result({"query": query, "results": results})

    def list_documents(self) -> CallToolResult:
        """List the documents: id, title, size, and whether the source has changed since it was indexed."""
        return _result({"documents": [asdict(document) for document in self._current().index.status().documents]})

    def read_span(
        self,
        doc_id: Annotated[str, Field(description="Id of the document.")],
        start: Annotated[int, Field(ge=0, description="First character.")],
        end: Annotated[int, Field(ge=0, description=f"One past the last; at most {MAX_SPAN_CHARS:,} after the first.")],
    ) -> CallToolResult:
        """Read the characters [start, end) of a document, as a citation; for what stands around another citation."""
        document = self._current().index.document(doc_id)
        span = Span(start, end)
        if len(span) > MAX_SPAN_CHARS:
            raise SpanError(f"expected at most {MAX_SPAN_CHARS} characters, got {len(span)}: read them in parts")
        quote = document.quote(span)
        return _result(Citation(1, doc_id, span, quote, _section(document, span), document.page_at(start)).to_dict())


SEARCH_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "query": {"type": "string"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "rank": json_schema("hit")["properties"]["rank"],
                    "score": json_schema("hit")["properties"]["score"],
                    "citation": {"$ref": "#/$defs/Citation"},
                },
                "required": ["rank", "score", "citation"],
            },
        },
    },
    "required": ["query", "results"],
    "$defs": {"Citation": json_schema("answer")["$defs"]["Citation"]},
}

DOCUMENTS_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "documents": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    **{name: {"type": "string"} for name in ("doc_id", "title", "media_type", "state")},
                    **{name: {"type": "integer", "minimum": 0} for name in ("n_chunks", "n_chars", "n_sections")},
                },
                "required": ["doc_id", "title", "media_type", "n_chunks", "n_chars", "n_sections", "state"],
            },
        }
    },
    "required": ["documents"],
}


def _tool(
    work: Callable[Given, CallToolResult | Awaitable[CallToolResult]], output: Schema, told: Callable[[str], str] | None
) -> Tool:
    """Return a tool of a method: its errors those that the caller may read, its output under our own schema."""

    @wraps(work)
    async def guarded(*args: Given.args, **kwargs: Given.kwargs) -> CallToolResult:
        try:
            if iscoroutinefunction(work):
                return cast("CallToolResult", await work(*args, **kwargs))
            return cast("CallToolResult", await to_thread.run_sync(partial(work, *args, **kwargs)))
        except PinciteError as error:
            raise ToolError(str(error) if told is None else _said(error, told)) from error
        except Exception as error:
            if told is None:
                raise
            logger.error("a tool failed", exc_info=error)
            raise ToolError("the server failed: tell its keeper") from error

    tool = Tool.from_function(
        guarded,
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )
    tool.fn_metadata.output_schema = output
    return tool


def _said(error: PinciteError, told: Callable[[str], str]) -> str:
    """Return what a caller who is not the server's keeper is told: as over the other HTTP server."""
    from pincite.web.problems import describe

    status, message, _ = describe(error, told)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("a tool failed", exc_info=error)
    return message


def _result(value: dict[str, Any]) -> CallToolResult:
    text = json.dumps(value, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=value)


def _scope(docs: list[str] | None, sections: list[str] | None) -> Scope:
    return Scope(docs=tuple(docs) if docs else None, sections=tuple(sections) if sections else None)


def _section(document: Document, span: Span) -> tuple[str, ...]:
    """Return the path of the deepest section that holds a span whole."""
    holding = [section for section in document.root.walk() if section.span.covers(span)]
    return (holding or [document.root])[-1].path
