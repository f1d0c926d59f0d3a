"""A workspace that pages can be opened on many times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.corpus.store import Corpus
from core.jobs import supervisor
from core.progress import silent
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.tasks.tagging import tag
from tests.conftest import forget_pages
from tests.corpora import corpus_of, records
from tests.evidence.logged_series import logged
from tests.pages.frame.addresses import TAGGED


@pytest.fixture(scope="module")
def addressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    """A corpus of 120 rows with three saved subsets and scored series, beside another corpus; without a worker."""
    home = tmp_path_factory.mktemp("addressed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIVERSCOPE_HOME", str(home))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr(supervisor, "ensure_worker", lambda workspace: None)
        forget_pages()
        rows = [{**row, "source": "ab"[number % 2]} for number, row in enumerate(records(120))]
        workspace, corpus = corpus_of(home, rows)
        corpus_of(home, records(60, seed=8), name="examples")
        band = {"low": 2, "high": 60}
        recipe = Recipe(corpus=corpus.id, choice=FeatureSettings().with_(**band).as_dict(), parameters=band, size=30)
        for position in (0.0, 0.5, 1.0):
            save(workspace, build(workspace, replace(recipe, position=position)), name=f"at {position:.0%}")
        logged(home)
        choice = FeatureSettings().with_(**TAGGED)
        tag(workspace, {"corpus": corpus.id, "component": "response", **choice.tagging.request()}, silent)
        yield corpus
        forget_pages()
