"""MLflow's file store: mlruns/<experiment>/<run>/metrics/<name>, lines of "timestamp value step"."""

from __future__ import annotations

import math
import re

from core.evidence.importers.proposal import Imported, Options, ProposedScore, curve, direction_of, settle
from core.evidence.importers.sources import Source

NAME = "MLflow file store"
LOOKS_FOR = "files <experiment>/<run>/metrics/<name> holding lines of timestamp, value, step (MLflow mlruns folder)"
_PATH = re.compile(r"(?P<run>(?:^|.*/)(?P<id>[0-9a-f]{32}))/metrics/(?P<metric>.+)")
_LINE = re.compile(rb"\d+\s+\S+(\s+-?\d+)?\s*")


def recognise(source: Source) -> bool:
    return bool(_PATH.fullmatch(source.path)) and bool(_LINE.match(source.head))


def read(source: Source, options: Options) -> Imported:
    """The last value of the metric (highest step, then latest) and its curve, under the run's name."""
    imported = Imported(importer=NAME, file=source.path)
    path_match = _PATH.fullmatch(source.path)
    assert path_match is not None
    run, measure = path_match["run"], path_match["metric"]
    points: list[tuple[float, float]] = []
    ordered: list[tuple[float, float, float]] = []
    for line, text in source.lines():
        parts = text.split()
        if not parts:
            continue
        try:
            when, value, step = float(parts[0]), float(parts[1]), float(parts[2]) if len(parts) > 2 else 0.0
        except (ValueError, IndexError):
            imported.reject(f"line {line}", f"not timestamp, value and step: {text.strip()[:60]!r}")
            continue
        if not math.isfinite(value):
            imported.reject(f"line {line}", f"step {step:g}: the value is {value}")
            continue
        ordered.append((step, when, value))
    ordered.sort()
    points = [(step, value) for step, _, value in ordered]
    if not points:
        imported.notices.append("The metric has no value.")
        return imported
    subject = _text(source, run, "tags/mlflow.runName") or _run_name(source, run) or path_match["id"]
    seed = _text(source, run, "params/seed") or _text(source, run, "params/training_seed")
    if len(points) > 1:
        imported.curves.append(curve(subject=subject, measure=measure, points=points, file=source.path, field=measure))
    benchmark, _, name = measure.rpartition("/")
    score = ProposedScore(
        subject=subject,
        benchmark=options.benchmark or benchmark or _experiment(source, run) or "MLflow",
        measure=name,
        value=points[-1][1],
        direction=direction_of(name),
        unit=options.unit,
        judge=options.judge,
        baseline=options.baseline,
        model=options.model or _text(source, run, "params/model") or _text(source, run, "params/model_name_or_path"),
        seed=int(seed) if seed.lstrip("-").isdigit() else None,
        recipe=_text(source, run, "tags/diverscope.subset"),
        file=source.path,
        field=f"{measure} at step {points[-1][0]:g}",
        primary=direction_of(name) != 0,
    )
    settle([score], repeats=options.repeats, into=imported)
    return imported


def _beside(source: Source, run: str, relative: str) -> Source | None:
    return source.tree.by_path.get(f"{run}/{relative}") if source.tree else None


def _text(source: Source, run: str, relative: str) -> str:
    file = _beside(source, run, relative)
    return file.head.decode("utf-8", errors="replace").strip() if file else ""


def _yaml_value(file: Source | None, key: str) -> str:
    """One plain value of a flat meta.yaml; MLflow writes one key a line."""
    for line in file.head.decode("utf-8", errors="replace").splitlines() if file else []:
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip().strip("'\"")
    return ""


def _run_name(source: Source, run: str) -> str:
    return _yaml_value(_beside(source, run, "meta.yaml"), "run_name")


def _experiment(source: Source, run: str) -> str:
    parent = run.rpartition("/")[0]
    file = source.tree.by_path.get(f"{parent}/meta.yaml" if parent else "meta.yaml") if source.tree else None
    return _yaml_value(file, "name")
