"""A corpus of two sources with words of their own, and a saved subset of each, so that the right member is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from core.corpus.ingest import Holdout, ingest_files
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.training.settings import ProxySettings
from core.workbench.build import build
from core.workbench.loops.loop_request import LoopRequest
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from tests.corpora import WORDS
from tests.tiny_models import tiny_model

HALF = len(WORDS) // 2
SETTINGS = ProxySettings(tokens=6_000, learning_rate=1e-2, batch_tokens=300, precision="float32")


def planted(workspace: Workspace, *, rows: int = 400, holdout: float = 0.2) -> Corpus:
    """Rows of "web", whose answers use one half of the words, and of "book", which use the other."""
    random = np.random.default_rng(5)
    lines = []
    for number in range(rows):
        source = ("web", "book")[number % 2]
        words = random.choice(WORDS[:HALF] if source == "web" else WORDS[HALF:], size=12)
        answer = "" if number % 40 == 0 else " ".join(words)
        asked = f"Write line {number} about care"
        lines.append({"instruction": asked, "output": answer, "source": source})
    file = from_bytes("planted.jsonl", b"\n".join(map(orjson.dumps, lines)))
    made = ingest_files(
        workspace, [file], name="planted", holdout=Holdout(fraction=holdout), reading=ReadingOptions(empty="keep")
    )
    return made.corpus


def member(workspace: Workspace, corpus: Corpus, name: str, *, size: int = 60, **changes: Any) -> Subset:
    """A saved subset of ``size`` random rows; ``pool`` filters them."""
    recipe = Recipe(corpus=corpus.id, strategy="random", size=size)
    return save(workspace, build(workspace, replace(recipe, **changes)), name=name)


def two_members(workspace: Workspace, corpus: Corpus) -> list[Subset]:
    """One of each source, under its name."""
    return [member(workspace, corpus, name, pool={"sources": [name]}) for name in ("web", "book")]


def request_of(members: list[Subset], folder: Path, **changes: Any) -> LoopRequest:
    """A loop over ``members`` with a tiny base of drawn weights, which is saved in ``folder`` once."""
    if not (folder / "config.json").is_file():
        tiny_model(folder, layers=2)
    request = LoopRequest(
        members=tuple(subset.key for subset in members), settings=SETTINGS, base=str(folder), seeds=(0,)
    )
    return replace(request, **changes)
