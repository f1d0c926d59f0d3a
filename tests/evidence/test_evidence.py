"""What the Compare page looks at, and the report that it offers, made from a scored series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evidence import ledger
from core.evidence.correlations import point_estimates
from core.evidence.entries import LoggedSubset, Run, Score
from core.evidence.observations import observe
from core.workbench.inspections import comparison
from core.workbench.inspections.evidence import Evidence, fingerprint
from core.workbench.inspections.evidence_report import evidence_report, evidence_tables
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from tests.evidence import seeded


def evidence_of(home: Path) -> Evidence:
    workspace = Workspace(home)
    subsets = list_subsets(workspace)
    readings, logged = comparison.readings_table(workspace, subsets), ledger.read(workspace)
    seen = observe(readings=readings, scores=logged.scores(), logged=logged.subsets())
    return Evidence(workspace=workspace, subsets=subsets, readings=readings, ledger=logged, seen=seen)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """A scored series of seven subsets, a length without a direction, and a dataset that nobody measured."""
    home = tmp_path_factory.mktemp("home")
    first = seeded.scored(home)[0]
    unmeasured = LoggedSubset(digest=LoggedSubset.unseen("far"), name="far", size=9)
    run = Run(label="far", subset=unmeasured.digest)
    aside = Run(label=first.name, subset=first.digest)
    entries = [
        unmeasured,
        Score(run=run, benchmark="Arena-Hard", measure="win rate", value=50.0, unit="%"),
        Score(run=aside, benchmark="Arena-Hard", measure="length", value=300.0, direction=0),
    ]
    ledger.append(Workspace(home), entries, title="more")
    return evidence_of(home)


def test_views_see_directed_scores_of_measured_datasets_and_the_notes_count_the_rest(scored: Evidence) -> None:
    distinct = {subset.digest for subset in scored.subsets}
    assert set(scored.frame["subset"]) == distinct and set(scored.frame["direction"]) == {1}
    assert set(scored.levelled["subset"]) == distinct
    assert scored.notes == ["1 of them are of datasets without any metric"]


def test_metrics_are_those_that_differ_the_responses_first(scored: Evidence) -> None:
    slow = [name for name in scored.seen.metrics if len(set(scored.frame[name].dropna())) > 1]
    assert sorted(scored.metrics) == sorted(slow)
    assert scored.metrics[0] == "response.ie@mistral-32k"
    components = [name.split(".")[0] for name in scored.metrics]
    assert components == sorted(components, key=lambda component: component != "response")
    assert scored.directions["response.ie@mistral-32k"] == 1


def test_a_name_that_two_datasets_have_is_offered_with_its_digest(tmp_path: Path) -> None:
    subsets = seeded.subsets(tmp_path, measured=False)
    other = LoggedSubset(digest="f" * 16, name=subsets[0].name)
    ledger.append(Workspace(tmp_path), [other], title="a second of that name")
    choices = evidence_of(tmp_path).choices
    same = {name: digest for name, digest in choices.items() if name.startswith(subsets[0].name)}
    assert same == {
        f"{subsets[0].name} · {subsets[0].digest[:6]}": subsets[0].digest,
        f"{subsets[0].name} · ffffff": "f" * 16,
    }
    assert choices[subsets[3].name] == subsets[3].digest


def test_the_fingerprint_follows_the_ledger_and_the_readings(tmp_path: Path) -> None:
    readings = pd.DataFrame({"name": ["a"], "level": [np.nan], "response.ie": [1.0]})
    workspace = Workspace(tmp_path)
    before = fingerprint(workspace, readings)
    assert before == fingerprint(workspace, readings.copy())
    assert before != fingerprint(workspace, readings.assign(level=5.0))
    ledger.append(workspace, [LoggedSubset(digest="f" * 16, name="x")], title="one")
    assert before != fingerprint(workspace, readings)


def test_the_report_holds_every_section_and_takes_intervals_where_there_are_some(scored: Evidence) -> None:
    tables = evidence_tables(scored, None)
    pd.testing.assert_frame_equal(tables["correlations"], point_estimates(scored.frame, scored.metrics))
    given = tables["correlations"].assign(note="given")
    assert (evidence_tables(scored, given)["correlations"]["note"] == "given").all()
    report = evidence_report(scored, None)
    headings = [part.split("</h2>")[0] for part in report.split("<h2>")[1:]]
    assert headings == [
        "What this is about", "Correlations", "Scores against metrics", "Score over the scale",
        "Which metric would have picked the best subset", "Decision accuracy", "Scores", "Subsets",
    ]  # fmt: skip
    assert report.count('<figure id="figure-') >= 1 + 6 + 2  # heat map, scatters, slopes and a panel a benchmark
    assert "far" in report


def test_a_report_of_nothing_says_how_little_there_is(tmp_path: Path) -> None:
    evidence = evidence_of(tmp_path)
    assert set(evidence_tables(evidence, None)) == {"scores", "subsets", "logged datasets", "observations"}
    assert "0 saved subsets, 0 scores." in evidence_report(evidence, None)
