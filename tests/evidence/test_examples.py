"""Evidence that comes along: RegMix gives its known figures on Compare's own path, and nothing reaches the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from core.errors import InputError, WorkspaceError
from core.evidence import examples
from core.evidence.correlations import point_estimates
from core.evidence.entries import LoggedSubset, Origin, Run, Score, to_record
from core.evidence.mixture_entries import ALL_DOMAINS, SHARE_OF, SOURCE_ENTROPY
from core.evidence.partial import partial_correlations
from core.settings import PROJECT_ROOT
from core.workbench.inspections.evidence import load_evidence
from core.workspace.artefacts import Workspace

ENTROPY = {
    ("1M parameters", ALL_DOMAINS): (512, -0.828, None),
    ("60M parameters", ALL_DOMAINS): (256, -0.828, None),
    ("1B parameters", ALL_DOMAINS): (64, -0.555, None),
    ("1M parameters", "pile_cc"): (512, -0.301, -0.368),
    ("60M parameters", "pile_cc"): (256, -0.249, -0.317),
    ("1B parameters", "pile_cc"): (64, 0.156, -0.388),
}


def test_the_correlations_of_the_regmix_example_are_those_that_are_known_and_the_sign_turns(
    workspace: Workspace,
) -> None:
    evidence = load_evidence(workspace, example="regmix")
    assert evidence.directions[SOURCE_ENTROPY] == 1
    by = ["model", "benchmark"]
    plain = point_estimates(evidence.frame, evidence.metrics).set_index([*by, "metric"])
    partial = partial_correlations(
        evidence.frame, [SOURCE_ENTROPY], controls=[SHARE_OF.format("pile_cc")], ranks=True
    ).set_index(by)
    for group, (runs, spearman, held) in ENTROPY.items():
        row = plain.loc[(*group, SOURCE_ENTROPY)]
        assert row["n"] == row["subsets"] == runs
        assert row["spearman"] == pytest.approx(spearman, abs=0.001)
        assert partial.loc[group, "plain"] == pytest.approx(row["spearman"], abs=1e-9)
        if held is not None:
            assert partial.loc[group, "partial"] == pytest.approx(held, abs=0.001)
    assert plain.groupby("model")["n"].first().sum() == 832


def test_an_example_writes_nothing_and_has_nothing_to_take_back(workspace: Workspace) -> None:
    evidence = load_evidence(workspace, example="regmix")
    assert len(evidence.frame) == 832 * 14
    assert evidence.ledger.batches == ()
    assert workspace.keys("ledger") == []
    assert len(load_evidence(workspace).frame) == 0


def test_a_measured_series_opens_where_its_file_is_and_is_hidden_where_it_is_not(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "series"
    regmix, series = examples.EXAMPLES
    monkeypatch.setattr(examples, "EXAMPLES", (regmix, replace(series, folder=folder)))
    assert list(examples.examples()) == ["regmix"]
    with pytest.raises(InputError, match="no example 'measured-series'"):
        load_evidence(workspace, example="measured-series")
    folder.mkdir()
    assert list(examples.examples()) == ["regmix"]
    lines = []
    for number in range(4):
        run = Run(label=f"run {number}", subset=f"{number:016x}", model="tiny", seed=0)
        metrics = {"response.ie@mistral-32k": float(number)}
        lines.append(LoggedSubset(digest=run.subset, name=f"member {number}", level=25.0 * number, series="s",
                                  metrics=metrics, origin=Origin(reader="measured")))  # fmt: skip
        lines.append(Score(run=run, benchmark="holdout", measure="nll", value=3.0 - number, direction=-1))
    path = folder / examples.ENTRIES
    path.write_bytes(b"\n".join(orjson.dumps(to_record(line)) for line in lines) + b"\n")
    evidence = load_evidence(workspace, example="measured-series")
    assert list(evidence.frame["score"]) == [3.0, 2.0, 1.0, 0.0]
    assert len(evidence.levelled) == 4
    estimate = point_estimates(evidence.frame, evidence.metrics).iloc[0]
    assert estimate["spearman"] == pytest.approx(-1)
    path.write_bytes(b'{"kind": "score", "value"')
    with pytest.raises(WorkspaceError, match="damaged"):
        load_evidence(workspace, example="measured-series")


def test_the_measured_series_that_comes_along_says_what_the_readme_says(workspace: Workspace) -> None:
    evidence = load_evidence(workspace, example="measured-series")
    frame = evidence.frame[
        (evidence.frame["benchmark"] == "holdout, all tokens") & (evidence.frame["measure"] == "nll per response token")
    ]
    assert len(frame) == 45 and frame["proxy"].all()
    (series,) = [example for example in examples.EXAMPLES if example.name == "measured-series"]
    assert examples.facts_of(series.entries) == "49 data sets · 45 runs · 1,260 scores"
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    for strategy, label in (("micro", "micro, response"), ("macro", "macro, instruction")):
        means = frame[frame["strategy"] == strategy].groupby("level")["score"].mean()
        assert len(means) == 7
        cells = " | ".join(f"{mean:.3f}" for mean in means)
        assert f"| {label} | {cells} |" in readme
    random = frame[frame["strategy"] == "random"]["score"]
    assert f"{random.mean():.3f} ({random.min():.3f} to {random.max():.3f})" in readme
