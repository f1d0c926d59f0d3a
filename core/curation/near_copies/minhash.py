"""The rung by words: rows whose sets of five-word runs overlap, found by MinHash and compared exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.curation.near_copies.bands import Bands, bands_for
from core.curation.near_copies.forest import CopyForest, forest_of_equals
from core.curation.near_copies.shingles import least_values, mixed, shingles_of
from core.curation.near_copies.spanning import GrowingForest
from core.progress import Progress, part_of, silent
from core.selection.priorities import scramble

STEP = 8_192  # rows read at once
PAIRS = 2_000_000  # pairs compared at once
HUBS = 256  # of more rows in one bucket, each is compared with this many
Array = NDArray[Any]


def similar_texts(texts: Sequence[str], *, least: float, progress: Progress = silent) -> CopyForest:
    """The forest of pairs of texts whose sets of shingles have a Jaccard similarity of at least ``least``.

    Shingles are those of :func:`shingles_of`. Pairs are those that agree in a band of MinHash values, expected to hold
    98 % of the pairs at ``least`` and more of those above; each is then compared exactly, shingle by shingle. Where
    more than :data:`HUBS` rows agree in a band, each is compared with the first :data:`HUBS` of them. The order of the
    texts only renames the rows; the number of threads changes nothing. A lower ``least`` compares many more pairs.
    """
    bands = bands_for(least)
    indptr, shingles, keys = signed(texts, bands, progress=progress)
    equals, rows = forest_of_sets(indptr, shingles)
    grown = compare_bands(indptr, shingles, keys, rows, range(bands.bands), least=least, progress=progress)
    grown.add(equals.first, equals.second, equals.similarity)
    return grown.forest()


def forest_of_sets(indptr: Array, shingles: Array) -> tuple[CopyForest, NDArray[np.int32]]:
    """The forest of rows whose sets of shingles are the same, and the rows that are still to be compared: one of each
    set, and none without a shingle."""
    same = _equal_sets(indptr, shingles)
    equals = forest_of_equals(same, rows=len(same))
    alone = np.ones(len(same), dtype=bool)
    alone[equals.second] = False
    return equals, np.flatnonzero(alone & (same >= 0)).astype(np.int32)


def compare_bands(
    indptr: Array, shingles: Array, keys: Array, rows: Array, bands: range, *, least: float, progress: Progress
) -> GrowingForest:
    """The similar pairs of ``rows`` that agree in one of ``bands`` and in no band before it.

    Row pointer (all rows + 1,), shingles, and keys (all rows, bands) are those of :func:`signed`. Each band gives its
    own pairs, whichever are asked for together.
    """
    grown = GrowingForest(len(indptr) - 1)
    for band in bands:
        progress(band - bands.start, len(bands), "bands compared")
        inside = part_of(progress, done=band - bands.start, total=len(bands))
        _compare_band(indptr, shingles, keys, band, rows, np.float32(least), grown, inside)
    progress(len(bands), len(bands), "bands compared")
    return grown


def permutations(count: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Multipliers, all odd, and offsets of ``count`` permutations of the 32-bit numbers; always the same ones."""
    drawn = scramble(np.arange(1, 2 * count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return (drawn[:count] >> np.uint64(32)).astype(np.uint32) | np.uint32(1), drawn[count:].astype(np.uint32)


def signed(
    texts: Sequence[str], bands: Bands, *, progress: Progress = silent
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64]]:
    """Row pointer (texts + 1,) and shingles of each text, and (texts, bands) a hash of the values of each band."""
    multipliers, offsets = permutations(bands.bands * bands.values)
    counts, parts = [np.zeros(1, dtype=np.int64)], []
    keys = np.empty((bands.bands, len(texts)), dtype=np.uint64).T  # a band's keys lie together
    for start in range(0, len(texts), STEP):
        progress(start, len(texts), "rows signed")
        indptr, shingles = shingles_of(texts[start : start + STEP])
        values = least_values(indptr, shingles, multipliers, offsets)
        keys[start : start + len(values)] = band_keys(values, bands.bands, bands.values)
        counts.append(np.diff(indptr))
        parts.append(shingles)
    every = np.empty(sum(map(len, parts)), dtype=np.uint32)
    at = 0
    while parts:  # the parts are let go one after another, so that not all shingles are there twice
        part = parts.pop(0)
        every[at : at + len(part)] = part
        at += len(part)
    return np.cumsum(np.concatenate(counts)), every, keys


@njit(cache=True, nogil=True, parallel=True)
def band_keys(values: Array, bands: int, each: int) -> Array:
    """(rows, bands) uint64: a hash of the ``each`` values of each band."""
    keys = np.empty((len(values), bands), dtype=np.uint64)
    for row in prange(len(values)):
        for band in range(bands):
            key = np.uint64(band + 1)
            for place in range(band * each, (band + 1) * each):
                key = mixed(key * np.uint64(0x9E3779B97F4A7C15) + np.uint64(values[row, place]))
            keys[row, band] = key
    return keys


def _equal_sets(indptr: Array, shingles: Array) -> NDArray[np.int64]:
    """(rows,) a number for each distinct set of shingles, by a hash of 64 bits; −1 for the empty set."""
    hashes = set_hashes(indptr, shingles)
    _, numbers = np.unique(hashes, return_inverse=True)
    return np.where(np.diff(indptr) > 0, numbers.astype(np.int64), -1)


@njit(cache=True, nogil=True, parallel=True)
def set_hashes(indptr: Array, shingles: Array) -> Array:
    """(rows,) uint64: a hash of each row's shingles, which are sorted."""
    hashes = np.empty(len(indptr) - 1, dtype=np.uint64)
    for row in prange(len(hashes)):
        value = np.uint64(indptr[row + 1] - indptr[row])
        for place in range(indptr[row], indptr[row + 1]):
            value = mixed(value * np.uint64(0x9E3779B97F4A7C15) + np.uint64(shingles[place]))
        hashes[row] = value
    return hashes


def _compare_band(
    indptr: Array, shingles: Array, keys: Array, band: int, rows: Array, least: np.float32, grown: GrowingForest,
    progress: Progress,
) -> None:  # fmt: skip
    """Compare the ``rows`` that agree in a band, unless they agreed in an earlier one, and add the similar pairs."""
    order = rows[np.argsort(keys[rows, band], kind="stable")]
    ordered = keys[order, band]
    places = np.arange(len(order))
    new = np.ones(len(order), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    start = np.maximum.accumulate(np.where(new, places, 0))  # (rows,) the place of the first row of its bucket
    others = np.minimum(places - start, HUBS)  # how many earlier rows of its bucket each is compared with
    ends = np.cumsum(others)
    at = 0
    while at < len(order):
        done = int(ends[at - 1]) if at else 0
        upto = max(at + 1, int(np.searchsorted(ends, done + PAIRS, side="right")))
        part = slice(at, upto)
        room = np.concatenate(([0], ends[part] - done)).astype(np.int64)
        if room[-1]:
            first, second, similarity = compared(
                indptr, shingles, keys, band, order, np.arange(at, upto), start[part], room, least
            )
            similar = similarity >= least
            grown.add(first[similar], second[similar], similarity[similar])
            progress(upto, len(order), "bands compared")
        at = upto


@njit(cache=True, nogil=True, parallel=True)
def compared(
    indptr: Array, shingles: Array, keys: Array, band: int, order: Array, places: Array, start: Array, room: Array,
    least: np.float32,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Each row at ``places`` of ``order`` with the first rows of its bucket: both rows and their Jaccard similarity.

    A pair that an earlier band has compared has −1.
    """
    first = np.empty(room[-1], dtype=np.int32)
    second = np.empty(room[-1], dtype=np.int32)
    similarity = np.empty(room[-1], dtype=np.float32)
    for number in prange(len(places)):
        row = order[places[number]]
        for at in range(room[number], room[number + 1]):
            other = order[start[number] + at - room[number]]
            first[at], second[at] = other, row
            before = False
            for earlier in range(band):
                if keys[other, earlier] == keys[row, earlier]:
                    before = True
                    break
            similarity[at] = (
                np.float32(-1)
                if before
                else jaccard(
                    shingles[indptr[other] : indptr[other + 1]], shingles[indptr[row] : indptr[row + 1]], least
                )
            )
    return first, second, similarity


@njit(cache=True, nogil=True)
def jaccard(one: Array, other: Array, least: np.float32) -> np.float32:
    """The Jaccard similarity of two sets of sorted numbers; 0 where their sizes alone keep it below ``least``."""
    fewer, more = min(len(one), len(other)), max(len(one), len(other))
    if fewer < np.float64(least) * more - 1e-6 * more:
        return np.float32(0)
    a, b, shared = 0, 0, 0
    while a < len(one) and b < len(other):
        if one[a] == other[b]:
            shared += 1
            a += 1
            b += 1
        elif one[a] < other[b]:
            a += 1
        else:
            b += 1
    return np.float32(shared / (len(one) + len(other) - shared))
