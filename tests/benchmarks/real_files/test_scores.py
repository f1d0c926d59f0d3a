"""Real score files, with the numbers that stand in them."""

from __future__ import annotations

import csv
import json

import pytest

from core.evidence.importers import registry
from core.evidence.importers.sources import open_tree
from tests.benchmarks.real_files import REAL_DATA
from tests.evidence.test_importers import DIRECTIONS, only_score, read

SCORES = REAL_DATA / "scores"


def test_alpaca_eval_leaderboard() -> None:
    path = SCORES / "alpaca_eval2_weighted_gpt4_turbo_leaderboard.csv"
    result = read(path)
    assert result.importer == "AlpacaEval leaderboard" and not result.rejected
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            score = only_score(result, subject=row[""], measure="length_controlled_winrate")
            assert score.value == float(row["length_controlled_winrate"])
            assert score.stderr == (float(row["lc_standard_error"]) if row["lc_standard_error"] else None)
            plain = only_score(result, subject=row[""], measure="win_rate")
            assert (plain.value, plain.stderr, plain.n) == (
                float(row["win_rate"]), float(row["standard_error"]), int(row["n_total"])
            )  # fmt: skip
    assert (score.judge, score.baseline, score.unit) == ("weighted GPT-4 Turbo", "GPT-4 Turbo", "%")


def test_arena_hard_leaderboard() -> None:
    result = read(SCORES / "arena_hard_leaderboard_20240731.csv", judge="gpt-4-1106-preview")
    score = only_score(result, subject="gpt-4-turbo-2024-04-09", measure="score")
    assert (score.value, score.judge) == (82.63, "gpt-4-1106-preview")
    assert score.stderr == pytest.approx((84.6 - 80.75) / 3.919928)
    assert sum(score.measure == "score" for score in result.scores) == 60
    assert "neither judge nor baseline" in result.notices[0]


def test_mt_bench_judgements() -> None:
    path = SCORES / "mt_bench_ja_gpt-4_single.jsonl"
    result = read(path)
    marks = [json.loads(line)["score"] for line in path.read_text().splitlines()]
    score = only_score(result, measure="score")
    assert (score.value, score.n, score.judge) == (sum(marks) / len(marks), 80, "gpt-4")
    assert score.subject == "japanese-stablelm-instruct-alpha-7b"


def test_wildbench_scores() -> None:
    result = read(SCORES / "wildbench_score.json")
    raw = json.loads((SCORES / "wildbench_score.json").read_text())
    assert len({score.subject for score in result.scores}) == len(raw) == 61
    for model, record in raw.items():
        score = only_score(result, subject=model, measure="score")
        assert (score.value, score.n) == (record["score"], record["total"])
        category = record["task_categorized_scores"]["Coding & Debugging"]
        assert only_score(result, subject=model, measure="score, Coding & Debugging").value == category


def test_lm_evaluation_harness_with_groups_and_aliases() -> None:
    result = read(SCORES / "lm_eval" / "results_Meta-Llama-3-8B-Instruct.json")
    group = only_score(result, benchmark="steer")
    assert (group.subject, group.value, group.stderr) == (
        "Meta-Llama-3-8B-Instruct", 0.6468494952229915, 0.0025112489304139124
    )  # fmt: skip
    assert (group.field, group.n, group.unit) == ("groups.steer.acc,none", 990 + 1321 + 8766 + 10380 + 4396, "fraction")
    task = only_score(result, benchmark="steer2")
    assert (task.value, task.n, task.direction) == (0.7669404517453798, 8766, 1)
    assert len(result.scores) == 6
    other = read(SCORES / "lm_eval" / "results_bias_classification_Llama-3-8B.json")
    assert only_score(other, measure="f1").value == 0.5688073394495413
    assert only_score(other, measure="acc_norm").stderr == 0.020222244091885166


def test_olmes_metrics() -> None:
    result = read(SCORES / "oe_eval_metrics" / "alpaca_eval_step_100_metrics.json")
    score = only_score(result, measure="length_controlled_winrate")
    assert (score.value, score.stderr, score.n) == (1.3145990691377871, 0.0567751530285718, 805)
    assert score.primary and score.subject.endswith("step_100")
    assert only_score(result, measure="avg_length").direction == 0


def test_llama_factory_run() -> None:
    with open_tree(SCORES / "llamafactory_run_NSLLM") as tree:
        result = registry.read_tree(tree)
    loss = only_score(result.whole, measure="train_loss")
    assert (loss.value, loss.direction, loss.subject) == (1.9950996404180186, -1, "llamafactory_run_NSLLM")
    assert only_score(result.whole, measure="last loss").value == 1.9787
    assert len(result.whole.repeated) == 11  # train_results.json and the state repeat all_results.json
    state = next(each for each in result.files if each.file == "trainer_state.json")
    curve = next(each for each in state.curves if each.measure == "loss")
    assert (curve.steps[0], curve.values[0], curve.steps[-1], curve.values[-1]) == (5, 2.3475, 2175, 1.9787)
    assert {each.measure for each in state.curves} == {"loss", "grad_norm", "learning_rate"}
    assert not result.failed


def test_wandb_exports() -> None:
    items = read(SCORES / "wandb_export_ds15b.csv")
    score = only_score(items, subject="deepseek1.5b_aime_brumo_eval_20260327_181420_step_4400")
    assert (score.value, score.n, score.unit) == (pytest.approx(0.4276041667), 60, "fraction")
    assert len(items.scores) == 23
    history = read(SCORES / "wandb_history_rl0_7b_verifiable_metrics.csv")
    assert only_score(history, measure="reward_ema").value == pytest.approx(3.553452, abs=1e-6)
    curve = next(each for each in history.curves if each.measure == "objective/verifiable_reward")
    assert (curve.read, curve.values[0], curve.steps[-1]) == (2000, 4.32861328125, 512000)


def test_hand_made_tables() -> None:
    result = read(SCORES / "mig_2504_13835_table1.csv")
    assert len(result.scores) == 24 * 12
    assert only_score(result, subject="MIG", model="Llama3.1-8B", benchmark="MT").value == 7.32
    assert only_score(result, subject="Random", model="Qwen2.5-7B", benchmark="Wild").value == -18.08
    assert only_score(result, subject="ZIP", model="Mistral-7B-v0.3", benchmark="HE").value == 3.05
    slopes = read(SCORES / "arxiv_2505_24768_slopes_secondhand.csv")
    assert only_score(slopes, subject="response · micro · 30,000").value == 10.06
    assert only_score(slopes, subject="instruction · micro · 10,000").value == -5.45
    diverse = read(SCORES / "diverseevol_gpt4_judge_scores.csv")
    assert len(diverse.scores) == 405 * 3 and not diverse.rejected
    score = only_score(diverse, subject="kcenter · davinci · 4", benchmark="vicuna_test", measure="mean_score")
    assert (score.value, score.n, score.size) == (6.9219, 160, 500)


def test_the_whole_folder_at_once() -> None:
    with open_tree(SCORES) as tree:
        result = registry.read_tree(tree)
    assert not result.failed and not result.passed_over and not result.whole.rejected and not result.whole.questions
    assert len(result.files) == len([path for path in SCORES.rglob("*") if path.is_file()]) == 20


def test_every_measure_of_the_real_files_points_the_right_way() -> None:
    with open_tree(SCORES) as tree:
        result = registry.read_tree(tree).whole.scores
    assert {score.measure: int(score.direction) for score in result} == DIRECTIONS


def test_the_real_run_carries_its_settings() -> None:
    with open_tree(SCORES / "llamafactory_run_NSLLM") as tree:
        result = registry.read_tree(tree).whole.scores
    assert {json.dumps(dict(score.trainer)) for score in result} == {'{"epochs": 1, "train_batch_size": 4}'}
