"""Bars of the values of a column: the others apart, numbers in their order."""

from __future__ import annotations

from core.figures.corpus import count_bars, count_table


def test_many_rare_values_do_not_flatten_the_frequent_ones() -> None:
    counts = {f"name {place:04}": 1 for place in range(4000)} | {"first": 30, "second": 20}
    table = count_table(counts, title="Name")
    assert table.iloc[-1].tolist() == ["3,990 others", 3990, 3990]
    figure = count_bars(table)
    named, others = figure.data
    assert max(figure.layout.xaxis.range) < 40
    assert list(named.x[:2]) == [30, 20]
    assert list(others.x) == [30]
    assert others.text == ("→ 3,990",)
    assert min(others.y) - max(named.y) > 1  # a gap sets them apart


def test_a_few_others_keep_their_length() -> None:
    counts = {f"name {place:02}": 100 - place for place in range(14)}
    figure = count_bars(count_table(counts, title="Name"))
    assert (list(figure.data[1].x), figure.data[1].text) == ([100], ("→ 175",))
    counts = {f"name {place:02}": 100 for place in range(12)} | {"rare": 1, "rarer": 1}
    figure = count_bars(count_table(counts, title="Name"))
    assert (list(figure.data[1].x), figure.data[1].text) == ([2], ("2",))


def test_numbers_stay_in_their_order_and_the_last_are_summed() -> None:
    turns = {str(turns): 100 - turns for turns in range(2, 60, 2)}
    table = count_table(turns, title="Turns", by_number=True)
    assert table["Turns"].tolist()[:3] == ["2", "4", "6"]
    assert table.iloc[-1].tolist() == ["26 to 58", sum(100 - turns for turns in range(26, 60, 2)), 17]


def test_a_table_without_others_has_one_kind_of_bars_and_an_empty_one_none() -> None:
    assert len(count_bars(count_table({"a": 3, "b": 1}, title="Name")).data) == 1
    assert len(count_bars(count_table({}, title="Name")).data) == 0
