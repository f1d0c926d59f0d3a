"""Selections under a name are columns: kept, joined, replaced, removed."""

from __future__ import annotations

import numpy as np
import pytest

from core.corpus.named_selections import column_of, free_name, keep_rows, kept_names, kept_rows
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.corpus.store import Corpus
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    return corpus_of(workspace.home, records(20))[1]


def test_a_kept_selection_is_a_column_that_filters_the_pool(corpus: Corpus) -> None:
    mask = np.arange(len(corpus)) % 3 == 0
    keep_rows(corpus, " my   rows ", mask)
    assert kept_names(corpus.columns) == ["my rows"]
    assert np.array_equal(kept_rows(corpus, "my rows"), mask)
    spec = PoolSpec(columns=(ColumnFilter(column="selection: my rows", values=("in",)),), with_holdout=True)
    assert spec.describe() == "selection “my rows” · with the holdout"
    without = PoolSpec(columns=(ColumnFilter(column="selection: my rows", values=("out",)),))
    assert without.describe() == "without the selection “my rows”"
    assert select(corpus, spec).tolist() == np.flatnonzero(mask).tolist()


def test_a_selection_of_the_same_name_takes_its_place_and_comes_back(corpus: Corpus) -> None:
    first, second = np.arange(len(corpus)) < 2, np.arange(len(corpus)) > 0
    for mask in (first, second, first):
        keep_rows(corpus, "rows", mask)
        assert np.array_equal(kept_rows(corpus, "rows"), mask)
    keep_rows(corpus, "rows", None)
    assert kept_rows(corpus, "rows") is None
    keep_rows(corpus, "rows", second)
    assert np.array_equal(kept_rows(corpus, "rows"), second)


def test_names_are_short_and_the_free_one_names_nothing_yet(corpus: Corpus) -> None:
    assert free_name(corpus.columns) == "1"
    keep_rows(corpus, "1", np.ones(len(corpus), dtype=bool))
    assert free_name(corpus.columns) == "2"
    for wrong in ("", "  ", "x" * 61):
        with pytest.raises(InputError, match="1 to 60"):
            column_of(wrong)
