"""A GGUF file run in this process by llama.cpp, through ``xllamacpp``."""

from __future__ import annotations

import json
import os
import secrets
from collections import abc
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from pincite.errors import AnswerCutOff, ContextOverflow, GeneratorError, MissingExtra
from pincite.generating.base import Message, well_formed
from pincite.generating.feeding import Feed

_LOCAL = build_opener(ProxyHandler({}))  # no proxy stands between the process and itself


class GGUFGenerator:
    """A GGUF file, loaded when it is first asked.

    The runtime listens on a port of 127.0.0.1, under a key that only this object knows; it fetches nothing.

    Parameters
    ----------
    path
        The file.
    context_size
        Tokens that prompt and answer may have together.
    threads
        By default one for each core that this process may use.

    Raises
    ------
    GeneratorError
        The file is not there or is no GGUF file.
    MissingExtra
        The ``xllamacpp`` package is not installed.
    """

    counts_exactly = True

    def __init__(self, path: str | os.PathLike[str], *, context_size: int = 4096, threads: int | None = None) -> None:
        self.path = Path(path)
        try:
            with self.path.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            raise GeneratorError(f"{self.path}: cannot read the model: {error.strerror or error}") from error
        if magic != b"GGUF":
            raise GeneratorError(f"{self.path}: expected a GGUF file, found something else")
        try:
            import xllamacpp
        except ImportError as error:
            raise MissingExtra("a GGUF file needs xllamacpp: pip install 'pincite[gguf]'") from error
        self._runtime = xllamacpp
        self._threads = threads or len(os.sched_getaffinity(0))
        self._key = secrets.token_urlsafe(16)
        self._lock = Lock()
        self._server: Any = None
        self.name = self.path.stem
        self.context_size = context_size
        self.count_tokens = lru_cache(maxsize=1024)(self._count_tokens)  # passages come back with each question

    def _loaded(self) -> Any:
        with self._lock:
            if self._server is None:
                params = self._runtime.CommonParams()
                params.model.path = str(self.path)
                params.n_ctx = self.context_size
                params.n_parallel = 1
                params.offline = True
                params.hostnames = ["127.0.0.1"]
                params.api_keys = [self._key]
                params.verbosity = 0
                params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
                try:
                    self._server = self._runtime.Server(params)
                except Exception as error:
                    raise GeneratorError(f"{self.path}: cannot load the model: {error}") from error
            return self._server

    def _count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text."""
        request = Request(  # noqa: S310
            f"{self._loaded().listening_address}/tokenize",
            data=json.dumps({"content": well_formed(text)}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        try:
            with _LOCAL.open(request, timeout=60) as answer:
                return len(json.load(answer)["tokens"])
        except (OSError, KeyError, ValueError) as error:
            raise GeneratorError(f"{self.path}: the runtime cannot count tokens: {error}") from error

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> abc.Generator[str, None, None]:
        """Yield the answer; closing the generator ends the work at the next token."""
        server = self._loaded()
        request = {"messages": list(messages), "max_tokens": max_tokens, "temperature": 0, "stream": True}

        def work(put: Callable[[dict[str, Any]], None], unwanted: Callable[[], bool]) -> None:
            def hear(chunk: dict[str, Any]) -> bool:
                put(chunk)
                return unwanted()

            try:
                server.handle_chat_completions(request, hear)
            except Exception as error:
                raise GeneratorError(f"{self.path}: the model cannot be run: {error}") from error

        finish = None
        with Feed(work, name="pincite-gguf") as chunks:
            for chunk in chunks:
                if "error" in chunk:
                    said = chunk["error"]
                    kind = ContextOverflow if said.get("type") == "exceed_context_size_error" else GeneratorError
                    raise kind(f"{self.path}: {said.get('message', said)}")
                for choice in chunk.get("choices", ()):
                    if piece := choice.get("delta", {}).get("content"):
                        yield piece
                    finish = choice.get("finish_reason") or finish
        if finish == "length":
            raise AnswerCutOff(f"{self.path}: the answer was cut off after {max_tokens} tokens")
        if finish is None:
            raise GeneratorError(f"{self.path}: the answer broke off")
