"""Words, phrases and templates of a component, counted for each language by itself, where a language has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import orjson

from core.corpus.store import Corpus
from core.corpus.word_counts import VERSION as WORDS_VERSION
from core.corpus.word_counts import word_count
from core.errors import FeatureMissing
from core.features.languages.columns import compute_languages, language_columns
from core.features.languages.countable import Countable, countable
from core.features.languages.identify import VERSION as LANGUAGES_VERSION
from core.features.tags.corpus_phrases import VERSION as PHRASES_VERSION
from core.features.tags.corpus_phrases import corpus_phrases, least_rows
from core.parts_of_speech import CHARACTERS, installed_tagger, runs_of_tags, shared_templates
from core.progress import Progress, part_of, silent
from core.workspace import atomic
from core.workspace.digests import digest

VERSION = 1
SAMPLE = 2_000  # rows whose parts of speech are read; ids are hashes, so the first ones are a random sample
TEMPLATE_TAGS, TEMPLATE_ROWS = 6, 4  # of a template: its parts of speech, and the rows that hold it at least
COMMONEST = 5  # phrases and templates that are named
SHARED = 2  # rows that a phrase stands in at least, however few rows a language has


@dataclass(frozen=True, kw_only=True)
class LanguageWords:
    """What was counted of the ``rows`` in one ``language``; of what ``countable`` lacks, the numbers are 0.

    ``words`` are all words, ``median_words`` those of the middle row. ``phrases`` are distinct ones, of up to four a
    row; ``rows_with_phrases`` have any. Of ``rows_tagged``, a sample, ``rows_with_templates`` hold one of the
    ``templates``. ``common_phrases`` and ``common_templates`` name the commonest with their rows.
    """

    language: str
    rows: int
    countable: Countable
    words: int = 0
    median_words: float = 0.0
    phrases: int = 0
    rows_with_phrases: int = 0
    common_phrases: tuple[tuple[str, int], ...] = ()
    rows_tagged: int = 0
    templates: int = 0
    rows_with_templates: int = 0
    common_templates: tuple[tuple[str, int], ...] = ()


def load_language_words(corpus: Corpus, component: str) -> list[LanguageWords] | None:
    """What is stored for a component, the language with the most rows first; None before it is counted."""
    key = _key(corpus, component)
    if not language_columns(corpus) or not corpus.workspace.has("features", key):
        return None
    stored = orjson.loads(corpus.workspace.open("features", key).path("languages.json").read_bytes())
    return [_read(line) for line in stored]


def compute_language_words(corpus: Corpus, component: str, *, progress: Progress = silent) -> list[LanguageWords]:
    """Count every language of a component, stored or now; languages that are not told yet are told first.

    Words are those of :func:`core.corpus.word_counts.word_count`. Phrases are the tags that
    :func:`core.features.tags.corpus_phrases.corpus_phrases` gives the rows of the language by themselves, so that a
    frequent language hides no phrase of a rare one. Templates are runs of 6 parts of speech that 4 rows of up to
    2,000 hold. The rows of the holdout count too.
    """
    stored = load_language_words(corpus, component)
    if stored is not None:
        return stored
    compute_languages(corpus, progress=progress)
    name = language_columns(corpus)[component.removesuffix("_with_thinking")]
    of_row = corpus.column(name)
    texts = corpus.text(component)
    lines: list[LanguageWords] = []
    done = 0
    for language, rows in corpus.counts_of(name).items():
        own = [texts[row] for row in np.flatnonzero(of_row == language).tolist()]
        step = part_of(progress, done=done, total=len(texts), size=rows, note="rows counted")
        lines.append(counted_words(language, own, progress=step))
        done += rows
        progress(done, len(texts), "rows counted")
    lines.sort(key=lambda line: (-line.rows, line.language))
    manifest = {
        "feature": "language-words",
        "version": VERSION,
        "corpus": corpus.id,
        "component": component,
        "rows": len(corpus),
        "column": name,
    }
    with corpus.workspace.create("features", _key(corpus, component), manifest) as folder:
        atomic.write_bytes(folder / "languages.json", orjson.dumps([asdict(line) for line in lines]))
    return lines


def counted_words(language: str, texts: Sequence[str], *, progress: Progress = silent) -> LanguageWords:
    """What the ``texts`` of one language hold, as :func:`compute_language_words` counts it."""
    can = countable(language)
    words = np.array([word_count(text) for text in texts] if can.words else [], dtype=np.int64)
    return LanguageWords(
        language=language,
        rows=len(texts),
        countable=can,
        words=int(words.sum()),
        median_words=float(np.median(words)) if len(words) else 0.0,
        **(_phrases(texts, progress) if can.phrases else {}),
        **(_templates(texts, progress) if can.templates else {}),
    )


def words_of_languages(corpus: Corpus, component: str) -> list[LanguageWords]:
    """As :func:`load_language_words`; raises :class:`FeatureMissing` before they are counted."""
    stored = load_language_words(corpus, component)
    if stored is None:
        raise FeatureMissing(
            "words by language", remedy=f"Run: python -m core language-words CORPUS --component {component}"
        )
    return stored


def _phrases(texts: Sequence[str], progress: Progress) -> dict[str, Any]:
    indptr, ids, names = corpus_phrases(texts, least=max(SHARED, least_rows(len(texts))), progress=progress)
    rows_with = np.bincount(ids, minlength=len(names))
    order = np.lexsort((np.arange(len(names)), -rows_with))[:COMMONEST]
    return {
        "phrases": len(names),
        "rows_with_phrases": int((np.diff(indptr) > 0).sum()),
        "common_phrases": tuple((names[place], int(rows_with[place])) for place in order.tolist()),
    }


def _templates(texts: Sequence[str], progress: Progress) -> dict[str, Any]:
    tagger = installed_tagger()
    if tagger is None:
        return {}
    _, tags_of = tagger
    rows: list[set[tuple[str, ...]]] = []
    for text in texts[:SAMPLE]:
        rows.append(runs_of_tags(tags_of(text[:CHARACTERS]), length=TEMPLATE_TAGS))
        if len(rows) % 100 == 0:
            progress(len(rows), min(SAMPLE, len(texts)), "rows tagged")
    templates = shared_templates(rows, times=TEMPLATE_ROWS)
    return {
        "rows_tagged": len(rows),
        "templates": len(templates),
        "rows_with_templates": sum(not templates.keys().isdisjoint(runs) for runs in rows),
        "common_templates": tuple((" ".join(run), count) for run, count in list(templates.items())[:COMMONEST]),
    }


def _key(corpus: Corpus, component: str) -> str:
    versions = [VERSION, LANGUAGES_VERSION, PHRASES_VERSION, WORDS_VERSION]
    return digest(["language-words", *versions, corpus.id, component])


def _read(line: dict[str, Any]) -> LanguageWords:
    pairs = {name: tuple((str(what), int(rows)) for what, rows in line[name]) for name in line if "common_" in name}
    return LanguageWords(**{**line, **pairs, "countable": Countable(**line["countable"])})
