"""Corpora of known diversity: turning one knob changes nothing else, and metrics follow what they say they follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import InputError
from core.jobs import job_names
from core.jobs.task import resolve
from core.metrics.registry import metrics
from core.trial.known_diversity import KNOBS, MOST_CLUSTERS, Setting, reference_view, simulated_view
from core.workbench.inspections import simulation
from core.workbench.inspections.simulation import FALLS, FLAT, MIXED, RISES, behaviour, curves, lacking, load
from core.workspace.artefacts import Workspace

FEW = ["ie", "novelsum", "ed", "ttr", "sl", "rows", "vendi", "distinct_n"]


def test_a_larger_corpus_begins_with_a_smaller_one_and_a_longer_row_with_a_shorter_one() -> None:
    base = Setting(rows=128)
    view = simulated_view(base, seed=3)
    more = simulated_view(Setting(rows=512), seed=3)
    assert more.text[:128] == view.text
    np.testing.assert_array_equal(more.embeddings[:128], view.embeddings)
    longer = simulated_view(Setting(rows=128, length=120), seed=3)
    assert all(long.startswith(f"{short} ") for long, short in zip(longer.text, view.text))
    np.testing.assert_array_equal(longer.embeddings, view.embeddings)
    assert simulated_view(base, seed=4).text != view.text
    assert simulated_view(base, seed=3).text == view.text


def test_each_knob_does_what_its_name_says_and_leaves_size_and_length() -> None:
    base = Setting(rows=128)
    for knob in KNOBS:
        for value in knob.values:
            view = simulated_view(knob.setting(value, base=base), seed=0)
            assert len(view) == (round(128 * value) if knob.knob == "rows" else 128)
            assert set(view.tokens.lengths) == {int(value) if knob.knob == "length" else base.length}
            if knob.knob == "clusters":
                assert set(view.clusters) == set(range(int(value)))
                assert np.ptp(np.bincount(view.clusters)) <= 1
            if knob.knob == "distinct":
                assert len(set(view.text)) == round(128 * value)
                assert len(np.unique(view.embeddings, axis=0)) == round(128 * value)
    apart = [_within(simulated_view(Setting(rows=128, width=width), seed=0)) for width in (0.05, 0.25, 1.0)]
    assert apart == sorted(apart)
    assert set(reference_view(base, seed=0).clusters) == set(range(MOST_CLUSTERS))


def _within(view: object) -> float:
    """Mean distance of a row to its cluster's centre."""
    vectors, clusters = view.embeddings, view.clusters
    return float(np.mean([np.linalg.norm(vectors[clusters == c] - vectors[clusters == c].mean(axis=0), axis=1).mean()
                          for c in set(clusters)]))  # fmt: skip


def readings_of(**knobs: list[float]) -> pd.DataFrame:
    """Readings of the metric "ie" with these means over each knob's steps, three seeds one hundredth apart."""
    return pd.DataFrame(
        [
            {"metric": "ie", "knob": knob.knob, "step": step, "seed": seed, "value": value + 0.01 * (seed - 1),
             "why": ""}
            for knob in KNOBS
            for step, value in zip(knob.values, knobs.get(knob.knob, [1.0] * len(knob.values)), strict=True)
            for seed in range(3)
        ]
    )  # fmt: skip


def test_verdicts_of_curves_that_were_written_by_hand() -> None:
    up, down = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    row = behaviour(readings_of(clusters=up, width=down, distinct=[1, 6, 2, 5, 3, 4])).iloc[0]
    assert (row["clusters"], row["width"], row["distinct"]) == (RISES, FALLS, MIXED)
    assert (row["rows"], row["length"]) == (FLAT, FLAT)
    assert row["verdict"] == "monotone in clusters"
    row = behaviour(readings_of(clusters=up, width=up, distinct=up, rows=[1.0, 1.5, 2.0, 2.5, 3.0])).iloc[0]
    assert row["by_size"] == pytest.approx(2 / 5)
    assert row["verdict"] == "monotone in all three knobs; follows size"
    assert row["unsaid"] == ""
    row = behaviour(readings_of(length=[1.0, 1.5, 2.0, 2.5, 3.0])).iloc[0]
    assert row["verdict"] == "follows length only"
    assert np.isinf(row["by_length"])
    # A trend that is smaller than what seeds differ by is none.
    assert behaviour(readings_of(clusters=[1.0, 1.002, 1.004, 1.006, 1.008, 1.01])).iloc[0]["clusters"] == FLAT
    gaps = readings_of(clusters=up)
    gaps.loc[(gaps["knob"] == "clusters") & (gaps["step"] < 8), "value"] = np.nan
    assert behaviour(gaps).iloc[0]["clusters"] == simulation.UNDEFINED


def test_metrics_move_as_their_definitions_say(workspace: Workspace) -> None:
    request = {"rows": 128, "seeds": 2, "metrics": FEW}
    done = resolve(job_names.SIMULATE)(workspace, request, lambda *told: None)
    assert done["corpora"] == 2 * sum(len(knob.values) for knob in KNOBS)
    readings = load(workspace, request)
    moved = behaviour(readings).set_index("metric")
    assert moved.loc["novelsum", "monotone"] == 3
    assert moved.loc["ed", ["clusters", "width", "distinct"]].tolist() == [RISES, RISES, FLAT]  # copies keep the mean
    assert moved.loc["ttr", ["clusters", "width"]].tolist() == [FLAT, RISES]  # reads one row at a time
    assert moved.loc["sl", "verdict"] == "follows length only"
    assert moved.loc["rows", "verdict"] == "follows size only"
    assert (moved["unsaid"] == "").all(), moved["unsaid"].to_dict()
    # The mean over seeds is that of a slow loop.
    table = curves(readings).set_index(["metric", "knob", "step"])
    values = readings[(readings["metric"] == "ie") & (readings["knob"] == "rows") & (readings["step"] == 2.0)]["value"]
    assert table.loc[("ie", "rows", 2.0), "value"] == pytest.approx(sum(values) / 2)
    assert load(workspace, {**request, "seed": 1}) is None


def test_a_stopped_simulation_goes_on_and_gives_the_same(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"rows": 128, "seeds": 2, "metrics": ["ie", "knn"]}

    def stop(done: float, total: float, note: str = "") -> None:
        if done >= 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulation.run(workspace, request, stop)
    assert load(workspace, request) is None
    measured: list[str] = []
    before = simulation.measure
    with monkeypatch.context() as patched:
        patched.setattr(simulation, "measure", lambda name, at: measured.append(name) or before(name, at))
        simulation.run(workspace, request)
    steps = [(seed, knob.setting(value, base=Setting(rows=128)))
             for seed in range(2) for knob in KNOBS for value in knob.values]  # fmt: skip
    assert len(measured) == 2 * len({step for step in steps if step not in steps[:30]})
    other = Workspace(tmp_path / "other")
    simulation.run(other, request)
    pd.testing.assert_frame_equal(load(workspace, request), load(other, request))


def test_what_simulated_rows_lack_is_named() -> None:
    left_out = [name for name, chosen in metrics().items() if lacking(chosen)]
    assert left_out == ["pos_templates"]
    with pytest.raises(InputError, match="words of English"):
        simulation.request_key({"metrics": ["pos_templates"]})
    with pytest.raises(InputError, match="two seeds"):
        simulation.request_key({"seeds": 1})


def test_the_command_prints_the_verdicts_and_writes_the_readings(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "readings.csv"
    asked = ["simulate", "--metric", "rows", "--metric", "ie", "--rows", "128", "--seeds", "2", "--csv", str(out)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "56 corpora of 128 rows, 2 seeds a step" in said
    line = next(line for line in said.splitlines() if line.startswith("rows "))
    assert line.split()[-3:] == ["follows", "size", "only"]
    table = pd.read_csv(out)
    assert len(table) == 2 * 56
    assert set(table.loc[(table["metric"] == "rows") & (table["knob"] == "rows"), "value"]) == {32, 64, 128, 256, 512}
