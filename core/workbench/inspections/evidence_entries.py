"""Saved subsets, their readings, runs and scores as entries of a ledger, for a file that opens in another workspace."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pandas as pd

from core.errors import InputError, quoted
from core.evidence.entries import Curve, Entry, LoggedSubset, Origin, Run, Score, Series, to_record
from core.workbench.inspections.evidence import Evidence
from core.workbench.studies.study_run import family

FACTS = ("name", "series", "component", "strategy")


def entries_of(evidence: Evidence, *, study: str = "", curves: bool = False) -> list[Entry]:
    """The entries that stand for the whole evidence, or for that on the saved subsets of one ``study``.

    Every saved subset becomes a data set with its readings as metrics; runs that were matched by name carry the digest,
    so that no match is needed. ``curves``: also the training curves, which are long. Raises
    :class:`InputError` if no saved subset is of that study, or there is nothing.
    """
    readings = evidence.readings
    if study:
        members = family(evidence.workspace, evidence.subsets)
        readings = readings[[members.get(str(key)) == study for key in readings["key"]]]
        if readings.empty:
            known = sorted(set(members.values()))
            raise InputError(
                f"No saved subset is of a study {quoted(study)}.", remedy=f"There are: {', '.join(known) or 'none'}."
            )
    digests = {str(digest) for digest in readings["subset"]}
    made: list[Entry] = [_dataset(row) for row in readings.to_dict("records")]
    for entry in evidence.ledger.of(object):
        if isinstance(entry, Series | LoggedSubset | Run | Score) or (curves and isinstance(entry, Curve)):
            told = _with_digest(entry, evidence.ledger.matches)
            if not study or _about(told) in digests:
                made.append(told)
    if not made:
        raise InputError("There is no evidence to write.", remedy="Save subsets, or log scores.")
    return made


def entries_bytes(entries: Iterable[Entry]) -> bytes:
    """One line an entry, in the ledger's own format."""
    return b"".join(orjson.dumps(to_record(entry)) + b"\n" for entry in entries)


def _dataset(row: Mapping[Hashable, Any]) -> LoggedSubset:
    facts = {name: str(row[name] or "") for name in FACTS}
    metrics = {
        str(name): float(value)
        for name, value in row.items()
        if name not in {*FACTS, "subset", "key", "level", "size"} and isinstance(value, float) and value == value
    }
    level, size = row["level"], row["size"]
    return LoggedSubset(
        digest=str(row["subset"]), level=None if pd.isna(level) else float(level),
        size=None if pd.isna(size) else int(size),
        metrics=metrics, origin=Origin(reader="measured"), **facts,
    )  # fmt: skip


def _with_digest(entry: Entry, matches: dict[str, str]) -> Entry:
    """The entry with the subset that the label of its run means."""
    if isinstance(entry, Run):
        return entry if entry.subset else replace(entry, subset=matches.get(entry.label, ""))
    if isinstance(entry, Score | Curve):
        run = _with_digest(entry.run, matches)
        assert isinstance(run, Run)
        return replace(entry, run=run)
    return entry


def _about(entry: Entry) -> str:
    """The digest of the subset that an entry is about; "" for a series, or a run of which none is known."""
    if isinstance(entry, LoggedSubset):
        return entry.digest
    if isinstance(entry, Run):
        return entry.subset
    return entry.run.subset if isinstance(entry, Score | Curve) else ""
