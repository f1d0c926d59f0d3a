"""Views in groups: the address holds the view alone, and every link opens its group."""

from __future__ import annotations

from typing import Any

import pytest

from pages.parts.compare import chosen_view
from pages.parts.frame import address, session_keys
from pages.parts.frame.grouped_views import group_of
from pages.parts.scores import ways
from tests.pages.frame.addresses import BAND, address_of, opened, put


@pytest.mark.parametrize(("link", "way"), [("answers", "answers"), ("Training log", "log")])
def test_a_link_to_a_way_opens_its_group(addressed: Any, link: str, way: str) -> None:
    test = opened("scores", {**BAND, "corpus": addressed.id, "scores.way": link})
    assert test.segmented_control(key=session_keys.SCORES_GROUP.name).value == group_of(ways.GROUPS, way)
    assert test.segmented_control(key=address.SCORES_FROM.widget.name).value == way


def test_another_group_opens_at_its_first_way_and_stands_in_the_address(addressed: Any) -> None:
    test = opened("scores", {**BAND, "corpus": addressed.id})
    test.segmented_control(key=session_keys.SCORES_GROUP.name).set_value("Saved subsets").run()
    assert address_of(test, "scores")["scores.way"] == "holes"
    put(test, "scores.way", "daar")
    assert address_of(test, "scores")["scores.way"] == "daar"
    test.segmented_control(key=session_keys.SCORES_GROUP.name).set_value("Rows alone").run()
    assert "scores.way" not in address_of(test, "scores")  # the default


def test_no_view_stands_in_two_groups() -> None:
    for groups in (ways.GROUPS, chosen_view.GROUPS):
        views = [view for group in groups.values() for view in group]
        assert len(views) == len(set(views))
