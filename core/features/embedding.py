"""One unit vector for each row and component, computed once, in chunks that survive a kill."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.corpus.versions import older_versions
from core.errors import InputError
from core.features.array_file import concatenate_files
from core.features.backends import TORCH, backend
from core.features.chunks import read
from core.features.embedders import INSTANT, OWN, Embedder, fetch_embedder, find_embedder, is_given
from core.features.taken_over import donors, rows_left
from core.features.vector_places import VectorPlaces
from core.progress import Progress, silent
from core.shards import registry
from core.shards.engine import engine
from core.shards.run import run_shards
from core.shards.shard import shards_of, shards_of_rows
from core.workspace import atomic
from core.workspace.digests import digest, digest_ids

if TYPE_CHECKING:
    from core.features.encoder import Encoder
    from core.features.instant.texts import InstantEncoder

VERSION = 1
CHUNK = 2_048  # distinct texts in a file


def encode_texts(
    texts: Sequence[str],
    *,
    embedder: str | None = None,
    max_tokens: int | None = None,
    precision: str = "auto",
    device: str = "auto",
    progress: Progress = silent,
    kept: Path | None = None,
) -> NDArray[np.float32]:
    """(texts, d) float32 unit vectors of any texts; each distinct text is embedded once.

    ``kept`` names a file for the vectors, from which a later call with the same arguments continues. A larger
    ``max_tokens`` reads more of a long text and takes longer; None is the model's own limit. Raises
    :class:`InputError` or :class:`core.errors.NetworkError` when the embedder cannot be loaded.
    """
    encoder = loaded_encoder(fetch_embedder(embedder), device=device, precision=precision)
    distinct, where = distinct_texts(texts)
    done = 0

    def step(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, len(distinct), "texts embedded")

    vectors = encoder.encode(distinct, max_tokens=_limit(encoder.embedder, max_tokens), step=step, kept=kept)
    progress(len(distinct), len(distinct), "texts embedded")
    return vectors[where]


def embeddings_key(
    corpus_id: str,
    component: str,
    embedder: str | Embedder | None = None,
    *,
    max_tokens: int | None = None,
    precision: str = "auto",
) -> str:
    """The artefact's key: corpus, component, content of the model's files, tokens read, requested precision.

    "auto" precision gives the same key on every machine and by every backend: bfloat16 and float32, torch and openvino
    agree within the stated tolerance, and the manifest says which were used.
    """
    found = embedder if isinstance(embedder, Embedder) else find_embedder(embedder)
    # A model whose files are not here yet has no digest: its name gives a key under which nothing is stored.
    model = found.digest or f"absent:{found.name}"
    limit = _limit(found, max_tokens) if found.digest else max_tokens
    return digest(["embeddings", VERSION, corpus_id, component, model, limit, precision])


def load_embeddings(
    text: CorpusText,
    embedder: str | None = None,
    *,
    max_tokens: int | None = None,
    precision: str = "auto",
) -> NDArray[np.float32] | None:
    """(rows, d) float32 unit rows in row-id order, or None when they are not computed yet.

    Memory-mapped, but for those of a model, which are stored in half precision.
    """
    key = embeddings_key(text.corpus_id, text.component, embedder, max_tokens=max_tokens, precision=precision)
    return _stored(text, key) if text.workspace.has("features", key) else None


def _stored(text: CorpusText, key: str) -> NDArray[np.float32]:
    """The stored rows; those that are kept in half precision are read into memory, at unit length again."""
    stored = text.workspace.open("features", key).array("embeddings")
    if stored.dtype == np.float32:
        return stored
    vectors = np.empty(stored.shape, dtype=np.float32)
    for start in range(0, len(stored), CHUNK):
        block = stored[start : start + CHUNK].astype(np.float32)
        length = np.linalg.norm(block, axis=1, keepdims=True)
        vectors[start : start + CHUNK] = np.divide(block, length, out=np.zeros_like(block), where=length > 0)
    return vectors


def compute_embeddings(
    text: CorpusText,
    embedder: str | None = None,
    *,
    progress: Progress = silent,
    device: str = "auto",
    max_tokens: int | None = None,
    precision: str = "auto",
) -> NDArray[np.float32]:
    """(rows, d) float32 unit rows of a component's texts, from the workspace or computed now.

    Identical texts are embedded once. After every :data:`CHUNK` texts, and every few seconds, a file is written under
    ``<home>/partial/<key>/``; a job that was killed or cancelled continues from the last file. Rows whose vector
    another corpus of the workspace has, such as an older version, keep that vector. Vectors that came from a file are
    taken over from an older version of the corpus; new rows have none. Many rows that no other corpus has are embedded
    by shards (:func:`core.shards.engine.engine`): vectors agree to a cosine of 0.9999. Raises
    :class:`InputError` or :class:`core.errors.NetworkError` when the embedder cannot be loaded.
    """
    stored = load_embeddings(text, embedder, max_tokens=max_tokens, precision=precision)
    if stored is not None:
        return stored
    own = find_embedder(embedder)
    if own.name.startswith(OWN) and (key := _take_over_own(text, own)):
        return text.workspace.open("features", key).array("embeddings")
    found = fetch_embedder(embedder)

    def key_in(corpus_id: str) -> str:
        return embeddings_key(corpus_id, text.component, found, max_tokens=max_tokens, precision=precision)

    key, given = key_in(text.corpus_id), donors(text.corpus, key_in)
    rows, fresh = len(text), rows_left(text.corpus, given)
    spread = VectorPlaces(rows)
    for donor in given:
        spread.take(donor.artefact.array("embeddings"), donor.rows, donor.places)
    if len(fresh) and engine().takes(len(fresh)):
        return _compute_by_shards(
            text, found, key, spread, fresh, progress, device=device, max_tokens=max_tokens, precision=precision
        )
    texts = text.texts
    fresh = spread.repeat(texts, fresh) if given else fresh
    distinct, where = distinct_texts([texts[row] for row in fresh.tolist()] if given else texts)
    weight = np.bincount(where, minlength=len(distinct))  # rows that carry each distinct text
    progress(0, 0, "loading the model")
    encoder = loaded_encoder(found, device=device, precision=precision, progress=progress)
    progress(0, len(where), "rows embedded")
    limit = _limit(found, max_tokens)
    partial = text.workspace.home / "partial" / key
    staged = partial / digest_ids(text.corpus.ids[fresh]) if given else partial
    started, resumed, done = time.time(), 0, 0.0
    for start in range(0, len(distinct), CHUNK):
        chunk = slice(start, min(start + CHUNK, len(distinct)))
        path = staged / f"{kind_of(encoder)}-{CHUNK}-{start:09d}.npy"
        share, count = int(weight[chunk].sum()), chunk.stop - chunk.start
        computed = 0
        if read(path, shape=(count, encoder.dimensions)) is None:
            counter = _Counter(progress, base=done, per_text=share / count, total=len(where))
            encoder.encode(distinct[chunk], max_tokens=limit, step=counter, kept=path)
            computed = counter.texts
        here = np.flatnonzero((where >= chunk.start) & (where < chunk.stop))
        spread.take(np.load(path, mmap_mode="r", allow_pickle=False), fresh[here], where[here] - chunk.start)
        resumed += round(share * (count - computed) / count)
        done += share
        progress(done, len(where), "rows embedded")
    manifest: dict[str, Any] = {
        "feature": "embeddings",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "embedder": {**found.identity, "max_tokens": limit, **encoder.arithmetic},
        "rows": rows,
        "dimensions": encoder.dimensions,
        "distinct_texts": len(set(texts)) if given else len(distinct),
        "device": encoder.device,
        "seconds": round(time.time() - started, 3),
        "rows_resumed": resumed,
        **({"rows_taken_over": rows - len(fresh)} if given else {}),
    }
    with text.workspace.create("features", key, manifest) as folder:
        spread.write(folder / "embeddings.npy", width=encoder.dimensions)
    shutil.rmtree(partial, ignore_errors=True)
    return text.workspace.open("features", key).array("embeddings")


def _compute_by_shards(
    text: CorpusText,
    found: Embedder,
    key: str,
    spread: VectorPlaces,
    fresh: NDArray[np.int64],
    progress: Progress,
    *,
    device: str,
    max_tokens: int | None,
    precision: str,
) -> NDArray[np.float32]:
    """As one process embeds the ``fresh`` rows, by shards; ``spread`` has the vectors of all others."""
    if found.name == INSTANT:  # here, so that no worker distils it
        loaded_encoder(found, device=device, precision=precision, progress=progress)
    chosen, started, limit = engine(), time.time(), _limit(found, max_tokens)
    device = devices.pick(device)
    settings = {"component": text.component, "embedder": found.name, "digest": found.digest, "max_tokens": limit}
    home = text.workspace.home / "partial" / key
    by = TORCH if found.name == INSTANT else backend()
    folders = run_shards(
        registry.EMBED,
        shards_of_rows(text.corpus, fresh, home=home, most_rows=chosen.most_rows, count=chosen.shards),
        {**settings, "precision": precision, "device": device, **({} if by == TORCH else {"backend": by})},
        home=home,
        engine=chosen,
        progress=progress,
        note="rows embedded",
        on_device=device != "cpu" and found.name != INSTANT,
    )
    hashes = [np.load(folder / "hashes.npy", allow_pickle=False) for folder in folders]
    hashes += _hashes_of_others(text, fresh)
    taken = len(text) - len(fresh)
    facts = orjson.loads((folders[0] / "facts.json").read_bytes())
    arithmetic = {name: facts[name] for name in ("dtype", "backend") if name in facts}
    manifest = {
        "feature": "embeddings",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "embedder": {**found.identity, "max_tokens": limit, **arithmetic},
        "rows": len(text),
        "dimensions": int(np.load(folders[0] / "embeddings.npy", mmap_mode="r", allow_pickle=False).shape[1]),
        "distinct_texts": len(np.unique(np.concatenate(hashes))),
        "device": facts["device"],
        "seconds": round(time.time() - started, 3),
        "shards": len(folders),
        "engine": str(chosen),
        **({"rows_taken_over": taken} if taken else {}),
    }
    with text.workspace.create("features", key, manifest) as folder:
        if taken:
            begin = 0
            for part in folders:
                array = np.load(part / "embeddings.npy", mmap_mode="r", allow_pickle=False)
                spread.take(array, fresh[begin : begin + len(array)], np.arange(len(array)))
                begin += len(array)
            spread.write(folder / "embeddings.npy", width=int(manifest["dimensions"]))
        else:
            concatenate_files(folder / "embeddings.npy", folders, "embeddings")
    shutil.rmtree(home, ignore_errors=True)
    return text.workspace.open("features", key).array("embeddings")


def _hashes_of_others(text: CorpusText, fresh: NDArray[np.int64]) -> list[NDArray[np.uint64]]:
    """A hash of the text of each row that is not ``fresh``, by which distinct texts are counted."""
    others = np.ones(len(text), dtype=np.bool_)
    others[fresh] = False
    made = []
    for shard in shards_of(text.corpus) if others.any() else []:
        here = np.flatnonzero(others[shard.start : shard.stop]).tolist()
        texts = shard.texts(text.component) if here else []
        made.append(np.unique(np.array([text_hash(texts[row]) for row in here], dtype=np.uint64)))
    return made


def text_hash(text: str) -> int:
    """A number of eight bytes for a text's content."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _take_over_own(text: CorpusText, own: Embedder) -> str:
    """Store the vectors from a file that older versions of the corpus have of its rows, and return their key.

    New rows have an all-zero vector. "" where no older version has vectors of that name.
    """
    older = older_versions(text.workspace, text.corpus_id)
    given = donors(text.corpus, lambda corpus_id: embeddings_key(corpus_id, text.component, own), among=older)
    if not given:
        return ""
    key = embeddings_key(text.corpus_id, text.component, own)
    first = given[0].artefact
    vectors = np.zeros((len(text), int(first.manifest["dimensions"])), dtype=np.float32)
    for donor in given:
        vectors[donor.rows] = donor.artefact.array("embeddings")[donor.places]
    manifest = {
        **{name: first.manifest[name] for name in ("feature", "version", "embedder", "dimensions")},
        "content": hashlib.blake2b(vectors.data, digest_size=8).hexdigest(),
        "corpus": text.corpus_id,
        "component": text.component,
        "rows": len(vectors),
        "distinct_texts": distinct_vectors(vectors),
        "rows_without": int((~vectors.any(axis=1)).sum()),
        "rows_taken_over": sum(len(donor.rows) for donor in given),
    }
    with text.workspace.create("features", key, manifest) as folder, atomic.explained(folder):
        np.save(folder / "embeddings.npy", vectors, allow_pickle=False)
    return key


def distinct_vectors(vectors: NDArray[np.float32]) -> int:
    """The number of distinct vectors of a file, from which a projection knows whether it has enough of them."""
    return len(np.unique(vectors.view(np.dtype((np.void, vectors.itemsize * vectors.shape[1])))))


def loaded_encoder(
    embedder: Embedder, *, device: str, precision: str, by: str = "", progress: Progress = silent
) -> Encoder | InstantEncoder:
    """The embedder, loaded, run ``by`` a backend (:func:`core.features.backends.backend`); the instant one, which has
    none, is distilled first where this machine has not done that yet."""
    if embedder.name == INSTANT:
        from core.features.instant.table import load_table
        from core.features.instant.texts import InstantEncoder

        return InstantEncoder(embedder, load_table(embedder, device=device, progress=progress))
    from core.features.encoder import load_encoder

    return load_encoder(embedder, device=device, precision=precision, by=by)


def kind_of(encoder: Encoder | InstantEncoder) -> str:
    """A word for how an encoder computes, for the names of files: chunks of two kinds are never put together."""
    return "-".join(encoder.arithmetic.values()).replace(" ", "-")


def distinct_texts(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts in order of first occurrence, and for each text its position among them."""
    first: dict[str, int] = {}
    where = np.fromiter((first.setdefault(text, len(first)) for text in texts), dtype=np.int64, count=len(texts))
    return list(first), where


def _limit(embedder: Embedder, max_tokens: int | None) -> int:
    if max_tokens is None or is_given(embedder.name):
        return embedder.max_tokens
    if not 8 <= max_tokens <= embedder.positions:
        raise InputError(f"{embedder.name} reads between 8 and {embedder.positions} tokens, not {max_tokens}.")
    return max_tokens


class _Counter:
    """Takes the number of texts of each pass and reports rows: a text counts for the rows that have it, on average."""

    def __init__(self, progress: Progress, *, base: float, per_text: float, total: int) -> None:
        self.texts = 0
        self._progress, self._base, self._per_text, self._total = progress, base, per_text, total

    def __call__(self, count: int) -> None:
        self.texts += count
        self._progress(self._base + self.texts * self._per_text, self._total, "rows embedded")
