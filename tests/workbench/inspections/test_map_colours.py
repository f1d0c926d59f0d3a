"""What a map can be coloured by: names in the order a selector offers them, and what the colours mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.bands import Band
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.embedding import load_embeddings
from core.features.projection import load_neighbours
from core.features.tags.store import load_type_rows
from core.features.tokens import load_tokens
from core.figures.theme import level_colour
from core.workbench.build import build
from core.workbench.inspections.map_colours import map_colours
from core.workbench.inspections.row_contributions import contribution_colours, from_the_centre, surprisal
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, corpus_with_every_feature, records


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, Corpus]:
    return corpus_of(tmp_path, records(60))


def test_source_and_category_come_first_and_subsets_before_the_other_columns(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    subset = save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=10)), name="ten")
    names = list(map_colours(CorpusText(corpus, "response"), tokenizer="mistral-32k"))
    others = [f"Column: {name}" for name in corpus.columns if name not in ("source", "category")]
    assert names == ["Source", "Category", "Length", *others, "Subset: ten"]
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


def test_tags_are_a_colouring_once_they_are_there_and_each_row_has_that_of_its_rarest(tmp_path: Path) -> None:
    _, corpus, choice = corpus_with_every_feature(tmp_path, 60)
    text = CorpusText(corpus, "response")
    assert "Tags" not in map_colours(text, tokenizer="mistral-32k")
    colouring = map_colours(text, tokenizer="mistral-32k", tagging=choice.tagging)["Tags"]()
    names = {name for name, _, _ in colouring.legend}
    assert names & {"short", "long"}
    types = load_type_rows(text, choice.tagging)
    assert types is not None
    for name, colour, rows in colouring.legend:
        if name in types.names:
            assert rows == len(types.rows_with(name))
            coloured = np.flatnonzero(np.array(colouring.palette)[colouring.codes] == colour)
            assert set(coloured.tolist()) <= set(types.rows_with(name).tolist())


def test_two_saved_subsets_are_a_against_b_and_each_common_tag_is_a_colouring(tmp_path: Path) -> None:
    workspace, corpus, choice = corpus_with_every_feature(tmp_path, 60)
    text = CorpusText(corpus, "response")
    recipes = [Recipe(corpus=corpus.id, strategy="random", size=20, seed=seed) for seed in (1, 2)]
    a, b = (save(workspace, build(workspace, recipe), name=f"n{recipe.seed}") for recipe in recipes)
    colours = map_colours(text, tokenizer="mistral-32k", tagging=choice.tagging, sides=(a.key, b.key))
    told = {name: rows for name, _, rows in colours["Subset A against B"]().legend}
    ids = [set(subset.ids.tolist()) for subset in (a, b)]
    assert told == {
        "only in n1": len(ids[0] - ids[1]), "only in n2": len(ids[1] - ids[0]), "in both": len(ids[0] & ids[1]),
        "in neither": len(corpus) - len(ids[0] | ids[1]),
    }  # fmt: skip
    types = load_type_rows(text, choice.tagging)
    assert types is not None
    tags = [name.removeprefix("Tag: ") for name in colours if name.startswith("Tag: ")]
    assert tags
    for tag in tags:
        assert np.flatnonzero(colours[f"Tag: {tag}"]().codes == 0).tolist() == types.rows_with(tag).tolist()
    counts = [len(types.rows_with(tag)) for tag in tags]
    assert counts == sorted(counts, reverse=True)


def test_what_rows_add_to_metrics_sums_up_to_the_metric_of_the_corpus(tmp_path: Path) -> None:
    _, corpus, choice = corpus_with_every_feature(tmp_path, 60)
    text = CorpusText(corpus, "response")
    tokens, vectors = load_tokens(text), load_embeddings(text, choice.clustering.embedder)
    assert tokens is not None and vectors is not None
    bits = surprisal(tokens)
    share = tokens.frequency[tokens.frequency > 0] / tokens.frequency.sum()
    assert np.nansum(bits * tokens.lengths) / tokens.lengths.sum() == pytest.approx(-(share * np.log2(share)).sum())
    centre = np.asarray(vectors).mean(axis=0)
    slow = [float(np.linalg.norm(vector - centre)) for vector in np.asarray(vectors)]
    assert from_the_centre(vectors) == pytest.approx(slow, abs=1e-5)
    colours = contribution_colours(text, tokenizer="mistral-32k", band=Band(2, 60), projection=choice.clustering)
    assert {"Adds to token entropy", "Adds to micro diversity", "Adds to distance from the centre"} <= set(colours)
    for colouring in (make() for make in colours.values()):
        assert colouring.span is not None and len(colouring.codes) == len(corpus)
    near = load_neighbours(text, choice.clustering)
    if near is not None:
        cosines = np.asarray(vectors) @ np.asarray(vectors).T
        np.fill_diagonal(cosines, -2)
        assert near[1][:, 1] == pytest.approx(1 - cosines.max(axis=1), abs=1e-4)
