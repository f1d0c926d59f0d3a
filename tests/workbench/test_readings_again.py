"""What one measurer was asked before: instant readings and the rows that were gathered for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.metrics.metric import Measuring
from core.row_positions import PoolRows
from core.workbench import readings
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.readings import Measurer
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

NAMES = ["sl", "ie"]


@pytest.fixture
def asked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> tuple[Measurer, list[Measuring]]:
    """A measurer of responses, and all that any measurer measures from now on."""
    workspace, corpus = corpus_of(Path(workspace.home), records(60))
    measurings: list[Measuring] = []
    real = readings.measure

    def measure(name: str, measuring: Measuring):
        measurings.append(measuring)
        return real(name, measuring)

    monkeypatch.setattr(readings, "measure", measure)
    return Measurer(CorpusView(workspace, corpus, FeatureSettings()), "response"), measurings


def test_parts_of_a_page_that_ask_for_the_same_rows_have_them_gathered_and_measured_once(asked) -> None:
    measurer, measurings = asked
    rows = PoolRows(np.arange(5, 30))
    first = measurer.measured(rows, NAMES)
    again = {name: measurer.measured(PoolRows(rows[::-1].copy()), [name])[name] for name in NAMES}
    assert again == first and len(measurings) == len(NAMES)
    assert measurings[0].view is measurings[1].view
    assert first == Measurer(measurer.corpus_view, "response").measured(rows, NAMES)


def test_other_rows_and_another_seed_are_measured_by_themselves(asked) -> None:
    measurer, measurings = asked
    few, more = PoolRows(np.arange(5)), PoolRows(np.arange(20))
    lengths = [measurer.measured(rows, ["sl"])["sl"].value for rows in (few, more, few)]
    tokens = np.asarray(measurer.reference.tokens.lengths)
    assert lengths == pytest.approx([tokens[:5].mean(), tokens[:20].mean(), tokens[:5].mean()])
    assert len(measurings) == 2
    measurer.measured(few, ["sl"], seed=1)
    assert len(measurings) == 3


def test_only_so_many_readings_are_remembered(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    measurer, measurings = asked
    monkeypatch.setattr(readings, "INSTANT_KEPT", 2)
    for size in (3, 4, 5, 5, 3):
        measurer.measured(PoolRows(np.arange(size)), ["sl"])
    assert len(measurings) == 4 and len(measurer._instant) <= 2
