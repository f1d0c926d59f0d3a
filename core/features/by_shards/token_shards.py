"""Tokenises and counts one shard, as one process tokenises and counts a block."""

from __future__ import annotations

import numpy as np
import orjson

from core.errors import InputError
from core.features import tokenizers
from core.features.counting import count_rows
from core.features.tokenizers.words import Words
from core.features.tokens import BLOCK_ROWS
from core.shards.work import ShardWork


def count_shard(work: ShardWork) -> None:
    """Token ids and counts of a shard's rows; settings: component, tokenizer (its name), identity (its content's).

    Writes indptr (rows + 1,), ids (tokens,), counts_indptr, counts_types and counts_data (CSR), and the shard's sums
    frequency and document_frequency (types,). Types of "words" are numbered by the shard's own vocabulary.json, in
    code-point order, as those of a corpus are. Raises :class:`InputError` where this machine has another tokenizer.
    """
    tokenizer = tokenizers.load(str(work.settings["tokenizer"]))
    if dict(tokenizer.identity) != work.settings["identity"]:
        raise InputError(
            f"The tokenizer {tokenizer.name} of this worker is another one.", remedy="Install the same everywhere."
        )
    texts = work.shard.texts(str(work.settings["component"]))
    work.progress(0, len(texts))
    if isinstance(tokenizer, Words):
        indptr, ids, vocabulary = tokenizer.learn(texts)
        size = len(vocabulary)
        (work.folder / "vocabulary.json").write_bytes(orjson.dumps(vocabulary))
    else:
        lengths, parts = [np.zeros(1, dtype=np.int64)], []
        for start in range(0, len(texts), BLOCK_ROWS):
            own, own_ids = tokenizer.encode_many(texts[start : start + BLOCK_ROWS])
            lengths.append(np.diff(own))
            parts.append(own_ids)
            work.progress(start, len(texts))
        indptr = np.cumsum(np.concatenate(lengths)).astype(np.int64)
        ids = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
        size = tokenizer.vocabulary_size
    counts_indptr, types, counts = count_rows(indptr=indptr, ids=ids, vocabulary_size=size)
    for name, values in (
        ("indptr", indptr), ("ids", ids), ("counts_indptr", counts_indptr), ("counts_types", types),
        ("counts_data", counts), ("frequency", np.bincount(ids, minlength=size)),
        ("document_frequency", np.bincount(types, minlength=size)),
    ):  # fmt: skip
        work.save(name, values)
