"""The list of strategies on the Subsets page: groups, cards, what is computed from them, and the adviser's proposal."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.evidence.findings.card import NOTHING_KNOWN
from core.jobs import queue
from core.selection.registry import strategies
from tests.corpora import corpus_of, corpus_with_every_feature, records
from tests.evidence.logged_series import logged
from tests.pages.subsets.test_subsets_page import opened, said


def browsing(*, state: dict[str, object] | None = None, **query: str) -> AppTest:
    """The page with the list open, at the card of the strategy that is chosen.

    A page without a browser closes the list at the next press: what a press inside it does is seen on the page, and
    what is drawn after one is asked for by the ``state`` of its widgets.
    """
    test = opened(**query)
    for name, value in (state or {}).items():
        test.session_state[name] = value
    test.button(key="strategies-browse").click().run()
    assert not test.exception
    return test


def groups(test: AppTest) -> dict[str, list[str]]:
    """The list as it is drawn: each group's title with the names of its strategies."""
    from core.workbench.strategy_offers import STANDINGS

    titles = {f"**{title}**" for title in STANDINGS.values()}
    listed: dict[str, list[str]] = {}
    heading = ""
    _walk(test._tree, titles, listed, heading)
    return listed


def words(test: AppTest) -> str:
    """Everything the page says, without the marks that keep texts from being Markdown."""
    return re.sub(r"\\(.)", r"\1", said(test))


def _walk(element: object, titles: set[str], listed: dict[str, list[str]], heading: str) -> str:
    children = getattr(element, "children", None)
    if children:
        for child in children.values():
            heading = _walk(child, titles, listed, heading)
        return heading
    if getattr(element, "type", "") in ("caption", "markdown") and getattr(element, "value", "") in titles:
        heading = str(element.value).strip("*")  # type: ignore[attr-defined]
        listed[heading] = []
    key = str(getattr(element, "key", "") or "")
    if getattr(element, "type", "") == "button" and key.startswith("strategy-") and key[9:] in strategies():
        listed[heading].append(key[9:])
    return heading


def test_every_strategy_stands_in_one_group(home: Path) -> None:
    corpus_of(home, [{key: row[key] for key in ("instruction", "input", "output")} for row in records()])
    listed = groups(browsing())
    names = [name for members in listed.values() for name in members]
    assert sorted(names) == sorted(strategies())
    assert {"micro", "length", "random", "structural"} <= set(listed["Ready now"])
    assert {"kcenter", "macro", "meso", "novelselect"} <= set(listed["After a computation"])
    assert {"score", "qdit", "mods", "car", "bids"} <= set(listed["Needs a score column"])
    assert {"balanced", "b2nerd"} <= set(listed["Needs a column of categories"])
    assert set(listed["Needs example rows"]) == {"tsds", "gio", "gip", "rds", "less"}


def test_columns_and_features_make_strategies_ready(home: Path) -> None:
    _, corpus, choice = corpus_with_every_feature(home)
    assert corpus.columns
    settings = {name: str(value) for name, value in choice.as_dict().items() if name in ("embedder",)}
    listed = groups(browsing(**settings))
    assert "score" in listed["Ready now"]
    assert "balanced" in listed["Ready now"]


def test_a_card_says_what_is_published_and_what_the_scores_say(home: Path) -> None:
    corpus_of(home, records())
    logged(home, strategies=("macro",), sizes=(100,), random=4)
    test = browsing(strategy="qdit")
    text = words(test)
    assert "+1.31 with Llama-3.1-8B" in text
    assert "Diversity and quality pull against each other" in text
    assert "2503.01807" in text
    assert "Not yet known to beat random here." in text
    assert any("Greedy maximum of" in str(code.value) for code in test.code), "the formula stands behind"
    test = browsing(strategy="macro")
    assert "better than random, 1 of its own against 4 random" in words(test)


def test_choosing_a_strategy_sets_it_on_the_page(home: Path) -> None:
    corpus_of(home, records())
    test = browsing()
    test.button(key="strategy-length").click().run()
    assert test.session_state["ds.strategy.looked"] == "length"
    assert test.selectbox(key="ds.bound.strategy.widget").value == "micro", "looking is not choosing"
    test = browsing(state={"ds.strategy.looked": "length"}, strategy="length")
    test.button(key="strategy-take").click().run()
    assert test.selectbox(key="ds.bound.strategy.widget").value == "length"


def test_a_strategy_that_lacks_a_feature_has_the_button_that_computes_it(home: Path) -> None:
    workspace, _ = corpus_of(home, records())
    test = browsing(strategy="kcenter")
    button = test.button(key="strategy-compute-response-embeddings")
    assert button.label.startswith("Embed the response, ")
    button.click().run()
    assert [job.title for job in queue.jobs(workspace)] == ["Embed made"]


def test_the_adviser_proposes_and_its_proposal_is_taken(home: Path) -> None:
    corpus_of(home, records())
    asked = {"ds.strategy.way": "Ask three questions", "advice-want": "both", "advice-rows": 40}
    test = browsing(state=asked)
    text = words(test)
    assert "**QDIT: quality and diversity**, for 40 rows of" in text
    assert "It reads the embeddings of the response, not computed yet" in text
    test.button(key="advice-look").click().run()
    assert test.session_state["ds.strategy.looked"] == "qdit"
    assert test.session_state["ds.strategy.way"] == "All strategies"
    test = browsing(state={**asked, "advice-want": "baseline"})
    test.button(key="advice-take").click().run()
    assert test.selectbox(key="ds.bound.strategy.widget").value == "random"


def test_searching_the_list(home: Path) -> None:
    corpus_of(home, records())
    test = browsing(state={"strategies-find": "examples"})
    names = [name for members in groups(test).values() for name in members]
    assert {"tsds", "gio"} <= set(names) < set(strategies())
    test = browsing(state={"strategies-find": "nothing of the kind"})
    assert "No strategy says so." in words(test)


def test_a_strategy_of_a_user_is_listed_and_says_that_nothing_is_known(
    home: Path, tmp_path: Path, monkeypatch  # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "middling.py").write_text(MINE)
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(folder))
    corpus_of(home, records())
    test = browsing(strategy="middling")
    assert NOTHING_KNOWN in words(test)


MINE = """
import numpy as np
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Strategy


def prepare(preparation):
    return RankedPlan(order=np.arange(len(preparation.view)), rows=len(preparation.view), tail="")


STRATEGY = Strategy(
    name="middling", title="Middling", level="ranked", kind="ranked", summary="Rows by id.", formula="id",
    source="mine", prepare=prepare,
)
"""
