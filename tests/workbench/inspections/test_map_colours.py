"""What a map can be coloured by: names in the order a selector offers them, and what the colours mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.figures.theme import level_colour
from core.workbench.build import build
from core.workbench.inspections.map_colours import map_colours
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, Corpus]:
    return corpus_of(tmp_path, records(60))


def test_source_and_category_come_first_and_subsets_before_the_other_columns(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    subset = save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=10)), name="ten")
    names = list(map_colours(CorpusText(corpus, "response"), tokenizer="mistral-32k"))
    others = [f"Column: {name}" for name in corpus.columns if name not in ("source", "category")]
    assert names == ["Source", "Category", "Length", "Subset: ten", *others]
    colouring = map_colours(CorpusText(corpus, "response"), tokenizer="mistral-32k")["Subset: ten"]()
    inside = [row for row, row_id in enumerate(corpus.ids) if row_id in set(subset.ids.tolist())]
    assert np.flatnonzero(colouring.codes == 0).tolist() == inside
    assert colouring.palette[0] == level_colour("random")


def test_lengths_are_tokens_where_they_are_counted_and_characters_elsewhere(made: tuple[Workspace, Corpus]) -> None:
    _, corpus = made
    titles = {
        component: map_colours(CorpusText(corpus, component), tokenizer="mistral-32k")["Length"]().title
        for component in ("response", "instruction")
    }
    assert titles == {"response": "tokens (mistral-32k)", "instruction": "characters"}


def test_numbers_get_a_scale_and_words_a_hue_each(made: tuple[Workspace, Corpus]) -> None:
    _, corpus = made
    colours = map_colours(CorpusText(corpus, "response"), tokenizer="mistral-32k")
    assert colours["Column: score"]().span is not None
    category = colours["Category"]()
    assert category.span is None and {name for name, _, _ in category.legend} == {"poem", "note", "list"}
