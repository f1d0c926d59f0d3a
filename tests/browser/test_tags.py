"""From a tag to its rows, to the pool, to the Subsets page, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.features.tags.store import load_type_rows
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.tag_relations import tag_grid
from core.workbench.tasks.tagging import tag
from core.workspace.artefacts import Workspace
from tests.browser.conftest import copied, serving
from tests.browser.desk import Desk

CHOICE = FeatureSettings(tag_synonyms="none", tag_min_rows=1)
LINK = "tags?tag_synonyms=none&tag_min_rows=1"


@pytest.fixture
def tagged(prepared: Path, tmp_path: Path) -> tuple[Path, str, int]:
    """A workspace with tags; a tag and the number of its rows."""
    home = copied(prepared, tmp_path)
    workspace = Workspace(home)
    corpus = open_corpus(workspace, list_corpora(workspace)[0].id)
    request = {"corpus": corpus.id, "component": "response", **CHOICE.tagging.request()}
    tag(workspace, request, lambda *_: None)
    types = load_type_rows(CorpusText(corpus, "response"), CHOICE.tagging)
    assert types is not None
    commonest = int(types.per_type.argmax())
    name = types.names[commonest]
    return home, name, int((types.matrix[:, [commonest]].toarray().ravel() > 0)[~corpus.holdout].sum())


def test_a_tag_leads_to_its_rows_the_pool_and_the_subsets(tagged: tuple[Path, str, int], page: Page) -> None:
    home, name, kept = tagged
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open(LINK)
        page.get_by_role("combobox", name="Find a tag").click()
        page.keyboard.type(name)
        page.get_by_role("option").first.click()
        expect(page.get_by_text(f"(tag {name})")).to_be_visible()
        desk.settle()
        assert f"tag={name.replace(' ', '+')}" in page.url.replace("%20", "+")
        link = page.url
        desk.press("Use as the pool")
        desk.settle()
        expect(page.get_by_text("The pool is the selection")).to_be_visible()
        desk.turn_to("Subsets")
        expect(page.get_by_text(f", {kept} rows").first).to_be_visible()
        page.goto(link)
        page.get_by_role("heading", level=1).wait_for()
        desk.settle()
        expect(page.get_by_text(f"(tag {name})")).to_be_visible()


def test_a_square_of_the_heat_map_selects_the_rows_with_both_tags(tagged: tuple[Path, str, int], page: Page) -> None:
    home, _, _ = tagged
    workspace = Workspace(home)
    corpus = open_corpus(workspace, list_corpora(workspace)[0].id)
    types = load_type_rows(CorpusText(corpus, "response"), CHOICE.tagging)
    assert types is not None
    first = tag_grid(types).query("rows > 0").iloc[0]
    both = types.rows_with_all((first["tag"], first["with"]))
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open(LINK)
        squares = page.locator(".st-key-tags-heat-box .scatterlayer .point")
        squares.first.wait_for(state="attached")
        page.locator(".st-key-tags-heat-box").scroll_into_view_if_needed()
        desk.settle()
        place = int(tag_grid(types).query("rows > 0").index[0])
        box = squares.nth(place).bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.get_by_text(f"(tags {first['tag']} and {first['with']})")).to_be_visible()
        expect(page.get_by_text(re.compile(rf"^{len(both):,} rows?\b")).first).to_be_visible()
