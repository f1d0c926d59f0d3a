"""The answers about a corpus's texts that another corpus has already: no text is asked about twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.features.tags.answers import Journal, TagAnswer
from core.features.taken_over import Donor

ANSWERS = "answers.jsonl"


def answers_of_donors(given: Sequence[Donor], component: str, distinct: Sequence[str]) -> dict[int, TagAnswer]:
    """The answers that the donors' raw tags hold about the ``distinct`` texts, by the text's place among these.

    Failures are left out, and no token counts as spent again.
    """
    place_of = {words: place for place, words in enumerate(distinct)}
    kept: dict[int, TagAnswer] = {}
    for donor in given:
        asked, _ = distinct_texts(CorpusText(donor.corpus, component).texts)
        for place, answer in Journal(donor.artefact.path(ANSWERS)).read().items():
            here = place_of.get(asked[place]) if place < len(asked) else None
            if here is not None and not answer.failed:
                kept[here] = replace(answer, text=here, prompt_tokens=0, completion_tokens=0, seconds=0.0)
    return kept


def distinct_texts(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct non-empty texts, in order of first occurrence, and the index of each row's text among them or -1."""
    first: dict[str, int] = {}
    where = np.full(len(texts), -1, dtype=np.int64)
    for row, text in enumerate(texts):
        if text.strip():
            where[row] = first.setdefault(text, len(first))
    return list(first), where
