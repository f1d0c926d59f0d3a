"""A recipe: everything that determines a subset, and the digest of the ids that it gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import orjson

from core.corpus.row_ids import recorded_ids, show_id
from core.errors import DiverscopeError, InputError, quoted, reason_of
from core.selection.registry import strategy
from core.view import of_need
from core.workspace.digests import digest

FORMAT = 1
REMEDY = "Correct the file, or export the subset again."


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a subset was made from; the same recipe gives the same row ids.

    ``size`` counts ``unit`` (:mod:`core.budgets.units`), of a row ``row_cutoff`` tokens at most, 0 for all; ``budget``
    says by which figures minutes or money became these tokens. ``position`` is that of the slider, 0 to 1. ``given`` is
    the key of a saved subset already in training; ``pinned`` and ``excluded`` are row ids in hexadecimal. ``quotas``
    are {"column", "minimum": {value: rows}, "maximum": {value: rows}}, or {"column", "shares": {value: weight}}.
    ``target`` names a second corpus of examples.
    ``features`` maps each feature that the strategy read to its key, ``ids_digest`` names the resulting rows: a
    rebuild that differs in either is reported. ``reader`` is the version of the reader that named the corpus's rows; 1,
    which knew no thinking and no pictures, is not written, nor is a cutoff or a budget where there is none.
    """

    corpus: str
    pool: Mapping[str, Any] = field(default_factory=dict)
    choice: Mapping[str, Any] = field(default_factory=dict)
    strategy: str = "micro"
    strategy_version: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    unit: str = "rows"
    position: float = 1.0
    seed: int = 0
    given: str = ""
    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    quotas: tuple[Mapping[str, Any], ...] = ()
    target: str = ""
    features: Mapping[str, str] = field(default_factory=dict)
    ids_digest: str = ""
    rows: int = 0
    embedder: str = ""
    thresholds: tuple[Mapping[str, Any], ...] = ()
    reader: int = 1
    row_cutoff: int = 0
    budget: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def preparation(self) -> dict[str, Any]:
        """The part of the recipe that determines the plan: size and position are not in it."""
        return {
            "corpus": self.corpus,
            "pool": dict(self.pool),
            "choice": dict(self.choice),
            "strategy": self.strategy,
            "strategy_version": self.strategy_version,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "given": self.given,
            "target": self.target,
        }

    @cached_property
    def series(self) -> str:
        """The digest of what the levels of a series share: everything that determines their rows except the position.

        Rows pinned and excluded count as quotas and rows in training do: with other rules the slider runs over other
        subsets. They are named only where there are any, so that a series without them keeps the key that it had
        before they counted; older subsets with pins have a manifest whose "series" leaves them out, and nothing reads
        it. Three things are not part of a series: the keys of features, which say in which state the same settings
        found them, thresholds, which say why a knob has its value, and a budget, which says why the size has its.
        """
        rules = {"pinned": recorded_ids(self.pinned), "excluded": recorded_ids(self.excluded)}
        named = {kind: [show_id(row_id) for row_id in ids.tolist()] for kind, ids in rules.items() if len(ids)}
        shared = {
            **self.preparation,
            "choice": self.recorded_choice(),
            "size": self.size,
            "unit": self.unit,
            "quotas": list(self.quotas),
        }
        cut = {"row_cutoff": self.row_cutoff} if self.row_cutoff else {}
        return digest({**shared, **named, **cut})

    def recorded_choice(self) -> dict[str, Any]:
        """The settings as a series and a saved subset's key name them.

        Both name the tagger even where the strategy reads no tags. There they name the first offline tagger for the
        present one, so that a series continues across the version in which the present one became the usual.
        """
        choice = dict(self.choice)
        if choice.get("tagger") == "phrases" and not self._reads_tags():
            choice["tagger"] = "keyphrases"
        return choice

    def _reads_tags(self) -> bool:
        try:
            needs = strategy(self.strategy).needs(self.parameters)
        except (DiverscopeError, KeyError):  # a strategy that is not here any more, or settings that are not complete
            return True
        return any(of_need(need)[1] == "tags" for need in needs)

    def as_dict(self) -> dict[str, Any]:
        values = asdict(self)
        for name in ("reader", "row_cutoff", "budget"):
            if values[name] == _DEFAULTS[name]:
                del values[name]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def as_json(self) -> bytes:
        """The recipe as a file: indented JSON with sorted keys."""
        return orjson.dumps(self.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Recipe:
        """The recipe that :meth:`as_dict` wrote. Raises :class:`InputError` on a newer format or a missing corpus."""
        if not isinstance(values, Mapping) or not values.get("corpus"):
            raise InputError("This is not a recipe: it names no corpus.", remedy="Export a subset to get one.")
        taken = {name: _typed(name, value) for name, value in values.items() if name in _DEFAULTS and value is not None}
        if taken.get("format", 1) > FORMAT:
            raise InputError("This recipe was written by a newer Diverscope.", remedy="Update Diverscope.")
        try:
            orjson.dumps([[[[[[[[taken]]]]]]]])  # a plan or a job that names the recipe nests it deeper
        except TypeError as error:
            raise InputError(f"The recipe cannot be written again: {error}.", remedy=REMEDY) from error
        return cls(**taken)

    @classmethod
    def read(cls, path: Path) -> Recipe:
        """Read the recipe in a file: our JSON, or the footer of a Parquet export."""
        try:
            data = _footer(path) if path.suffix == ".parquet" else path.read_bytes()
            return cls.of(orjson.loads(data))
        except FileNotFoundError as error:
            raise InputError(f"There is no file {path}.") from error
        except (orjson.JSONDecodeError, OSError) as error:
            raise InputError(f"{path.name} is not a recipe: {reason_of(error)}") from error


_DEFAULTS = asdict(Recipe(corpus=""))


def _typed(name: str, value: Any) -> Any:
    """``value`` in the type of the recipe's field ``name``. Raises :class:`InputError` where it is another."""
    default = _DEFAULTS[name]
    wanted = "text"
    if isinstance(default, str):
        if isinstance(value, str):
            return value
    elif isinstance(default, int):
        wanted = "a whole number"
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
            return value
        if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 63:
            return int(value)
    elif isinstance(default, float):
        wanted = "a number"
        if isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value):
            return value
    elif isinstance(default, dict):
        wanted = "an object"
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return value
    elif name in ("pinned", "excluded"):
        wanted = "a list of row ids"
        if isinstance(value, (list, tuple)) and all(isinstance(row, str) for row in value):
            return tuple(value)
    else:
        wanted = "a list of objects"
        if isinstance(value, (list, tuple)) and all(isinstance(rule, Mapping) for rule in value):
            return tuple(value)
    raise InputError(f"The recipe's {name} must be {wanted}, not {quoted(value)}.", remedy=REMEDY)


def _footer(path: Path) -> bytes:
    """The recipe in the footer of a Parquet export. Raises :class:`InputError` where there is none."""
    import pyarrow.parquet as pq

    from core.export.parquet import RECIPE_KEY

    try:
        metadata = pq.read_schema(path).metadata or {}
    except FileNotFoundError:
        raise
    except Exception as error:  # whatever the reader raises at a damaged file; there is no list of it
        raise InputError(
            f"{path.name} is not a whole Parquet file: {reason_of(error)}", remedy="Copy it again."
        ) from error
    if RECIPE_KEY not in metadata:
        raise InputError(f"{path.name} carries no recipe in its footer.")
    return metadata[RECIPE_KEY]
