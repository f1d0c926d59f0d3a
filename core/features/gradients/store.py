"""Computes a model's vectors of all rows, and stores them as the embeddings of a component under their own name."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features.chunks import batches, discard, staged
from core.features.embedding import VERSION as EMBEDDINGS_VERSION
from core.features.embedding import embeddings_key
from core.features.gradients.row_gradients import RowGradients
from core.features.gradients.settings import VERSION, VectorSettings, vectors_name
from core.features.gradients.weighted_states import weighted_states
from core.features.models.causal import Causal, fitting, load_causal
from core.features.models.estimate import pace
from core.features.models.files import ModelFiles
from core.features.models.losses import LossReading, inputs_of
from core.features.taken_over import donors, rows_left
from core.progress import Progress, silent
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
    component than the response, and where a model has no layers to take them of.
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
    causal = load_causal(files, device=device, precision=settings.precision)
    progress(0, 0, "loading the model")
    width = settings.dimensions + 1 if settings.of_gradients else causal.width
    partial = text.workspace.home / "partial" / key
    began = time.time()
    read = _gradients if settings.of_gradients else _states
    values, tokens, scored = read(
        causal, text, fresh, settings, partial / digest_ids(text.corpus.ids[fresh]), width, progress
    )
    seconds = time.time() - began
    dimensions = settings.dimensions if settings.of_gradients else causal.width
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
        "rows": len(vectors),
        "dimensions": dimensions,
        "rows_without": int((~vectors.any(axis=1)).sum()),
        "distinct_texts": len(np.unique(vectors.view(np.dtype((np.void, vectors.itemsize * dimensions))))),
        "dtype": str(causal.dtype).removeprefix("torch."),
        "device": causal.device,
        "seconds": round(time.time() - started, 3),
        **pace(causal, tokens=tokens, scored=scored, seconds=seconds, backward=BACKWARD * settings.of_gradients),
        **({"rows_taken_over": len(text) - len(fresh)} if given else {}),
    }
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "embeddings.npy", vectors, allow_pickle=False)
        if settings.of_gradients:
            np.save(folder / "norms.npy", norms, allow_pickle=False)
    discard(partial)
    return text.workspace.open("features", key)


def _gradients(
    causal: Causal,
    text: CorpusText,
    fresh: NDArray[np.int64],
    settings: VectorSettings,
    partial: Any,
    width: int,
    progress: Progress,
) -> tuple[NDArray[np.floating], int, int]:
    """(fresh rows, dimensions + 1) gradients and their lengths, the tokens read and those scored."""
    asked, answered = text.corpus.text("instruction"), text.corpus.text(GRADIENT_COMPONENT)
    inputs, starts, _ = inputs_of(
        causal,
        [asked[row] for row in fresh.tolist()],
        [answered[row] for row in fresh.tolist()],
        LossReading(given=True, max_tokens=settings.max_tokens),
    )
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
        width=width,
        dtype=np.float32,
        progress=progress,
        note="tokens read for gradients",
    )
    scored = int(np.maximum(lengths - starts, 0)[lengths > 0].sum())
    return values, int(lengths.sum()), scored


def _states(
    causal: Causal,
    text: CorpusText,
    fresh: NDArray[np.int64],
    settings: VectorSettings,
    partial: Any,
    width: int,
    progress: Progress,
) -> tuple[NDArray[np.floating], int, int]:
    """(fresh rows, d) weighted states, the tokens read, and 0 scored."""
    texts = text.texts
    indptr, ids = causal.tokenizer.encode_many([texts[row] for row in fresh.tolist()])
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
        width=width,
        dtype=np.float32,
        progress=progress,
        note="tokens read for hidden states",
    )
    return values, int(lengths.sum()), 0
