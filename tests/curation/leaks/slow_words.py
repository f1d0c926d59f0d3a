"""The slow, obvious twin of the search: words character by character, n-grams as tuples in sets."""

from __future__ import annotations

from core.curation.leaks.folding import ALONE, PASSED_OVER, SEPARATES, folded, kind_of
from core.curation.leaks.grams import WHOLE_FROM

Word = tuple[str, int, int]  # as compared, and its first and last-but-one character


def slow_words(text: str, *, any_number: bool = False) -> list[Word]:
    """The words of a text with their places."""
    words: list[Word] = []
    letters, start, end = "", 0, 0

    def close() -> None:
        nonlocal letters
        if letters:
            number = any_number and letters.isascii() and letters.isdigit()
            words.append(("#" if number else letters, start, end))
        letters = ""

    for place, character in enumerate(text):
        for part in folded(character):
            kind = kind_of(part)
            if kind == PASSED_OVER:
                continue
            if kind in (SEPARATES, ALONE):
                close()
            if kind == ALONE:
                words.append((part, place, place + 1))
            elif kind != SEPARATES:
                start = start if letters else place
                letters, end = letters + part, place + 1
    close()
    return words


def slow_hits(row: str, question: str, *, ngram: int, any_number: bool = False) -> set[tuple[int, int]]:
    """The spans of ``row`` that hold an n-gram of ``question``, or all of a shorter question."""
    held, asked = slow_words(row, any_number=any_number), slow_words(question, any_number=any_number)
    length = min(ngram, len(asked))
    if not length or (length < min(ngram, WHOLE_FROM) and len(held) != length):
        return set()
    grams = {tuple(word for word, _, _ in asked[at : at + length]) for at in range(len(asked) - length + 1)}
    grams = {gram for gram in grams if 2 * gram.count("#") <= length}
    return {
        (held[at][1], held[at + length - 1][2])
        for at in range(len(held) - length + 1)
        if tuple(word for word, _, _ in held[at : at + length]) in grams
    }
