"""Compare warns where a run's model has another tokenizer than its subsets, and measures through the model's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from transformers import AutoTokenizer

from core.corpus.store import open_corpus
from core.evidence import ledger
from core.evidence.entries import Run, Score
from core.workbench.inspections import comparison
from core.workbench.inspections.evidence import load_evidence
from core.workbench.inspections.run_tokenizers import other_tokenizers, same_tokenizer
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from tests.evidence import seeded
from tests.jobs.in_process import do_queued
from tests.tiny_models import tiny_model

PAGE = Path(__file__).resolve().parents[3] / "pages" / "compare.py"


def trained(home: Path, model: str) -> list[Subset]:
    """Seven micro subsets with a score each, of runs that name ``model``."""
    saved = seeded.subsets(home)
    scores = [
        Score(run=Run(label=subset.name, subset=subset.digest, model=model), benchmark="b", measure="m", value=place)
        for place, subset in enumerate(saved)
    ]
    ledger.add_scores(Workspace(home), scores, title="trained")
    return saved


def opened() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.run()
    assert not page.exception, page.exception
    return page


def test_the_press_measures_the_subsets_through_the_models_own_tokenizer(
    home: Path, tmp_path: Path, no_worker: None
) -> None:
    model = tiny_model(tmp_path / "base")
    saved = trained(home, model)
    page = opened()
    said = next(warning.value for warning in page.warning).replace("\\", "")
    assert "another tokenizer than mistral-32k" in said
    assert "7 subsets of a micro strategy were chosen by types of it" in said
    next(button for button in page.button if str(button.key).startswith("through-start")).click().run()
    assert not page.exception
    assert len(do_queued(Workspace(home))) == 1
    page.run()
    assert not page.warning
    assert any("in metrics that end in · base" in caption.value for caption in page.caption)
    table = comparison.readings_table(Workspace(home), saved).set_index("key")
    # The slow way: the model's tokenizer itself, over the responses of one subset.
    tokenizer = AutoTokenizer.from_pretrained(model)
    corpus = open_corpus(Workspace(home), saved[3].recipe.corpus)
    texts = [corpus.text("response")[row] for row in corpus.positions_of(saved[3].ids)]
    ids = [token for text in texts for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
    shares = np.unique(ids, return_counts=True)[1] / len(ids)
    entropy = float(-(shares * np.log(shares)).sum())
    assert table.loc[saved[3].key, "response.ie@base"] == pytest.approx(entropy)
    assert table.loc[saved[3].key, "response.ie@base"] != table.loc[saved[3].key, "response.ie@mistral-32k"]
    metric = next(box for box in page.selectbox if box.label == "Metric")
    assert any("base" in option for option in metric.options)


def test_the_same_tokenizer_is_no_reason_to_warn_and_a_model_that_is_not_here_is_said(home: Path) -> None:
    trained(home, "somebody/a-model")
    page = opened()
    assert not page.warning
    assert any("somebody/a" in caption.value and "not known" in caption.value for caption in page.caption)
    (other,) = other_tokenizers(load_evidence(Workspace(home)))
    assert (other.folder, other.micro, len(other.subsets)) == ("", 7, 7)


def test_tokenizers_are_told_apart_by_the_ids_they_give(tmp_path: Path) -> None:
    one, copy = tiny_model(tmp_path / "one"), tiny_model(tmp_path / "copy", seed=5)
    assert same_tokenizer(one, copy)
    assert not same_tokenizer(one, "mistral-32k")
    assert not same_tokenizer("mistral-32k", "tekken-131k")
    assert same_tokenizer("words", "words")


def test_a_folder_outside_the_roots_is_not_opened(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    trained(home, tiny_model(tmp_path_factory.mktemp("elsewhere") / "base"))
    (other,) = other_tokenizers(load_evidence(Workspace(home)))
    assert other.folder == ""
