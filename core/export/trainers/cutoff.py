"""Rows that are longer than a trainer reads: kept, cut, split or dropped, as chosen, and named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from core.corpus.formats.record import Turn
from core.corpus.verbatim import Verbatim
from core.errors import InputError, quoted
from core.export.format import Problem
from core.features.tokenizers import token_counts

Overlong = Literal["keep", "cut", "split", "drop"]
OVERLONG: tuple[Overlong, ...] = get_args(Overlong)
WORDS: dict[Overlong, str] = {
    "keep": "keep them: the trainer does as it does",
    "cut": "cut the last answer",
    "split": "split conversations between two exchanges",
    "drop": "drop them",
}


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """At most ``limit`` tokens a row, by the tokenizer called ``tokenizer``, without the marks of a chat template.

    All that a model reads counts: system prompt, tools, turns, thinking. ``rule`` says what is done with longer rows:
    "keep" writes them as they are, and ``trainer_does`` says what becomes of them ("LLaMA-Factory cuts them"); "cut"
    shortens the last answer to what fits; "split" makes several rows of a conversation, each with the system prompt and
    as many exchanges as fit; "drop" leaves them out. A row that cannot be cut or split to fit is left out. The smaller
    ``limit``, the more rows are too long.
    """

    limit: int
    rule: Overlong
    tokenizer: str
    trainer_does: str

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise InputError(f"A row of at most {self.limit} tokens holds nothing.", remedy="Choose a longer cutoff.")
        if self.rule not in OVERLONG:
            raise InputError(
                f"Longer rows are treated in one of the ways {', '.join(OVERLONG)}, not {quoted(self.rule)}."
            )

    def pieces(self, texts: Verbatim) -> tuple[list[Verbatim], Problem | None]:
        """The rows that are written for a row (none where it is left out), and its problem where it is too long."""
        counts = self._counts(texts)
        if sum(counts) <= self.limit:
            return [texts], None
        if self.rule == "keep":
            remedy = "choose to cut, to split or to drop them"
            return [texts], self._problem(self.trainer_does, remedy, done="Longer than the cutoff", kept=True)
        if self.rule == "cut":
            shorter = self._cut(texts, self.limit - sum(counts[:-1]))
            if shorter is not None:
                cut = self._problem("Their last answer ends there", "the rest is not trained on", done="Cut", kept=True)
                return [shorter], cut
        if self.rule == "split":
            parts = self._split(texts, counts)
            if parts:
                remedy = "it does not know the exchanges before it"
                return parts, self._problem("Each part begins anew", remedy, done="Split", kept=True)
        why = "They were to be left out" if self.rule == "drop" else f"They cannot be {self.rule} to fit"
        return [], self._problem(why, "choose a longer cutoff, or keep them")

    def _problem(self, why: str, remedy: str, *, done: str = "", kept: bool = False) -> Problem:
        return Problem(f"more than {self.limit:,} tokens ({self.tokenizer})", why, remedy, kept=kept, done=done)

    def _counts(self, texts: Verbatim) -> list[int]:
        return token_counts(self.tokenizer, counted_texts(texts))

    def _cut(self, texts: Verbatim, budget: int) -> Verbatim | None:
        """``texts`` with a last answer of at most ``budget`` tokens; None where nothing of it would be left."""
        *before, last = texts.turns
        if last["role"] != "assistant" or budget < 1:
            return None
        shortest, longest, text = 0, len(last["content"]), last["content"]
        while shortest < longest:  # the longest beginning that fits
            middle = (shortest + longest + 1) // 2
            if token_counts(self.tokenizer, [text[:middle]])[0] <= budget:
                shortest = middle
            else:
                longest = middle - 1
        if not text[:shortest].strip():
            return None
        shorter: Turn = {**last, "content": text[:shortest]}
        return replace(texts, turns=[*before, shorter])

    def _split(self, texts: Verbatim, counts: list[int]) -> list[Verbatim]:
        """Consecutive exchanges, as many in a part as fit; nothing where one exchange alone is too long."""
        lengths = [*counts[1:-2], counts[-2] + counts[-1]]
        starts = [number for number, turn in enumerate(texts.turns)
                  if turn["role"] == "user" and (number == 0 or texts.turns[number - 1]["role"] != "user")]  # fmt: skip
        starts = [0, *(start for start in starts if start > 0)]
        ends = [*starts[1:], len(texts.turns)]
        parts: list[tuple[int, int]] = []
        for start, end in zip(starts, ends, strict=True):
            if counts[0] + sum(lengths[start:end]) > self.limit:
                return []
            first = parts[-1][0] if parts else start
            if parts and counts[0] + sum(lengths[first:end]) <= self.limit:
                parts[-1] = (first, end)
            else:
                parts.append((start, end))
        return [
            replace(texts, turns=texts.turns[start:end], beside=texts.beside[start:end]) for start, end in parts
        ]  # fmt: skip


def counted_texts(texts: Verbatim) -> list[str]:
    """What counts against a cutoff: what stands before the turns, then each turn; the words of the last turn come last,
    after its thinking."""
    *before, last = texts.turns
    return [
        f"{texts.system}{texts.tools}",
        *(turn.get("thinking", "") + turn["content"] for turn in before),
        last.get("thinking", ""),
        last["content"],
    ]
