"""Writes texts with a local causal model: batched by length, greedy or sampled, and resumed where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, reason_of
from core.features.chunks import batches, staged
from core.features.models.causal import Causal, fitting
from core.features.models.losses import JOINT
from core.progress import Progress, silent

VERSION = 1
TEMPLATES = {
    "auto": "the tokenizer's chat template where it has one, else the instruction and a line break",
    "none": "the instruction and a line break",
}
END = -1.0  # in the stored ids, after the last token of a text that ended by itself


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How texts are written.

    ``temperature`` 0 takes the likeliest token each time; a higher one draws tokens, with ``seed``. ``max_new_tokens``
    cuts a text; a larger one takes longer. ``template`` is one of :data:`TEMPLATES`; ``system`` a system message, only
    where a chat template takes one.
    """

    temperature: float = 0.0
    max_new_tokens: int = 512
    seed: int = 0
    template: str = "auto"
    system: str = ""
    precision: str = "auto"

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 5:
            raise InputError(f"The temperature is between 0 and 5, not {self.temperature}.")
        if not 1 <= self.max_new_tokens <= 32_768:
            raise InputError(f"A text has between 1 and 32,768 new tokens, not {self.max_new_tokens:,}.")
        if self.template not in TEMPLATES:
            raise InputError(f"The template is one of {', '.join(TEMPLATES)}, not {self.template[:40]}.")


@dataclass(frozen=True)
class WrittenText:
    """A text, its tokens, and whether it was cut at the limit.

    ``log_probability`` is the natural logarithm of the probability that the model gives all its tokens, the one that
    ends it too, at temperature 1; None where it was not asked for.
    """

    text: str
    tokens: int
    cut: bool
    log_probability: float | None = None


def generate_texts(
    causal: Causal,
    instructions: Sequence[str],
    writing: Writing,
    *,
    partial: Path,
    draws: Sequence[int] | None = None,
    progress: Progress = silent,
) -> list[WrittenText]:
    """The text that the model writes after each of ``instructions``, in their order.

    ``draws`` (texts,) numbers the draws of one instruction: draw k is drawn with ``seed`` + k, and each text comes with
    its log-probability. Of an instruction that is too long its end is read. What is done is written to ``partial``
    every few seconds; the same call goes on there. A text does not depend on the others of its batch but for rounding:
    two tokens whose probabilities agree to the last digits of the model's precision may change places. A drawn text
    depends on ``seed`` and its instruction alone.
    """
    tokenizer = _chat_tokenizer(causal)
    room = causal.positions - writing.max_new_tokens
    if room < 16:
        raise InputError(
            f"{causal.files.name} reads {causal.positions:,} tokens: {writing.max_new_tokens:,} new ones do not fit.",
            remedy="Ask for fewer new tokens.",
        )
    prompts = [ids[-room:] for ids in _prompts(causal, tokenizer, instructions, writing)]
    lengths = np.array([len(ids) for ids in prompts], dtype=np.int64)
    ends = _ends(causal, tokenizer)
    numbers = draws or [0] * len(prompts)
    seeds = [_seed(writing.seed + number, text) for number, text in zip(numbers, instructions, strict=True)]
    reported: tuple[float, float, str] = (0, 0, "")

    def remembered(done: float, total: float, note: str = "") -> None:
        nonlocal reported
        reported = done, total, note
        progress(done, total, note)

    def compute(rows: NDArray[np.int64]) -> NDArray[np.floating]:
        chosen = [prompts[row] for row in rows], [seeds[row] for row in rows]
        values, told = _write(causal, *chosen, writing, ends, lambda: progress(*reported))
        return values if draws is None else np.column_stack((values, told))

    def passes(descending: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        # The next token of eight texts costs a CPU little more than that of one; a pass may then take a minute.
        whole = descending + writing.max_new_tokens
        width = causal.vocabulary // 8 + 1
        if "logits_to_keep" in signature(causal.model.forward).parameters:  # a text has the logits of one token
            width = max(16 * causal.width, causal.vocabulary // 32)
        return batches(whole, width=width, device=causal.device, weights=causal.weights // 8)

    stored = staged(
        partial,
        lengths,
        compute,
        passes=passes,
        width=writing.max_new_tokens + (draws is not None),
        dtype=np.float32,  # ids are exact to 2^24
        progress=remembered,
        note="tokens of prompts answered",
    )
    if draws is None:
        return [_text(tokenizer, row) for row in stored]
    return [replace(_text(tokenizer, row[:-1]), log_probability=round(float(row[-1]), 4)) for row in stored]


def has_template(causal: Causal) -> bool:
    """Whether the model's tokenizer carries a chat template."""
    return bool(_chat_tokenizer(causal).chat_template)


def _write(
    causal: Causal,
    prompts: Sequence[NDArray[np.int32]],
    seeds: Sequence[int],
    writing: Writing,
    ends: set[int],
    listen: Callable[[], None],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(prompts, max_new_tokens) the ids of the new tokens, :data:`END` after a text that ended, nan for the rest; and
    (prompts,) the log-probability of each text, its end included."""
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList

    width = max(map(len, prompts))
    ids = np.zeros((len(prompts), width), dtype=np.int64)  # (batch, width), padded on the left
    mask = np.zeros((len(prompts), width), dtype=np.int64)
    for line, prompt in enumerate(prompts):
        ids[line, width - len(prompt) :] = prompt
        mask[line, width - len(prompt) :] = 1

    class Listening(StoppingCriteria):
        """Stops nothing; lets a cancel end the work between two tokens."""

        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
            listen()
            return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

    drawing = _Drawing(writing.temperature, seeds, start=width)
    with torch.inference_mode():
        made = causal.model.generate(
            input_ids=torch.from_numpy(ids).to(causal.device),
            attention_mask=torch.from_numpy(mask).to(causal.device),
            do_sample=False,  # drawing is done by adding noise, so that it does not depend on the batch
            num_beams=1,
            max_new_tokens=writing.max_new_tokens,
            eos_token_id=sorted(ends) or None,
            pad_token_id=next(iter(sorted(ends)), 0),
            logits_processor=_processors([drawing]),
            stopping_criteria=StoppingCriteriaList([Listening()]),
            use_cache=True,
            temperature=None,
            top_p=None,
            top_k=None,
        )
    new = made[:, width:].cpu().numpy()  # (batch, new tokens)
    values = np.full((len(prompts), writing.max_new_tokens), np.nan, dtype=np.float32)
    steps = drawing.log_probabilities  # (batch, new tokens)
    told = np.empty(len(prompts), dtype=np.float32)
    for line, row in enumerate(new):
        stop = next((place for place, token in enumerate(row.tolist()) if token in ends), len(row))
        values[line, :stop] = row[:stop]
        told[line] = steps[line, : stop + 1].sum()
        if stop < writing.max_new_tokens:
            values[line, stop] = END
    return values, told


class _Drawing:
    """Draws a token by Gumbel's trick: the largest of logits / temperature + noise is a draw from their softmax.

    The noise of a text and a step comes from the text's own seed; at temperature 0 the likeliest token is taken. What
    the model gives each token is kept.
    """

    def __init__(self, temperature: float, seeds: Sequence[int], *, start: int) -> None:
        self._temperature, self._seeds, self._start = temperature, seeds, start
        self._told: list[NDArray[np.float64]] = []

    @property
    def log_probabilities(self) -> NDArray[np.float64]:
        """(texts, steps) the natural logarithm of the probability of each token, at temperature 1."""
        return np.stack(self._told, axis=1)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        exact = scores.float()
        drawn = self._noisy(input_ids, exact) if self._temperature else exact
        chosen = exact.gather(1, drawn.argmax(dim=1, keepdim=True))[:, 0]
        self._told.append((chosen - torch.logsumexp(exact, dim=1)).double().cpu().numpy())
        return drawn

    def _noisy(self, input_ids: Any, scores: Any) -> Any:
        import torch

        step = int(input_ids.shape[1]) - self._start
        noise = np.stack([
            np.random.default_rng([seed, step]).gumbel(size=scores.shape[1]) for seed in self._seeds
        ])  # fmt: skip
        return scores / self._temperature + torch.from_numpy(noise.astype(np.float32)).to(scores.device)


def _processors(calls: Sequence[Callable[[Any, Any], Any]]) -> Any:
    from transformers import LogitsProcessorList

    return LogitsProcessorList(calls)


def _chat_tokenizer(causal: Causal) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(
        str(causal.files.folder), use_fast=True, trust_remote_code=False, local_files_only=True
    )


def _prompts(causal: Causal, tokenizer: Any, instructions: Sequence[str], writing: Writing) -> list[NDArray[np.int32]]:
    """The ids that the model reads before it writes."""
    if writing.template == "none" or not tokenizer.chat_template:
        head = np.array([] if causal.begin is None else [causal.begin], dtype=np.int32)
        return [np.concatenate((head, ids)) for ids in causal.encode([text + JOINT for text in instructions])]
    rows = []
    for text in instructions:
        system = [{"role": "system", "content": writing.system}] if writing.system.strip() else []
        try:
            ids = tokenizer.apply_chat_template(
                [*system, {"role": "user", "content": text}],
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
            )["input_ids"]
        except Exception as error:  # a template is a program of the model's makers, and may raise anything
            raise InputError(
                f"The chat template of {causal.files.name} cannot be used: {reason_of(error)}",
                remedy="Choose the template “none”.",
            ) from error
        row = np.array(ids, dtype=np.int32)
        fitting(row, causal.vocabulary, causal.files)
        rows.append(row)
    return rows


def _ends(causal: Causal, tokenizer: Any) -> set[int]:
    """The ids that end a text: of the model's generation settings, of its configuration, of its tokenizer."""
    named: set[int] = set()
    for given in (
        getattr(causal.model.generation_config, "eos_token_id", None),
        getattr(causal.model.config, "eos_token_id", None),
        tokenizer.eos_token_id,
    ):
        named |= {int(token) for token in (given if isinstance(given, list | tuple) else [given]) if token is not None}
    return {token for token in named if 0 <= token < causal.vocabulary}


def _seed(seed: int, text: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{text}".encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _text(tokenizer: Any, stored: NDArray[np.floating]) -> WrittenText:
    ids = stored[~np.isnan(stored)]
    cut = not (len(ids) and ids[-1] == END)
    tokens = [int(token) for token in ids if token != END]
    return WrittenText(tokenizer.decode(tokens, skip_special_tokens=True).strip(), len(tokens), cut)
