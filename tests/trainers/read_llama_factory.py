"""LLaMA-Factory reads an export by its own classes: run by its own Python, which knows no core.

PYTHON_OF_THE_TRAINER tests/trainers/read_llama_factory.py FOLDER
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

import yaml

ROLES = {"user": "user", "assistant": "assistant", "function": "call", "observation": "tool"}


def main(folder: Path) -> None:
    """Parse the configuration, load the rows, compare them, tokenise and pack them."""
    expected = [row for row in json.loads((folder / "expected.json").read_text()) if readable(row["tools"])]
    os.chdir(folder / "llama-factory")
    (config,) = Path(".").glob("*.yaml")
    without_sounds()
    from llamafactory.data import get_template_and_fix_tokenizer
    from llamafactory.data.loader import _get_merged_dataset, get_dataset
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer
    from llamafactory.train.tuner import run_exp

    written = yaml.safe_load(config.read_text())
    on_a_cpu = {"bf16": False, "use_cpu": True}  # the only keys that differ here
    model_args, data_args, training_args, finetuning_args, _ = get_train_args({**written, **on_a_cpu})
    assert finetuning_args.finetuning_type == "full" and data_args.packing
    assert data_args.cutoff_len == written["cutoff_len"] - 1, data_args.cutoff_len
    assert training_args.get_warmup_steps(200) == 10  # 5 % of 200
    rows = _get_merged_dataset(data_args.dataset, model_args, data_args, training_args, "sft")
    came_out = [shown(row) for row in rows]
    wanted = [[[list(turn) for turn in row["turns"]], row["system"], row["tools"]] for row in expected]
    assert sorted(map(key, came_out)) == sorted(map(key, wanted)), differences(came_out, wanted)

    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    packed = get_dataset(template, model_args, data_args, training_args, "sft", tokenizer=tokenizer)["train_dataset"]
    assert all(len(ids) == written["cutoff_len"] for ids in packed["input_ids"])
    text = "".join(tokenizer.decode(ids) for ids in packed["input_ids"])
    learnt = "".join(
        tokenizer.decode([label for label in labels if label >= 0]) for labels in packed["labels"]
    )  # fmt: skip
    for row in expected:
        (_, asked), *_ = row["turns"]
        role, answer = row["turns"][-1]
        assert asked in text and (role == "call" or answer in learnt), row
    run_exp({**written, **on_a_cpu, "num_train_epochs": 1.0})
    results = json.loads((Path(training_args.output_dir) / "all_results.json").read_text())
    sequences = f"packed into {len(packed)} sequences, trained on (loss {results['train_loss']:.2f})"
    print(f"LLaMA-Factory: {len(came_out)} rows as they were written, {sequences}")


def without_sounds() -> None:
    """Let LLaMA-Factory import without torchaudio, whose builds seldom fit a torch for CPUs; rows here are text."""
    if importlib.util.find_spec("torchaudio") is None:
        sys.modules["torchaudio"] = types.ModuleType("torchaudio")
        sys.modules["torchaudio"].__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)


def readable(tools: str) -> bool:
    """Whether LLaMA-Factory can write the tools of a row into a prompt."""
    return all("properties" in tool.get("function", tool)["parameters"] for tool in json.loads(tools or "[]"))


def shown(row: dict[str, Any]) -> list[Any]:
    turns = [[ROLES[turn["role"]], turn["content"]] for turn in row["_prompt"] + row["_response"]]
    return [turns, row["_system"] or "", row["_tools"] or ""]


def key(row: list[Any]) -> str:
    """A row in a form that does not depend on how the JSON of calls and tools is spaced."""
    turns, system, tools = row
    plain = [[role, json.loads(text) if role == "call" else text] for role, text in turns]
    return json.dumps([plain, system, json.loads(tools) if tools else ""], sort_keys=True)


def differences(came_out: list[Any], wanted: list[Any]) -> str:
    out, in_ = set(map(key, came_out)), set(map(key, wanted))
    return "\n".join([*(f"only in the trainer: {row}" for row in out - in_), *(f"missing: {row}" for row in in_ - out)])


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
