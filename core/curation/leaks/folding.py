"""What becomes of each character before words are compared: its form, its case, its accents, its role in a word.

A character is decomposed (NFKD), put into small letters (Unicode case folding) and decomposed again; accents, Arabic
and Hebrew points, voicing marks of kana and invisible characters are left out. Letters, digits and the marks that stay
make words; an apostrophe within a word is passed over; each character of a script that is written without spaces (Han,
kana, Thai, Lao, Khmer, Burmese, Tibetan) is a word of its own. All else, line ends and punctuation included, separates
words.

Near-copies read words otherwise (:mod:`core.curation.normalised`, where it is said why both rules stay).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SEPARATES, JOINS, ALONE, PASSED_OVER = 0, 1, 2, 3
SIZE = 0x20000  # characters in the table; of those beyond it Han are words of their own, all others separate words
LAST_HAN = 0x3FFFF
TAGS = (0xE0000, 0xE01EF)  # tags and further variation selectors, all invisible
APOSTROPHES = frozenset("'’ʼ")
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
)


@dataclass(frozen=True, eq=False)
class Folding:
    """``single`` (SIZE,) int32: the one character that a character becomes, −1 for none, −2 − i for sequence i.

    ``indptr`` and ``items`` hold the sequences. ``kind`` (SIZE,) uint8 is the role in a word of a folded character.
    """

    single: NDArray[np.int32]
    indptr: NDArray[np.int32]
    items: NDArray[np.int32]
    kind: NDArray[np.uint8]


def folded(character: str) -> str:
    """What ``character`` becomes: none, one or several characters. Those beyond the table stay as they are."""
    if ord(character) >= SIZE:
        return "" if _is_left_out(character) else character
    twice = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(part for part in twice if not _is_left_out(part))


def kind_of(character: str) -> int:
    """The role of a folded character in a word."""
    if character in APOSTROPHES:
        return PASSED_OVER
    if ord(character) >= SIZE:
        return ALONE if ord(character) <= LAST_HAN else SEPARATES
    if unicodedata.category(character)[0] not in "LNM":
        return SEPARATES
    place = ord(character)
    return ALONE if any(first <= place <= last for first, last in _UNSPACED) else JOINS


def _is_left_out(character: str) -> bool:
    """Whether it is an accent, a point, a voicing mark, a variation selector or an invisible character."""
    place, category = ord(character), unicodedata.category(character)
    order = unicodedata.combining(character)
    return (
        category == "Cf"
        or order == 8
        or 10 <= order <= 36
        or order >= 200
        or 0xFE00 <= place <= 0xFE0F
        or TAGS[0] <= place <= TAGS[1]
    )


@lru_cache(maxsize=1)
def folding() -> Folding:
    """The table of all characters; made once in a process, in about a quarter of a second."""
    single = np.arange(SIZE, dtype=np.int32)
    kind = np.zeros(SIZE, dtype=np.uint8)
    indptr, items = [0], list[int]()
    for place in range(SIZE):
        character = chr(place)
        kind[place] = kind_of(character)
        if 0xD800 <= place <= 0xDFFF:
            continue
        becomes = folded(character)
        if becomes == character:
            continue
        if len(becomes) == 1:
            single[place] = ord(becomes)
        elif not becomes:
            single[place] = -1
        else:
            single[place] = -1 - len(indptr)
            items += map(ord, becomes)
            indptr.append(len(items))
    return Folding(single, np.array(indptr, dtype=np.int32), np.array(items, dtype=np.int32), kind)
