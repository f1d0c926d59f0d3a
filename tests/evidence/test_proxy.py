"""A score of a small model that stands for a larger one is marked wherever it is stored, joined, drawn or printed."""

from __future__ import annotations

import orjson
import pandas as pd

from core.evidence import ledger, views
from core.evidence.aggregation import mean_z_score
from core.evidence.entries import LoggedSubset, Run, Score, from_record, to_record
from core.evidence.observations import observe
from core.evidence.proxy import CAUTION
from core.workbench.inspections.evidence import load_evidence
from core.workbench.inspections.evidence_report import evidence_report
from core.workspace.artefacts import Workspace


def scores_of(name: str, value: float, *, proxy: bool) -> list[Score]:
    run = Run(label=name, subset=LoggedSubset.unseen(name), model="m", seed=0)
    nll = Score(run=run, benchmark="holdout", measure="nll", value=value, direction=-1, proxy=proxy)
    return [nll, Score(run=run, benchmark="AlpacaEval", measure="win rate", value=10 * value, unit="%")]


def logged(workspace: Workspace, *, proxy: bool) -> ledger.Ledger:
    names = ("a", "b", "c")
    datasets = [LoggedSubset(digest=LoggedSubset.unseen(name), name=name, metrics={"ie": len(name)}) for name in names]
    scores = [score for value, name in enumerate(names) for score in scores_of(name, float(value), proxy=proxy)]
    ledger.append(workspace, [*datasets, *scores], title="three")
    return ledger.read(workspace)


def test_the_mark_is_kept_and_an_entry_from_before_it_has_none() -> None:
    score = scores_of("a", 1.0, proxy=True)[0]
    record = orjson.loads(orjson.dumps(to_record(score)))
    assert from_record(record) == score
    del record["proxy"]
    old = from_record(record)
    assert isinstance(old, Score) and not old.proxy
    assert old.key == score.key, "the mark is no part of what a score is about"


def test_the_mark_reaches_observations_titles_means_and_the_report(workspace: Workspace) -> None:
    read = logged(workspace, proxy=True)
    assert read.scores().set_index("measure")["proxy"].groupby("measure").all().to_dict() == {
        "nll": True, "win rate": False,
    }  # fmt: skip
    frame = observe(readings=pd.DataFrame(), scores=read.scores(), logged=read.subsets()).frame
    nll, wins = frame[frame["measure"] == "nll"], frame[frame["measure"] == "win rate"]
    assert views.score_title(nll) == "holdout nll (proxy)"
    assert views.score_title(wins) == "AlpacaEval win rate (%)"
    assert views.score_title(frame.sort_values("measure")).endswith("(proxy in part)")
    apart, _ = mean_z_score(frame)  # unasked, a proxy's scores go into no mean of real ones
    assert len(apart) == 6 and apart["proxy"].sum() == 3
    combined, _ = mean_z_score(frame, within=("model",))
    assert len(combined) == 3 and combined["proxy"].all()
    evidence = load_evidence(workspace)
    assert evidence.caution == CAUTION and "DataDecide" in evidence_report(evidence, None)


def test_without_a_proxy_nothing_is_said(workspace: Workspace) -> None:
    read = logged(workspace, proxy=False)
    frame = observe(readings=pd.DataFrame(), scores=read.scores(), logged=read.subsets()).frame
    assert not frame["proxy"].any() and views.score_title(frame[:1]) == "AlpacaEval win rate (%)"
    evidence = load_evidence(workspace)
    assert evidence.caution == "" and "DataDecide" not in evidence_report(evidence, None)
