"""A training recorded from the page and from the command line, its map, and what a press on it selects."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.features.models.cartography import kept_logs, map_named
from core.features.models.dynamics import regions
from core.jobs import queue
from pages.parts.frame import address, session_keys
from pages.parts.scores import training_map
from tests.jobs.running import run_here
from tests.tiny_models import tiny_model


@pytest.fixture
def page(made, no_worker, tmp_path, monkeypatch) -> AppTest:
    monkeypatch.setattr(training_map, "base_choices", lambda corpus: {tiny_model(tmp_path / "small"): "for tests"})
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True
    test.query_params[address.SCORES_FROM.name] = "training"
    return test


def test_a_training_is_run_drawn_and_its_regions_select_rows(page, made, tmp_path):
    workspace, corpus = made
    page.run()
    assert not page.exception and not page.error
    page.number_input(key="scores.dynamics.rows").set_value(20)
    page.number_input(key="scores.dynamics.epochs").set_value(3)
    page.text_input(key="scores.dynamics.seeds").set_value("0 1").run()
    page.button(key="scores.start.training-dynamics").click().run()
    (job,) = queue.jobs(workspace)
    result = run_here(workspace, job.task, job.request)
    assert result["rows"] == 20 and -1 <= result["agreement"] <= 1
    page.run()
    assert not page.exception and not page.error
    name, (confidence, variability, correctness) = map_named(corpus)
    assert name == "small, 3 epochs" and correctness
    labels = regions(corpus.column(confidence), corpus.column(variability), share=0.33)
    page.button(key="scores.schedules.keep").click().run()
    assert not page.exception and f"loss_weight@{name}" in corpus.columns
    log = kept_logs(corpus)[name]
    assert len(log.rows) == 20 * 2 * 3 and len(np.unique(log.rows)) == 20
    page.button(key="scores.region.hard").click().run()
    assert not page.exception
    chosen = page.session_state[session_keys.SELECTION.name]
    assert chosen.rows.tolist() == np.flatnonzero(labels == "hard").tolist() != []


def test_the_command_line_records_and_lists_regions(made, tmp_path, capsys):
    _, corpus = made
    base = tiny_model(tmp_path / "small")
    assert main(["regions", corpus.id]) == 1
    assert "no training" in capsys.readouterr().err
    asked = ["--base", base, "--rows", "40", "--epochs", "2", "--batch-tokens", "200"]
    assert main(["dynamics", corpus.id, *asked]) == 0
    assert "forgetting@small, 2 epochs" in capsys.readouterr().out
    ids = tmp_path / "hard.txt"
    assert main(["regions", corpus.id, "--region", "hard", "--ids", str(ids)]) == 0
    labels = corpus.column("region@small, 2 epochs")
    assert ids.read_text().split() == [f"{int(corpus.ids[row]):016x}" for row in np.flatnonzero(labels == "hard")]
    assert main(["choose", corpus.id, "--strategy", "random", "--size", "3", "--pool", f"id=@{ids}", "--ids"]) == 0
    assert set(capsys.readouterr().out.split()[-3:]) <= set(ids.read_text().split())


def test_a_log_with_seeds_becomes_a_map_that_its_address_opens(page, made, tmp_path, capsys):
    _, corpus = made
    lines = [
        {"position": row, "epoch": epoch, "seed": seed, "p_gold": (row + epoch) % 7 / 7, "correct": (row * epoch) % 2}
        for row in range(12) for epoch in range(3) for seed in ("a", "b")
    ]  # fmt: skip
    path = tmp_path / "two seeds.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    assert main(["cartography", corpus.id, str(path)]) == 0
    assert main(["regions", corpus.id, "--of", "two seeds", "--share", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "forgetting@two seeds" in out and "ambiguous" in out
    assert main(["cartography", corpus.id, str(path.rename(tmp_path / "newer.jsonl"))]) == 0
    page.query_params[address.TRAINING_SHOWN.name] = "two seeds"
    page.run()
    assert not page.exception
    assert next(box.value for box in page.selectbox if box.label == "Training") == "two seeds"
