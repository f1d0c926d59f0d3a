"""Cartography from a log: mean, spread and correctness by hand, whatever the format and the order of the lines."""

from __future__ import annotations

import random
import statistics

import numpy as np
import orjson
import pytest

from core.corpus.row_ids import show_id
from core.errors import InputError
from core.features.models.cartography import cartography, keep_cartography, read_log


def lines_of(corpus, *, epochs: int = 4) -> list[dict[str, object]]:
    draw = random.Random(3)
    return [
        {"id": show_id(int(corpus.ids[row])), "epoch": epoch, "p_gold": draw.random(), "correct": draw.random() > 0.4}
        for epoch in range(epochs)
        for row in range(0, len(corpus), 2)
    ]


def test_it_equals_the_definition_row_by_row(made):
    _, corpus = made
    log = lines_of(corpus)
    random.Random(1).shuffle(log)
    data = b"\n".join(orjson.dumps(line) for line in log)
    made_columns = keep_cartography(corpus, read_log(data, name="run.jsonl"), name="run.jsonl")
    measures = ("confidence", "variability", "correctness", "forgetting", "learnt_at", "region")
    assert made_columns["columns"] == {name: f"{name}@run" for name in measures}
    for row in range(len(corpus)):
        own = [line for line in log if line["id"] == show_id(int(corpus.ids[row]))]
        if not own:
            assert np.isnan(corpus.column("confidence@run")[row])
            continue
        chances = [float(line["p_gold"]) for line in own]
        assert corpus.column("confidence@run")[row] == pytest.approx(statistics.fmean(chances))
        assert corpus.column("variability@run")[row] == pytest.approx(statistics.pstdev(chances))
        assert corpus.column("correctness@run")[row] == pytest.approx(statistics.fmean(line["correct"] for line in own))


def test_positions_in_csv_do_as_well(made):
    _, corpus = made
    text = "\ufeffindex,epoch,confidence\n0,1,0.25\n0,2,0.75\n7,1,1\n99999,1,0.5\n"
    result = cartography(corpus, read_log(text.encode(), name="log.csv"))
    assert (result.confidence[0], result.variability[0], result.confidence[7]) == (0.5, 0.25, 1.0)
    assert (result.epochs, result.matched, result.unmatched) == (2, 2, 1)
    assert np.isnan(result.correctness).all()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "holds no line"),
        (b"id,epoch\n1,1\n", "no column p_gold"),
        (b"epoch,p_gold\n1,0.5\n", "no column id or position"),
        (b"position,epoch,p_gold\n0,1,1.5\n", "Line 1"),
        (b"position,epoch,p_gold\n0,1,nan\n", "Line 1"),
        (b"id,epoch,p_gold\n12,1,0.5\n", "names a row"),
        (b'{"id": 1}\nnonsense\n', "Line 2"),
    ],
)
def test_a_log_that_cannot_be_read_says_why(made, data, reason):
    with pytest.raises(InputError, match=reason):
        cartography(made[1], read_log(data, name="log"))
