"""Token ids, their counts and their frequencies over a corpus, computed once and stored."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial as partial_function
from io import BytesIO
from itertools import chain, compress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy import sparse

from core.corpus.corpus_text import CorpusText
from core.features import tokenizers
from core.features.array_file import GrowingArray
from core.features.counting import count_rows
from core.features.joined_tokens import TokenPart, joined_blocks, types_used
from core.features.taken_over import Donor, donors, rows_left
from core.features.tokenizers import Tokenizer
from core.features.tokenizers.words import Words
from core.progress import Progress, silent
from core.shards import registry
from core.shards.engine import engine
from core.shards.run import run_shards
from core.shards.shard import shards_of_rows
from core.view import TokenRows
from core.workspace import atomic
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest, digest_ids

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
    this one stopped. Words get ids in code-point order of the corpus's own vocabulary. Rows whose tokens another corpus
    of the workspace has, such as an older version, are not tokenised again; many others are tokenised by shards
    (:func:`core.shards.engine.engine`). All arrays are the same either way.

    Raises :class:`core.errors.Cancelled` through ``progress``, :class:`core.errors.WorkspaceError` when the disk
    is full.
    """
    loaded = tokenizers.load(tokenizer) if isinstance(tokenizer, str) else tokenizer
    key = tokens_key(text.corpus_id, text.component, loaded)
    if not text.workspace.has("features", key):
        name = tokenizer if isinstance(tokenizer, str) else ""
        _compute(text, loaded, key, progress, name=name)
    return _rows(text.workspace.open("features", key))


def _compute(text: CorpusText, tokenizer: Tokenizer, key: str, progress: Progress, *, name: str) -> None:
    given = donors(text.corpus, lambda corpus_id: tokens_key(corpus_id, text.component, tokenizer))
    rows = len(text)
    fresh = rows_left(text.corpus, given)
    partial = text.workspace.home / "partial" / key
    by_shards = bool(name and len(fresh) and engine().takes(len(fresh)))
    if by_shards and not given:
        _compute_by_shards(text, tokenizer, key, progress, name=name)
        return
    staged = partial / digest_ids(text.corpus.ids[fresh]) if given else partial
    progress(0, len(fresh), "rows tokenised")
    if by_shards:
        fresh_blocks = partial_function(_blocks_of, _shards(text, tokenizer, fresh, partial, progress, name=name))
    else:
        texts = text.texts if rows else []
        texts = [texts[row] for row in fresh.tolist()] if given else texts
        fresh_blocks = partial_function(_blocks, staged, texts, tokenizer)
    words: list[NDArray[np.uint8]] = []
    for block in fresh_blocks(progress):
        words += [block["vocabulary"]] if "vocabulary" in block else []
    vocabulary: list[str] | None = None
    own_words = [_words_of(donor) if isinstance(tokenizer, Words) else [] for donor in given]
    if isinstance(tokenizer, Words):
        used = [list(compress(known, types_used(_part(donor), len(known)))) for donor, known in zip(given, own_words)]
        vocabulary = sorted({*_union(words), *chain.from_iterable(used)})
    place = {word: number for number, word in enumerate(vocabulary or ())}

    def numbers(block: Mapping[str, Any]) -> NDArray[np.int32]:
        return _numbered(place, _unpacked(block["vocabulary"]))[block["ids"]] if "vocabulary" in block else block["ids"]

    def computed() -> Iterator[Mapping[str, Any]]:
        for block in fresh_blocks(silent):
            yield {"indptr": block["indptr"], "ids": numbers(block)}

    blocks = computed
    if given:
        taken = [_part(donor, numbers=_numbered(place, known) if known else None)
                 for donor, known in zip(given, own_words, strict=True)]  # fmt: skip
        parts = [*taken, _written(staged / "fresh.npy", computed(), fresh)]
        blocks = partial_function(joined_blocks, parts, rows)
    facts: dict[str, Any] = {"rows_taken_over": rows - len(fresh)} if given else {}
    facts |= {"engine": str(engine())} if by_shards else {}
    _store(text, tokenizer, key, blocks, vocabulary=vocabulary, facts=facts)
    progress(len(fresh), len(fresh), "rows tokenised")


def _compute_by_shards(text: CorpusText, tokenizer: Tokenizer, key: str, progress: Progress, *, name: str) -> None:
    """As one process does it, by shards: ids and counts one after another, frequencies as sums."""
    chosen, partial = engine(), text.workspace.home / "partial" / key
    folders = _shards(text, tokenizer, np.arange(len(text)), partial, progress, name=name)
    own = [
        orjson.loads((folder / "vocabulary.json").read_bytes()) for folder in folders if isinstance(tokenizer, Words)
    ]
    vocabulary = sorted(set(chain.from_iterable(own))) if isinstance(tokenizer, Words) else None
    place = {word: number for number, word in enumerate(vocabulary or ())}

    def blocks() -> Iterator[Mapping[str, Any]]:
        for number, folder in enumerate(folders):
            block = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in folder.glob("*.npy")}
            if vocabulary is None:
                yield {**block, "numbers": slice(None)}
                continue
            numbers = _numbered(place, own[number])  # rising, so that types still ascend inside a row
            yield {**block, **{name: numbers[block[name]] for name in ("ids", "counts_types")}, "numbers": numbers}

    _store(text, tokenizer, key, blocks, vocabulary=vocabulary, facts={"shards": len(folders), "engine": str(chosen)})


def _shards(
    text: CorpusText, tokenizer: Tokenizer, rows: NDArray[np.int64], home: Path, progress: Progress, *, name: str
) -> list[Path]:
    """The folders of the shards of ``rows``."""
    chosen = engine()
    return run_shards(
        registry.TOKENS,
        shards_of_rows(text.corpus, rows, home=home, most_rows=chosen.most_rows, count=chosen.shards),
        {"component": text.component, "tokenizer": name, "identity": dict(tokenizer.identity)},
        home=home,
        engine=chosen,
        progress=progress,
        note="rows tokenised",
    )


def _blocks_of(folders: Sequence[Path], progress: Progress) -> Iterator[Mapping[str, Any]]:
    """What shards made, in the shape of the blocks of one process."""
    for folder in folders:
        block = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ("indptr", "ids")}
        if (folder / "vocabulary.json").exists():
            block["vocabulary"] = np.frombuffer((folder / "vocabulary.json").read_bytes(), dtype=np.uint8)
        yield block


def _store(
    text: CorpusText,
    tokenizer: Tokenizer,
    key: str,
    blocks: Callable[[], Iterator[Mapping[str, Any]]],
    *,
    vocabulary: list[str] | None,
    facts: Mapping[str, Any],
) -> None:
    """Write the artefact of the ``blocks``, with ``facts`` in its manifest, and let go what was staged for it."""
    size = tokenizer.vocabulary_size if vocabulary is None else len(vocabulary)
    manifest = {
        "feature": "tokens", "version": VERSION, "corpus": text.corpus_id, "component": text.component,
        "rows": len(text), "tokenizer": tokenizer.name, "identity": dict(tokenizer.identity), "vocabulary_size": size,
        **facts,
    }  # fmt: skip
    with text.workspace.create("features", key, manifest) as folder:
        if vocabulary is not None:
            atomic.write_bytes(folder / "vocabulary.json", orjson.dumps(vocabulary))
        _write(folder, blocks, size)
    shutil.rmtree(text.workspace.home / "partial" / key, ignore_errors=True)


def _words_of(donor: Donor) -> list[str]:
    return orjson.loads(donor.artefact.path("vocabulary.json").read_bytes())


def _numbered(place: Mapping[str, int], words: Sequence[str]) -> NDArray[np.int32]:
    """(words,) the number of each word, -1 for one that no row of the corpus holds."""
    return np.fromiter((place.get(word, -1) for word in words), dtype=np.int32, count=len(words))


def _part(donor: Donor, *, numbers: NDArray[np.int32] | None = None) -> TokenPart:
    return TokenPart(
        rows=donor.rows,
        places=donor.places,
        indptr=donor.artefact.array("indptr"),
        ids=donor.artefact.array("ids"),
        numbers=numbers,
    )


def _written(path: Path, blocks: Iterator[Mapping[str, Any]], rows: NDArray[np.int64]) -> TokenPart:
    """The tokens of ``blocks`` in a file, which is read as it is needed: the part of the corpus's ``rows``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lengths = [np.zeros(1, dtype=np.int64)]
    with atomic.explained(path), GrowingArray(path) as ids:
        for block in blocks:
            ids.add(block["ids"])
            lengths.append(np.diff(block["indptr"]))
    return TokenPart(
        rows=rows,
        places=np.arange(len(rows), dtype=np.int64),
        indptr=np.cumsum(np.concatenate(lengths)).astype(np.int64),
        ids=np.load(path, mmap_mode="r", allow_pickle=False) if rows.size else np.empty(0, dtype=np.int32),
    )


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
    size: int,
) -> None:
    """Write the artefact's arrays block by block, so that no array of the corpus's size is in memory.

    Rows of a block that has no counts are counted now; one that has them says by ``numbers`` which types its sums are
    of.
    """
    frequency = np.zeros(size, dtype=np.int64)
    document_frequency = np.zeros(size, dtype=np.int64)
    lengths: list[NDArray[np.int64]] = []
    entries: list[NDArray[np.int64]] = []
    with (
        GrowingArray(folder / "ids.npy") as ids,
        GrowingArray(folder / "counts_types.npy") as types,
        GrowingArray(folder / "counts_data.npy") as data,
    ):
        for block in blocks():
            tokens = block["ids"]
            if "counts_indptr" in block:
                indptr, row_types, counts = (block[f"counts_{name}"] for name in ("indptr", "types", "data"))
                frequency[block["numbers"]] += block["frequency"]
                document_frequency[block["numbers"]] += block["document_frequency"]
            else:
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
