"""How much of each saved subset comes from each value of a column: the mixtures behind a corpus's scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from core.corpus.column_facts import worded_columns
from core.corpus.store import Corpus, open_corpus
from core.several import word_entries
from core.workbench.inspections.comparison import without_corpus
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace

OTHERS = "others"
NONE = "(no value)"
MOST = 20  # sources of one law; the rows of all others are counted together


def source_columns(workspace: Workspace, subsets: Sequence[Subset]) -> list[str]:
    """Columns whose values can be the sources of a mixture in every corpus of the ``subsets``, "source" first.

    They are of words, with two values or more, and fewer than half as many as rows.
    """
    common: set[str] | None = None
    for corpus in _corpora(workspace, subsets).values():
        fitting = {name for name in worded_columns(corpus) if 1 < corpus.kinds(name) <= len(corpus) / 2}
        common = fitting if common is None else common & fitting
    return sorted(common or (), key=lambda name: (name != "source", name != "category", name))


def source_shares(workspace: Workspace, subsets: Sequence[Subset], column: str, *, most: int = MOST) -> pd.DataFrame:
    """A row for each distinct subset, by its digest, and a column for each value of ``column``: its share of the rows.

    A row with several values counts in equal parts for each. Beyond the ``most`` values with the most rows the others
    are one source, and so are rows without a value. Subsets whose corpus is deleted or lacks the column are left out.
    """
    corpora = _corpora(workspace, subsets)
    rows: dict[str, dict[str, float]] = {}
    for subset in subsets:
        corpus = corpora.get(subset.recipe.corpus)
        if corpus is None or column not in corpus.columns or subset.digest in rows:
            continue
        values = corpus.column(column)[corpus.positions_of(subset.ids)]
        if values.dtype.kind == "f":
            continue
        names, owners, words = word_entries(values)
        weights = 1 / np.bincount(owners, minlength=len(values))[owners]
        shares = dict(zip(names, np.bincount(words, weights=weights, minlength=len(names)) / len(values)))
        without = 1 - len(np.unique(owners)) / len(values)
        rows[subset.digest] = {str(name): float(share) for name, share in shares.items()}
        if without > 0:
            rows[subset.digest][NONE] = without
    table = pd.DataFrame.from_dict(rows, orient="index", dtype="float64").fillna(0.0)
    ordered = table[table.sum().sort_values(ascending=False, kind="stable").index]
    if ordered.shape[1] <= most:
        return ordered
    kept = ordered.iloc[:, : most - 1].copy()
    kept[OTHERS] = ordered.iloc[:, most - 1 :].sum(axis=1)
    return kept


def _corpora(workspace: Workspace, subsets: Iterable[Subset]) -> dict[str, Corpus]:
    subsets = list(subsets)
    gone = without_corpus(workspace, subsets)
    names = {subset.recipe.corpus for subset in subsets if subset.key not in gone}
    return {name: open_corpus(workspace, name) for name in sorted(names)}
