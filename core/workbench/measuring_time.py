"""How long metrics take: the last runs on this machine, and from them an estimate before a job is started."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.metrics.metric import Metric
from core.metrics.registry import metric
from core.workbench.strategy_time import in_words
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

# Seconds at 1,000 rows of a metric that was never run here, on one busy core; an instant one takes hardly any.
INSTANT, SLOW, COSTLY = 0.02, 0.3, 10.0


@dataclass(frozen=True, kw_only=True)
class MeasuringEstimate:
    """``seconds`` that the work may take, within a factor of about two; ``guessed``: metrics never run here yet."""

    seconds: float
    guessed: int


def note_time(workspace: Workspace, name: str, *, rows: int, seconds: float) -> None:
    """Remember how long a metric took; the last run counts. A stored value, which takes no time, is no run."""
    if seconds > 1e-3:
        values.put(workspace, _key(name), {"rows": rows, "seconds": seconds})


def measuring_time(workspace: Workspace, work: Iterable[tuple[str, int, int]]) -> MeasuringEstimate:
    """The time of ``work``: (metric, rows, times) of each run.

    A metric whose cost names rows², or rows times the reference, grows with the square of the rows, any other in
    proportion.
    """
    seconds, guessed = 0.0, set()
    known: dict[str, tuple[float, float]] = {}
    for name, rows, times in work:
        if name not in known:
            last = values.get(workspace, _key(name))
            if last is None:
                guessed.add(name)
                chosen = metric(name)
                known[name] = 1_000.0, INSTANT if chosen.instant else COSTLY if chosen.costly else SLOW
            else:
                known[name] = float(last["rows"]), float(last["seconds"])
        before, took = known[name]
        seconds += times * took * (rows / max(1.0, before)) ** (2 if _squared(metric(name)) else 1)
    return MeasuringEstimate(seconds=seconds, guessed=len(guessed))


def takes_here(workspace: Workspace, name: str, *, rows: int) -> str:
    """How long a metric takes on ``rows`` rows on this machine, in words: by its last run, else as usual."""
    return in_words(measuring_time(workspace, [(name, max(1, rows), 1)]).seconds)


def usual_time(chosen: Metric, *, rows: int = 10_000) -> str:
    """How long a metric takes on ``rows`` rows where it was never run, in words, within a factor of a few."""
    thousand = INSTANT if chosen.instant else COSTLY if chosen.costly else SLOW
    return in_words(thousand * (rows / 1_000) ** (2 if _squared(chosen) else 1))


def _squared(chosen: Metric) -> bool:
    return "²" in chosen.cost.split("d²")[0] or "reference" in chosen.cost


def _key(name: str) -> str:
    return digest({"seconds": 1, "metric": name, "version": metric(name).version})
