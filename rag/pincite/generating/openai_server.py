"""A language model behind an OpenAI-compatible server: Ollama, llama.cpp, vLLM, LM Studio and others."""

from __future__ import annotations

import ipaddress
from collections import abc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from pincite.errors import AnswerCutOff, ContextOverflow, GeneratorError, MissingExtra
from pincite.generating.base import Message, estimated_tokens, well_formed
from pincite.generating.bounding import bound

DEFAULT_CONTEXT = 4096
"""Tokens, where the server does not say; what Ollama gives a model unless told otherwise."""
_LONGEST_NAME = 200
_OVERFLOW = ("context_length_exceeded", "exceed_context_size", "context size", "context length", "maximum context")


class ServerGenerator:
    """A model of an OpenAI-compatible server, asked through the ``openai`` package.

    Neither proxies nor redirects are followed and no variable of the environment is read, so that what is asked goes
    to the host that was named and to no other.

    Parameters
    ----------
    base_url
        Such as ``http://127.0.0.1:8080/v1``.
    model
        By default the first one that the server lists.
    key
        Sent as bearer token.
    context_size
        Tokens that prompt and answer may have together; by default what the server says of the model (llama.cpp and
        vLLM do), else 4096.
    timeout
        Seconds to wait for the connection or for the next bytes.
    remote
        Whether the host may be another machine: passages of the documents are sent to it.

    Raises
    ------
    GeneratorError
        The address is not one, or lies on another machine without ``remote``.
    MissingExtra
        The ``openai`` package is not installed.
    """

    counts_exactly = False

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        key: str | None = None,
        context_size: int | None = None,
        timeout: float = 60.0,
        remote: bool = False,
    ) -> None:
        host = _host(base_url)
        if not (remote or _is_this_machine(host)):
            raise GeneratorError(
                f"expected a language model on this machine, got the host {host}: passages of your documents would be "
                "sent there; allow that with remote=True (--llm-remote)"
            )
        try:
            import openai
        except ImportError as error:
            raise MissingExtra("a model behind a server needs openai: pip install 'pincite[llm]'") from error
        self.base_url = base_url
        self._asked_model = model
        self._context_size = context_size
        self._openai = openai
        # Empty texts where ``None`` would have the package look into the environment.
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=key or "none",
            organization="",
            project="",
            max_retries=0,
            # Nothing is left open to be closed, and nothing comes that is larger than what was sent.
            default_headers={"Connection": "close", "Accept-Encoding": "identity"},
            http_client=openai.DefaultHttpxClient(
                base_url=base_url,
                timeout=timeout,
                trust_env=False,
                follow_redirects=False,
                event_hooks={"response": [bound]},
            ),
        )

    @cached_property
    def _model(self) -> dict[str, Any]:
        """What the server lists of the model."""
        with self._errors():
            listed = [each.model_dump(warnings=False) for each in self._client.models.list().data]
        named = (each for each in listed if isinstance(each.get("id"), str))
        found: dict[str, Any] | None = next((each for each in named if self._asked_model in (None, each["id"])), None)
        if found is None and self._asked_model is None:
            raise GeneratorError(f"{self.base_url}: the server lists no model: load one there, or name one (--model)")
        return found or {"id": self._asked_model}

    @property
    def name(self) -> str:
        """The model's name at the server, without folders."""
        named = self._asked_model or self._model["id"]
        shown = "".join(filter(str.isprintable, named.replace("\\", "/").rpartition("/")[2]))
        return shown[:_LONGEST_NAME] or "the model"

    @property
    def context_size(self) -> int:
        """Tokens that prompt and answer may have together."""
        if self._context_size is None:
            try:
                listed = self._model
            except GeneratorError:
                if self._asked_model is None:
                    raise
                listed = {}  # some servers list nothing, and answer all the same
            meta = listed.get("meta")
            said = (meta.get("n_ctx") if isinstance(meta, dict) else None) or listed.get("max_model_len")
            self._context_size = said if isinstance(said, int) and said > 0 else DEFAULT_CONTEXT
        return self._context_size

    def count_tokens(self, text: str) -> int:
        """Return an estimate: the protocol has no way to ask."""
        return estimated_tokens(text)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> abc.Generator[str, None, None]:
        """Yield the answer as it is streamed; closing the generator closes the connection, which servers heed."""
        finish = None
        with self._errors():
            stream: Any = self._client.chat.completions.create(
                model=self._asked_model or self._model["id"],
                messages=[{**message, "content": well_formed(message["content"])} for message in messages],  # type: ignore[misc]
                max_tokens=max_tokens,
                temperature=0,
                stream=True,
            )
            with stream:
                for chunk in stream:
                    for choice in chunk.choices or ():
                        # The package takes whatever stands there: it may be no text.
                        if choice.delta is not None and isinstance(choice.delta.content, str) and choice.delta.content:
                            yield choice.delta.content
                        finish = choice.finish_reason or finish
        if finish is None:
            raise GeneratorError(f"{self.base_url}: the stream ended before the answer was whole")
        if finish == "length":
            raise AnswerCutOff(f"{self.base_url}: the answer was cut off after {max_tokens} tokens")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say in one line what went wrong."""
        openai = self._openai
        try:
            yield
        except (GeneratorError, GeneratorExit):
            raise
        except openai.APITimeoutError as error:
            raise GeneratorError(f"{self.base_url}: no answer within the time limit") from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, GeneratorError):
                raise error.__cause__ from None
            raise GeneratorError(
                f"{self.base_url}: no connection ({_innermost(error)}): is the server running?"
            ) from error
        except openai.RateLimitError as error:
            raise GeneratorError(f"{self.base_url}: the server is busy (429)") from error
        except openai.APIStatusError as error:
            said = _said(error)
            if any(sign in f"{error.code} {said}".lower() for sign in _OVERFLOW):
                raise ContextOverflow(f"{self.base_url}: {said}") from error
            raise GeneratorError(f"{self.base_url}: status {error.status_code}: {said}") from error
        except openai.APIError as error:  # an error within the stream
            said = _said(error)
            kind = ContextOverflow if any(sign in said.lower() for sign in _OVERFLOW) else GeneratorError
            raise kind(f"{self.base_url}: {said}") from error
        except Exception as error:  # what the connection or the parser raises in mid-stream
            raise GeneratorError(f"{self.base_url}: the stream broke off ({_innermost(error)})") from error


def _host(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise GeneratorError(f"expected an address such as http://127.0.0.1:8080/v1, got {base_url!r}")
    return host


def _is_this_machine(host: str) -> bool:
    """Tell whether a host is this machine, going by its name alone: no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _innermost(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {_one_line(str(error))}"


def _said(error: Any) -> str:
    """Return the server's own message, which older versions of ``openai`` wrap in the text of the whole body."""
    held = error.body
    for key in ("error", "message"):
        held = held.get(key, held) if isinstance(held, dict) else held
    return _one_line(held if isinstance(held, str) and held else error.message)


def _one_line(text: str) -> str:
    return well_formed(" ".join(text[:3_000].split())[:300])
