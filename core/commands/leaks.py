"""The command that compares a corpus with benchmarks, and says which rows hold questions of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.commands.curation_rules import benchmark_keys
from core.commands.running import run_job, runs
from core.commands.terminal import Meter, table
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.leaks.settings import USUAL, LeakRule
from core.errors import InputError, in_short
from core.jobs import job_names
from core.workspace import atomic
from core.workspace.artefacts import Workspace

COMMON = 5  # n-grams of most rows that are named
AROUND = 30  # characters shown before and after the matched words
LONGEST = 110  # of the matched words


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser("leaks", help="rows that hold questions of a benchmark, to leave them out of a pool")
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument(
        "--against", dest="benchmark", action="extend", nargs="+", default=[], metavar="PATH",
        help="files or folders of test questions, in any format that is loaded; or a stored benchmark by name",
    )  # fmt: skip
    made.add_argument("--holdout", action="store_true", help="compare with the corpus's own holdout too")
    made.add_argument("--question", default="", metavar="FIELD", help="of the files, where it is not recognised")
    made.add_argument("--answer", default="", metavar="FIELD", help="as --question, of the right answer")
    made.add_argument("--ngram", type=int, default=USUAL[0], metavar="WORDS", help="in a row that count; often 13 or 8")
    made.add_argument("--any-number", action="store_true", help="find questions whose numbers were changed, too")
    made.add_argument("--answers", action="store_true", help="look for the benchmark's long answers, too")
    made.add_argument(
        "--common", type=int, default=0, metavar="ROWS", help="set n-grams aside that stand in more rows than this"
    )
    made.add_argument(
        "--share", type=float, default=0.0, help="least share of a question's n-grams in a row, 0 to 1; 0: any one"
    )
    made.add_argument(
        "--cosine", type=float, default=0.0, metavar="LEAST",
        help="a second look: also rows whose instruction is so near to a question by its embedding; 0: none",
    )  # fmt: skip
    made.add_argument("--embedder", default="", help="whose stored vectors of the instructions --cosine reads")
    made.add_argument("--rows", type=int, default=10, metavar="N", help="leaks that are printed")
    made.add_argument("--out", metavar="FILE", help="write all of them here as JSON Lines, with the matched words")
    runs(made, job_names.LEAKS, request=leaks_request, run=run_leaks)


def leaks_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that finds leaks; files are read here, and their questions stored."""
    corpus = corpus_named(workspace, options.corpus)
    return {
        "corpus": corpus.id,
        "benchmarks": _benchmarks(corpus, options),
        "ngram": options.ngram,
        "any_number": options.any_number,
        "answers": options.answers,
    }


def _benchmarks(corpus: Corpus, options: argparse.Namespace) -> list[str]:
    """The keys of the benchmarks that the options name, those of files stored first."""
    from core.corpus.sources import from_path
    from core.curation.leaks.benchmarks import keep_holdout
    from core.curation.leaks.reading import keep_files
    from core.settings import command_roots

    keys: list[str] = []
    for given in options.benchmark:
        if Path(given).expanduser().exists():
            files = from_path(given, roots=command_roots())
            kept = keep_files(corpus.workspace, files, question=options.question, answer=options.answer)
            keys += [benchmark.key for benchmark in kept]
        else:
            keys += benchmark_keys(corpus.workspace, corpus.id, [given])
    if options.holdout:
        keys.append(keep_holdout(corpus).key)
    if not keys:
        raise InputError(
            "Nothing is named to compare the corpus with.", remedy="Give --against PATH…, or --holdout for its own."
        )
    return sorted(set(keys))


def run_leaks(options: argparse.Namespace) -> None:
    """Print the counts by benchmark, the commonest n-grams, the first leaks, and how to leave them out."""
    from core.curation.leaks.hits import load_hits
    from core.curation.leaks.report import leak_counts, leak_lines, leaked_rows
    from core.curation.leaks.rule import prepare

    made = run_job(options)
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    rule = LeakRule.of(
        {
            "benchmarks": made["benchmarks"],
            "ngram": options.ngram,
            "any_number": options.any_number,
            "answers": options.answers,
            "common": options.common,
            "share": options.share,
            "cosine": options.cosine,
            "embedder": options.embedder,
        }
    )
    meter = Meter()
    prepare(corpus, rule.as_dict(), meter)
    meter.end()
    head = ("benchmark", "key", "questions", "found", "rows", "in instruction", "in response", "by meaning alone")
    lines = [
        (count.name, count.key, *(f"{number:,}" for number in (
            count.questions, count.leaked, count.rows, count.instruction, count.response, count.near
        )))
        for count in leak_counts(corpus, rule)
    ]  # fmt: skip
    print(table(head, lines))
    common = [
        (hits.benchmark.name, in_short(gram.words), f"{gram.rows:,}", f"{gram.texts:,}")
        for hits in (load_hits(corpus, key, rule.search) for key in rule.benchmarks)
        for gram in hits.common_grams(most=COMMON)
        if gram.rows > 1
    ]
    if common:
        print("\nWords that stand in several rows; --common sets those of many rows aside:")
        print(table(("benchmark", "words", "rows", "questions"), common))
    rows, every = leaked_rows(corpus, rule, most=max(0, options.rows))
    if rows:
        print()
        shown = [
            (show_id(int(corpus.ids[leak.row])), leak.component, leak.benchmark, leak.question,
             f"{leak.share:.0%}" if leak.by == "words" else f"cosine {leak.share:.2f}", _shown(leak.text, leak.spans))
            for leak in rows
        ]  # fmt: skip
        print(table(("row", "in", "benchmark", "question", "share", "words, in brackets"), shown))
        if every > len(rows):
            print(f"… and {counted(every - len(rows), 'more leak')}; --rows N prints more, --out FILE writes all")
    if options.out:
        atomic.write_bytes(Path(options.out), leak_lines(corpus, rule))
        print(f"{options.out}  {counted(every, 'leak')}")
    if every:
        print(f"\nTo choose without them: choose {corpus.id} --pool {pool_option(rule)}")


def pool_option(rule: LeakRule) -> str:
    """The rule as --pool takes it."""
    parts = [f"leaks={'|'.join(rule.benchmarks)}"]
    for name, value in rule.as_dict().items():
        if name != "benchmarks":
            shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            parts.append(f"{name.replace('_', '-')}={shown}")
    return f"'{','.join(parts)}'"


def _shown(text: str, spans: list[tuple[int, int]]) -> str:
    """The first matched words in brackets, with a little of what stands around them."""
    if not spans:
        return in_short(" ".join(text.split()))
    start, end = spans[0]
    words = text[start:end]
    words = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
    return " ".join(f"{text[max(0, start - AROUND) : start]}[{words}]{text[end : end + AROUND]}".split())
