"""Clusters renamed, merged, split and set apart: rows keep their places, names stay apart, noise stays noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.corpus import cluster_edits as edits
from core.errors import InputError
from core.features.partition import column_labels

LABELS = np.array([0, 0, 0, 1, 1, 2, -1], dtype=np.int32)


@pytest.fixture
def values() -> Any:
    return edits.values_of(LABELS, edits.shown_names(["python", "cooking", "chess"]))


def test_names_stand_for_the_clusters_they_came_from(values: Any) -> None:
    labels, names = column_labels(values)
    assert labels.tolist() == LABELS.tolist()
    assert names == ["python", "cooking", "chess"]


def test_equal_names_and_words_for_noise_get_their_number() -> None:
    shown = edits.shown_names(["a", "a", "noise", "b"])
    assert shown == ["0 · a", "1 · a", "2 · noise", "b"]


def test_a_cluster_is_renamed_and_two_are_one(values: Any) -> None:
    assert edits.renamed(values, "python", " py  code ").tolist()[:4] == ["py code"] * 3 + ["cooking"]
    merged = edits.merged(values, ["python", "chess"], "python")
    assert merged.tolist() == ["python"] * 3 + ["cooking"] * 2 + ["python", None]
    assert values.tolist()[5] == "chess"  # the names before are untouched


def test_a_cluster_falls_into_parts_whose_names_are_free(values: Any) -> None:
    taken = edits.renamed(values, "chess", "python 2")
    parts = edits.split(taken, "python", np.array([0, 1, 1], dtype=np.int32))
    assert parts.tolist() == ["python 1", "python 3", "python 3", "cooking", "cooking", "python 2", None]


def test_any_rows_become_a_cluster_noise_too(values: Any) -> None:
    apart = edits.set_apart(values, np.array([0, 6]), "mine")
    assert apart.tolist() == ["mine", "python", "python", "cooking", "cooking", "chess", "mine"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda values: edits.renamed(values, "python", "chess"),
        lambda values: edits.renamed(values, "python", "Noise"),
        lambda values: edits.renamed(values, "python", "  "),
        lambda values: edits.merged(values, ["python"], "python"),
        lambda values: edits.merged(values, ["python", "chess"], "cooking"),
        lambda values: edits.split(values, "python", np.zeros(3, dtype=np.int32)),
        lambda values: edits.set_apart(values, np.array([0]), "chess"),
    ],
)
def test_an_edit_that_would_mix_clusters_up_is_refused(values: Any, edit: Callable[[Any], Any]) -> None:
    with pytest.raises(InputError):
        edit(values)


def test_names_that_are_taken_or_none_leave_the_old_ones(values: Any) -> None:
    new = {"python": "Code", "cooking": "", "chess": "Code"}
    assert edits.all_renamed(values, new).tolist() == ["Code"] * 3 + ["cooking"] * 2 + ["chess", None]
