"""Tools on the evidence: the scores in a file, what is logged, and how metrics go with scores."""

from __future__ import annotations

from typing import Any

import pandas as pd

from core.errors import InputError
from core.evidence.correlations import point_estimates
from core.evidence.observations import GROUP
from core.evidence.uncertainty import load
from core.evidence.views import slopes, telling_parts
from core.mcp.answers import first
from core.mcp.paths import allowed
from core.workbench.inspections.evidence import Evidence, grouped_by, load_evidence, observations_key
from core.workspace.artefacts import Workspace

LINES = 60
SCORES = 100


def evidence_summary() -> dict[str, Any]:
    """What is logged: scores by benchmark, scored subsets with digest and metrics, slopes, and what may be claimed."""
    evidence = load_evidence(Workspace.default())
    scores, frame = evidence.ledger.scores(), evidence.frame
    benchmarks = [
        {"benchmark": benchmark, "scores": len(part), "subsets": int(part["subset"].nunique()),
         "models": sorted(set(part["model"]))[:10], "least": part["value"].min(), "most": part["value"].max()}
        for benchmark, part in scores.groupby("benchmark", sort=True)
    ]  # fmt: skip
    statistics, digest = _statistics(evidence)
    claimed = statistics[statistics["claim"].astype(bool)] if len(statistics) else statistics
    lines = slopes(evidence.levelled) if len(evidence.levelled) else pd.DataFrame()
    scored = evidence.readings[evidence.readings["subset"].isin(set(frame["subset"]))] if len(frame) else frame
    return {
        "digest": digest,
        "saved_subsets": len(evidence.subsets),
        "scores": len(scores),
        "benchmarks": first(benchmarks, LINES),
        "scored_subsets": first(
            [{"name": name, "digest": subset} for name, subset in zip(scored["name"], scored["subset"])], SCORES
        ) if len(scored) else first([], 0),
        "slopes": first(_records(lines, ["benchmark", "model", "strategy", "component", "size", "slope", "low", "high",
                                         "standing"]), LINES),
        "correlations_that_may_be_claimed": len(claimed),
        "claims_need": "six subsets of three independent series; random_band of a correlation is its interval",
        "notes": [*evidence.notes, *evidence.ledger.problems][:10],
    }  # fmt: skip


def correlate(metric: str = "", benchmark: str = "", example: str = "") -> dict[str, Any]:
    """How metrics of saved subsets correlate with logged scores, per group of comparable scores.

    metric is a name (ie) or an address (response.ie@mistral-32k). Intervals are there where they were computed; they
    take minutes: python -m core correlate --intervals. claim is false where the subsets are too few or not
    independent, and note says why: then the numbers are an illustration, not a finding. example="regmix" opens
    evidence that comes along (832 language models on mixtures of sources) in place of what is logged.
    """
    evidence = load_evidence(Workspace.default(), example=example)
    if evidence.ledger.scores().empty:
        raise InputError("No score is logged yet.", remedy="Run: python -m core scores import PATH --yes")
    if not evidence.metrics or not len(evidence.frame):
        raise InputError("No metric differs between the scored subsets.", remedy="Run: python -m core correlate")
    statistics, digest = _statistics(evidence)
    for column, wanted in (("metric", metric), ("benchmark", benchmark)):
        if wanted:
            there = statistics[column].astype(str)
            short = there.str.partition("@")[0].str.rpartition(".")[2] if column == "metric" else there
            statistics = statistics[(there == wanted) | (short == wanted)]
            if statistics.empty:
                raise InputError(
                    f"No correlation is of this {column}.", remedy=f"There are: {', '.join(sorted(set(there))[:20])}."
                )
    told = telling_parts(statistics, [name for name in (*GROUP, "proxy") if name in statistics])
    lines = [
        {
            **{name: row[name] for name in dict.fromkeys(["metric", "benchmark", *told])},
            **{name: row[name] for name in ("n", "subsets", "series", "pearson", "spearman", "kendall", "slope")},
            "random_band": _interval(row),
            "claim": bool(row["claim"]),
            "note": row["note"],
        }
        for row in statistics.to_dict("records")
    ]
    return {"digest": digest, "correlations": first(lines, LINES)}


def preview_scores(path: str) -> dict[str, Any]:
    """The scores that a file or folder under the data roots holds, as the importers read them; nothing is logged."""
    from core.evidence.score_files import read_scores

    scores = read_scores(allowed(path))
    names = ["subject", "benchmark", "measure", "value", "unit", "stderr", "model", "seed", "file"]
    return {
        "scores": first(_records(scores, names), SCORES),
        "left_out": first(list(scores.attrs.get("left_out", [])), 20),
        "notices": first([*scores.attrs.get("notices", []), *scores.attrs.get("passed_over", [])], 20),
    }


def _statistics(evidence: Evidence) -> tuple[pd.DataFrame, str]:
    """The correlations, with intervals where they were computed, and the digest of the observations."""
    if not len(evidence.frame) or not evidence.metrics:
        return pd.DataFrame(columns=["claim"]), ""
    chosen = grouped_by(evidence)
    key = observations_key(evidence, chosen)
    stored = load(evidence.workspace, key)
    plain = point_estimates(chosen.frame, evidence.metrics, by=chosen.by) if stored is None else stored
    return plain, key


def _interval(row: dict[Any, Any]) -> dict[str, Any] | None:
    """The 95 % interval of Spearman's and Pearson's coefficient, and their p, where they were computed."""
    names = [f"{name}_{end}" for name in ("pearson", "spearman") for end in ("low", "high")]
    names += ["p_pearson", "p_spearman"]
    if any(name not in row or pd.isna(row[name]) for name in names[:2]):
        return None
    return {name: row[name] for name in names if name in row}


def _records(frame: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    kept = frame[[name for name in names if name in frame]]
    lines = kept.astype(object).where(kept.notna(), None).to_dict("records")
    return [{str(name): value for name, value in line.items()} for line in lines]
