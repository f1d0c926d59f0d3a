"""Weights & Biases' wandb-summary.json: the last figures of a run, in wandb's folder of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from core.evidence.importers import result_times
from core.evidence.importers.numbers import figure, figure_or_none, whole_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.run_names import run_name
from core.evidence.importers.sources import Source

NAME = "W&B summary"
LOOKS_FOR = "wandb-summary.json, a JSON object of a run's last figures with _step or _runtime (Weights & Biases)"
_RUN_FOLDER = re.compile(r"(?:offline-)?run-(?P<made>\d{8}_\d{6})-(?P<id>\w+)")
_SUMMARISED = ("last", "mean", "min", "max", "best")


def recognise(source: Source) -> bool:
    document = source.holds(dict) or {}
    return source.name == "wandb-summary.json" or bool({"_step", "_runtime", "_wandb"} & set(document))


def read(source: Source, options: Options) -> Imported:
    """Read each figure under the run's name; pictures, tables and wandb's internal fields are left out.

    The run's name comes from its settings (run_name, else the output folder), else from the folder that holds wandb's;
    a resumed run has several folders with one id, of which the newest counts.
    """
    imported = Imported(importer=NAME, file=source.path)
    document: Mapping[str, Any] = source.document
    settings = _settings(source)
    folder, made, number = _place(source)
    subject = settings.get("run_name") or run_name(settings.get("output_dir", "")) or folder
    seed = whole_or_none(settings.get("seed"))
    scores = []
    for name, value in _figures(document):
        benchmark, _, measure = name.rpartition("/")
        try:
            number_read = figure(value)
        except ValueError as reason:
            imported.reject(name, f"{subject}: {reason}")
            continue
        scores.append(
            ProposedScore(
                subject=subject,
                benchmark=options.benchmark or benchmark or "W&B",
                measure=measure,
                value=number_read,
                direction=direction_of(measure),
                unit=options.unit,
                judge=options.judge,
                baseline=options.baseline,
                model=options.model or run_name(settings.get("model_name_or_path", "")),
                seed=seed,
                file=source.path,
                field=name,
                primary=direction_of(measure) != 0,
                made=made if made is not None else figure_or_none(document.get("_timestamp")),
                run=number,
            )
        )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _figures(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(name, value) of everything that may be a figure; the names of nested objects are joined with "/"."""
    for key, value in document.items():
        if key.startswith("_") or isinstance(value, (list, bool)) or value is None:
            continue
        name = f"{above}{key}"
        if not isinstance(value, dict):
            if not isinstance(value, str) or value.lower() in ("nan", "infinity", "-infinity", "inf", "-inf"):
                yield name, value
        elif "_type" not in value:
            if {*value} <= {*_SUMMARISED}:
                yield from ((name if len(value) == 1 else f"{name} {part}", value[part]) for part in value)
            else:
                yield from _figures(value, f"{name}/")


def _place(source: Source) -> tuple[str, float | None, str]:
    """The run's name, start time and wandb id by its folders ("" where no folder has it)."""
    parts = list(PurePosixPath(source.folder).parts)
    for place in range(len(parts) - 1, -1, -1):
        match = _RUN_FOLDER.fullmatch(parts[place])
        if match:
            above = [part for part in parts[:place] if part != "wandb"]
            name = "/".join(above)
            return f"{name} ({match['id']})" if name else match["id"], result_times.time_in(match["made"]), match["id"]
    return source.run_name, None, ""


def _settings(source: Source) -> dict[str, str]:
    """Plain values of wandb's config.yaml beside the summary: a name, and on an indented line below it, its value."""
    file = source.beside("config.yaml")
    values: dict[str, str] = {}
    name = ""
    for line in file.head.decode("utf-8", errors="replace").splitlines() if file else []:
        key, _, value = line.partition(":")
        if line[:1].strip():
            name = key.strip()
        elif key.strip() == "value" and value.strip() not in ("", "null", "''", '""'):
            values.setdefault(name, value.strip().strip("'\""))
    return values
