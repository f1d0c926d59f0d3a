"""The card of exported subsets: how they were chosen, what was measured, which thresholds were set, what was dropped.

A card is a README.md whose head tells Hugging Face's loader which file is which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import MONEY, unit_named
from core.counted import counted, figure3
from core.errors import Cancelled, DiverscopeError, InputError
from core.metrics.registry import metric, names_shown_by_default
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.selection.registry import strategy
from core.workbench.build import Built, open_recipe
from core.workbench.pool_leaks import CardLeaks, leak_rules, leaks_for_card
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.subset_cost import cost_of_rows
from core.workbench.subsets import Subset, list_subsets, percent
from core.workspace.artefacts import Workspace

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True, eq=False, kw_only=True)
class CardPart:
    """One file of rows on a card. ``rows`` counts the records written, ``dropped`` other rows of the corpus by reason.

    ``unwritten``: rows of the subset by what the format could not hold. ``readings``: for each metric that was measured
    its title, its value and its random band. ``curve``: by position, values of metrics of the subset's series.
    ``costs``: the tokens of the subset's rows by what is counted.
    """

    file: str
    recipe: Recipe
    digest: str
    rows: int
    name: str = ""
    corpus: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)
    unwritten: Mapping[str, int] = field(default_factory=dict)
    readings: Sequence[tuple[str, str, str]] = ()
    curve: Sequence[tuple[str, ...]] = ()
    curve_head: tuple[str, ...] = ()
    leaks: CardLeaks = field(default_factory=CardLeaks)
    costs: Sequence[tuple[str, str]] = ()


def card(parts: Sequence[CardPart]) -> bytes:
    """The card of several files of rows in one folder."""
    total = sum(part.rows for part in parts)
    size = next((name for limit, name in SIZES if total < limit), "n>1M")
    head = ["---", "configs:"]
    for part in parts:
        head += [f"- config_name: {_quoted(part.file.rsplit('.', 1)[0])}", "  data_files:", "  - split: train",
                 f"    path: {_quoted(part.file)}"]  # fmt: skip
    head += ["task_categories:", "- text-generation", "size_categories:", f"- {size}", "---", ""]
    lines = ["# Rows chosen by diversity", "", f"{counted(total, 'row')} in {counted(len(parts), 'file')}, chosen with "
             "Diverscope. Each conversation is a list of messages; calls and tools are JSON text.", ""]  # fmt: skip
    for part in parts:
        lines += _section(part)
    return "\n".join([*head, *lines]).encode()


def measure_for_card(workspace: Workspace, subset: Subset, *, progress: Progress = silent) -> None:
    """Measure what the card of a saved subset shows and draw its random bands, where that is not done yet.

    A metric whose feature is not computed is left out; nothing where the corpus or a feature of the recipe is gone.
    """
    try:
        view = open_recipe(workspace, subset.recipe)
        measurer = Measurer(view, view.choice.component)
        names = names_shown_by_default()
        readings = measurer.measured(view.pool_positions_of(subset.ids), names, progress=progress)
        able = [name for name, reading in readings.items() if reading.value is not None]
        measurer.band(able, size=subset.rows, progress=progress)
    except Cancelled:
        raise
    except DiverscopeError:
        return


def part_of_saved(
    workspace: Workspace, subset: Subset, *, file: str, dropped: Mapping[str, int], unwritten: Mapping[str, int]
) -> CardPart:
    """The part of a saved subset; values that were never measured are left out, none is waited for."""
    part = CardPart(
        file=file,
        name=subset.name,
        recipe=subset.recipe,
        digest=subset.digest,
        rows=subset.rows - sum(unwritten.values()),
        dropped=dropped,
        unwritten=unwritten,
    )
    try:
        view = open_recipe(workspace, subset.recipe)
        measurer = Measurer(view, view.choice.component)
        readings = _readings(measurer, view.pool_positions_of(subset.ids), subset.recipe)
        head, curve = _curve(measurer, workspace, subset)
        leaks = leaks_for_card(view.corpus, leak_rules(view.spec.rules))
    except DiverscopeError:  # features or the pool are gone: the card says what it knows
        return part
    costs = cost_of_rows(view, view.pool_positions_of(subset.ids), row_cutoff=subset.recipe.row_cutoff).facts()[1:]
    return replace(
        part, corpus=view.corpus.name, readings=readings, curve_head=head, curve=curve, leaks=leaks, costs=costs
    )


def part_of_built(built: Built, *, file: str, dropped: Mapping[str, int], unwritten: Mapping[str, int]) -> CardPart:
    """The part of a subset that was built and not saved."""
    view = built.corpus_view
    return CardPart(
        file=file,
        recipe=built.recipe,
        digest=built.recipe.ids_digest,
        corpus=view.corpus.name,
        rows=len(built.answer.rows) - sum(unwritten.values()),
        dropped=dropped,
        unwritten=unwritten,
        readings=_readings(Measurer(view, view.choice.component), built.answer.rows, built.recipe),
        leaks=leaks_for_card(view.corpus, leak_rules(view.spec.rules)),
        costs=cost_of_rows(view, built.answer.rows, row_cutoff=built.recipe.row_cutoff).facts()[1:],
    )


def _readings(measurer: Measurer, rows: PoolRows, recipe: Recipe) -> list[tuple[str, str, str]]:
    names = names_shown_by_default()
    values = measurer.measured(rows, names, stored_only=True)
    measured = [name for name in names if name in values and values[name].value is not None]
    bands = measurer.band(measured, size=len(rows), stored_only=True)
    bands |= measurer.band(measured, size=recipe.size, unit=recipe.unit, row_cutoff=recipe.row_cutoff, stored_only=True)
    lines = []
    for name in measured:
        span = bands[name].span if name in bands else None
        band = f"{figure3(span[1])} to {figure3(span[2])}" if span else "not drawn"
        lines.append((metric(name).title, figure3(values[name].value), band))
    return lines


def _curve(measurer: Measurer, workspace: Workspace, subset: Subset) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and lines of what was measured over the positions of the subset's series; nothing for a lone subset."""
    recipe, view = subset.recipe, measurer.corpus_view
    members = [other for other in list_subsets(workspace, recipe.corpus) if other.recipe.series == recipe.series]
    members.sort(key=lambda member: member.recipe.position)
    if len(members) < 2:
        return (), []
    names = names_shown_by_default()
    read = [measurer.measured(view.pool_positions_of(member.ids), names, stored_only=True) for member in members]
    shown = [name for name in names if all(name in values and values[name].value is not None for values in read)]
    lines = [
        (percent(member.recipe.position), *(figure3(values[name].value) for name in shown))
        for member, values in zip(members, read, strict=True)
    ]
    return ("position", *(metric(name).title for name in shown)), lines if shown else []


def _section(part: CardPart) -> list[str]:
    recipe = part.recipe
    facts = [
        ("rows", f"{part.rows:,}"),
        ("corpus", f"{_plain(part.corpus)} {recipe.corpus}".strip()),
        (
            "strategy",
            f"{_plain(strategy(recipe.strategy).title)} (`{recipe.strategy}`, version {recipe.strategy_version})",
        ),
        ("component", str(dict(recipe.choice).get("component", "response"))),
        ("position", percent(recipe.position)),
        ("size asked", _size_told(recipe)),
        *((f"training reads: {title}", amount) for title, amount in part.costs),
        ("seed", str(recipe.seed)),
        ("digest of the row ids", f"`{part.digest}`"),
        *((f"`{name}`", _plain(str(value))) for name, value in sorted(recipe.parameters.items())),
    ]
    lines = [f"## {_plain(part.name) or part.file}", "", f"File `{part.file}`. The whole recipe stands in "
             f"`{part.file.rsplit('.', 1)[0]}.recipe.json`.", ""]  # fmt: skip
    lines += _table(("fact", "value"), facts)
    if recipe.thresholds:
        lines += ["### Thresholds set by eye", ""]
        said = [tuple(_plain(str(entry.get(name, ""))) for name in ("title", "value", "who", "why"))
                for entry in recipe.thresholds]  # fmt: skip
        lines += _table(("threshold", "value", "who", "why"), said)
    if part.readings:
        lines += ["### Measured", "", "Beside each value stands where random subsets of the same size lie (95 %).", ""]
        lines += _table(("metric", "value", "random"), [tuple(map(_plain, line)) for line in part.readings])
    if part.curve:
        lines += ["### The series", "", *_table(part.curve_head, part.curve)]
    if part.leaks.counts:
        lines += ["### Leaks left out", "", "Rows of the corpus that hold words of these benchmarks' questions.", ""]
        head = ("benchmark", "key", "questions", "compared by", "rows")
        lines += _table(head, [tuple(map(_plain, line)) for line in part.leaks.counts])
        lines += _table(("row", "benchmark", "question", "in"), [tuple(map(_plain, line)) for line in part.leaks.rows])
        if part.leaks.every > len(part.leaks.rows):
            more = counted(part.leaks.every - len(part.leaks.rows), "more leak")
            lines += [f"{more} stand in the dropped rows.", ""]
    titles = ("Rows of the corpus that were dropped", "Rows of the subset that this format cannot hold")
    for title, counts in zip(titles, (part.dropped, part.unwritten), strict=True):
        if counts:
            reasons = [(_plain(reason), f"{rows:,}") for reason, rows in counts.items()]
            lines += [f"### {title}", "", *_table(("reason", "rows"), reasons)]
    return lines


def _size_told(recipe: Recipe) -> str:
    """The size, where rows are cut, and what it was asked for as."""
    told = f"{recipe.size:,} {unit_named(recipe.unit).title}"
    told += f", rows cut at {recipe.row_cutoff:,}" if recipe.row_cutoff else ""
    budget = recipe.budget
    try:
        profile, amount, unit = TrainerProfile.of(budget["profile"]), float(budget["amount"]), str(budget["unit"])
    except (InputError, KeyError, TypeError, ValueError):  # none, or a recipe that somebody changed by hand
        return told
    named = profile.currency if unit == MONEY and profile.currency else unit
    return _plain(f"{told}: those of {amount:g} {named} by {profile.words}")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)] + [""]


def _plain(text: str) -> str:
    """Text of a user as Markdown shows it: no mark-up, no link, one line."""
    return re.sub(r"([\\`*_\[\]<>|#~&])", r"\\\1", " ".join(text.split()))


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
