"""Vectors from a user's file, stored as the embeddings of a component: every strategy and metric reads them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.corpus.joining import Join, chosen_join, join_lines, plain_label
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.embedders import OWN, is_given
from core.features.embedding import VERSION, distinct_vectors, embeddings_key
from core.features.vector_files import VectorFile
from core.workspace import atomic
from core.workspace.artefacts import Workspace

BLOCK = 65_536  # rows normalised at a time
SHOWN = 20  # line numbers in the report


@dataclass(frozen=True, kw_only=True)
class AttachedVectors:
    """The result of attaching a file of vectors.

    ``embedder`` is the name to choose. It counts the corpus's rows that ``matched`` and those that are ``missing``
    (their vector is all zero: strategies leave them out and say so), and the lines that are ``unknown`` (no row of the
    corpus), ``broken`` (not d finite numbers) or in ``conflict`` (a row named again with another vector: the first
    counts). ``lines`` are the numbers of the first broken lines.
    """

    embedder: str
    dimensions: int
    matched: int
    missing: int
    unknown: int
    broken: int
    conflict: int
    lines: tuple[int, ...]


def attach_vectors(
    workspace: Workspace,
    corpus: Corpus,
    component: str,
    file_vectors: VectorFile,
    *,
    label: str,
    join: Join = "auto",
    file: str | None = None,
) -> AttachedVectors:
    """Store a file's vectors, at unit length, as the embeddings of ``component`` under the name ``own:label``.

    The label stands for the model that made them: two corpora with vectors under one label can be compared, and one
    can be the other's target. A file with ids is joined by them, unless ``join`` says otherwise. Raises
    :class:`InputError` when the file cannot be joined (see :func:`core.corpus.joining.join_lines`), leaves no row with
    a direction, or the label already names other vectors of this component.
    """
    pairs = join_lines(
        corpus, join=join, lines=len(file_vectors.vectors), ids=file_vectors.ids, named=file_vectors.named, file=file
    )
    source = pairs.first(len(corpus))
    vectors = np.zeros((len(corpus), file_vectors.vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(corpus), BLOCK):
        rows = start + np.flatnonzero(source[start : start + BLOCK] >= 0)
        block = file_vectors.vectors[source[rows]].astype(np.float64)
        length = np.linalg.norm(block, axis=1, keepdims=True)
        vectors[rows] = np.divide(block, length, out=np.zeros_like(block), where=length > 0)
    present = vectors.any(axis=1)
    if not present.any():
        raise InputError("Every vector of the file is all zero or broken.", remedy="Write the embeddings again.")
    again = pairs.lines != source[pairs.rows]
    differs = (file_vectors.vectors[pairs.lines[again]] != file_vectors.vectors[source[pairs.rows[again]]]).any(axis=1)
    embedder = OWN + plain_label(label, otherwise="vectors")
    key = embeddings_key(corpus.id, component, embedder)
    content = hashlib.blake2b(vectors.data, digest_size=8).hexdigest()
    attached = AttachedVectors(
        embedder=embedder,
        dimensions=vectors.shape[1],
        matched=int(present.sum()),
        missing=int((~present).sum()),
        unknown=pairs.unknown,
        broken=len(file_vectors.broken),
        conflict=int(differs.sum()),
        lines=tuple(file_vectors.broken[:SHOWN].tolist()),
    )
    if not workspace.has("features", key):
        manifest = {
            "content": content,
            "feature": "embeddings",
            "version": VERSION,
            "corpus": corpus.id,
            "component": component,
            "embedder": {"name": embedder, "digest": embedder, "max_tokens": 0, "dtype": "float32"},
            "rows": len(vectors),
            "dimensions": vectors.shape[1],
            "distinct_texts": distinct_vectors(vectors),
            "rows_without": attached.missing,
            "joined_by": chosen_join(join, file_vectors.ids),
        }
        with workspace.create("features", key, manifest) as folder, atomic.explained(folder):
            np.save(folder / "embeddings.npy", vectors, allow_pickle=False)
    elif workspace.open("features", key).manifest["content"] != content:
        raise InputError(
            f"This component has other vectors named {embedder.removeprefix(OWN)} already.",
            remedy="Give these another name.",
        )
    return attached


def given_embedders(text: CorpusText) -> list[str]:
    """Names of the vectors that a component of this corpus was given, sorted: a model's, and those from files."""
    names = {
        str(artefact.manifest.get("embedder", {}).get("name", ""))
        for artefact in text.workspace.list("features")
        if artefact.manifest.get("feature") == "embeddings"
        and artefact.manifest.get("corpus") == text.corpus_id
        and artefact.manifest.get("component") == text.component
    }
    return sorted(name for name in names if is_given(name))
