"""Computes a model's vectors of all rows, and stores them as the embeddings of a component under their own name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features.chunks import batches, discard, staged
from core.features.embedding import VERSION as EMBEDDINGS_VERSION
from core.features.embedding import embeddings_key
from core.features.gradients.of_examples import EXAMPLES
from core.features.gradients.row_gradients import RowGradients
from core.features.gradients.settings import VERSION, VectorSettings, vectors_name
from core.features.gradients.weighted_states import weighted_states
from core.features.models.causal import Causal, fitting, load_causal
from core.features.models.estimate import pace
from core.features.models.files import ModelFiles
from core.features.models.losses import LossReading, inputs_of
from core.features.taken_over import donors, rows_left
from core.progress import Progress, silent
from core.shards import registry
from core.shards.engine import engine
from core.shards.run import run_shards
from core.shards.shard import shards_of_rows
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest_ids

GRADIENT_COMPONENT = "response"  # whose loss is differentiated; the instruction is read before it
BACKWARD = 1.0  # operations of a backward pass by those of a forward one: no weight's own gradient is summed


def stored_vectors(text: CorpusText, name: str) -> Artefact | None:
    """The artefact of the vectors called ``name``, or None where they are not computed yet.

    It holds ``embeddings`` (rows, d) float16 at length 1, all zero for a row without a token to score or read, and for
    gradients ``norms`` (rows,) float32, the lengths of the whole gradients.
    """
    key = embeddings_key(text.corpus_id, text.component, name)
    return text.workspace.open("features", key) if text.workspace.has("features", key) else None


def compute_vectors(
    text: CorpusText,
    files: ModelFiles,
    settings: VectorSettings,
    *,
    progress: Progress = silent,
    device: str = "auto",
) -> Artefact:
    """The vectors of ``files`` with ``settings`` of every row, from the workspace or computed now.

    Gradients belong to the response, whose loss given the instruction they are of; states are of the component's text.
    Work is staged under ``<home>/partial/<key>/`` every few seconds, and a killed job continues there; rows that
    another corpus of the workspace has vectors for keep them. Values agree between devices and batches to half
    precision's rounding (1e-3), in bfloat16 to about one per cent. Raises :class:`InputError` for gradients of another
    component than the response, where a model has no layers to take them of, and where Adam's moments are asked for and
    not there.
    """
    if settings.of_gradients and text.component != GRADIENT_COMPONENT:
        raise InputError(
            f"Gradients are of the loss of a row's response given its instruction, not of its {text.component}.",
            remedy=f"Choose the component {GRADIENT_COMPONENT}.",
        )
    name = vectors_name(files, settings)
    stored = stored_vectors(text, name)
    if stored is not None:
        return stored
    started = time.time()
    key = embeddings_key(text.corpus_id, text.component, name)
    given = donors(text.corpus, lambda corpus_id: embeddings_key(corpus_id, text.component, name))
    fresh = rows_left(text.corpus, given)
    partial = text.workspace.home / "partial" / key
    progress(0, 0, "loading the model")
    if len(fresh) and engine().takes(len(fresh)):
        values, facts = _read_by_shards(text, files, settings, fresh, device=device, home=partial, progress=progress)
    else:
        causal = load_causal(files, device=device, precision=settings.precision)
        asked, answered = (_of_rows(text.corpus.text(name), fresh) for name in ("instruction", text.component))
        values, facts = read_texts(
            causal, asked, answered, settings, partial / digest_ids(text.corpus.ids[fresh]), progress
        )
    dimensions = values.shape[1] - settings.of_gradients
    vectors = np.zeros((len(text), dimensions), dtype=np.float16)
    norms = np.full(len(text), np.nan, dtype=np.float32)
    vectors[fresh] = np.nan_to_num(values[:, :dimensions])
    if settings.of_gradients:
        norms[fresh] = values[:, -1]
    for donor in given:
        vectors[donor.rows] = donor.artefact.array("embeddings")[donor.places]
        if settings.of_gradients:
            norms[donor.rows] = donor.artefact.array("norms")[donor.places]
    manifest: dict[str, Any] = {
        "feature": "embeddings",
        "version": EMBEDDINGS_VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "embedder": {"name": name, "digest": name, "max_tokens": settings.max_tokens, "dtype": "float16"},
        "model_vectors": {"version": VERSION, "model": files.identity, "settings": settings.as_dict()},
        **({EXAMPLES: vectors_name(files, settings.of_examples)} if settings.adam else {}),
        "rows": len(vectors),
        "dimensions": dimensions,
        "rows_without": int((~vectors.any(axis=1)).sum()),
        "distinct_texts": len(np.unique(vectors.view(np.dtype((np.void, vectors.itemsize * dimensions))))),
        **facts,
        "seconds": round(time.time() - started, 3),
        **({"rows_taken_over": len(text) - len(fresh)} if given else {}),
    }
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "embeddings.npy", vectors, allow_pickle=False)
        if settings.of_gradients:
            np.save(folder / "norms.npy", norms, allow_pickle=False)
    discard(partial)
    return text.workspace.open("features", key)


def read_texts(
    causal: Causal,
    asked: Sequence[str],
    answered: Sequence[str],
    settings: VectorSettings,
    partial: Path,
    progress: Progress,
) -> tuple[NDArray[np.floating], dict[str, Any]]:
    """The values of rows, and what a manifest says of how they were read.

    (rows, dimensions + 1) gradients of the answers' loss given what was ``asked``, their lengths last, or (rows, d)
    weighted states of ``answered``. Work is kept in ``partial`` and taken from there.
    """
    began = time.time()
    if settings.of_gradients:
        values, tokens, scored = _gradients(causal, asked, answered, settings, partial, progress)
    else:
        values, tokens, scored = _states(causal, answered, settings, partial, progress)
    told = pace(
        causal, tokens=tokens, scored=scored, seconds=time.time() - began, backward=BACKWARD * settings.of_gradients
    )
    return values, {"dtype": str(causal.dtype).removeprefix("torch."), "device": causal.device, **told}


def _read_by_shards(
    text: CorpusText,
    files: ModelFiles,
    settings: VectorSettings,
    rows: NDArray[np.int64],
    *,
    device: str,
    home: Path,
    progress: Progress,
) -> tuple[NDArray[np.floating], dict[str, Any]]:
    """As :func:`read_texts` of ``rows``, by shards; speeds are summed over those that read at once."""
    chosen, device = engine(), devices.pick(device)
    folders = run_shards(
        registry.MODEL_VECTORS,
        shards_of_rows(text.corpus, rows, home=home, most_rows=chosen.most_rows, count=chosen.shards),
        {
            "component": text.component, "model": files.name, "digest": files.digest, "device": device,
            "vectors": vectors_name(files, settings), **settings.as_dict(),
        },
        home=home,
        engine=chosen,
        progress=progress,
        note="rows read by the model",
        on_device=device != "cpu",
    )  # fmt: skip
    told = [orjson.loads((folder / "facts.json").read_bytes()) for folder in folders]
    sums = {name: sum(facts[name] for facts in told) for name in ("tokens", "scored_tokens")}
    parts = [np.load(folder / "values.npy", mmap_mode="r", allow_pickle=False) for folder in folders]
    return np.concatenate(parts), {**told[0], **sums, "shards": len(folders), "engine": str(chosen)}


def _of_rows(texts: Sequence[str], rows: NDArray[np.int64]) -> list[str]:
    return [texts[row] for row in rows.tolist()]


def _gradients(
    causal: Causal,
    asked: Sequence[str],
    answered: Sequence[str],
    settings: VectorSettings,
    partial: Path,
    progress: Progress,
) -> tuple[NDArray[np.floating], int, int]:
    """(rows, dimensions + 1) gradients and their lengths, the tokens read and those scored."""
    inputs, starts, _ = inputs_of(causal, asked, answered, LossReading(given=True, max_tokens=settings.max_tokens))
    own = RowGradients(causal, settings)
    lengths = np.array([len(row) if len(row) > start else 0 for row, start in zip(inputs, starts, strict=True)])
    lengths = lengths.astype(np.int64)

    def passes(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        return batches(lengths, width=own.numbers_a_token, device=causal.device, weights=2 * causal.weights)

    values = staged(
        partial,
        lengths,
        lambda rows: own.of([inputs[row] for row in rows], starts[rows]),
        passes=passes,
        width=settings.dimensions + 1,
        dtype=np.float32,
        progress=progress,
        note="tokens read for gradients",
    )
    scored = int(np.maximum(lengths - starts, 0)[lengths > 0].sum())
    return values, int(lengths.sum()), scored


def _states(
    causal: Causal, texts: Sequence[str], settings: VectorSettings, partial: Path, progress: Progress
) -> tuple[NDArray[np.floating], int, int]:
    """(rows, d) weighted states, the tokens read, and 0 scored."""
    indptr, ids = causal.tokenizer.encode_many(texts)
    fitting(ids, causal.vocabulary, causal.files)
    limit = min(settings.max_tokens, causal.positions - 1)
    lengths = np.minimum(np.diff(indptr), limit).astype(np.int64)

    def passes(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        return batches(lengths + 1, width=16 * causal.width, device=causal.device, weights=causal.weights)

    values = staged(
        partial,
        lengths,
        lambda rows: weighted_states(causal, [ids[indptr[row] : indptr[row] + lengths[row]] for row in rows]),
        passes=passes,
        width=causal.width,
        dtype=np.float32,
        progress=progress,
        note="tokens read for hidden states",
    )
    return values, int(lengths.sum()), 0
