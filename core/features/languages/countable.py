"""What can be counted of a language: its words, its phrases and its templates, and how; or that nothing can."""

from __future__ import annotations

from dataclasses import dataclass

from core.features.languages.identify import CODE
from core.features.tags.function_words import FUNCTION_WORDS
from core.parts_of_speech import installed_tagger

ESTIMATED = ("Chinese", "Japanese", "Thai")  # whose words core.corpus.word_counts estimates from the characters
# Written without spaces between words, and nothing here parts or estimates them: what stands between spaces is clauses.
UNPARTED = ("Burmese", "Khmer", "Lao")
NO_WORDS = (CODE, *UNPARTED)
ENGLISH = "English"


@dataclass(frozen=True, kw_only=True)
class Countable:
    """How the ``words``, ``phrases`` and ``templates`` of a language are told apart; "" where they are not."""

    words: str
    phrases: str
    templates: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of what is not told apart: of "words", "phrases", "templates"."""
        return tuple(name for name in ("words", "phrases", "templates") if not getattr(self, name))


def countable(language: str) -> Countable:
    """What can be counted of ``language``, an English name as :data:`core.features.languages.columns.TOLD` has them.

    Templates need an English tagger of parts of speech that is installed. Rows of program code have no words; those
    of an undetermined language are parted by their spaces.
    """
    tagger = installed_tagger() if language == ENGLISH else None
    return Countable(
        words=_words(language),
        phrases=_phrases(language),
        templates=f"runs of parts of speech, by {tagger[0]}" if tagger else "",
    )


def _words(language: str) -> str:
    if language in NO_WORDS:
        return ""
    if language in ESTIMATED:
        return "estimated from the characters"
    return "syllables parted by spaces" if language == "Vietnamese" else "parted by spaces"


def _phrases(language: str) -> str:
    if language == ENGLISH:
        return "noun phrases"
    if language in FUNCTION_WORDS:
        return "words between function words"
    if language in ESTIMATED:
        return "characters that keep together"
    return ""
