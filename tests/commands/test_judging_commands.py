"""`prompts`, `answers`, `judge`, `judgements` by the command line, with files as people have them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import settings
from core.__main__ import main
from core.evidence import ledger
from core.judging.answer_set import answers_named, list_answers
from core.judging.judgement import list_judgements
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.endpoint.stand_in import KEY, endpoint, ok, without_own_keys
from tests.judging.stand_in_judge import answers_of, judging, outputs_file, prompts_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a corpus, a micro-like and a random subset of one size."""
    without_own_keys(monkeypatch)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "workspace"))
    workspace, corpus = corpus_of(settings.home(), records(60))
    for strategy in ("length", "random"):
        save(
            workspace, build(workspace, Recipe(corpus=corpus.id, strategy=strategy, size=10)), name=f"the {strategy} 10"
        )
    return workspace


def test_answers_are_added_judged_and_their_scores_are_on_the_right_subset(
    home: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_JUDGE_KEY", KEY)
    prompts = prompts_of(Workspace(tmp_path / "elsewhere"), 30)
    outputs_file(tmp_path / "the length 10.json", prompts, "trained-on-length", [1.0] * 20 + [0.0] * 10)
    outputs_file(tmp_path / "random.json", prompts, "trained-on-random", [0.0] * 30)
    assert main(["prompts", "--add", str(tmp_path / "random.json"), "--name", "small eval"]) == 0
    base = ["--base", "llama", "--training-seed", "1"]
    assert main(["answers", "small eval", "--add", str(tmp_path / "the length 10.json"), *base]) == 0
    assert (
        main(["answers", "small eval", "--add", str(tmp_path / "random.json"), *base, "--subset", "the random 10"]) == 0
    )
    assert "30 answers to small eval: 0 missing, 0 of no prompt" in capsys.readouterr().out
    with endpoint(judging(), key=KEY) as (url, seen):
        asked = ["judge", "trained-on-length", "--url", url, "--model", "judge", "--price-in", "1", "--price-out", "2"]
        assert main([*asked, "--cost"]) == 0
        said = capsys.readouterr().out
        assert "trained-on-length against trained-on-random" in said and "60 calls to make" in said
        assert "50 means as good as random rows." in said and "cost about" in said
        assert not seen.bodies
        assert main(asked) == 1  # nobody agrees to the cost
        assert not seen.bodies and "--yes" in capsys.readouterr().err
        assert main([*asked, "--yes"]) == 0
        assert len(seen.bodies) == 60
    said = capsys.readouterr().out
    assert "Good 20  Same 10  Bad 0" in said and "83.33" in said and "scores logged" in said
    random = answers_named(home, "trained-on-random").author
    length = answers_named(home, "trained-on-length").author
    assert length.subset and random.subset and length.subset != random.subset
    scores = ledger.read(home).scores().set_index("measure")
    score = scores.loc["win score"]
    assert score["value"] == pytest.approx(100 * 25 / 30) and score["subset"] == length.subset
    assert (score["judge"], score["baseline"], score["benchmark"]) == ("judge", "trained-on-random", "small eval")
    assert (score["model"], score["seed"], score["n"], score["unit"]) == ("llama", 1, 30, "%")
    assert {"win score, shown first", "win score, shown second"} <= {*scores.index}
    assert not [path for path in home.home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]

    # A rerun is a repetition of its own, and the drift is said.
    with endpoint(judging(place=0.4)) as (url, seen):
        again = [
            "judge",
            "trained-on-length",
            "--against",
            "trained-on-random",
            "--url",
            url,
            "--model",
            "judge",
            "--yes",
        ]
        assert main([*again, "--rerun", "2"]) == 0
        assert len(seen.bodies) == 60
    assert len(ledger.read(home).scores().query("measure == 'win score'")) == 2
    keys = [made.key for made in list_judgements(home)]
    capsys.readouterr()
    assert main(["judgements", *keys]) == 0
    assert "Cohen's kappa" in capsys.readouterr().out
    assert main(["judgements", *keys, keys[0]]) == 0
    assert "spread of reruns" in capsys.readouterr().out
    table, verdicts = tmp_path / "report.csv", tmp_path / "verdicts.jsonl"
    assert main(["judgements", keys[-1], "--csv", str(table), "--verdicts", str(verdicts), "--words"]) == 0
    with table.open(newline="") as file:
        assert float(next(row["value"] for row in csv.DictReader(file) if row["what"] == "win score")) == pytest.approx(
            score["value"]
        )
    listed = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert len(listed) == 30 and all("My final verdict" in line["words, shown first"] for line in listed)
    assert main(["judgements"]) == 0
    assert keys[0] in capsys.readouterr().out


def test_a_killed_judge_goes_on_and_asks_for_no_kept_verdict_again(
    home: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = prompts_of(home, 25)
    for name, quality in (("one", 1.0), ("two", 0.0)):
        answers_of(home, prompts, name, [quality] * 25)
    asked = ["judge", "one", "--against", "two", "--model", "judge", "--yes", "--concurrency", "2"]
    with endpoint(lambda number, body: ("slow", 0.1, judging()(number, body))) as (url, seen):
        process = subprocess.Popen(
            [sys.executable, "-m", "core", *asked, "--url", url], cwd=settings.PROJECT_ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        journals = home.home / "verdicts"
        while sum(path.read_bytes().count(b"\n") for path in journals.glob("*.jsonl")) < 12:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
    (journal,) = journals.glob("*.jsonl")
    kept = journal.read_bytes().count(b"\n")
    journal.write_bytes(journal.read_bytes()[:-40])  # and the last line was being written
    with endpoint(judging()) as (url, seen):
        assert main([*asked, "--url", url]) == 0
    assert len(seen.bodies) == 50 - (kept - 1) and kept < 50
    assert "Good 25  Same 0  Bad 0  no verdict 0" in capsys.readouterr().out


def test_an_endpoint_answers_a_prompt_set_and_a_stopped_run_goes_on(
    home: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "questions.jsonl").write_text(
        "\n".join(json.dumps({"prompt": f"Say {number}."}) for number in range(12))
    )
    assert main(["prompts", "--add", str(tmp_path / "questions.jsonl")]) == 0

    def answering(number: int, body: dict) -> object:
        question = body["messages"][-1]["content"]
        if number == 7:
            return (400, {}, b"no")
        return (503, {}, b"") if 4 <= number < 7 else ok(content=f"I say {question}")

    with endpoint(answering) as (url, seen):
        asked = [
            "answers",
            "questions",
            "--url",
            url,
            "--model",
            "writer",
            "--subset",
            "the random 10",
            "--concurrency",
        ]
        assert main([*asked, "1", "--system", "Be brief.", "--max-tokens", "99"]) == 0
    assert "12 calls" in capsys.readouterr().err
    (kept,) = list_answers(home)
    assert kept.name == "writer" and len(kept) == 11 and kept.artefact.manifest["missing"] == 1
    assert all(text.startswith("I say Say") for text in kept.outputs.values())
    assert seen.bodies[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert seen.bodies[0]["max_tokens"] == 99 and seen.bodies[0]["temperature"] == 0


def test_a_holdout_becomes_a_prompt_set_with_the_corpus_as_an_opponent(
    home: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    _, corpus = corpus_of(home.home, records(300, seed=4), name="held")
    assert main(["prompts", "--holdout", "held", "--most", "5"]) == 0
    (kept,) = list_answers(home)
    rows = {row["instruction"]: row["response"] for row in corpus.rows(range(len(corpus))) if row["holdout"]}
    assert len(kept) == 5 and {*kept.outputs.values()} <= {*rows.values()}
    assert main(["prompts"]) == 0 and main(["answers"]) == 0
    said = capsys.readouterr().out
    assert "held holdout" in said and "held's own answers" in said


def test_what_is_missing_is_said(home: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = prompts_of(home, 3)
    for name in ("one", "two"):
        assert (
            main(
                [
                    "answers",
                    prompts.name,
                    "--add",
                    str(outputs_file(tmp_path / f"{name}.json", prompts, name, [0.0] * 3)),
                ]
            )
            == 0
        )
    assert main(["judge", "one", "--model", "m"]) == 1
    said = capsys.readouterr().err
    assert "random subset" in said and "two" in said
    assert main(["judge", "one", "--against", "two", "--model", "m"]) == 1
    assert "--url" in capsys.readouterr().err
    assert main(["judge", "one", "--against", "two", "--model", "m", "--cost"]) == 0
    assert "8B model scores about 1.0" in capsys.readouterr().out
    assert main(["answers", "--model", "m"]) == 1
    assert "Which prompts" in capsys.readouterr().err
