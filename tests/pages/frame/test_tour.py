"""The tour: offered once, five pages that tell the story, over when the reader says so, and remembered."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.frame.page import TITLES
from pages.parts.frame.tour import STEPS


def _page(page: str) -> None:  # a script of its own: it knows no name of ours
    import streamlit as st

    from pages.parts.frame.tour import standing, tour

    tour(page)
    st.caption(f"stands: {standing()}")


def shown(page: str, test: AppTest | None = None) -> AppTest:
    again = AppTest.from_function(_page, kwargs={"page": page})
    if test is not None:
        again.session_state["ds.tour"] = test.session_state["ds.tour"]
    again.run()
    assert not again.exception
    return again


def test_it_is_offered_on_the_first_page_alone_and_goes_on_only_when_asked_for() -> None:
    assert [button.label for button in shown("corpus").button] == ["Show me", "No, thanks"]
    assert not shown("subsets").button and not shown("activity").button


def test_it_leads_from_page_to_page_to_its_end() -> None:
    test = shown("corpus")
    test.button(key="tour-start").click().run()
    for place, page in enumerate(STEPS, start=1):
        test = shown(page, test)
        assert test.text[0].value.startswith(f"Tour, {place} of {len(STEPS)}.")
        links = [link.proto.label for link in test.get("page_link")]
        following = list(STEPS)[place] if place < len(STEPS) else ""
        assert links == ([f"Next: {following.capitalize()}"] if following else [])
    assert not shown("judge", test).text  # no part of the story
    test.button(key="tour-skip").click().run()
    assert not test.button and test.caption[0].value == "stands: over"


@pytest.mark.parametrize("answer", ["tour-skip", "tour-start"])
def test_an_answer_holds_on_every_page(answer: str) -> None:
    test = shown("corpus")
    test.button(key=answer).click().run()
    again = shown("corpus", test)
    assert "Show me" not in [button.label for button in again.button]
    assert bool(again.button) == (answer == "tour-start")


def test_its_pages_are_pages_of_the_app_in_their_order() -> None:
    assert [page for page in TITLES if page in STEPS] == list(STEPS)
