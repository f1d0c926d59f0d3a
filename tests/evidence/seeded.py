"""A workspace with a small corpus, a series of seven subsets and their readings, for the tests of the Compare page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.evidence import ledger
from core.evidence.entries import Run, Score
from core.progress import silent
from core.workbench.inspections import comparison
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series
from core.workbench.subsets import Subset, list_subsets
from core.workbench.tasks import features as tasks
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

SERIES = "deep"


def subsets(home: Path, *, measured: bool = True) -> list[Subset]:
    """Seven subsets of a series called SERIES, lowest position first."""
    workspace, kept = corpus_of(home, records())
    tasks.tokens(workspace, {"corpus": kept.id, "component": "instruction", "tokenizer": "mistral-32k"}, silent)
    choice = {"component": "response", "low": 2, "high": 60}
    build_series(workspace, Recipe(corpus=kept.id, choice=choice, strategy="micro", size=30), name=SERIES)
    result = sorted(list_subsets(workspace), key=lambda subset: subset.recipe.position)
    if measured:
        comparison.measure(workspace, {"subsets": [subset.key for subset in result]})
    return result


def again(home: Path, *, name: str) -> list[Subset]:
    """The same rows a second time under another name: their recipe differs where the strategy does not look."""
    kept = list_subsets(Workspace(home))
    recipe = kept[0].recipe
    build_series(Workspace(home), replace(recipe, choice={**recipe.choice, "neighbors": 16}), name=name)
    result = [subset for subset in list_subsets(Workspace(home)) if subset.name.startswith(name)]
    comparison.measure(Workspace(home), {"subsets": [subset.key for subset in result]})
    assert {subset.digest for subset in result} == {subset.digest for subset in kept}
    return sorted(result, key=lambda subset: subset.recipe.position)


def scored(home: Path, *, seeds: int = 2, label: str = "") -> list[Subset]:
    """The same with scores that rise with the position, on two benchmarks."""
    result = subsets(home)
    scores = scores_of(result, seeds=seeds, label=label)
    ledger.add_scores(Workspace(home), scores, title="seeded")
    return result


def scores_of(subsets: list[Subset], *, seeds: int = 2, label: str = "") -> list[Score]:
    """Scores on two benchmarks that rise with the position."""
    return [
        Score(
            run=Run(label=label or subset.name, subset=subset.digest, model="base", seed=seed), benchmark=benchmark,
            measure="win rate", unit="%", judge="judge", baseline="random",
            value=45 + rise * subset.recipe.position + ((seed * 7 + number * 3) % 5) / 5,
        )
        for number, subset in enumerate(subsets)
        for benchmark, rise in (("Arena-Hard", 10), ("AlpacaEval", 4))
        for seed in range(seeds)
    ]  # fmt: skip


def three_series(home: Path) -> list[Subset]:
    """Three series of seven, drawn from three seeds, with scores that rise with the position and differ by series."""
    workspace, first = Workspace(home), subsets(home)
    for seed in (1, 2):
        build_series(workspace, replace(first[0].recipe, seed=seed, position=0.0), name=f"seed {seed}")
    result = sorted(list_subsets(workspace), key=lambda subset: subset.key)
    comparison.measure(workspace, {"subsets": [subset.key for subset in result]})
    scores = [
        Score(
            run=Run(label=subset.name, subset=subset.digest, model="base", seed=0), benchmark="Arena-Hard",
            measure="win rate", unit="%", value=45 + 10 * subset.recipe.position + subset.recipe.seed + number % 5 / 5,
        )
        for number, subset in enumerate(result)
    ]  # fmt: skip
    ledger.add_scores(workspace, scores, title="seeded")
    return result
