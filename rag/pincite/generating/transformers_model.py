"""A model run in this process by ``transformers``."""

from __future__ import annotations

import os
from collections import abc
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from pincite.errors import AnswerCutOff, ContextOverflow, GeneratorError, MissingExtra
from pincite.generating.base import Message, well_formed
from pincite.generating.feeding import Feed

_UNLIMITED = 1 << 20  # tokenizers that know no limit say some 10^30


class TransformersGenerator:
    """A causal language model with a chat template; serves one question at a time.

    Parameters
    ----------
    model, tokenizer
        Objects of ``transformers``, on whatever device they are.
    name
        By default the one that the model was loaded by.
    """

    counts_exactly = True

    def __init__(self, model: Any, tokenizer: Any, *, name: str | None = None) -> None:
        self._model, self._tokenizer = model, tokenizer
        self.name = name or str(model.config.name_or_path or type(model).__name__).rpartition("/")[2]
        limits = (getattr(model.config, "max_position_embeddings", None), tokenizer.model_max_length)
        self.context_size = min((n for n in limits if n and n < _UNLIMITED), default=2048)
        self._lock = Lock()

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> TransformersGenerator:
        """Load a model from a folder on this machine; nothing is downloaded and no code of the folder is run.

        Raises
        ------
        GeneratorError
            The folder holds no such model.
        MissingExtra
            The ``transformers`` package is not installed.
        """
        try:
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise MissingExtra(
                "a folder with a model needs transformers: pip install 'pincite[transformers]'"
            ) from error
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise GeneratorError(
                f"{os.fspath(folder)}: cannot load the model: {' '.join(str(error).split())}"
            ) from error
        return cls(model, tokenizer)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(self._tokenizer(well_formed(text), add_special_tokens=False)["input_ids"])

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> abc.Generator[str, None, None]:
        """Yield the answer; closing the generator ends the work at the next token."""
        import torch
        from transformers import StoppingCriteriaList, TextStreamer

        try:
            inputs = self._tokenizer.apply_chat_template(
                [{**message, "content": well_formed(message["content"])} for message in messages],
                add_generation_prompt=True,
                return_tensors="pt",
                return_dict=True,
            ).to(self._model.device)
        except Exception as error:  # a template of the user's may raise anything
            raise GeneratorError(f"{self.name}: the chat template cannot be used: {error}") from error
        n_prompt = int(inputs["input_ids"].shape[1])
        if n_prompt + max_tokens > self.context_size:
            raise ContextOverflow(f"{self.name}: {n_prompt} + {max_tokens} tokens, the context has {self.context_size}")
        made: list[int] = []

        def work(put: Callable[[str], None], unwanted: Callable[[], bool]) -> None:
            class Streamer(TextStreamer):
                def on_finalized_text(self, text: str, stream_end: bool = False) -> None:  # noqa: ARG002
                    put(text)

            try:
                with self._lock, torch.inference_mode():
                    ids = self._model.generate(
                        **inputs,
                        max_new_tokens=max_tokens,
                        do_sample=False,
                        streamer=Streamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True),
                        pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                        stopping_criteria=StoppingCriteriaList([lambda ids, *_, **__: _all(unwanted(), ids)]),
                    )
            except Exception as error:
                raise GeneratorError(f"{self.name}: the model cannot be run: {error}") from error
            made.append(int(ids.shape[1]) - n_prompt)

        with Feed(work, name="pincite-transformers") as pieces:
            yield from (piece for piece in pieces if piece)
        if made[0] >= max_tokens:
            raise AnswerCutOff(f"{self.name}: the answer was cut off after {max_tokens} tokens")


def _all(stop: bool, ids: Any) -> Any:
    """Tell for each sequence whether to stop."""
    import torch

    return torch.full((ids.shape[0],), stop, dtype=torch.bool, device=ids.device)
