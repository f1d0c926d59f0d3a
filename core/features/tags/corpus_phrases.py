"""The offline tagger: phrases that the texts themselves use, ranked by how they are spread over the corpus.

No model is asked. A phrase is worth a tag if it is a noun phrase, holds together, and is about something: its
occurrences gather in some rows instead of being strewn over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.features.tags.function_words import OTHER_FUNCTION_WORDS, RESERVED_WORDS
from core.features.tags.ngrams import Level, levels_of, word_stream
from core.features.tags.normalise import spelling
from core.features.tags.noun_phrases import word_classes
from core.features.tags.phrase_worth import PhraseWords, worth_of
from core.features.tags.phrases import MORE_STOPS, UNSPACED
from core.progress import Progress, silent

VERSION = 1
CHARACTERS = 2_000  # characters read of each row
# Particles and pronouns of Chinese: no phrase holds or crosses them.
CHINESE_PARTICLES = frozenset("的了是在和与或及被把也就都而这那们吗呢吧啊么我你他她它您")
_KATAKANA = "\u30a1-\u30fa\u30fc"
# A run of katakana, a character of a script written without spaces, a word of two letters or more, or anything that
# ends a phrase. A word that touches a bracket, a dot, an underscore or an operator is code, and ends a phrase too.
_PIECES = re.compile(
    rf"[{_KATAKANA}]{{2,}}|[{UNSPACED}]"
    rf"|(?<![\w.$@#\\/<])[^\W\d_{UNSPACED}]{{2,}}(?:['’][^\W\d_{UNSPACED}]+)?(?![\w(\[=\\/>]|\.\w)"
    r"|[^\s\-]|\n|-(?=\s)"
)
_APOSTROPHE = re.compile("['’]")
_LETTER = re.compile(r"[^\W\d_]")
_CHARACTER = re.compile(f"[{UNSPACED}]$")


def corpus_phrases(
    texts: Sequence[str], *, per_row: int = 4, longest: int = 3, least: int | None = None, progress: Progress = silent
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """(rows + 1,) offsets, tags (best first within a row) and the sorted names they index.

    A phrase has one to ``longest`` words (two to four characters where a script has no spaces), ends at punctuation,
    stop words and code, and occurs in at least ``least`` rows (default :func:`least_rows`) and at most a fifth of
    them. Among the phrases of a row, the ``per_row`` with the largest (1 + ln occurrences) ·
    :func:`core.features.tags.phrase_worth.worth_of` are its tags, but for those that end in the same word as a better
    one, lie inside it or hold it. Raising ``per_row`` adds phrases that say less; raising ``longest`` adds rarer
    ones. The tags depend on the rows alone.
    """
    rows = len(texts)
    stream, row_of, vocabulary = word_stream(texts, _pieces_of, _named(), progress=progress)
    characters = np.array([bool(_CHARACTER.match(word)) for word in vocabulary], dtype=bool)
    span = max(longest, 4) if characters.any() else longest
    levels = []
    # One length more than is named tells what stands beside the longest phrases of scripts without spaces.
    for level in levels_of(
        stream, row_of, rows=rows, least=least or least_rows(rows), span=span + bool(characters.any())
    ):
        levels.append(level)
        progress(len(levels), span, "lengths of phrases counted")
    classes = word_classes(texts, vocabulary, wanted=levels[0].keys, progress=progress)
    words = PhraseWords(vocabulary, [spelling(word) or word for word in vocabulary], characters, classes)
    worth = [worth_of(levels, at, words, rows=rows, longest=longest) for at in range(span)]
    return _chosen(levels[:span], worth, words, rows=rows, per_row=per_row)


def least_rows(rows: int) -> int:
    """The least number of rows that hold a phrase in a corpus of ``rows``: it grows with the square root of them."""
    return max(1 if rows < 40 else 2, round(rows**0.5 / 20))


def _pieces_of(text: str) -> list[str]:
    return _PIECES.findall(text[:CHARACTERS].lower())


def _named() -> Callable[[str], bool]:
    """Whether a piece is a word that a phrase may hold."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    english = (ENGLISH_STOP_WORDS | MORE_STOPS) - {"new"}  # "new york"
    stops = english | CHINESE_PARTICLES | OTHER_FUNCTION_WORDS | RESERVED_WORDS
    return lambda piece: (
        piece not in stops
        and _APOSTROPHE.split(piece)[0] not in stops  # "what's", "he'd"
        and bool(_LETTER.match(piece))
        and (len(piece) > 1 or bool(_CHARACTER.match(piece)))
    )


def _chosen(
    levels: Sequence[Level], worth: Sequence[NDArray[np.float64]], words: PhraseWords, *, rows: int, per_row: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """Offsets, tags and names: the best phrases of each row, none of which repeats a better one."""
    starts = np.concatenate(([0], np.cumsum([len(level.df) for level in levels])))
    row = np.concatenate([level.row for level in levels])
    kind = np.concatenate([level.kind + start for level, start in zip(levels, starts[:-1], strict=True)])
    times = np.concatenate([level.times for level in levels])
    score = np.round((1 + np.log(times)) * np.concatenate(worth)[kind], 9)
    (some,) = np.nonzero(score > 0)
    row, kind, score = row[some], kind[some], score[some]
    order = np.lexsort((kind, -score, row))
    row, kind = row[order], kind[order]
    names, stems = _named_phrases(levels, starts, words, np.unique(kind))
    edges = np.searchsorted(row, np.arange(rows + 1)).tolist()
    tags: list[int] = []
    sizes = np.zeros(rows, dtype=np.int64)
    for at in range(rows):
        chosen: list[int] = []
        for number in kind[edges[at] : edges[at + 1]].tolist():
            if not any(_alike(stems[number], stems[other]) for other in chosen):
                chosen.append(number)
                if len(chosen) == per_row:
                    break
        tags.extend(chosen)
        sizes[at] = len(chosen)
    used = sorted(set(tags), key=names.__getitem__)
    place = {number: position for position, number in enumerate(used)}
    indptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    return indptr, np.array([place[number] for number in tags], dtype=np.int32), [names[number] for number in used]


def _named_phrases(
    levels: Sequence[Level], starts: NDArray[np.int64], words: PhraseWords, numbers: NDArray[np.int64]
) -> tuple[dict[int, str], dict[int, tuple[str, ...]]]:
    """{number of a phrase: its name} and {number: the spelling of each of its words}."""
    names, stems = {}, {}
    for number in numbers.tolist():
        level = int(np.searchsorted(starts, number, side="right")) - 1
        inside = levels[level].words[number - starts[level]].tolist()
        names[number] = ("" if words.characters[inside].all() else " ").join(words.names[word] for word in inside)
        stems[number] = tuple(words.spellings[word] for word in inside)
    return names, stems


def _alike(phrase: tuple[str, ...], better: tuple[str, ...]) -> bool:
    """Whether a phrase ends in the same word as a better one, lies inside it or holds it."""
    inside, other = set(phrase), set(better)
    return phrase[-1] == better[-1] or inside <= other or inside >= other
