"""The result of an importer: scores proposed for the ledger, curves, and everything that it could not use and why."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from core.evidence.entries import CURVE_POINTS, Direction
from core.evidence.importers import result_times

LONGEST_REASON = 300  # characters shown of a place and of a reason: both may quote a cell of any length
Scale = Literal["", "as they are", "times 100", "leave out"]


@dataclass(frozen=True, kw_only=True)
class ProposedScore:
    """A number read from a file, before its subset is known.

    ``subject`` is the file's name for what was scored; ``field`` says where in ``file`` the number is. ``primary``
    marks the measures that most people want of this format. ``recipe`` is the digest that the file names. ``made``
    (seconds since 1970) is when the result was made and ``run`` identifies the run and its settings, if the file has
    them: of two results of one run the newer counts.
    """

    subject: str
    benchmark: str
    measure: str
    value: float
    file: str
    field: str
    direction: Direction = 1
    unit: str = ""
    stderr: float | None = None
    n: int | None = None
    judge: str = ""
    baseline: str = ""
    model: str = ""
    seed: int | None = None
    trainer: Mapping[str, str | int | float | bool] = dataclasses.field(default_factory=dict)
    recipe: str = ""
    size: int | None = None
    level: float | None = None
    component: str = ""
    primary: bool = True
    reader: str = ""  # the importer that read it
    made: float | None = None
    run: str = ""

    @property
    def about(self) -> tuple[object, ...]:
        """The key of what was measured: two scores with the same key repeat or contradict each other."""
        return (
            self.subject, self.recipe, self.model, self.seed,
            self.benchmark, self.measure, self.judge, self.baseline,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ProposedCurve:
    """A quantity over steps; at most 2,000 points, evenly thinned with the first and the last kept."""

    subject: str
    measure: str
    steps: tuple[float, ...]
    values: tuple[float, ...]
    read: int  # points in the file
    file: str
    field: str


Proposed = TypeVar("Proposed", ProposedScore, ProposedCurve)


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row or field that gave no score, and why."""

    file: str
    where: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that only the user can answer; until then the numbers that it is about are left out. ``option`` names
    the field of :class:`Options` that answers it."""

    file: str
    option: str
    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The user's answers for one file. An empty answer means: as the file says, or as we guess.

    ``mapping`` gives columns their roles (score tables only). ``decimal`` is "." or ",". ``scale`` says what to do
    with numbers that look like fractions among percentages. ``repeats`` "seeds" reads different values of one run
    as training seeds 0, 1, 2, … in file order. The other fields fill in what the file does not name.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    decimal: Literal["", ".", ","] = ""
    scale: Scale = ""
    repeats: Literal["refuse", "seeds"] = "refuse"
    benchmark: str = ""
    model: str = ""
    judge: str = ""
    baseline: str = ""
    unit: str = ""


@dataclass(kw_only=True)
class Imported:
    """Everything that a file gave. ``columns`` and ``mapping`` are set for formats whose columns the user may map."""

    importer: str
    file: str
    scores: list[ProposedScore] = field(default_factory=list)
    curves: list[ProposedCurve] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    repeated: list[ProposedScore] = field(default_factory=list)
    older: list[ProposedScore] = field(default_factory=list)  # a newer result of the same run counts instead
    notices: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)

    def reject(self, where: str, why: str, *, file: str = "") -> None:
        """List a place of the file that gave no score; long texts of the file are cut."""
        self.rejected.append(Rejected(file=file or self.file, where=beginning(where), why=beginning(why)))

    def ask(self, option: str, text: str, choices: Sequence[str]) -> None:
        self.questions.append(Question(file=self.file, option=option, text=text, choices=tuple(choices)))


def beginning(text: str, longest: int = LONGEST_REASON) -> str:
    """``text``, or its first ``longest`` characters and an ellipsis."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def settle(scores: Iterable[ProposedScore], *, repeats: str, into: Imported) -> None:
    """Add ``scores`` to ``into``: repetitions once, contradictions listed (or numbered as seeds).

    Of two results with the same ``run``, the one ``made`` later counts, and the older is listed. A score without a
    subject, benchmark or measure or of a value that is not finite is listed too; a standard error that cannot be one is
    left out.
    """
    places = {score.about: place for place, score in enumerate(into.scores)}
    seeds: dict[tuple[object, ...], int] = {}
    for given in scores:
        score = _usable(given, into)
        if score is None:
            continue
        place = places.get(score.about)
        if place is None:
            places[score.about] = len(into.scores)
            into.scores.append(replace(score, seed=0) if repeats == "seeds" and score.seed is None else score)
            continue
        first = into.scores[place]
        if repeats == "seeds" and score.seed is None:
            seeds[score.about] = seeds.get(score.about, 0) + 1
            into.scores.append(replace(score, seed=seeds[score.about]))
        elif first.value == score.value:
            into.repeated.append(score)
            if _one_run(first, score):
                into.scores[place] = replace(first, made=max(first.made or 0, score.made or 0))
        elif _one_run(first, score):
            newer, older = (score, first) if (score.made or 0) > (first.made or 0) else (first, score)
            into.scores[place] = newer
            into.older.append(older)
            into.reject(
                older.field,
                f"{score.subject}: {score.benchmark} {score.measure} was {older.value:g} at "
                f"{result_times.shown(older.made or 0)}; {newer.value:g} of {result_times.shown(newer.made or 0)} in "
                f"{newer.file} is newer and counts",
                file=older.file,
            )
        else:
            into.reject(
                score.field,
                f"{score.subject}: {score.benchmark} {score.measure} is {score.value:g} here and {first.value:g} in "
                f"{first.file}, {first.field}; say that they are different seeds, or mend the file",
                file=score.file,
            )


def _usable(score: ProposedScore, into: Imported) -> ProposedScore | None:
    """``score`` with storable names and a possible standard error; None if it is listed in ``into`` instead."""
    why = ""
    if not score.subject.strip():
        why = "nothing names the subset or run"
    elif not (score.benchmark.strip() and score.measure.strip()):
        why = "nothing names the benchmark or the measure"
    elif not math.isfinite(score.value):
        why = f"the value is {score.value}"
    if why:
        into.reject(score.field, f"{score.benchmark} {score.measure}: {why}", file=score.file)
        return None
    trainer = {
        _whole(name): _whole(value) if isinstance(value, str) else value for name, value in score.trainer.items()
    }
    possible = score.stderr is not None and math.isfinite(score.stderr) and score.stderr >= 0
    return replace(storable(score), trainer=trainer, stderr=score.stderr if possible else None)


def storable(proposed: Proposed) -> Proposed:
    """``proposed`` with question marks for half surrogates in its texts."""
    texts = {field.name: getattr(proposed, field.name) for field in dataclasses.fields(proposed)}
    whole: dict[str, Any] = {name: _whole(text) for name, text in texts.items() if isinstance(text, str)}
    return replace(proposed, **whole)


def _whole(text: str) -> str:
    """``text`` with question marks for half surrogates, which JSON may hold and no file of ours can."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _one_run(first: ProposedScore, second: ProposedScore) -> bool:
    timed = first.made is not None and second.made is not None and first.made != second.made
    return timed and bool(first.run) and first.run == second.run


def curve(*, subject: str, measure: str, points: Sequence[tuple[float, float]], file: str, field: str) -> ProposedCurve:
    """A curve from (step, value) pairs in the order in which they were logged, as :func:`as_resumed` reads them.

    Thinned evenly to at most 2,000 points; the last one is always kept.
    """
    counting = as_resumed(points)
    stride = max(1, -(-len(counting) // (CURVE_POINTS - 1)))
    kept = list(counting[::stride])
    if counting and kept[-1] != counting[-1]:
        kept.append(counting[-1])
    steps, values = tuple(p[0] for p in kept), tuple(p[1] for p in kept)
    return ProposedCurve(
        subject=subject,
        measure=measure,
        steps=steps,
        values=values,
        read=len(points),
        file=file,
        field=field,
    )


def as_resumed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The (step, value) pairs that count, steps ascending: a repeated step means that the run was resumed there.

    Earlier pairs from that step on are dropped, because the resumed model does not contain these steps.
    """
    counting: list[tuple[float, float]] = []
    for point in points:
        while counting and counting[-1][0] >= point[0]:
            counting.pop()
        counting.append(point)
    return counting


# Phrases of whole words, joined by "_". The first phrase in a name decides, list by list.
_SPREAD = ("std", "stddev", "stderr", "variance")
_LOWER_WHATEVER_FOLLOWS = ("brier",)  # a Brier score is a score, and lower is better
_HIGHER_IS_BETTER = (
    "winrate", "win_rate", "acc", "accuracy", "score", "scores", "f1", "pass", "em", "exact_match", "match", "correct",
    "precision", "recall", "bleu", "rouge", "auc", "auroc", "mcc",
)  # fmt: skip
_NEITHER = (
    "runtime", "per_second", "learning_rate", "lr", "grad_norm", "epoch", "epochs", "step", "steps", "length",
    "lengths", "avg_len", "tokens", "flos", "flops", "price", "cost", "time", "seconds", "span", "count", "n_wins",
    "n_draws", "samples", "memory", "total", "percentage", "votes", "battles", "latency", "throughput",
    "utilization", "usage", "megabytes", "bytes",
)  # fmt: skip
_LOWER_IS_BETTER = (
    "loss", "losses", "perplexity", "ppl", "error", "errors", "wer", "cer", "bits_per_byte", "bpb", "bpc", "nll", "ece",
    "mae", "mse", "rmse",
)  # fmt: skip
_DECIDING: tuple[tuple[tuple[str, ...], Direction], ...] = (
    (_SPREAD, 0), (_LOWER_WHATEVER_FOLLOWS, -1), (_HIGHER_IS_BETTER, 1), (_NEITHER, 0), (_LOWER_IS_BETTER, -1),
)  # fmt: skip


def direction_of(measure: str) -> Direction:
    """Whether higher is better (+1), worse (-1) or neither (0), judged by the whole words of the measure's name.

    The first list of ``_DECIDING`` that has a word of the name decides: spreads and Brier scores come before win rate,
    accuracy and score, and these before all others. A name without any such word counts as higher is better.
    """
    name = f"_{'_'.join(re.findall('[a-z0-9]+', measure.lower()))}_"
    for phrases, direction in _DECIDING:
        if any(f"_{phrase}_" in name for phrase in phrases):
            return direction
    return 1


def says_quality(measure: str) -> bool:
    """Whether the name has a word of a measure of quality, whether higher or lower is better."""
    name = f"_{'_'.join(re.findall('[a-z0-9]+', measure.lower()))}_"
    known = (*_LOWER_WHATEVER_FOLLOWS, *_HIGHER_IS_BETTER, *_LOWER_IS_BETTER)
    return any(f"_{phrase}_" in name for phrase in known)
