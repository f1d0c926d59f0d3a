"""The ledger: scores of real runs, append-only, shared by every session and process.

Each press of a button appends an immutable batch, ``<home>/ledger/<place>-<digest>/``, written whole and then renamed,
so that two processes never conflict. The place is the time in nanoseconds, or one more than the place of the batch
before if the clock was put back: batches stand in the order in which they were written. Undo appends a batch that names
the batch it takes back, and can itself be undone. Nothing is ever rewritten; a score whose subset was deleted stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary

import orjson
import pandas as pd

from core.errors import InputError, WorkspaceError
from core.evidence.entries import Curve, Entry, LoggedSubset, Match, Score, from_record, to_record
from core.metrics.address import said_once
from core.workspace.artefacts import Artefact, Signature, Workspace, signature
from core.workspace.digests import digest
from core.workspace.locks import locked

KIND = "ledger"
PLACE_DIGITS = 20
SCORE_COLUMNS = (
    "batch", "key", "label", "subset", "model", "seed", "trainer", "benchmark", "judge", "baseline", "measure",
    "direction", "unit", "value", "stderr", "n", "proxy", "file", "field", "reader",
)  # fmt: skip
SUBSET_COLUMNS = ("batch", "subset", "name", "series", "level", "size", "component", "strategy")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The entries of one press of a button. ``undoes`` names the batch that it takes back; ``live`` is False once it is
    taken back itself."""

    key: str
    title: str
    made_at: float
    entries: int
    undoes: str
    live: bool


@dataclass(frozen=True, kw_only=True)
class Clashes:
    """A comparison of scores to be added with those that are logged.

    ``new`` scores are to be added; ``repeated`` scores are logged already with the same value; ``conflicting`` pairs a
    score with the logged score whose value differs. ``notices`` name benchmarks whose unit differs from the logged one.
    """

    new: list[Score] = field(default_factory=list)
    repeated: list[Score] = field(default_factory=list)
    conflicting: list[tuple[Score, Score]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The whole ledger as it was read at one moment: live entries, batches, and problems of unreadable batches."""

    workspace: Workspace
    batches: tuple[Batch, ...]
    entries: tuple[tuple[str, Entry], ...]  # (batch key, entry), oldest first, newest of a key only
    problems: tuple[str, ...]

    def of(self, kind: type[Any]) -> list[Any]:
        """The live entries of a class, oldest first."""
        return [entry for _, entry in self.entries if isinstance(entry, kind)]

    @property
    def matches(self) -> dict[str, str]:
        """The subset that each label means, as users confirmed it: {label: digest}."""
        return {match.label: match.subset for match in self.of(Match) if match.subset}

    def scores(self) -> pd.DataFrame:
        """A row for each score, columns :data:`SCORE_COLUMNS`; ``subset`` is "" for an unmatched score."""
        matches = self.matches
        rows = []
        for batch, entry in self.entries:
            if not isinstance(entry, Score):
                continue
            run, origin = entry.run, entry.origin
            subset = run.subset or matches.get(run.label, "")
            trainer = orjson.dumps(dict(run.trainer), option=orjson.OPT_SORT_KEYS).decode() if run.trainer else ""
            rows.append((
                batch, entry.key, run.label, subset, run.model, run.seed, trainer, entry.benchmark, entry.judge,
                entry.baseline, entry.measure, entry.direction, entry.unit, entry.value, entry.stderr, entry.n,
                entry.proxy, origin.file, origin.field, origin.reader,
            ))  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
        numeric = {
            "value": "float64",
            "stderr": "float64",
            "direction": "int64",
            "seed": "Int64",
            "n": "Int64",
            "proxy": "bool",
        }
        return frame.astype(numeric)

    def subsets(self) -> pd.DataFrame:
        """A row for each logged dataset: :data:`SUBSET_COLUMNS` and a column for each metric that any of them has."""
        rows: dict[str, dict[str, Any]] = {}
        for batch, entry in self.entries:
            if isinstance(entry, LoggedSubset):
                # Metrics measured later are added to earlier ones; the newest value of each counts.
                row = rows.setdefault(entry.digest, {"subset": entry.digest})
                said = {"name": entry.name, "series": entry.series, "level": entry.level, "size": entry.size,
                        "component": entry.component, "strategy": entry.strategy}  # fmt: skip
                row.update({name: value for name, value in said.items() if value not in ("", None)})
                row.update({"batch": batch, **{said_once(name): value for name, value in entry.metrics.items()}})
        metrics = sorted({name for row in rows.values() for name in row} - set(SUBSET_COLUMNS))
        frame = pd.DataFrame(list(rows.values()), columns=[*SUBSET_COLUMNS, *metrics])
        texts = ["batch", "subset", "name", "series", "component", "strategy"]
        frame[texts] = frame[texts].fillna("")
        return frame.astype({"level": "float64", "size": "Int64", **dict.fromkeys(metrics, "float64")})

    def curves(self) -> list[Curve]:
        """Every logged training curve."""
        return list(self.of(Curve))

    def unmatched(self, known: Iterable[str]) -> pd.DataFrame:
        """Scores whose subset is neither among the ``known`` digests nor logged: never matched, or deleted since."""
        there = set(known) | {subset.digest for subset in self.of(LoggedSubset)}
        scores = self.scores()
        lost = scores[~scores["subset"].isin(there)].copy()
        lost["why"] = ["nobody said which subset this is" if not s else "the subset is gone" for s in lost["subset"]]
        return lost

    def clashes(self, scores: Sequence[Score]) -> Clashes:
        """Which of ``scores`` are new, repeated or in conflict with the ledger or with each other."""
        logged = {score.key: score for score in self.of(Score)}
        units = {(score.benchmark, score.measure): score.unit for score in logged.values()}
        clashes, seen = Clashes(), dict(logged)
        for score in scores:
            other = seen.get(score.key)
            if other is None:
                seen[score.key] = score
                clashes.new.append(score)
            elif _same_value(score, other):
                clashes.repeated.append(score)
            else:
                clashes.conflicting.append((score, other))
            unit = units.get((score.benchmark, score.measure), score.unit)
            notice = f"{score.benchmark} {score.measure} is logged in {unit or 'no unit'}, here it is in {score.unit}."
            if unit != score.unit and notice not in clashes.notices:
                clashes.notices.append(notice)
        return clashes

    def lacking(self, entries: Sequence[Entry]) -> list[Entry]:
        """The ``entries`` that would change the ledger: a new key, another content, another meaning of a label."""
        logged = {entry.key: digest(to_record(entry)) for _, entry in self.entries if not isinstance(entry, Match)}
        matches = self.matches
        return [
            entry
            for entry in entries
            if (
                matches.get(entry.label) != entry.subset
                if isinstance(entry, Match)
                else logged.get(entry.key) != digest(to_record(entry))
            )
        ]


def read(workspace: Workspace) -> Ledger:
    """Read the ledger. An unreadable batch is listed in ``problems``; the others count."""
    raw: list[tuple[str, Mapping[str, Any], tuple[Entry, ...]]] = []
    problems: list[str] = []
    for key, artefact in workspace.each(KIND):
        try:
            if isinstance(artefact, WorkspaceError):
                raise artefact
            raw.append((key, artefact.manifest, _entries(artefact)))
        except (WorkspaceError, InputError) as error:
            problems.append(str(error))
        except (OSError, ValueError, TypeError) as error:
            problems.append(f"The ledger batch {key} is damaged ({error}); its scores are not shown.")
    last = _LAST.get(workspace.home)
    if last is not None and _same(last[0], raw) and last[1].problems == tuple(problems):
        return last[1]
    ledger = _joined(workspace, raw, problems)
    _LAST[workspace.home] = raw, ledger
    return ledger


# The entries of each opened batch with the signature of their file, and the ledger that was last read of each
# workspace: a page reads the whole ledger at each run, and most of its batches are years old.
_ENTRIES: WeakKeyDictionary[Artefact, tuple[Signature | None, tuple[Entry, ...]]] = WeakKeyDictionary()
_Raw = Sequence[tuple[str, Mapping[str, Any], tuple[Entry, ...]]]
_LAST: dict[Path, tuple[_Raw, Ledger]] = {}


def _entries(batch: Artefact) -> tuple[Entry, ...]:
    signed = signature(f"{batch.folder}/entries.jsonl")
    known = _ENTRIES.get(batch)
    if known is None or known[0] != signed:
        lines = batch.path("entries.jsonl").read_bytes().splitlines()
        known = _ENTRIES[batch] = signed, tuple(from_record(orjson.loads(line)) for line in lines)
    return known[1]


def _same(one: _Raw, other: _Raw) -> bool:
    """Whether two readings gave the very same batches."""
    pairs = zip(one, other)
    return len(one) == len(other) and all(a[1] is b[1] and a[2] is b[2] for a, b in pairs)


def _joined(workspace: Workspace, raw: _Raw, problems: Sequence[str]) -> Ledger:
    undone: dict[str, bool] = {}
    for key, manifest, _ in reversed(raw):  # newest first: an undo counts unless it was undone itself
        if manifest.get("undoes") and not undone.get(key, False):
            undone[str(manifest["undoes"])] = True
    batches = tuple(
        Batch(
            key=key,
            title=str(manifest.get("title", "")),
            made_at=float(manifest.get("made_at", 0)),
            entries=len(entries),
            undoes=str(manifest.get("undoes", "")),
            live=not undone.get(key, False),
        )
        for key, manifest, entries in raw
    )
    newest: dict[tuple[str, str], tuple[str, Entry]] = {}
    for key, _, entries in raw:
        if not undone.get(key, False):
            for entry in entries:
                newest.pop((entry.kind, entry.key), None)
                newest[(entry.kind, entry.key)] = (key, entry)
    return Ledger(workspace=workspace, batches=batches, entries=tuple(newest.values()), problems=tuple(problems))


def append(workspace: Workspace, entries: Sequence[Entry], *, title: str) -> str:
    """Write ``entries`` as one batch and return its key; of several entries with a key the newest counts."""
    if not entries:
        raise InputError("There is nothing to log.", remedy="Choose at least one score.")
    return _write(workspace, entries, title=title, undoes="")


def undo(workspace: Workspace, batch: str) -> str:
    """Take a batch back (or, given the key of an undo, bring the batch back). Returns the key of the new batch."""
    if not workspace.has(KIND, batch):
        raise WorkspaceError(f"There is no ledger batch {batch}.", remedy="Reload the page: it may have changed.")
    title = str(workspace.open(KIND, batch).manifest.get("title", ""))
    return _write(workspace, (), title=f"Undo: {title}", undoes=batch)


def add_scores(
    workspace: Workspace,
    scores: Sequence[Score],
    *,
    title: str,
    conflicts: Literal["keep", "replace"] = "keep",
    others: Sequence[Entry] = (),
) -> Clashes:
    """Log the new ``scores`` and the ``others``; a score that is logged already is not logged again.

    ``conflicts``: "keep" keeps the logged value, "replace" lets the new value count (undo brings the old one back).
    Returns the scores that were new, repeated and in conflict.
    """
    clashes = read(workspace).clashes(scores)
    chosen: list[Entry] = [*others, *clashes.new]
    if conflicts == "replace":
        chosen += [score for score, _ in clashes.conflicting]
    if chosen:
        append(workspace, chosen, title=title)
    return clashes


def _write(workspace: Workspace, entries: Sequence[Entry], *, title: str, undoes: str) -> str:
    records = [to_record(entry) for entry in entries]
    lines = b"\n".join(orjson.dumps(record) for record in records)
    with locked(workspace.home / f"{KIND}.lock"):
        place = max(time.time_ns(), _last_place(workspace) + 1)
        key = f"{place:020d}-{digest([place, undoes, [record['key'] for record in records]])}"
        with workspace.create(KIND, key, {"title": title, "undoes": undoes, "entries": len(records)}) as folder:
            (folder / "entries.jsonl").write_bytes(lines)
    return key


def _last_place(workspace: Workspace) -> int:
    """The number before which no new batch may come: that of the last one, whatever the clock says now."""
    places = [key.partition("-")[0] for key in workspace.keys(KIND)]
    return max((int(place) for place in places if len(place) == PLACE_DIGITS and place.isdecimal()), default=0)


def _same_value(score: Score, other: Score) -> bool:
    """Whether two values are equal to nine digits, also when one is a fraction and the other a percentage."""
    scale = {"fraction": 100.0}
    left, right = score.value * scale.get(score.unit, 1.0), other.value * scale.get(other.unit, 1.0)
    if {score.unit, other.unit} - {"fraction", "%"}:
        left, right = score.value, other.value
    return abs(left - right) <= 1e-9 * max(1.0, abs(left), abs(right))
