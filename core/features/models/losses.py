"""The log-probabilities that a causal model gives the tokens of every response, with and without the instruction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.features.chunks import batches, discard, staged
from core.features.models.causal import Causal, load_causal, padded
from core.features.models.estimate import pace
from core.features.models.files import ModelFiles
from core.features.models.head import head_of, log_probabilities
from core.features.taken_over import donors, rows_left
from core.progress import Progress, silent
from core.workspace.digests import digest, digest_ids

if TYPE_CHECKING:
    from core.corpus.store import Corpus

VERSION = 1
JOINT = "\n"  # between instruction and response
LOWEST = 0.2  # of Min-K %
COLUMNS = ("tokens", "mean_log_probability", "lowest_mean", "truncated")


@dataclass(frozen=True, kw_only=True)
class LossReading:
    """How the model reads rows.

    ``given`` puts the instruction before the response. If a row is longer than ``max_tokens``, the response keeps its
    first tokens, up to three quarters of ``max_tokens``, and the instruction its last tokens that still fit. A larger
    limit reads more and takes longer.
    """

    given: bool
    max_tokens: int = 1024
    precision: str = "auto"


def losses_key(corpus_id: str, files: ModelFiles, reading: LossReading) -> str:
    """The artefact's key: corpus, content of the model's files, and how rows are read."""
    model = files.digest or f"absent:{files.name}"
    return digest(
        ["losses", VERSION, corpus_id, model, reading.given, reading.max_tokens, reading.precision, JOINT, LOWEST]
    )


def load_losses(corpus: Corpus, files: ModelFiles, reading: LossReading) -> NDArray[np.float64] | None:
    """(rows, 4) the :data:`COLUMNS` of every response, or None when they are not computed yet."""
    key = losses_key(corpus.id, files, reading)
    return corpus.workspace.open("features", key).array("losses") if corpus.workspace.has("features", key) else None


def compute_losses(
    corpus: Corpus,
    files: ModelFiles,
    reading: LossReading,
    *,
    progress: Progress = silent,
    device: str = "auto",
) -> NDArray[np.float64]:
    """(rows, 4) float64 the :data:`COLUMNS` of every response; nan for a row without a response token.

    The columns are the number of tokens scored, their mean natural-log probability, the mean over the lowest
    :data:`LOWEST` of them (at least one), and whether the response was cut (1.0). Instruction and response are
    tokenised separately, so that the same response tokens are scored with and without the instruction. Where the model
    has no begin token, nothing precedes the first token of a bare response, so that token counts in neither reading.
    Rows that another corpus of the workspace has, such as an older version, keep the values that the same model gave
    them there, and where no row is left the model is not loaded. Work is staged under ``<home>/partial/<key>/`` every
    few seconds; a killed job continues there. Values agree between devices and batches to float32 rounding (1e-4), in
    bfloat16 to about one per cent.
    """
    stored = load_losses(corpus, files, reading)
    if stored is not None:
        return stored
    started = time.time()
    if reading.max_tokens < 16:
        raise InputError(f"At least 16 tokens of a row are read, not {reading.max_tokens}.")
    key = losses_key(corpus.id, files, reading)
    partial = corpus.workspace.home / "partial" / key
    given = donors(corpus, lambda corpus_id: losses_key(corpus_id, files, reading))
    fresh = rows_left(corpus, given)
    table = np.empty((len(corpus), len(COLUMNS)))
    for donor in given:
        table[donor.rows] = donor.artefact.array("losses")[donor.places]
    made: dict[str, Any] = {name: given[0].artefact.manifest[name] for name in ("dtype", "device")} if given else {}
    if len(fresh) or not given:
        causal = load_causal(files, device=device, precision=reading.precision)
        staging = partial / digest_ids(corpus.ids[fresh]) if given else partial
        table[fresh], paced = _read_rows(corpus, fresh, causal, reading, partial=staging, progress=progress)
        made = {"dtype": str(causal.dtype).removeprefix("torch."), "device": causal.device, **paced}
    manifest: dict[str, Any] = {
        "feature": "losses",
        "version": VERSION,
        "corpus": corpus.id,
        "model": files.identity,
        "given": reading.given,
        "max_tokens": reading.max_tokens,
        "rows": len(table),
        "without_response": int(np.isnan(table[:, 1]).sum()),
        "truncated": int(table[:, 3].sum()),
        "seconds": round(time.time() - started, 3),
        **made,
        **({"rows_taken_over": len(table) - len(fresh)} if given else {}),
    }
    with corpus.workspace.create("features", key, manifest) as folder:
        np.save(folder / "losses.npy", table, allow_pickle=False)
    discard(partial)
    return corpus.workspace.open("features", key).array("losses")


def _read_rows(
    corpus: Corpus,
    rows: NDArray[np.int64],
    causal: Causal,
    reading: LossReading,
    *,
    partial: Path,
    progress: Progress,
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """(rows, 4) the :data:`COLUMNS` of the responses of ``rows`` (rows,), read by the model, and at what pace."""
    texts = (corpus.text(component) for component in ("instruction", "response"))
    asked, answered = ([text[row] for row in rows.tolist()] for text in texts)
    inputs, starts, cut = inputs_of(causal, asked, answered, reading)
    lengths = np.array([len(row) - start for row, start in zip(inputs, starts, strict=True)])
    lengths = np.where(lengths > 0, [len(row) for row in inputs], 0).astype(np.int64)
    began = time.time()
    values = staged(
        partial,
        lengths,
        lambda places: score_rows(causal, [inputs[place] for place in places], starts[places]),
        passes=lambda lengths: _passes(causal, lengths),
        width=3,
        progress=progress,
        note="tokens read",
    )
    paced = pace(causal, tokens=int(lengths.sum()), scored=int(np.nansum(values[:, 0])), seconds=time.time() - began)
    return np.concatenate((values, cut[:, None].astype(np.float64)), axis=1), paced


def inputs_of(
    causal: Causal, asked: Sequence[str], answered: Sequence[str], reading: LossReading
) -> tuple[list[NDArray[np.int32]], NDArray[np.int64], NDArray[np.bool_]]:
    """Ids of every row, the place of its first scored token, and whether its response was cut."""
    limit = min(reading.max_tokens, causal.positions)
    head = np.array([] if causal.begin is None else [causal.begin], dtype=np.int32)
    most = max(2, 3 * (limit - len(head)) // 4)  # response tokens, the same in both readings
    responses = causal.encode(answered)
    if reading.given:
        prompts = causal.encode([text + JOINT if text else "" for text in asked])
    else:
        prompts = [np.empty(0, dtype=np.int32)] * len(responses)
    skipped = int(causal.begin is None)  # without a begin token nothing precedes the first token of a bare response
    rows, starts, cut = [], np.empty(len(responses), dtype=np.int64), np.empty(len(responses), dtype=np.bool_)
    for place, (prompt, response) in enumerate(zip(prompts, responses, strict=True)):
        kept = response[:most]
        room = limit - len(head) - len(kept)
        before = prompt[max(0, len(prompt) - room) :]
        rows.append(np.concatenate((head, before, kept)))
        starts[place] = len(head) + len(before) + skipped
        cut[place] = len(response) > most
    return rows, starts, cut


def score_rows(causal: Causal, inputs: Sequence[NDArray[np.int32]], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(rows, 3) the number of tokens scored in each input, their mean log-probability, and that of the lowest share.

    ``starts`` (rows,) is the index of the first token that is scored. Inputs must come longest first.
    """
    import torch

    lengths = np.array([len(row) for row in inputs], dtype=np.int64)
    scores = np.full((len(inputs), 3), np.nan)
    with torch.inference_mode():
        for rows in _passes(causal, lengths):
            for row, scored in zip(rows, _scored(causal, rows, inputs, lengths, starts), strict=True):
                if not len(scored):
                    continue
                if not np.isfinite(scored).all():
                    raise InputError(
                        f"{causal.files.name} gave probabilities that are not numbers.",
                        remedy="Choose float32 precision, or another model.",
                    )
                lowest = np.sort(scored)[: max(1, int(len(scored) * LOWEST))]
                scores[row] = len(scored), scored.mean(), lowest.mean()
    return scores


def scored_mask(width: int, lengths: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(batch, width − 1) where the next token is scored: tokens ``starts`` to ``lengths`` (batch,) of each input."""
    places = np.arange(1, width)
    return (places >= starts[:, None]) & (places < lengths[:, None])


def _scored(
    causal: Causal,
    rows: NDArray[np.int64],
    inputs: Sequence[NDArray[np.int32]],
    lengths: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> list[NDArray[np.float64]]:
    """The log-probabilities of the scored tokens of each of ``rows``."""
    import torch

    tokens, seen = padded([inputs[row] for row in rows], device=causal.device)
    scored = scored_mask(tokens.shape[1], lengths[rows], starts[rows])
    where = torch.from_numpy(scored).to(causal.device)
    wanted = tokens[:, 1:][where]  # (scored tokens,) row by row
    head = head_of(causal)
    if head is not None:
        states = causal.model.base_model(input_ids=tokens, attention_mask=seen, use_cache=False).last_hidden_state
        told = log_probabilities(causal, head, states[:, :-1][where], wanted)
    else:  # the model makes its logits in a way of its own, all of them
        logits = causal.model(input_ids=tokens, attention_mask=seen, use_cache=False).logits[:, :-1][where]
        told = log_probabilities(causal, lambda part: part, logits, wanted)
    return np.split(told.numpy(), np.cumsum(scored.sum(axis=1))[:-1])


def _passes(causal: Causal, lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    # What a token takes in the blocks of the model; the head is applied a block at a time. A model without such a head
    # has the logits of all tokens at once.
    width = causal.vocabulary if head_of(causal) is None else 16 * causal.width
    return batches(lengths, width=width, device=causal.device, weights=causal.weights)
