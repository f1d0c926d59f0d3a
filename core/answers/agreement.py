"""Whether an answer agrees with a row's response: by its words, by its last number, or because it contains it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.curation.normalised import normalised
from core.errors import InputError, quoted

JUDGED = "judged"
LONGEST_NUMBER = 40  # characters
_NUMBER = re.compile(r"[-−]?(?:\d[\d,]*)?\.?\d+(?:/\d+)?")
_MARKED = re.compile(r"####|\\boxed\{")


@dataclass(frozen=True, kw_only=True)
class AgreeingBy:
    """A way to tell whether an answer agrees. ``key`` gives what is compared, None where a text has nothing to compare;
    ``agree`` takes the keys of the answer and of the response, and is None for the way that asks a model."""

    name: str
    title: str
    formula: str
    key: Callable[[str], object | None]
    agree: Callable[[object, object], bool] | None


def words_of(text: str) -> str | None:
    """The words of a text without case and punctuation, None where it has none."""
    return normalised(text) or None


def number_of(text: str) -> Fraction | None:
    """The number that a text ends with: the first after its last ``####`` or ``\\boxed{``, else the last in it.

    "1,250.50", "-3", "3/4" and "50" are read exactly; None where there is no number.
    """
    marks = list(_MARKED.finditer(text))
    if marks:
        after = _NUMBER.search(text[marks[-1].end() : marks[-1].end() + 4 * LONGEST_NUMBER])
        if after:
            return _exact(after.group())
    numbers = _NUMBER.findall(text)
    return _exact(numbers[-1]) if numbers else None


def _exact(digits: str) -> Fraction | None:
    if len(digits) > LONGEST_NUMBER:
        return None
    try:
        return Fraction(digits.replace(",", "").replace("−", "-"))
    except (ValueError, ZeroDivisionError):
        return None


def _contains(answer: object, response: object) -> bool:
    return f" {response} " in f" {answer} "


MATCHES: Mapping[str, AgreeingBy] = {
    match.name: match
    for match in (
        AgreeingBy(
            name="exact",
            title="The same words",
            formula="equal after NFKC, without case, punctuation and repeated spaces",
            key=words_of,
            agree=lambda answer, response: answer == response,
        ),
        AgreeingBy(
            name="numeric",
            title="The same final number",
            formula="the number after the last #### or \\boxed{, else the last number; compared exactly (1,250.50 = "
            "1250.5)",
            key=number_of,
            agree=lambda answer, response: answer == response,
        ),
        AgreeingBy(
            name="contained",
            title="The response stands in the answer",
            formula="the response's words, as above, are a run of the answer's words",
            key=words_of,
            agree=_contains,
        ),
        AgreeingBy(
            name=JUDGED,
            title="A model judges",
            formula="a model reads the prompt, the response and the answer, and says whether the answer agrees in what "
            "matters; equal words agree unasked",
            key=words_of,
            agree=None,
        ),
    )
}


def match_named(name: str) -> AgreeingBy:
    """The match called ``name``. Raises :class:`InputError`, which lists the known ones."""
    if name not in MATCHES:
        raise InputError(f"There is no match {quoted(name)}.", remedy=f"There are: {', '.join(MATCHES)}.")
    return MATCHES[name]
