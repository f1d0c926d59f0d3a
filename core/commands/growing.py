"""Commands about corpora that grow: adds, append, versions."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from core.commands.corpora import add_files, beside_hub, files_given, files_request, read_files, say_report
from core.commands.running import runs
from core.commands.selecting import pairs
from core.commands.terminal import Meter, table
from core.corpus.naming import corpus_named
from core.corpus.originals import json_lines
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.append import Appended
from core.curation.version_difference import CHANGES, difference_of
from core.errors import InputError
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.adds import DRAWS, Adds
from core.workbench.subsets import subset_named
from core.workbench.tasks.loading import files_of
from core.workspace import atomic
from core.workspace.artefacts import Workspace

KINDS = {"same": "the same", "in": "in", "out": "out", "changed": "with another answer"}


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    append = commands.add_parser("append", help="append files to a corpus: a new version, old rows computed once")
    append.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    add_files(append)
    runs(append, job_names.APPEND, request=append_request, run=run_append)

    adds = commands.add_parser("adds", help="what files would add to a corpus, before they are appended; keeps nothing")
    adds.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    add_files(adds, kept=False)
    adds.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    adds.add_argument(
        "--feature",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="tokenizer, embedder, low, high, …",
    )
    adds.add_argument("--subset", default="", metavar="SUBSET", help="the saved subset against which rows are novel")
    adds.add_argument("--size", type=int, default=0, help="rows of the random subsets; default a tenth of the corpus")
    adds.add_argument("--draws", type=int, default=DRAWS, help="random subsets behind a band")
    adds.add_argument("--seed", type=int, default=0)
    runs(adds, job_names.ADDS, request=adds_request, run=run_adds)

    versions = commands.add_parser("versions", help="the versions of a corpus: what was appended to what, and when")
    versions.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    versions.add_argument(
        "--renew", action="store_true", help="compute here what an older version has: tokens, vectors, clusters, …"
    )
    versions.add_argument(
        "--against", default="", metavar="OTHER", help="compare with an older version, or any other corpus"
    )
    versions.add_argument("--rows", choices=CHANGES, default="", help="of --against: write the rows of one kind")
    versions.add_argument("--out", default="", metavar="FILE.jsonl", help="where --rows writes them")
    versions.set_defaults(run=run_versions)


def append_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that appends files."""
    return {"corpus": corpus_named(workspace, options.corpus).id, **files_request(options)}


def run_append(options: argparse.Namespace) -> None:
    """Append files to a corpus; print the report of all its files, and what is new."""
    from core.workbench.tasks.growing import appended

    workspace, files = Workspace.default(), files_given(options)
    request = append_request(workspace, options)

    def work(meter: Meter) -> Appended:
        return appended(workspace, request, meter, files=beside_hub(workspace, request, files, meter))

    made = read_files(work)
    say_report(made.ingested, options)
    print(made.said)
    carried = made.carried
    for kind, names in (("columns", carried.columns), ("selections", carried.selections), ("scores", carried.scores)):
        if names:
            print(f"{kind} that go with the old rows: {', '.join(names)}")
    if carried.kept:
        print(f"columns that these rows had already, kept: {', '.join(carried.kept)}")
    print(f"{made.corpus.id}  {made.corpus.name}  {counted(len(made.corpus), 'row')}")


def adds_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that says what files would add."""
    corpus = corpus_named(workspace, options.corpus)
    request = files_request(options)
    del request["name"]
    choice = FeatureSettings(component=options.component).with_(**pairs(options.feature))
    subset = subset_named(workspace, options.subset, corpus=corpus.id).key if options.subset else ""
    return request | {
        "corpus": corpus.id, "choice": choice.as_dict(), "subset": subset, "size": options.size,
        "draws": options.draws, "seed": options.seed,
    }  # fmt: skip


def run_adds(options: argparse.Namespace) -> None:
    """Print what files would add."""
    from core.workbench.inspections.adds import asked_adds
    from core.workbench.inspections.adds_words import gain_table, lines_of

    workspace, files = Workspace.default(), files_given(options)
    request = adds_request(workspace, options)

    def work(meter: Meter) -> Adds:
        found = beside_hub(workspace, request, files, meter) or files_of(workspace, request, meter)[0]
        return asked_adds(workspace, request, found, meter)

    made = read_files(work)
    for line in lines_of(made):
        print(line)
    if made.places and made.places.fallen:
        print("\n" + table(("cluster", "its rows", "new rows"), made.places.fallen))
    if made.metrics:
        print("\n" + table(*gain_table(made)))


def run_versions(options: argparse.Namespace) -> None:
    """List the versions of a corpus, the fewest rows first, and what is still of an older one."""
    from core.corpus.versions import versions
    from core.workbench.renewals import renew, renewals

    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    if options.against:
        _say_difference(corpus_named(workspace, options.against), corpus, options)
        return
    if options.rows or options.out:
        raise InputError("--rows and --out need another version.", remedy="Name it: --against OTHER.")
    if options.renew:
        meter = Meter()
        for line in renew(corpus, progress=meter):
            meter.end()
            print(f"computed: {line.title}")
    lines = []
    known = versions(workspace, corpus.id)
    names = {version.corpus: version.name or "in the trash" for version in known}
    for version in known:
        steps = version.grown or (None,)
        for step in steps:
            lines.append(
                (
                    version.corpus,
                    names[version.corpus],
                    f"{version.rows:,}",
                    names.get(step.grown_from, step.grown_from) if step else "",
                    ", ".join(step.files) if step else "",
                    f"{step.new:,}" if step else "",
                    f"{datetime.fromtimestamp(step.made_at):%Y-%m-%d %H:%M}" if step else "",
                )
            )
    print(table(("corpus", "name", "rows", "grown from", "by", "new rows", "when"), lines))
    for line in renewals(corpus):
        how = "all rows anew" if line.anew else "new rows only"
        way = f"--renew computes it, {how}" if line.task else "bring it on its page, or compute it there"
        print(f"of the older version {names.get(line.version, line.version)}: {line.title}; {way}")


def _say_difference(older: Corpus, newer: Corpus, options: argparse.Namespace) -> None:
    """Print how two corpora differ, and write the rows of one kind where that is asked."""
    if bool(options.rows) != bool(options.out):
        raise InputError("--rows and --out go together.", remedy="For example: --rows changed --out changed.jsonl")
    difference = difference_of(older, newer)
    counts = difference.counts
    told = (f"{counts[kind]:,} {words}" for kind, words in KINDS.items())
    print(f"{newer.name} against {older.name}: {', '.join(told)}")
    if options.rows:
        atomic.write_bytes(Path(options.out), b"".join(json_lines(difference.rows(options.rows))))
        print(f"{options.out}  {counted(counts[options.rows], 'row')}")
