"""The figures on the cards of strategies, counted anew from the files that they were copied from."""

from __future__ import annotations

import csv

from core.evidence.findings import mig_table
from core.evidence.findings.cards import card_of
from tests.benchmarks.real_files import REAL_DATA

SCORES = REAL_DATA / "scores"


def test_the_table_of_mig_is_as_it_was_copied() -> None:
    path = SCORES / "mig_2504_13835_table1.csv"
    with path.open(encoding="utf-8") as file:
        rows = {(row["base_model"], row["method"]): float(row["Avg"]) for row in csv.DictReader(file)}
    pool = {key for key in rows if key[1] == "Pool"}
    names = {"Llama3.1-8B": "Llama-3.1-8B"}
    copied = {(names.get(model, model), method): value for (model, method), value in rows.items()}
    ours = {
        (model, method): value for model, averages in mig_table.AVERAGE.items() for method, value in averages.items()
    }
    assert ours == {key: value for key, value in copied.items() if key[1] != "Pool"}
    assert len(pool) == 2


def test_k_center_is_above_random_as_often_as_its_card_says() -> None:
    path = SCORES / "diverseevol_gpt4_judge_scores.csv"
    scores: dict[tuple[str, str, str], dict[str, float]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["round"] not in ("", "0"):
                place = (row["pool"], row["round"], row["test_set"])
                scores.setdefault(place, {})[row["strategy"]] = float(row["relative_score"])
    above = sum(values["kcenter"] > values["random"] for values in scores.values())
    (said,) = [item.text for item in card_of("kcenter").speaks_for]
    assert f"Of {len(scores)} comparisons" in said
    assert f"above in {above}." in said
