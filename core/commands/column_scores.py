"""Commands on columns that a corpus has: memorisation tells kinds apart, follows tries an embedder."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from core.commands.terminal import table
from core.corpus.corpus_text import CorpusText
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import FeatureMissing, InputError, quoted
from core.view import ALL_COMPONENTS, remedy_for
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    kinds = commands.add_parser("memorisation", help="recite, reconstruct or recollect, from copies and a loss")
    kinds.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    kinds.add_argument("--copies", required=True, metavar="COLUMN", help="as score-rows --what copies makes it")
    kinds.add_argument("--loss", required=True, metavar="COLUMN", help="a perplexity or loss, as score makes it")
    kinds.add_argument("--more-than", type=int, default=5, metavar="N", help="copies that make a row recited")
    kinds.add_argument("--share", type=float, default=0.25, help="of lowest losses among the others: reconstructed")
    kinds.set_defaults(run=run_memorisation)

    follows = commands.add_parser("follows", help="does the similarity of an embedder follow a loss, or its change?")
    follows.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    follows.add_argument("--column", required=True, help="a loss, perplexity or learning percentage")
    follows.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    follows.add_argument("--embedder", action="append", default=[], help="whose stored vectors; repeat it to compare")
    follows.set_defaults(run=run_follows)


def run_memorisation(options: argparse.Namespace) -> None:
    """Make the column, and print how many rows each kind has."""
    from core.workbench.row_scores.memorisation import MEANT, MemorisationSetting, keep_memorisation

    corpus = corpus_named(Workspace.default(), options.corpus)
    setting = MemorisationSetting(
        copies=options.copies, loss=options.loss, more_than=options.more_than, share=options.share
    )
    column, counts = keep_memorisation(corpus, setting)
    print(table(("kind", "rows", "what it means"), [(kind, f"{rows:,}", MEANT[kind]) for kind, rows in counts.items()]))
    print(f"column {quoted(column)}")


def run_follows(options: argparse.Namespace) -> None:
    """Print how far each embedder's similarity follows the column."""
    from core.corpus.column_facts import is_numeric
    from core.features.embedders import default_embedder
    from core.features.embedding import load_embeddings
    from core.features.loss_follows import follows_loss

    corpus = corpus_named(Workspace.default(), options.corpus)
    if options.column not in corpus.columns or not is_numeric(corpus, options.column):
        raise InputError(f"The corpus has no column of numbers {quoted(options.column)}.")
    values = np.asarray(corpus.column(options.column), dtype=np.float64)
    lines = []
    for name in options.embedder or [default_embedder()]:
        vectors = load_embeddings(CorpusText(corpus, options.component), name)
        if vectors is None:
            raise FeatureMissing(
                "embeddings", remedy=remedy_for(f"{options.component}.embeddings"), component=options.component
            )
        seen = follows_loss(vectors, values)
        lines.append((name, f"{seen.spearman:.3f}", f"{seen.low:.3f}", f"{seen.high:.3f}", f"{seen.pairs:,}"))
    print(table(("embedder", "spearman", "low", "high", "pairs"), lines))
    print(f"{counted(int(np.isfinite(values).sum()), 'row')} with a value; about 0: similarity says nothing of it.")
