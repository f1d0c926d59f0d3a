"""Whether an embedder reads the languages of a corpus: a sentence of warning where an English one does not."""

from __future__ import annotations

import re

from core.corpus.store import Corpus
from core.features.embedders import CARRIED, INSTANT, PAPER
from core.features.languages.columns import language_columns
from core.features.languages.identify import CODE, UNDETERMINED

LEAST_SHARE = 0.02  # of the rows, in other languages than English, from which a warning is worth its line
NAMED, WORTH_NAMING = 3, 0.01  # languages that the warning names at most, and the share of rows that each has
LATIN = ("Latin", "Other")  # scripts that English could be in
# Models whose training texts were English; a model that is not known gets no warning.
_ENGLISH = re.compile(r"(?:^|[/-])(?:all-(?:MiniLM|mpnet|distilroberta|roberta)|msmarco|nq-)|-en(?:-|$)", re.IGNORECASE)
_MANY = re.compile(r"multilingual|labse|-m3\b|xlm", re.IGNORECASE)
MULTILINGUAL = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"


def reads_english_only(embedder: str) -> bool:
    """Whether the embedder of this name is known to have learnt from English alone."""
    if embedder in (PAPER, CARRIED, INSTANT):  # the instant one is distilled from the carried model
        return True
    return bool(_ENGLISH.search(embedder)) and not _MANY.search(embedder)


def language_warning(corpus: Corpus, component: str, embedder: str) -> str:
    """One or two sentences for a person who lets an English embedder read rows in other languages; "" for none.

    The share of rows is exact once the languages are told; before that, only rows in another script than the Latin
    one are known to be in another language. Program code and undetermined rows count as readable.
    """
    if not len(corpus) or not reads_english_only(embedder):
        return ""
    name = language_columns(corpus).get(component.removesuffix("_with_thinking"))
    counts = corpus.counts_of(name or "script")
    readable = ("English", CODE, UNDETERMINED) if name else LATIN
    others = {language: rows for language, rows in counts.items() if language not in readable}
    share = sum(others.values()) / len(corpus)
    if share < LEAST_SHARE:
        return ""
    frequent = [(what, rows) for what, rows in others.items() if rows >= WORTH_NAMING * len(corpus)] or list(
        others.items()
    )
    named = ", ".join(f"{what} {rows / len(corpus):.0%}" for what, rows in frequent[:NAMED])
    kind = "in other languages than English" if name else "in other scripts than the Latin one"
    more = "" if name else " “Tell the languages” on the Corpus page says what the others are."
    return (
        f"{share:.0%} of the rows are {kind} ({named}), and {embedder} learnt from English: distances between such "
        f"rows say little. Choose an embedder of many languages (for example {MULTILINGUAL}), attach vectors of "
        f"your own, or let the pool hold English rows only.{more}"
    )
