"""MLflow's file store: mlruns/<experiment>/<run>/metrics/<name>, lines of "timestamp value step"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import quoted
from core.evidence.importers.numbers import figure, whole_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, curve, direction_of, settle
from core.evidence.importers.run_state import state_of, unfinished
from core.evidence.importers.sources import Source, Tree

NAME = "MLflow file store"
LOOKS_FOR = "files <experiment>/<run>/metrics/<name> holding lines of timestamp, value, step (MLflow mlruns folder)"
_PATH = re.compile(r"(?P<run>(?:^|.*/)(?P<id>[0-9a-f]{32}))/metrics/(?P<metric>.+)")
_LINE = re.compile(rb"(?<!\d)\d+\s+\S+(\s+-?\d+)?\s*")


@dataclass(frozen=True, kw_only=True)
class _Run:
    name: str
    state: str  # "finished", "crashed", "running", "" where nothing says so


def recognise(source: Source) -> bool:
    return _is_metric(source) and not is_deleted(source)


def is_deleted(source: Source) -> bool:
    """Whether the file is a metric of a run, or of an experiment, that was deleted on MLflow's page."""
    if not _is_metric(source):
        return False
    run = _run_of(source)
    stages = [_yaml_value(_beside(source, place, "meta.yaml"), "lifecycle_stage") for place in (run, _parent(run))]
    return "deleted" in stages


def read(source: Source, options: Options) -> Imported:
    """Read the last value of the metric (highest step, then latest) and its curve, under the run's name.

    An unfinished run keeps its figures, but none of them is marked as one that most people want.
    """
    imported = Imported(importer=NAME, file=source.path)
    path_match = _PATH.fullmatch(source.path)
    assert path_match is not None
    run, measure = path_match["run"], path_match["metric"]
    ordered: list[tuple[float, float, float]] = []
    for line, text in source.lines():
        parts = text.split()
        if not parts:
            continue
        try:
            when, step = figure(parts[0]), figure(parts[2]) if len(parts) > 2 else 0.0
        except ValueError:
            imported.reject(f"line {line}", f"not timestamp, value and step: {quoted(text.strip())}")
            continue
        try:
            ordered.append((step, when, _value(parts[1] if len(parts) > 1 else "")))
        except ValueError as reason:
            imported.reject(f"line {line}", f"{measure} at step {step:g}: {reason}")
    points = [(step, value) for step, _, value in sorted(ordered)]
    if not points:
        imported.notices.append("The metric has no value.")
        return imported
    runs = _runs(source)
    mine = runs[run]
    namesakes = [path for path, other in runs.items() if other.name == mine.name]
    finished = [path for path in namesakes if not unfinished(runs[path].state)]
    plain = namesakes == [run] or finished == [run]
    subject = mine.name if plain else f"{mine.name} ({path_match['id'][:8]})"
    if unfinished(mine.state) and source is _first_metric(source, run):
        imported.notices.append(f"The run {subject} is {mine.state}: its figures stop in the middle of the training.")
    if len(points) > 1:
        imported.curves.append(curve(subject=subject, measure=measure, points=points, file=source.path, field=measure))
    benchmark, _, name = measure.rpartition("/")
    seed = _text(source, run, "params/seed") or _text(source, run, "params/training_seed")
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
        seed=whole_or_none(seed),
        recipe=_text(source, run, "tags/diverscope.subset"),
        file=source.path,
        field=f"{measure} at step {points[-1][0]:g}",
        primary=direction_of(name) != 0 and not unfinished(mine.state),
    )
    settle([score], repeats=options.repeats, into=imported)
    return imported


def _value(text: str) -> float:
    """A metric's value; NaN and infinities are missing values, as MLflow writes them."""
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise ValueError(f"the value is {text}, which counts as missing")
    return figure(text)


def _is_metric(source: Source) -> bool:
    return bool(_PATH.fullmatch(source.path)) and bool(_LINE.match(source.head))


def _run_of(source: Source) -> str:
    path_match = _PATH.fullmatch(source.path)
    return path_match["run"] if path_match else ""


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _runs(source: Source) -> dict[str, _Run]:
    """Every run of the tree that has metrics and was not deleted, as {path: run}."""
    tree = source.tree or Tree(name="", sources=[source])
    if NAME not in tree.facts:
        metrics = {_run_of(file): file for file in tree.sources if recognise(file)}
        tree.facts[NAME] = {run: _facts(file, run) for run, file in metrics.items()}
    runs: dict[str, _Run] = tree.facts[NAME]
    return runs


def _facts(source: Source, run: str) -> _Run:
    meta = _beside(source, run, "meta.yaml")
    name = _text(source, run, "tags/mlflow.runName") or _yaml_value(meta, "run_name") or run.rpartition("/")[2]
    return _Run(name=name, state=state_of(_yaml_value(meta, "status")))


def _first_metric(source: Source, run: str) -> Source:
    """The first metric of the run; a notice about the run is given only with this one."""
    tree = source.tree
    paths = [path for path in tree.by_path if path.startswith(f"{run}/metrics/")] if tree else []
    return tree.by_path[min(paths)] if tree and paths else source


def _beside(source: Source, run: str, relative: str) -> Source | None:
    path = f"{run}/{relative}" if run else relative
    return source.tree.by_path.get(path) if source.tree else None


def _text(source: Source, run: str, relative: str) -> str:
    file = _beside(source, run, relative)
    return file.head.decode("utf-8", errors="replace").strip() if file else ""


def _yaml_value(file: Source | None, key: str) -> str:
    """A plain value of a flat meta.yaml; MLflow writes each key on its own line."""
    for line in file.head.decode("utf-8", errors="replace").splitlines() if file else []:
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip().strip("'\"")
    return ""


def _experiment(source: Source, run: str) -> str:
    return _yaml_value(_beside(source, _parent(run), "meta.yaml"), "name")
