"""The saved subsets of the old workspace: every strategy, the rules that bind an answer, pools, and a series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.corpus.fingerprint import show_id
from core.corpus.pool import PoolSpec
from core.errors import DiverscopeError
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.selection.registry import strategies
from core.workbench.build import Built, build
from core.workbench.choice import Choice
from core.workbench.passport import stamped
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace import trash
from tests.old_workspace.make_place import BAND, INSTRUCTION, RESPONSE, Maker

SERIES = "core.workbench.tasks:series"
SCORED = {"quality": "quality"}
ENDPOINT = INSTRUCTION.with_(
    tagger="endpoint", tag_model="invented-tagger", tag_check_model="invented-checker", tag_rounds=2
)
CROSSED = {"columns": ["source", "category"], "several": "crossed"}

# Name: (strategy, its parameters, the choice of features it looks through).
BY_STRATEGY: dict[str, tuple[str, dict[str, Any], Choice]] = {
    "macro": ("macro", {}, RESPONSE),
    "macro by permutation": ("macro", {"order": "random permutation"}, RESPONSE),
    "macro, noise to the nearest": ("macro", {}, RESPONSE.with_(noise="nearest")),
    "macro, noise on its own": ("macro", {}, RESPONSE.with_(noise="own")),
    "macro, larger clusters": ("macro", {}, RESPONSE.with_(min_cluster_size=8)),
    "macro over k-means": ("macro", {}, RESPONSE.with_(partition="kmeans")),
    "macro over EVoC": ("macro", {}, RESPONSE.with_(partition="evoc")),
    "macro over a column": ("macro", {}, RESPONSE.with_(partition="column", cluster_column="topic")),
    "macro of instructions": ("macro", {}, INSTRUCTION),
    "meso": ("meso", {}, RESPONSE),
    "meso with untyped rows": ("meso", {"untyped": True}, RESPONSE.with_(tag_synonyms="none", tags_per_row=3)),
    "meso by own tags": ("meso", {}, RESPONSE.with_(tagger="own", tag_model="desk")),
    "meso by a model's tags": ("meso", {}, ENDPOINT),
    "meso, no embedder named": ("meso", {}, replace(RESPONSE, embedder="")),
    "micro": ("micro", BAND, RESPONSE),
    "micro row by row": ("micro", {**BAND, "variant": "row by row"}, RESPONSE),
    "micro compact": ("micro", {**BAND, "variant": "compact", "gamma": 0.5}, RESPONSE),
    "micro by quantiles": ("micro", {"low": 0.4, "high": 0.97, "unit": "quantile"}, RESPONSE),
    "micro per million": ("micro", {"low": 500.0, "high": 9000.0, "unit": "per_million"}, RESPONSE),
    "micro in tekken": ("micro", BAND, RESPONSE.with_(tokenizer="tekken-131k")),
    "micro in words": ("micro", BAND, RESPONSE.with_(tokenizer="words")),
    "micro of instructions": ("micro", BAND, INSTRUCTION),
    "micro of both": ("micro", BAND, RESPONSE.with_(component="both")),
    "balanced": ("balanced", {}, RESPONSE),
    "balanced, crossed": ("balanced", CROSSED, RESPONSE),
    "source balanced": ("source_balanced", {}, RESPONSE),
    "structural": ("structural", {"low": 2, "high": 60}, RESPONSE),
    "structural by part of speech": (
        "structural", {"types": "part-of-speech templates", "low": 2, "high": 60}, RESPONSE
    ),
    "k-center": ("kcenter", {}, RESPONSE),
    "k-center, seeded": ("kcenter", {"start": "seeded"}, RESPONSE),
    "k-center, no embedder named": ("kcenter", {"prefix": 60}, replace(RESPONSE, embedder="")),
    "k-center of instructions": ("kcenter", {}, INSTRUCTION),
    "facility location": ("facility_location", {"neighbours": 16}, RESPONSE),
    "log-determinant": ("log_det", {}, RESPONSE),
    "log-determinant by quality": ("log_det", {**SCORED, "ridge": 0.5}, RESPONSE),
    "novelselect": ("novelselect", {}, RESPONSE),
    "novelselect by quality": ("novelselect", {**SCORED, "neighbours": 5}, RESPONSE),
    "deita": ("deita", {"score": "quality"}, RESPONSE),
    "deita, two scores": ("deita", {"score": "quality", "second": "depth", "metric": "manhattan"}, RESPONSE),
    "repr filter": ("repr_filter", {"ceiling": 0.95}, RESPONSE),
    "instag": ("instag", {}, RESPONSE),
    "car": ("car", {**SCORED, "best": 20}, RESPONSE),
    "mods": ("mods", {**SCORED, "threshold": 0.5}, RESPONSE),
    "qdit": ("qdit", {**SCORED, "share": 0.3, "neighbours": 16}, RESPONSE),
    "core-set": ("core_set", {"parts": 6}, RESPONSE),
    "core-set of clusters": ("core_set", {"partition": "clusters", "within": "k-center"}, RESPONSE),
    "longest": ("length", {}, RESPONSE),
    "shortest in characters": ("length", {"first": "shortest", "unit": "characters"}, RESPONSE),
    "score": ("score", {"column": "ifd@before"}, RESPONSE),
    "score from the lowest": ("score", {"column": "quality", "first": "lowest"}, RESPONSE),
    "bids": ("bids", {"columns": ["quality", "depth", "rating"]}, RESPONSE),
    "b2nerd": ("b2nerd", {}, RESPONSE),
    "b2nerd, crossed": ("b2nerd", {"categories": "columns crossed", "candidates": "seeded order"}, RESPONSE),
    "b2nerd over clusters": ("b2nerd", {"categories": "clusters", "quota": 4}, RESPONSE),
    "b2nerd over tags": ("b2nerd", {"categories": "tags"}, RESPONSE),
    "daar": ("daar", {"parts": 4, "probes": 2}, RESPONSE),
    "daar between domains": ("daar", {"score": "inter", "domains": "column", "column": "topic"}, RESPONSE),
    "daar within domains": (
        "daar", {"score": "intra", "domains": "column", "column": "topic", "target": "music"}, RESPONSE
    ),
    "daar measured before": (
        "daar", {"measured": "daar_entropy@before", "domains": "column", "column": "daar_domain@before"}, RESPONSE
    ),
    "random": ("random", {}, RESPONSE),
    "middling": ("middling", {}, RESPONSE),
}  # fmt: skip
TOWARD: dict[str, tuple[str, dict[str, Any]]] = {
    "tsds": ("tsds", {"neighbours": 20}),
    "gio": ("gio", {"parts": 12}),
    "daar from examples": ("daar", {"domains": "examples", "column": "domain", "parts": 3, "probes": 2}),
}


def by_strategy(maker: Maker) -> None:
    """One subset of each line above; what a strategy refuses is kept with its words."""
    for name, (strategy, parameters, choice) in BY_STRATEGY.items():
        saved(maker, name, recipe(maker, strategy, parameters, choice, position=0.75))
    for name, (strategy, parameters) in TOWARD.items():
        saved(maker, name, recipe(maker, strategy, parameters, RESPONSE, target=maker.examples.id))
    edited = RESPONSE.with_(tag_edits=maker.edits)
    saved(maker, "meso after my merges", recipe(maker, "meso", {}, edited))
    without = set(strategies()) - {line[0] for line in (*BY_STRATEGY.values(), *TOWARD.values())}
    maker.refused |= dict.fromkeys(without, "no subset was asked of it")


def with_rules(maker: Maker) -> None:
    """Pins, exclusions, quotas, budgets, rows in training, seeds and positions."""
    corpus = maker.workshop
    free = [show_id(int(row)) for row in corpus.ids[~corpus.holdout]]
    quotas = (
        {"column": "category", "minimum": {"poem": 3, "list": 2}, "maximum": {"*": 8}},
        {"column": "shelf", "minimum": {}, "maximum": {"2": 2}},
    )
    micro = ("micro", BAND, RESPONSE)
    for name, change in {
        "micro, pinned and excluded": {"pinned": tuple(free[3:6]), "excluded": tuple(free[10:14]), "position": 0.4},
        "micro, quotas": {"quotas": quotas},
        "micro, a budget": {"unit": "tokens", "size": 900, "position": 0.2},
        "micro beside the macro": {"given": maker.subsets["macro"], "position": 0.9, "seed": 3},
        "micro at nought": {"position": 0.0, "seed": 11},
    }.items():
        saved(maker, name, recipe(maker, *micro, **change))
    kcenter, longest = ("kcenter", {}, RESPONSE), ("length", {}, RESPONSE)
    beside = {"given": maker.subsets["longest"], "pinned": (free[20],), "position": 0.5}
    saved(maker, "k-center beside the longest", recipe(maker, *kcenter, **beside))
    saved(maker, "longest, a budget", recipe(maker, *longest, unit="tokens", size=1200, position=0.6))
    saved(maker, "longest, quotas", recipe(maker, *longest, quotas=quotas[:1], excluded=(free[1],)))
    saved(maker, "random, seed 9", recipe(maker, "random", {}, RESPONSE, seed=9))


def with_pools(maker: Maker) -> None:
    """Pools by every filter there is."""
    corpus = maker.workshop
    free = [show_id(int(row)) for row in corpus.ids[~corpus.holdout]]
    window = {"unit": "tokens", "component": "response", "minimum": 12, "maximum": 60}
    characters = {"unit": "characters", "component": "instruction", "minimum": 30, "maximum": 120}
    columns = [
        {"column": "effort", "minimum": 5.0, "maximum": 80.0, "values": []}, {"column": "group", "values": ["red"]}
    ]  # fmt: skip
    for name, strategy, pool in (
        ("micro in a length window", "micro", {"length": window, "sources": ["forum", "guides"]}),
        ("micro by columns", "micro", {"columns": columns, "categories": ["explain", "list", "plan", "poem"]}),
        ("micro by words", "micro", {"text": "the", "within": "response", "scripts": ["Latin"]}),
        ("longest by a pattern", "length", {"regex": "Nobody|First", "within": "response", "length": characters}),
        ("k-center of chosen rows", "kcenter", {"ids": free[:70], "pinned": free[80:82], "excluded": free[:2]}),
        ("macro of two sources", "macro", {"sources": ["guides", "manual"]}),
    ):
        spec = PoolSpec.of(pool).as_dict()
        parameters = BAND if strategy == "micro" else {}
        saved(maker, name, recipe(maker, strategy, parameters, RESPONSE, pool=spec, size=10, position=0.5))


def series(maker: Maker) -> None:
    """The seven levels of a series, by the job that the Subsets page starts; and one subset in the trash."""
    asked = recipe(maker, "micro", BAND, RESPONSE, size=24)
    whole = build(maker.workspace, asked).recipe
    request = {"recipe": replace(whole, position=1.0, ids_digest="", rows=0).as_dict(), "name": "levels"}
    maker.run(SERIES, request, title="Series of micro response 24")
    asked = recipe(maker, "random", {}, RESPONSE, seed=77)
    gone = save(maker.workspace, build(maker.workspace, asked), name="thrown away")
    trash.discard(maker.workspace, "subsets", gone.key)


def small_corpus(maker: Maker) -> None:
    """A subset of the second corpus."""
    asked = Recipe(corpus=maker.examples.id, choice=RESPONSE.as_dict(), strategy="kcenter", size=8)
    saved(maker, "k-center of the examples", asked)


def exports(maker: Maker) -> None:
    """Exports of two subsets in every format, with their recipes, beside the workspace."""
    folder = maker.place / "exports"
    folder.mkdir(exist_ok=True)
    for name in ("micro, quotas", "longest, a budget"):
        manifest = maker.workspace.open("subsets", maker.subsets[name]).manifest
        built = build(maker.workspace, Recipe.of(manifest["recipe"]))
        text = built.recipe.as_json()
        stem = name.replace(", ", "-").replace(" ", "-")
        (folder / f"{stem}.recipe.json").write_bytes(text)
        records = rows_to_export(built.opened.corpus, built.positions)
        (folder / f"{stem}.parquet").write_bytes(FORMATS["parquet"].write(records, text))


def recipe(
    maker: Maker, strategy: str, parameters: Mapping[str, Any], choice: Choice, *, size: int = 24, **more: Any
) -> Recipe:
    known = strategies()[strategy]
    return Recipe(
        corpus=maker.workshop.id, choice=choice.as_dict(), strategy=strategy, strategy_version=known.version,
        parameters=dict(parameters), size=size, **more,
    )  # fmt: skip


def saved(maker: Maker, name: str, asked: Recipe) -> None:
    """Build the recipe and keep the subset under its name, as the button does."""
    try:
        built: Built = build(maker.workspace, asked)
    except DiverscopeError as error:
        maker.refused[name] = str(error)
        return
    built = replace(built, recipe=stamped(maker.workspace, built.recipe))
    maker.subsets[name] = save(maker.workspace, built, name=name).key
