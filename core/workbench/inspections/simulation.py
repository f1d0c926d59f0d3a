"""How metrics behave on corpora of known diversity: a curve of each metric over each knob, and what follows from it.

After the section on simulated data of NovelSum's paper (2502.17184); the corpora, knobs and verdicts are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InputError, quoted
from core.metrics.metric import Measuring, Metric
from core.metrics.registry import measure, metric, metrics
from core.progress import Progress, silent
from core.trial.known_diversity import KNOBS, Setting, reference_view, simulated_view
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

VERSION = 1
SEEDS = 3
BACK = 0.1  # of its range: a mean curve that moves back by no more counts as monotone
FEWEST_STEPS = 4  # of a knob at which a metric must be defined
FOLLOWS = 0.1  # of the range that diversity gives the metric: less is no more than a trace of size or length
RISES, FALLS, FLAT, MIXED, UNDEFINED = "rises", "falls", "flat", "no order", "undefined"
NUISANCE = {"rows": "size", "length": "length"}
DIVERSE = tuple(knob.knob for knob in KNOBS if knob.diverse)


def lacking(chosen: Metric) -> str:
    """What simulated rows lack that the metric reads; "" if nothing."""
    return f"words of {' or '.join(chosen.languages)}: those of simulated rows are made up" if chosen.languages else ""


def request_key(request: Mapping[str, Any]) -> str:
    """The key under which :func:`run` stores the table of readings."""
    names = _names(request)
    versions = [[name, metric(name).version] for name in names]
    return digest({"simulation": VERSION, "metrics": versions, **_numbers(request)})


def run(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task {"rows", "seeds", "seed", "metrics"}: readings of every metric at every step of every knob, stored.

    Without "metrics" all that simulated rows can be measured by. Each corpus is stored when it is done, so that a
    cancelled job goes on where it was.
    """
    names, numbers = _names(request), _numbers(request)
    base = Setting(rows=numbers["rows"])
    steps = [(number, knob, value) for number in range(numbers["seeds"]) for knob in KNOBS for value in knob.values]
    records: list[dict[str, Any]] = []
    references: dict[int, Any] = {}
    for done, (number, knob, value) in enumerate(steps):
        progress(done, len(steps), f"corpora measured, {knob.title} {value:g}")
        seed = numbers["seed"] + number
        setting = knob.setting(value, base=base)
        at: dict[str, float | None] = {}
        view = None
        for name in names:
            key = digest({
                "simulated": VERSION, "setting": vars(setting), "base": base.rows, "seed": seed, "metric": name,
                "version": metric(name).version,
            })  # fmt: skip
            stored = values.get(workspace, key)
            if stored is None:
                reference = references.setdefault(seed, None) or reference_view(base, seed=seed)
                references = {seed: reference}
                view = view or simulated_view(setting, seed=seed, frequency=reference.tokens.frequency)
                reading = measure(name, Measuring(view=view, reference=reference, seed=seed, progress=silent))
                stored = {"value": reading.value, "why": reading.why}
                if not reading.failed:
                    values.put(workspace, key, stored)
            at[name] = stored["value"]
            records.append({"metric": name, "knob": knob.knob, "step": value, "seed": number, **stored})
    progress(len(steps), len(steps), "corpora measured")
    key = request_key(request)
    values.put(workspace, key, records)
    return {"simulation": key, "corpora": len(steps), "metrics": len(names)}


def load(workspace: Workspace, request: Mapping[str, Any]) -> pd.DataFrame | None:
    """The readings of a finished request: columns metric, knob, step, seed, value, why; None before it is done."""
    stored = values.get(workspace, request_key(request))
    return None if stored is None else pd.DataFrame(stored).astype({"value": "float64"})


def curves(readings: pd.DataFrame) -> pd.DataFrame:
    """The mean over seeds at each step where the metric is defined, and the ``spread`` between seeds (a deviation)."""
    by = ["metric", "knob", "step"]
    grouped = readings.dropna(subset=["value"]).groupby(by, sort=False)["value"]
    return grouped.agg(value="mean", spread="std", seeds="count").reset_index().fillna({"spread": 0.0})


def behaviour(readings: pd.DataFrame) -> pd.DataFrame:
    """A row for each metric: how it moves over each knob, how much size and length move it, and the ``verdict``.

    Columns ``clusters``, ``width``, ``distinct``, ``rows``, ``length``: :data:`RISES`, :data:`FALLS`, :data:`FLAT`
    (no more than seeds differ), :data:`MIXED` or :data:`UNDEFINED`, as more of the knob is turned on. ``by_size`` and
    ``by_length``: the range over that knob as a share of the widest range over a knob of diversity. ``monotone`` counts
    the knobs of diversity over which the metric moves in its own direction. ``stated`` is what the metric says moves
    it, and ``unsaid`` what was seen to move it without being said.
    """
    table = curves(readings)
    rows = []
    for name in dict.fromkeys(readings["metric"]):
        chosen = metric(name)
        of_metric = {knob.knob: table[(table["metric"] == name) & (table["knob"] == knob.knob)] for knob in KNOBS}
        moves = {knob: _move(part) for knob, part in of_metric.items()}
        widest = max((_range(of_metric[knob]) for knob in DIVERSE), default=0.0)
        shares = {
            f"by_{word}": _range(of_metric[knob]) / widest if widest else float("inf" if _range(of_metric[knob]) else 0)
            for knob, word in NUISANCE.items()
        }
        followed = [
            word
            for knob, word in NUISANCE.items()
            if moves[knob] not in (FLAT, UNDEFINED) and shares[f"by_{word}"] >= FOLLOWS
        ]
        right = [knob for knob in DIVERSE if moves[knob] == {1: RISES, -1: FALLS}.get(chosen.direction)]
        rows.append({
            "metric": name, "direction": chosen.direction, **moves, **shares, "monotone": len(right),
            "follows": ", ".join(followed), "stated": ", ".join(chosen.moves_with),
            "unsaid": ", ".join(word for word in followed if word not in chosen.moves_with),
            "verdict": _verdict(chosen, right, followed, moves),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _verdict(chosen: Metric, right: Sequence[str], followed: Sequence[str], moves: Mapping[str, str]) -> str:
    follows = f"follows {' and '.join(followed)}" if followed else ""
    if all(move == UNDEFINED for move in moves.values()):
        return "undefined on these rows"
    if right:
        knobs = "all three knobs" if len(right) == len(DIVERSE) else " and ".join(right)
        return f"monotone in {knobs}" + (f"; {follows}" if follows else "")
    if follows:
        return f"{follows} only"
    return "without a direction" if chosen.direction == 0 else "sees none of these"


def _move(part: pd.DataFrame) -> str:
    """How a mean curve, in the order of the knob's steps, moves over its knob."""
    if len(part) < FEWEST_STEPS:
        return UNDEFINED
    mean = part["value"].to_numpy(float)
    noise = float(np.sqrt(np.mean(part["spread"].to_numpy(float) ** 2)))
    if np.ptp(mean) <= 2 * noise + 1e-9 * np.abs(mean).max():
        return FLAT
    changes = np.diff(mean)
    up, down = float(changes[changes > 0].sum()), float(-changes[changes < 0].sum())
    if min(up, down) > BACK * np.ptp(mean):
        return MIXED
    return RISES if up > down else FALLS


def _range(part: pd.DataFrame) -> float:
    return float(np.ptp(part["value"].to_numpy(float))) if len(part) else 0.0


def _names(request: Mapping[str, Any]) -> list[str]:
    asked = [metric(name).name for name in request.get("metrics") or []]
    names = list(dict.fromkeys(asked)) or [name for name, chosen in metrics().items() if not lacking(chosen)]
    for name in names:
        if why := lacking(metric(name)):
            raise InputError(f"{quoted(name)} needs {why}.", remedy="Measure it on a corpus.")
    return names


def _numbers(request: Mapping[str, Any]) -> dict[str, int]:
    numbers = {
        "rows": int(request.get("rows", Setting.rows)),
        "seeds": int(request.get("seeds", SEEDS)),
        "seed": int(request.get("seed", 0)),
    }
    if numbers["rows"] < 4 * max(KNOBS[0].values) or numbers["seeds"] < 2 or numbers["seed"] < 0:
        least = 4 * int(max(KNOBS[0].values))
        raise InputError(f"A simulation needs {least} rows or more, two seeds or more, and a first seed of 0 or more.")
    return numbers
