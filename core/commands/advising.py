"""Commands that help to choose a strategy: advise proposes one, card says what is known of one."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any

from core.budgets.units import ROWS, UNITS
from core.commands.budgets import add_size, size_of
from core.counted import counted
from core.errors import InputError
from core.selection.adviser import HAVE, WANT, advise
from core.selection.registry import strategy
from core.view import ALL_COMPONENTS
from core.workspace.artefacts import Workspace

WIDE = 100
COMPARISONS = 6  # of a strategy with random subsets, that are printed unasked


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    advice = commands.add_parser("advise", help="propose a strategy from three answers, and say why")
    advice.add_argument(
        "corpus", nargs="?", default="", help="a corpus: its columns say what there is, its rows how many"
    )
    advice.add_argument(
        "--have", action="append", choices=list(HAVE), default=[],
        help="what there is beside the rows: " + "; ".join(f"{name}: {said}" for name, said in HAVE.items()),
    )  # fmt: skip
    advice.add_argument(
        "--want", choices=list(WANT), default="coverage",
        help="what the subset is for: " + "; ".join(f"{name}: {said}" for name, said in WANT.items()),
    )  # fmt: skip
    advice.add_argument(
        "--component", choices=ALL_COMPONENTS, default="response", help="whose tokens --unit tokens counts"
    )
    add_size(advice)
    advice.add_argument(
        "--pool-rows", type=int, default=0, metavar="ROWS", help="of the pool, where no corpus is named"
    )
    advice.set_defaults(run=run_advise)

    card = commands.add_parser(
        "card", help="what is published for and against a strategy, and what is known of it here"
    )
    card.add_argument("strategy", help="its name: see python -m core strategies")
    card.add_argument("--example", default="", metavar="NAME", help="the scores of an example in place of your own")
    card.add_argument("--all", action="store_true", help=f"every comparison here, not the first {COMPARISONS}")
    card.set_defaults(run=run_card)


def run_advise(options: argparse.Namespace) -> None:
    """Print the proposal, why, and what speaks against it."""
    from core.budgets.sizing import default_size

    workspace = Workspace.default()
    have, pool_rows = set(options.have), options.pool_rows
    wanted = size_of(options, workspace)
    rows, corpus = wanted.size, None
    if options.corpus:
        from core.corpus.naming import corpus_named
        from core.workbench.strategy_offers import columns_give

        corpus = corpus_named(workspace, options.corpus)
        have |= set(columns_give(corpus))
        pool_rows = pool_rows or int((~corpus.holdout).sum())
    if pool_rows < 1:
        raise InputError("How many rows are there to choose from?", remedy="Name a corpus, or say --pool-rows.")
    if wanted.unit != ROWS:
        from core.workbench.corpus_view import CorpusView
        from core.workbench.feature_settings import FeatureSettings
        from core.workbench.subset_cost import rows_expected

        if corpus is None:
            raise InputError(
                f"How many rows {options.size:g} {UNITS[options.unit].title} are, says a corpus alone.",
                remedy="Name a corpus, or a size in rows.",
            )
        rows = rows_expected(CorpusView(workspace, corpus, FeatureSettings(component=options.component)), wanted)
    size = rows or default_size(pool_rows)
    advice = advise(have=have, want=options.want, rows=size, pool_rows=pool_rows)
    proposed = strategy(advice.strategy)
    print(f"{proposed.title} ({proposed.name}), for {counted(size, 'row')} of {pool_rows:,}: {WANT[options.want]}.")
    print(proposed.summary)
    _paragraphs("because", advice.reasons)
    _paragraphs("but", advice.cautions)
    if advice.lacks:
        _paragraphs("lacks", [f"With {HAVE[advice.lacks]} the proposal would be another."])
    print(f"see: python -m core card {proposed.name}")


def run_card(options: argparse.Namespace) -> None:
    """Print the card of a strategy."""
    from core.workbench.inspections.evidence import load_evidence
    from core.workbench.inspections.strategy_evidence import known_of

    chosen = strategy(options.strategy)
    known = known_of(chosen.name, load_evidence(Workspace.default(), example=options.example).seen)
    print(f"{chosen.title} ({chosen.name})\n{chosen.summary}")
    for stance, text, source in known.published:
        _paragraphs(stance, [f"{text} [{source}]" if source else text])
    if known.card.differs:
        _paragraphs("differs", [known.card.differs])
    _paragraphs("of every strategy", [f"{text} [{source}]" for text, source in known.of_every_strategy])
    shown = known.here if options.all else known.here[:COMPARISONS]
    _paragraphs("here", [known.standing, *(f"{compared.about}: {compared.sentence}" for compared in shown)])
    if len(known.here) > len(shown):
        print(f"here: {counted(len(known.here) - len(shown), 'further comparison')}, with --all")


def _paragraphs(head: str, texts: Any) -> None:
    for text in texts:
        print(textwrap.fill(f"{head}: {text}" if head else text, WIDE, subsequent_indent="  "))
