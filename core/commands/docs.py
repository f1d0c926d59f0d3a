"""Commands that list strategies, metrics, formats and importers, and renew the README's tables of them."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from core import settings
from core.commands.needs import by_need, group_of
from core.commands.score_docs import score_table
from core.commands.terminal import table
from core.errors import InputError, quoted
from core.parameters import complete
from core.workspace import atomic

Table = tuple[tuple[str, ...], Sequence[tuple[str, ...]]]


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    for name, help in (
        ("strategies", "every strategy: what it reads, how long it takes, who published it"),
        ("metrics", "every metric: direction, what it reads, who published it"),
        ("formats", "every format in which a corpus can be read and a subset written"),
        ("importers", "every format of score files that can be imported"),
    ):
        made = commands.add_parser(name, help=help)
        made.set_defaults(run=run_list, listed=name)
    readme = commands.add_parser("readme", help="renew the generated tables of a README")
    readme.add_argument("path", nargs="?", default="README.md")
    readme.add_argument("--check", action="store_true", help="change nothing; fail when a table is out of date")
    readme.set_defaults(run=run_readme)


def run_list(options: argparse.Namespace) -> None:
    """Print one of the tables."""
    head, rows = TABLES[options.listed]()
    print(table(head, [[str(cell).strip("`") for cell in row] for row in rows]))  # the marks are for the README
    if options.listed == "strategies":
        from core.selection.registry import skipped

        for left_out in skipped():
            print(f"left out: {left_out}", file=sys.stderr)


def run_readme(options: argparse.Namespace) -> None:
    """Renew the tables between the marks ``<!-- table: NAME -->`` and ``<!-- end -->``."""
    path = Path(options.path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    before = path.read_text(encoding="utf-8")
    after = renewed(before)
    if options.check and after != before:
        raise InputError(f"The tables of {path} are out of date.", remedy="Run: make readme")
    if after != before:
        atomic.write_bytes(path, after.encode("utf-8"))


def renewed(text: str) -> str:
    """``text`` with every marked table generated again from the registries."""

    def replaced(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in TABLES:
            raise InputError(f"There is no table {quoted(name)}.", remedy=f"There are: {', '.join(TABLES)}.")
        return f"<!-- table: {name} -->\n{markdown(*TABLES[name]())}\n<!-- end -->"

    return re.sub(r"<!-- table: ([a-z]+) -->(?:(?!<!-- table: ).)*?<!-- end -->", replaced, text, flags=re.DOTALL)


def markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; bars, line ends and text that HTML would read as an element (<run>) are escaped."""

    def line(cells: tuple[str, ...]) -> str:
        safe = (str(cell).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;") for cell in cells)
        return "| " + " | ".join(safe) + " |"

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])


def strategy_table() -> Table:
    """Strategies by what they need: name, level, what they read, how long preparing takes, source."""
    from core.selection.registry import strategies
    from core.workbench.strategy_time import usual_time

    rows = []
    for strategy in strategies().values():
        parameters = {parameter.name: parameter.default for parameter in strategy.parameters}
        needs = ", ".join(need.removeprefix("column:None") or "a column" for need in strategy.needs(parameters))
        rows.append(
            (group_of(strategy.name, strategy.needs(parameters)), f"`{strategy.name}`", strategy.title, strategy.level,
             needs or "nothing", usual_time(strategy, parameters), strategy.source)
        )  # fmt: skip
    return ("needs", "name", "strategy", "level", "reads", "100,000 rows take", "source"), by_need(rows)


def metric_table() -> Table:
    """Metrics by what they need: name, direction, what they read, what they depend on, how long they take, source."""
    from core.metrics.registry import metrics
    from core.workbench.measuring_time import usual_time

    rows = []
    for metric in metrics().values():
        needs = ", ".join(need.removeprefix("column:") for need in metric.needs(complete(metric.parameters)))
        depends = " and ".join(
            word for word, there in (("size", metric.size_dependent), ("length", metric.length_dependent)) if there
        )
        points = {1: "up", -1: "down", 0: ""}[metric.direction]
        rows.append(
            (group_of(metric.name, metric.needs(complete(metric.parameters))), f"`{metric.name}`", metric.title, points,
             needs or "text", depends, usual_time(metric), metric.source)
        )  # fmt: skip
    head = ("needs", "name", "metric", "more diverse", "reads", "depends on", "10,000 rows take", "source")
    return head, by_need(rows)


def format_table() -> Table:
    """Formats of corpora and of exports."""
    from core.corpus.formats.registry import container_table, shape_table
    from core.export.formats import FORMATS
    from core.export.targets import TARGETS

    rows = [("in", title, looks_like) for title, looks_like in (*container_table(), *shape_table())]
    rows += [("out", format.title, format.looks_like) for format in FORMATS.values()]
    rows += [("out", f"`--trainer {target.name}`", target.looks_like) for target in TARGETS.values()]
    return ("way", "format", "looks like"), rows


def importer_table() -> Table:
    """Score files that can be imported, and how each is recognised."""
    from core.evidence.importers.registry import IMPORTERS

    return ("format", "looks for"), [(importer.name, importer.looks_for) for importer in IMPORTERS]


def peer_table() -> Table:
    """Seconds of the processor that ours and others take for the same work, as ``make bench-peers`` recorded them."""
    path = settings.PROJECT_ROOT / "data" / "peers.jsonl"
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.is_file() else []
    head = "work"
    rows = []
    for line in lines:
        if "machine" in line:
            head = f"work ({line['date']}, {line['machine']}, threads: {line['threads']})"
            continue
        if reason := line.get("left_out"):
            rows.append(("", line["peer"], f"left out: {reason}", "", "", "", ""))
            continue
        ratio = f"{line['ratio']:,.0f}" if line["ratio"] >= 100 else f"{line['ratio']:.2g}"
        seconds = (f"{line[side]:.3g} s" for side in ("ours", "theirs"))
        rows.append((line["what"], line["peer"], line["how"], *seconds, f"{ratio} ×", line["agreement"]))
    return (head, "instead of ours", "how", "ours", "theirs", "ratio", "results"), rows


TABLES: dict[str, Callable[[], Table]] = {
    "strategies": strategy_table,
    "metrics": metric_table,
    "scores": score_table,
    "formats": format_table,
    "importers": importer_table,
    "peers": peer_table,
}
