"""Distils a sentence embedder into a table with one weighted vector for each token, once, and keeps it.

The method is model2vec's (and SIF's, Arora et al. 2017): every entry of the vocabulary goes through the model by
itself, the vectors are reduced by PCA, and frequent tokens count less. Three steps differ, each measured on 4,092
responses of public corpora against the model itself: entries that are no words get no part in the ranks from which
Zipf's law guesses frequencies, the weight is stronger (a = 3e-5 instead of 1e-3), and the mean that is taken off before
PCA is that of running text, not of the vocabulary. Of the ten nearest neighbours 32.5 % agree (by model2vec's recipe
26.3 %), and the distances' Spearman is 0.38 (0.20). The package is left out: it needs another one to distil, and what
is used of it are a hundred lines.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core import settings
from core.errors import InputError, WorkspaceError
from core.features.backends import TORCH
from core.features.embedders import Embedder, find_embedder
from core.features.encoder import load_encoder
from core.progress import Progress, silent
from core.workspace import atomic

DIMENSIONS = 256  # fewer are quicker and agree less: 128 lose 2 points of the shared neighbours, 64 lose 5
RARE = 3e-5  # a of SIF's weight a / (a + p): a smaller one mutes frequent tokens more
ZIPF_SHIFT = 2.7  # p of the token of rank r is proportional to 1 / (r + 2.7), Mandelbrot's law for English words
BATCH = 512  # entries of the vocabulary in one pass


@dataclass(frozen=True, eq=False)
class TokenTable:
    """``vectors`` (vocabulary, d) float32 are weighted already; ``nothing`` (d,) is the unit vector of a text without a
    known token; ``seconds`` is how long the distillation took, ``tokenizer`` the file that turns text into ids."""

    vectors: NDArray[np.float32]
    nothing: NDArray[np.float32]
    tokenizer: Path
    seconds: float


def stored(embedder: Embedder) -> bool:
    """Whether the table of the instant embedder is on this machine."""
    return _path(embedder).is_file()


def load_table(embedder: Embedder, *, device: str = "auto", progress: Progress = silent) -> TokenTable:
    """The table of the instant embedder, stored or distilled now (half a minute to a minute on 2 cores).

    Where the folder of settings cannot be written, the table is kept by this process only. Raises :class:`InputError`
    where the model that it is distilled from is not on this machine, or has no fast tokenizer.
    """
    return _loaded(embedder, device) or _distilled(embedder, device, progress)


_KEPT: dict[str, TokenTable] = {}


def _loaded(embedder: Embedder, device: str) -> TokenTable | None:
    if embedder.digest in _KEPT:
        return _KEPT[embedder.digest]
    path = _path(embedder)
    try:
        with np.load(path, allow_pickle=False) as file:
            table = TokenTable(file["vectors"], file["nothing"], _tokenizer(embedder), float(file["seconds"]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # absent or damaged: distilled anew
        return None
    _KEPT[embedder.digest] = table
    return table


def _distilled(embedder: Embedder, device: str, progress: Progress) -> TokenTable:
    begun = time.monotonic()
    pieces = vocabulary(_tokenizer(embedder))
    progress(0, len(pieces), "loading the model")
    vectors = _read_alone(embedder, len(pieces), device, lambda done: progress(done, len(pieces), "tokens distilled"))
    weighted, separator = reduced(vectors, pieces, separator=_separator(pieces))
    seconds = time.monotonic() - begun
    table = TokenTable(weighted, separator, _tokenizer(embedder), seconds)
    buffer = io.BytesIO()
    np.savez(buffer, vectors=weighted, nothing=separator, seconds=np.float64(seconds))
    with contextlib.suppress(
        WorkspaceError, OSError
    ):  # a folder that cannot be written costs the next process the same again
        atomic.write_bytes(_path(embedder), buffer.getvalue())
    _KEPT[embedder.digest] = table
    return table


def reduced(
    vectors: NDArray[np.float32], pieces: list[str], *, separator: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The weighted vectors (vocabulary, d) of tokens, and the unit vector (d,) of a text without any.

    ``vectors`` (vocabulary, width) are what the model says of each token alone. Frequencies follow Zipf's law over the
    ranks of the entries that are words, whose order in a vocabulary is that of their frequency; special and unused
    entries weigh nothing.
    """
    words = np.array([is_word(piece) for piece in pieces])
    chance = np.zeros(len(pieces))
    chance[words] = 1 / (np.arange(1, words.sum() + 1) + ZIPF_SHIFT)
    chance /= max(chance.sum(), 1e-12)
    weights = np.where(words, RARE / (RARE + chance), 0.0)
    in_text = chance * weights
    middle = (in_text @ vectors) / max(in_text.sum(), 1e-12)  # the mean of the tokens of running text
    centred = (vectors - middle).astype(np.float64)
    _, directions = np.linalg.eigh(centred[words].T @ centred[words])
    axes = directions[:, ::-1][:, :DIMENSIONS]  # (width, d), largest variance first
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    projected = centred @ axes
    nothing = projected[separator]
    nothing = nothing / max(float(np.linalg.norm(nothing)), 1e-12)
    return (projected * weights[:, None]).astype(np.float32), nothing.astype(np.float32)


def is_word(piece: str) -> bool:
    """Whether a vocabulary entry occurs in running text: no special and no unused entry."""
    return not (len(piece) > 2 and piece[0] in "[<" and piece[-1] in "]>")


def vocabulary(tokenizer: Path) -> list[str]:
    """The pieces of a tokenizer's file, in the order of their ids. Raises :class:`InputError` for ids with gaps."""
    from tokenizers import Tokenizer

    ids = Tokenizer.from_file(str(tokenizer)).get_vocab(with_added_tokens=True)
    pieces = sorted(ids, key=lambda piece: ids[piece])
    if [ids[piece] for piece in pieces] != list(range(len(pieces))):
        raise InputError("The tokenizer's vocabulary has gaps.", remedy="Choose another embedder.")
    return pieces


def _read_alone(embedder: Embedder, pieces: int, device: str, step: Callable[[int], None]) -> NDArray[np.float32]:
    """(vocabulary, width) float32: the mean over the model's last layer of each token between the two special ones."""
    import torch

    encoder = load_encoder(find_embedder(str(embedder.folder)), device=device, by=TORCH)
    tokenizer = encoder.model.tokenizer
    first, last = (tokenizer.cls_token_id or 0), (tokenizer.sep_token_id or 0)
    made = []
    for start in range(0, pieces, BATCH):
        ids = torch.arange(start, min(start + BATCH, pieces))
        read = torch.stack([torch.full_like(ids, first), ids, torch.full_like(ids, last)], dim=1).to(encoder.device)
        with torch.inference_mode():
            features = encoder.model[0]({"input_ids": read, "attention_mask": torch.ones_like(read)})
            made.append(features["token_embeddings"].float().mean(dim=1).cpu().numpy())
        step(min(start + BATCH, pieces))
    return np.concatenate(made)


def _separator(pieces: list[str]) -> int:
    return pieces.index("[SEP]") if "[SEP]" in pieces else 0


def _tokenizer(embedder: Embedder) -> Path:
    """The tokenizer's file. Raises :class:`InputError` where the model has none."""
    if embedder.folder is None or not (embedder.folder / "tokenizer.json").is_file():
        raise InputError("The instant embedder needs a tokenizer.json.", remedy="Choose another embedder.")
    return embedder.folder / "tokenizer.json"


def _path(embedder: Embedder) -> Path:
    return settings.cache_home() / "instant" / f"{embedder.digest or 'absent'}.npz"
