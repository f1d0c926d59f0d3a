"""The scores and curves of a loop as entries of the ledger, marked as those of a proxy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.counted import counted
from core.evidence import ledger
from core.evidence.entries import Curve, Entry, Origin, Run, Score
from core.features.models.files import ModelFiles
from core.training.held_out import ALL, MACRO
from core.training.run import Trained
from core.training.settings import ProxySettings
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_request import LoopRequest
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace

NLL, BITS = "nll per response token", "bits per byte"
READER = "trained here"
SOURCES = 12  # sources with a score of their own: those with the most held-out tokens
FEWEST_ROWS = 5  # held-out rows of a source that has one
CURVES = {"training": "training loss", "held out": "held-out loss"}


def run_entry(member: Subset, base: ModelFiles, settings: ProxySettings, *, seed: int) -> Run:
    """The run as the ledger names it: the subset's digest, the base with its content, the settings that matter."""
    budget = f"{settings.tokens:,} {'response tokens' if settings.counted == 'response' else 'tokens'}"
    trainer = {
        "budget": budget, "learning rate": settings.learning_rate, "batch tokens": settings.batch_tokens,
        "cutoff": settings.cutoff, "weight decay": settings.weight_decay, "warm-up": settings.warmup,
    }  # fmt: skip
    return Run(
        label=member.name,
        subset=member.digest,
        model=f"{base.short} ({base.digest[:6]})",
        trainer=trainer,
        seed=seed,
    )


def entries_of(
    member: Subset, base: ModelFiles, request: LoopRequest, *, seed: int, held_out: str, trained: Trained
) -> list[Entry]:
    """The run's scores, of each source and over all, and its two curves."""
    run = run_entry(member, base, request.settings, seed=seed)
    origin = Origin(reader=READER)
    entries: list[Entry] = []
    for group in scored_groups(trained):
        score = trained.scores[group]
        benchmark = f"{held_out}, {group}" if group in (MACRO, ALL) else f"{held_out}: {group}"
        for measure, value, unit, stderr in (
            (NLL, score.nll, "nats", score.stderr), (BITS, score.bits, "", None),
        ):  # fmt: skip
            if value == value:
                entries.append(Score(
                    run=run, benchmark=benchmark, measure=measure, value=value, direction=-1, unit=unit, stderr=stderr,
                    n=score.rows, origin=origin, proxy=True,
                ))  # fmt: skip
    trace = trained.trace
    entries.append(
        Curve(
            run=run, measure=CURVES["training"], steps=tuple(map(float, trace.tokens)), values=tuple(trace.losses),
            origin=origin,
        )
    )  # fmt: skip
    tokens, losses = zip(*trace.held_out, strict=True) if trace.held_out else ((), ())
    entries.append(
        Curve(run=run, measure=CURVES["held out"], steps=tuple(map(float, tokens)), values=losses, origin=origin)
    )
    return entries


def scored_groups(trained: Trained) -> list[str]:
    """The groups that are logged: the mean of sources, all tokens, and the largest sources where there are several."""
    named = {name: score for name, score in trained.scores.items() if name not in (MACRO, ALL)}
    if len(named) < 2:
        return [ALL]
    enough = Counter({name: score.tokens for name, score in named.items() if score.rows >= FEWEST_ROWS})
    return [MACRO, ALL, *[name for name, _ in enough.most_common(SOURCES)]]


def log_runs(
    workspace: Workspace,
    data: LoopData,
    request: LoopRequest,
    base: ModelFiles,
    runs: Sequence[tuple[Subset, int, Trained]],
) -> int:
    """Log what the ledger lacks of finished runs, as one batch that can be taken back; how many scores that were."""
    held_out = data.held_out[0]
    entries = [
        entry
        for member, seed, trained in runs
        for entry in entries_of(member, base, request, seed=seed, held_out=held_out, trained=trained)
    ]
    lacking = ledger.read(workspace).lacking(entries) if entries else []
    scores = sum(isinstance(entry, Score) for entry in lacking)
    if lacking:
        ledger.append(workspace, lacking, title=f"Trained inside: {counted(len(runs), 'run')} of {base.short}")
    return scores
