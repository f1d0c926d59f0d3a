"""The heat map of tags: a square and a mark for each pair, grey where chance explains it."""

from __future__ import annotations

import pandas as pd

from core.figures.tag_pairs import pair_heat


def test_each_pair_has_a_square_its_number_and_a_mark_that_names_both_tags() -> None:
    grid = pd.DataFrame(
        [("a<b", "c", 40, 10.0, 50.0), ("a<b", "d", 0, 0.0, 0.0), ("c", "a<b", 40, 10.0, 25.0),
         ("c", "d", 7, 0.5, 5.0), ("d", "a<b", 0, 0.0, 0.0), ("d", "c", 7, 0.5, 9.0)],
        columns=["tag", "with", "rows", "lift", "share"],
    )  # fmt: skip
    heat, marks = pair_heat(grid).data
    assert [list(line) for line in heat.text] == [["", "40", ""], ["40", "", "7"], ["", "7", ""]]
    assert heat.z[0][1] == 1.0 and heat.z[0][2] == heat.z[1][2] == 0.0  # ten times chance; never, and rarer than chance
    assert [tuple(line[:2]) for line in marks.customdata] == list(zip(grid["tag"], grid["with"], strict=True))
    assert marks.customdata[0][2] == "a&lt;b" and list(marks.x) == [1, 2, 0, 2, 0, 1]
