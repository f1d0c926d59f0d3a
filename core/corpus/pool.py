"""The pool: a corpus and the filters that say which of its rows a subset may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.corpus import search
from core.corpus.curation_rule import CurationRule, RuleOutcome, in_order
from core.corpus.named_selections import IN, OUT, PREFIX
from core.corpus.row_ids import recorded_ids, show_id
from core.corpus.store import Corpus
from core.errors import FeatureMissing, InputError, in_short, listed_in_short, quoted, reason_of
from core.row_positions import CorpusRows
from core.several import with_word
from core.view import ALL_COMPONENTS, REMEDIES
from core.workspace.digests import digest

HELD_OUT, EXCLUDED = "holdout", "excluded"  # names of filters that no pin opens


@dataclass(frozen=True, kw_only=True)
class LengthWindow:
    """Rows whose length lies between two bounds, both included; None for no bound.

    Unit ``tokens``: counted by the tokenizer that the session has chosen, on the component ``of``, "" for the one that
    the session has chosen; given as ``lengths``. Unit ``characters``: counted on ``component``. A narrow window gives
    subsets of equal length (length-matched mode); with ``of`` an instruction strategy can hold the responses' tokens.
    """

    minimum: float | None = None
    maximum: float | None = None
    unit: Literal["tokens", "characters"] = "tokens"
    component: str = "response"
    of: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnFilter:
    """Rows whose column has one of ``values``, or, without any, a number between the bounds, both included."""

    column: str
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, kw_only=True)
class PoolSpec:
    """Which rows of a corpus a subset may hold. A row must pass every filter; an empty filter passes all rows.

    ``pinned`` rows are in the pool whatever the filters say, ``excluded`` rows never; ids are 16 hexadecimal digits.
    The holdout is never in it, unless ``with_holdout`` (for reading rows, not for subsets).
    """

    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    length: LengthWindow | None = None
    columns: tuple[ColumnFilter, ...] = ()
    text: str = ""
    regex: str = ""
    within: str = "both"  # the component that text and regex look at
    ids: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    with_holdout: bool = False
    rules: tuple[CurationRule, ...] = ()  # what they leave out is given to :func:`select` as ``outcomes``

    def as_dict(self) -> dict[str, Any]:
        """The filters as JSON values, empty ones left out; {} is the whole corpus. The order of values is ignored."""
        values: dict[str, Any] = {}
        for name in ("sources", "categories", "scripts", "ids", "pinned", "excluded"):
            if getattr(self, name):
                values[name] = sorted(set(getattr(self, name)))
        if self.length and (self.length.minimum is not None or self.length.maximum is not None):
            window = _filled(self.length.__dict__)
            # A window without a component of its own is written as it was before it could name one.
            values["length"] = {name: value for name, value in window.items() if name != "of" or value}
        if self.columns:
            values["columns"] = sorted(
                ({**_filled(column.__dict__), "values": sorted(column.values)} for column in self.columns), key=str
            )
        for name in ("text", "regex"):
            if getattr(self, name):
                values[name] = getattr(self, name)
                values["within"] = self.within
        if self.with_holdout:
            values["with_holdout"] = True
        if self.rules:
            values["rules"] = [rule.as_dict() for rule in in_order(self.rules)]
        return values

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> PoolSpec:
        """The pool that :meth:`as_dict` wrote. Raises :class:`InputError` for values that do not describe a pool."""
        try:
            known = {name for name in cls.__dataclass_fields__ if not name.startswith("_")}
            unknown = set(values) - known
            if unknown:
                raise InputError(f"A pool has no filter {listed_in_short(sorted(unknown))}.")
            made: dict[str, Any] = dict(values)
            for name in ("sources", "categories", "scripts"):
                made[name] = tuple(map(str, _listed(values.get(name), name)))
            for name in ("ids", "pinned", "excluded"):
                made[name] = tuple(map(show_id, recorded_ids(map(str, _listed(values.get(name), name))).tolist()))
            for name in ("text", "regex"):
                made[name] = _text(values.get(name) or "", name)
            made["length"] = _bounded(LengthWindow(**values["length"])) if values.get("length") else None
            made["columns"] = tuple(
                _bounded(
                    ColumnFilter(
                        **{
                            **value,
                            "column": _text(value["column"], "column"),
                            "values": tuple(map(str, _listed(value.get("values"), "values"))),
                        }
                    )
                )
                for value in values.get("columns") or ()
            )
            if made["length"] and made["length"].of not in ("", *ALL_COMPONENTS):
                raise InputError(f"There is no component {quoted(made['length'].of)}.")
            made["with_holdout"] = bool(values.get("with_holdout"))
            made["rules"] = tuple(CurationRule.of(rule) for rule in _listed(values.get("rules"), "rules"))
            if made.get("within", "both") not in ALL_COMPONENTS:
                raise InputError(f"There is no component {quoted(made['within'])}.")
            return cls(**made)
        except (TypeError, AttributeError, ValueError, KeyError) as error:
            raise InputError(f"This is not a pool: {reason_of(error)}.", remedy="Set the filters again.") from error

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that name these filters."""
        return digest(self.as_dict())

    @property
    def needs_lengths(self) -> bool:
        """Whether :func:`select` needs token lengths."""
        return bool(self.as_dict().get("length")) and self.length is not None and self.length.unit == "tokens"

    def describe(self) -> str:
        """One phrase, "" for the whole corpus: "2 sources · 50–400 tokens · holds “list”"."""
        parts = []
        for values, singular, plural in (
            (self.sources, "source", "sources"),
            (self.categories, "category", "categories"),
            (self.scripts, "script", "scripts"),
        ):
            if values:
                parts.append(f"{singular} {values[0]}" if len(set(values)) == 1 else f"{len(set(values))} {plural}")
        if self.length and "length" in self.as_dict():
            window = self.length
            component = window.component if window.unit == "characters" else window.of
            named = f" of the {component}" if component else ""
            parts.append(f"{_span(window.minimum, window.maximum)} {window.unit}{named}")
        for one_filter in self.columns:
            parts.append(_column_phrase(one_filter))
        if self.text:
            parts.append(f"holds “{self.text}”")
        if self.regex:
            parts.append(f"matches /{self.regex}/")
        for ids, word in ((self.ids, "chosen by id"), (self.pinned, "pinned"), (self.excluded, "excluded")):
            if ids:
                parts.append(f"{len(set(ids)):,} {word}")
        parts += [rule.describe() for rule in in_order(self.rules)]
        if self.with_holdout:
            parts.append("with the holdout")
        return " · ".join(parts)


def _column_phrase(rule: ColumnFilter) -> str:
    """A filter by a column in a few words: "topic art, law", "selection “1”" for one kept under a name."""
    if rule.column.startswith(PREFIX) and rule.values in ((IN,), (OUT,)):
        name = f"selection “{rule.column.removeprefix(PREFIX)}”"
        return name if rule.values == (IN,) else f"without the {name}"
    shown = ", ".join(sorted(rule.values)[:3]) + (" …" if len(rule.values) > 3 else "")
    return f"{rule.column} {shown or _span(rule.minimum, rule.maximum)}"


class FailedFilters(NamedTuple):
    """The first filter that each row of a corpus does not pass.

    ``which`` (rows,) int16 is its place in ``names``, −1 for rows of the pool. ``standing`` (rows,) int64 is the corpus
    position of the row that stands for one that a rule left out, −1 where none does.
    """

    which: NDArray[np.int16]
    names: list[str]
    standing: NDArray[np.int64]


def select(
    corpus: Corpus, spec: PoolSpec, lengths: NDArray[Any] | None = None, outcomes: Sequence[RuleOutcome] | None = None
) -> CorpusRows:
    """Positions of the pool's rows, ascending.

    ``lengths`` (rows,) are the tokens of every row of the corpus, needed when :attr:`PoolSpec.needs_lengths`;
    ``outcomes`` those of the pool's rules in the order of :func:`in_order`, needed where it has any. Raises
    :class:`FeatureMissing` without them, :class:`InputError` for an unknown column or an invalid pattern.
    """
    return CorpusRows(np.flatnonzero(failed_filters(corpus, spec, lengths, outcomes).which < 0).astype(np.int64))


def failed_filters(
    corpus: Corpus, spec: PoolSpec, lengths: NDArray[Any] | None = None, outcomes: Sequence[RuleOutcome] | None = None
) -> FailedFilters:
    """The first filter that each row of the corpus does not pass, and the row that stands for it.

    A filter's name is the one that a person knows: the holdout, source, category, script, length, the name of a column,
    text, pattern, row ids, excluded, near-copies, leaks. Rules come last, so that the row that stays of several copies
    is one that passes all other filters. Parameters and errors are those of :func:`select`.
    """
    failed = np.full(len(corpus), -1, dtype=np.int16)  # (rows,)
    standing = np.full(len(corpus), -1, dtype=np.int64)  # (rows,)
    names: list[str] = []
    pinned = _with_ids(corpus, spec.pinned)
    for name, mask in _filters(corpus, spec, lengths):
        kept = mask if name in (HELD_OUT, EXCLUDED) else mask | pinned  # a pin goes before every other filter
        failed[(failed < 0) & ~kept] = len(names)
        names.append(name)
    for rule, outcome in zip(rules := in_order(spec.rules), _outcomes(rules, outcomes), strict=True):
        passing = failed < 0
        stand_in = outcome(passing)
        if len(stand_in) != len(corpus):
            raise InputError(f"What the rule of the {rule.name} leaves out is not of this corpus.")
        dropped = passing & (stand_in >= 0) & ~pinned
        failed[dropped] = len(names)
        standing[dropped] = stand_in[dropped]
        names.append(rule.name)
    return FailedFilters(failed, names, standing)


def _outcomes(rules: Sequence[CurationRule], outcomes: Sequence[RuleOutcome] | None) -> Sequence[RuleOutcome]:
    if outcomes is None or len(outcomes) != len(rules):
        if rules:
            raise FeatureMissing(rules[0].name, remedy=f"Find the {rules[0].name} on the Corpus page first.")
        return ()
    return outcomes


def _filters(corpus: Corpus, spec: PoolSpec, lengths: NDArray[Any] | None) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The name of each filter, and (rows,) which rows pass it."""
    if not spec.with_holdout:
        yield HELD_OUT, ~corpus.holdout
    yield EXCLUDED, ~_with_ids(corpus, spec.excluded)
    for column, values in (("source", spec.sources), ("category", spec.categories), ("script", spec.scripts)):
        if values:
            yield column, _among(corpus, column, values)
    if spec.length and "length" in spec.as_dict():
        yield "length", _between(_lengths(corpus, spec.length, lengths), spec.length.minimum, spec.length.maximum)
    for column_filter in spec.columns:
        yield column_filter.column, _by_column(corpus, column_filter)
    if spec.text:
        yield "text", search.find_text(corpus, spec.text, component=spec.within)
    if spec.regex:
        yield "pattern", search.find_regex(corpus, spec.regex, component=spec.within)
    if spec.ids:
        yield "row ids", _with_ids(corpus, spec.ids)


def length_matched(
    lengths: NDArray[Any],
    *,
    share: float = 0.5,
    unit: Literal["tokens", "characters"] = "tokens",
    component: str = "response",
) -> LengthWindow:
    """The window that holds the middle ``share`` of the rows by length; a smaller share gives more equal lengths."""
    if not 0 < share <= 1:
        raise InputError("The share of rows must lie between 0 and 1.")
    low, high = np.quantile(lengths, [(1 - share) / 2, (1 + share) / 2], method="inverted_cdf")
    return LengthWindow(minimum=float(low), maximum=float(high), unit=unit, component=component)


def _lengths(corpus: Corpus, window: LengthWindow, lengths: NDArray[Any] | None) -> NDArray[Any]:
    if window.unit == "characters":
        return corpus.characters(window.component)
    if lengths is None:
        raise FeatureMissing("tokens", remedy=REMEDIES["tokens"])
    if len(lengths) != len(corpus):
        raise InputError("The token lengths are not those of this corpus.")
    return lengths


def _by_column(corpus: Corpus, column_filter: ColumnFilter) -> NDArray[np.bool_]:
    values = corpus.column(column_filter.column)
    if column_filter.values:
        return _among(corpus, column_filter.column, column_filter.values)
    if values.dtype.kind != "f":
        raise InputError(
            f"The column “{in_short(column_filter.column)}” holds text.", remedy="Filter it by its values."
        )
    return _between(values, column_filter.minimum, column_filter.maximum)


def _among(corpus: Corpus, column: str, wanted: Sequence[str]) -> NDArray[np.bool_]:
    if column == "category" and column not in corpus.columns:
        return np.zeros(len(corpus), dtype=bool)
    values = corpus.column(column)
    if values.dtype.kind == "f":
        try:
            return np.isin(values, [float(text) for text in wanted])
        except ValueError as error:
            raise InputError(f"The column “{in_short(column)}” holds numbers.", remedy="Give numbers.") from error
    return with_word(values, wanted)


def _between(values: NDArray[Any], minimum: float | None, maximum: float | None) -> NDArray[np.bool_]:
    mask = ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), dtype=bool)
    if minimum is not None:
        mask &= values >= minimum
    if maximum is not None:
        mask &= values <= maximum
    return mask


def _with_ids(corpus: Corpus, ids: Sequence[str]) -> NDArray[np.bool_]:
    mask = np.zeros(len(corpus), dtype=bool)
    mask[corpus.positions_of(recorded_ids(ids))] = True
    return mask


def _listed(values: Any, name: str) -> Sequence[Any]:
    if values is not None and not isinstance(values, (list, tuple)):
        raise InputError(f"The pool's {name} must be a list, not {quoted(values)}.", remedy="Set the filters again.")
    return values or ()


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"The pool's {name} must be text, not {quoted(value)}.", remedy="Set the filters again.")
    return value


_Window = TypeVar("_Window", LengthWindow, ColumnFilter)


def _bounded(window: _Window) -> _Window:
    """``window``, whose bounds are numbers or missing. Raises :class:`InputError` for others."""
    for bound in (window.minimum, window.maximum):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, (int, float))):
            raise InputError(f"A bound must be a number, not {quoted(bound)}.", remedy="Set the filters again.")
    if isinstance(window, LengthWindow) and window.unit not in ("tokens", "characters"):
        raise InputError(f"Lengths are in tokens or characters, not {quoted(window.unit)}.")
    return window


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ()}


def _span(minimum: float | None, maximum: float | None) -> str:
    if minimum is None:
        return f"at most {maximum:,g}" if maximum is not None else "any"
    return f"at least {minimum:,g}" if maximum is None else f"{minimum:,g}–{maximum:,g}"
