"""What a recorded training shows at each epoch's end equals the model's own outputs, also after a stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.training.base import Base
from core.training.encoding import ANSWER, EncodedRows
from core.training.held_out import row_answers
from core.training.plan import plan_epochs
from core.training.recording import record_training
from core.training.settings import ProxySettings
from tests.training.bases import drawn_rows, tiny_base

SETTINGS = ProxySettings(tokens=1, learning_rate=1e-2, batch_tokens=100)


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return tiny_base(tmp_path / "base")


def rows_for(base: Base) -> EncodedRows:
    lengths = np.random.default_rng(0).integers(4, 40, size=25).tolist()
    return drawn_rows(lengths, vocabulary=base.causal.vocabulary)


def test_answers_equal_the_probabilities_of_each_row_alone(base: Base) -> None:
    encoded = rows_for(base)
    answers = row_answers(base, encoded)
    for row in range(len(encoded)):
        with torch.inference_mode():
            logits = base.model(input_ids=torch.tensor(encoded.ids[row][None].astype(np.int64))).logits[0].float()
        marked = [place for place in range(1, len(encoded.ids[row])) if encoded.kinds[row][place] == ANSWER]
        if not marked:
            assert np.isnan(answers.probability[row])
            continue
        chances = logits.softmax(dim=-1)
        own = [float(chances[place - 1, int(encoded.ids[row][place])]) for place in marked]
        first = [int(chances[place - 1].argmax()) == int(encoded.ids[row][place]) for place in marked]
        assert answers.probability[row] == pytest.approx(np.mean(own), abs=1e-5)
        assert answers.first[row] == pytest.approx(np.mean(first))
        assert answers.loss[row] == pytest.approx(-np.mean(np.log(own)), rel=1e-4)


def test_each_epoch_reads_every_row_once_and_no_step_spans_two(base: Base) -> None:
    encoded = rows_for(base)
    plan = plan_epochs(encoded, SETTINGS, epochs=3, seed=4)
    assert plan.ends[-1] == len(plan.steps) and len(plan.ends) == 3
    for start, end in zip((0, *plan.ends), plan.ends):
        rows = np.concatenate([step[:, 0] for step in plan.steps[start:end]])
        assert sorted(rows.tolist()) == list(range(len(encoded)))
    assert plan.counted.sum() == 3 * encoded.learnt.sum()


def test_a_stopped_recording_goes_on_as_if_it_had_not_stopped(base: Base, tmp_path: Path) -> None:
    encoded = rows_for(base)
    whole = record_training(base, encoded, SETTINGS, epochs=3, seed=1, folder=tmp_path / "whole")
    assert whole.shape == (3, 3, len(encoded))
    assert np.nanmean(whole[-1, 2]) < np.nanmean(whole[0, 2]), "it learns"
    for stop in (4, 7, 9):  # within epochs, and within the pass at an end
        calls = 0

        def cancel(done: float, total: float, note: str = "", stop: int = stop) -> None:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise Cancelled("stopped")

        folder = tmp_path / f"stopped-{stop}"
        with pytest.raises(Cancelled):
            record_training(base, encoded, SETTINGS, epochs=3, seed=1, folder=folder, progress=cancel)
        again = record_training(base, encoded, SETTINGS, epochs=3, seed=1, folder=folder)
        assert np.array_equal(again, whole, equal_nan=True), stop
