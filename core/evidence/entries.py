"""What the ledger writes down: series, subsets, runs, scores, curves, and which name means which subset."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal

from core.errors import InputError, WorkspaceError
from core.workspace.digests import digest

Direction = Literal[-1, 0, 1]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a number came from: the file, the field inside it, and who read it. By hand: ``file`` is empty."""

    file: str = ""
    field: str = ""
    reader: str = "by hand"


@dataclass(frozen=True, kw_only=True)
class Series:
    """Subsets that differ only in their position on the slider: a series logged by hand, whose recipe we lack."""

    kind: ClassVar[str] = "series"
    pool: str = ""
    strategy: str = ""
    component: str = ""
    size: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    @property
    def key(self) -> str:
        return digest({"series": asdict(self)})


@dataclass(frozen=True, kw_only=True)
class LoggedSubset:
    """A dataset that was trained on: one of ours (``digest`` of its row ids) or one that we never saw.

    ``level`` is its position in percent, ``metrics`` what was measured or given by hand, by metric address.
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

    @property
    def key(self) -> str:
        return digest({"subset": self.digest, "metrics": dict(self.metrics), "name": self.name})

    @staticmethod
    def unseen(name: str) -> str:
        """The digest of a dataset whose rows we never saw: made from its name."""
        return digest({"unseen": name.strip()})


@dataclass(frozen=True, kw_only=True)
class Run:
    """One fine-tune: which data, which model, which seed. ``label`` is the name the file used for the data.

    ``subset`` is set only where the file itself carried the digest; otherwise a :class:`Match` says what a label means.
    """

    kind: ClassVar[str] = "run"
    label: str
    subset: str = ""
    model: str = ""
    trainer: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    @property
    def key(self) -> str:
        data = {"subset": self.subset} if self.subset else {"label": self.label}
        return digest({**data, "model": self.model, "trainer": dict(self.trainer), "seed": self.seed})


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number about one run. Two judges, baselines or measures are two keys and never meet.

    ``direction`` +1: higher is better, -1: lower is better, 0: neither. ``stderr`` is in the unit of the value.
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

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError(f"{self.run.label}: a score must be a number, not {self.value}.")

    @property
    def key(self) -> str:
        """What the number is about; the same key twice is a repetition, whatever the unit."""
        return digest([self.run.key, self.benchmark, self.measure, self.judge, self.baseline])


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One quantity over the steps of a run; thinned to at most :data:`CURVE_POINTS` points when it was read."""

    kind: ClassVar[str] = "curve"
    run: Run
    measure: str
    steps: tuple[float, ...]
    values: tuple[float, ...]
    origin: Origin = field(default_factory=Origin)

    @property
    def key(self) -> str:
        return digest(["curve", self.run.key, self.measure])


@dataclass(frozen=True, kw_only=True)
class Match:
    """A person's word that ``label`` in a score file means the subset ``subset``; the newest word counts."""

    kind: ClassVar[str] = "match"
    label: str
    subset: str
    how: str = "by hand"

    @property
    def key(self) -> str:
        return digest(["match", self.label])


CURVE_POINTS = 2_000
Entry = Series | LoggedSubset | Run | Score | Curve | Match
KINDS: dict[str, type[Any]] = {kind.kind: kind for kind in (Series, LoggedSubset, Run, Score, Curve, Match)}


def to_record(entry: Entry) -> dict[str, Any]:
    """``entry`` as JSON types."""
    return {"kind": entry.kind, "key": entry.key, **asdict(entry)}


def from_record(record: Mapping[str, Any]) -> Entry:
    """The entry of :func:`to_record`. Raises :class:`WorkspaceError` on a kind that this version does not know."""
    kind = KINDS.get(str(record.get("kind")))
    if kind is None:
        raise WorkspaceError(f"The ledger holds an entry of an unknown kind, {record.get('kind')!r}.")
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
