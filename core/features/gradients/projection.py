"""A sparse random projection of gradients: each weight is added to one dimension, with a sign, both drawn."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

DRAWN = 1 << 20  # numbers drawn at a time


def drawn(name: str, count: int, *, seed: int) -> NDArray[np.uint64]:
    """(count,) 64 random bits for each weight of the matrix ``name``, the same on every machine and version.

    The splitmix64 sequence of Steele, Lea and Flood (2014), started from a hash of ``seed`` and ``name``.
    """
    start = np.frombuffer(hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest(), dtype="<u8")[0]
    bits = np.arange(1, count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        bits *= np.uint64(0x9E3779B97F4A7C15)
        bits += start
        bits ^= bits >> np.uint64(30)
        bits *= np.uint64(0xBF58476D1CE4E5B9)
        bits ^= bits >> np.uint64(27)
        bits *= np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    return bits


def places_and_signs(
    name: str, count: int, *, dimensions: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(count,) the dimension that each weight of a matrix goes to, and (count,) its sign, 1 or −1."""
    bits = drawn(name, count, seed=seed)
    places = ((bits >> np.uint64(8)) % np.uint64(dimensions)).astype(np.int64)
    return places, np.where(bits & np.uint64(1), np.float32(1), np.float32(-1))


class SparseProjection:
    """Adds gradients of named matrices into ``dimensions`` numbers.

    Inner products are kept on average, with a standard deviation of at most √(2 / dimensions) times the two lengths, as
    with a dense projection of random signs, at one addition a weight instead of ``dimensions``. Source: the count
    sketch as a projection (Weinberger et al. 2009, arXiv 0902.2206; Clarkson and Woodruff 2013, arXiv 1207.6365), from
    recollection; the papers of G-Vendi (arXiv 2505.20161) and LESS (arXiv 2402.04333) project with dense random signs.
    """

    def __init__(self, *, dimensions: int, seed: int, device: str) -> None:
        self.dimensions, self.seed, self.device = dimensions, seed, device
        self._drawn: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}

    def add(self, into: torch.Tensor, gradient: torch.Tensor, *, name: str) -> None:
        """Add the ``gradient`` of the matrix ``name`` to ``into`` (dimensions,) float32."""
        import torch

        flat = gradient.reshape(-1)
        if name not in self._drawn:
            drawn_now = places_and_signs(name, len(flat), dimensions=self.dimensions, seed=self.seed)
            places, signs = (torch.from_numpy(array).to(self.device) for array in drawn_now)
            self._drawn[name] = places, signs
        into.index_add_(0, self._drawn[name][0], flat * self._drawn[name][1])
