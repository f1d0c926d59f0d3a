"""The options for the pool and for the rules that every answer obeys: --pool, --pin, --exclude, --quota."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.commands import curation_rules
from core.corpus.named_rows import named_row, named_rows, names_in
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError, quoted
from core.view import ALL_COMPONENTS

POOL = """which rows may be chosen; repeat it to name several values or filters.
source=VALUE, category=VALUE, script=VALUE; length=MIN..MAX in tokens, characters=MIN..MAX (of the component, or of
another: length:response=MIN..MAX; either
end may be left out); text=WORDS, regex=PATTERN, within=instruction|response|both; id=ROW or id=@FILE;
near-copies=RUNG,SETTING=VALUE,… leaves out near-copies (component, threshold, embedder, keep,
sources=A|B, column, seed, most, templates=yes);
leaks=BENCHMARK|BENCHMARK,SETTING=VALUE,… leaves out rows that hold questions of a benchmark, which the command leaks
stores (ngram, any-number=yes, answers=yes, common, share, cosine, embedder);
any other NAME is a column: NAME=VALUE, or NAME=MIN..MAX for numbers (column:NAME where a name is taken)"""
ROW = "its id, all 16 hexadecimal digits, or the file:line it came from; @FILE holds one a line"
QUOTA = """rows with a value of a column, at least MIN and at most MAX, either of which may be left out (poem:10-,
poem:-40); a single number is both. * stands for every other value. VALUE:SHARE%% instead mixes by weights at any size
(source=web:70%%, source=book:30%%; values that are not named have none, or fill *:SHARE%%). Repeat it for other values
and other columns"""
LISTED = {"source": "sources", "category": "categories", "script": "scripts"}


def add_pool(made: argparse.ArgumentParser) -> None:
    """Add the option of :func:`pool_of`."""
    made.add_argument("--pool", action="append", default=[], metavar="NAME=VALUE", help=POOL)


def add_rules(made: argparse.ArgumentParser) -> None:
    """Add the options of :func:`rules_of`."""
    made.add_argument("--pin", action="append", default=[], metavar="ROW", help=f"a row that is always in: {ROW}")
    made.add_argument("--exclude", action="append", default=[], metavar="ROW", help="a row that is never in, as --pin")
    made.add_argument("--quota", action="append", default=[], metavar="COLUMN=VALUE:MIN-MAX", help=QUOTA)


def rules_of(options: argparse.Namespace, corpus: Corpus) -> dict[str, Any]:
    """Pins, exclusions and quotas as fields of a recipe. Raises :class:`InputError` for an unreadable option."""
    pinned, excluded = ([named_row(corpus, name) for name in _names(given)] for given in (options.pin, options.exclude))
    return {"pinned": _shown(pinned), "excluded": _shown(excluded), "quotas": _quotas(options.quota)}


def pool_of(options: argparse.Namespace, corpus: Corpus) -> dict[str, Any]:
    """The pool as the page's form would describe it. Raises :class:`InputError` for a filter that cannot be read."""
    spec: dict[str, Any] = {}
    columns: dict[str, dict[str, Any]] = {}
    for given in options.pool:
        name, sign, value = given.partition("=")
        name = name.strip()
        if not sign or not name or not value:
            raise InputError(f"--pool {quoted(given)} is not NAME=VALUE.")
        if name in LISTED or name in LISTED.values():
            spec.setdefault(LISTED.get(name, name), []).append(value)
        elif name.partition(":")[0] in ("length", "characters"):
            name, _, other = name.partition(":")
            span = _span(value)
            if not span:
                raise InputError(f"--pool {quoted(given)}: a length is MIN..MAX, either end of which may be left out.")
            unit = "tokens" if name == "length" else "characters"
            spec["length"] = {"unit": unit, "component": options.component, **span}
            if other:
                spec["length"]["of" if unit == "tokens" else "component"] = other
        elif name in ("text", "regex"):
            spec[name] = value
        elif name == "within":
            if value not in ALL_COMPONENTS:
                raise InputError(f"--pool within is one of {', '.join(ALL_COMPONENTS)}, not {quoted(value)}.")
            spec[name] = value
        elif name in ("id", "ids"):
            row_ids = [row_id for row in _names([value]) for row_id in named_rows(corpus, row)]
            spec.setdefault("ids", []).extend(_shown(row_ids))
        elif name in curation_rules.READERS:
            rule = curation_rules.READERS[name](value, component=options.component, corpus=corpus)
            spec.setdefault("rules", []).append(rule.as_dict())
        else:
            column = name.removeprefix("column:")
            by_column = columns.setdefault(column, {"column": column, "values": []})
            span = _span(value)
            by_column.update(span)
            if not span:
                by_column["values"].append(value)
    if any(rule["values"] and len(rule) > 2 for rule in columns.values()):
        raise InputError("A column is filtered by its values or by MIN..MAX, not by both.")
    if columns:
        spec["columns"] = list(columns.values())
    return PoolSpec.of(spec).as_dict()


def _span(text: str) -> dict[str, float]:
    """The bounds in a text MIN..MAX; {} for any other text."""
    least, sign, most = text.partition("..")
    if not sign:
        return {}
    try:
        bounds = {"minimum": least.strip(), "maximum": most.strip()}
        return {name: float(bound) for name, bound in bounds.items() if bound}
    except ValueError:
        return {}


def _names(given: Sequence[str]) -> list[str]:
    """The row names that an option was given, including those in an @FILE."""
    names: list[str] = []
    for text in given:
        if text.startswith("@"):
            try:
                text = Path(text[1:]).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"The ids in {text[1:]} cannot be read: {error}") from error
        names += names_in(text)
    return names


def _shown(row_ids: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(show_id, row_ids)))


def _quotas(given: Sequence[str]) -> tuple[dict[str, Any], ...]:
    rules: dict[str, dict[str, Any]] = {}
    for text in given:
        column, equals, rest = text.partition("=")
        value, _, bounds = rest.rpartition(":")
        share = re.fullmatch(r"\s*+(\d++(?:\.\d++)?)\s*+%\s*+", bounds)
        if share and column and equals and value:
            rules.setdefault(column, {"column": column}).setdefault("shares", {})[value] = float(share[1])
            continue
        numbers = re.fullmatch(r"\s*+(\d*+)\s*+(?:(-)\s*+(\d*+)\s*+)?", bounds)
        if not column or not equals or not value or numbers is None or not (numbers[1] or numbers[3]):
            raise InputError(
                f"--quota {quoted(text)} is not COLUMN=VALUE:MIN-MAX.",
                remedy="For example: --quota category=poem:10-40",
            )
        rule = rules.setdefault(column, {"column": column})
        rule.setdefault("minimum", {})
        rule.setdefault("maximum", {})
        least, most = numbers[1], numbers[3] if numbers[2] else numbers[1]
        if least:
            rule["minimum"][value] = int(least)
        if most:
            rule["maximum"][value] = int(most)
    return tuple(rules.values())
