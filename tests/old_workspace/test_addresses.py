"""Addresses that were saved in an early version open their pages and bring back what they stood for."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tests.old_workspace import reading, visiting
from tests.old_workspace.conftest import EXPECTED

ADDRESSES = {line["name"]: line for line in EXPECTED["addresses"]}
# What was decided otherwise since: a strategy that is given no band stands at the corpus's, where it stood at its own
# defaults. The curve of micro over size is of other rows now; that of macro is there.
SINCE = {"measure: curves over size": {"hides": [], "shows": ["8 points are not measured yet"]}}


def parts(address: str) -> tuple[str, dict[str, Any]]:
    """The page and the query of an address, values that come several times as lists."""
    split = urlsplit(address)
    query = parse_qs(split.query, keep_blank_values=True)
    return split.path.strip("/"), {name: told if len(told) > 1 else told[0] for name, told in query.items()}


def said(test: AppTest) -> str:
    """Every word of the page that is no picture and no table."""
    kinds = (
        test.markdown, test.caption, test.info, test.warning, test.error, test.title, test.subheader, test.text,
        test.expander, test.button, test.tabs,
    )  # fmt: skip
    words = [
        str(getattr(element, "value", None) or getattr(element, "label", "")) for kind in kinds for element in kind
    ]
    labels = [str(box.label) for box in test.selectbox] + [
        str(option) for box in test.selectbox for option in box.options
    ]
    return "\n".join([*words, *labels])


def alike(now: Any, then: Any) -> bool:
    return now == pytest.approx(then) if isinstance(then, float) else _plain(now) == then


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_opens_its_page_and_restores_what_it_stood_for(
    old: reading.Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reading.without_worker(monkeypatch)
    before = reading.keys(old), sorted(reading.jobs(old))
    page, query = parts(ADDRESSES[name]["address"])
    test = visiting.opened_at(page, query)
    assert not test.exception
    assert [error.value for error in test.error] == []
    assert "no message was written" not in said(test)
    assert "is not used" not in said(test)
    assert test.title[0].value.lower() == (page or "corpus")
    now = dict(test.query_params)
    if "tagger" not in query and "tagger" in now:  # keyphrases were the usual tags, and phrases are
        assert now.pop("tagger") == "keyphrases"
    assert now == visiting.without_defaults(visiting.renamed(query))
    restores = {**ADDRESSES[name]["restores"], **SINCE.get(name, {})}
    choice = visiting.choice_on(test)
    assert {field: choice[field] for field in restores.get("choice", {})} == restores.get("choice", {})
    if "pool" in restores:
        assert visiting.pool_on(test) == restores["pool"]
    if "recipe" in restores:
        recipe = visiting.recipe_on(test)
        assert [field for field, value in restores["recipe"].items() if not alike(recipe[field], value)] == []
    stands = {field: visiting.selected_on(test, field) for field in restores.get("selects", {})}
    assert stands == visiting.renamed(restores.get("selects", {}))
    assert [words for words in restores.get("shows", ()) if words not in said(test)] == []
    assert [words for words in restores.get("hides", ()) if words in said(test)] == []
    if "charts" in restores:
        assert len(test.get("plotly_chart")) >= restores["charts"]
    assert (reading.keys(old), sorted(reading.jobs(old))) == before
