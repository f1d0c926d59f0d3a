"""The list of saved subsets is the same however often it was read before, and whoever changed it since."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from core.evidence import ledger
from core.metrics.registry import instant_names
from core.workbench import subsets
from core.workbench.inspections import comparison
from core.workbench.saved_list import SavedLine, delete, restore, saved_list
from core.workspace import artefacts, names
from core.workspace.artefacts import Workspace
from tests.benchmarks.bench_saved_lists import fill
from tests.corpora import corpus_of, records


def as_if_new(workspace: Workspace) -> list[SavedLine]:
    """The list as a process reads it that has read nothing yet."""
    artefacts._OPENED.clear()
    names._READ.clear()
    return saved_list(workspace)


def test_after_every_change_the_list_is_that_of_a_new_process(tmp_path: Path) -> None:
    workspace, draw = Workspace(tmp_path), Random(0)
    fill(workspace, subsets=30, batches=0)
    gone: list[str] = []
    for step in range(60):
        lines = saved_list(workspace)
        key = draw.choice(lines).key
        change = draw.choice(("delete", "restore", "rename", "note"))
        if change == "delete" and len(lines) > 5:
            delete(workspace, [key])
            gone.append(key)
        elif change == "restore" and gone:
            restore(workspace, gone.pop())
        elif change == "rename":
            subsets.rename(workspace, key, f"name {step}")
        else:
            names.set_note(workspace, "subsets", key, f"note {step}")
        remembered = saved_list(workspace)
        assert (remembered == as_if_new(workspace) and remembered != lines) or change in ("delete", "restore")


def test_lists_that_are_read_again_open_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path)
    fill(workspace, subsets=40, batches=40)
    assert len(saved_list(workspace)) == 40 and len(ledger.read(workspace).entries) == 40
    opened: list[object] = []
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path) or read_bytes(path))
    assert len(saved_list(workspace)) == 40 and len(ledger.read(workspace).entries) == 40
    assert not opened


def test_the_features_of_one_corpus_and_choice_are_looked_up_once_for_all_subsets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, corpus = corpus_of(tmp_path, records())
    fill(workspace, subsets=40, batches=0, corpora=(corpus.id,))
    saved = subsets.list_subsets(workspace)
    asked: list[object] = []
    feature_keys = comparison.feature_keys
    monkeypatch.setattr(
        comparison, "feature_keys", lambda corpus, choice: asked.append(choice) or feature_keys(corpus, choice)
    )
    missing = comparison.missing(workspace, saved, instant_names())
    assert missing == sorted(subset.key for subset in saved) and len(asked) == 1  # the first component settles it
    together = comparison.situation(workspace, saved[:3])
    assert len(asked) == 1 + len(comparison.MEASURED_ON)
    assert together != comparison.situation(workspace, saved[:2])
