"""The command that measures: any file, without a workspace, and saved subsets and corpora."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from core.commands import measuring_saved
from core.commands.rules import add_pool
from core.commands.running import runs
from core.commands.terminal import Meter, table
from core.counted import counted, spoken_unit
from core.errors import InputError, quoted
from core.jobs import job_names
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import metric, metrics
from core.settings import command_roots
from core.view import ALL_COMPONENTS
from core.workbench.feature_settings import FeatureSettings
from core.workbench.readings import MEASURED_TOKENS
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    made = commands.add_parser("measure", help="every metric of files, in any format, or of saved subsets or corpora")
    made.add_argument(
        "things", nargs="+", metavar="FILE|SUBSET|CORPUS",
        help="files, without a workspace; or saved subsets (name, key or digest), recipes and corpora of the workspace",
    )  # fmt: skip
    made.add_argument("--component", choices=ALL_COMPONENTS, action="append", help="default: instruction and response")
    made.add_argument("--metric", action="append", metavar="NAME", help="default: all; see: python -m core metrics")
    made.add_argument("--tokenizer", default=FeatureSettings().tokenizer)
    made.add_argument("--embedder", default="")
    made.add_argument(
        "--feature", action="append", default=[], metavar="NAME=VALUE", help="low, high, tagger, noise, …"
    )
    made.add_argument("--set", action="append", default=[], metavar="METRIC.KNOB=VALUE", help="a knob of a metric")
    made.add_argument("--seed", type=int, default=0, help="of every metric that samples")
    made.add_argument("--json", action="store_true", help="print JSON instead of a table")
    files = made.add_argument_group("of files")
    files.add_argument("--no-embedding", action="store_true", help="leave out the metrics that need embeddings")
    files.add_argument("--reference", default="", metavar="FILE", help="rows that NovelSum and the like compare with")
    files.add_argument(
        "--at-tokens",
        default="",
        metavar="N|FILE",
        help="for each metric that depends on length or size, also print its mean over random parts of N tokens of the "
        "component, or of as many as a smaller FILE has, so that files of different lengths can be compared",
    )
    saved = made.add_argument_group("of saved subsets and corpora")
    saved.add_argument("--against", default="", metavar="CORPUS", help="what NovelSum and the like compare with")
    saved.add_argument("--bands", action="store_true", help="also random subsets of as many rows, and as many tokens")
    saved.add_argument(
        "--equal", action="store_true", help="metrics that depend on size also at the size of the smallest"
    )
    add_pool(made)
    runs(made, job_names.MEASURE_SOURCES, request=measuring_saved.request_of, run=run_measure)


def run_measure(options: argparse.Namespace) -> None:
    """Measure files, or what the workspace holds under these names."""
    paths = [Path(thing).exists() and not measuring_saved.is_recipe(thing) for thing in options.things]
    of_files = {
        "--no-embedding": options.no_embedding,
        "--reference": options.reference,
        "--at-tokens": options.at_tokens,
    }
    of_saved = {
        "--against": options.against,
        "--bands": options.bands,
        "--equal": options.equal,
        "--pool": options.pool,
    }
    if any(paths) and not all(paths):
        missing = options.things[paths.index(False)]
        raise InputError(
            f"{quoted(missing)} is no file, and files are measured by themselves.", remedy="Name only files."
        )
    for option, value in (of_saved if all(paths) else of_files).items():
        if value:
            raise InputError(f"{option} is not for {'files' if all(paths) else 'what the workspace holds'}.")
    if all(paths):
        measure_files(options)
    else:
        measuring_saved.run(options)


def measure_files(options: argparse.Namespace) -> None:
    """Read the files as one corpus into a folder that is removed afterwards, and measure it."""
    from core.corpus.ingest import Holdout, ingest
    from core.corpus.pool import PoolSpec
    from core.corpus.sources import from_path
    from core.corpus.store import Corpus
    from core.workbench.corpus_view import CorpusView
    from core.workbench.readings import Measurer
    from core.workbench.tasks import features as tasks

    tokens_asked = _tokens_asked(options.at_tokens)
    names = options.metric or list(metrics())
    wanted = {need for name in names for need in _needs(name)}
    knobs = measuring_saved.knobs_of(options.set)
    meter, readings = Meter(), dict[str, tuple[str, Reading]]()
    at_tokens, empty = dict[str, tuple[RandomBand, int]](), dict[str, int]()
    budgets = dict[str, int]()
    with tempfile.TemporaryDirectory(prefix="diverscope-measure-") as folder:
        workspace = Workspace(Path(folder))
        files = [file for path in options.things for file in from_path(path, roots=command_roots())]
        corpus = ingest(workspace, files, holdout=Holdout(fraction=0.0), progress=meter)

        def read(path: str) -> Corpus:
            found = from_path(path, roots=command_roots())
            return ingest(workspace, found, holdout=Holdout(fraction=0.0), progress=meter)

        other = read(options.reference) if options.reference else None
        smaller = read(options.at_tokens) if options.at_tokens and tokens_asked is None else None
        for component in options.component or ["instruction", "response"]:
            choice = measuring_saved.choice_of(options).with_(component=component)
            request = {"corpus": corpus.id, "component": component}
            if "tokens" in wanted or options.at_tokens:
                tasks.tokens(workspace, {**request, "tokenizer": choice.tokenizer}, meter)
            if "embeddings" in wanted and not options.no_embedding:
                for rows_of in filter(None, (corpus, other)):
                    tasks.embed(workspace, {**request, "corpus": rows_of.id, "embedder": choice.embedder}, meter)
            against = CorpusView(workspace, other, choice, PoolSpec()) if other else None
            measurer = Measurer(CorpusView(workspace, corpus, choice, PoolSpec()), component, knobs, against)
            rows = measurer.corpus_view.pool_rows
            for name, reading in measurer.measured(rows, names, seed=options.seed, progress=meter).items():
                readings[measurer.address(name)] = (name, reading)
            empty[component] = sum(not text.strip() for text in measurer.reference.text)
            if options.at_tokens:
                budgets[component] = tokens_asked or 0
                if smaller:
                    tasks.tokens(workspace, {**request, "corpus": smaller.id, "tokenizer": choice.tokenizer}, meter)
                    counts_of = CorpusView(workspace, smaller, choice, PoolSpec()).pool.tokens.lengths
                    budgets[component] = int(counts_of.sum())
                moved = [name for name in names if metric(name).moves_with and metric(name).family != "size"]
                wanted_at = [name for name in moved if options.metric or not metric(name).costly]
                bands = measurer.band(wanted_at, size=budgets[component], unit=MEASURED_TOKENS, progress=meter)
                at_tokens |= {measurer.address(name): (band, budgets[component]) for name, band in bands.items()}
        meter.end()
        total, counts = len(corpus), _counts(corpus.report)
    if options.json:
        values = {
            address: {**_as_json(reading), **_facts(name), **_band_as_json(at_tokens.get(address))}
            for address, (name, reading) in readings.items()
        }
        told = {"rows": total, **counts, "rows_without_text": empty, "metrics": values}
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    arrows = {1: "higher is more diverse", -1: "higher is less diverse", 0: ""}
    # Reasons are long and often the same: each is printed once below the table.
    whys = [*(reading.why for _, reading in readings.values()), *(band.why for band, _ in at_tokens.values())]
    reasons = list(dict.fromkeys(filter(None, whys)))
    head = ["address", "metric", "value", "unit", "direction", "moves with"]
    head += ["at equal tokens"] * bool(options.at_tokens) + ["note"] * bool(reasons)
    lines = []
    for address, (name, reading) in readings.items():
        chosen, (band, _) = metric(name), at_tokens.get(address, (None, 0))
        line = [address, chosen.title, _said(reading.value), spoken_unit(chosen.unit), arrows[chosen.direction]]
        line.append(", ".join(chosen.moves_with))
        if options.at_tokens:
            line.append("" if band is None else _said(band.mean))
        if reasons:
            why = reading.why or (band.why if band else "")
            line.append(str(reasons.index(why) + 1) if why else "")
        lines.append(line)
    print(f"{_said_counts(total, counts, empty)}\n\n" + table(tuple(head), lines))
    if options.at_tokens:
        print(f"\n{_said_budgets(budgets, options.at_tokens if smaller else '')}")
    elif any(metric(name).moves_with for name, _ in readings.values()):
        print("\nA metric that depends on size or length can be compared only at equal tokens: see --at-tokens.")
    if reasons:
        print("\n" + "\n".join(f"({number}) {reason}" for number, reason in enumerate(reasons, start=1)))


def _said(value: float | None) -> str:
    return "—" if value is None else f"{value:.6g}"


def _counts(report: Mapping[str, Any]) -> dict[str, int]:
    """Counts of what was not measured: duplicates of measured rows, records without a row, empty sides."""
    return {
        "exact_duplicates": int(report["exact_duplicates"]),
        "rejected": int(report["rejected"]),
        "rejected_for_an_empty_side": sum(report["empty"].values()),
    }


def _said_counts(total: int, counts: Mapping[str, int], empty: Mapping[str, int]) -> str:
    """The line of counts above the table."""
    said = [counted(total, "row")]
    if counts["exact_duplicates"]:
        said.append(f"{counted(counts['exact_duplicates'], 'exact duplicate')} left out")
    if counts["rejected"]:
        for_empty = counts["rejected_for_an_empty_side"]
        why = f", {for_empty:,} of them for an empty side" if for_empty else ""
        said.append(f"{counted(counts['rejected'], 'record')} left out{why}")
    said += [f"{counted(rows, 'row')} without text in {component}" for component, rows in empty.items() if rows]
    return "; ".join(said)


def _facts(name: str) -> dict[str, Any]:
    """The facts on a metric that a reader must know before comparing its values."""
    chosen = metric(name)
    return {
        "moves_with": list(chosen.moves_with),
        **({"languages": list(chosen.languages)} if chosen.languages else {}),
    }


def _tokens_asked(text: str) -> int | None:
    """The number of tokens asked for, None where ``text`` names a file. Raises :class:`InputError` for neither."""
    if text and Path(text).exists():
        return None
    if text and not (text.isdecimal() and text.isascii() and int(text) > 0):
        raise InputError(
            f"--at-tokens {quoted(text)} is neither a number of tokens nor a file.", remedy="Give a number from 1 on."
        )
    return int(text or 0)


def _said_budgets(budgets: Mapping[str, int], smaller: str) -> str:
    """How the readings at equal tokens were made."""
    from core.workbench.readings import DRAWS

    amounts = ", ".join(f"{tokens:,} tokens of {component}" for component, tokens in budgets.items())
    as_many = f", as many as {Path(smaller).name} has" if smaller else ""
    return (
        f"At equal tokens: the mean over {DRAWS} random parts of the rows with {amounts}{as_many}. Metrics that take "
        "long are read so only if --metric names them."
    )


def _band_as_json(drawn: tuple[RandomBand, int] | None) -> dict[str, Any]:
    if drawn is None:
        return {}
    band, tokens = drawn
    span = None if band.span is None else list(band.span[1:])
    return {"at_tokens": {"tokens": tokens, "value": band.mean, "interval": span, "undefined": band.why}}


def _as_json(reading: Reading) -> dict[str, Any]:
    """A reading in the form that the command prints; "failed" only if something went wrong."""
    told = {"value": reading.value, "undefined": reading.undefined, "interval": reading.interval}
    return {**told, "failed": reading.failed} if reading.failed else told


def _needs(name: str) -> list[str]:
    from core.parameters import complete

    chosen = metric(name)
    return list(chosen.needs(complete(chosen.parameters)))
