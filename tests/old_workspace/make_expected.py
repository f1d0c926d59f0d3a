"""What the old workspace holds, as the code that made it reads it: the answers that later code has to give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from tests.old_workspace import reading
from tests.old_workspace.make_choices import BY_STRATEGY
from tests.old_workspace.make_place import RESPONSE, Maker

METRICS = {
    "response": (
        "ie",
        "sl",
        "types",
        "cluster_coverage",
        "tag_ratio",
        "ed",
        "nr",
        "cr",
        "bl",
        "mtld",
        "novelsum",
        "knn",
    ),
    "instruction": ("ie", "types", "source_entropy"),
}
MEASURED = ("micro", "macro")


def write(maker: Maker, addresses: list[dict[str, Any]], path: Path, *, commit: str) -> None:
    """Write everything that the tests compare with."""
    workspace = maker.workspace
    jobs = reading.jobs(workspace)
    deletions = reading.deletions(workspace)
    subsets = {key: reading.subset_facts(workspace, key) for key in reading.listed(workspace)["subsets"]}
    corpora = reading.keys(workspace)["corpora"]
    here = [key for key, facts in subsets.items() if facts["corpus"] in corpora]
    expected = {
        "made_with": commit,
        "not_made": maker.refused,
        "keys": reading.keys(workspace),
        "names": reading.given_names(workspace),
        "listed": reading.listed(workspace),
        "corpora": {key: reading.corpus_facts(workspace, key) for key in corpora},
        "features": _features(maker),
        "subsets": subsets,
        "rebuilt": {key: _rebuilt(maker, key) for key in here},
        "exports": {file.name: _exported(maker, file) for file in sorted((maker.place / "exports").iterdir())},
        "readings": {
            f"{name}, {component}": [
                maker.subsets[name],
                component,
                reading.readings(workspace, maker.subsets[name], component, metrics),
            ]
            for name in MEASURED
            for component, metrics in METRICS.items()
        },
        "compared": {maker.subsets[name]: reading.compared(workspace, maker.subsets[name]) for name in MEASURED},
        "results": {
            key: kept
            for key, facts in jobs.items()
            if (kept := reading.results(workspace, facts["task"], reading.request_of(workspace, key))) is not None
        },
        "passports": {key: reading.reasons(workspace, key) for key in corpora},
        "ledger": reading.ledger_facts(workspace),
        "jobs": {key: facts | {"whole": reading.whole(workspace, key)} for key, facts in jobs.items()},
        "trash": deletions,
        "columns_in_trash": {key: reading.columns_in_trash(workspace, key) for key in corpora},
        "strategies": {"middling": reading.own_strategy("middling")},
        "addresses": addresses,
    }
    path.write_bytes(orjson.dumps(expected, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def _features(maker: Maker) -> dict[str, Any]:
    """Everything at hand through each choice that a subset was made with, and through the small corpus's."""
    choices = {name: choice for name, (_, _, choice) in BY_STRATEGY.items()}
    choices["after my merges"] = RESPONSE.with_(tag_edits=maker.edits)
    features, seen = dict[str, Any](), set[str]()
    for name, choice in choices.items():
        for corpus in (maker.workshop, maker.examples):
            facts = reading.feature_facts(maker.workspace, corpus.id, choice.as_dict())
            new = {feature: told for feature, told in facts.items() if f"{feature} {told}" not in seen}
            seen |= {f"{feature} {told}" for feature, told in new.items()}
            if new:
                features[f"{corpus.name}, {name}"] = [corpus.id, choice.changed(), new]
    return features


def _rebuilt(maker: Maker, key: str) -> dict[str, Any]:
    return reading.rebuilt(maker.workspace, reading.recipe_of(maker.workspace, key))


def _exported(maker: Maker, path: Path) -> dict[str, Any]:
    return reading.rebuilt(maker.workspace, reading.recipe_in(path))
