"""What was counted of each language, as lines of a table, and in sentences what which language lacks."""

from __future__ import annotations

from collections.abc import Sequence

from core.counted import counted, figure3
from core.features.languages.countable import ENGLISH, NO_WORDS
from core.features.languages.identify import CODE, UNDETERMINED
from core.features.languages.language_words import LanguageWords

NONE = "none"
HEAD = (
    "language",
    "rows",
    "words",
    "words a row",
    "how",
    "phrases",
    "rows with any",
    "how",
    "templates",
    "rows with any",
)
NAMED = 12  # languages in a sentence


def cells(line: LanguageWords) -> tuple[str, ...]:
    """The cells of a language under :data:`HEAD`: "none" where the language has no such thing here."""
    can = line.countable
    words = (f"{line.words:,}", figure3(line.median_words), can.words) if can.words else (NONE, NONE, "")
    phrases = (f"{line.phrases:,}", f"{line.rows_with_phrases:,}", can.phrases) if can.phrases else (NONE, NONE, "")
    templates = (f"{line.templates:,}", _of_tagged(line)) if can.templates else (NONE, NONE)
    return (line.language, f"{line.rows:,}", *words, *phrases, *templates)


def commonest(lines: Sequence[LanguageWords]) -> list[tuple[str, str, tuple[tuple[str, int], ...]]]:
    """(language, "phrases" or "templates", the commonest ones with their rows), where there are any."""
    named = [(line.language, "phrases", line.common_phrases) for line in lines]
    named += [(line.language, "templates", line.common_templates) for line in lines]
    return [(language, what, common) for language, what, common in named if common]


def what_is_missing(lines: Sequence[LanguageWords]) -> list[str]:
    """A sentence for each of words, phrases and templates that some of the languages lack, and why; [] if none."""
    lacking = {
        what: [line.language for line in lines if what in line.countable.missing and _is_language(line, what)]
        for what in ("words", "phrases", "templates")
    }
    said = []
    if lacking["words"]:
        unparted = [name for name in lacking["words"] if name in NO_WORDS and name != CODE]
        why = "program code has none" if not unparted else "written without spaces, and nothing here parts them"
        said.append(f"No words are counted of {_named(lacking['words'])}: {why}.")
    if lacking["phrases"]:
        said.append(f"No phrases of {_named(lacking['phrases'])}: their function words are not known here.")
    if lacking["templates"]:
        why = "the tagger of parts of speech reads English alone"
        if ENGLISH in lacking["templates"]:
            why = "no tagger of parts of speech is installed (TextBlob, NLTK with its data, or spaCy)"
        said.append(f"No templates of {_named(lacking['templates'])}: {why}.")
    return said


def _is_language(line: LanguageWords, what: str) -> bool:
    """Whether one would look for phrases and templates in the rows at all; of code, the words are worth a sentence."""
    return what == "words" or line.language not in (CODE, UNDETERMINED)


def _of_tagged(line: LanguageWords) -> str:
    if line.rows_tagged == line.rows:
        return f"{line.rows_with_templates:,}"
    return f"{line.rows_with_templates:,} of {line.rows_tagged:,}"


def _named(languages: Sequence[str]) -> str:
    more = len(languages) - NAMED
    return ", ".join(languages[:NAMED]) + (f" and {counted(more, 'other')}" if more > 0 else "")
