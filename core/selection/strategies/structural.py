"""Structural coverage: a row's types are its n-grams of tokens or of parts of speech, neither rare nor ubiquitous."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.parts_of_speech import CHARACTERS, lexicon_tagger, readable
from core.progress import Progress
from core.selection.incidence import Incidence, from_entries
from core.selection.priorities import scramble
from core.selection.prune import Pruning, rarest_first
from core.selection.strategy import NEVER, Preparation, Strategy
from core.selection.typed_plan import TypedPlan

BUCKET_BITS = 22
TOKENS, TEMPLATES = "token n-grams", "part-of-speech templates"


def prepare(preparation: Preparation) -> TypedPlan:
    parameters = preparation.parameters
    shortest, longest = parameters["shortest"], parameters["longest"]
    low, high = parameters["low"], parameters["high"]
    if shortest > longest or low > high:
        raise InputError("The shortest n-gram is longer than the longest, or the window of rows is empty.")
    unread = 0
    if parameters["types"] == TEMPLATES:
        indptr, ids, names, unread = parts_of_speech(preparation.view.text, preparation.progress)
        hashed = [int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") for name in names]
        word = np.array(hashed, dtype=np.uint64)
    else:
        tokens = preparation.view.tokens
        indptr, ids = tokens.indptr, tokens.ids
        word = scramble(np.arange(tokens.vocabulary_size, dtype=np.uint64) + np.uint64(1))
    preparation.progress(0, longest - shortest + 1, "n-gram lengths")
    parts = []
    for length in range(shortest, longest + 1):
        parts.append(ngrams(indptr, ids, word, length=length, low=low, high=high))
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
        outside={
            "in a script that the tagger cannot read": unread,
            "without a recurring n-gram": untyped(incidence) - unread,
        },
        reach="n-grams",
    )


def untyped(incidence: Incidence) -> int:
    return int(np.count_nonzero(incidence.per_row == 0))


def parts_of_speech(
    texts: Sequence[str], progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str], int]:
    """(rows + 1,) where each row's tags begin, (tags,) the tags as numbers, their names, the number of unread texts.

    Reads the first 5,000 characters of a text. A text in a script other than Latin is not read and has no tag. About 2
    million characters a second.
    """
    try:
        _, tags_of = lexicon_tagger()
    except ImportError as error:
        raise InputError(
            "Part-of-speech templates need TextBlob, which is not installed.",
            remedy="Install the packages of requirements.txt, or take token n-grams.",
        ) from error
    number: dict[str, int] = {}
    ids: list[int] = []
    ends = [0]
    unread = 0
    for row, text in enumerate(texts):
        start = text[:CHARACTERS]
        if readable(start):
            ids.extend(number.setdefault(tag, len(number)) for tag in tags_of(start))
        else:
            unread += 1
        ends.append(len(ids))
        if row % 200 == 0:
            progress(row, len(texts), "rows tagged")
    return np.array(ends, dtype=np.int64), np.array(ids, dtype=np.int32), list(number), unread


def ngrams(
    indptr: NDArray[np.int64], ids: NDArray[np.int32], word: NDArray[np.uint64], *, length: int, low: int, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(entries,) rows and keys of the n-grams of ``length`` tokens that occur in ``low`` to ``high`` rows.

    ``indptr`` (rows + 1,) and ``ids`` (tokens,) are the rows' tokens in reading order, ``word`` (vocabulary,) is a hash
    of each token that is the same in every pool. A key is a 63-bit hash of the n-gram's tokens, so it is the same in
    every pool too; the probability that two n-grams share a key is about types² / 2^64. Each n-gram counts once a row.
    """
    starts = max(len(ids) - length + 1, 0)
    row = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
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
    summary="Cover many sentence patterns: runs of tokens or of parts of speech that recur from row to row.",
    formula=(
        "Types are the n-grams (3 to 4 by default) that occur in low to high rows of the pool: the templates that rows "
        "share. They are n-grams of tokens, or of part-of-speech tags: TextBlob's English tagger on the first 5,000 "
        "characters of a row, rows whose letters are mostly not Latin being left outside. Pruned and sampled as in "
        "micro, so that each new row brings templates not yet seen."
    ),
    source=(
        "After structurally diverse sampling, which covers templates of parse trees; n-grams of tokens or of "
        "part-of-speech tags stand in for them here: a reconstruction that needs no parser."
    ),
    prepare=prepare,
    needs=lambda parameters: ("text",) if parameters["types"] == TEMPLATES else ("tokens",),
    parameters=(
        Parameter(name="types", title="Types", kind="choice", default=TOKENS, choices=(TOKENS, TEMPLATES),
                  help="Templates show how a row is built, whatever its words. They work for English only; those of "
                  "5 to 7 tags are informative."),
        Parameter(name="shortest", title="Shortest n-gram", kind="int", default=3, minimum=1, maximum=8,
                  help="Longer n-grams are rarer and closer to fixed phrases."),
        Parameter(name="longest", title="Longest n-gram", kind="int", default=4, minimum=1, maximum=8,
                  help="Each further length adds about as many types again."),
        Parameter(name="low", title="In at least this many rows", kind="int", default=10, minimum=2,
                  help="A higher value leaves only phrases that many rows share."),
        Parameter(name="high", title="In at most this many rows", kind="int", default=500, minimum=2,
                  help="A higher value admits boilerplate."),
    ),
    cost="O(tokens log tokens), and about a second for 2 million characters tagged",
    job_from=lambda parameters: 10_000 if parameters["types"] == TEMPLATES else NEVER,
    version=2,
    changed="Version 1 could take the ends of the corpus's mid band, occurrences of tokens, for its numbers of rows.",
)  # fmt: skip
