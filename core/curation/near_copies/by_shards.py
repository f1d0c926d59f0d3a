"""The rung by words, by shards: each signs its rows, the signatures are joined by band, bands are compared apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.near_copies.bands import bands_for
from core.curation.near_copies.forest import CopyForest
from core.curation.near_copies.minhash import compare_bands as compared_bands
from core.curation.near_copies.minhash import forest_of_sets, signed
from core.curation.near_copies.spanning import GrowingForest, read_forest, save_forest
from core.features.array_file import GrowingArray, concatenate_files
from core.progress import Progress, part_of
from core.shards import registry
from core.shards.engine import Engine
from core.shards.run import run_shards
from core.shards.shard import cut, shards_of
from core.shards.work import ShardWork
from core.workspace import atomic
from core.workspace.digests import digest

JOINED = 1  # version of the joined files


def sign_shard(work: ShardWork) -> None:
    """Shingles and band keys of a shard's rows; settings: component, least (the floor of similarity).

    Writes lengths (rows,) and shingles (32-bit numbers, ascending in each row), and keys (bands, rows) uint64.
    """
    texts = work.shard.texts(str(work.settings["component"]))
    indptr, shingles, keys = signed(texts, bands_for(float(work.settings["least"])), progress=work.progress)
    work.save("lengths", np.diff(indptr))
    work.save("shingles", shingles)
    work.save("keys", np.ascontiguousarray(keys.T))


def compare_bands(work: ShardWork) -> None:
    """The forest of the pairs that agree in some bands first; the shard counts bands, its path is a joined folder.

    Settings: least. Writes first, second, similarity.
    """
    indptr, shingles, keys, rows = _read(Path(work.shard.path))
    grown = compared_bands(
        indptr, shingles, keys, rows, range(work.shard.start, work.shard.stop),
        least=float(work.settings["least"]), progress=work.progress,
    )  # fmt: skip
    save_forest(work, grown.forest())


def similar_rows(
    corpus: Corpus, component: str, *, least: float, home: Path, engine: Engine, progress: Progress
) -> CopyForest:
    """The forest of :func:`core.curation.near_copies.minhash.similar_texts` of a corpus's texts, the same to the bit.

    A pair is compared where its rows first agree in a band, so each band can be compared by itself; forests of bands
    join to the forest of all, in any order.
    """
    signing = part_of(progress, done=0, total=100, size=60)
    folders = run_shards(
        registry.SIGNATURES,
        shards_of(corpus, most_rows=engine.most_rows, count=engine.shards),
        {"component": component, "least": least},
        home=home,
        engine=engine,
        progress=signing,
        note="rows signed",
    )
    content = digest(["joined signatures", JOINED, [folder.name for folder in folders]])
    joined = home / f"{content}.joined"
    grown = GrowingForest(len(corpus))
    if not joined.is_dir():
        _join(joined, folders)
    indptr, shingles, _, _ = _read(joined)
    equals, _ = forest_of_sets(indptr, shingles)
    grown.add(equals.first, equals.second, equals.similarity)
    bands = bands_for(least).bands
    compared = run_shards(
        registry.COMPARE_BANDS,
        cut(path=str(joined), content=content, length=bands, count=bands),
        {"least": least},
        home=home,
        engine=engine,
        progress=part_of(progress, done=60, total=100, size=40),
        note="bands compared",
    )
    for folder in compared:
        grown.add(*read_forest(folder))
    return grown.forest()


def _join(joined: Path, folders: Sequence[Path]) -> None:
    """Write the signatures of all shards as one: row pointer, shingles, keys by band, and the rows to compare."""
    lengths = np.concatenate([np.load(folder / "lengths.npy", allow_pickle=False) for folder in folders])
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    with atomic.staged_folder(joined) as folder:
        np.save(folder / "indptr.npy", indptr, allow_pickle=False)
        concatenate_files(folder / "shingles.npy", folders, "shingles")
        keys = [np.load(shard / "keys.npy", mmap_mode="r", allow_pickle=False) for shard in folders]
        with GrowingArray(folder / "keys.npy", dtype="<u8", shape=(len(lengths),)) as array:
            for band in range(len(keys[0])):
                array.add(np.concatenate([of_shard[band] for of_shard in keys])[None])
        _, rows = forest_of_sets(indptr, _mapped(folder / "shingles.npy"))
        np.save(folder / "rows.npy", rows, allow_pickle=False)


def _read(joined: Path) -> tuple[NDArray[Any], ...]:
    """Row pointer, shingles, keys (rows, bands) and the rows to compare, mapped: processes share the pages."""
    keys = _mapped(joined / "keys.npy").T
    return _mapped(joined / "indptr.npy"), _mapped(joined / "shingles.npy"), keys, _mapped(joined / "rows.npy")


def _mapped(path: Path) -> NDArray[Any]:
    """An array that can be written to, though nothing writes: kernels are compiled for such arrays already."""
    return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
