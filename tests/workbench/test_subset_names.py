"""A saved subset is named by its name, its key or its digest, and by the beginning of the last two."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InputError
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.subsets import subset_named
from tests.corpora import corpus_of, records


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    subsets = [
        save(
            workspace,
            build(workspace, Recipe(corpus=corpus.id, strategy="random", size=10, seed=seed, position=position)),
            name=name,
        )
        for name, seed, position in (("first", 1, 1.0), ("second", 2, 1.0), ("same rows", 2, 0.5))
    ]
    return workspace, subsets


def test_each_way_of_naming_a_subset_finds_it(made) -> None:
    workspace, (first, second, same) = made
    assert subset_named(workspace, "first").key == first.key
    for subset in (first, second, same):
        assert subset_named(workspace, subset.key).key == subset.key
    assert subset_named(workspace, first.digest[:9]).key == first.key
    assert subset_named(workspace, second.digest).digest == same.digest == second.digest


@pytest.mark.parametrize("name", ["", "third", "zzzz"])
def test_a_name_that_fits_none_says_what_there_is(made, name: str) -> None:
    workspace, _ = made
    with pytest.raises(InputError, match=r"not a saved subset.*first"):
        subset_named(workspace, name)


def test_a_name_that_fits_several_asks_for_a_key(made, tmp_path: Path) -> None:
    workspace, (first, _, _) = made
    recipe = Recipe(corpus=first.recipe.corpus, strategy="random", size=11, seed=5)
    save(workspace, build(workspace, recipe), name="first")
    with pytest.raises(InputError, match="several saved subsets"):
        subset_named(workspace, "first")
