"""Commands on tags: which stand together in rows, and those of a saved subset against the pool's."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.commands.features import add_tagging, tagging_of
from core.commands.rules import add_pool, pool_of
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.view import ALL_COMPONENTS
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workspace import atomic
from core.workspace.artefacts import Workspace

SHOWN = 30  # lines that the terminal shows


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    pairs = _command(commands, "tags-together", "tags that stand in the same rows, with their lift", run_together)
    pairs.add_argument("--tag", default="", help="only the pairs of this tag")
    against = _command(commands, "tags-against", "a saved subset's tags against those of the pool", run_against)
    against.add_argument("--subset", required=True, metavar="SUBSET", help="its name, its key or its digest")
    add_pool(against)


def _command(commands: Any, name: str, help: str, run: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help)
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    add_tagging(made)
    made.add_argument("--edits", default="", metavar="VERSION", help="of the merges; default: as computed")
    made.add_argument("--csv", default="", metavar="FILE", help="write the whole table as CSV")
    made.set_defaults(run=run)
    return made


def run_together(options: argparse.Namespace) -> None:
    """Print the pairs of tags that say most of each other."""
    from core.workbench.inspections.tag_relations import tags_together

    workspace = Workspace.default()
    view = CorpusView(workspace, corpus_named(workspace, options.corpus), _choice(options))
    _print(tags_together(view.whole.tags, tag=options.tag), options.csv)


def run_against(options: argparse.Namespace) -> None:
    """Print the tags that a saved subset holds more or less often than its pool."""
    from core.workbench.inspections.tag_relations import tags_against
    from core.workbench.subsets import subset_named

    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    view = CorpusView(workspace, corpus, _choice(options), PoolSpec.of(pool_of(options, corpus)))
    subset = subset_named(workspace, options.subset, corpus=corpus.id)
    chosen = np.asarray(corpus.positions_of(np.asarray(subset.ids)), dtype=np.int64)
    pool = np.union1d(np.asarray(view.positions, dtype=np.int64), chosen)
    _print(tags_against(view.whole.tags, chosen, pool), options.csv)


def _choice(options: argparse.Namespace) -> FeatureSettings:
    return tagging_of(options).with_(tag_edits=options.edits)


def _print(data: pd.DataFrame, path: str) -> None:
    from core.export.report import csv_bytes

    print(table(tuple(data.columns), data.head(SHOWN).round(2).astype(str).to_numpy().tolist()))
    if path:
        atomic.write_bytes(Path(path), csv_bytes(data))
        print(path)
