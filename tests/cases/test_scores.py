"""Score files that people were surprised by in tools like this one: each as it lies on a disk, with its right values.

The inputs are our own, made with the structure of the real ones. A folder is one case; tests below it try the same kind
with other headers, nestings and settings.
"""

from __future__ import annotations

import itertools
import json
import zipfile
from pathlib import Path

import pytest

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


# ------------------------------------------------------------------- s11, s17: resumed, crashed and deleted runs


def curves(tree_import: registry.TreeImport) -> dict[tuple[str, str], list[tuple[float, float]]]:
    return {(curve.subject, curve.measure): list(zip(curve.steps, curve.values)) for curve in tree_import.whole.curves}


def test_a_resumed_log_counts_what_was_logged_last_and_draws_no_line_back() -> None:
    tree_import = tree_of(HERE / "s11-trainer-log-nulls" / "trainer_log.jsonl")
    assert {measure: value for (_, _, measure), value in wanted(tree_import).items()} == {
        "last loss": 1.25, "last eval_loss": 1.375,
    }  # fmt: skip
    drawn = {measure: points for (_, measure), points in curves(tree_import).items()}
    assert drawn["loss"] == [(5, 2.5), (10, 2.25), (15, 1.75), (20, 1.5), (25, 1.25)]
    assert drawn["eval_loss"] == [(10, 2.0), (20, 1.625), (25, 1.375)]
    assert not tree_import.whole.rejected and "resumed 1 time" in said(tree_import)
    assert "stops at step" not in said(tree_import)


def test_a_log_that_stops_before_its_end_says_so(tmp_path: Path) -> None:
    lines = [json.dumps({"current_steps": step, "total_steps": 100, "loss": 3 - step / 50}) for step in (10, 20, 30)]
    tree_import = tree_of(write(tmp_path / "run" / "trainer_log.jsonl", "\n".join(lines)))
    assert "stops at step 30 of 100: the run crashed or goes on" in said(tree_import)


def test_a_long_resumed_log_is_thinned_to_what_counts(tmp_path: Path) -> None:
    steps = [*range(6_000), *range(2_500, 5_000)]
    lines = [json.dumps({"current_steps": step, "loss": float(number)}) for number, step in enumerate(steps)]
    tree_import = tree_of(write(tmp_path / "trainer_log.jsonl", "\n".join(lines)))
    (points,) = curves(tree_import).values()
    assert points[-1] == (4_999, 8_499.0) and len(points) <= 2_000
    assert all(before[0] < after[0] for before, after in itertools.pairwise(points))
    assert all(value == (step if step < 2_500 else step + 3_500) for step, value in points)


def test_a_resumed_state_of_the_trainer_keeps_the_last_line(tmp_path: Path) -> None:
    history = [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0}, {"step": 2, "eval_loss": 2.5},
               {"step": 2, "loss": 1.5}, {"step": 3, "loss": 1.0}, {"step": 3, "eval_loss": float("nan")}]  # fmt: skip
    tree_import = tree_of(write(tmp_path / "trainer_state.json", json.dumps({"log_history": history})))
    assert curves(tree_import)["trainer_state", "loss"] == [(1, 3.0), (2, 1.5), (3, 1.0)]
    assert ("trainer_state", "evaluation", "eval_loss") not in wanted(tree_import)  # the last evaluation is no number


def test_mlflow_leaves_deleted_runs_out_and_does_not_offer_those_that_crashed(tmp_path: Path) -> None:
    folder = HERE / "s17-mlflow-states" / "mlruns"
    for path in (folder, packed(folder, tmp_path / "mlruns.zip")):
        tree_import = tree_of(path)
        assert wanted(tree_import) == {
            ("meso-10", "series", "loss"): 1.25, ("meso-10", "eval", "f1"): 0.75,
            ("meso-30", "series", "loss"): 1.0, ("bare", "series", "loss"): 0.875,
        }  # fmt: skip
        others = {(score.subject, score.value) for score in tree_import.whole.scores if not score.primary}
        assert others == {("meso-30 (cccccccc)", 7.0), ("meso-50", 6.0), ("meso-50", 0.125)}
        listed = said(tree_import)
        assert "The run meso-50 is crashed" in listed and listed.count("is crashed") == 2
        assert ".trash: deleted runs of MLflow" in listed and listed.count("a metric of a deleted run") == 2
        assert "the value is NaN" in listed and "the value is -Infinity" in listed
        assert not tree_import.failed


def test_a_crashed_run_of_a_wandb_table_gives_way_to_the_finished_one_of_its_name(tmp_path: Path) -> None:
    table = (
        "Name,State,Created,eval/acc\nmicro-5,crashed,2025,0.25\nmicro-5,finished,2025,0.5\nmicro-9,killed,2025,0.1\n"
    )
    tree_import = tree_of(write(tmp_path / "wandb_export.csv", table))
    assert wanted(tree_import) == {("micro-5", "eval", "acc"): 0.5}
    assert "micro-9 (line 4) is crashed" in said(tree_import)


# ---------------------------------------------------------------------------------------------- s19: TensorBoard


def test_the_event_files_of_a_resumed_run_are_one_run() -> None:
    tree_import = tree_of(HERE / "s19-tensorboard" / "runs-of-two")
    assert wanted(tree_import) == {
        ("micro-20", "train", "loss"): 1.25, ("micro-20", "eval", "loss"): 1.625, ("micro-20", "eval", "accuracy"): 0.5,
        ("micro-80", "train", "loss"): 2.5, ("micro-80", "eval", "loss"): 2.125,
    }  # fmt: skip
    assert curves(tree_import)["micro-20", "train/loss"] == [(50, 2.25), (100, 1.75), (150, 1.375), (200, 1.25)]
    assert "step 201: the value is nan" in said(tree_import) and not tree_import.failed


def test_an_event_file_that_is_cut_or_damaged_gives_what_is_whole(tmp_path: Path) -> None:
    data = next((HERE / "s19-tensorboard").rglob("*1772445600*")).read_bytes()
    cut = tree_of(write(tmp_path / "a" / "events.out.tfevents.1.h.1", data[:150]))
    assert "stops in the middle of a record" in said(cut) and wanted(cut)
    flipped = bytearray(data)
    flipped[flipped.index(b"train/loss") + 12] ^= 0x40  # a digit of the first value
    damaged = tree_of(write(tmp_path / "b" / "events.out.tfevents.1.h.1", bytes(flipped)))
    assert "1 damaged record left out" in said(damaged)
    assert (150, 1.375) not in next(iter(curves(damaged).values()))
    nothing = tree_of(write(tmp_path / "c" / "events.out.tfevents.1.h.1", b"\0" * 64))
    assert not nothing.whole.scores and "damaged record" in said(nothing)


def test_tensorboards_download_of_a_scalar_is_named_by_its_file(tmp_path: Path) -> None:
    tree_import = tree_of(HERE / "s19-tensorboard" / "run-micro-20-tag-train_loss.csv")
    assert wanted(tree_import) == {("micro-20", "TensorBoard", "train_loss"): 1.25}
    assert curves(tree_import)["micro-20", "train_loss"] == [(50, 2.25), (100, 1.75), (150, 1.375), (200, 1.25)]
    rows = [[1.5, 10, 0.25], [2.5, 20, 0.75]]
    as_json = tree_of(write(tmp_path / "run-micro-9-tag-eval_f1 (1).json", json.dumps(rows)))
    assert wanted(as_json) == {("micro-9", "TensorBoard", "eval_f1"): 0.75}
    renamed = tree_of(write(tmp_path / "my-curve.csv", "Wall time;Step;Value\n1,5;10;0,25\n2,5;20;0,75\n"))
    assert [score.subject for score in renamed.whole.scores] == ["my-curve"]
    assert "does not say which run and scalar" in said(renamed)


# ------------------------------------------ s08, s09: boards and judgements of AlpacaEval and Arena-Hard


def spread(tree_import: registry.TreeImport) -> dict[tuple[str, str], float | None]:
    return {(score.subject, score.measure): score.stderr for score in tree_import.whole.scores}


def test_alpacaevals_two_boards_give_the_same_rates() -> None:
    tool = tree_of(HERE / "s08-alpacaeval-boards" / "leaderboard.csv")
    rates = {(subject, measure): value for (subject, _, measure), value in wanted(tool).items()}
    assert rates == {
        ("macro-20", "win_rate"): 12.5, ("macro-20", "length_controlled_winrate"): 15.75,
        ("macro-60", "win_rate"): 17.25, ("macro-60", "length_controlled_winrate"): 18.5,
        ("early-7b", "win_rate"): 9.0,
    }  # fmt: skip
    assert spread(tool)["macro-60", "length_controlled_winrate"] == 0.28
    page = tree_of(HERE / "s08-alpacaeval-boards" / "page.csv")
    shown = {(subject, measure): value for (subject, _, measure), value in wanted(page).items()}
    assert shown == {
        ("macro-20 (ours)", "win_rate"): 12.5, ("macro-20 (ours)", "length_controlled_winrate"): 15.75,
        ("macro-60", "win_rate"): 17.25, ("macro-60", "length_controlled_winrate"): 18.5,
    }  # fmt: skip
    assert {*spread(page).values()} == {None}


def test_alpacaevals_rates_saved_again_by_a_spreadsheet_of_another_language(tmp_path: Path) -> None:
    table = "Model;LC Win Rate;Win Rate;Avg Length\nmacro-20;15,75;12,5;1.400\nmacro-60;18,5;17,25 ± 1,5;1.650\n"
    tree_import = tree_of(write(tmp_path / "alpaca.csv", table))
    assert {(subject, measure): value for (subject, _, measure), value in wanted(tree_import).items()} == {
        ("macro-20", "win_rate"): 12.5, ("macro-20", "length_controlled_winrate"): 15.75,
        ("macro-60", "win_rate"): 17.25, ("macro-60", "length_controlled_winrate"): 18.5,
    }  # fmt: skip
    assert spread(tree_import)["macro-60", "win_rate"] == 1.5


def test_arena_hards_boards_of_both_versions_saved_and_printed() -> None:
    folder = HERE / "s09-arena-hard"
    v2, v1 = tree_of(folder / "v2.csv"), tree_of(folder / "v1.csv")
    board = {subject: value for (subject, _, _), value in wanted(v2).items()}
    assert board == {"o3-mini": 50.0, "meso-90": 17.3, "meso-10": 4.0}
    assert spread(v2)["meso-90", "score"] == pytest.approx(3.2 / 3.919928)
    assert "5th and the 95th percentile" in said(v2) and "5th" not in said(v1)
    assert {subject: value for (subject, _, _), value in wanted(v1).items()} == {"meso-90": 31.5, "meso-10": 11.25}
    assert spread(v1)["meso-90", "score"] == pytest.approx(3.9 / 3.919928)  # of the quantiles
    assert spread(v1)["meso-10", "score"] == pytest.approx(3.2 / 3.919928)
    printed = tree_of(folder / "printed.txt")
    assert {(subject, measure): value for (subject, _, measure), value in wanted(printed).items()} == {
        ("o3-mini", "score, hard_prompt"): 50.0, ("meso-90", "score, hard_prompt"): 17.3,
        ("gemini-flash", "score, creative_writing"): 50.0, ("meso-90", "score, creative_writing"): 21.5,
    }  # fmt: skip
    older = tree_of(folder / "printed-v01.log")
    assert {subject: value for (subject, _, _), value in wanted(older).items()} == {"meso-90": 31.5, "meso-10": 11.2}


def test_arena_hards_judgements_count_clear_victories_three_times_and_both_orders() -> None:
    tree_import = tree_of(HERE / "s09-arena-hard" / "model_judgment")
    # hard_prompt: q1 0 of 2, q2 4 of 4, q3 0.5 of 2, q5 0.5 of 4; q4 has no verdict. creative_writing: 4 of 4, 1 of 2.
    assert {(subject, measure): value for (subject, _, measure), value in wanted(tree_import).items()} == {
        ("meso-90", "score, hard_prompt"): pytest.approx(100 * 5 / 12),
        ("meso-90", "score, creative_writing"): pytest.approx(100 * 5 / 6),
    }  # fmt: skip
    hard = next(score for score in tree_import.whole.scores if score.measure.endswith("hard_prompt"))
    assert (hard.judge, hard.baseline, hard.n) == ("gpt-4.1", "o3-mini", 4)
    mean = 5 / 12
    residuals = [0 - 2 * mean, 4 - 4 * mean, 0.5 - 2 * mean, 0.5 - 4 * mean]
    assert hard.stderr == pytest.approx(100 * (4 / 3 * sum(r**2 for r in residuals)) ** 0.5 / 12)
    assert "1 question without a verdict" in said(tree_import)


def test_mt_benchs_pairs_are_won_in_both_orders_or_tied() -> None:
    tree_import = tree_of(HERE / "mt-bench-pairs" / "gpt-4_pair.jsonl")
    assert {(subject, measure): value for (subject, _, measure), value in wanted(tree_import).items()} == {
        ("micro-a", "win_rate"): 0.25, ("micro-a", "win_rate_adjusted"): 0.5,
        ("micro-b", "win_rate"): 0.5, ("micro-b", "win_rate_adjusted"): 0.75,
    }  # fmt: skip
    score = tree_import.whole.scores[0]
    assert (score.judge, score.baseline, score.n) == ("gpt-4", "base", 4)
    assert "1 judgement failed" in said(tree_import)


def test_pairs_of_all_models_have_no_baseline(tmp_path: Path) -> None:
    pairs = [("a", "b", "model_1"), ("b", "c", "model_2"), ("a", "c", "model_1")]
    lines = [json.dumps({"question_id": 1, "model_1": one, "model_2": other, "g1_winner": winner, "g2_winner": winner,
                         "judge": ["gpt-4", "pair-v2"], "turn": 1}) for one, other, winner in pairs]  # fmt: skip
    tree_import = tree_of(write(tmp_path / "all_pair.jsonl", "\n".join(lines)))
    rates = {subject: value for (subject, _, measure), value in wanted(tree_import).items() if measure == "win_rate"}
    assert rates == {"a": 1.0, "b": 0.0, "c": 0.5}
    assert {score.baseline for score in tree_import.whole.scores} == {"all others"}


def test_a_question_judged_again_counts_once(tmp_path: Path) -> None:
    marks = [(81, 4), (82, 6), (81, 8), (83, -1), (84, True)]
    lines = [json.dumps({"question_id": q, "model": "m", "judge": ["gpt-4", "single-v1"], "score": mark, "turn": 1})
             for q, mark in marks]  # fmt: skip
    tree_import = tree_of(write(tmp_path / "single.jsonl", "\n".join(lines)))
    assert wanted(tree_import)["m", "MT-Bench", "score"] == 7.0
    assert "1 answer judged twice" in said(tree_import) and "true is not a number" in said(tree_import)


# ------------------------------------------------- OpenCompass, LiveBench, OpenDataArena, W&B, HELM, MLflow's tables


def test_opencompass_is_read_from_its_summary_and_what_repeats_it_is_named() -> None:
    tree_import = tree_of(HERE / "opencompass" / "outputs")
    assert wanted(tree_import) == {
        ("macro-25", "mmlu", "naive_average"): 48.75, ("macro-75", "mmlu", "naive_average"): 51.5,
        ("macro-25", "gsm8k", "accuracy"): 40.0,
        ("macro-25", "ceval (gen)", "accuracy"): 30.5, ("macro-75", "ceval (gen)", "accuracy"): 31.75,
        ("macro-25", "ceval (ppl)", "accuracy"): 29.0, ("macro-75", "ceval (ppl)", "accuracy"): 28.25,
        ("macro-25", "wikitext", "bpb"): 0.71, ("macro-75", "wikitext", "bpb"): 0.69,
    }  # fmt: skip
    directions = {score.measure: score.direction for score in tree_import.whole.scores}
    assert directions == {"naive_average": 1, "accuracy": 1, "bpb": -1}
    assert [older.value for older in tree_import.whole.older] == [48.25]  # of three days before
    assert "gsm8k: - is not a score" in said(tree_import) and "Exam" not in said(tree_import)
    assert "results that OpenCompass's summary beside them repeats" in said(tree_import)
    assert "OpenCompass's predictions" in said(tree_import) and not tree_import.failed


def test_opencompass_results_without_a_summary() -> None:
    tree_import = tree_of(HERE / "opencompass" / "alone")
    assert wanted(tree_import) == {("macro-50", "gsm8k", "accuracy"): 44.5}
    assert "the evaluation failed: no output file was found" in said(tree_import)


def test_livebench_reckons_categories_from_the_tasks_of_all_files() -> None:
    tree_import = tree_of(HERE / "livebench" / "data")
    # olympiad: 50 and, judged again, 75; contest: 100, 0, 0, 0; fill: 100, 0. A failed judgement leaves micro-y one.
    assert wanted(tree_import) == {
        ("micro-x", "LiveBench", "math (category)"): (62.5 + 25) / 2,
        ("micro-x", "LiveBench", "coding (category)"): 50.0,
        ("micro-x", "LiveBench", "average"): (43.75 + 50) / 2,
        ("micro-y", "LiveBench", "math (category)"): 100.0, ("micro-y", "LiveBench", "average"): 100.0,
    }  # fmt: skip
    tasks = {(s.subject, s.measure): (s.value, s.n) for s in tree_import.whole.scores if not s.primary}
    assert tasks["micro-x", "olympiad"] == (62.5, 2) and tasks["micro-x", "contest"] == (25.0, 4)
    errors = {(score.subject, score.measure): score.stderr for score in tree_import.whole.scores}
    olympiad, contest = 12.5, 50 / 2  # deviations 17.7 over √2, and 50 over √4
    assert errors["micro-x", "math (category)"] == pytest.approx((olympiad**2 + contest**2) ** 0.5 / 2)
    assert {entry.why for entry in tree_import.passed_over} == {
        "questions of a benchmark", "answers of models, one line a question",
    }  # fmt: skip


def test_livebenchs_tables_are_read_without_their_last_line() -> None:
    groups = tree_of(HERE / "livebench" / "all_groups.csv")
    assert wanted(groups)["micro-x", "LiveBench", "math (category)"] == 43.8
    assert wanted(groups)["micro-y", "LiveBench", "average"] == 38.0
    assert {subject for subject, _, _ in wanted(groups)} == {"micro-x", "micro-y"}
    assert "average: a summary of the other rows" in said(groups)
    tasks = tree_of(HERE / "livebench" / "all_tasks.csv")
    assert {score.measure: score.value for score in tasks.whole.scores} == {
        "contest": 25.0, "fill": 50.0, "olympiad": 62.5,
    }  # fmt: skip


def test_open_data_arenas_scores_of_rows_are_means_and_ids_are_no_scores() -> None:
    tree_import = tree_of(HERE / "open-data-arena" / "results")
    assert {(subject, measure): value for (subject, _, measure), value in wanted(tree_import).items()} == {
        ("pool-a", "DeitaQScorer"): 4.0, ("pool-a", "PPLScorer"): 10.0, ("pool-a", "TokenLengthScorer"): 101.0,
        ("pool-a", "VendiScorer"): 45.5, ("pool-a", "ApsScorer"): 0.25,
    }  # fmt: skip
    counts = {score.measure: score.n for score in tree_import.whole.scores}
    assert (counts["DeitaQScorer"], counts["PPLScorer"]) == (3, 2)
    assert spread(tree_import)["pool-a", "DeitaQScorer"] == pytest.approx(0.5 / 3**0.5)
    assert "line 2, PPLScorer: nothing stands there" in said(tree_import)
    assert "not of a trained model" in said(tree_import)
    assert {score.direction for score in tree_import.whole.scores} == {0}


def test_the_newest_summary_of_a_resumed_wandb_run_counts() -> None:
    tree_import = tree_of(HERE / "wandb-summary")
    assert wanted(tree_import) == {
        ("macro-15", "train", "loss"): 1.25, ("macro-15", "eval", "loss"): 1.5, ("macro-15", "eval", "f1"): 0.5,
        ("macro-15", "W&B", "acc"): 0.75, ("other (z9z9z9z9)", "eval", "loss"): 2.5,
    }  # fmt: skip
    named = next(score for score in tree_import.whole.scores if score.subject == "macro-15")
    assert (named.model, named.seed) == ("base-7b", 11)
    assert sorted(score.value for score in tree_import.whole.older) == [1.5, 1.75]
    assert "bad: macro-15: nan is not a score" in said(tree_import).lower()
    assert "settings of a run" in said(tree_import)


def test_helms_statistics_of_the_test_split_without_perturbations_and_its_tables() -> None:
    tree_import = tree_of(HERE / "helm")
    assert wanted(tree_import) == {
        ("micro-35", "mmlu:subject=anatomy,method=multiple_choice_joint", "exact_match"): 0.375,
        ("micro-35", "mmlu:subject=anatomy,method=multiple_choice_joint", "quasi_exact_match"): 0.4375,
        ("Micro 35", "HELM", "Mean win rate"): 0.625, ("Micro 65", "HELM", "Mean win rate"): 0.375,
        ("Micro 35", "MMLU", "EM"): 0.40625, ("Micro 35", "MMLU", "ECE (10-bin)"): 0.125,
    }  # fmt: skip
    directions = {score.measure: score.direction for score in tree_import.whole.scores}
    assert (directions["EM"], directions["ECE (10-bin)"]) == (1, -1)
    assert len(tree_import.passed_over) == 3 and not tree_import.failed


def test_mlflows_tables_keep_settings_and_failed_runs_apart() -> None:
    page = tree_of(HERE / "mlflow-table" / "runs.csv")
    right = {
        ("meso-45", "MLflow", "acc"): 0.625, ("meso-45", "eval", "loss"): 1.25,
        ("meso-65", "MLflow", "acc"): 0.5, ("meso-65", "eval", "loss"): 1.5,
    }  # fmt: skip
    assert wanted(page) == right
    assert {score.subject for score in page.whole.scores if not score.primary} == {"meso-45 (11234567)"}
    assert "(line 3) is crashed" in said(page)
    searched = tree_of(HERE / "mlflow-table" / "search_runs.csv")
    assert wanted(searched) == {key: value for key, value in right.items() if key[0] == "meso-45"}
    assert {score.seed for score in searched.whole.scores} == {3, 4}
    assert "meso-65 (line 3) is running" in said(searched)
