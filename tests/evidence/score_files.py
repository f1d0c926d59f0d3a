"""Small score files of every kind that people have, with numbers of our own: written as the tools write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ALPACA_EVAL = """\
,win_rate,standard_error,n_wins,n_wins_base,n_draws,n_total,discrete_win_rate,mode,avg_length,length_controlled_winrate,\
lc_standard_error
model-a,61.25,1.5,493,312,0,805,61.24223602484472,community,1900,55.5,0.25
model-b,40.125,1.625,323,482,0,805,40.12422360248447,verified,1400,42.75,0.5
model-c,12.5,1.0,100,704,1,805,12.484472049689441,minimal,900,15.25,
"""
ARENA_HARD = """\
model,score,rating_q025,rating_q975,CI,avg_tokens,date
model-a,82.5,80.75,84.5,"(-1.75, +2.00)",662.0,2024-07-31
model-b,50.0,50.0,50.0,"(0.00, +0.00)",423.0,2024-07-31
model-c,7.25,6.5,8.0,"(-0.75, +0.75)",,2024-07-31
"""
ITEMS = [("b2c4", "run_step_400", value) for value in (1.0, 0.8125, 0.0, 0.1875)] + [
    ("d6e8", "run_step_1", value) for value in (0.0, 0.25)
]
STEPS = [
    (256 * number, 4.0 / number, 0.5 / number, 80, 4.0 - 0.25 * number, 0.5 - 0.025 * number) for number in range(1, 9)
]
BENCHMARKS = "ARC,BBH,GSM,HE,MMLU,IFEval,Avg_obj,AE,MT,Wild,Avg_sub,Avg"
TABLE = f"""\
base_model,method,data_size,{BENCHMARKS}
base-8B,Pool,939K,69.25,63.5,83.5,63.25,65.75,67.0,68.5,8.9,6.86,-24.5,38.5,53.5
base-8B,Random,50K,74.25,64.75,70.25,51.25,63.75,61.0,64.25,8.5,7.06,-22.25,39.25,51.75
base-8B,Ours,50K,76.5,65.0,71.5,53.0,64.5,62.5,65.5,9.5,7.32,-18.08,41.0,53.25
"""
SLOPES = """\
dataset_size,component,level,slope_x1e-2
10K,instruction,micro,-5.5
10K,response,micro,5.25
30K,response,micro,10.0
"""
JUDGED = """\
strategy,pool,round,n_train,test_set,n_judgements,mean_score,mean_score_chatgpt,relative_score
full_data,davinci,,,koala_test,360,6.25,9.0,69.5
kcenter,davinci,0,100,koala_test,360,2.875,9.5,31.25
kcenter,davinci,4,500,vicuna_test,160,6.9219,9.25,75.0
"""
WILDBENCH_CATEGORIES = (
    "Creative Tasks",
    "Coding & Debugging",
    "Planning & Reasoning",
    "Information/Advice seeking",
    "Math & Data Analysis",
)


def wildbench() -> dict[str, Any]:
    """Two models with their scores by category."""
    return {
        name: {
            "model": name,
            "score": 7.5 - number,
            "adjusted_score": 5.0 - 2 * number,
            "task_macro_score": 5.25 - number,
            "adjusted_task_macro_score": 5.25 - number,
            "task_categorized_scores": {kind: 6.0 - number - at / 8 for at, kind in enumerate(WILDBENCH_CATEGORIES)},
            "total": 1022 + number,
            "avg_len": 3175.5,
        }
        for number, name in enumerate(("model-a", "model-b"))
    }


def mt_bench() -> list[dict[str, Any]]:
    """Judgements of single answers, one a question."""
    return [
        {
            "question_id": str(11 + number),
            "model": "model-a",
            "judge": ["gpt-4", "single-v1"],
            "user_prompt": "[Question]\nRate this.\n[The Start of Assistant's Answer]\n…",
            "judgment": f"It is fair. Rating: [[{mark}]]",
            "score": mark,
            "turn": 1,
            "tstamp": 1700000000.5 + number,
        }
        for number, mark in enumerate((1, 4, 3, 8, 10))
    ]


def lm_eval_group() -> dict[str, Any]:
    """Results of lm-evaluation-harness: a group of two tasks, aliases with their indents, samples, configurations."""
    tasks = {"steps2": (0.75, 0.005, 8000), "steps3": (0.5, 0.0075, 4000)}
    group = {"acc,none": 0.6666666666666666, "acc_stderr,none": 0.0025, "alias": "steps"}
    config = {
        "group": "steps",
        "dataset_path": "json",
        "num_fewshot": 0,
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        "output_type": "multiple_choice",
        "metadata": {"version": 0},
    }
    return {
        "results": {
            "steps": group,
            **{
                name: {"acc,none": value, "acc_stderr,none": error, "alias": f" - {name}"}
                for name, (value, error, _) in tasks.items()
            },
        },
        "groups": {"steps": group},
        "group_subtasks": {"steps": list(tasks)},
        "configs": {name: {"task": name, **config} for name in tasks},
        "versions": dict.fromkeys(tasks, 0),
        "n-shot": dict.fromkeys(("steps", *tasks), 0),
        "higher_is_better": {name: {"acc": True} for name in ("steps", *tasks)},
        "n-samples": {name: {"original": count, "effective": count} for name, (_, _, count) in tasks.items()},
        "config": {
            "model": "hf",
            "model_args": "pretrained=/models/base-8B-Instruct,parallelize=True",
            "random_seed": 0,
        },
        "git_hash": "bb3ea721",
        "date": 1717385402.0,
        "model_source": "hf",
        "model_name": "/models/base-8B-Instruct",
        "model_name_sanitized": "__models__base-8B-Instruct",
        "total_evaluation_time_seconds": "3076.5",
    }


def lm_eval_single() -> dict[str, Any]:
    """Results of one task with three metrics and no group."""
    numbers = {
        "acc,none": 0.5625,
        "acc_stderr,none": 0.02,
        "f1,none": 0.59375,
        "f1_stderr,none": 0.0225,
        "acc_norm,none": 0.5625,
        "acc_norm_stderr,none": 0.0203125,
    }
    names = ("acc", "f1", "acc_norm")
    return {
        "results": {"bias": {**numbers, "alias": "bias"}},
        "group_subtasks": {"bias": []},
        "configs": {
            "bias": {"task": "bias", "metric_list": [{"metric": name, "higher_is_better": True} for name in names]}
        },
        "versions": {"bias": 0},
        "n-shot": {"bias": 5},
        "higher_is_better": {"bias": dict.fromkeys(names, True)},
        "n-samples": {"bias": {"original": 609, "effective": 609}},
        "config": {"model": "hf", "model_args": "pretrained=base-8B"},
        "model_name": "base-8B",
    }


def olmes(step: int, value: float) -> dict[str, Any]:
    """metrics.json of OLMES for one step of a run."""
    metrics = {
        "win_rate": value + 0.75,
        "standard_error": 0.5,
        "avg_length": 13334,
        "n_wins": 17,
        "n_draws": 0,
        "discrete_win_rate": value + 0.875,
        "length_controlled_winrate": value,
        "lc_standard_error": 0.0625,
        "total_price": 84.75,
        "primary_score": value,
    }
    alias = "alpaca_eval_v3::hamish_zs_reasoning_deepseek"
    return {
        "all_primary_scores": [f"{alias}: {value}"],
        "tasks": [
            {
                "alias": alias,
                "metrics": metrics,
                "num_instances": 805,
                "processing_time": 114.5,
                "task_config": {
                    "task_name": "alpaca_eval",
                    "split": "test",
                    "primary_metric": "length_controlled_winrate",
                    "metric_kwargs": {"alpaca_eval_version": 3},
                    "metadata": {"regimes": ["zs"], "alias": alias},
                },
            }
        ],
        "model_config": {"model": f"base_run_step_{step}", "max_length": 32768, "model_type": "vllm"},
    }


END = {
    "epoch": 0.999,
    "total_flos": 6.25e20,
    "train_loss": 1.75,
    "train_runtime": 8575.5,
    "train_samples_per_second": 3.875,
    "train_steps_per_second": 0.25,
}
LOSSES = {5: 2.375, 10: 2.25, 15: 2.0, 20: 1.875}


def trainer_state() -> dict[str, Any]:
    """trainer_state.json at the end of a run of 22 steps."""
    log = [
        {"epoch": step / 22, "grad_norm": 6.5 / step, "learning_rate": 1e-5 / step, "loss": loss, "step": step}
        for step, loss in LOSSES.items()
    ]
    return {
        "best_metric": None,
        "epoch": END["epoch"],
        "eval_steps": 500,
        "global_step": 22,
        "log_history": [*log, {**END, "step": 22}],
        "logging_steps": 5,
        "max_steps": 22,
        "num_train_epochs": 1,
        "save_steps": 8000,
        "total_flos": END["total_flos"],
        "train_batch_size": 4,
    }


def trainer_log() -> list[dict[str, Any]]:
    """trainer_log.jsonl of the same run."""
    return [
        {
            "current_steps": step,
            "total_steps": 22,
            "loss": loss,
            "lr": 1e-5 / step,
            "epoch": step / 22,
            "percentage": round(100 * step / 22, 2),
            "elapsed_time": "0:32:48",
            "remaining_time": "1 day, 2:39:23",
        }
        for step, loss in LOSSES.items()
    ]


def write_scores(folder: Path) -> Path:
    """Write every file into ``folder``, which is made, and return it."""
    files = {
        "alpaca_eval2_weighted_gpt4_turbo_leaderboard.csv": ALPACA_EVAL,
        "arena_hard_leaderboard.csv": ARENA_HARD,
        "mt_bench_gpt-4_single.jsonl": _lines(mt_bench()),
        "wildbench_score.json": json.dumps(wildbench(), indent=2),
        "lm_eval/results_group.json": json.dumps(lm_eval_group(), indent=2),
        "lm_eval/results_single.json": json.dumps(lm_eval_single(), indent=2),
        "oe_eval/alpaca_eval_step_100_metrics.json": json.dumps(olmes(100, 1.25)),
        "oe_eval/alpaca_eval_step_1000_metrics.json": json.dumps(olmes(1000, 2.5)),
        "sft_run/all_results.json": json.dumps(END, indent=4),
        "sft_run/train_results.json": json.dumps(END, indent=4),
        "sft_run/trainer_state.json": json.dumps(trainer_state(), indent=2),
        "sft_run/trainer_log.jsonl": _lines(trainer_log()),
        "wandb_export.csv": _quoted("dataset_index,id,name,solve_rate", [(at, *item) for at, item in enumerate(ITEMS)]),
        "wandb_history.csv": "step,objective/verifiable_reward,objective/verifiable_correct_rate,ema_span,reward_ema,"
        "correct_rate_ema\n" + "".join(",".join(map(str, step)) + "\n" for step in STEPS),
        "table.csv": TABLE,
        "slopes.csv": SLOPES,
        "judged.csv": JUDGED,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def _quoted(head: str, rows: list[tuple[Any, ...]]) -> str:
    """A CSV file with every cell in quotes, as W&B writes them."""
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in (head.split(","), *rows))
