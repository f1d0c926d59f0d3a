"""LLaMA-Factory's trainer_log.jsonl: a line for each logging step, streamed, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Iterator

import orjson

from core.counted import counted
from core.evidence.entries import CURVE_POINTS
from core.evidence.importers.numbers import figure, figure_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedCurve, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "Trainer log"
LOOKS_FOR = "JSON lines with current_steps and loss (LLaMA-Factory trainer_log.jsonl)"
CURVES = ("loss", "eval_loss", "lr", "learning_rate", "reward", "accuracy")
MAX_REJECTED = 100


def recognise(source: Source) -> bool:
    head = source.head[:4096]
    return head.lstrip().startswith(b"{") and b'"current_steps"' in head


class _Thinned:
    """Keeps an even sample of a stream of unknown length in bounded memory: every 2ᵏ-th point, and the last.

    A repeated step means that the run was resumed there: earlier points from that step on are dropped.
    """

    def __init__(self) -> None:
        self.stride, self.read = 1, 0
        self.kept: list[tuple[float, float]] = []
        self.last: tuple[float, float] = (0.0, 0.0)

    def add(self, step: float, value: float) -> None:
        while self.kept and self.kept[-1][0] >= step:
            self.kept.pop()
        self.last = (step, value)
        if self.read % self.stride == 0:
            self.kept.append(self.last)
            if len(self.kept) >= CURVE_POINTS:
                self.kept = self.kept[::2]
                self.stride *= 2
        self.read += 1

    def points(self) -> list[tuple[float, float]]:
        return self.kept if self.kept and self.kept[-1] == self.last else [*self.kept, self.last]


def read(source: Source, options: Options) -> Imported:
    """Read curves of loss and learning rate, and the last loss as a score; broken lines are listed (the first hundred).

    The last loss is the last number, because null means that a quantity was not logged on that line.
    """
    imported = Imported(importer=NAME, file=source.path)
    curves: dict[str, _Thinned] = {}
    broken = resumed = 0
    steps: list[float] = []  # the last two steps
    total: float | None = None
    for line, record in _records(source):
        step = figure_or_none(record.get("current_steps")) if isinstance(record, dict) else None
        if not isinstance(record, dict) or step is None:
            broken += 1
            if broken <= MAX_REJECTED:
                imported.reject(f"line {line}", "not a whole record with current_steps")
            continue
        resumed += bool(steps) and step < steps[-1]
        steps = [*steps[-1:], step] if not steps or step != steps[-1] else steps
        total = figure_or_none(record.get("total_steps"))
        for name in CURVES:
            if record.get(name) is None:
                continue
            try:
                curves.setdefault(name, _Thinned()).add(step, figure(record[name]))
            except ValueError as reason:
                if len(imported.rejected) < MAX_REJECTED:
                    imported.reject(f"line {line}, {name}", f"step {step:g}: {reason}")
    curves = {name: thinned for name, thinned in curves.items() if thinned.read}
    if resumed:
        imported.notices.append(
            f"The run was resumed {counted(resumed, 'time')}: steps that come again count as logged last."
        )
    if total is not None and len(steps) == 2 and steps[-1] + abs(steps[-1] - steps[0]) < total:
        imported.notices.append(f"The log stops at step {steps[-1]:g} of {total:g}: the run crashed or goes on.")
    if broken > MAX_REJECTED:
        imported.notices.append(f"{broken:,} lines are broken; the first {MAX_REJECTED} are listed.")
    for name, thinned in curves.items():
        points = thinned.points()
        imported.curves.append(
            ProposedCurve(
                subject=source.run_name,
                measure=name,
                steps=tuple(step for step, _ in points),
                values=tuple(value for _, value in points),
                read=thinned.read,
                file=source.path,
                field=name,
            )
        )
    scores = [
        ProposedScore(
            subject=source.run_name,
            benchmark=options.benchmark or "training",
            measure=f"last {name}",
            value=curves[name].last[1],
            direction=-1,
            unit=options.unit or "nats per token",
            model=options.model,
            file=source.path,
            field=f"{name} at step {curves[name].last[0]:g}",
        )
        for name in ("loss", "eval_loss")
        if name in curves
    ]
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _records(source: Source) -> Iterator[tuple[int, object]]:
    with source.open() as file:
        for line, data in enumerate(file, start=1):
            if data.strip():
                try:
                    yield line, orjson.loads(data)
                except orjson.JSONDecodeError:
                    yield line, _tolerant(data)


def _tolerant(data: bytes) -> object:
    """A line read by Python's own parser, because a diverged loss is written as NaN, which is not JSON."""
    try:
        return json.loads(data)
    except ValueError:
        return None
