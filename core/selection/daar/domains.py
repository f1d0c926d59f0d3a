"""Domains of a pool, and how near each row lies to the centres of its own domain and of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InputError
from core.selection.greedy.points import copies

STEPS = 50  # most iterations of Lloyd's algorithm
BLOCK = 8192


@dataclass(frozen=True, eq=False, kw_only=True)
class Domains:
    """``domain`` (rows,) int32 the domain of each row, -1 for none, ``names`` (domains,) in their order."""

    domain: NDArray[np.int32]
    names: list[str]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(domains,) rows of each."""
        return np.bincount(self.domain[self.domain >= 0], minlength=len(self.names))

    def without_singles(self) -> tuple[Domains, int]:
        """The domains without those of a single row, and the number of those.

        A single row is the centre of its domain and has cosine 1 to it, which means nothing.
        """
        kept = self.sizes >= 2
        number = np.append(np.cumsum(kept) - 1, -1)
        domain = np.where(np.append(kept, False)[self.domain], number[self.domain], -1).astype(np.int32)
        return Domains(domain=domain, names=[name for name, there in zip(self.names, kept) if there]), int(
            (self.sizes == 1).sum()
        )


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """``vectors`` (rows, d) scaled to unit length, in float64; an all-zero vector stays zero."""
    exact = np.asarray(vectors, dtype=np.float64)
    return exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-300)


def centres_of(vectors: NDArray[np.floating], domains: Domains) -> NDArray[np.float64]:
    """(domains, d) mean vector C_k of the rows of each domain. Source: DaaR (arXiv 2502.04380), section 3."""
    return part_sums(vectors, domains.domain, len(domains.names)) / np.maximum(domains.sizes, 1)[:, None]


def part_sums(vectors: NDArray[np.floating], part: NDArray[np.integer], parts: int) -> NDArray[np.float64]:
    """(parts, d) float64 sum of the rows of each part; rows of part -1 are ignored."""
    there = np.flatnonzero(part >= 0)
    ones = np.ones(len(there))
    member = sparse.csc_matrix((ones, part[there], np.arange(len(there) + 1)), shape=(parts, len(there)))
    sums = np.zeros((parts, vectors.shape[1]))
    for start in range(0, len(there), BLOCK):
        rows = there[start : start + BLOCK]
        sums += member[:, start : start + BLOCK] @ np.asarray(vectors[rows], dtype=np.float64)
    return sums


def cosines(vectors: NDArray[np.floating], centres: NDArray[np.float64], *, block: int = BLOCK) -> NDArray[np.float64]:
    """(rows, domains) cosine of every row to every centre; 0 where the row or the centre is the zero vector."""
    toward = unit(centres)
    parts = [unit(vectors[start : start + block]) @ toward.T for start in range(0, len(vectors), block)]
    return np.concatenate(parts) if parts else np.empty((0, len(centres)))


def inter(near: NDArray[np.float64], domain: NDArray[np.int32]) -> NDArray[np.float64]:
    """(rows,) φ_inter(x) = Σ over the other domains j of cos(x, C_j); nan where a row has no domain.

    ``near`` (rows, domains) comes from :func:`cosines`. Raises :class:`InputError` when there is only one domain.
    """
    if near.shape[1] < 2:
        raise InputError(
            "There is only one domain: no row can lie near another domain.",
            remedy="Choose a column with two values or more, or pseudo-domains.",
        )
    own = near[np.arange(len(near)), np.maximum(domain, 0)]
    return np.where(domain >= 0, near.sum(axis=1) - own, np.nan)


def intra(near: NDArray[np.float64], domain: NDArray[np.int32]) -> NDArray[np.float64]:
    """(rows,) φ_intra(x) = cos(x, C_k) of the row's own domain k; nan where a row has no domain."""
    if near.shape[1] < 1:
        raise InputError("No domain has two rows or more.", remedy="Choose another column, or pseudo-domains.")
    return np.where(domain >= 0, near[np.arange(len(near)), np.maximum(domain, 0)], np.nan)


def labelled(labels: NDArray[np.int32], names: Sequence[str], vectors: NDArray[np.floating]) -> Domains:
    """Domains from labels (rows,), -1 for none: a row without a label joins the domain with the nearest centre."""
    if not len(names):
        raise InputError("No row has a domain in that column.", remedy="Choose another column, or pseudo-domains.")
    known = Domains(domain=np.asarray(labels, dtype=np.int32), names=list(names))
    blank = np.flatnonzero(known.domain < 0)
    if len(blank):
        domain = known.domain.copy()
        domain[blank] = cosines(vectors[blank], centres_of(vectors, known)).argmax(axis=1)
        known = Domains(domain=domain, names=known.names)
    return known


def from_examples(
    vectors: NDArray[np.floating],
    examples: NDArray[np.floating],
    labels: NDArray[np.int32],
    names: Sequence[str],
) -> Domains:
    """Pseudo-domains from a few example rows of each: k-means over the pool, started from the examples' means.

    Source: DaaR's synthetic centroids (arXiv 2502.04380, section 4.1): k-means from given centres, one start; here the
    user's examples replace the generated ones. A domain whose centre loses every row stays empty.
    """
    example_domains = Domains(domain=np.asarray(labels, dtype=np.int32), names=list(names))
    return Domains(
        domain=lloyd(unit(vectors), unit(centres_of(unit(examples), example_domains))), names=example_domains.names
    )


def pseudo(vectors: NDArray[np.floating], *, parts: int, seed: int) -> Domains:
    """Pseudo-domains by k-means on the directions of ``vectors``; more parts make narrower domains."""
    from sklearn.cluster import kmeans_plusplus

    directions = unit(vectors)
    parts = max(1, min(parts, len(copies(directions.astype(np.float32)).first)))
    starts, _ = kmeans_plusplus(directions, parts, random_state=seed)
    domain = lloyd(directions, starts)
    kept = np.unique(domain)
    return Domains(
        domain=np.searchsorted(kept, domain).astype(np.int32),
        names=[f"pseudo-domain {number + 1}" for number in range(len(kept))],
    )


def lloyd(directions: NDArray[np.float64], starts: NDArray[np.float64]) -> NDArray[np.int32]:
    """(rows,) int32 the nearest centre of each row after Lloyd's iterations from ``starts`` (parts, d)."""
    centres = starts.copy()
    before = np.empty(0)
    for _ in range(STEPS):
        half = 0.5 * np.einsum("kd,kd->k", centres, centres)
        # Rounded, so that a row midway between two centres goes to the first on every machine.
        near = np.concatenate(
            [np.round(directions[at : at + BLOCK] @ centres.T - half, 12) for at in range(0, len(directions), BLOCK)]
        )
        part = near.argmax(axis=1)
        if np.array_equal(part, before):
            break
        before = part
        sizes = np.bincount(part, minlength=len(centres))
        sums = part_sums(directions, part, len(centres))
        centres = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
    return part.astype(np.int32)
