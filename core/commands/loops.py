"""The command that trains a small model on each member of a comparison and logs its held-out scores."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import orjson

from core.budgets.training_budget import price_words
from core.commands.budgets import profile_or_none
from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.counted import counted
from core.jobs import job_names
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    from core.budgets.training_budget import LENGTHS
    from core.budgets.units import SUPERVISED
    from core.device import DEVICES
    from core.training.settings import COUNTED, PRECISIONS

    loop = commands.add_parser(
        "loop", help="train a small model on each saved subset, and log its held-out scores, marked as a proxy's"
    )
    loop.add_argument("members", nargs="+", metavar="SUBSET|SERIES|STUDY", help="what is trained on, by name or key")
    loop.add_argument(
        "--base", default="tiny", metavar="MODEL",
        help="tiny (a small decoder, warmed up on rows outside the members), its key, a folder, a hub id",
    )  # fmt: skip
    loop.add_argument("--tokens", type=int, metavar="N", help="of each run; default: the median member's, ≤ 100,000")
    loop.add_argument("--size", type=float, metavar="N", help="of each run in --unit, in place of --tokens")
    loop.add_argument("--unit", choices=LENGTHS, default=SUPERVISED, help="of --size; default supervised tokens")
    loop.add_argument("--profile", default="", metavar="NAME", help="the trainer profile of minutes and money")
    loop.add_argument("--counted", choices=COUNTED, default="response", help="what the tokens are; default response")
    loop.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED", help="default 0 1 2")
    loop.add_argument("--learning-rate", type=float, metavar="RATE", help="default 3e-4 for tiny, 5e-5 for others")
    loop.add_argument("--batch-tokens", type=int, default=2_048, metavar="N", help="counted tokens of a step")
    loop.add_argument("--warmup", type=float, default=0.1, metavar="SHARE", help="of the tokens: the rate rises")
    loop.add_argument("--weight-decay", type=float, default=0.01)
    loop.add_argument("--cutoff", type=int, default=512, metavar="N", help="longest row in tokens")
    loop.add_argument("--held-out-rows", type=int, default=500, metavar="N", help="most held-out rows that are scored")
    loop.add_argument("--precision", choices=PRECISIONS, default="auto", help="auto: bfloat16 where it is native")
    loop.add_argument("--device", choices=DEVICES, default="auto", help="default: a GPU if torch finds one")
    loop.add_argument("--keep-models", action="store_true", help="store every trained model in the workspace")
    loop.add_argument("--estimate", action="store_true", help="say how long it would take, and train nothing")
    loop.add_argument("--json", action="store_true", help="as JSON Lines: every run with all its scores and its trace")
    runs(loop, job_names.LOOP, request=loop_request, run=run_loop)


def loop_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job."""
    from core.workbench.loops.asked_loop import asked_loop

    return asked_loop(
        workspace, options.members, base=options.base, tokens=options.tokens, size=options.size, unit=options.unit,
        profile=options.profile, learning_rate=options.learning_rate,
        seeds=options.seeds, keep_models=options.keep_models, device=options.device, counted=options.counted,
        batch_tokens=options.batch_tokens, warmup=options.warmup, weight_decay=options.weight_decay,
        cutoff=options.cutoff, held_out_rows=options.held_out_rows, precision=options.precision,
    ).as_dict()  # fmt: skip


def run_loop(options: argparse.Namespace) -> None:
    """Print the estimate, carry the loop out, and print what each member scored."""
    from core.evidence.proxy import CAUTION
    from core.training.held_out import ALL, MACRO
    from core.workbench.loops.loop_estimate import MANY_EPOCHS, estimate_loop
    from core.workbench.loops.loop_request import LoopRequest
    from core.workbench.loops.loop_run import standing

    workspace = Workspace.default()
    request = LoopRequest.of(loop_request(workspace, options))
    estimate = estimate_loop(workspace, request)
    say = sys.stderr if options.json else sys.stdout
    base = f"{estimate.base}, {counted(estimate.parameters, 'weight')}, on {estimate.device} in {estimate.precision}"
    packing = "rows packed" if estimate.packed else "rows one by one"
    print(
        f"Base: {base}; {packing}; scored on {estimate.held_out} ({counted(estimate.held_out_rows, 'row')}).", file=say
    )
    if estimate.warm_text:
        print(f"It is warmed up on {estimate.warm_text}.", file=say)
    print(f"{request.settings.tokens:,} {request.settings.counted} tokens a run. {estimate.words}", file=say)
    profile = profile_or_none(workspace, options.profile)
    if profile is not None:
        taken = request.by_profile(estimate.runs_in_all, profile)
        here = price_words(estimate.seconds / 60, profile)
        told = [f"{counted(estimate.runs_in_all, 'run')} {taken}"] if taken else []
        told += [f"the time on this machine at its price {here[0]}"] if here else []
        if told:
            print(f"By the trainer profile {profile.name}: {'; '.join(told)}.", file=say)
    repeated = {name: epochs for name, epochs in estimate.epochs.items() if epochs > MANY_EPOCHS}
    if repeated:
        name, epochs = max(repeated.items(), key=lambda item: item[1])
        print(
            f"{counted(len(repeated), 'member')} gone through more than {MANY_EPOCHS} times, {name} "
            f"{epochs:.1f} times: take fewer --tokens.", file=sys.stderr,
        )  # fmt: skip
    if options.estimate:
        return
    result = run_job(options)
    rows = []
    for now in standing(workspace, request) or ():
        if now.trained is None:
            continue
        if options.json:
            about = {"subset": now.run.member.digest, "name": now.run.member.name, "seed": now.run.seed}
            print(orjson.dumps({**about, "run": now.run.key, **now.trained.as_dict()}).decode())
        scores, trace = now.trained.scores, now.trained.trace
        rows.append((
            now.run.member.name, now.run.seed, f"{trace.held_out[0][1]:.3f}", f"{scores[ALL].nll:.4f}",
            f"{scores[MACRO].nll:.4f}", f"{scores[ALL].bits:.4f}", f"{now.trained.epochs:.1f}", f"{trace.seconds:.1f}",
        ))  # fmt: skip
    if not options.json:
        head = ("member", "seed", "before", "loss a token", "mean of sources", "bits a byte", "epochs", "seconds")
        print(table(head, rows))
    print(f"{counted(result['logged'], 'score')} logged. {CAUTION}", file=say)
