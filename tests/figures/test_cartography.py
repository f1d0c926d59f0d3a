"""The map of a training: cells count every row once, and boxes take what lies in them."""

from __future__ import annotations

import numpy as np

from core.features.models.dynamics import regions
from core.figures.cartography import CELLS, cartography_figure, cell_table, cells_of, rows_in_box


def test_cells_hold_every_known_row_once_with_its_means() -> None:
    draw = np.random.default_rng(0)
    confidence, variability, right = draw.random(500), draw.random(500) / 2, draw.random(500)
    confidence[3], variability[4] = np.nan, np.nan
    cell = cells_of(confidence, variability)
    assert cell[3] == cell[4] == -1 and cell.max() < CELLS * CELLS
    labels = regions(confidence, variability)
    table = cell_table(confidence, variability, right, labels)
    assert table["rows"].sum() == 498
    for line in table.to_dict("records"):
        rows = [row for row in range(500) if cell[row] == line["cell"]]
        assert line["rows"] == len(rows) and np.isclose(line["correctness"], np.mean(right[rows]))
        for values, other in ((variability, confidence), (confidence, variability)):
            highest = np.nanmax(values[np.isfinite(other)])
            assert len({(int(min(values[row] / highest * CELLS, CELLS - 1))) for row in rows}) == 1
        counts = [sum(labels[row] == name for row in rows) for name in ("easy", "ambiguous", "hard")]
        assert sum(labels[row] == line["region"] for row in rows) == max(counts)
    assert len(cartography_figure(table).data[0].x) == len(table)


def test_the_map_of_a_small_model_fills_its_height() -> None:
    confidence = np.linspace(0.001, 0.04, 200)
    table = cell_table(confidence, confidence[::-1], None, regions(confidence, confidence[::-1]))
    assert len(table) > CELLS / 2
    low, high = cartography_figure(table).layout.yaxis.range
    assert low < 0 and 0.04 < high < 0.05


def test_a_box_takes_the_rows_that_lie_in_it_whichever_way_it_was_drawn() -> None:
    confidence, variability = np.array([0.1, 0.5, 0.9, np.nan]), np.array([0.2, 0.3, 0.4, 0.3])
    assert rows_in_box(confidence, variability, x=(0.35, 0.25), y=(0.0, 1.0)).tolist() == [1]
    assert rows_in_box(confidence, variability, x=(0.0, 1.0), y=(1.0, 0.4)).tolist() == [1, 2]
