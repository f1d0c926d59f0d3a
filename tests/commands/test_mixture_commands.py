"""Runs on mixtures on the command line: from tables into the ledger and out again, and from saved subsets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.corpus.store import open_corpus
from core.evidence import examples, ledger
from core.evidence.entries import Run, Score
from core.progress import silent
from core.workbench.inspections.evidence import load_evidence
from core.workbench.inspections.source_shares import source_columns, source_shares
from core.workbench.studies.study import Study
from core.workbench.studies.study_run import keep_study, run_study
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from tests.evidence import seeded


def test_tables_are_logged_fitted_and_written_again_to_the_digit(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(0)
    shares = generator.dirichlet(np.ones(3), 30)
    ratios = pd.DataFrame(shares, columns=["web", "code", "books"]).rename_axis("index").reset_index()
    metrics = pd.DataFrame({"index": range(30), "loss": 2 + np.exp(-2 * shares[:, 1])})
    paths = [tmp_path / "shares.csv", tmp_path / "losses.csv"]
    ratios.to_csv(paths[0], index=False)
    metrics.to_csv(paths[1], index=False)
    asked = ["mixture", *map(str, paths), "--target", "loss"]
    assert main([*asked, "--log", "small"]) == 0
    assert "30 scores logged" in capsys.readouterr().out
    assert main([*asked, "--log", "small"]) == 0
    assert "0 scores logged, 30 were there already" in capsys.readouterr().out
    written = [tmp_path / "back-shares.csv", tmp_path / "back-losses.csv"]
    again = ["mixture", "--saved", "logged", "--target", "loss", "--optimum", "--draws", "5"]
    assert main([*again, "--write-runs", *map(str, written)]) == 0
    said = capsys.readouterr().out
    assert "30 runs" in said
    assert float(said.split("fitted without the run: ")[1].split()[0]) > 0.99
    assert said.index("code") < said.index("web")
    tables = [pd.read_csv(path).set_index("index").sort_index() for path in written]
    order = [f"shares {number}" for number in range(30)]
    np.testing.assert_array_equal(tables[0].loc[order, ["web", "code", "books"]].to_numpy(), shares)
    np.testing.assert_array_equal(tables[1].loc[order, "loss"].to_numpy(), metrics["loss"].to_numpy())
    assert main(["mixture", "--saved", "logged", "--log", "x"]) == 1
    assert "two tables" in capsys.readouterr().err


def test_saved_subsets_are_runs_by_their_shares_of_a_column(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = seeded.scored(workspace.home)
    columns = source_columns(workspace, saved)
    column = columns[0]
    shares = source_shares(workspace, saved, column)
    subset = saved[2]
    corpus_values = _values(workspace, subset, column)
    for value, share in shares.loc[subset.digest].items():
        assert share == pytest.approx(corpus_values.count(value) / len(corpus_values))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    few = source_shares(workspace, saved, column, most=2)
    assert list(few.columns)[-1] == "others"
    np.testing.assert_allclose(few.sum(axis=1), 1.0)
    assert main(["mixture", "--saved", column, "--optimum", "--draws", "5"]) == 0
    said = capsys.readouterr().out
    assert f"{shares.shape[1]} sources, 7 runs" in said
    assert "Nothing is claimed: 7 runs" in said
    assert main(["mixture", "--saved", "nothing"]) == 1
    assert "No scored subset has shares" in capsys.readouterr().err


def _values(workspace: Workspace, subset: Subset, column: str) -> list[str]:
    corpus = open_corpus(workspace, subset.recipe.corpus)
    return [str(value) for value in corpus.column(column)[corpus.positions_of(subset.ids)]]


def test_evidence_leaves_as_a_file_that_opens_as_an_example_with_the_same_numbers(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = seeded.scored(workspace.home)
    stranger = Run(label="somebody's", model="base", seed=0)
    ledger.append(workspace, [Score(run=stranger, benchmark="b", measure="m", value=1.0)], title="unmatched")
    folder = tmp_path / "series"
    assert main(["scores", "export", str(folder / examples.ENTRIES)]) == 0
    assert "7 data sets" in capsys.readouterr().out
    regmix, series = examples.EXAMPLES
    monkeypatch.setattr(examples, "EXAMPLES", (regmix, replace(series, folder=folder)))
    own, opened = load_evidence(workspace), load_evidence(workspace, example="measured-series")
    assert opened.metrics == own.metrics
    columns = ["subset", "name", "level", "size", "strategy", "component", "score", "seed", "benchmark", *own.metrics]
    pd.testing.assert_frame_equal(opened.frame[columns], own.frame[columns])
    assert opened.frame["series"].nunique() == own.frame["series"].nunique() == 1
    study = Study(
        name="Mine", corpus=saved[0].recipe.corpus, strategies=("length",), sizes=(20,), levels=2, random=False
    )
    keep_study(workspace, study)
    run_study(workspace, study, silent)
    assert main(["scores", "export", str(tmp_path / "mine.jsonl"), "--study", "Mine"]) == 0
    assert capsys.readouterr().out.split("  ")[1] == "2 data sets · 0 runs · 0 scores"
    assert main(["scores", "export", str(folder / "x.jsonl"), "--study", "none"]) == 1
    assert "No saved subset is of a study 'none'" in capsys.readouterr().err
    assert not (folder / "x.jsonl").exists()
