"""Scores of one text at a time: length, how far it compresses, variety of its words, how easily it reads."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.features.tags.noun_phrases import is_english
from core.metrics.mtld_mattr import mtld
from core.progress import Progress, silent
from core.view import TokenRows

LEAST_BYTES = 100  # a shorter text is mostly the compressor's header
LEAST_WORDS = 10  # fewer words have no variety
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
_WORDS = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’][^\W_{_UNSPACED}]+)*")
_SENTENCES = re.compile(r"(?<![.!?…])[.!?…]++(?=\s|$)|\n++")
_VOWELS = re.compile(r"[aeiouy]+")
_LETTER, _LATIN = re.compile(r"[^\W\d_]"), re.compile(r"[A-Za-zªºÀ-ÖØ-öø-ɏ]")


def words_of(text: str) -> list[str]:
    """The words of a text, lower case; each character of a script written without spaces is one."""
    return _WORDS.findall(text.lower())


def each(
    texts: Sequence[str], of: Callable[[str], float], *, note: str, progress: Progress = silent
) -> NDArray[np.float32]:
    """(rows,) a number of each text, nan where ``of`` gives none; equal texts have equal numbers, in any order."""
    values = np.empty(len(texts), dtype=np.float32)
    for row, text in enumerate(texts):
        values[row] = of(text)
        if row % 2048 == 0:
            progress(row, len(texts), note)
    return values


def length(text: str) -> float:
    """The number of words."""
    return float(len(words_of(text)))


def compressibility(text: str) -> float:
    """1 − compressed bytes / bytes by zlib at level 6; nan below :data:`LEAST_BYTES`."""
    data = text.encode("utf-8", errors="surrogatepass")
    return 1 - len(zlib.compress(data, 6)) / len(data) if len(data) >= LEAST_BYTES else np.nan


def flesch(text: str) -> float:
    """Flesch's reading ease of an English text; nan for others, and for no words.

    206.835 − 1.015 · words / sentences − 84.6 · syllables / words. A word has as many syllables as groups of vowels,
    less a silent e at its end, and at least one.
    """
    words = words_of(text)
    if not words or not is_english(text):
        return np.nan
    return 206.835 - 1.015 * len(words) / sentences(text) - 84.6 * sum(map(syllables, words)) / len(words)


def lix(text: str) -> float:
    """Björnsson's LIX, words / sentences + 100 · words of more than six letters / words; nan for other than Latin."""
    words, letters = words_of(text), len(_LETTER.findall(text))
    if not words or 2 * len(_LATIN.findall(text)) < letters:
        return np.nan
    return len(words) / sentences(text) + 100 * sum(len(word) > 6 for word in words) / len(words)


def sentences(text: str) -> int:
    """The number of sentences: stretches with a word, between ends of sentences and ends of lines."""
    return max(1, sum(bool(_WORDS.search(part)) for part in _SENTENCES.split(text)))


def syllables(word: str) -> int:
    """An estimate of the syllables of an English word."""
    groups = len(_VOWELS.findall(word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le") and groups > 1))


def word_variety(texts: Sequence[str], *, progress: Progress = silent) -> NDArray[np.float32]:
    """(rows,) MTLD of the words of each text, both ways, with threshold 0.72; nan below :data:`LEAST_WORDS` words."""
    number: dict[str, int] = {}
    ids: list[NDArray[np.int32]] = []
    for row, text in enumerate(texts):
        ids.append(np.array([number.setdefault(word, len(number)) for word in words_of(text)], dtype=np.int32))
        if row % 2048 == 0:
            progress(row, len(texts), "rows split into words")
    sizes = np.array([len(row) for row in ids], dtype=np.int64)
    indptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    stream = np.concatenate(ids) if ids else np.empty(0, dtype=np.int32)
    values = np.full(len(texts), np.nan, dtype=np.float32)
    size = max(len(number), 1)
    rows = TokenRows(indptr, stream, size, np.bincount(stream, minlength=size))
    values[sizes >= LEAST_WORDS] = mtld(rows, shortest=LEAST_WORDS)
    return values
