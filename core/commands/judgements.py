"""The command that lists judgements, reports one, and compares several."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from core.commands.terminal import table
from core.counted import counted, figure3
from core.errors import InputError
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    judgements = commands.add_parser("judgements", help="list the judgements, report one, compare two")
    judgements.add_argument(
        "keys", nargs="*", metavar="KEY", help="one to report; two, or more, to compare judges or reruns"
    )
    judgements.add_argument("--csv", default="", metavar="FILE", help="write the numbers of the report")
    judgements.add_argument("--verdicts", default="", metavar="FILE", help="write every verdict (.csv or .jsonl)")
    judgements.add_argument("--words", action="store_true", help="with the judge's words")
    judgements.set_defaults(run=run_judgements)


def run_judgements(options: argparse.Namespace) -> None:
    """List judgements, report one, or compare two."""
    from core.export.report import csv_bytes
    from core.judging.agreement import PAPERS, agreement
    from core.judging.judgement import list_judgements, open_judgement
    from core.judging.report import points_of_judgement, report, verdict_table
    from core.workspace import atomic

    workspace = Workspace.default()
    if not options.keys:
        rows = []
        for kept in list_judgements(workspace):
            facts = kept.artefact.manifest
            rows.append((kept.key, facts["answers_name"], facts["against_name"], facts["prompts_name"],
                         kept.judge.name, kept.order, kept.judge.rerun, facts["without_verdict"]))  # fmt: skip
        head = ("judgement", "answers", "against", "prompts", "judge", "order", "rerun", "no verdict")
        print(table(head, rows))
        return
    chosen = [open_judgement(workspace, key) for key in options.keys]
    if len(chosen) == 2:
        agreed = agreement(points_of_judgement(chosen[0]), points_of_judgement(chosen[1]))
        if agreed is None:
            raise InputError("The two have no prompt in common with an outcome in both.")
        print(f"{chosen[0].title}\n{chosen[1].title}")
        print(
            f"{counted(agreed.prompts, 'prompt')}: Cohen's kappa {agreed.kappa:.3f}, the same outcome "
            f"{agreed.same:.1f} %, reversed {agreed.reversed:.1f} % ({agreed.reversed_low:.1f} to "
            f"{agreed.reversed_high:.1f}; the paper's check: {PAPERS:.0f} %), win score {agreed.drift:+.2f}"
        )
        return
    if len(chosen) > 2:
        _print_runs(chosen)
        return
    print_report(workspace, chosen[0])
    if options.csv:
        atomic.write_bytes(Path(options.csv), csv_bytes(report(workspace, chosen[0]).table()))
    if options.verdicts:
        verdicts = verdict_table(workspace, chosen[0], words=options.words)
        path = Path(options.verdicts)
        lines = [orjson.dumps(row) for row in verdicts.to_dict("records")]
        atomic.write_bytes(path, csv_bytes(verdicts) if path.suffix == ".csv" else b"\n".join(lines) + b"\n")


def _print_runs(judgements: list[Any]) -> None:
    from core.judging.reruns import judge_runs

    rows = []
    for judge in judge_runs(judgements):
        for rerun, share in judge.scores:
            interval = f"{share.low:.2f} to {share.high:.2f}"
            rows.append((judge.judge, judge.order, str(rerun), f"{share.value:.2f}", interval, figure3(judge.spread)))
    print(table(("judge", "order", "rerun", "win score", "95 % interval", "spread of reruns"), rows))


def print_report(workspace: Workspace, judgement: Any) -> None:
    """Print the numbers of a judgement."""
    from core.judging.length import length_bins
    from core.judging.report import report

    judged = report(workspace, judgement)
    print(f"{judgement.key}  {judgement.title}")
    print("  ".join(f"{name} {number:,}" for name, number in judged.counts.items()))
    rows = [
        (what, f"{value:.2f}", "" if low != low else f"{low:.2f} to {high:.2f}", f"{prompts:,}")
        for what, value, low, high, prompts in judged.lines()
    ]
    print(table(("what", "value", "95 % interval", "prompts"), rows))
    if judged.length is not None:
        bins = length_bins(judged.won, judged.longer, judged.length)
        shown = [[figure3(value) for value in line] for line in bins.to_numpy().tolist()]
        print("\n" + table(tuple(bins.columns), shown))
    for why, games in judged.failures.items():
        print(f"{counted(games, 'game')} without a verdict: {why}", file=sys.stderr)
