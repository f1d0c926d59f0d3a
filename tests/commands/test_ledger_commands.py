"""`log`, `log-corpus`, `ledger` and `corpora` by the command line: what the Compare and Corpus pages then read."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.__main__ import main
from core.corpus.corpus_list import list_corpora
from core.corpus.store import Corpus
from core.evidence.entries import LoggedSubset
from core.evidence.ledger import read
from core.workbench.subsets import subset_named
from core.workspace.artefacts import Workspace


@pytest.fixture
def saved(made: tuple[Workspace, Corpus], capsys) -> tuple[Workspace, Corpus]:
    """Two saved subsets of the corpus "made"."""
    for name, size in (("small", "8"), ("large", "20")):
        assert main(["choose", "made", "--strategy", "random", "--size", size, "--save", name]) == 0
    capsys.readouterr()
    return made


def logged(workspace: Workspace) -> dict[tuple[str, str], float]:
    """The values of the ledger by (name in the file, benchmark)."""
    scores = read(workspace).scores()
    return {(row.label, row.benchmark): row.value for row in scores.itertuples()}


def test_scores_are_matched_logged_once_replaced_and_taken_back(saved, tmp_path: Path, capsys) -> None:
    workspace, _ = saved
    path = tmp_path / "scores.csv"
    path.write_text("subset,gsm8k\nsmall,41.5\nlarge,44.25\n")
    assert main(["log", str(path), "--model", "Llama-2-7B"]) == 0
    assert "2 scores logged" in capsys.readouterr().out
    assert logged(workspace) == {("small", "gsm8k"): 41.5, ("large", "gsm8k"): 44.25}
    scores = read(workspace).scores().set_index("label")
    assert scores.loc["small", "subset"] == subset_named(workspace, "small").digest
    assert set(scores["model"]) == {"Llama-2-7B"}
    assert main(["log", str(path), "--model", "Llama-2-7B"]) == 0
    assert "0 scores logged, 2 were there already" in capsys.readouterr().out
    path.write_text("subset,gsm8k\nsmall,42.5\n")
    assert main(["log", str(path), "--model", "Llama-2-7B"]) == 0
    assert logged(workspace)["small", "gsm8k"] == 41.5
    assert main(["log", str(path), "--model", "Llama-2-7B", "--replace"]) == 0
    assert logged(workspace)["small", "gsm8k"] == 42.5
    capsys.readouterr()
    assert main(["ledger"]) == 0
    batches = [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]]
    newest = max(batches)
    assert main(["ledger", "--undo", newest]) == 0
    assert "taken back" in capsys.readouterr().out
    assert logged(workspace)["small", "gsm8k"] == 41.5
    assert main(["ledger", "--undo", "nonsense"]) == 1


def test_names_are_matched_by_hand_or_are_data_sets_that_are_not_here(saved, tmp_path: Path, capsys) -> None:
    workspace, _ = saved
    path = tmp_path / "scores.csv"
    path.write_text("run,gsm8k\nrun-17,41.5\nelsewhere,30\n")
    key = subset_named(workspace, "large").key
    assert main(["log", str(path), "--match", f"run-17={key}", "--unseen"]) == 0
    scores = read(workspace).scores().set_index("label")
    assert scores.loc["run-17", "subset"] == subset_named(workspace, "large").digest
    assert scores.loc["elsewhere", "subset"] in {entry.digest for entry in read(workspace).of(LoggedSubset)}
    assert "a data set that is not here" in capsys.readouterr().out
    assert main(["log", str(path), "--match", "nobody=large"]) == 1
    assert "--match takes a name in the files" in capsys.readouterr().err


def test_columns_take_the_role_that_is_given_to_them(saved, tmp_path: Path, capsys) -> None:
    workspace, _ = saved
    path = tmp_path / "odd.csv"
    path.write_text("who,marks,again\nsmall,41.5,3\nlarge,44.25,4\n")
    roles = ["--column", "who=subset", "--column", "marks=score", "--column", "again=ignore"]
    assert main(["log", str(path), "--benchmark", "gsm8k", *roles]) == 0
    assert set(logged(workspace).values()) == {41.5, 44.25}
    capsys.readouterr()
    assert main(["scores", str(path), "--benchmark", "gsm8k", *roles]) == 0
    out = capsys.readouterr().out
    assert "41.5" in out and "gsm8k" in out


def test_a_corpus_is_logged_as_a_data_set(saved, capsys) -> None:
    workspace, _ = saved
    assert main(["log-corpus", "made"]) == 0
    digest = capsys.readouterr().out.split()[0]
    assert digest in {entry.digest for entry in read(workspace).of(LoggedSubset)}


def test_corpora_are_renamed_deleted_and_brought_back(saved, capsys) -> None:
    workspace, corpus = saved
    assert main(["corpora", "--rename", "made", "of records"]) == 0
    assert [info.name for info in list_corpora(workspace)] == ["of records"]
    assert main(["corpora", "--delete", "of records"]) == 0
    assert list_corpora(workspace) == []
    assert main(["corpora", "--restore", "nonsense"]) == 1
    assert corpus.id in capsys.readouterr().err
    assert main(["corpora", "--restore", corpus.id]) == 0
    assert [info.name for info in list_corpora(workspace)] == ["of records"]
    assert "40" in capsys.readouterr().out
