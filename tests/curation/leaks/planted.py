"""A corpus in which questions of a benchmark are planted: word for word, wrapped anew, behind other words, with other
numbers."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable

import numpy as np

from tests.corpora import WORDS

SHORTEST, LONGEST = 16, 60  # words of a question


def made_questions(count: int, *, seed: int = 3) -> list[str]:
    """Questions of random words with a number after every fifth to ninth word."""
    generator = np.random.default_rng(seed)
    questions = []
    for _ in range(count):
        words = generator.choice(WORDS, size=int(generator.integers(SHORTEST, LONGEST))).tolist()
        for place in range(int(generator.integers(5, 10)), len(words), int(generator.integers(5, 10))):
            words[place] = str(generator.integers(2, 900))
        questions.append(f"Café {' '.join(words)}?".capitalize())
    return questions


def other_numbers(text: str) -> str:
    """The text with each number changed."""
    return re.sub(r"\d+", lambda number: str(int(number[0]) + 1), text)


# How a question got into a row: (name, the question as it stands there).
PLANTS: dict[str, Callable[[str], str]] = {
    "verbatim": str,
    "re-wrapped": lambda text: textwrap.fill(text, 24),
    "other case and punctuation": lambda text: f"**{re.sub(' ', ', ', text.upper(), count=3)}**",
    "other Unicode form": lambda text: unicodedata.normalize("NFD", text.replace("fi", "ﬁ")),
    "prefixed": lambda text: f"Answer the exam question below.\n\nQuestion 7: {text} Think step by step.",
    "numbers changed": other_numbers,
}


def filler(count: int, *, seed: int) -> list[str]:
    """Texts of the same words in other orders."""
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, size=int(generator.integers(8, 80))).tolist()) for _ in range(count)]
