"""Near-duplicates whose categories disagree are found, kept and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import FeatureMissing
from core.progress import silent
from core.workbench.inspections import label_conflicts as conflicts
from core.workbench.tasks import features as tasks
from tests.corpora import corpus_of


def test_a_row_that_stands_twice_under_two_labels_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    texts = ["The harbour opens at dawn and closes at dusk.", "Protein folds in water.", "A marble rolls downhill."]
    rows = [{"instruction": f"Say {n}.", "output": text, "category": "a"} for n, text in enumerate(texts)]
    rows.append({"instruction": "Say it again.", "output": texts[0], "category": "b"})
    workspace, corpus = corpus_of(tmp_path, rows)
    request = {"corpus": corpus.id, "choice": {"component": "response"}, "column": "category", "ceiling": 0.95}
    with pytest.raises(FeatureMissing, match="embeddings"):
        conflicts.find(workspace, request, silent)
    tasks.embed(workspace, {"corpus": corpus.id, "component": "response"}, silent)
    assert conflicts.load(workspace, request) is None
    assert conflicts.find(workspace, request, silent) == {"pairs": 1}
    result = conflicts.load(workspace, request)
    assert result is not None
    table, total = result
    assert total == 1
    assert {table["first_category"][0], table["second_category"][0]} == {"a", "b"}
    assert table["cosine"][0] == pytest.approx(1, abs=1e-3)
