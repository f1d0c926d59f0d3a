"""Score files that people were surprised by in tools like this one: each as it lies on a disk, with its right values.

The inputs are our own, made with the structure of the real ones. A folder is one case; tests below it try the same kind
with other headers, nestings and settings.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from core.evidence.importers import registry
from core.evidence.importers.proposal import Options
from core.evidence.importers.sources import open_tree

HERE = Path(__file__).parent


def tree_of(path: Path, options: dict[str, Options] | None = None) -> registry.TreeImport:
    with open_tree(path) as tree:
        return registry.read_tree(tree, options)


def wanted(tree_import: registry.TreeImport) -> dict[tuple[str, str, str], float]:
    """The scores that a person is offered first, by what they are about."""
    return {
        (score.subject, score.benchmark, score.measure): score.value
        for score in tree_import.whole.scores
        if score.primary
    }


def said(tree_import: registry.TreeImport) -> str:
    """Everything that is said of what gave no score."""
    whole = tree_import.whole
    return "\n".join(
        [f"{entry.file} {entry.where}: {entry.why}" for entry in whole.rejected]
        + whole.notices
        + [question.text for question in whole.questions]
        + [f"{path}: {why}" for path, why in tree_import.failed]
        + [f"{path}: {why}" for path, why in tree_import.passed_over]
    )


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def packed(folder: Path, at: Path) -> Path:
    """The folder as a zip, its name included, as a person packs it."""
    with zipfile.ZipFile(at, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{folder.name}/{file.relative_to(folder)}")
    return at


# ------------------------------------------------------------------------------------- s05: the folder of lm-eval


def test_of_two_results_of_a_model_the_newer_counts_and_samples_are_named(tmp_path: Path) -> None:
    folder = HERE / "s05-lmeval-folder" / "evals"
    for path in (folder, packed(folder, tmp_path / "evals.zip")):
        tree_import = tree_of(path)
        assert wanted(tree_import) == {("macro-30", "boolq", "acc"): 0.61, ("macro-70", "boolq", "acc"): 0.58}
        assert len(tree_import.whole.scores) == 2 and not tree_import.failed
        (older,) = tree_import.whole.older
        assert older.value == 0.55 and "2026-03-01 09:10:11" in said(tree_import)
        assert "2026-03-04 09:10:11" in said(tree_import)
        assert [entry.why for entry in tree_import.passed_over] == [
            "samples of the lm-evaluation-harness, one line a question"
        ] * 3
        assert (tree_import.read, tree_import.contradicting) == (3, 0)


def test_samples_given_alone_are_refused_with_the_file_to_give(tmp_path: Path) -> None:
    file = next((HERE / "s05-lmeval-folder").rglob("samples_*.jsonl"))
    tree_import = tree_of(file)
    assert not tree_import.whole.scores
    assert "samples of the lm-evaluation-harness" in said(tree_import) and "results_*.json" in said(tree_import)


def test_a_board_that_keeps_the_tasks_under_all() -> None:
    tree_import = tree_of(HERE / "s05-lmeval-folder" / "board.json")
    assert wanted(tree_import) == {("board", "leaderboard_bbh", "acc_norm"): 0.41}
    assert tree_import.whole.scores[0].stderr == 0.006


def lm_eval(model_args: object, acc: object, *, shots: int = 0, **more: object) -> str:
    document = {"results": {"arc": {"acc,none": acc}}, "versions": {"arc": 1}, "n-shot": {"arc": shots},
                "config": {"model_args": model_args}, **more}  # fmt: skip
    return json.dumps(document)


def test_runs_are_told_apart_by_their_adapter_and_by_the_folder_of_a_checkpoint(tmp_path: Path) -> None:
    for number, (arguments, acc) in enumerate(
        [
            ("pretrained=meta/base-8b,peft=/runs/micro-10", 0.1),
            ("pretrained=meta/base-8b,peft=/runs/micro-20", 0.2),
            ({"pretrained": "/runs/micro-30/checkpoint-500", "dtype": "auto"}, 0.3),
            ({"pretrained": "/runs/micro-40/checkpoint-500"}, 0.4),
            ("model=micro-50,base_url=localhost", 0.5),
        ]
    ):
        write(tmp_path / f"{number}" / f"results_2026-01-0{number + 1}T00-00-00.json", lm_eval(arguments, acc))
    tree_import = tree_of(tmp_path)
    assert {subject: value for (subject, _, _), value in wanted(tree_import).items()} == {
        "micro-10": 0.1, "micro-20": 0.2, "micro-30/checkpoint-500": 0.3, "micro-40/checkpoint-500": 0.4,
        "micro-50": 0.5,
    }  # fmt: skip
    assert {score.subject: score.model for score in tree_import.whole.scores}["micro-10"] == "base-8b"


def test_another_setting_is_no_newer_result_of_the_same_run(tmp_path: Path) -> None:
    write(tmp_path / "results_2026-01-01T00-00-00.json", lm_eval("pretrained=a", 0.4, shots=0))
    write(tmp_path / "results_2026-01-02T00-00-00.json", lm_eval("pretrained=a", 0.5, shots=5))
    tree_import = tree_of(tmp_path)
    assert not tree_import.whole.older and tree_import.contradicting == 1
    assert "0.4 in results_2026-01-01T00-00-00.json" in said(tree_import)


def test_the_newest_of_three_counts_in_whatever_order_they_come(tmp_path: Path) -> None:
    for name, day, acc in (("a", 2, 0.5), ("b", 3, 0.5), ("c", 1, 0.4), ("d", 4, 0.6), ("e", 2, 0.45)):
        write(tmp_path / name / f"results_2026-01-0{day}T00-00-00.json", lm_eval("pretrained=/m/x", acc))
    tree_import = tree_of(tmp_path)
    assert list(wanted(tree_import).values()) == [0.6]
    assert sorted(score.value for score in tree_import.whole.older) == [0.4, 0.45, 0.5]
    assert len(tree_import.whole.repeated) == 1 and tree_import.contradicting == 0


def test_hidden_folders_are_named_and_a_file_that_a_person_names_is_read(tmp_path: Path) -> None:
    write(tmp_path / "in" / "s.csv", "subset,score\na,1\n")
    write(tmp_path / "in" / ".cache" / "old.csv", "subset,score\ngone,2\n")
    write(tmp_path / "in" / "deep" / "__MACOSX" / "._s.csv", "subset,score\ngone,3\n")
    for path in (tmp_path / "in", packed(tmp_path / "in", tmp_path / "in.zip")):
        tree_import = tree_of(path)
        assert [score.subject for score in tree_import.whole.scores] == ["a"]
        assert sorted(entry.path.removeprefix("in/") for entry in tree_import.passed_over) == [
            ".cache", "deep/__MACOSX",
        ]  # fmt: skip
    hidden = write(tmp_path / ".scores.csv", "subset,score\nmine,4\n")
    assert [score.subject for score in tree_of(hidden).whole.scores] == ["mine"]
