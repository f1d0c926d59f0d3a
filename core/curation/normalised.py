"""A text as near-copies compare it: its words, without case, punctuation, spaces and forms of Unicode.

Leaks read words otherwise (:mod:`core.curation.leaks.folding`): without accents, over apostrophes, mathematical signs
as punctuation, with each word's place in the text. The two rules stay two because what is stored hangs on both: the
groups and signatures of near-copies on this one, the keys of kept benchmarks on the other.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.features.tags.phrases import UNSPACED

BETWEEN, IN_WORD, ALONE, UNSEEN = 0, 1, 2, 3  # what a character is for the words of a text
_UNSPACED_RANGES = [(UNSPACED[at], UNSPACED[at + 2]) for at in range(0, len(UNSPACED), 3)]


def folded(text: str) -> str:
    """The text in Unicode's NFKC form, without case."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()


def words(text: str) -> list[str]:
    """The words of a text in reading order, folded.

    A word is a run of letters, marks and digits; each character of a script written without spaces is one, and each
    sign that is not punctuation (+, =, €, an emoji). Punctuation and spaces stand between words; what is not seen
    (soft hyphens, joiners) is left out.
    """
    return folded(text).translate(_SPACED).split()


def normalised(text: str) -> str:
    """The words of a text with single spaces between."""
    return " ".join(words(text))


def character_class(char: str) -> int:
    """What a folded character is for the words of a text: :data:`BETWEEN`, IN_WORD, ALONE or UNSEEN."""
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f":
        return UNSEEN
    if category[0] in "LMN":
        return ALONE if any(low <= char <= high for low, high in _UNSPACED_RANGES) else IN_WORD
    return ALONE if category in ("Sm", "Sc", "So") and char not in "|~" else BETWEEN


@lru_cache(maxsize=1)
def character_classes() -> NDArray[np.uint8]:
    """(1,114,112,) the class of each code point, for compiled code."""
    return np.fromiter(map(character_class, map(chr, range(0x110000))), dtype=np.uint8, count=0x110000)


class _Spaced(dict[int, str]):
    """What stands for each character so that words can be split at spaces; filled as characters occur."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        spaced = {BETWEEN: " ", IN_WORD: char, ALONE: f" {char} ", UNSEEN: ""}[character_class(char)]
        self[code] = spaced
        return spaced


_SPACED = _Spaced()
