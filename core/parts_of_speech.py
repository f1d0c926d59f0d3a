"""Parts of speech of English words, from whichever tagger is installed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from functools import lru_cache

CHARACTERS = 5000  # characters of a text that are tagged

Tagger = Callable[[str], list[str]]

LETTERS = re.compile(r"[^\W\d_]")
LATIN = re.compile(r"[A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ]")


@lru_cache(maxsize=1)
def installed_tagger() -> tuple[str, Tagger] | None:
    """Name and function (text to tags) of the best English tagger that needs no download, or None.

    They are tried in this order: spaCy with its small English model, NLTK with its tagger data, TextBlob's own lexicon.
    """
    for find in (_spacy, _nltk, lexicon_tagger):
        try:
            return find()
        except (ImportError, OSError, LookupError):  # not installed, or installed without its model
            continue
    return None


@lru_cache(maxsize=1)
def lexicon_tagger() -> tuple[str, Tagger]:
    """Name and function of TextBlob's tagger: each word's usual tag, changed by rules for endings and context.

    It reads about two million characters a second, and tags every unknown word as a noun. Raises ImportError where
    TextBlob is not installed.
    """
    from textblob.en.taggers import PatternTagger

    tagger = PatternTagger()
    return "TextBlob pattern", lambda text: [tag for _, tag in tagger.tag(text)]


def tagged_words(text: str) -> list[tuple[str, str]]:
    """(word, part of speech) of every word of an English text, by TextBlob's tagger."""
    from textblob.en.taggers import PatternTagger

    return [(str(word), str(tag)) for word, tag in PatternTagger().tag(text)]


def runs_of_tags(tags: Sequence[str], *, length: int) -> set[tuple[str, ...]]:
    """Every run of ``length`` parts of speech of a text; none of a shorter text."""
    return {tuple(tags[start : start + length]) for start in range(len(tags) - length + 1)}


def shared_templates(rows: Iterable[Set[tuple[str, ...]]], *, times: int) -> dict[tuple[str, ...], int]:
    """{template: how many rows hold it}, the commonest first, ties in the order of the tags.

    A template is a run of parts of speech that at least ``times`` rows hold (Shaib et al. 2024, 2407.00211, from
    memory). A larger ``times`` leaves fewer templates.
    """
    rows_with = Counter(run for runs in rows for run in runs)
    common = [(run, count) for run, count in rows_with.items() if count >= times]
    return dict(sorted(common, key=lambda item: (-item[1], item[0])))


def readable(text: str) -> bool:
    """Whether at least half of the letters are Latin: an English tagger takes words of other letters for nouns."""
    letters = len(LETTERS.findall(text))
    return 2 * len(LATIN.findall(text)) >= letters


def _spacy() -> tuple[str, Tagger]:
    import spacy

    model = spacy.load("en_core_web_sm", disable=["parser", "ner", "lemmatizer"])
    return "spaCy en_core_web_sm", lambda text: [token.tag_ for token in model(text) if not token.is_space]


def _nltk() -> tuple[str, Tagger]:
    import nltk

    nltk.data.find("taggers/averaged_perceptron_tagger_eng")
    words = nltk.tokenize.TreebankWordTokenizer().tokenize
    return "NLTK averaged perceptron", lambda text: [tag for _, tag in nltk.pos_tag(words(text))]
