"""The two units of text that lexical metrics share: tokens of the chosen tokenizer, or words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from core.parameters import Parameter
from core.view import TokenRows, View

UNIT = Parameter(
    name="unit",
    title="Counted unit",
    kind="choice",
    choices=("tokens", "words"),
    default="tokens",
    help="Tokens of the chosen tokenizer, or lower-cased words (one Chinese or Japanese character is a word).",
)

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:['’][^\W_{_CJK}]+)*|[{_SYMBOLS}]")

_WORDS: WeakKeyDictionary[View, TokenRows] = WeakKeyDictionary()


def unit_needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The feature from which the chosen unit is read."""
    return ("text",) if parameters["unit"] == "words" else ("tokens",)


def words_of(text: str) -> list[str]:
    """Lower-cased words in reading order; punctuation is left out, emoji and arrows count as words.

    In a script without spaces other than Chinese and Japanese (Thai, Khmer) each run of letters is a word.
    """
    return _WORD.findall(text.casefold())


def unit_rows(view: View, unit: str) -> TokenRows:
    """Each row as a sequence of integers: its tokens, or its words numbered in order of appearance.

    For words, ``vocabulary_size`` is the number of different words in these rows and ``frequency`` their
    occurrences in these rows.
    """
    if unit == "tokens":
        return view.tokens
    if view not in _WORDS:
        numbers: dict[str, int] = {}
        rows = [[numbers.setdefault(word, len(numbers)) for word in words_of(text)] for text in view.text]
        indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
        ids = np.fromiter((number for row in rows for number in row), dtype=np.int32, count=int(indptr[-1]))
        _WORDS[view] = TokenRows(
            indptr, ids, len(numbers), np.bincount(ids, minlength=len(numbers)).astype(np.int64), "words"
        )
    return _WORDS[view]
