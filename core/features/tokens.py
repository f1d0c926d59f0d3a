"""Token ids, their counts and their frequencies over a corpus, computed once and stored."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy import sparse

from core.corpus.corpus_text import CorpusText
from core.features import tokenizers
from core.features.counting import count_rows
from core.features.tokenizers import Tokenizer
from core.features.tokenizers.words import Words
from core.progress import Progress, silent
from core.view import TokenRows
from core.workspace import atomic
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest

VERSION = 1
BLOCK_ROWS = 4096  # rows staged at once …
BLOCK_CHARACTERS = 4_000_000  # … and about this much text: a killed job loses a few seconds


def tokens_key(corpus_id: str, component: str, tokenizer: Tokenizer | str) -> str:
    """The artefact's key: the corpus and component, the tokenizer, and the version of this code."""
    loaded = tokenizers.load(tokenizer) if isinstance(tokenizer, str) else tokenizer
    identity = dict(loaded.identity)
    return digest(
        {"feature": "tokens", "version": VERSION, "corpus": corpus_id, "component": component, "tokenizer": identity}
    )


def load_tokens(text: CorpusText, tokenizer: Tokenizer | str = tokenizers.DEFAULT) -> TokenRows | None:
    """The tokens of all rows, memory-mapped, or None when they have not been computed."""
    key = tokens_key(text.corpus_id, text.component, tokenizer)
    return _rows(text.workspace.open("features", key)) if text.workspace.has("features", key) else None


def load_tokenizer(text: CorpusText, tokenizer: Tokenizer | str = tokenizers.DEFAULT) -> Tokenizer:
    """The tokenizer with the vocabulary that this corpus's ids refer to.

    Differs from :func:`core.features.tokenizers.load` only for "words", whose ids belong to one corpus.
    """
    loaded = tokenizers.load(tokenizer) if isinstance(tokenizer, str) else tokenizer
    if not isinstance(loaded, Words):
        return loaded
    artefact = text.workspace.open("features", tokens_key(text.corpus_id, text.component, loaded))
    return Words(orjson.loads(artefact.path("vocabulary.json").read_bytes()))


def compute_tokens(
    text: CorpusText,
    tokenizer: Tokenizer | str = tokenizers.DEFAULT,
    progress: Progress = silent,
) -> TokenRows:
    """Tokenise ``component`` of every row and count the tokens, or load the stored result.

    Stored as the artefact ``features/KEY``: indptr (rows + 1,) int64, ids (tokens,) int32, frequency and
    document_frequency (vocabulary_size,) int64 over the fixed vocabulary, counts_indptr, counts_types and
    counts_data (CSR of occurrences, types ascending). Finished blocks survive a kill: the next call continues where
    this one stopped. Words get ids in code-point order of the corpus's own vocabulary.

    Raises :class:`core.errors.Cancelled` through ``progress``, :class:`core.errors.WorkspaceError` when the disk
    is full.
    """
    loaded = tokenizers.load(tokenizer) if isinstance(tokenizer, str) else tokenizer
    key = tokens_key(text.corpus_id, text.component, loaded)
    if not text.workspace.has("features", key):
        partial = text.workspace.home / "partial" / key
        rows = len(text)
        progress(0, rows, "rows tokenised")
        texts = text.texts if rows else []
        numbers: Callable[[Mapping[str, Any]], NDArray[np.int32]]
        if isinstance(loaded, Words):
            vocabulary = _union(block["vocabulary"] for block in _blocks(partial, texts, loaded, progress))
            size = len(vocabulary)
            place = {word: number for number, word in enumerate(vocabulary)}

            def numbers(block: Mapping[str, Any]) -> NDArray[np.int32]:
                words = _unpacked(block["vocabulary"])
                return np.fromiter(map(place.__getitem__, words), dtype=np.int32, count=len(words))[block["ids"]]
        else:
            vocabulary, size = None, loaded.vocabulary_size
            for _ in _blocks(partial, texts, loaded, progress):
                pass

            def numbers(block: Mapping[str, Any]) -> NDArray[np.int32]:
                return block["ids"]

        manifest = {
            "feature": "tokens", "version": VERSION, "corpus": text.corpus_id, "component": text.component,
            "rows": rows, "tokenizer": loaded.name, "identity": dict(loaded.identity), "vocabulary_size": size,
        }  # fmt: skip
        with text.workspace.create("features", key, manifest) as folder:
            if vocabulary is not None:
                atomic.write_bytes(folder / "vocabulary.json", orjson.dumps(vocabulary))
            _write(folder, lambda: _blocks(partial, texts, loaded, silent), numbers, size)
        shutil.rmtree(partial, ignore_errors=True)
        progress(rows, rows, "rows tokenised")
    return _rows(text.workspace.open("features", key))


def _blocks(
    partial: Path, texts: Sequence[str], tokenizer: Tokenizer, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """The staged blocks in row order; a missing or damaged block is computed."""
    ends = _block_ends(texts)
    for start, end in zip([0, *ends], ends, strict=False):
        path = partial / f"{start:09d}.npz"
        part = texts[start:end]
        block = _staged(path, rows=len(part))
        if block is None:
            block = _encoded(part, tokenizer)
            buffer = BytesIO()
            np.savez(buffer, **block)
            atomic.write_bytes(path, buffer.getvalue())
        yield block
        progress(start + len(part), len(texts), "rows tokenised")


def _block_ends(texts: Sequence[str]) -> list[int]:
    """The place after the last row of each block."""
    ends, rows, characters = [], 0, 0
    for place, text in enumerate(texts):
        if rows and (rows == BLOCK_ROWS or characters + len(text) > BLOCK_CHARACTERS):
            ends.append(place)
            rows = characters = 0
        rows, characters = rows + 1, characters + len(text)
    return [*ends, len(texts)] if rows else ends


def _encoded(texts: Sequence[str], tokenizer: Tokenizer) -> dict[str, Any]:
    if isinstance(tokenizer, Words):
        indptr, ids, vocabulary = tokenizer.learn(texts)
        packed = np.frombuffer(orjson.dumps(vocabulary), dtype=np.uint8)
        return {"indptr": indptr, "ids": ids, "vocabulary": packed}
    indptr, ids = tokenizer.encode_many(texts)
    return {"indptr": indptr, "ids": ids}


def _staged(path: Path, *, rows: int) -> dict[str, Any] | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            block = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        return None
    whole = "ids" in block and "indptr" in block and len(block["indptr"]) == rows + 1
    return block if whole and block["indptr"][-1] == len(block["ids"]) else None


def _unpacked(packed: NDArray[np.uint8]) -> list[str]:
    return orjson.loads(packed.tobytes())


def _union(vocabularies: Iterable[NDArray[np.uint8]]) -> list[str]:
    words: set[str] = set()
    for packed in vocabularies:
        words.update(_unpacked(packed))
    return sorted(words)


def _write(
    folder: Path,
    blocks: Callable[[], Iterator[Mapping[str, Any]]],
    numbers: Callable[[Mapping[str, Any]], NDArray[np.int32]],
    size: int,
) -> None:
    """Write the artefact's arrays block by block, so that no array of the corpus's size is in memory."""
    frequency = np.zeros(size, dtype=np.int64)
    document_frequency = np.zeros(size, dtype=np.int64)
    lengths: list[NDArray[np.int64]] = []
    entries: list[NDArray[np.int64]] = []
    with (
        _Growing(folder / "ids.npy") as ids,
        _Growing(folder / "counts_types.npy") as types,
        _Growing(folder / "counts_data.npy") as data,
    ):
        for block in blocks():
            tokens = numbers(block)
            indptr, row_types, counts = count_rows(indptr=block["indptr"], ids=tokens, vocabulary_size=size)
            frequency += np.bincount(tokens, minlength=size)
            document_frequency += np.bincount(row_types, minlength=size)
            lengths.append(np.diff(block["indptr"]))
            entries.append(np.diff(indptr))
            ids.add(tokens)
            types.add(row_types)
            data.add(counts)
    for name, parts in (("indptr", lengths), ("counts_indptr", entries)):
        sizes = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
        np.save(folder / f"{name}.npy", np.concatenate(([0], np.cumsum(sizes))).astype(np.int64))
    np.save(folder / "frequency.npy", frequency)
    np.save(folder / "document_frequency.npy", document_frequency)


class _Growing:
    """An int32 ``.npy`` file written piece by piece, its header last."""

    HEADER = 128

    def __init__(self, path: Path) -> None:
        self._path, self._length = path, 0

    def __enter__(self) -> _Growing:
        self._file = open(self._path, "wb")
        self._file.write(b"\0" * self.HEADER)
        return self

    def add(self, part: NDArray[np.int32]) -> None:
        self._file.write(np.ascontiguousarray(part, dtype="<i4").tobytes())
        self._length += len(part)

    def __exit__(self, *_: object) -> None:
        with self._file as file:
            text = f"{{'descr': '<i4', 'fortran_order': False, 'shape': ({self._length},), }}"
            head = b"\x93NUMPY\x01\x00" + (self.HEADER - 10).to_bytes(2, "little")
            file.seek(0)
            file.write(head + text.ljust(self.HEADER - 11).encode() + b"\n")


def _rows(artefact: Artefact) -> TokenRows:
    manifest = artefact.manifest
    size, rows = int(manifest["vocabulary_size"]), int(manifest["rows"])
    token_rows = TokenRows(
        artefact.array("indptr"), artefact.array("ids"), size, artefact.array("frequency"), str(manifest["tokenizer"])
    )
    counts = sparse.csr_matrix(
        (artefact.array("counts_data"), artefact.array("counts_types"), artefact.array("counts_indptr")),
        shape=(rows, size),
    )
    counts.has_canonical_format = True  # the file is written in canonical order: neither sort nor scan it
    token_rows.__dict__["counts"] = counts  # the value that the property would compute
    return token_rows
