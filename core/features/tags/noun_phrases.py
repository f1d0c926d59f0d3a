"""Which words can stand in a noun phrase: counted from the parts of speech of a sample of the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent

SAMPLE = 4_000  # rows whose words are tagged; ids are hashes, so the first ones are a random sample
CHARACTERS = 600  # of each of these rows
HEAD = 0.6  # share of a word's occurrences as a noun from which it can end a noun phrase
PART = 0.5  # share as a noun, an adjective or a participle from which it can stand before the last word
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = "the of and to in is that for it with as was are be on this by an or from"
# The tagger takes "visit" for a noun wherever it stands. It is a verb after "to" or a pronoun, and before "the".
_BEFORE_VERBS = (
    "to i you we they he she it who can could will would shall should may might must don't doesn't didn't not let "
    "please then also"
)
_AFTER_VERBS = "the a an this that these those my your his her its our their it them him me us you"
ENGLISH, BEFORE_VERBS, AFTER_VERBS = (frozenset(words.split()) for words in (_ENGLISH, _BEFORE_VERBS, _AFTER_VERBS))
_EDGE = ("", "")
_NOUNS, _PARTS = ("NN",), ("NN", "JJ", "VBN", "VBG", "FW")


@dataclass(frozen=True, eq=False)
class WordClasses:
    """For each word of a vocabulary, whether it can end a noun phrase, and whether it can stand inside one.

    ``head`` and ``part`` (words,). ``gerund`` (words,) marks words such as "learning", which end a phrase of several
    words."""

    head: NDArray[np.bool_]
    part: NDArray[np.bool_]
    gerund: NDArray[np.bool_]


def is_english(text: str) -> bool:
    """Whether at least a sixth of the first words are English function words."""
    words = _WORD.findall(text[:400].lower())[:60]
    return 6 * sum(word in ENGLISH for word in words) >= len(words) > 0


def word_classes(
    texts: Sequence[str], vocabulary: Sequence[str], *, wanted: NDArray[np.int64], progress: Progress = silent
) -> WordClasses:
    """The classes of the words of ``vocabulary``, by the parts of speech that English rows give them.

    Reads the first :data:`SAMPLE` English rows, :data:`CHARACTERS` of each, by TextBlob's tagger, whose tags follow
    the word's usual part of speech. Those of the ``wanted`` (words,) that are not among them are looked up in the
    same lexicon, which takes a word it does not know for a noun.
    """
    from core.parts_of_speech import tagged_words

    place = {word: number for number, word in enumerate(vocabulary)}
    counts = np.zeros((3, len(vocabulary)), dtype=np.int64)  # as a noun, as a part, at all
    gerunds = np.zeros(len(vocabulary), dtype=np.int64)
    read = 0
    for text in texts:
        if read == SAMPLE:
            break
        if not is_english(text):
            continue
        tagged = [(word.lower(), tag) for word, tag in tagged_words(text[:CHARACTERS])]
        for (before, _), (word, tag), (after, _) in zip([_EDGE, *tagged], tagged, [*tagged[1:], _EDGE]):
            number = place.get(word)
            if number is not None:
                acts = not tag.startswith("NNP") and (before in BEFORE_VERBS or after in AFTER_VERBS)
                counts[0, number] += tag.startswith(_NOUNS) and not acts
                counts[1, number] += tag.startswith(_PARTS)
                counts[2, number] += 1
                gerunds[number] += tag == "VBG"
        read += 1
        if read % 256 == 0:
            progress(read, SAMPLE, "rows read for parts of speech")
    for number in wanted[counts[2, wanted] == 0].tolist():
        tag = next((tag for _, tag in tagged_words(vocabulary[number])), "NN")
        counts[:, number] = tag.startswith(_NOUNS), tag.startswith(_PARTS), 1
        gerunds[number] = tag == "VBG"
    total = np.maximum(counts[2], 1)
    return WordClasses(
        head=counts[0] >= HEAD * total,
        part=counts[1] >= PART * total,
        gerund=gerunds >= HEAD * total,
    )
