"""Pages as a person leaves and opens them again: every widget moved, the address read, another session at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.parts.compare.chosen_view import GROUPS
from pages.parts.frame import address, session_keys
from tests.pages.scores.ways import turn_to_group

ROOT = Path(__file__).resolve().parents[3]
BAND = {"low": "2", "high": "60"}  # one that the small corpora have tokens in
# Tags of the small corpora, without a model.
TAGGED = {"tag_synonyms": "none", "tag_min_rows": "1"}
KEYS = (
    session_keys.CORPUS, session_keys.CHOICE, session_keys.POOL, session_keys.PINNED, session_keys.EXCLUDED,
    session_keys.RECIPE,
)  # fmt: skip
ACTIONS = {
    "button",
    "download_button",
    "file_uploader",
    "dataframe",
    "arrow_data_frame",
}  # nothing that an address carries


class Label(str):
    """An option's label, as a browser sends it; no key of a dictionary, so no page takes it for the option itself."""

    __hash__ = None  # type: ignore[assignment]


def opened(page: str, query: Mapping[str, Any]) -> AppTest:
    """The app in a new session, at the address of a page."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params.update(query)
    return fine(test.switch_page(f"pages/{page}.py").run())


def fine(test: AppTest) -> AppTest:
    """The page, which neither failed nor refused anything of its link."""
    assert not test.exception
    texts = [str(element.value) for kind in (test.error, test.warning) for element in kind]
    assert not any("no message was written" in text or "link's" in text for text in texts), texts
    return test


def shown_again(page: str, test: AppTest, *, built: bool = True) -> dict[str, Any]:
    """The page's address, opened in another session, shows what this one does; gives the address.

    ``built`` False leaves out what the slider stands at: it stays from before where the rows cannot be had.
    """
    url = address_of(test, page)
    state, again = state_of(test), state_of(opened(page, url))
    if not built:
        state.pop(session_keys.RECIPE.name, None)
        again.pop(session_keys.RECIPE.name, None)
    assert again == state
    return url


def address_of(test: AppTest, page: str) -> dict[str, Any]:
    """What the URL says once the person was on another page and came back.

    A browser writes the value of a bound widget into the URL by itself, which an AppTest has not. On the way back
    Streamlit writes it from what the session holds, and the app writes what is its own.
    """
    for turned_to in ("activity", page):
        test.query_params.clear()
        fine(test.switch_page(f"pages/{turned_to}.py").run())
    return dict(test.query_params)


def state_of(test: AppTest) -> dict[str, Any]:
    """What a page shows: the value of every widget with a key, and what the session looks at."""
    widgets = [element for element in elements(test._tree) if getattr(element, "key", None)]
    values = {widget.key: widget.value for widget in widgets if hasattr(widget, "value") and widget.type not in ACTIONS}
    session = {key.name: test.session_state[key.name] for key in KEYS if key.name in test.session_state}
    return values | {name: value for name, value in session.items() if value}  # no rules and none yet are the same


def elements(block: Any) -> Iterator[Any]:
    """Every element of a page, whatever it is in."""
    for child in getattr(block, "children", {}).values():
        yield child
        yield from elements(child)


def carried(test: AppTest) -> dict[str, Any]:
    """The widgets that the URL carries, by their parameter: those that Streamlit binds, and the app's select boxes."""
    widgets: dict[str, Any] = {}
    templates = [family.template.split("{}") for family in (session_keys.BOUND_WIDGET, session_keys.BOUND_SEVERAL)]
    for element in elements(test._tree):
        key = getattr(element, "key", None) or ""
        if bound := getattr(getattr(element, "proto", None), "query_param_key", ""):
            widgets[bound] = element
        for before, after in templates:
            if key.startswith(before) and key.endswith(after):
                widgets[key.removeprefix(before).removesuffix(after)] = element
    return widgets


def put(test: AppTest, name: str, value: Any) -> AppTest:
    """Set the widget of the parameter ``name``; of Compare's views only those of the chosen question are there."""
    if name == address.COMPARE_VIEW.name:
        question = next(question for question, views in GROUPS.items() if value in views)
        test.segmented_control(key=session_keys.COMPARE_GROUP.name).set_value(question).run()
    if name == address.SCORES_FROM.name:
        turn_to_group(test, value)
    carried(test)[name].set_value(value)
    return fine(test.run())


def move_all(test: AppTest, *, stay: Set[str]) -> set[str]:
    """Set every widget that the URL carries to another value, those too that this brings; their names."""
    moved: set[str] = set()
    while True:
        widgets = {name: widget for name, widget in carried(test).items() if name not in moved | stay}
        widgets = {name: widget for name, widget in widgets.items() if not widget.disabled}
        if not widgets:
            return moved
        for name, widget in widgets.items():
            widget.set_value(other_value(widget))
            moved.add(name)
        fine(test.run())


def other_value(widget: Any) -> Any:
    """A value that the widget may have and does not have."""
    if widget.type == "toggle":
        return not widget.value
    if widget.type == "text_input":
        return "of another kind"
    if widget.type == "multiselect":
        return [Label(option) for option in widget.options if option not in widget.values][:2]
    if widget.type in ("selectbox", "button_group"):
        shown = widget.format_func(widget.value) if widget.value is not None else None
        return Label(next(option for option in reversed(widget.options) if option != shown))
    before, step = widget.value or 0, widget.step or 1
    return before + step if widget.max is None or before + step <= widget.max else before - step
