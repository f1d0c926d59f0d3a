"""No text makes a regular expression of the house cost more than its length: whoever sends a file cannot stop the app.

Every pattern in core is collected, and fed strings made from its own parts: what leads up to each repetition, then
thousands of the characters that it repeats, then something that does not match.
"""

from __future__ import annotations

import ast
import heapq
import importlib
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]  # the only way to a pattern's own parts
from typing import Any

import pytest
import regex

CORE = Path(__file__).parents[1] / "core"
SHORT = 2_000  # characters at which every text is tried; the costliest DEAREST of them are tried at LONGER lengths
DEAREST = 8
SUSPECT = 0.006  # of processor time for a short text: no other needs to be tried
LONGER = (4_000, 8_000, 16_000, 64_000)
SECONDS = 0.25  # of processor time for the longest: linear patterns take 0.03 at most, others from 0.8 to minutes
CHARACTERS = "0aA _-.,'\"/[]:<\n中€=%"
TAILS = ("", "!", "\x00")
LIBRARIES = {"re": re, "regex": regex}


@dataclass(frozen=True)
class Use:
    """A pattern and how one place of the house applies it."""

    where: str
    pattern: Any
    method: str

    def run(self, text: str) -> None:
        given: Any = text.encode() if isinstance(self.pattern.pattern, bytes) else text
        if self.method == "sub":
            self.pattern.sub(b"" if isinstance(given, bytes) else "", given)
        else:
            result = getattr(self.pattern, self.method)(given)
            if self.method in ("finditer", "splititer"):
                list(result)


def uses() -> list[Use]:
    """Every pattern in core with the methods that core calls on its name; those written in a call are compiled here."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(CORE.rglob("*.py"))}
    methods: dict[str, set[str]] = {}
    for text in sources.values():
        for owner, method in re.findall(r"\b(_?[A-Z][A-Z_]*)\.([a-z]+)\(", text):
            methods.setdefault(owner, set()).add(method)
    by_pattern: dict[tuple[Any, str], Use] = {}
    for path, text in sources.items():
        if not re.search(r"^import (re|regex)$", text, re.MULTILINE):
            continue
        where = path.relative_to(CORE.parent).as_posix()
        for pattern, method in _written_in_calls(ast.parse(text), where):
            by_pattern[pattern, method] = Use(where, pattern, method)
        module = importlib.import_module(".".join(path.relative_to(CORE.parent).with_suffix("").parts))
        for name, pattern in _named(module).items():
            applied = methods.get(name, set()) & {"search", "match", "fullmatch", "split", "sub", "findall", "finditer"}
            for method in sorted(
                applied or {"search", "fullmatch"}
            ):  # an item of a mapping, which has another name there
                by_pattern[pattern, method] = Use(where, pattern, method)
    return list(by_pattern.values())


def _written_in_calls(tree: ast.Module, where: str) -> Iterator[tuple[Any, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner, method = node.func.value, node.func.attr
        if isinstance(owner, ast.Name) and owner.id in LIBRARIES and method not in ("compile", "escape"):
            assert isinstance(node.args[0], ast.Constant), f"{where}:{node.lineno}: name the pattern in the module"
            flags = re.DOTALL if "DOTALL" in ast.unparse(node) else 0
            yield LIBRARIES[owner.id].compile(node.args[0].value, flags), method  # type: ignore[attr-defined]


def _named(module: Any) -> dict[str, Any]:
    kinds = (re.Pattern, regex.Pattern)
    named = {name: value for name, value in vars(module).items() if isinstance(value, kinds)}
    for name, value in vars(module).items():
        if isinstance(value, dict):
            named.update({f"{name}[{key!r}]": item for key, item in value.items() if isinstance(item, kinds)})
    return named


@dataclass(frozen=True)
class Hostile:
    """A text of any length: what leads up to a repetition, what is repeated, and what does not match."""

    lead: str
    unit: str
    tail: str

    def text(self, length: int) -> str:
        return self.lead + self.unit * (length // len(self.unit)) + self.tail


def hostile_texts(pattern: str) -> Iterator[Hostile]:
    """Texts made from the parts of ``pattern``, and from what files are full of."""
    leads, units = {""}, set(CHARACTERS)
    try:
        parts = list(_repetitions(parser.parse(pattern), ""))
    except re.error:  # the syntax of another library: characters alone
        parts = []
    for before, body in parts:
        leads.add(before)
        units |= {unit for unit in (before, *body) if unit}
    pairs = {a + b for a, b in itertools.permutations(sorted(units & set(CHARACTERS) | {"0", " ", ","})[:8], 2)}
    for lead, unit, tail in itertools.product(sorted(leads), sorted(units | pairs), TAILS):
        yield Hostile(lead, unit, tail)


def _repetitions(parts: Any, before: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(what leads up to it, what it repeats) of each repetition in a parsed pattern, and of the pattern as a whole."""
    for kind, value in parts:
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, _, body = value
            yield before, tuple(_samples(body))
            yield from _repetitions(body, before)
            before += _sample(body) * max(least, 1)
            continue
        if name == "SUBPATTERN":
            yield from _repetitions(value[-1], before)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from _repetitions(branch, before)
        before += _sample([(kind, value)])
    yield before, ()


def _sample(parts: Any) -> str:
    return next(iter(_samples(parts)), "")


def _samples(parts: Any) -> list[str]:
    """A few short texts that ``parts`` match."""
    texts = [""]
    for kind, value in parts:
        texts = [text + more for text, more in itertools.product(texts, _of(str(kind), value))][:6]
    return texts


def _of(name: str, value: Any) -> list[str]:
    if name == "LITERAL":
        return [chr(value)]
    if name in ("NOT_LITERAL", "IN", "ANY", "CATEGORY"):
        matches = [char for char in CHARACTERS if _holds(name, value, char)]
        ranges = [chr(low) for kind, (low, _) in _ranges(name, value) if str(kind) == "RANGE"]
        return [*matches[:4], *ranges[:2]] or [""]
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [sample * max(value[0], 1) for sample in _samples(value[2])]
    if name == "SUBPATTERN":
        return _samples(value[-1])
    if name == "BRANCH":
        return [_sample(branch) for branch in value[1]]
    if name == "ASSERT" and value[0] < 0:
        return _samples(value[1])
    return [""]


def _ranges(name: str, value: Any) -> list[Any]:
    negated = name == "IN" and str(value[0][0]) == "NEGATE"
    return [part for part in value if str(part[0]) == "RANGE"] if name == "IN" and not negated else []


def _holds(name: str, value: Any, char: str) -> bool:
    if name == "ANY":
        return char != "\n"
    if name == "NOT_LITERAL":
        return ord(char) != value
    if name == "CATEGORY":
        word = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
        kind = str(value).removeprefix("CATEGORY_")
        return not word[kind.removeprefix("NOT_")] if kind.startswith("NOT_") else word[kind]
    if name == "RANGE":
        return value[0] <= ord(char) <= value[1]
    if name == "LITERAL":
        return ord(char) == value
    negated = str(value[0][0]) == "NEGATE"
    return any(_holds(str(kind), inner, char) for kind, inner in value[negated:]) != negated


def slowest(use: Use) -> tuple[float, Hostile]:
    """Processor seconds of the costliest text, and that text; stops at the first that takes too long."""
    pattern = use.pattern.pattern
    tried = []
    for text in hostile_texts(pattern.decode() if isinstance(pattern, bytes) else pattern):
        tried.append((seconds(use, text, SHORT), text))
        if tried[-1][0] > SUSPECT:
            break
    dearest = heapq.nlargest(DEAREST, tried, key=lambda pair: pair[0])
    worst = dearest[0]
    for length, (_, text) in itertools.product(LONGER, dearest):
        worst = max(worst, (seconds(use, text, length), text), key=lambda pair: pair[0])
        if worst[0] > SECONDS:
            break
    return worst


def seconds(use: Use, text: Hostile, length: int) -> float:
    """Processor seconds of one application, the lesser of two where the first seems long."""
    given, taken = text.text(length), float("inf")
    for _ in range(2):
        started = time.process_time()
        use.run(given)
        taken = min(taken, time.process_time() - started)
        if taken < SUSPECT:
            break
    return taken


USES = uses()


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.where}:{use.method}:{use.pattern.pattern[:20]!r}")
def test_no_text_costs_a_pattern_more_than_its_length(use: Use) -> None:
    taken, text = slowest(use)
    assert taken <= SECONDS, f"{use.where}: {use.pattern.pattern!r} takes {taken:.1f} s on {text}"


def test_the_patterns_of_the_house_are_found() -> None:
    where = {use.where for use in USES}
    assert len(USES) > 50
    assert {"core/evidence/importers/numbers.py", "core/corpus/clean.py", "core/commands/docs.py"} <= where


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", "fullmatch"),
        (r"[\s·:,_-]*\d+(?:[.,]\d+)?\s*%?$", "sub"),
        (r"(?:- )?([a-z_]+): *(\S.*?) *", "fullmatch"),
        (r"(?s)<!-- table: ([a-z]+) -->.*?<!-- end -->", "sub"),
    ],
)
def test_the_check_finds_a_pattern_whose_time_grows_with_the_square(pattern: str, method: str) -> None:
    assert slowest(Use("here", re.compile(pattern), method))[0] > SECONDS
