"""The probabilities that a local causal model gives the ratings of every row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.errors import InputError
from core.features.chunks import batches, discard, staged
from core.features.models.causal import Causal, load_causal
from core.features.models.files import ModelFiles
from core.features.self_rating.words import RATINGS, VERSION, checked_questions, question_of
from core.progress import Progress, silent
from core.workspace.digests import digest

WIDTH = len(RATINGS) + 1  # the ratings' probabilities, and what share of all tokens they are


def ratings_key(corpus_id: str, files: ModelFiles, *, questions: int, max_tokens: int, precision: str) -> str:
    """The artefact's key: corpus, content of the model's files, and what it is asked."""
    return digest(["self-ratings", VERSION, corpus_id, files.digest or f"absent:{files.name}", questions, max_tokens,
                   precision])  # fmt: skip


def rate_rows(
    corpus: Corpus,
    files: ModelFiles,
    *,
    questions: int = 5,
    max_tokens: int = 1024,
    precision: str = "auto",
    progress: Progress = silent,
    device: str = "auto",
) -> NDArray[np.float64]:
    """(rows, questions, 6) float64: the probabilities of the ratings 1 to 5, summing to 1; their share of all tokens.

    A question that is longer than ``max_tokens`` loses the end of the response, then the end of the instruction. Only
    the last place of a question goes through the model's head. Work is staged under ``<home>/partial/<key>/``; a killed
    job goes on there. Values agree between batches to float32 rounding. Raises :class:`InputError` when the model
    writes a rating in more than one token.
    """
    key = ratings_key(corpus.id, files, questions=questions, max_tokens=max_tokens, precision=precision)
    shape = (len(corpus), checked_questions(questions), WIDTH)
    if corpus.workspace.has("features", key):
        return np.asarray(corpus.workspace.open("features", key).array("ratings")).reshape(shape)
    if max_tokens < 128:
        raise InputError(f"At least 128 tokens of a question are read, not {max_tokens}.")
    started = time.time()
    causal = load_causal(files, device=device, precision=precision)
    written = rating_tokens(causal)
    asked, answered = corpus.text("instruction"), corpus.text("response")
    limit = min(max_tokens, causal.positions)
    inputs = [_encoded(causal, number, asked, answered, limit) for number in range(questions)]
    lengths = np.array([[len(row) for row in rows] for rows in inputs], dtype=np.int64).max(axis=0)
    partial = corpus.workspace.home / "partial" / key

    def compute(rows: NDArray[np.int64]) -> NDArray[np.floating]:
        parts = [rate_inputs(causal, [of_question[row] for row in rows], written) for of_question in inputs]
        return np.concatenate(parts, axis=1)

    values = staged(
        partial,
        lengths,
        compute,
        passes=lambda lengths: batches(lengths, width=_width(causal), device=causal.device, weights=causal.weights),
        width=questions * WIDTH,
        progress=progress,
        note="tokens of rows rated",
    )
    manifest: dict[str, Any] = {
        "feature": "self-ratings",
        "version": VERSION,
        "corpus": corpus.id,
        "model": files.identity,
        "questions": questions,
        "max_tokens": max_tokens,
        "rows": len(values),
        "dtype": str(causal.dtype).removeprefix("torch."),
        "device": causal.device,
        "seconds": round(time.time() - started, 3),
    }
    with corpus.workspace.create("features", key, manifest) as folder:
        np.save(folder / "ratings.npy", values, allow_pickle=False)
    discard(partial)
    return np.asarray(values, dtype=np.float64).reshape(shape)


def rating_tokens(causal: Causal) -> list[NDArray[np.int64]]:
    """The ids by which the model writes each rating as its next token, with and without a space before it.

    Raises :class:`InputError` when a rating has none, or two ratings share one.
    """
    found: list[NDArray[np.int64]] = []
    for rating in RATINGS:
        ids: set[int] = set()
        for row in causal.encode([str(rating), f" {rating}"]):
            # A sentencepiece tokenizer may put a token of space alone before the digit.
            if len(row) and causal.tokenizer.pieces(row[-1:])[0].strip() == str(rating):
                ids.add(int(row[-1]))
        found.append(np.array(sorted(ids), dtype=np.int64))
    if any(not len(ids) for ids in found) or len(set(np.concatenate(found).tolist())) < sum(map(len, found)):
        raise InputError(
            f"{causal.files.name} does not write the ratings 1 to 5 as a token each.", remedy="Choose another model."
        )
    return found


def rate_inputs(
    causal: Causal, inputs: Sequence[NDArray[np.int32]], written: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """(inputs, 6) the probability of each rating after each input, summing to 1, and their share of all tokens."""
    import torch

    width = max(map(len, inputs))
    ids = np.zeros((len(inputs), width), dtype=np.int64)  # (batch, width), padded on the left
    mask = np.zeros((len(inputs), width), dtype=np.int64)
    for line, row in enumerate(inputs):
        ids[line, width - len(row) :] = row
        mask[line, width - len(row) :] = 1
    places = np.maximum(mask.cumsum(axis=1) - 1, 0)
    with torch.inference_mode():
        logits = (
            causal.model(
                input_ids=torch.from_numpy(ids).to(causal.device),
                attention_mask=torch.from_numpy(mask).to(causal.device),
                position_ids=torch.from_numpy(places).to(causal.device),
                use_cache=False,
                logits_to_keep=1,
            )
            .logits[:, -1]
            .float()
        )  # (batch, vocabulary)
        logs = torch.log_softmax(logits, dim=1).double().cpu().numpy()
    if np.isnan(logs).any():
        raise InputError(
            f"{causal.files.name} gave probabilities that are not numbers.",
            remedy="Choose float32 precision, or another model.",
        )
    own = np.stack([np.logaddexp.reduce(logs[:, ids], axis=1) for ids in written], axis=1)  # (batch, 5)
    whole = np.logaddexp.reduce(own, axis=1, keepdims=True)
    return np.concatenate((np.exp(own - whole), np.exp(whole)), axis=1)


def _encoded(
    causal: Causal, number: int, asked: Sequence[str], answered: Sequence[str], limit: int
) -> list[NDArray[np.int32]]:
    questions = [question_of(number, *row) for row in zip(asked, answered, strict=True)]
    begin = np.array([] if causal.begin is None else [causal.begin], dtype=np.int32)
    heads = causal.encode([question.head for question in questions])
    responses = causal.encode([question.response for question in questions])
    (tail,) = causal.encode([questions[0].tail]) if questions else (begin,)
    room = limit - len(begin) - len(tail)
    rows = []
    for head, response in zip(heads, responses, strict=True):
        kept = head[: max(room - min(len(response), room // 2), 1)]
        rows.append(np.concatenate((begin, kept, response[: room - len(kept)], tail)))
    return rows


def _width(causal: Causal) -> int:
    """Floats that a token takes in a pass: its layers' states, for only one place a row goes through the head."""
    return max(4_096, causal.vocabulary // 64)
