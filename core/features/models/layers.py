"""One vector for each row from the bottom of a causal model: its embedding layer, or its first few layers."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.errors import InputError, reason_of
from core.features.chunks import batches, discard, staged
from core.features.models.causal import Causal, cut, fitting, load_causal, padded
from core.features.models.files import ModelFiles
from core.features.tokenizers.hub import HubTokenizer
from core.progress import Progress, silent
from core.workspace.digests import digest

VERSION = 1
MAX_TOKENS = 512
BLOCK = 512  # rows whose embeddings are averaged at once


def layer_vectors_key(
    corpus_id: str, component: str, files: ModelFiles, *, layers: int = 0, max_tokens: int = MAX_TOKENS
) -> str:
    """The artefact's key: corpus, component, content of the model's files, layers kept and tokens read."""
    model = files.digest or f"absent:{files.name}"
    return digest(["layer vectors", VERSION, corpus_id, component, model, layers, max_tokens])


def load_layer_vectors(
    text: CorpusText,
    files: ModelFiles,
    *,
    layers: int = 0,
    max_tokens: int = MAX_TOKENS,
) -> NDArray[np.float32] | None:
    """(rows, d) float32, memory-mapped, or None when they are not computed yet."""
    key = layer_vectors_key(text.corpus_id, text.component, files, layers=layers, max_tokens=max_tokens)
    return text.workspace.open("features", key).array("vectors") if text.workspace.has("features", key) else None


def compute_layer_vectors(
    text: CorpusText,
    files: ModelFiles,
    *,
    layers: int = 0,
    max_tokens: int = MAX_TOKENS,
    progress: Progress = silent,
    device: str = "auto",
) -> NDArray[np.float32]:
    """(rows, d) float32 the mean output of the model's bottom layers over a row's first ``max_tokens`` tokens.

    ``layers`` 0 takes the input embeddings: no forward pass, and only that matrix is read. ``layers`` L > 0 keeps the
    first L layers of the frozen model, and takes the last one's output after the model's final norm. The mean is over
    the row's own tokens, never over padding (the published code averages padding in). Not of unit length; a row
    without a token is all zero. Source: DaaR (arXiv 2502.04380), the diversity metrics and the probe.
    """
    stored = load_layer_vectors(text, files, layers=layers, max_tokens=max_tokens)
    if stored is not None:
        return stored
    if files.folder is None:
        raise InputError(f"The files of {files.name} are not on this machine.")
    started = time.time()
    key = layer_vectors_key(text.corpus_id, text.component, files, layers=layers, max_tokens=max_tokens)
    indptr, ids = HubTokenizer(str(files.folder)).encode_many(text.texts)
    lengths = np.minimum(np.diff(indptr), max_tokens)
    if layers == 0:
        vectors = _mean_embeddings(embedding_matrix(files), indptr, ids, lengths, files, progress)
    else:
        partial = text.workspace.home / "partial" / key
        causal = load_causal(files, device=device, precision="float32", layers=layers)
        lengths = np.minimum(lengths, causal.positions)
        fitting(ids, causal.vocabulary, files)
        values = staged(
            partial,
            lengths,
            lambda rows: pooled(causal, [ids[indptr[row] : indptr[row] + lengths[row]] for row in rows]),
            passes=lambda lengths: _passes(causal, lengths),
            width=causal.width,
            dtype=np.float32,
            progress=progress,
            note="tokens read",
        )
        vectors = np.nan_to_num(values).astype(np.float32)
        discard(partial)
    manifest: dict[str, Any] = {
        "feature": "layer vectors",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "model": files.identity,
        "layers": layers,
        "max_tokens": max_tokens,
        "rows": len(vectors),
        "dimensions": int(vectors.shape[1]),
        "without_token": int((lengths == 0).sum()),
        "seconds": round(time.time() - started, 3),
    }
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "vectors.npy", vectors, allow_pickle=False)
    return text.workspace.open("features", key).array("vectors")


def embedding_matrix(files: ModelFiles) -> NDArray[np.float32]:
    """(vocabulary, d) float32 the model's input embeddings, without loading the model where its files name them."""
    import torch
    from safetensors import safe_open
    from transformers import AutoConfig, AutoModelForCausalLM

    assert files.folder is not None
    try:
        config = AutoConfig.from_pretrained(str(files.folder), trust_remote_code=False, local_files_only=True)
        with torch.device("meta"):
            shell = AutoModelForCausalLM.from_config(cut(config, 1, files), trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError, AttributeError) as error:
        raise InputError(f"{files.name} cannot be read as a causal language model: {reason_of(error)}") from error
    weight = shell.get_input_embeddings().weight
    name = next(name for name, parameter in shell.named_parameters() if parameter is weight)
    ending = ".".join(name.split(".")[-2:])
    holding = []
    for path in sorted(files.folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as weights:
            holding += [(path, key) for key in weights.keys() if key.endswith(ending)]  # noqa: SIM118
    if len(holding) == 1:
        with safe_open(holding[0][0], framework="pt") as weights:
            return weights.get_tensor(holding[0][1]).float().numpy()
    causal = load_causal(files, device="cpu", precision="float32", layers=1)
    return causal.model.get_input_embeddings().weight.detach().numpy()


def _mean_embeddings(
    matrix: NDArray[np.float32],
    indptr: NDArray[np.int64],
    ids: NDArray[np.int32],
    lengths: NDArray[np.int64],
    files: ModelFiles,
    progress: Progress,
) -> NDArray[np.float32]:
    from scipy import sparse

    fitting(ids, len(matrix), files)
    vectors = np.zeros((len(lengths), matrix.shape[1]), dtype=np.float32)
    for start in range(0, len(lengths), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(lengths)))
        taken = [ids[indptr[row] : indptr[row] + lengths[row]] for row in rows]
        counts = sparse.csr_matrix(
            (
                np.ones(int(lengths[rows].sum())),
                np.concatenate(taken),
                np.concatenate(([0], np.cumsum(lengths[rows]))),
            ),
            shape=(len(rows), len(matrix)),
        )
        vectors[rows] = (counts @ matrix) / np.maximum(lengths[rows], 1)[:, None]
        progress(int(rows[-1]) + 1, len(lengths), "rows averaged")
    return vectors


def pooled(causal: Causal, inputs: list[NDArray[np.int32]]) -> NDArray[np.float32]:
    """(rows, d) mean over the tokens of each input (longest first) of the last layer's output."""
    import torch

    lengths = np.array([len(row) for row in inputs], dtype=np.int64)
    base = causal.model.base_model
    means = np.empty((len(inputs), causal.width), dtype=np.float32)
    with torch.inference_mode():
        for rows in _passes(causal, lengths):
            tokens, seen = padded([inputs[row] for row in rows], device=causal.device)
            states = base(input_ids=tokens, attention_mask=seen, use_cache=False).last_hidden_state
            weights = seen[:, :, None].to(states.dtype)  # padding has weight 0
            means[rows] = ((states * weights).sum(1) / weights.sum(1)).float().cpu().numpy()
    return means


def _passes(causal: Causal, lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return batches(lengths, width=16 * causal.width, device=causal.device, weights=causal.weights)
