"""Where a text differs from another, word by word, for reading the two side by side."""

from __future__ import annotations

import re

from core.corpus.word_difference import matched_words
from core.curation.normalised import normalised

_PIECES = re.compile(r"\s+|\S+")
Pieces = list[tuple[str, bool]]


def differing_pieces(text: str, other: str) -> tuple[Pieces, Pieces]:
    """Each text as pieces that make it up, one after another, with whether the piece differs from the other text.

    Words are compared without case and punctuation; spaces never differ.
    """
    one, two = _PIECES.findall(text), _PIECES.findall(other)
    places = [[place for place, piece in enumerate(pieces) if not piece.isspace()] for pieces in (one, two)]
    keys = [
        [normalised(pieces[place]) or pieces[place] for place in inside] for pieces, inside in zip((one, two), places)
    ]
    differs = [[False] * len(one), [False] * len(two)]
    for side, matched in enumerate(matched_words(keys[0], keys[1])):
        for place, has_partner in zip(places[side], matched, strict=True):
            differs[side][place] = not has_partner
    return list(zip(one, differs[0], strict=True)), list(zip(two, differs[1], strict=True))
