"""Simulated schedules against plain loops over a log, and the command that keeps them as columns."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from core.__main__ import main
from core.errors import InputError
from core.features.models.dynamics import TrainingLog
from core.features.models.schedules import ScheduleSetting, simulate

SIZE = 15


def drawn() -> TrainingLog:
    draw = np.random.default_rng(0)
    lines = [(row, seed, epoch) for row in range(0, SIZE, 2) for seed in range(2) for epoch in range(1, 5)]
    keys = np.array(lines)[draw.permutation(len(lines))]
    gold = draw.random(len(lines))
    return TrainingLog(keys[:, 0], keys[:, 1], keys[:, 2].astype(float), gold, np.full(len(lines), np.nan))


@pytest.mark.parametrize("all_last", [True, False])
def test_both_schedules_equal_the_definitions(all_last: bool) -> None:
    log, setting = drawn(), ScheduleSetting(threshold=0.6, temperature=0.7, all_last=all_last)
    made = simulate(log, setting, size=SIZE)
    chance = {
        (int(row), int(seed), int(epoch)): float(p)
        for row, seed, epoch, p in zip(log.rows, log.seeds, log.epochs, log.gold)
    }
    read = {
        key: key[2] == 1 or chance[key[0], key[1], key[2] - 1] < 0.6 or (all_last and key[2] == 4) for key in chance
    }
    weight = {}
    for key in chance:
        group = [other for other in chance if other[1:] == key[1:]]
        total = sum(math.exp(-math.log(chance[other]) / 0.7) for other in group)
        weight[key] = len(group) * math.exp(-math.log(chance[key]) / 0.7) / total
    for row in range(SIZE):
        own = [key for key in chance if key[0] == row]
        if not own:
            assert np.isnan(made.kept[row]) and np.isnan(made.weight[row])
            continue
        assert made.kept[row] == pytest.approx(np.mean([read[key] for key in own]))
        assert made.weight[row] == pytest.approx(np.mean([weight[key] for key in own]))
    assert made.work == pytest.approx(np.mean(list(read.values()))) and np.nanmean(made.weight) == pytest.approx(1)
    for epoch, share, equal in made.epochs.to_numpy():
        now = [key for key in chance if key[2] == epoch]
        assert share == pytest.approx(np.mean([read[key] for key in now]))
        sums = sum(weight[key] for key in now), sum(weight[key] ** 2 for key in now)
        assert equal == pytest.approx(sums[0] ** 2 / sums[1] / len(now))


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"threshold": 0.0}, {"temperature": 0.0}, {"threshold": 1.5}):
        with pytest.raises(InputError):
            ScheduleSetting(**wrong)


def test_the_command_simulates_from_a_log_and_keeps_columns(made, tmp_path, capsys) -> None:
    _, corpus = made
    assert main(["schedules", corpus.id]) == 1
    assert "No training's lines" in capsys.readouterr().err
    lines = [{"position": row, "epoch": epoch, "p_gold": (row + 3 * epoch) % 10 / 10} for row in range(10)
             for epoch in range(3)]  # fmt: skip
    log = tmp_path / "mine.jsonl"
    log.write_text("\n".join(map(json.dumps, lines)))
    assert main(["cartography", corpus.id, str(log)]) == 0
    assert main(["schedules", corpus.id, "--threshold", "0.4", "--keep"]) == 0
    assert "dropout reads" in capsys.readouterr().out
    chances = {(line["position"], line["epoch"]): line["p_gold"] for line in lines}
    for row in range(10):
        expected = np.mean([True, chances[row, 0] < 0.4, True])
        assert corpus.column("dropout_kept@mine")[row] == pytest.approx(expected)
