"""Structural coverage: a row's types are its token n-grams that are neither rare nor everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.selection.incidence import Incidence, from_entries
from core.selection.priorities import scramble
from core.selection.prune import Pruning, rarest_first
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.view import TokenRows

BUCKET_BITS = 22


def prepare(preparation: Preparation) -> TypedPlan:
    parameters = preparation.parameters
    shortest, longest = parameters["shortest"], parameters["longest"]
    low, high = parameters["low"], parameters["high"]
    if shortest > longest or low > high:
        raise InputError("The shortest n-gram is longer than the longest, or the window of rows is empty.")
    preparation.progress(0, longest - shortest + 1, "n-gram lengths")
    parts = []
    for length in range(shortest, longest + 1):
        parts.append(ngrams(preparation.view.tokens, length=length, low=low, high=high))
        preparation.progress(length - shortest + 1, longest - shortest + 1, "n-gram lengths")
    incidence = from_entries(
        rows=np.concatenate([rows for rows, _ in parts]),
        keys=np.concatenate([keys for _, keys in parts]),
        shape=len(preparation.view),
    )
    if not len(incidence.keys):
        raise InputError(
            f"No {shortest}- to {longest}-gram occurs in {low:,} to {high:,} rows of this pool.",
            remedy="Lower the smaller number of rows.",
        )
    return TypedPlan(
        incidence=incidence,
        pruning=Pruning.of(incidence, rarest_first(incidence)),
        ids=preparation.view.ids,
        outside={"without a recurring n-gram": untyped(incidence)},
        reach="n-grams",
    )


def untyped(incidence: Incidence) -> int:
    return int(np.count_nonzero(incidence.per_row == 0))


def ngrams(tokens: TokenRows, *, length: int, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(entries,) rows and keys of the n-grams of ``length`` tokens that occur in ``low`` to ``high`` rows.

    A key is a 63-bit hash of the tokens, so it is the same in every pool; two n-grams share one with
    probability about types squared over 2^64. Each n-gram counts once a row.
    """
    ids = tokens.ids
    word = scramble(np.arange(tokens.vocabulary_size, dtype=np.uint64) + np.uint64(1))
    starts = max(len(ids) - length + 1, 0)
    row = np.repeat(np.arange(len(tokens.indptr) - 1, dtype=np.int64), tokens.lengths)
    whole = row[:starts] == row[len(ids) - starts :]  # the first and last token lie in one row
    key = scramble(np.full(int(whole.sum()), length, dtype=np.uint64))
    for place in range(length):
        key = scramble(key + word[ids[place : place + starts][whole]])
    row = row[:starts][whole]
    key >>= np.uint64(1)
    # Most n-grams occur once: those in a bucket with fewer than ``low`` occurrences need no sorting.
    bucket = (key >> np.uint64(63 - BUCKET_BITS)).astype(np.int64)
    often = np.bincount(bucket, minlength=1 << BUCKET_BITS)[bucket] >= low
    row, key = row[often], key[often]
    order = np.lexsort((row, key))
    row, key = row[order], key[order].astype(np.int64)
    first = np.ones(len(key), dtype=np.bool_)
    first[1:] = (key[1:] != key[:-1]) | (row[1:] != row[:-1])
    row, key = row[first], key[first]
    _, group, frequency = np.unique(key, return_inverse=True, return_counts=True)
    keep = (frequency[group] >= low) & (frequency[group] <= high)
    return row[keep], key[keep]


STRATEGY = Strategy(
    name="structural",
    title="Structural coverage",
    level="micro",
    kind="typed",
    summary="Cover many recurring phrases: token n-grams in a window of rows.",
    formula=(
        "Types are the token n-grams (3 to 4 tokens) that occur in low to high rows of the pool: the templates that "
        "rows share. Pruned and sampled as in micro, so that each new row brings templates not yet seen."
    ),
    source=(
        "After structurally diverse sampling, which covers templates of parse trees; n-grams of tokens stand in for "
        "them here: a reconstruction that needs no parser."
    ),
    prepare=prepare,
    needs=lambda parameters: ("tokens",),
    parameters=(
        Parameter(name="shortest", title="Shortest n-gram", kind="int", default=3, minimum=1, maximum=8,
                  help="Longer n-grams are rarer and closer to fixed phrases."),
        Parameter(name="longest", title="Longest n-gram", kind="int", default=4, minimum=1, maximum=8,
                  help="Each further length adds as many types again."),
        Parameter(name="low", title="In at least this many rows", kind="int", default=10, minimum=2,
                  help="Raising it leaves only phrases that many rows share."),
        Parameter(name="high", title="In at most this many rows", kind="int", default=500, minimum=2,
                  help="Raising it lets boilerplate in."),
    ),
    cost="O(tokens log tokens)",
)  # fmt: skip
