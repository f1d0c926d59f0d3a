"""The high, mid and low bands of a corpus's token frequencies: thresholds, sizes, samples, types per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.bands import Unit, thresholds
from core.errors import Infeasible, InputError
from core.features.tokenizers import Tokenizer
from core.view import TokenRows

BANDS = ("high", "mid", "low")
SIGNS = str.maketrans({" ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥", "\0": "␀", "\N{NO-BREAK SPACE}": "⍽"})


@dataclass(frozen=True)
class BandSize:
    """What one band holds. ``share`` is its part of all occurrences, in [0, 1]."""

    name: str
    types: int
    occurrences: int
    share: float


@dataclass(frozen=True)
class Bands:
    """Where the mid band lies: low <= f <= high, f counted in occurrences (not rows) over the whole corpus.

    A type that never occurs is in no band. Raising ``low`` takes names, loanwords and typos out of the mid band;
    lowering ``high`` takes function words, digits and affixes out. ``unit`` is what the two are given in: a
    ``count``; occurrences ``per_million`` tokens; or a ``quantile``, the share of occurring types that are rarer.
    Source: From Macro to Micro, §D.3 (10 and 500 at 117,000 responses); the scale-free units are ours.
    """

    low: float = 10.0
    high: float = 500.0
    unit: Unit = "count"

    def thresholds(self, frequency: NDArray[np.int64]) -> tuple[float, float]:
        """Both ends in occurrences. Raises :class:`InputError` for ends that are no band."""
        return thresholds(frequency, low=self.low, high=self.high, unit=self.unit)

    def masks(self, frequency: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
        """Band to (types,) whether a type is in it; the three share no type and hold every one that occurs."""
        low, high = self.thresholds(frequency)
        return {
            "high": frequency > high,
            "mid": (frequency > 0) & (frequency >= low) & (frequency <= high),
            "low": (frequency > 0) & (frequency < low),
        }

    def sizes(self, frequency: NDArray[np.int64]) -> list[BandSize]:
        """What each band holds, high first. Shares are 0 where nothing occurs at all."""
        total = int(frequency.sum())
        found = []
        for name, mask in self.masks(frequency).items():
            occurrences = int(frequency[mask].sum())
            found.append(BandSize(name, int(mask.sum()), occurrences, occurrences / total if total else 0.0))
        return found

    def incidence(self, tokens: TokenRows) -> tuple[sparse.csr_matrix, NDArray[np.int32]]:
        """Occurrences of mid-band types: (rows, mid types) int32, columns by token id, and those ids.

        Raises :class:`Infeasible` when no type lies in the band.
        """
        mask = self._mid(tokens.frequency)
        counts = tokens.counts
        number = np.cumsum(mask, dtype=np.int32) - np.int32(1)
        kept = mask[counts.indices]  # (entries,)
        indptr = np.concatenate(([0], np.cumsum(kept)))[counts.indptr]
        shape = (counts.shape[0], int(mask.sum()))
        matrix = sparse.csr_matrix((counts.data[kept], number[counts.indices[kept]], indptr), shape=shape)
        return matrix, np.flatnonzero(mask).astype(np.int32)

    def types_per_row(self, tokens: TokenRows) -> NDArray[np.int64]:
        """(rows,) distinct mid-band types in each row; all 0 where the band is empty."""
        counts = tokens.counts
        mask = self.masks(np.asarray(tokens.frequency))["mid"]
        return np.diff(np.concatenate(([0], np.cumsum(mask[counts.indices])))[counts.indptr])

    def sample(
        self, frequency: NDArray[np.int64], *, band: str, size: int = 40, seed: int = 0
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """At most ``size`` token ids of a band, drawn evenly over its types, and their frequencies, highest first.

        The same seed draws the same tokens. Raises :class:`Infeasible` when the band is empty.
        """
        ids = np.flatnonzero(self.masks(frequency)[band])
        if len(ids) == 0:
            raise self._empty(frequency, band)
        drawn = np.random.default_rng(seed).choice(ids, size=min(size, len(ids)), replace=False)
        ordered = drawn[np.lexsort((drawn, -frequency[drawn]))]
        return ordered, np.asarray(frequency[ordered])

    def told(self, text: str, frequency: NDArray[np.int64], tokenizer: Tokenizer) -> list[tuple[str, str, str]]:
        """``text`` in stretches of (text, band, how often its tokens occur); joined they are ``text`` again.

        A stretch spelt by several tokens is mid-band when any of them is, else of its last token's band; one
        without a token has the band "".
        """
        masks = self.masks(frequency)
        found = []
        for part in tokenizer.segments(text):
            names = [next((band for band in BANDS if masks[band][token]), "") for token in part.ids]
            band = "mid" if "mid" in names else (names[-1] if names else "")
            times = " + ".join(f"{frequency[token]:,}" for token in part.ids)
            found.append((part.text, band, f"{times} occurrences" if times else ""))
        return found

    def converted(self, unit: Unit, frequency: NDArray[np.int64]) -> Bands:
        """The same band of this corpus in another unit: every type stays where it is.

        Ends are put half-way to the neighbouring frequency, so that rounding moves no type over them.
        """
        if unit not in get_args(Unit):
            raise InputError(f"Bands are given in {', '.join(get_args(Unit))}, not {unit!r}.")
        low, high = self.thresholds(frequency)
        if unit == self.unit:
            return self
        if unit == "count":
            return Bands(float(np.ceil(low)), float(max(np.ceil(low), np.floor(high))), unit)
        if unit == "per_million":
            scale = max(int(frequency.sum()), 1) / 1e6
            return Bands(_rounded(max(0.0, np.ceil(low) - 0.5) / scale), _rounded((np.floor(high) + 0.5) / scale), unit)
        occurring = np.sort(frequency[frequency > 0])
        last = max(len(occurring) - 1, 1)
        below, upto = np.searchsorted(occurring, low, side="left"), np.searchsorted(occurring, high, side="right")
        bottom = min(1.0, max(0.0, (below - 0.5) / last))
        return Bands(round(bottom, 7), round(min(1.0, max(bottom, (upto - 0.5) / last)), 7), unit)

    def _mid(self, frequency: NDArray[np.int64]) -> NDArray[np.bool_]:
        mask = self.masks(np.asarray(frequency))["mid"]
        if not mask.any():
            raise self._empty(frequency, "mid")
        return mask

    def _empty(self, frequency: NDArray[np.int64], band: str) -> Infeasible:
        low, high = self.thresholds(frequency)
        where = {
            "high": f"more than {high:,.0f} times",
            "mid": f"between {low:,.0f} and {high:,.0f} times",
            "low": f"less than {low:,.0f} times",
        }[band]
        most = int(frequency.max(initial=0))
        remedy = {
            "high": "Lower the upper threshold.",
            "mid": "Widen the band, or use quantiles: the defaults 10 and 500 fit about 100,000 responses.",
            "low": "Raise the lower threshold.",
        }[band]
        return Infeasible(
            f"The {band} band holds no token: none occurs {where} (the commonest occurs {most:,} times).",
            remedy=remedy if most else "The rows hold no token at all: choose another component.",
        )


def readable(piece: str) -> str:
    """A token's text with its spaces, line ends and other signs that do not show made visible."""
    shown = piece.translate(SIGNS)
    return "".join(sign if sign.isprintable() or sign == "⍽" else f"\\u{ord(sign):04x}" for sign in shown)


def readable_pieces(tokenizer: Tokenizer, ids: NDArray[np.int64]) -> list[str]:
    """The readable text of each token."""
    return [readable(piece) for piece in tokenizer.pieces(ids.tolist())]


def _rounded(value: float) -> float:
    return float(f"{value:.8g}")
