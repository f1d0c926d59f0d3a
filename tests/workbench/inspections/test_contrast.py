"""A against B, against textbook tests and slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from core.figures.contrast import gap_bars, shift_bars
from core.metrics.metric import Measuring
from core.metrics.registry import measure, metric
from core.view import TypeRows
from core.workbench.build import build
from core.workbench.inspections.contrast import (
    groupings,
    metric_gaps,
    of_lengths,
    of_words,
    shifts,
    sides,
    surprise,
)
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from tests.corpora import corpus_of, records

BAND = {"low": 2, "high": 60}


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_the_surprise_is_the_g_test_of_the_two_by_two_table(total_a: int, total_b: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, total_a)), data.draw(st.integers(0, total_b))
    ratio, z, p = surprise(np.array([a]), np.array([b]), total_a=total_a, total_b=total_b)
    if a + b in (0, total_a + total_b):
        assert ratio[0] == pytest.approx(0, abs=1e-9) and z[0] == 0
        return
    slow = stats.chi2_contingency([[a, b], [total_a - a, total_b - b]], correction=False, lambda_="log-likelihood")
    assert abs(ratio[0]) == pytest.approx(slow.statistic, abs=1e-9)
    assert p[0] == pytest.approx(slow.pvalue)
    assert np.sign(ratio[0]) == np.sign(a / total_a - b / total_b)
    pooled = (a + b) / (total_a + total_b)
    error = (pooled * (1 - pooled) * (1 / total_a + 1 / total_b)) ** 0.5
    assert z[0] == pytest.approx((a / total_a - b / total_b) / error)


def test_shifts_rank_what_changed_before_what_did_not() -> None:
    labels = ["poem"] * 50 + ["note"] * 50 + ["list"] * 10
    a = np.arange(0, 60)  # 50 poems, 10 notes
    b = np.arange(40, 110)  # 10 poems, 50 notes, 10 lists
    table = shifts({"category": of_words(np.array(labels, dtype=object))}, a=a, b=b)
    assert table["value"].tolist()[0] == "poem"
    line = table.set_index("value").loc["poem"]
    assert (line.rows_a, line.rows_b) == (50, 10)
    assert line.surprise > 0 > table.set_index("value").loc["note"].surprise
    assert (table["q"] >= table["p"] - 1e-12).all()


def test_a_row_with_several_tags_counts_once_for_each() -> None:
    types = TypeRows(sparse.csr_matrix(np.array([[1, 1], [1, 0], [0, 1], [0, 0]])), ["x", "y"])
    table = shifts({"tag": types}, a=np.array([0, 1]), b=np.array([2, 3])).set_index("value")
    assert (table.loc["x"].rows_a, table.loc["x"].rows_b) == (2, 0)
    assert (table.loc["y"].rows_a, table.loc["y"].rows_b) == (1, 1)
    assert table.loc["y"].surprise == 0


def test_nothing_to_group_by_gives_an_empty_table() -> None:
    assert len(shifts({}, a=np.arange(3), b=np.arange(3))) == 0


@settings(max_examples=40)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=60))
def test_every_length_lies_in_the_tenth_that_its_name_says(lengths: list[int]) -> None:
    types = of_lengths(np.array(lengths), unit="tokens")
    for row, length in enumerate(lengths):
        (place,) = types.matrix[row].indices
        ends = types.names[place].removesuffix(" tokens").replace(",", "").split("–")
        assert int(ends[0]) <= length <= int(ends[-1])


def test_sides_keep_each_order_and_share_no_row() -> None:
    a, b = np.array([9, 3, 5], np.uint64), np.array([5, 7, 9], np.uint64)
    result = sides(a, b)
    assert result.only_a.tolist() == [3]
    assert result.only_b.tolist() == [7]
    assert result.both.tolist() == [5, 9]
    assert result.jaccard == pytest.approx(2 / 4)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    base = Recipe(corpus=corpus.id, choice=BAND, strategy="micro", parameters=BAND, size=40)
    return workspace, corpus, base


def test_metric_gaps_are_b_minus_a_and_nothing_where_they_are_the_same(made) -> None:
    workspace, _, base = made
    a = build(workspace, base)
    b = build(workspace, Recipe.of({**base.as_dict(), "strategy": "random", "parameters": {}}))
    measurer = Measurer(a.corpus_view, "response")
    names = ["ie", "sl"]
    table = metric_gaps(measurer, names, a=a.answer.rows, b=b.answer.rows).set_index("metric")
    for name in names:
        ours, theirs = (
            measure(
                name,
                Measuring(
                    view=a.corpus_view.pool.take(np.sort(built.answer.rows)),
                    reference=a.corpus_view.pool,
                    parameters=measurer.parameters(name),
                ),
            ).value
            for built in (a, b)
        )
        assert table.loc[name].gap == pytest.approx(theirs - ours)
        assert table.loc[name].low < table.loc[name].gap < table.loc[name].high
    same = metric_gaps(measurer, ["ie"], a=a.answer.rows, b=a.answer.rows).iloc[0]
    assert same.gap == same.low == same.high == 0
    assert gap_bars(table.reset_index()).data


def test_the_interval_is_about_two_standard_errors_of_a_mean(made) -> None:
    # The mean length is a metric whose sampling error is known.
    workspace, _, base = made
    corpus_view = build(workspace, base).corpus_view
    measurer = Measurer(corpus_view, "response")
    rows = np.arange(len(corpus_view.pool))
    line = metric_gaps(measurer, ["sl"], a=rows[:100], b=rows[100:200]).iloc[0]
    lengths = np.asarray(corpus_view.pool.tokens.lengths)
    error = np.sqrt(lengths[:100].var(ddof=1) / 100 + lengths[100:200].var(ddof=1) / 100)
    assert (line.high - line.low) / 2 / error == pytest.approx(2.09, rel=0.4)


def test_groupings_name_what_the_corpus_has(made) -> None:
    workspace, corpus, base = made
    result = groupings(build(workspace, base).corpus_view)
    assert {"category", "length"} <= set(result)
    assert all(types.matrix.shape[0] == len(corpus) for types in result.values())
    table = shifts(result, a=np.arange(30), b=np.arange(30, 90))
    assert shift_bars(table, a="one", b="<b>two").data


def test_the_metrics_of_all_halves_are_those_measured_one_metric_after_another(made) -> None:
    # A is larger than B, so that metrics that depend on size are read at B's size.
    workspace, _, base = made
    view = build(workspace, base).corpus_view
    measurer = Measurer(view, "response")
    generator = np.random.default_rng(0)
    a, b = (np.sort(generator.permutation(len(view.pool))[:size]) for size in (90, 40))
    table = metric_gaps(measurer, ["ie", "sl"], a=a, b=b).set_index("metric")

    generator = np.random.default_rng(0)
    thin, union = np.sort(generator.permutation(a)[: len(b)]), np.union1d(a, b)
    halves = [set(generator.permutation(union)[: len(union) // 2].tolist()) for _ in range(20)]
    for name, ours in (("ie", thin), ("sl", a)):
        gaps = []
        for half in halves:
            first, second = ([row for row in side.tolist() if row in half] for side in (ours, b))
            cut = min(len(first), len(second)) if name == "ie" else None
            values = [
                measure(
                    name,
                    Measuring(
                        view=view.pool.take(np.array(side[:cut])), reference=view.pool,
                        parameters=measurer.parameters(name),
                    ),
                ).value
                for side in (first, second)
            ]  # fmt: skip
            gaps.append(values[1] - values[0])
        reach = stats.t.ppf(0.975, 19) * np.std(gaps, ddof=1)
        assert table.loc[name].high - table.loc[name].gap == pytest.approx(reach)
    assert metric("ie").size_dependent and not metric("sl").size_dependent
