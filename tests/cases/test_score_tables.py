"""Score tables as people type and export them: what is a score is read, and what is none is not taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.evidence.importers import registry
from core.evidence.importers.proposal import Options
from core.evidence.importers.sources import open_uploads
from tests.cases.test_scores import HERE, said, tree_of, wanted, write

TYPED = HERE / "s21-typed-tables"


def values(path: Path, options: Options | None = None) -> dict[tuple[str, str], float]:
    """The offered scores by run and benchmark."""
    tree_import = tree_of(path, {"": options} if options else None)
    return {(score.subject, score.benchmark): score.value for score in tree_import.whole.scores if score.primary}


def test_decimal_commas_marks_and_spreads_of_a_german_table() -> None:
    tree_import = tree_of(TYPED / "de.csv")
    assert {subject: value for (subject, benchmark, _), value in wanted(tree_import).items() if benchmark == "BBH"} == {
        "macro-5": 38.4, "macro-45": 40.2, "macro-95": 1039.5,
    }  # fmt: skip
    assert {score.benchmark for score in tree_import.whole.scores} == {"BBH", "HellaSwag (10-shot)"}
    assert [score.stderr for score in tree_import.whole.scores if score.benchmark == "BBH"] == [0.6, None, None]
    listed = said(tree_import)
    assert "Mittelwert: a summary of the other rows" in listed and "0.73 may be a fraction" in listed
    assert "BBH: what stands behind ± is read as the standard error" in listed and "left out: (2)" in listed


def test_a_papers_latex_and_missing_cells() -> None:
    tree_import = tree_of(TYPED / "paper.csv")
    scores = {(score.subject, score.benchmark): (score.value, score.stderr) for score in tree_import.whole.scores}
    assert scores == {
        ("Random", "boolq"): (61.3, 0.4), ("Ours", "boolq"): (64.2, 0.5),
        ("Random", "piqa ±"): (70.5, 1.2), ("Ours", "piqa ±"): (72.0, None),
    }  # fmt: skip
    assert "line 4, column boolq: n/a is not a score" in said(tree_import)


def test_a_markdown_table_below_a_heading(tmp_path: Path) -> None:
    assert values(TYPED / "board.md") == {
        ("base", "MMLU"): 61.2, ("ours", "MMLU"): 63.4, ("base", "IFEval"): 40.1, ("ours", "IFEval"): 42.0,
    }  # fmt: skip
    write(tmp_path / "run" / "README.md", (TYPED / "board.md").read_text())
    write(tmp_path / "run" / "scores.csv", "subset,score\na,1\n")
    beside = tree_of(tmp_path / "run")  # the notes of a folder are not its scores
    assert [score.subject for score in beside.whole.scores] == ["a"] and not beside.failed
    files = [("board.md", (TYPED / "board.md").read_bytes()), ("s.csv", b"subset,score\na,1\n")]
    with open_uploads(files) as tree:
        assert len(registry.read_tree(tree).whole.scores) == 5


@pytest.mark.parametrize(
    "table",
    [
        "run_name,learning_rate,per_device_batch_size,lr_scheduler,Num Epochs,boolq\nr1,1e-5,128,cosine,3,0.5\n",
        ",run,boolq\n0,r1,0.5\n1,r2,0.6\n",
        "rank;model;boolq;votes;95% CI;Created\n1;r1;0,5;900;+0,1/-0,1;2026-01-01\n2;r2;0,6;90;+0,1/-0,2;2026-01-02\n",
        "name,boolq,boolq_stderr,boolq rank\nr1,0.5,0.1,1\nr2,0.6,0.1,2\n",
        "name,boolq,ci_low,ci_high,seed\nr1,0.5,0.4,0.6,7\n",
    ],
)
def test_indices_settings_times_and_spreads_are_no_scores(tmp_path: Path, table: str) -> None:
    read = values(write(tmp_path / "s.csv", table))
    assert read.pop(("r1", "boolq")) == 0.5 and {benchmark for _, benchmark in read} <= {"boolq"}


def test_lines_of_single_questions_become_the_mean_of_each_run(tmp_path: Path) -> None:
    lines = [{"model": model, "question_id": q, "category": "maths", "judge": "j", "mark": mark}
             for model, marks in (("m1", (4, 6, 8)), ("m2", (1, 1, 4))) for q, mark in enumerate(marks)]  # fmt: skip
    tree_import = tree_of(write(tmp_path / "marks.jsonl", "\n".join(map(json.dumps, lines))))
    read = {score.subject: (score.value, score.stderr, score.n, score.judge) for score in tree_import.whole.scores}
    assert read == {"m1": (6.0, pytest.approx(2 / 3**0.5), 3, "j"), "m2": (2.0, pytest.approx(1.0), 3, "j")}
    alone = tree_of(write(tmp_path / "marks.csv", "question_id,mark\n1,0.5\n2,0.25\n"))
    assert not alone.whole.scores and "a line for each question (question_id)" in said(alone)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("samples_arc.jsonl", '{"doc_id": 0, "target": "a", "resps": [["a"]], "acc": 1}\n', "samples"),
        ("preds.csv", "id,prompt,prediction,correct\n1,What is it?,a,1\n2,Why is it?,b,0\n", "texts of questions"),
        ("rows.jsonl", '{"instruction": "Add.", "output": "2", "length": 5}\n', "rows of a corpus"),
        ("chat.json", '[{"messages": [{"role": "user", "content": "x"}], "score": 3}]', "rows of a corpus"),
    ],
)
def test_answers_and_rows_are_refused_by_name(tmp_path: Path, name: str, text: str, told: str) -> None:
    tree_import = tree_of(write(tmp_path / name, text))
    assert not tree_import.whole.scores and told in said(tree_import)


def test_the_shapes_of_json(tmp_path: Path) -> None:
    both = {("a", "boolq"): 50.5, ("b", "boolq"): 60.5}
    shapes: list[object] = [
        {"a": {"boolq": 50.5}, "b": {"boolq": 60.5}},
        {"results": [{"name": "a", "scores": {"boolq": 50.5}}, {"name": "b", "scores": {"boolq": 60.5}}], "made": "x"},
        [{"run": "a", "metrics": {"boolq": 50.5}}, {"run": "b", "metrics": {"boolq": 60.5}}],
        {"leaderboard": {"a": {"boolq": 50.5}, "b": {"boolq": 60.5}}},
    ]
    for number, shape in enumerate(shapes):
        assert values(write(tmp_path / f"{number}.json", json.dumps(shape))) == both, shape
    of_one_run = write(tmp_path / "meso-30" / "scores.json", json.dumps({"mmlu": 54.5, "gsm8k": 33.5, "seed": 3}))
    assert values(of_one_run.parent) == {("meso-30", "mmlu"): 54.5, ("meso-30", "gsm8k"): 33.5}
    subsets = write(tmp_path / "bleu.json", json.dumps({"macro-10": 31.5, "macro-90": 33.5}))
    assert values(subsets) == {("macro-10", "bleu"): 31.5, ("macro-90", "bleu"): 33.5}


def test_a_table_on_its_side_and_a_column_a_seed(tmp_path: Path) -> None:
    table = "task,meso-10,meso-90\nMMLU,45.5,47.5\nGSM8K,30.5,32.5\nMT-Bench,6.1,6.5\n"
    read = values(write(tmp_path / "side.csv", table))
    assert read["meso-10", "MMLU"] == 45.5 and read["meso-90", "GSM8K"] == 32.5 and len(read) == 6
    seeds = tree_of(write(tmp_path / "seeds.csv", "run,MMLU seed 1,mmlu_seed_2,MMLU (seed=30)\na,45,46,47\n"))
    assert [(score.benchmark, score.seed, score.value) for score in seeds.whole.scores] == [
        ("MMLU", 1, 45), ("mmlu", 2, 46), ("MMLU", 30, 47),
    ]  # fmt: skip


def test_of_which_score_a_spread_is(tmp_path: Path) -> None:
    table = "run,boolq,SE,piqa,siqa,siqa lower,siqa upper,race_high\na,50,1.5,60,70,68.04,71.96,55\n"
    tree_import = tree_of(write(tmp_path / "s.csv", table))
    assert {score.benchmark: score.stderr for score in tree_import.whole.scores} == {
        "boolq": 1.5, "piqa": None, "siqa": pytest.approx(1.0, abs=1e-4), "race_high": None,
    }  # fmt: skip


def test_cells_that_are_no_plain_numbers_are_named_and_the_others_read(tmp_path: Path) -> None:
    table = "subset,bleu,note\na,46.5 ± 0.4,\nb,“47.2”,\nc,≈47.5,\nd,>49,\ne,48.1 %,\nf,soon,\n"
    tree_import = tree_of(write(tmp_path / "s.csv", table))
    assert {subject: value for (subject, _, _), value in wanted(tree_import).items()} == {
        "a": 46.5, "b": 47.2, "c": 47.5, "e": 48.1,
    }  # fmt: skip
    assert "'>49' is not a number" in said(tree_import) and "'soon' is not a number" in said(tree_import)


def test_a_name_twice_in_the_header_is_said(tmp_path: Path) -> None:
    tree_import = tree_of(write(tmp_path / "s.csv", "subset,bleu,bleu\na,1,2\n"))
    assert "names bleu more than once; a later one is called bleu (3)" in said(tree_import)
    assert [(score.benchmark, score.value) for score in tree_import.whole.scores] == [("bleu", 1), ("bleu (3)", 2)]


def test_a_score_without_a_name_or_a_possible_error_is_listed(tmp_path: Path) -> None:
    board = "model,score,rating_q025,rating_q975,CI\n,31.5,29,33,\nb,11.5,13,10,\nc,9.5,9,11,\n"
    tree_import = tree_of(write(tmp_path / "board.csv", board))
    assert {score.subject: score.stderr for score in tree_import.whole.scores} == {
        "b": None, "c": pytest.approx(2 / 3.919928),
    }  # fmt: skip
    assert "nothing names the subset or run" in said(tree_import)


def test_scorers_without_a_number_and_odd_splits_end_nothing(tmp_path: Path) -> None:
    rows = '{"id": 0, "scores": {"GoodScorer": {"score": 2.5}, "OddScorer": {"score": null}}}\n'
    tree_import = tree_of(write(tmp_path / "set" / "pointwise_scores.jsonl", rows))
    assert [(score.measure, score.value) for score in tree_import.whole.scores] == [("GoodScorer", 2.5)]
    assert "OddScorer" in said(tree_import)
    stats = [
        {"name": {"name": "exact_match", "split": split}, "mean": mean}
        for split, mean in ((["x"], 0.5), ("test", 0.25))
    ]
    helm = tree_of(write(tmp_path / "run" / "stats.json", json.dumps(stats)))
    assert [score.value for score in helm.whole.scores] == [0.25] and not helm.failed


def test_a_board_with_ranks_before_the_names(tmp_path: Path) -> None:
    board = "Rank,Model Name,LC Win Rate,Win Rate\n1,GPT,50.5%,50.0%\n2,mine-7b,34.5%,22.5%\n"
    assert wanted(tree_of(write(tmp_path / "board.csv", board)))["mine-7b", "AlpacaEval", "win_rate"] == 22.5
    numbers = "No.,Who,win_rate,standard_error\n1,GPT,50.5,1\n2,mine-7b,34.5,1\n"
    assert {subject for subject, *_ in wanted(tree_of(write(tmp_path / "own.csv", numbers)))} == {"GPT", "mine-7b"}


def test_a_wrapper_names_the_run_of_its_results(tmp_path: Path) -> None:
    document = {"model": "mine", "made": "today", "results": [{"task": "boolq", "metric": "acc", "value": 0.5}]}
    assert wanted(tree_of(write(tmp_path / "r.json", json.dumps(document)))) == {("mine", "boolq", "acc"): 0.5}


def test_what_a_machine_used_is_offered_by_no_reader(tmp_path: Path) -> None:
    table = "run_id,status,metrics.acc,metrics.system/gpu_0_utilization,tags.mlflow.runName\na,FINISHED,0.5,99,r\n"
    assert wanted(tree_of(write(tmp_path / "runs.csv", table))) == {("r", "MLflow", "acc"): 0.5}
    summary = {"_step": 5, "eval": {"acc": 0.5}, "memory_usage": 7}
    read = wanted(
        tree_of(write(tmp_path / "in" / "micro-10" / "files" / "wandb-summary.json", json.dumps(summary)).parents[2])
    )
    assert read == {("micro-10", "eval", "acc"): 0.5}


def test_a_header_of_two_lines(tmp_path: Path) -> None:
    table = ",BoolQ,BoolQ,PIQA,PIQA\n,acc,stderr,acc,stderr\nmicro-10,50.5,0.4,30.5,1.2\nmicro-50,51.5,0.4,31.5,1.2\n"
    tree_import = tree_of(write(tmp_path / "s.csv", table))
    read = {(score.subject, score.benchmark): (score.value, score.stderr) for score in tree_import.whole.scores}
    assert (
        len(read) == 4 and read["micro-10", "BoolQ acc"] == (50.5, 0.4) and read["micro-50", "PIQA acc"] == (31.5, 1.2)
    )
    assert "read from two lines" in said(tree_import)


def test_shares_and_elos_are_not_taken_for_intervals_and_percentages(tmp_path: Path) -> None:
    shares = tree_of(write(tmp_path / "s.csv", "run,boolq,correct\na,50.5,7/8\nb,51.5,6/8\n"))
    assert {score.stderr for score in shares.whole.scores} == {None}
    elo = tree_of(write(tmp_path / "elo.csv", "Model,Score,Rank,Votes,95% CI\nx,1250,1,1000,±3\ny,1240,2,900,+4/-3\n"))
    assert [(score.reader, score.unit) for score in elo.whole.scores] == [("Score table", "")] * 2
    assert [score.stderr for score in elo.whole.scores] == [pytest.approx(6 / 3.919928), pytest.approx(7 / 3.919928)]


def test_the_steps_of_runs_are_told_apart_and_those_of_no_run_are_refused(tmp_path: Path) -> None:
    lines = [{"step": step, "epoch": step / 100, "eval_acc": step / 1000} for step in (100, 200)]
    nameless = tree_of(write(tmp_path / "log.jsonl", "\n".join(map(json.dumps, lines))))
    assert not nameless.whole.scores and "No column names the subset" in said(nameless)
    named = tree_of(write(tmp_path / "runs.jsonl", "\n".join(
        json.dumps({"run": run, "step": step, "eval_acc": step / 1000}) for run in "ab" for step in (100, 200)
    )))  # fmt: skip
    assert [score.subject for score in named.whole.scores] == ["a · 100", "a · 200", "b · 100", "b · 200"]
    last = tree_of(
        write(tmp_path / "last.jsonl", '{"run": "a", "step": 100, "acc": 0.5}\n{"run": "b", "step": 90, "acc": 0.6}')
    )
    assert [score.subject for score in last.whole.scores] == ["a", "b"]


def test_counts_are_no_scores_and_questions_without_a_run_are_refused(tmp_path: Path) -> None:
    counts = values(write(tmp_path / "s.csv", "subset,boolq,n seeds,num_params,latency (ms)\na,50.5,3,7,120\n"))
    assert counts == {("a", "boolq"): 50.5}
    samples = tree_of(write(tmp_path / "samples.csv", "doc_id,doc,target,resps,exact_match\n0,q,a,b,1\n1,q,a,b,0\n"))
    assert not samples.whole.scores and "a line for each question (doc_id)" in said(samples)


def test_measures_inside_benchmarks_and_numbers_as_text(tmp_path: Path) -> None:
    nested = {"a": {"boolq": {"acc": 0.5, "stderr": 0.01}}, "b": {"boolq": {"acc": 0.6, "stderr": 0.02}}}
    tree_import = tree_of(write(tmp_path / "n.json", json.dumps(nested)))
    assert [(score.subject, score.benchmark, score.value, score.stderr) for score in tree_import.whole.scores] == [
        ("a", "boolq/acc", 0.5, 0.01), ("b", "boolq/acc", 0.6, 0.02),
    ]  # fmt: skip
    assert values(write(tmp_path / "bleu.json", '{"a": "50.5", "b": "51.5"}')) == {
        ("a", "bleu"): 50.5,
        ("b", "bleu"): 51.5,
    }


def test_a_column_of_words_in_a_wandb_export_ends_neither_its_items_nor_its_history(tmp_path: Path) -> None:
    items = "dataset_index,id,name,solve_rate,answer\n0,x1,run-a,1,four\n1,x1,run-a,0.5,five\n0,x2,run-b,0.25,six\n"
    tree_import = tree_of(write(tmp_path / "items.csv", items))
    assert {(score.subject, score.measure): score.value for score in tree_import.whole.scores} == {
        ("run-a", "solve_rate"): 0.75, ("run-b", "solve_rate"): 0.25,
    }  # fmt: skip
    assert not tree_import.failed and "'four' is not a number" in said(tree_import)
    history = tree_of(write(tmp_path / "history.csv", "step,eval/acc,note\n10,0.5,warm\n20,0.75,done\n"))
    assert {score.measure: score.value for score in history.whole.scores} == {"acc": 0.75} and not history.failed
