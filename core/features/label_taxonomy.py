"""Labels across sources: which names mean the same, which name means something else in another source, and renaming.

B2NERD (arXiv 2406.11192, section 3) makes one taxonomy of the labels of many sources before it prunes: definitions that
contradict each other are found by models trained on one source and tried on another, then renamed or dropped. Ours is a
reconstruction that needs no training: a nearest-centroid classifier over the rows' vectors takes the place of a model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.errors import InputError, in_short, quoted
from core.features.tags.synonyms import near_groups
from core.several import Several, coded

MOST_LABELS = 2_000
LONGEST = 120
EDGE = 0.5  # of an agreement, below which a definition counts as inconsistent
BLOCK = 8_192
SUMMED = 65_536  # rows whose vectors are added up together
CLASHES = [
    "label",
    "source",
    "other source",
    "rows",
    "other rows",
    "agreement",
    "taken for",
    "example",
    "other example",
]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Rows with a label and a source: ``names``, ``sources``; (rows,) int64 of each, -1 for a row without either."""

    names: list[str]
    sources: list[str]
    label: NDArray[np.int64]
    source: NDArray[np.int64]


def labelled(labels: NDArray[Any], sources: NDArray[Any], *, column: str) -> Labelled:
    """The labels (rows,) and sources (rows,) as numbers, names sorted. Raises :class:`InputError` for cells of several
    labels, for numbers, and for more than :data:`MOST_LABELS` labels."""
    (of_label, label_cells), (of_source, source_cells) = coded(labels), coded(sources)
    if labels.dtype.kind == "f" or any(isinstance(cell, Several) for cell in label_cells):
        raise InputError(
            f"{in_short(column)} does not hold one label a row.", remedy="Choose a column of words, one a row."
        )
    there = np.ones(len(labels), dtype=np.bool_)
    for places, cells in ((of_label, label_cells), (of_source, source_cells)):
        there &= np.array([bool(cell) for cell in cells], dtype=np.bool_)[places]
    names, label = _numbered(of_label, label_cells, there)
    origins, source = _numbered(of_source, source_cells, there)
    if len(names) > MOST_LABELS:
        raise InputError(f"{in_short(column)} has {len(names):,} values: too many for labels.")
    return Labelled(names, origins, label, source)


def _numbered(
    places: NDArray[np.int64], cells: Sequence[Any], there: NDArray[np.bool_]
) -> tuple[list[str], NDArray[np.int64]]:
    """The sorted words of the rows that are ``there``, and (rows,) which of them each row has, -1 for none."""
    names = sorted({str(cells[place]) for place in np.unique(places[there]).tolist()})
    number = {name: at for at, name in enumerate(names)}
    return names, np.where(there, np.array([number.get(str(cell), -1) for cell in cells], dtype=np.int64)[places], -1)


def label_groups(
    rows: Labelled, vectors: NDArray[np.float32], *, weight: float = 0.5, least: float = 0.7
) -> pd.DataFrame:
    """A line for each label: label, rows, sources (how many), group (numbered; labels of one probably mean the same),
    and like, the nearest other label with its likeness.

    Likeness = ``weight`` · cosine of the names' character trigrams + (1 − weight) · cosine of the mean vectors of the
    labels' rows, a construction of ours for B2NERD's clusters of label names; groups join labels that are at least
    ``least`` alike, one after the other, and names that differ in case, "_" and "-" alone. ``vectors`` (rows, d) have
    unit length. A larger ``weight`` goes by the names, a smaller ``least`` joins more.
    """
    means = _centres(vectors, rows.label, len(rows.names))
    spelt = _trigrams(rows.names)
    both = np.hstack([np.sqrt(weight) * spelt, np.sqrt(1 - weight) * means]).astype(np.float32)
    groups = near_groups(both, eps=1 - least) if len(rows.names) else np.empty(0, dtype=np.int64)
    groups = _joined(groups, [_spelt(name) for name in rows.names])
    alike = both @ both.T
    np.fill_diagonal(alike, -np.inf)
    nearest = alike.argmax(axis=1) if len(rows.names) > 1 else np.zeros(len(rows.names), dtype=np.int64)
    there = rows.label >= 0
    pairs = np.unique(np.stack([rows.label[there], rows.source[there]], axis=1), axis=0)
    return pd.DataFrame({
        "label": rows.names,
        "rows": np.bincount(rows.label[there], minlength=len(rows.names)),
        "sources": np.bincount(pairs[:, 0], minlength=len(rows.names)),
        "group": groups,
        "like": [rows.names[place] for place in nearest] if len(rows.names) > 1 else [""] * len(rows.names),
        "likeness": np.round(np.take_along_axis(alike, nearest[:, None], axis=1)[:, 0], 4) if len(rows.names) else [],
    })  # fmt: skip


def clashes(
    rows: Labelled, vectors: NDArray[np.float32], *, least_rows: int = 5, most_rows: int | None = None
) -> pd.DataFrame:
    """How far two sources mean the same by a label: :data:`CLASHES`, the least agreement first.

    For every two sources and the labels that both give to ``least_rows`` rows or more (two labels at least): each row
    of one source goes to the nearest mean vector of the other's labels; agreement is the share of a label's rows that
    go to it, mean of both directions (1: one definition; chance: 1 / labels). ``taken for`` is the label that most of
    the others went to. The examples are positions in the corpus: each source's row that lies farthest from the other's
    mean of the label. Fewer ``least_rows`` list more, and more by chance. O(rows · labels · d) for each two sources.
    ``most_rows``: of a label in a source only so many rows, the first by row id, go to a mean and are examples; the
    means are those of all rows. Fewer make an agreement less certain: of 500, a share is off by about 2 percent points.
    """
    lines = []
    labels = len(rows.names)
    there = (rows.source >= 0) & (rows.label >= 0)
    codes = np.full(len(there), -1, dtype=np.int64)
    given, codes[there] = np.unique(rows.source[there] * labels + rows.label[there], return_inverse=True)
    every = _centres(vectors, codes, len(given))  # of the labels that a source gives, not of all that it could
    inside_of = [np.flatnonzero(there & (rows.source == source)) for source in range(len(rows.sources))]
    counts_of = [np.bincount(rows.label[own], minlength=labels) for own in inside_of]
    asked_of = [own if most_rows is None else own[_earlier(rows.label[own]) < most_rows] for own in inside_of]
    for one, other in combinations(range(len(rows.sources)), 2):
        shared = np.flatnonzero((counts_of[one] >= least_rows) & (counts_of[other] >= least_rows))
        if len(shared) < 2:
            continue
        place = np.full(len(rows.names), -1, dtype=np.int64)
        place[shared] = np.arange(len(shared))
        means = {source: every[np.searchsorted(given, source * labels + shared)] for source in (one, other)}
        taken, far = np.zeros((len(shared), len(shared))), {}
        shares = np.zeros((2, len(shared)))
        for side, (mine, theirs) in enumerate(((one, other), (other, one))):
            own = asked_of[mine][place[rows.label[asked_of[mine]]] >= 0]
            label = place[rows.label[own]]
            went, cosine = _nearest(vectors, own, means[theirs], label)
            counted = np.zeros((len(shared), len(shared)))
            np.add.at(counted, (label, went), 1)
            shares[side] = np.diag(counted) / counted.sum(axis=1)
            taken += counted
            order = np.lexsort((own, np.round(cosine, 5), label))
            far[side] = own[order[np.searchsorted(label[order], np.arange(len(shared)))]]
        np.fill_diagonal(taken, 0)
        for number, name in enumerate(shared.tolist()):
            wrong = int(taken[number].argmax()) if taken[number].any() else -1
            lines.append((
                rows.names[name], rows.sources[one], rows.sources[other], int(counts_of[one][name]),
                int(counts_of[other][name]), float(shares[:, number].mean()),
                rows.names[shared[wrong]] if wrong >= 0 else "", int(far[0][number]), int(far[1][number]),
            ))  # fmt: skip
    table = pd.DataFrame(lines, columns=CLASHES)
    return table.sort_values(["agreement", "label", "source", "other source"], ignore_index=True)


def taxonomy_column(column: str) -> str:
    """The column that holds the edited labels of ``column``; of an edited one, itself."""
    return column if column.endswith(", taxonomy") else f"{column}, taxonomy"


def edited_values(corpus: Corpus, column: str) -> NDArray[Any]:
    """(rows,) the labels of ``column`` as they were edited last, or as they came."""
    made = taxonomy_column(column)
    return np.asarray(corpus.column(made if made in corpus.columns else column))


def relabelled(
    values: NDArray[Any], names: Collection[str], new: str, *, within: NDArray[np.bool_] | None = None
) -> NDArray[Any]:
    """(rows,) ``values`` after the labels ``names`` are called ``new``; a label called so already takes them in.

    ``within`` (rows,) bounds it to some rows, such as those of one source, whose label then has a name of its own.
    Raises :class:`InputError` for a label that no row has there, or a name that is empty or too long.
    """
    called = " ".join(new.split())
    if not called or len(called) > LONGEST:
        raise InputError(f"A label's name has 1 to {LONGEST} characters.", remedy="Type another name.")
    places, cells = coded(values)
    wanted = [cell is not None and str(cell) in set(names) for cell in cells]
    chosen = np.array(wanted, dtype=np.bool_)[places]
    there = {cell for cell, asked in zip(cells, wanted, strict=True) if asked}
    if missing := [name for name in names if name not in there]:
        raise InputError(f"No row has the label {quoted(missing[0])}.")
    if within is not None:
        chosen &= within
    made = values.astype(object)
    made[chosen] = called
    return made


def _centres(vectors: NDArray[np.float32], codes: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """(count, d) unit mean vectors of the rows of each code; zeros for a code without rows."""
    from scipy import sparse

    rows = np.flatnonzero(codes >= 0)
    sums = np.zeros((count, vectors.shape[1]))
    for start in range(0, len(rows), SUMMED):  # in double precision, but never all vectors at once
        part = rows[start : start + SUMMED]
        belongs = sparse.csr_matrix((np.ones(len(part)), (codes[part], np.arange(len(part)))), shape=(count, len(part)))
        sums += belongs @ np.asarray(vectors[part], dtype=np.float64)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 1e-12).astype(np.float32)


def _earlier(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows,) how many rows before each have its label."""
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels) if len(labels) else np.zeros(1, dtype=np.int64)
    earlier = np.empty(len(labels), dtype=np.int64)
    earlier[order] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return earlier


def _nearest(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], means: NDArray[np.float32], own: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(rows,) the nearest of ``means`` (labels, d) to each row, ties to the first, and the cosine to its ``own``."""
    went, cosine = np.empty(len(rows), dtype=np.int64), np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        part = slice(start, start + BLOCK)
        near = np.round(np.asarray(vectors[rows[part]]) @ means.T, 5)  # rounded, so that the block does not show
        went[part] = near.argmax(axis=1)
        cosine[part] = near[np.arange(len(near)), own[part]]
    return went, cosine


def _spelt(name: str) -> str:
    """The words of a name in lower case, "_" and "-" as spaces."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _joined(groups: NDArray[np.int64], spelt: Sequence[str]) -> NDArray[np.int64]:
    """(labels,) ``groups`` in which labels ``spelt`` alike are together, numbered anew from 0 in the same order."""
    joined = groups.copy()
    first: dict[str, int] = {}
    for place, name in enumerate(spelt):
        other = first.setdefault(name, place)
        low, high = sorted((joined[place], joined[other]))
        joined[joined == high] = low
    return np.unique(joined, return_inverse=True)[1].astype(np.int64)


def _trigrams(names: Sequence[str]) -> NDArray[np.float32]:
    """(names, trigrams) unit counts of the character trigrams of each name, its words as :func:`_spelt`."""
    number: dict[str, int] = {}
    entries = []
    for place, name in enumerate(names):
        spelt = f"  {_spelt(name)}  "
        for at in range(len(spelt) - 2):
            entries.append((place, number.setdefault(spelt[at : at + 3], len(number))))
    counts = np.zeros((len(names), max(1, len(number))), dtype=np.float32)
    for place, gram in entries:
        counts[place, gram] += 1
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-12)
