"""Which metrics agree, the order that shows it, and the few that carry the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pytest import approx, fixture, raises
from scipy.stats import spearmanr

from core.errors import InputError
from core.evidence import ledger
from core.evidence.entries import LoggedSubset
from core.figures.agreement import agreement_map
from core.figures.domains import divergence_frame, divergence_map
from core.workbench.inspections.agreement import agreement, clustered_order, informative, measured_values
from core.workbench.inspections.comparison import FACTS
from core.workspace.artefacts import Workspace
from tests.evidence import seeded


@fixture
def table() -> pd.DataFrame:
    """Two families that have nothing to do with each other; "down" falls where its family rises."""
    random = np.random.default_rng(5)
    first, second = random.normal(size=60), random.normal(size=60)
    noise = lambda: random.normal(size=60) / 5  # noqa: E731
    return pd.DataFrame(
        {
            "a.one": first,
            "b.one": second,
            "a.two": first + noise(),
            "b.two": second + noise(),
            "a.down": -first + noise(),
        }
    )


def test_the_matrix_is_spearmans(table: pd.DataFrame) -> None:
    matrix = agreement(table).matrix
    wanted = pd.DataFrame(spearmanr(table).statistic, index=table.columns, columns=table.columns)
    assert matrix.to_numpy() == approx(wanted.loc[matrix.index, matrix.columns].to_numpy())


def test_a_metric_that_falls_with_diversity_is_turned_round(table: pd.DataFrame) -> None:
    assert agreement(table).matrix.loc["a.one", "a.down"] < -0.9
    assert agreement(table, directions={"a.down": -1}).matrix.loc["a.one", "a.down"] > 0.9


def test_alike_metrics_stand_side_by_side_whatever_the_order_they_came_in(table: pd.DataFrame) -> None:
    names = list(agreement(table).matrix.index)
    families = [name[0] for name in names]
    assert families in (["a"] * 3 + ["b"] * 2, ["b"] * 2 + ["a"] * 3)
    shuffled = table[["b.two", "a.down", "a.two", "b.one", "a.one"]]
    assert list(agreement(shuffled).matrix.index) == names


def test_one_metric_of_each_family_carries_the_information(table: pd.DataFrame) -> None:
    kept = informative(agreement(table).matrix, most=2)
    assert sorted(entry.name[0] for entry in kept) == ["a", "b"]
    assert kept[1].explained > 0.9
    assert kept[0].explained < kept[1].explained


def test_the_explained_share_is_that_of_least_squares_on_ranks(table: pd.DataFrame) -> None:
    kept = informative(agreement(table).matrix, most=2)
    ranks = table.rank().to_numpy() - (len(table) + 1) / 2
    chosen = ranks[:, [table.columns.get_loc(entry.name) for entry in kept]]
    left = ranks - chosen @ np.linalg.lstsq(chosen, ranks, rcond=None)[0]
    assert kept[-1].explained == approx(float((1 - (left**2).sum(0) / (ranks**2).sum(0)).mean()))


def test_selection_stops_when_nothing_is_left_to_explain() -> None:
    column = np.arange(10.0)
    kept = informative(agreement(pd.DataFrame({"x": column, "y": column**3, "z": -column})).matrix)
    assert [(entry.name, entry.explained) for entry in kept] == [("x", approx(1.0))]


def test_constant_and_mostly_unmeasured_metrics_are_left_out_with_the_reason(table: pd.DataFrame) -> None:
    rare = [1.0, 2.0, *[np.nan] * 58]
    result = agreement(table.assign(same=1.0, rare=rare))
    assert result.left_out == {"same": "the same for all subsets", "rare": "measured on 2 of 60 subsets"}
    assert "same" not in result.matrix


def test_too_few_subsets_or_metrics_are_refused(table: pd.DataFrame) -> None:
    with raises(InputError, match="3 subsets"):
        agreement(table.head(3))
    with raises(InputError):
        agreement(table[["a.one"]])
    with raises(InputError):
        agreement(pd.DataFrame())


def test_orders_of_none_one_and_two() -> None:
    assert [clustered_order(np.eye(count)) for count in (0, 1, 2)] == [[], [0], [0, 1]]


def test_figures_name_metrics_and_sources_safely(table: pd.DataFrame) -> None:
    matrix = agreement(table).matrix
    figure = agreement_map(matrix, titles=["<b>x</b>", *matrix.index[1:]], kept=[matrix.index[0]])
    assert figure.layout.yaxis.ticktext[0] == "● &lt;b&gt;x&lt;/b&gt;"
    apart = np.array([[0, 0.9, 0.1], [0.9, 0, 0.8], [0.1, 0.8, 0]])
    frame = divergence_frame(["<i>", "y", "z"], apart)
    assert abs(list(frame.index).index("<i>") - list(frame.index).index("z")) == 1
    assert frame.loc["<i>", "y"] == 0.9
    assert "&lt;i&gt;" in divergence_map(frame).layout.yaxis.ticktext


def test_measured_values_have_a_line_a_set_of_rows_and_take_logged_ones_in(tmp_path: Path) -> None:
    subsets = seeded.subsets(tmp_path)
    workspace = Workspace(tmp_path)
    values = measured_values(workspace, subsets, logged=False)
    assert sorted(values.index) == sorted({subset.digest for subset in subsets})
    assert "response.ie@mistral-32k" in values and not set(values) & set(FACTS)
    far = LoggedSubset(digest="f" * 16, name="far", size=9, metrics={"response.ie@mistral-32k": 1.5})
    ledger.append(workspace, [far], title="one")
    assert "f" * 16 not in measured_values(workspace, subsets, logged=False).index
    joined = measured_values(workspace, subsets, logged=True)
    assert joined.loc["f" * 16, "response.ie@mistral-32k"] == 1.5
    assert joined.loc[values.index, "response.ie@mistral-32k"].tolist() == values["response.ie@mistral-32k"].tolist()
