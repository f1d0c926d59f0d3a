"""The entries of the ledger: series, subsets, runs, scores, curves, and which name means which subset."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

from core.errors import InputError, WorkspaceError, quoted
from core.workspace.digests import digest

Direction = Literal[-1, 0, 1]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a number came from: the file, the field in it, and the importer. ``file`` is empty for a typed number."""

    file: str = ""
    field: str = ""
    reader: str = "by hand"


@dataclass(frozen=True, kw_only=True)
class Series:
    """A series that was logged by hand, without a recipe: subsets that differ only in their position on the slider."""

    kind: ClassVar[str] = "series"
    pool: str = ""
    strategy: str = ""
    component: str = ""
    size: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    @cached_property
    def key(self) -> str:
        return digest({"series": asdict(self)})


@dataclass(frozen=True, kw_only=True)
class LoggedSubset:
    """A dataset that was trained on: one of ours (``digest`` of its row ids) or one that was never loaded.

    ``level`` is its position in percent, ``metrics`` are the values measured or given by hand, by metric address.
    """

    kind: ClassVar[str] = "subset"
    digest: str
    name: str
    series: str = ""
    level: float | None = None
    size: int | None = None
    component: str = ""
    strategy: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    origin: Origin = field(default_factory=Origin)

    @cached_property
    def key(self) -> str:
        return digest({"subset": self.digest, "metrics": dict(self.metrics), "name": self.name})

    @staticmethod
    def unseen(name: str) -> str:
        """The digest of a dataset that was never loaded, made from its name."""
        return digest({"unseen": name.strip()})


@dataclass(frozen=True, kw_only=True)
class Run:
    """A fine-tuning run: its data, its model, its seed. ``label`` is the file's name for the data.

    ``subset`` is set only if the file itself holds the digest; otherwise a :class:`Match` says what a label means.
    """

    kind: ClassVar[str] = "run"
    label: str
    subset: str = ""
    model: str = ""
    trainer: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    @cached_property
    def key(self) -> str:
        data = {"subset": self.subset} if self.subset else {"label": self.label}
        return digest({**data, "model": self.model, "trainer": dict(self.trainer), "seed": self.seed})


@dataclass(frozen=True, kw_only=True)
class Score:
    """A number about a run. Scores of different judges, baselines or measures have different keys and are never mixed.

    ``direction`` +1: higher is better, -1: lower is better, 0: neither. ``stderr`` is in the unit of the value.
    ``proxy``: the score is of a small model that stands for a larger one (:mod:`core.evidence.proxy`); entries that
    were written before there was such a mark have none. ``rerun``: a judge's score of the same answers for the second,
    third … time is a repetition of its own.
    """

    kind: ClassVar[str] = "score"
    run: Run
    benchmark: str
    measure: str
    value: float
    direction: Direction = 1
    judge: str = ""
    baseline: str = ""
    unit: str = ""
    stderr: float | None = None
    n: int | None = None
    origin: Origin = field(default_factory=Origin)
    proxy: bool = False
    rerun: int = 1

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError(f"{self.run.label}: a score must be a number, not {self.value}.")

    @cached_property
    def key(self) -> str:
        """The digest of what the number is about; two scores with one key are repetitions, whatever their units."""
        again = [self.rerun] if self.rerun > 1 else []
        return digest([self.run.key, self.benchmark, self.measure, self.judge, self.baseline, *again])


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A quantity over the steps of a run; thinned to at most :data:`CURVE_POINTS` points when it was read."""

    kind: ClassVar[str] = "curve"
    run: Run
    measure: str
    steps: tuple[float, ...]
    values: tuple[float, ...]
    origin: Origin = field(default_factory=Origin)

    @cached_property
    def key(self) -> str:
        return digest(["curve", self.run.key, self.measure])


@dataclass(frozen=True, kw_only=True)
class Match:
    """The user's statement that ``label`` in a score file means the subset ``subset``; the newest statement counts."""

    kind: ClassVar[str] = "match"
    label: str
    subset: str
    how: str = "by hand"

    @cached_property
    def key(self) -> str:
        return digest(["match", self.label])


CURVE_POINTS = 2_000
Entry = Series | LoggedSubset | Run | Score | Curve | Match
KINDS: dict[str, type[Any]] = {kind.kind: kind for kind in (Series, LoggedSubset, Run, Score, Curve, Match)}


def to_record(entry: Entry) -> dict[str, Any]:
    """``entry`` as JSON types."""
    return {"kind": entry.kind, "key": entry.key, **asdict(entry)}


def from_record(record: Mapping[str, Any]) -> Entry:
    """The entry that :func:`to_record` wrote. Raises :class:`WorkspaceError` on a kind unknown to this version."""
    kind = KINDS.get(str(record.get("kind")))
    if kind is None:
        raise WorkspaceError(f"The ledger holds an entry of an unknown kind, {quoted(record.get('kind'))}.")
    known = {entry_field.name for entry_field in fields(kind)}
    values = {name: value for name, value in record.items() if name in known}
    if "origin" in values:
        values["origin"] = Origin(**values["origin"])
    if "run" in values:
        values["run"] = Run(**values["run"])
    for name in ("steps", "values"):
        if name in values:
            values[name] = tuple(values[name])
    entry: Entry = kind(**values)
    return entry
