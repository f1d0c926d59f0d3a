"""Commands that weigh domains and categories: balance by vectors, effect-budget by a table of effects."""

from __future__ import annotations

import argparse
import io
from collections import Counter
from pathlib import Path
from typing import Any

from core.commands.selecting import pairs
from core.commands.terminal import file_bytes, table
from core.corpus.corpus_text import CorpusText
from core.corpus.naming import corpus_named
from core.corpus.store import Corpus
from core.errors import FeatureMissing, InputError, quoted
from core.view import ALL_COMPONENTS, remedy_for
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    balance = commands.add_parser("balance", help="weights of domains by how much each helps those that are wanted")
    balance.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    balance.add_argument("--column", default="source", help="whose values are the domains; default source")
    balance.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    balance.add_argument("--embedder", default="", help="whose stored vectors; gradients of rows come as own vectors")
    balance.add_argument("--want", action="append", default=[], metavar="DOMAIN=SHARE", help="default: all alike")
    balance.add_argument("--sharpness", type=float, default=10.0, help="larger: most to the most helpful; default 10")
    balance.set_defaults(run=run_balance)

    budget = commands.add_parser("effect-budget", help="rows a category, from a table of effects on each other")
    budget.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    budget.add_argument(
        "--effects", required=True, metavar="FILE", help="CSV: line i, column j: rows of j that i is worth"
    )
    budget.add_argument("--column", default="category", help="whose values are the categories; default category")
    budget.add_argument("--size", type=int, required=True, metavar="N", help="rows in all")
    budget.add_argument("--aim", choices=("least", "sum"), default="least", help="what is made as large as possible")
    budget.set_defaults(run=run_budget)


def run_balance(options: argparse.Namespace) -> None:
    """Print the weights, and the quotas that choose by them."""
    from core.features.balance_weights import balance_weights
    from core.features.embedding import load_embeddings

    corpus = _with_column(options)
    vectors = load_embeddings(CorpusText(corpus, options.component), options.embedder or None)
    if vectors is None:
        raise FeatureMissing(
            "embeddings", remedy=remedy_for(f"{options.component}.embeddings"), component=options.component
        )
    wanted = {}
    for name, share in pairs(options.want).items():
        try:
            wanted[name] = float(share)
        except ValueError as error:
            raise InputError(f"--want {quoted(name)}: {quoted(share)} is no number.") from error
    weighed = balance_weights(
        vectors, corpus.column(options.column), wanted=wanted or None, sharpness=options.sharpness
    )
    lines = [
        (line["domain"], f"{line['rows']:,}", *(f"{line[name]:.3f}" for name in ("share", "wanted", "weight")))
        for line in weighed.to_dict("records")
    ]
    print(table(tuple(weighed.columns), lines))
    quotas = [f"{options.column}={line['domain']}:{100 * line['weight']:.2f}%" for line in weighed.to_dict("records")]
    print("choose " + " ".join(f"--quota {quoted(quota)}" for quota in quotas))


def run_budget(options: argparse.Namespace) -> None:
    """Print the rows a category, and the quotas that choose them."""
    import pandas as pd

    from core.evidence.effect_budget import effect_budget, effects_of

    corpus = _with_column(options)
    try:
        read = pd.read_csv(io.BytesIO(file_bytes(Path(options.effects))))
    except ValueError as error:
        raise InputError(f"{options.effects} cannot be read as CSV: {str(error)[:80]}") from error
    names, effects = effects_of(read)
    there = Counter(str(value) for value in corpus.column(options.column)[~corpus.holdout].tolist() if value)
    made = effect_budget(names, effects, there, size=options.size, aim=options.aim)
    lines = [
        (
            line["category"],
            f"{line['rows there']:,}",
            f"{line['rows']:,}",
            f"{line['share']:.3f}",
            f"{line['worth']:.1f}",
        )
        for line in made.to_dict("records")
    ]
    print(table(tuple(made.columns), lines))
    quotas = [f"{options.column}={line['category']}:{line['rows']}" for line in made.to_dict("records")]
    print(f"choose --size {options.size} " + " ".join(f"--quota {quoted(quota)}" for quota in quotas))


def _with_column(options: argparse.Namespace) -> Corpus:
    corpus = corpus_named(Workspace.default(), options.corpus)
    if options.column not in corpus.columns or corpus.column(options.column).dtype.kind != "O":
        raise InputError(f"The corpus has no column of words {quoted(options.column)}.")
    return corpus
