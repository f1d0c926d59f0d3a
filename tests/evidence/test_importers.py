"""Every importer reads its own format: files as the tools write them, and small ones by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.commands import docs
from core.errors import InputError
from core.evidence.importers import registry, training
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of
from core.evidence.importers.sources import open_tree
from core.evidence.score_files import read_scores
from tests.evidence import score_files


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return score_files.write_scores(tmp_path_factory.mktemp("scores"))


def read(path: Path, **answers: object) -> Imported:
    with open_tree(path) as tree:
        return registry.read(tree.sources[0], Options(**answers))  # type: ignore[arg-type]


def only_score(imported: Imported, **where: object) -> ProposedScore:
    scores = [score for score in imported.scores if all(getattr(score, name) == value for name, value in where.items())]
    assert len(scores) == 1, (where, scores)
    return scores[0]


def values(imported: Imported) -> dict[tuple[str, str, str], float]:
    return {(score.subject, score.benchmark, score.measure): score.value for score in imported.scores}


@pytest.fixture
def write(tmp_path: Path) -> Iterator[object]:
    def writer(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    yield writer


def test_alpaca_eval_leaderboard(scores: Path) -> None:
    path = scores / "alpaca_eval2_weighted_gpt4_turbo_leaderboard.csv"
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


def test_arena_hard_leaderboard(scores: Path) -> None:
    result = read(scores / "arena_hard_leaderboard.csv", judge="gpt-4-1106-preview")
    score = only_score(result, subject="model-a", measure="score")
    assert (score.value, score.judge) == (82.5, "gpt-4-1106-preview")
    assert score.stderr == pytest.approx((84.5 - 80.75) / 3.919928)
    assert sum(score.measure == "score" for score in result.scores) == 3
    assert "neither judge nor baseline" in result.notices[0]


def test_mt_bench_judgements(scores: Path) -> None:
    result = read(scores / "mt_bench_gpt-4_single.jsonl")
    marks = [line["score"] for line in score_files.mt_bench()]
    score = only_score(result, measure="score")
    assert (score.value, score.n, score.judge) == (sum(marks) / len(marks), 5, "gpt-4")
    assert score.subject == "model-a"


def test_wildbench_scores(scores: Path) -> None:
    result = read(scores / "wildbench_score.json")
    raw = score_files.wildbench()
    assert {score.subject for score in result.scores} == set(raw)
    for model, record in raw.items():
        score = only_score(result, subject=model, measure="score")
        assert (score.value, score.n) == (record["score"], record["total"])
        category = record["task_categorized_scores"]["Coding & Debugging"]
        assert only_score(result, subject=model, measure="score, Coding & Debugging").value == category


def test_lm_evaluation_harness_with_groups_and_aliases(scores: Path) -> None:
    result = read(scores / "lm_eval" / "results_group.json")
    group = only_score(result, benchmark="steps")
    assert (group.subject, group.value, group.stderr) == ("base-8B-Instruct", 0.6666666666666666, 0.0025)
    assert (group.field, group.n, group.unit) == ("groups.steps.acc,none", 8000 + 4000, "fraction")
    task = only_score(result, benchmark="steps2")
    assert (task.value, task.n, task.direction) == (0.75, 8000, 1)
    assert len(result.scores) == 3
    other = read(scores / "lm_eval" / "results_single.json")
    assert only_score(other, measure="f1").value == 0.59375
    assert only_score(other, measure="acc_norm").stderr == 0.0203125


def test_olmes_metrics(scores: Path) -> None:
    result = read(scores / "oe_eval" / "alpaca_eval_step_100_metrics.json")
    score = only_score(result, measure="length_controlled_winrate")
    assert (score.value, score.stderr, score.n) == (1.25, 0.0625, 805)
    assert score.primary and score.subject.endswith("step_100")
    assert only_score(result, measure="avg_length").direction == 0


def test_llama_factory_run(scores: Path) -> None:
    with open_tree(scores / "sft_run") as tree:
        result = registry.read_tree(tree)
    loss = only_score(result.whole, measure="train_loss")
    assert (loss.value, loss.direction, loss.subject) == (1.75, -1, "sft_run")
    assert only_score(result.whole, measure="last loss").value == 1.875
    assert len(result.whole.repeated) == 11  # train_results.json and the state repeat all_results.json
    state = next(file for file in result.files if file.file == "trainer_state.json")
    curve = next(curve for curve in state.curves if curve.measure == "loss")
    assert dict(zip(curve.steps, curve.values, strict=True)) == score_files.LOSSES
    assert {curve.measure for curve in state.curves} == {"loss", "grad_norm", "learning_rate"}
    assert not result.failed


def test_wandb_exports(scores: Path) -> None:
    items = read(scores / "wandb_export.csv")
    score = only_score(items, subject="run_step_400")
    assert (score.value, score.n, score.unit) == ((1 + 0.8125 + 0 + 0.1875) / 4, 4, "fraction")
    assert len(items.scores) == 2
    history = read(scores / "wandb_history.csv")
    assert only_score(history, measure="reward_ema").value == 4.0 - 0.25 * 8
    curve = next(curve for curve in history.curves if curve.measure == "objective/verifiable_reward")
    assert (curve.read, curve.values[0], curve.steps[-1]) == (8, 4.0, 256 * 8)


def test_hand_made_tables(scores: Path) -> None:
    result = read(scores / "table.csv")
    assert len(result.scores) == 3 * 12
    assert only_score(result, subject="Ours", model="base-8B", benchmark="MT").value == 7.32
    assert only_score(result, subject="Ours", model="base-8B", benchmark="Wild").value == -18.08
    slopes = read(scores / "slopes.csv")
    assert only_score(slopes, subject="response · micro · 30,000").value == 10.0
    assert only_score(slopes, subject="instruction · micro · 10,000").value == -5.5
    judged = read(scores / "judged.csv")
    assert len(judged.scores) == 3 * 3 and not judged.rejected
    score = only_score(judged, subject="kcenter · davinci · 4", benchmark="vicuna_test", measure="mean_score")
    assert (score.value, score.n, score.size) == (6.9219, 160, 500)


def test_the_whole_folder_at_once(scores: Path) -> None:
    with open_tree(scores) as tree:
        result = registry.read_tree(tree)
    assert not result.failed and not result.passed_over and not result.whole.rejected and not result.whole.questions
    assert len(result.files) == len([path for path in scores.rglob("*") if path.is_file()])


# Every measure of these files, each looked at: +1 higher is better, −1 lower is better, 0 neither.
DIRECTIONS = {
    "acc": 1, "acc_norm": 1, "f1": 1, "score": 1, "score, turn 1": 1, "score, Coding & Debugging": 1,
    "score, Creative Tasks": 1, "score, Information/Advice seeking": 1, "score, Math & Data Analysis": 1,
    "score, Planning & Reasoning": 1, "adjusted_score": 1, "task_macro_score": 1, "adjusted_task_macro_score": 1,
    "win_rate": 1, "discrete_win_rate": 1, "length_controlled_winrate": 1, "mean_score": 1, "relative_score": 1,
    "mean_score_chatgpt": 0,  # the reference's own mark
    "solve_rate": 1, "correct_rate_ema": 1, "verifiable_correct_rate": 1, "reward_ema": 1, "verifiable_reward": 1,
    "train_loss": -1, "last loss": -1,
    "avg_length": 0, "avg_tokens": 0, "n_wins": 0, "n_draws": 0, "total_price": 0, "ema_span": 0, "epoch": 0,
    "total_flos": 0, "train_runtime": 0, "train_samples_per_second": 0, "train_steps_per_second": 0,
}  # fmt: skip


def test_every_measure_of_these_files_points_the_right_way(scores: Path) -> None:
    with open_tree(scores) as tree:
        result = registry.read_tree(tree).whole.scores
    assert {score.measure: int(score.direction) for score in result} == DIRECTIONS


@pytest.mark.parametrize(
    ("measure", "direction"),
    [
        ("length_controlled_winrate", 1), ("total_score", 1), ("counterfact", 1), ("memorybench", 1), ("terrorqa", 1),
        ("TimeQA", 1), ("mean_token_accuracy", 1), ("pass@1", 1), ("exact_match,strict-match", 1), ("MMLU", 1),
        ("eval/loss", -1), ("word_perplexity", -1), ("brier_score", -1), ("bits_per_byte", -1), ("error rate", -1),
        ("eval_runtime", 0), ("learning_rate", 0), ("grad_norm", 0), ("avg_len", 0), ("reward_std", 0), ("steps", 0),
    ],
)  # fmt: skip
def test_a_direction_is_read_from_whole_words(measure: str, direction: int) -> None:
    assert direction_of(measure) == direction


def test_the_mark_of_the_reference_is_no_score_of_the_dataset(write) -> None:
    path = write(
        "s.csv", "subset,test_set,mean_score,mean_score_chatgpt,mean_score_maths\na,v,6.5,9.1,3\nb,v,6.9,9.2,4\n"
    )
    result = read(path)
    said = {score.measure: (score.direction, score.primary) for score in result.scores}
    assert said == {"mean_score": (1, True), "mean_score_chatgpt": (0, False), "mean_score_maths": (1, True)}
    assert any("mark of the reference (chatgpt)" in notice for notice in result.notices)


def test_table_with_every_column(write) -> None:
    path = write(
        "scores.csv",
        "subset,score,benchmark,model,seed,stderr,n\n"
        "micro-0,48.4,Arena-Hard,llama,1,1.5,500\nmicro-0,47.0,Arena-Hard,llama,2,1.4,500\n",
    )
    result = read(path)
    score = only_score(result, seed=1)
    assert (score.subject, score.benchmark, score.model, score.value) == ("micro-0", "Arena-Hard", "llama", 48.4)
    assert (score.stderr, score.n, score.field) == (1.5, 500, "line 2, column score")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.json", '[{"subset": "a", "score": 1.5}, {"subset": "b", "score": 2}]'),
        ("s.json", '{"a": 1.5, "b": 2}'),
        ("s.json", '{"scores": [{"subset": "a", "score": 1.5}, {"subset": "b", "score": 2}]}'),
        ("s.jsonl", '{"subset": "a", "score": 1.5}\n{"subset": "b", "score": 2}\n'),
        ("s.tsv", "subset\tscore\na\t1.5\nb\t2\n"),
        ("s.csv", "subset;score\r\na;1,5\r\nb;2\r\n"),
        ("s.csv", "\ufeffsubset,score\na,1.5\nb,2\n"),
    ],
)
def test_the_same_table_in_many_forms(write, name: str, content: str) -> None:
    assert values(read(write(name, content))) == {("a", "s", "score"): 1.5, ("b", "s", "score"): 2.0}


def test_wide_tables_by_benchmark(write) -> None:
    result = read(write("w.json", '{"a": {"MMLU": 54.9, "GSM": 60}, "b": {"MMLU": 55.1, "GSM": null}}'))
    assert values(result) == {("a", "MMLU", "score"): 54.9, ("a", "GSM", "score"): 60, ("b", "MMLU", "score"): 55.1}
    assert [(entry.where, entry.why) for entry in result.rejected] == [
        ("b, column GSM", "an empty cell is not a score")
    ]


def test_a_mapping_overrules_the_guess(write) -> None:
    path = write("odd.csv", "a,b,c\nx,1,2\ny,3,4\n")
    result = read(path, mapping={"b": "ignore", "c": "score", "a": "subset"})
    assert values(result) == {("x", "c", "score"): 2.0, ("y", "c", "score"): 4.0}
    with pytest.raises(InputError, match="No column holds scores"):
        read(path, mapping={"b": "ignore", "c": "ignore"})


def test_wandb_runs_table_and_history_of_several_runs(write) -> None:
    runs = read(
        write(
            "wandb_export.csv",
            '"Name","State","Created","Runtime","seed","eval/loss","eval/acc","epochs"\n'
            '"micro-50","finished","2025","100","3","1.25","0.5","3"\n"micro-100","crashed","2025","90","3","NaN","","3"\n',
        )
    )
    score = only_score(runs, subject="micro-50", measure="loss")
    assert (score.value, score.benchmark, score.direction, score.seed) == (1.25, "eval", -1, 3)
    assert [entry.where for entry in runs.rejected] == ["line 3, column eval/loss"]
    history = read(
        write(
            "history.csv",
            '"Step","a - eval/acc","a - eval/acc__MIN","a - eval/acc__MAX","b - eval/acc"\n'
            '"1","0.1","0.1","0.1",""\n"2","0.4","0.4","0.4","0.3"\n',
        )
    )
    assert values(history) == {("a", "eval", "acc"): 0.4, ("b", "eval", "acc"): 0.3}


def test_mlflow_file_store(write, tmp_path: Path) -> None:
    run = "mlruns/123/" + "0123456789abcdef" * 2
    write("mlruns/123/meta.yaml", "artifact_location: file:///x\nexperiment_id: '123'\nname: diversity\n")
    write(f"{run}/meta.yaml", "run_id: x\nrun_name: dapper-fox-1\nstatus: 3\n")
    write(f"{run}/tags/mlflow.runName", "res-micro-50")
    write(f"{run}/params/seed", "7")
    write(f"{run}/params/model_name_or_path", "llama")
    write(f"{run}/metrics/train/loss", "1700000000000 2.5 1\n1700000000200 1.5 3\n1700000000100 2.0 2\n")
    write(f"{run}/metrics/mmlu", "1700000000300 54.5 0\n")
    with open_tree(tmp_path) as tree:
        tree_import = registry.read_tree(tree)
    assert not tree_import.failed
    loss = only_score(tree_import.whole, measure="loss")
    assert (loss.subject, loss.benchmark, loss.value, loss.seed, loss.model) == (
        "res-micro-50",
        "train",
        1.5,
        7,
        "llama",
    )
    assert only_score(tree_import.whole, measure="mmlu").benchmark == "diversity"
    assert tree_import.whole.curves[0].steps == (1.0, 2.0, 3.0)


def test_a_recipe_in_the_folder_names_the_subset(write, tmp_path: Path) -> None:
    write("run1/recipe.json", json.dumps({"subset": "00112233445566aa"}))
    write("run1/eval/all_results.json", json.dumps({"eval_loss": 1.5}))
    write("run2/all_results.json", json.dumps({"eval_loss": 1.25}))
    with open_tree(tmp_path) as tree:
        tree_import = registry.read_tree(tree)
    recipes = {score.subject: score.recipe for score in tree_import.whole.scores}
    assert recipes == {"run1": "00112233445566aa", "run2": ""}


CARD = """---
base_model: meta-llama/Llama-2-7b-hf
---
# sft
### Training hyperparameters
- learning_rate: 1e-05
- train_batch_size: 4
- seed: 7
- num_epochs: 3.0
"""


def test_scores_carry_how_the_run_was_trained(tmp_path: Path, write: Callable[[str, str], Path]) -> None:
    write("run1/trainer_state.json", json.dumps({"num_train_epochs": 3, "max_steps": 99, "log_history": [
        {"step": 1, "loss": 2.0}, {"step": 2, "train_loss": 1.5}]}))  # fmt: skip
    write("run1/all_results.json", json.dumps({"train_loss": 1.5}))
    write("run1/README.md", CARD)
    write("run1/eval/results_x.json", json.dumps({"results": {"arc": {"acc,none": 0.5}}, "versions": {}}))
    write("run2/all_results.json", json.dumps({"train_loss": 1.25}))
    with open_tree(tmp_path) as tree:
        scores = registry.read_tree(tree).whole.scores
    mine = [score for score in scores if score.file.startswith("run1/")]
    assert {score.benchmark for score in mine} == {"training", "arc"}
    for score in mine:
        assert dict(score.trainer) == {"epochs": 3, "learning_rate": 1e-05, "train_batch_size": 4}
        assert (score.model, score.seed) == ("Llama-2-7b-hf", 7)
    other = next(score for score in scores if score.file.startswith("run2/"))
    assert (dict(other.trainer), other.model, other.seed) == ({}, "", None)


def test_settings_of_a_lone_state_an_adapter_and_llama_factory(write: Callable[[str, str], Path]) -> None:
    lone = write("a/trainer_state.json", json.dumps({"train_batch_size": 4, "log_history": [{"step": 1, "loss": 2.0}]}))
    with open_tree(lone) as tree:
        assert dict(training.carried(tree.sources[0]).settings) == {"train_batch_size": 4}
    write("b/all_results.json", json.dumps({"train_loss": 1.0}))
    write("b/adapter_config.json", json.dumps({"base_model_name_or_path": "/models/Qwen2-7B/", "r": 8}))
    write("b/training_args.yaml", "cutoff_len: 4096\npacking: true\nseed: 3\noutput_dir: x\n")
    write("b/training_args.bin", "a pickle, never opened")
    with open_tree(lone.parent.parent / "b") as tree:
        carried = training.carried(tree.by_path["all_results.json"])
    assert dict(carried.settings) == {"cutoff_len": 4096, "lora_rank": 8, "packing": True}
    assert (carried.model, carried.seed) == ("Qwen2-7B", 3)


def test_a_run_carries_its_settings(scores: Path) -> None:
    with open_tree(scores / "sft_run") as tree:
        result = registry.read_tree(tree).whole.scores
    assert {json.dumps(dict(score.trainer)) for score in result} == {'{"epochs": 1, "train_batch_size": 4}'}


def test_the_readme_table_names_every_importer() -> None:
    _, rows = docs.importer_table()
    assert [name for name, _ in rows] == [entry.name for entry in registry.IMPORTERS]
    assert any("<" in looks for _, looks in rows)  # as a terminal shows it
    assert "<run>" not in docs.markdown(("format", "looks for"), rows) and "&lt;" in docs.markdown(("a", "b"), rows)


@pytest.mark.parametrize(
    ("header", "rows"),
    [("Model,MMLU,Params", ["a,46,7B", "b,47,8B", "c,48,8B"]), ("Model,MMLU,Params", ["a,46,7B", "b,47,8B"]),
     ("model,type,mmlu", ["a,SFT,46", "b,DPO,47", "c,SFT,48"])],
)  # fmt: skip
def test_a_property_of_the_model_names_no_run(tmp_path: Path, header: str, rows: list[str]) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    assert read_scores(path)["subject"].tolist() == list("abc")[: len(rows)]


def test_results_with_filters_and_nothing_else_are_of_the_harness(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text('{"results": {"mmlu": {"acc,none": 0.5}}, "model_name": "org/run-a"}', encoding="utf-8")
    scores = read_scores(path)
    assert scores[["benchmark", "measure", "value"]].values.tolist() == [["mmlu", "acc", 0.5]]
    assert "run-a" in scores["subject"][0]


def test_costs_are_no_scores_and_unread_numbers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text('run,mmlu,gpu_hours,vram_gb,arc\na,46,12,80,46.8 ± 0.4\nb,47,13,80,"45,1"\n', encoding="utf-8")
    scores = read_scores(path)
    assert not {"gpu_hours", "vram_gb"} & {*scores["benchmark"]}
    assert "arc" in {*scores["benchmark"]} or any("arc is not read" in notice for notice in scores.attrs["notices"])
