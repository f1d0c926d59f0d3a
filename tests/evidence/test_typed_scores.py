"""What a person types into the tables of the Compare page becomes ledger entries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evidence.entries import LoggedSubset, Series
from core.evidence.matching import Known
from core.evidence.typed_scores import NUMBERS, TEXTS, TypedRun, named_lines, seed_of, typed_datasets, typed_scores

RUN = TypedRun(benchmark=" Arena-Hard ", measure=" ", judge="gpt ", model=" base", seed=3, unit="%", direction=-1)


def test_lines_with_a_score_become_scores_and_share_the_run() -> None:
    table = pd.DataFrame(
        {"name": ["a", "b", "c"], "subset": ["1" * 16, "2" * 16, "3" * 16], "score": [50.0, np.nan, 52.0],
         "stderr": [np.nan, 1.0, 0.5]}
    )  # fmt: skip
    first, last = typed_scores(table, RUN)
    assert (first.run.label, first.run.subset, first.value, first.stderr) == ("a", "1" * 16, 50.0, None)
    assert (last.run.label, last.value, last.stderr) == ("c", 52.0, 0.5)
    assert (first.benchmark, first.measure, first.judge, first.run.model, first.run.seed, first.unit, first.direction) \
        == ("Arena-Hard", "score", "gpt", "base", 3, "%", -1)  # fmt: skip
    assert first.origin.reader == "by hand"


def test_without_a_benchmark_nothing_is_logged() -> None:
    with pytest.raises(InputError, match="Name the benchmark"):
        TypedRun(benchmark="  ").score(label="a", subset="1" * 16, value=1.0, stderr=None)


def typed(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    blank = {name: [None] * count for name in TEXTS} | {name: [np.nan] * count for name in (*NUMBERS, "both.vendi")}
    return pd.DataFrame({**blank, **columns})


def test_datasets_that_are_not_here_carry_what_is_known_of_them() -> None:
    table = typed(
        name=["Tulu 3", "  ", None, "mine.json"], series=["tulu", None, None, None], strategy=["sft", None, None, None],
        component=["both", None, None, None], size=[1000.0, np.nan, 5.0, np.nan], level=[50.0, np.nan, np.nan, np.nan],
        score=[60.0, 1.0, 2.0, np.nan], **{"both.vendi": [12.5, np.nan, np.nan, np.nan]},
    )  # fmt: skip
    assert named_lines(table)["name"].tolist() == ["Tulu 3", "mine.json"]
    known = [Known(name="mine.json", digest="d" * 16), Known(name="mine.json", digest="e" * 16)]
    scores, entries = typed_datasets(table, RUN, metrics=["both.vendi"], known=known)
    series, tulu, mine = entries
    assert series == Series(pool="tulu", strategy="sft", component="both", size=1000)
    assert tulu == LoggedSubset(
        digest=LoggedSubset.unseen("Tulu 3"), name="Tulu 3", series=series.key, level=50.0, size=1000,
        component="both", strategy="sft", metrics={"both.vendi": 12.5},
    )  # fmt: skip
    assert mine == LoggedSubset(digest="d" * 16, name="mine.json")  # measured from its file: known by its rows
    assert [(score.run.label, score.run.subset, score.value) for score in scores] == [("Tulu 3", tulu.digest, 60.0)]


@pytest.mark.parametrize(("text", "seed"), [("", None), (" 7 ", 7), ("-1", -1)])
def test_a_seed_is_a_whole_number_or_nothing(text: str, seed: int | None) -> None:
    assert seed_of(text) == seed


@pytest.mark.parametrize("text", ["1.5", "--5", "²", "seven", "9" * 30])
def test_any_other_seed_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="whole number"):
        seed_of(text)
