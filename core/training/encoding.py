"""Rows as the model reads them: ids, and which of them are learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.training.base import Base

CONTEXT, ANSWER, END = 0, 1, 2  # of a token: read only; learnt and scored; learnt only, since it ends an answer
JOINT = "\n"  # after every turn that is read only
PART_OF_CONTEXT = 4  # a row that is too long keeps cutoff / PART_OF_CONTEXT tokens before its first answer


@dataclass(frozen=True, eq=False)
class EncodedRows:
    """Rows as ids. ``ids`` and ``kinds`` have an array for each row, int32 and uint8 (CONTEXT, ANSWER or END).

    ``answer_bytes`` (rows,) float64 are the UTF-8 bytes of the answers' tokens that were kept; of a row that was cut,
    their share of all bytes. ``cut`` (rows,) says which rows were.
    """

    ids: list[NDArray[np.int32]]
    kinds: list[NDArray[np.uint8]]
    answer_bytes: NDArray[np.float64]
    cut: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(rows,) tokens of each row."""
        return np.array([len(row) for row in self.ids], dtype=np.int64)

    @property
    def learnt(self) -> NDArray[np.int64]:
        """(rows,) tokens of each row that are learnt. The first token of a row has nothing before it and never is."""
        return np.array([int((row[1:] != CONTEXT).sum()) for row in self.kinds], dtype=np.int64)

    @property
    def answered(self) -> NDArray[np.int64]:
        """(rows,) tokens of each row that are scored when it is held out."""
        return np.array([int((row[1:] == ANSWER).sum()) for row in self.kinds], dtype=np.int64)


def encode_rows(base: Base, conversations: Sequence[Sequence[Any]], *, cutoff: int) -> EncodedRows:
    """Encode rows, each a sequence of turns {role, content}, for ``base``.

    A turn of the assistant is learnt, and its end token with it where the model has one; all others are read only and
    end with a line feed. Each turn is tokenised by itself. A row begins with the model's begin token where it has one.
    A row longer than ``cutoff``, or than the model's input, keeps a window of that length, which begins a quarter of it
    before the first answer, or later turns would push the answer out.
    """
    cutoff = min(cutoff, base.causal.positions)
    texts, owners, answers = [], [], []
    for row, turns in enumerate(conversations):
        for turn in turns:
            text, answer = str(turn.get("content") or ""), turn["role"] == "assistant"
            if text:
                texts.append(text if answer else text + JOINT)
                owners.append(row)
                answers.append(answer)
    pieces = base.causal.encode(texts) if texts else []
    ids: list[list[NDArray[np.int32]]] = [[] for _ in conversations]
    kinds: list[list[NDArray[np.uint8]]] = [[] for _ in conversations]
    size = np.zeros(len(conversations))
    for text, owner, answer, piece in zip(texts, owners, answers, pieces, strict=True):
        ids[owner].append(piece)
        kinds[owner].append(np.full(len(piece), ANSWER if answer else CONTEXT, dtype=np.uint8))
        if answer:
            size[owner] += len(text.encode(errors="replace"))
            if base.end is not None:
                ids[owner].append(np.array([base.end], dtype=np.int32))
                kinds[owner].append(np.array([END], dtype=np.uint8))
    head = np.array([] if base.causal.begin is None else [base.causal.begin], dtype=np.int32)
    kept_ids, kept_kinds = [], []
    cut = np.zeros(len(conversations), dtype=np.bool_)
    for row in range(len(conversations)):
        whole = np.concatenate([np.empty(0, np.int32), *ids[row]])
        kind = np.concatenate([np.empty(0, np.uint8), *kinds[row]])
        room = cutoff - len(head)
        if len(whole) > room:
            first = int(np.argmax(kind != CONTEXT)) if (kind != CONTEXT).any() else 0
            start = min(max(0, first - room // PART_OF_CONTEXT), len(whole) - room)
            before = int((kind == ANSWER).sum())
            whole, kind = whole[start : start + room], kind[start : start + room]
            size[row] *= int((kind == ANSWER).sum()) / before if before else 0.0
            cut[row] = True
        kept_ids.append(np.concatenate((head, whole)))
        kept_kinds.append(np.concatenate((np.full(len(head), CONTEXT, dtype=np.uint8), kind)))
    return EncodedRows(kept_ids, kept_kinds, size, cut)
