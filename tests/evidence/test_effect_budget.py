"""A budget from effects: against trying every split, rounding to whole rows, and tables that cannot be read."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import InputError
from core.evidence.effect_budget import effect_budget, effects_of
from tests.corpora import corpus_of, records

NAMES = ["code", "maths", "talk"]
EFFECTS = np.array([[1.0, 0.6, 0.1], [0.3, 1.0, 0.0], [0.0, -0.2, 1.0]])
THERE = {"code": 20, "maths": 15, "talk": 12}


@pytest.mark.parametrize("aim", ["sum", "least"])
def test_no_split_in_whole_rows_is_much_better(aim: str) -> None:
    size = 24
    made = effect_budget(NAMES, EFFECTS, THERE, size=size, aim=aim).set_index("category")
    assert made["rows"].sum() == size and all(made.loc[name, "rows"] <= THERE[name] for name in NAMES)

    def worth(split) -> float:
        ends = [sum(split[i] * EFFECTS[i, j] for i in range(3)) for j in range(3)]
        return sum(ends) if aim == "sum" else min(ends)

    splits = [
        (a, b, size - a - b) for a, b in itertools.product(range(21), range(16)) if 0 <= size - a - b <= THERE["talk"]
    ]
    best = max(worth(split) for split in splits)
    ours = [int(made.loc[name, "rows"]) for name in NAMES]
    assert worth(ours) >= best - 1.01  # a row more or less, by the rounding
    assert made["worth"].to_dict() == pytest.approx(
        {name: sum(ours[i] * EFFECTS[i, j] for i in range(3)) for j, name in enumerate(NAMES)}
    )
    order = [2, 0, 1]
    again = effect_budget([NAMES[i] for i in order], EFFECTS[np.ix_(order, order)], THERE, size=size, aim=aim)
    assert worth([int(again.set_index("category").loc[name, "rows"]) for name in NAMES]) >= best - 1.01


def test_a_table_that_is_not_square_or_names_nobody_is_refused() -> None:
    table = pd.DataFrame(EFFECTS, columns=NAMES)
    table.insert(0, "of", NAMES)
    names, effects = effects_of(table.assign(code=[np.nan, 0.3, 0.0]))
    assert names == NAMES and effects[0, 0] == 1.0
    with pytest.raises(InputError, match="same categories"):
        effects_of(table.rename(columns={"talk": "chat"}))
    with pytest.raises(InputError, match="is no number"):
        effects_of(table.astype(object).assign(talk=["x", 0, 1]))
    with pytest.raises(InputError, match="No row has"):
        effect_budget(NAMES, EFFECTS, {"code": 3, "maths": 3}, size=4)
    with pytest.raises(InputError, match="hold 47 rows"):
        effect_budget(NAMES, EFFECTS, THERE, size=48)


def test_the_command_gives_quotas_that_choose_take(workspace, tmp_path, capsys) -> None:
    _, corpus = corpus_of(workspace.home, records(60))
    path = tmp_path / "effects.csv"
    path.write_text(",poem,note,list\npoem,1,0.5,0\nnote,0,1,0.2\nlist,0.1,0,1\n")
    assert main(["effect-budget", corpus.id, "--effects", str(path), "--size", "12"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    quotas = [word.strip("'") for word in said.split() if "=" in word]
    words = [word for quota in quotas for word in ("--quota", quota)]
    assert main(["choose", corpus.id, "--strategy", "random", "--size", "12", *words, "--ids"]) == 0
    chosen = np.array([int(word, 16) for word in capsys.readouterr().out.split()[-12:]], dtype=np.uint64)
    got = pd.Series(corpus.column("category")[np.searchsorted(corpus.ids, chosen)]).value_counts()
    for quota in quotas:
        name, rows = quota.removeprefix("category=").split(":")
        assert got.get(name, 0) == int(rows)
