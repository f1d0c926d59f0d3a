"""Recipe files: the same recipe comes back and builds the same rows, or it is refused."""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.row_ids import show_id
from core.errors import DiverscopeError
from core.export.parquet import RECIPE_KEY
from core.selection.registry import strategies
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.url_settings import settings_of_link
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids
from tests.corpora import corpus_with_every_feature
from tests.fuzz.fuzzer import IN_MEMORY, Case, Fault, Target
from tests.fuzz.mutations import changed, damaged

ROWS = 60
# Strategies that need no long compiling, with the parameters without which they refuse.
SEEDS: dict[str, dict[str, Any]] = {
    "micro": {}, "macro": {}, "meso": {}, "structural": {}, "balanced": {}, "source_balanced": {}, "random": {},
    "length": {}, "deita": {}, "b2nerd": {}, "log_det": {}, "repr_filter": {}, "kcenter": {},
    "score": {"column": "score"}, "qdit": {"quality": "score"},
}  # fmt: skip
NAMES = (
    "corpus", "pool", "choice", "strategy", "strategy_version", "parameters", "size", "unit", "position", "seed",
    "given", "pinned", "excluded", "quotas", "target", "features", "ids_digest", "rows", "embedder", "thresholds",
    "format", "tokens", "sources", "categories", "length", "columns", "column", "values", "minimum", "maximum", "text",
    "regex", "within", "ids", "component", "low", "high", "partition", "tagger", "tag_min_rows", "category", "poem",
    "untyped", "quality", "score",
)  # fmt: skip


@cache
def base() -> tuple[Workspace, tuple[dict[str, Any], ...], frozenset[int]]:
    """(workspace, recipes of every kind, the corpus's row ids), made once a process; everything is compiled by then."""
    home = Path(tempfile.mkdtemp(prefix="diverscope-fuzz-base-", dir=IN_MEMORY))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    workspace, corpus, choice = corpus_with_every_feature(home, ROWS)
    ids = corpus.ids.tolist()
    recipes = []
    for number, (name, parameters) in enumerate(SEEDS.items()):
        recipe = Recipe(
            corpus=corpus.id,
            choice=choice.as_dict(),
            strategy=name,
            parameters=parameters,
            size=6 + number,
            position=0.5,
        )
        built = build(workspace, recipe)
        recipes.append(built.recipe.as_dict())
        rules = replace(
            recipe,
            position=1.0,
            pool={"columns": [{"column": "category", "values": ["poem", "note"]}], "text": "a", "within": "both"},
            pinned=(show_id(int(built.ids[0])),),
            excluded=(show_id(ids[0]),),
            quotas=({"column": "category", "minimum": {"poem": 2}, "maximum": {"note": 9}},),
        )
        try:
            recipes.append(build(workspace, rules).recipe.as_dict())
        except DiverscopeError:  # a pinned row that the pool lacks; as a seed it is as good
            recipes.append(rules.as_dict())
    return workspace, tuple(recipes), frozenset(ids)


def make(draw: Random) -> Case:
    """A recipe with odd values, as our JSON or in the footer of a Parquet file; sometimes the file is damaged."""
    recipe = json.loads(json.dumps(draw.choice(base()[1])))
    if draw.random() < 0.5:
        recipe["ids_digest"] = ""
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        inner = draw.choice(("", "", "pool", "choice", "parameters", "quotas"))
        if isinstance(recipe, dict) and recipe.get(inner):
            recipe[inner] = changed(recipe[inner], draw, NAMES)
        else:
            recipe = changed(recipe, draw, NAMES)
    data = json.dumps(recipe, indent=1).encode()
    if draw.random() < 0.2:
        data = damaged(data, draw)
    if draw.random() < 0.15:
        stream = io.BytesIO()
        pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({RECIPE_KEY: data}), stream)
        data = damaged(stream.getvalue(), draw) if draw.random() < 0.3 else stream.getvalue()
        return Case(files=(("subset.parquet", data),))
    return Case(files=(("subset.recipe.json", data),))


def attempt(case: Case, place: Path) -> None:
    """Read the recipe, write it and read it again; build it twice."""
    with patch.dict(os.environ, {"DIVERSCOPE_OFFLINE": "1"}):  # a recipe may name a model of the hub
        _read_and_built(case, place)


def _read_and_built(case: Case, place: Path) -> None:
    workspace, _, ids = base()
    (name, data), *_ = case.files
    (place / name).write_bytes(data)
    recipe = Recipe.read(place / name)
    written = recipe.as_json()
    (place / "again.json").write_bytes(written)
    again = Recipe.read(place / "again.json")
    if again.as_json() != written or Recipe.of(orjson.loads(written)) != again:
        raise Fault("The recipe that was written is not the one that is read.")
    if again.series != recipe.series:
        raise Fault("The recipe belongs to another series once it was written.")
    try:
        settings_of_link(recipe.choice, address="127.0.0.1")
    except DiverscopeError as error:
        raise Fault(f"A link with these settings is refused as a whole: {error}") from error
    try:
        built = build(workspace, recipe)
        chosen = built.ids.tolist()
        if not {*chosen} <= ids or len({*chosen}) != len(chosen) or built.recipe.rows != len(chosen):
            raise Fault(f"The subset has rows that the corpus lacks, or one twice: {chosen}")
        if digest_ids(built.ids) != built.recipe.ids_digest:
            raise Fault("The recipe names other rows than were chosen.")
        if {*recipe.excluded} & {show_id(row) for row in chosen}:
            raise Fault("An excluded row is in the subset.")
        repeated = build(workspace, Recipe.of(orjson.loads(built.recipe.as_json())))
        if repeated.ids.tolist() != chosen:
            raise Fault("Built again, the recipe gives other rows.")
        if repeated.recipe.as_json() != built.recipe.as_json():
            raise Fault("Built again, the recipe is another.")
    finally:
        shutil.rmtree(workspace.home / "plans", ignore_errors=True)


assert {*SEEDS} <= {*strategies()}, "a strategy has another name now"

TARGET = Target(name="recipes", make=make, attempt=attempt)
