"""Normalises tags: recognises strings that are not words, and groups the spellings of one tag."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WORDS_MOST = 6
UNCOUNTED = frozenset(("news", "series", "species", "physics", "mathematics", "sports", "economics", "politics"))
EMPTY = frozenset(
    ("none", "null", "nil", "n/a", "na", "unknown", "other", "others", "misc", "miscellaneous", "unspecified")
)
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_REPEATED = re.compile(r"(.)\1{3,}")
_VOWEL = re.compile(r"[aeiouy]")
_LATIN = re.compile(r"[a-z]+")
_CODE = re.compile(r"[{}<>=\\|$`\[\]]")


def is_word(tag: str) -> bool:
    """Whether a tag is made of words: it has letters, few words, no characters of code, and pronounceable words.

    Long Latin words without a vowel, letters repeated four times and placeholders ("none", "n/a") are not words.
    """
    clean = unicodedata.normalize("NFKC", tag).casefold().strip()
    words = _WORD.findall(clean)
    if clean in EMPTY or not words or len(words) > WORDS_MOST or _CODE.search(clean) or _REPEATED.search(clean):
        return False
    letters = len(_LETTER.findall(clean))
    if (letters < 2 and clean.isascii()) or letters * 2 < sum(not char.isspace() for char in clean):
        return False
    return all(len(word) < 6 or not _LATIN.fullmatch(word) or _VOWEL.search(word) for word in words)


def spelling(tag: str) -> str:
    """The form that all spellings of a tag share: no case, no punctuation, no plural.

    InsTag stems words, which would also turn "engineer" into "engine"; here merging by meaning joins other word forms.
    """
    clean = unicodedata.normalize("NFKC", tag).casefold()
    words = [word.replace("'s", "").replace("’s", "") for word in _WORD.findall(clean)]
    return " ".join(_stem(word) for word in words)


def spelling_groups(names: Sequence[str], rows: NDArray[np.int64]) -> dict[int, int]:
    """{tag: the commonest of its spellings} for every tag that is not the commonest itself.

    ``rows`` (tags,) is the number of rows that carry each tag; ties go to the first name in the alphabet.
    """
    best: dict[str, int] = {}
    forms = [spelling(name) or name for name in names]
    for number in np.lexsort((np.arange(len(names)), -rows)).tolist():
        best.setdefault(forms[number], number)
    return {number: best[form] for number, form in enumerate(forms) if best[form] != number}


def _stem(word: str) -> str:
    """A stem that the singular and the plural of an English word share; it is not always a word itself."""
    if not _LATIN.fullmatch(word) or len(word) < 4 or word in UNCOUNTED:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
