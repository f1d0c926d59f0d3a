"""The high, mid and low band of a corpus's tokens: their sizes, samples, types per row, and a text cut by band."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.bands import BAND_NAMES, Band
from core.errors import Infeasible
from core.features.tokenizers import Tokenizer
from core.view import TokenRows

ENTRIES = 2_000_000  # types of rows that are looked at together
SIGNS = str.maketrans({" ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥", "\0": "␀", "\N{NO-BREAK SPACE}": "⍽"})


@dataclass(frozen=True)
class BandSize:
    """The size of one band. ``share`` is its part of all occurrences, in [0, 1]."""

    name: str
    types: int
    occurrences: int
    share: float


def band_sizes(band: Band, frequency: NDArray[np.int64]) -> list[BandSize]:
    """The size of each band of ``frequency`` (types,), high first. Shares are 0 where no type occurs at all."""
    total = int(frequency.sum())
    sizes = []
    for name, mask in band.split(frequency).items():
        occurrences = int(frequency[mask].sum())
        sizes.append(BandSize(name, int(mask.sum()), occurrences, occurrences / total if total else 0.0))
    return sizes


def mid_types_per_row(band: Band, tokens: TokenRows) -> NDArray[np.int64]:
    """(rows,) distinct mid-band types in each row; all 0 where the mid band is empty."""
    counts = tokens.counts
    mask = band.mask(np.asarray(tokens.frequency))
    types = np.empty(counts.shape[0], dtype=np.int64)
    begins = np.asarray(counts.indptr, dtype=np.int64)
    first = 0
    while first < len(types):  # some million entries at a time stay in the processor's cache and need no long sums
        last = max(first + 1, int(np.searchsorted(begins, begins[first] + ENTRIES, side="right")) - 1)
        inside = np.cumsum(mask[counts.indices[begins[first] : begins[last]]], dtype=np.int32)
        types[first:last] = np.diff(np.append(0, inside)[begins[first : last + 1] - begins[first]])
        first = last
    return types


def sample_tokens(
    band: Band, frequency: NDArray[np.int64], *, name: str, size: int = 40, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """At most ``size`` token ids of the band ``name``, drawn evenly over its types, and their frequencies.

    The commonest tokens come first; the same seed draws the same tokens. Raises :class:`Infeasible` for an empty band.
    """
    ids = np.flatnonzero(band.split(frequency)[name])
    if len(ids) == 0:
        raise _empty(band, frequency, name)
    drawn = np.random.default_rng(seed).choice(ids, size=min(size, len(ids)), replace=False)
    ordered = drawn[np.lexsort((drawn, -frequency[drawn]))]
    return ordered, np.asarray(frequency[ordered])


def stretches(
    band: Band,
    text: str,
    frequency: NDArray[np.int64],
    tokenizer: Tokenizer,
    *,
    wanted: Collection[int] = (),
) -> list[tuple[str, str, str]]:
    """``text`` cut into stretches of (text, band name, how often its tokens occur); joined they are ``text`` again.

    A stretch of several tokens is mid-band when any of its tokens is, else it has its last token's band; a stretch
    without a token has the band "". Where one of its tokens is ``wanted``, " wanted" follows the band's name.
    """
    masks = band.split(frequency)
    parts = []
    for part in tokenizer.segments(text):
        names = [next((name for name in BAND_NAMES if masks[name][token]), "") for token in part.ids]
        shown_as = "mid" if "mid" in names else (names[-1] if names else "")
        times = " + ".join(f"{frequency[token]:,}" for token in part.ids)
        if any(token in wanted for token in part.ids):
            shown_as = f"{shown_as} wanted".strip()
        parts.append((part.text, shown_as, f"{times} occurrences" if times else ""))
    return parts


def _empty(band: Band, frequency: NDArray[np.int64], name: str) -> Infeasible:
    low, high = band.thresholds(frequency)
    where = {
        "high": f"more than {high:,.0f} times",
        "mid": f"between {low:,.0f} and {high:,.0f} times",
        "low": f"less than {low:,.0f} times",
    }[name]
    most = int(frequency.max(initial=0))
    remedy = {
        "high": "Lower the upper threshold.",
        "mid": "Widen the band, or use quantiles: the defaults 10 and 500 fit about 100,000 responses.",
        "low": "Raise the lower threshold.",
    }[name]
    return Infeasible(
        f"The {name} band holds no token: none occurs {where} (the commonest occurs {most:,} times).",
        remedy=remedy if most else "The rows hold no token at all: choose another component.",
    )


def readable(piece: str) -> str:
    """A token's text with spaces, line ends and other invisible characters made visible."""
    shown = piece.translate(SIGNS)
    return "".join(sign if sign.isprintable() or sign == "⍽" else f"\\u{ord(sign):04x}" for sign in shown)


def readable_pieces(tokenizer: Tokenizer, ids: NDArray[np.int64]) -> list[str]:
    """The readable text of each token."""
    return [readable(piece) for piece in tokenizer.pieces(ids.tolist())]
