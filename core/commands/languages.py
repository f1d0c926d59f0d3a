"""Commands about languages: which each row is in, and what words, phrases and templates each language holds."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.features.languages.language_words import words_of_languages
from core.features.languages.words_said import HEAD, cells, commonest, what_is_missing
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    spoken = commands.add_parser("languages", help="tell the language of each row; it becomes three columns")
    spoken.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    runs(spoken, job_names.LANGUAGES, request=languages_request, run=run_languages)

    worded = commands.add_parser("language-words", help="words, phrases, templates of each language that has them")
    worded.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    worded.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    runs(worded, job_names.LANGUAGE_WORDS, request=words_request, run=run_words)


def languages_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {"corpus": corpus_named(workspace, options.corpus).id}


def words_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {"corpus": corpus_named(workspace, options.corpus).id, "component": options.component}


def run_languages(options: argparse.Namespace) -> None:
    """Tell the languages, and print how many rows have each."""
    columns = run_job(options)["columns"]
    corpus = corpus_named(Workspace.default(), options.corpus)
    counts = {name: corpus.counts_of(name) for name in columns.values()}
    languages = sorted(set().union(*counts.values()), key=lambda name: (-counts[columns["both"]].get(name, 0), name))
    print(table(("", *counts), [(name, *(f"{of.get(name, 0):,}" for of in counts.values())) for name in languages]))


def run_words(options: argparse.Namespace) -> None:
    """Print what each language holds and how it was counted, the commonest of it, and what which language lacks."""
    run_job(options)
    lines = words_of_languages(corpus_named(Workspace.default(), options.corpus), options.component)
    print(table(HEAD, map(cells, lines)))
    for language, what, common in commonest(lines):
        print("\n" + table((f"{language}: commonest {what}", "rows"), [(name, f"{rows:,}") for name, rows in common]))
    for sentence in what_is_missing(lines):
        print("\n" + sentence)
