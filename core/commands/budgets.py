"""Commands and options of sizes: a unit, a trainer profile, and what subsets cost."""

from __future__ import annotations

import argparse
from typing import Any

from core.budgets.profile_store import drop_profile, profile_named, profiles, put_profile
from core.budgets.sizing import Sized, sized
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import UNITS
from core.commands.terminal import table
from core.errors import InputError
from core.workspace.artefacts import Workspace

TYPED = ("tokens_a_second", "price_an_hour", "currency", "gpus", "epochs", "cutoff", "supervised_only")
NONE_YET = "No trainer profile yet: python -m core profile NAME --tokens-a-second N"


def add(commands: Any) -> None:
    """Add the parser of this group."""
    profile = commands.add_parser(
        "profile", help="trainer profiles, by which tokens are minutes and money; without a name they are listed"
    )
    profile.add_argument("name", nargs="?", default="", metavar="NAME", help="the profile that is kept or deleted")
    profile.add_argument("--tokens-a-second", type=float, metavar="N", help="of all GPUs together")
    profile.add_argument("--price-an-hour", type=float, metavar="PRICE", help="of one GPU; 0: none")
    profile.add_argument("--currency", metavar="TEXT", help="as it is written after an amount")
    profile.add_argument("--gpus", type=int, metavar="N", help="default 1")
    profile.add_argument("--epochs", type=float, metavar="N", help="how often rows are gone through; default 1")
    profile.add_argument("--cutoff", type=int, metavar="N", help="tokens at which a row is cut; 0: none")
    profile.add_argument(
        "--supervised-only", action=argparse.BooleanOptionalAction, help="whether the speed counts learnt tokens alone"
    )
    profile.add_argument("--measured", action="store_true", help="take the speed of the newest training inside")
    profile.add_argument("--delete", action="store_true", help="remove the profile")
    profile.set_defaults(run=run_profile)

    cost = commands.add_parser("cost", help="what training on saved subsets, series or studies costs")
    cost.add_argument("subsets", nargs="+", metavar="SUBSET|SERIES|STUDY", help="by name or key")
    cost.add_argument("--profile", default="", metavar="NAME", help="the trainer profile; default: the only one")
    cost.set_defaults(run=run_cost)


def run_profile(options: argparse.Namespace) -> None:
    """Keep, delete or list trainer profiles."""
    workspace = Workspace.default()
    told = {field: getattr(options, field) for field in TYPED if getattr(options, field) is not None}
    if options.delete:
        print(f"deleted: {drop_profile(workspace, options.name).words}")
    elif options.name and (told or options.measured):
        known = profiles(workspace).get(options.name)
        before = known.as_dict() if known is not None else {"name": options.name}
        if options.measured:
            before |= _newest_speed(workspace)
        elif "tokens_a_second" in told:
            before["measured"] = ""
        profile = TrainerProfile.of({**before, **told})
        put_profile(workspace, profile)
        print(f"kept: {profile.words}")
    elif options.name:
        print(profile_named(workspace, options.name).words)
    else:
        rows = [
            (profile.name, profile.words.removeprefix(f"{profile.name}, ")) for profile in profiles(workspace).values()
        ]
        print(table(("profile", "figures"), rows) if rows else NONE_YET)


def run_cost(options: argparse.Namespace) -> None:
    """Print what each subset costs, and all together."""
    from core.workbench.saved_export import subsets_named
    from core.workbench.subset_cost import cost_of_saved

    workspace = Workspace.default()
    profile = profile_or_none(workspace, options.profile)
    members = {subset.key: subset for name in options.subsets for subset in subsets_named(workspace, name)}
    costs = {subset.name: cost_of_saved(workspace, subset, profile=profile) for subset in members.values()}
    for name, cost in costs.items():
        print(f"{name}: {cost.words}")
    first, *others = costs.values()
    if others:
        print(f"together: {sum(others, first).words}")
    if first.by:
        print(first.by)


def profile_or_none(workspace: Workspace, name: str) -> TrainerProfile | None:
    """The profile called ``name``; with "" the only one there is, None where there is none or are several."""
    return profile_named(workspace, name) if name or len(profiles(workspace)) == 1 else None


def _newest_speed(workspace: Workspace) -> dict[str, Any]:
    from core.workbench.loops.loop_speed import loop_speeds

    speeds = loop_speeds(workspace)
    if not speeds:
        raise InputError("No training inside is done yet.", remedy="Run one: python -m core loop SUBSET")
    return {"tokens_a_second": speeds[0].tokens_a_second, "cutoff": speeds[0].cutoff, "measured": speeds[0].title,
            "supervised_only": False}  # fmt: skip


def add_size(made: argparse.ArgumentParser) -> None:
    """Add the options of :func:`size_of`."""
    made.add_argument(
        "--size",
        type=float,
        default=0,
        metavar="N",
        help="of the unit; default min(10,000, a tenth of the pool)",
    )
    made.add_argument("--unit", choices=list(UNITS), default="rows", help=f"{_counts()}; default rows")
    made.add_argument("--profile", default="", metavar="NAME", help="the trainer profile of minutes and money")
    made.add_argument(
        "--row-cutoff", type=int, default=0, metavar="N", help="of a row, N tokens at most are counted; 0: all"
    )


def size_of(options: argparse.Namespace, workspace: Workspace) -> Sized:
    """The size that the options of a command ask for."""
    return sized(
        options.size, options.unit, row_cutoff=options.row_cutoff, profile=options.profile, workspace=workspace
    )


def _counts() -> str:
    return "; ".join(f"{unit.name}: {unit.counts[0].lower()}{unit.counts[1:].rstrip('.')}" for unit in UNITS.values())
