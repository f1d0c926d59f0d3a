"""Options in the address: under their own names, from links of version 0.1 too, and "" as any other option."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from pages.parts.frame import address
from pages.parts.frame.address import Selected
from tests.pages.frame.addresses import BAND, address_of, opened, put

FORMER = [
    (name, label, option)
    for name, parameter in vars(address).items()
    if isinstance(parameter, Selected)
    for label, option in parameter.former.items()
]


def _segments(name: str, labels: dict[str, str], default: str) -> None:  # a script of its own: it knows no name of ours
    import streamlit as st

    from pages.parts.frame import address
    from pages.parts.frame.bound_select import bound_segments

    parameter = getattr(address, name)
    st.text("chosen: " + bound_segments(st, "Which", labels, parameter=parameter, default=default))


def _select(options: list[str], default: str) -> None:
    import streamlit as st

    from pages.parts.frame import address
    from pages.parts.frame.bound_select import bound_select

    chosen = bound_select(
        st, "Which", options, parameter=address.AGREEMENT_COMPONENT, default=default,
        format_func=lambda option: option.capitalize() or "Any",
    )  # fmt: skip
    st.text("chosen: " + chosen)


def shown(script: Any, query: dict[str, str], **given: Any) -> AppTest:
    """The script in a new session, at this address."""
    test = AppTest.from_function(script, kwargs=given)
    test.query_params.update(query)
    test.run()
    assert not test.exception
    return test


def chosen_in(test: AppTest) -> str:
    return str(test.text[0].value).removeprefix("chosen:").strip()


@pytest.mark.parametrize(("name", "label", "option"), FORMER)
def test_a_label_that_an_older_link_holds_is_read_as_its_option(name: str, label: str, option: str) -> None:
    parameter: Selected = getattr(address, name)
    labels = {own: f"another title of {own}" for own in parameter.former.values()}
    default = next(own for own in labels if own != option)
    test = shown(_segments, {parameter.name: label}, name=name, labels=labels, default=default)
    assert (chosen_in(test), test.query_params) == (option, {parameter.name: option})
    again = shown(_segments, dict(test.query_params), name=name, labels=labels, default=default)
    assert chosen_in(again) == option and not again.warning


def test_segments_that_are_not_there_read_as_the_default_and_a_line_says_so() -> None:
    labels = {"position": "Level", "size": "Size"}
    test = shown(_segments, {"measure-axis": "weight"}, name="CURVE_AXIS", labels=labels, default="position")
    assert (chosen_in(test), test.query_params) == ("position", {})
    (warning,) = test.warning
    assert "measure axis is not used, Level is" in warning.value
    test.segmented_control[0].set_value("size").run()
    assert (chosen_in(test), test.query_params, len(test.warning)) == ("size", {"measure-axis": "size"}, 0)


@pytest.mark.parametrize(
    ("query", "default", "option", "afterwards"),
    [
        ({"agree-on": ""}, "response", "", {"agree-on": ""}),
        ({"agree-on": "response"}, "response", "response", {}),
        ({}, "response", "response", {}),
        ({}, "", "", {}),
        ({"agree-on": ""}, "", "", {}),
        ({"agree-on": "response"}, "", "response", {"agree-on": "response"}),
    ],
)
def test_an_empty_option_is_carried_as_any_other(
    query: dict[str, str], default: str, option: str, afterwards: dict[str, str]
) -> None:
    test = shown(_select, query, options=["", "instruction", "response"], default=default)
    assert (chosen_in(test), test.query_params, len(test.warning)) == (option, afterwards, 0)
    test.selectbox[0].set_value("instruction").run()
    assert (chosen_in(test), test.query_params) == ("instruction", {"agree-on": "instruction"})
    test.selectbox[0].set_value("").run()
    assert (chosen_in(test), test.query_params) == ("", {} if default == "" else {"agree-on": ""})


def test_an_empty_value_where_that_is_no_option_reads_as_the_default() -> None:
    test = shown(_select, {"agree-on": ""}, options=["instruction", "response"], default="response")
    assert (chosen_in(test), test.query_params, len(test.warning)) == ("response", {}, 0)


def test_agreement_on_any_component_is_in_the_address(addressed: Any) -> None:
    test = opened("measure", {**BAND, "corpus": addressed.id, "measure-view": "agreement"})
    put(test, address.AGREEMENT_COMPONENT.name, "")
    url = address_of(test, "measure")
    assert url[address.AGREEMENT_COMPONENT.name] == ""
    again = opened("measure", url)
    assert again.session_state[address.AGREEMENT_COMPONENT.chosen.name] == ""


def test_a_link_to_a_page_counts_more_than_what_the_session_chose_there_before(addressed: Any) -> None:
    test = opened("scores", {"corpus": addressed.id})
    put(test, address.SCORES_FROM.name, "daar")
    test.switch_page("pages/corpus.py").run()
    test.query_params.clear()
    test.switch_page("pages/scores.py").run()
    assert test.session_state[address.SCORES_FROM.chosen.name] == "daar"
    test.switch_page("pages/corpus.py").run()
    test.query_params[address.SCORES_FROM.name] = "own"
    test.switch_page("pages/scores.py").run()
    assert test.session_state[address.SCORES_FROM.chosen.name] == "own"


def test_no_box_of_options_escapes_them_for_markdown() -> None:
    """Select boxes show their options as text: an escape would be read as a backslash."""
    boxes = {"selectbox", "multiselect", "bound_select", "bound_multiselect"}
    found = []
    for path in sorted((settings.PROJECT_ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                of_options = [*node.args[1:], *(word.value for word in node.keywords if word.arg == "format_func")]
                calls = [part for given in of_options for part in ast.walk(given) if isinstance(part, ast.Name)]
                if name in boxes and any(part.id == "plain" for part in calls):
                    found.append(f"{path.name}:{node.lineno}")
    assert not found
