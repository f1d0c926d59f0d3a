"""Commands that read: why, scores, correlate; and the trainer's own file beside an export."""

from __future__ import annotations

from pathlib import Path

import orjson
import pandas as pd
import pytest

from core.__main__ import main
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


def printed(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    capsys.readouterr()
    assert main(list(command)) == 0
    return capsys.readouterr().out


def test_a_row_is_explained_by_its_id_and_by_where_it_came_from(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus_of(workspace.home, records())
    chosen = ["choose", "made", "--size", "20", "--feature", "low=2", "--feature", "high=60", "--save", "kept"]
    out = tmp_path / "rows.jsonl"
    ids = printed(capsys, *chosen, "--ids", "--out", str(out)).split()
    said = printed(capsys, "why", str(tmp_path / "rows.recipe.json"), ids[0])
    assert printed(capsys, "why", "kept", ids[0]) == said  # a saved subset, by its name
    assert said.startswith(f"{ids[0]}  in the subset") and "rank" in said
    line = next(number for number, row in enumerate(records(), start=1) if row not in _written(out))
    assert "not in the subset" in printed(capsys, "why", str(tmp_path / "rows.recipe.json"), f"made.jsonl:{line}")
    assert main(["why", str(tmp_path / "rows.recipe.json"), "12"]) == 1


def _written(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_scores_of_a_file_are_listed_and_correlated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"subset-{number},{46 + number / 2}" for number in range(8)]
    (tmp_path / "scores.csv").write_text("subset,mmlu\n" + "\n".join(lines) + "\n", encoding="utf-8")
    table = tmp_path / "listed.csv"
    listed = printed(capsys, "scores", str(tmp_path / "scores.csv"), "--csv", str(table))
    assert "subset-7" in listed and "49.5" in listed and "8 scores" in listed
    renamed = table.read_text(encoding="utf-8").replace("subject", "subset", 1)
    table.write_text(renamed, encoding="utf-8")
    readings = tmp_path / "readings.csv"
    readings.write_text("subset,ie\n" + "".join(f"subset-{n},{n}\n" for n in range(8)), encoding="utf-8")
    said = printed(capsys, "correlate", str(readings), str(table))
    assert "each subset taken as independent" in said
    whole = pd.read_csv(readings).assign(series="one")
    whole.to_csv(tmp_path / "whole.csv", index=False)
    assert "taken as independent" not in printed(capsys, "correlate", str(tmp_path / "whole.csv"), str(table))
    assert "mmlu" in said and "ie" in said and " 1 " in said
    assert main(["correlate", str(readings), str(readings)]) == 1


def test_an_export_for_a_trainer_has_its_own_file_beside_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus_of(workspace.home, records())
    asked = ["choose", "made", "--strategy", "random", "--size", "10", "--format", "alpaca", "--out"]
    printed(capsys, *asked, str(tmp_path / "first.json"))
    printed(capsys, *asked, str(tmp_path / "second.json"), "--seed", "1")
    entries = orjson.loads((tmp_path / "dataset_info.json").read_bytes())
    assert {name: entry["file_name"] for name, entry in entries.items()} == {
        "first": "first.json",
        "second": "second.json",
    }


def test_what_the_files_left_out_is_said_beside_the_scores(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, samples = tmp_path / "runs.csv", tmp_path / "samples_x.jsonl"
    runs.write_text("Name,State,Created,Runtime,eval/mmlu\na,finished,1,1,46.1\nb,crashed,1,1,12.1\n")
    samples.write_text('{"doc_id": 0, "doc": {}, "target": "b", "resps": [["y"]], "filtered_resps": ["y"]}\n')
    for command in ("scores", "log"):
        main([command, str(runs)])
        assert "The run b (line 3) is crashed" in capsys.readouterr().err
    main(["scores", str(samples)])
    said = capsys.readouterr().err
    assert "left out: samples_x.jsonl" in said and "No score could be read" in said
