"""`python -m core measure FILE`: any format, a table or JSON, and no workspace left behind."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pandas as pd
from pytest import CaptureFixture, LogCaptureFixture, MonkeyPatch, approx, fixture, mark

from core.__main__ import main
from core.metrics.registry import metrics
from tests.corpora import records
from tests.metrics.faults import break_metric

FEW = ["--metric", "ie", "--metric", "distinct_n", "--metric", "ed", "--no-embedding"]


@fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: MonkeyPatch) -> Path:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path.anchor))
    return tmp_path


def rows() -> list[dict[str, str]]:
    return [{name: str(row[name]) for name in ("instruction", "input", "output")} for row in records(40)]


def written(folder: Path, kind: str) -> Path:
    path = folder / f"rows.{kind}"
    frame = pd.DataFrame(rows())
    if kind == "json":
        path.write_bytes(orjson.dumps(rows()))
    elif kind == "jsonl":
        path.write_bytes(b"\n".join(map(orjson.dumps, rows())))
    elif kind == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def measured(path: Path, capsys: CaptureFixture[str], *more: str) -> dict:
    assert main(["measure", str(path), *FEW, "--json", *more]) == 0
    return orjson.loads(capsys.readouterr().out)


def test_every_format_of_the_same_rows_gives_the_same_numbers(home: Path, capsys: CaptureFixture[str]) -> None:
    first = measured(written(home, "json"), capsys)
    assert first["rows"] == 40
    assert first["metrics"]["response.ie@mistral-32k"]["value"] > 0
    for kind in ("jsonl", "csv", "parquet"):
        assert measured(written(home, kind), capsys) == first
    assert not (home / "home").exists()


def test_what_cannot_be_measured_is_null_with_the_reason(home: Path, capsys: CaptureFixture[str]) -> None:
    metrics = measured(written(home, "jsonl"), capsys, "--component", "response")["metrics"]
    assert set(metrics) == {"response.ie@mistral-32k", "response.distinct_n@mistral-32k", _ed(metrics)}
    assert metrics[_ed(metrics)]["value"] is None
    assert "embeddings" in metrics[_ed(metrics)]["undefined"]


def _ed(result: dict) -> str:
    return next(name for name in result if name.startswith("response.ed"))


def test_the_table_names_metric_value_unit_and_direction(home: Path, capsys: CaptureFixture[str]) -> None:
    assert main(["measure", str(written(home, "csv")), *FEW]) == 0
    said = capsys.readouterr().out
    assert "40 rows" in said
    assert "Information entropy (IE)" in said
    assert "higher is more diverse" in said
    lines = said.splitlines()
    assert lines[-1].startswith("(1) undefined because it needs the embeddings")
    assert said.count("undefined") == 1
    unmeasured = [line.split() for line in lines if ".ed@" in line]
    assert len(unmeasured) == 2 and all("—" in line and line[-1] == "1" for line in unmeasured)
    assert max(map(len, lines[:-1])) < 140


def test_a_table_without_gaps_has_no_column_of_notes(home: Path, capsys: CaptureFixture[str]) -> None:
    assert main(["measure", str(written(home, "csv")), "--metric", "ie"]) == 0
    said = capsys.readouterr().out
    assert "note" not in said and "(1)" not in said


def test_a_missing_file_and_an_unknown_metric_are_told_not_traced(home: Path, capsys: CaptureFixture[str]) -> None:
    assert main(["measure", str(home / "none.json")]) != 0
    assert "none.json" in capsys.readouterr().err
    assert main(["measure", str(written(home, "json")), "--metric", "nonsense"]) != 0
    assert "nonsense" in capsys.readouterr().err


QUESTIONS = [
    {"question": f"How many are {n} and {n}?", "answer": f"{n} and {n} are <<{n}+{n}={2 * n}>>."} for n in range(40)
]
CHATS = [
    {
        "messages": [
            {"role": "user", "content": [{"type": "text", "value": f"Name colour {n}."}], "loss_weight": 0.0},
            {"role": "assistant", "content": [{"type": "text", "value": f"Colour {n} is blue."}], "loss_weight": 1.0},
        ]
    }
    for n in range(30)
]
TALKS = [
    {
        "conversations": [
            {"from": "human", "value": f"第{n}个问题是什么？"},
            {"from": "gpt", "value": f"第{n}个问题是关于天气的。"},
            {"from": "human", "value": "谢谢。"},
            {"from": "gpt", "value": "不客气。"},
        ]
    }
    for n in range(25)
]


@mark.parametrize(
    ("records", "count"), [(QUESTIONS, 40), (CHATS, 30), (TALKS, 25)], ids=["questions", "chats", "talks"]
)
def test_files_of_other_shapes_are_measured(
    records: list[dict], count: int, home: Path, capsys: CaptureFixture[str]
) -> None:
    path = home / "file.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, records)))
    result = measured(path, capsys, "--component", "response")
    assert result["rows"] == count
    assert 0 < result["metrics"]["response.ie@mistral-32k"]["value"] < 11


def test_what_holds_a_file_against_itself_is_undefined_and_a_reference_gives_it_a_value(
    home: Path, capsys: CaptureFixture[str]
) -> None:
    path, other = written(home, "jsonl"), home / "other.jsonl"
    other.write_bytes(b"\n".join(map(orjson.dumps, rows()[:25])))
    asked = ["measure", str(path), "--component", "response", "--json"]
    for name in ("facility_location", "types", "novelsum"):
        asked += ["--metric", name]
    assert main(asked) == 0
    alone = {key.split("@")[0]: single for key, single in orjson.loads(capsys.readouterr().out)["metrics"].items()}
    assert alone["response.types"]["value"] is None
    assert alone["response.facility_location"]["value"] is None
    assert "these are the whole pool" in alone["response.facility_location"]["undefined"]
    assert alone["response.novelsum"]["value"] > 0
    assert main([*asked, "--reference", str(other)]) == 0
    beside = {key.split("@")[0]: single for key, single in orjson.loads(capsys.readouterr().out)["metrics"].items()}
    assert beside["response.facility_location"]["value"] == approx(0.0, abs=1e-4)  # the other rows are all among these
    assert beside["response.novelsum"]["value"] != approx(alone["response.novelsum"]["value"], rel=1e-6)


def test_every_registered_metric_has_a_number_or_a_reason_and_none_fails(
    home: Path, capsys: CaptureFixture[str], carried_embedder: None
) -> None:
    path = home / "all.jsonl"
    lines = [
        {**row, "category": ("x", "y", "y")[number % 3], "source": ("web", "book")[number % 2]}
        for number, row in enumerate(rows())
    ]
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    assert main(["measure", str(path), "--component", "response", "--json"]) == 0
    result = orjson.loads(capsys.readouterr().out)["metrics"]
    by_name = {address.partition(".")[2].partition("@")[0]: reading for address, reading in result.items()}
    assert list(by_name) == list(metrics())
    for reading in by_name.values():
        assert "failed" not in reading
        assert (reading["value"] is None) == reading["undefined"].startswith("undefined because ")
    entropy = result["rows.category_entropy"]["value"]
    shares = (14 / 40, 26 / 40)
    assert entropy == approx(-sum(share * math.log(share) for share in shares))


def test_a_metric_that_fails_is_told_in_words_and_the_others_are_measured(
    home: Path, capsys: CaptureFixture[str], monkeypatch: MonkeyPatch, caplog: LogCaptureFixture
) -> None:
    break_metric(monkeypatch, "distinct_n")
    path = written(home, "jsonl")
    result = measured(path, capsys, "--component", "response")["metrics"]
    assert result["response.ie@mistral-32k"]["value"] > 0
    broken = result["response.distinct_n@mistral-32k"]
    assert broken["value"] is None and broken["undefined"] == ""
    assert broken["failed"].startswith("failed: a fault of the program (ValueError: operands could not be broadcast)")
    assert any(record.exc_info for record in caplog.records)
    assert main(["measure", str(path), *FEW, "--component", "response"]) == 0
    told = capsys.readouterr().out.splitlines()
    (line,) = [line.split() for line in told if ".distinct_n@" in line]
    assert "—" in line
    assert any(note.startswith(f"({line[-1]}) failed: a fault of the program") for note in told)


def test_what_moves_a_metric_is_said_and_read_at_equal_tokens(home: Path, capsys: CaptureFixture[str]) -> None:
    path = written(home, "jsonl")
    asked = ("--component", "response", "--metric", "pos_templates", "--at-tokens", "300")
    result = measured(path, capsys, *asked)["metrics"]
    entropy, distance = result["response.ie@mistral-32k"], result[next(name for name in result if ".ed@" in name)]
    assert entropy["moves_with"] == ["size", "length"] and distance["moves_with"] == []
    assert entropy["at_tokens"]["tokens"] == 300 and 0 < entropy["at_tokens"]["value"] < entropy["value"]
    low, high = entropy["at_tokens"]["interval"]
    assert low <= entropy["at_tokens"]["value"] <= high
    assert "at_tokens" not in distance
    assert next(reading for name, reading in result.items() if "pos_templates" in name)["languages"] == ["English"]
    whole = measured(path, capsys, "--component", "response", "--at-tokens", "9000000")["metrics"]
    assert "Ask for fewer" in whole["response.ie@mistral-32k"]["at_tokens"]["undefined"]
    assert whole["response.ie@mistral-32k"]["at_tokens"]["value"] is None
    assert main(["measure", str(path), *FEW, "--at-tokens", "300"]) == 0
    table = capsys.readouterr().out
    assert "moves with" in table and "size, length" in table and "at equal tokens" in table
    assert "random parts of the rows with 300 tokens of instruction, 300 tokens of response" in table
    assert main(["measure", str(path), *FEW]) == 0
    assert "--at-tokens" in capsys.readouterr().out
    assert main(["measure", str(path), *FEW, "--at-tokens=-1"]) != 0
    assert main(["measure", str(path), *FEW, "--at-tokens", "no-such-file"]) != 0


def test_a_larger_file_is_read_at_the_tokens_of_a_smaller_one(home: Path, capsys: CaptureFixture[str]) -> None:
    large, small = home / "large.jsonl", home / "small.jsonl"
    lines = [orjson.dumps(row) for row in rows()]
    large.write_bytes(b"\n".join(lines))
    small.write_bytes(b"\n".join(lines[:12]))
    tokens = {
        component: measured(small, capsys, "--component", component, "--metric", "tokens")["metrics"]
        for component in ("instruction", "response")
    }
    result = measured(large, capsys, "--at-tokens", str(small))["metrics"]
    for component in ("instruction", "response"):
        entropy = result[f"{component}.ie@mistral-32k"]
        (total,) = [reading["value"] for name, reading in tokens[component].items() if ".tokens@" in name]
        assert entropy["at_tokens"]["tokens"] == total
        assert 0 < entropy["at_tokens"]["value"] < entropy["value"]
        asked = measured(large, capsys, "--component", component, "--at-tokens", f"{total:.0f}")["metrics"]
        assert asked[f"{component}.ie@mistral-32k"]["at_tokens"] == entropy["at_tokens"]
    other = measured(small, capsys, "--component", "response", "--at-tokens", str(large))["metrics"]
    assert "Ask for fewer" in other["response.ie@mistral-32k"]["at_tokens"]["undefined"]
    assert main(["measure", str(large), *FEW, "--at-tokens", str(small)]) == 0
    assert "as many as small.jsonl has" in capsys.readouterr().out


def test_duplicates_and_rows_left_out_for_an_empty_side_are_said(home: Path, capsys: CaptureFixture[str]) -> None:
    path = home / "some.json"
    records = rows()[:10]
    path.write_bytes(orjson.dumps([*records, records[0], records[1], {**records[2], "output": ""}]))
    result = measured(path, capsys, "--component", "response")
    facts = ("rows", "exact_duplicates", "rejected", "rejected_for_an_empty_side")
    assert [result[name] for name in facts] == [10, 2, 1, 1]
    assert result["rows_without_text"] == {"response": 0}
    assert main(["measure", str(path), *FEW]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "10 rows; 2 exact duplicates left out; 1 record left out, 1 of them for an empty side"
