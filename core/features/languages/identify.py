"""The language of one text: by its script where only one language writes it so, else by py3langid's model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.corpus.scripts import script_of
from core.features.languages.code_lines import parts_of
from core.features.languages.names import FOLDED, NAMES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

VERSION = 2
CODE, UNDETERMINED = "code", "undetermined"
READ = 1_000  # characters of a text that are read
ASKED = 500  # characters of the prose that py3langid gets
LEAST_LETTERS = 8  # letters that the prose of a text must have; one Han character or syllable counts as three
TOLD = 0.3  # py3langid's probability from which its language is told
SURE = 0.85  # and from which nothing beside the text can change it
POSSIBLE = 0.01  # the least probability of the row's language in a text that takes it
CODE_SHARE = 0.6  # of the characters, from which a text with less than a paragraph of prose is code
PARAGRAPH = 150  # letters of prose, from which its language counts whatever code stands beside it
BY_SCRIPT = {
    "Japanese": "Japanese", "Han": "Chinese", "Hangul": "Korean", "Thai": "Thai", "Greek": "Greek", "Tamil": "Tamil",
}  # fmt: skip
_HEAVY = {"Japanese": 3, "Han": 3, "Hangul": 3, "Kana": 3}  # letters that one sign of the script stands for


@dataclass(frozen=True)
class Told:
    """The language of a text, and whether the text alone is enough to tell it; ``prose`` is the text without code."""

    language: str
    sure: bool
    prose: str


def languages_of_row(asked: str, answered: str) -> tuple[str, str, str]:
    """The languages of a row, of its instruction and of its response.

    A component whose own words say little (a list of names, four words that two languages share) has the language of
    the row, if that is sure (the row is by itself, or the other component is of the same language) and the words could
    be of it (py3langid: at least 1 %).
    """
    whole, question, answer = map(told_alone, (f"{asked}\n{answered}", asked, answered))
    return whole.language, _beside(question, whole, answer), _beside(answer, whole, question)


def _beside(told: Told, row: Told, other: Told) -> str:
    """The language of a component of ``row``, whose ``other`` component is told too."""
    sure = row.sure or (other.sure and other.language == row.language)
    if told.sure or not sure or row.language in (told.language, CODE, UNDETERMINED):
        return told.language
    chances = _identifier().rank(told.prose[:ASKED].replace("\n", " "))
    possible = sum(chance for code, chance in chances if NAMES.get(FOLDED.get(code, code)) == row.language)
    return row.language if possible >= POSSIBLE else told.language


def told_alone(text: str) -> Told:
    """The English name of the language that ``text`` is written in; "code" for program code, else "undetermined".

    Of a text that holds code and prose, the prose counts, unless it is shorter than a paragraph and the code makes up
    60 % of the text. Undetermined is a text of fewer than 8 letters outside its code, and one whose language py3langid
    gives less than 30 %. Only the first 1,000 characters are read, and nothing but the text: so it does not matter
    which rows are read together.
    """
    parts = parts_of(text[:READ])
    script = script_of(parts.prose)
    letters = sum(map(str.isalpha, parts.prose)) * _HEAVY.get(script, 1)
    if parts.code_characters and letters < PARAGRAPH:
        weighed = max(letters, parts.prose_characters)
        if letters < LEAST_LETTERS or parts.code_characters >= CODE_SHARE * (parts.code_characters + weighed):
            return Told(CODE, True, "")
    if letters < LEAST_LETTERS:
        return Told(UNDETERMINED, letters == 0, parts.prose)
    if script in BY_SCRIPT:
        return Told(BY_SCRIPT[script], True, parts.prose)
    code, sureness = _identifier().classify(parts.prose[:ASKED].replace("\n", " "))
    code = FOLDED.get(code, code)
    if sureness < TOLD or code not in NAMES:
        return Told(UNDETERMINED, False, parts.prose)
    return Told(NAMES[code], bool(sureness >= SURE), parts.prose)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*NAMES, *FOLDED])
    return identifier
