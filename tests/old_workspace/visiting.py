"""The app's pages at an address, and what a page then stands at: the names that sessions use are in this one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.parts.frame import address, session_keys
from tests.old_workspace import reading


def opened_at(page: str, query: Mapping[str, Any]) -> AppTest:
    """The app at an address."""
    test = AppTest.from_file(str(reading.APP), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.switch_page(f"pages/{page or 'corpus'}.py")
    return test.run()


def choice_on(test: AppTest) -> dict[str, Any]:
    """The settings of the features that a page looks through."""
    return test.session_state[session_keys.CHOICE.name].as_dict()


def pool_on(test: AppTest) -> dict[str, Any]:
    """The pool's filters on a page."""
    return dict(test.session_state[session_keys.POOL.name])


def recipe_on(test: AppTest) -> dict[str, Any]:
    """The recipe that the slider of the Subsets page stands at."""
    return dict(test.session_state[session_keys.RECIPE.name])


def selected_on(test: AppTest, name: str) -> Any:
    """What the selector stands at that the address calls ``name``."""
    for key in (session_keys.BOUND.of(name).name, name):
        if key in test.session_state:
            return test.session_state[key]
    return None


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of parameters as a page of today writes them; then, segments wrote their labels, now their options."""
    return {
        name: NAMES_TODAY.get((name, value), value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def without_defaults(query: Mapping[str, Any]) -> dict[str, Any]:
    """The address without a parameter that says what a page shows unasked, which pages of today leave out."""
    return {name: value for name, value in query.items() if (name, value) != (address.LOOK.name, "contrast")}


NAMES_TODAY = {
    ("scores.way", "Your columns"): "own",
    ("scores.way", "Training log"): "log",
    ("measure-view", "Side by side"): "sides",
    ("measure-view", "Curves"): "curves",
    ("measure-view", "Agreement"): "agreement",
    ("measure-view", "Domains"): "domains",
    ("measure-axis", "Size"): "size",
    ("view", "Correlations"): "correlations",
    ("view", "Slopes"): "slopes",
    ("view", "Ledger"): "ledger",
}
