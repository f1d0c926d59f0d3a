"""TRL reads an export by its own classes, and trains on it for a moment: run by its own Python, which knows no core.

PYTHON_OF_THE_TRAINER tests/trainers/read_trl.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml


def main(folder: Path) -> None:
    """Parse the configuration, load the rows, compare their tokens, pack them, train."""
    expected = json.loads((folder / "expected.json").read_text())
    os.chdir(folder / "trl")
    (config,) = Path(".").glob("*.yaml")
    from datasets import get_dataset_config_names, load_dataset
    from transformers import AutoTokenizer
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser, get_dataset

    written = yaml.safe_load(config.read_text())
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig))
    on_a_cpu = ["--bf16", "false", "--use_cpu", "true", "--dtype", "float32", "--num_train_epochs", "1"]
    _, settings, model, mixture = parser.parse_args_and_config(["--config", str(config), *on_a_cpu])
    assert settings.max_length == written["max_length"] and settings.packing and settings.assistant_only_loss
    assert settings.get_warmup_steps(200) == 10  # 5 % of 200
    data = get_dataset(mixture)["train"]

    tokenizer = AutoTokenizer.from_pretrained(model.model_name_or_path)
    wanted = [rendered(tokenizer, row) for row in expected]
    answers = [[text for role, text in row["turns"] if role == "assistant"] for row in expected]
    settings.packing = False
    alone = SFTTrainer(model=model.model_name_or_path, args=settings, train_dataset=data).train_dataset
    texts = [tokenizer.decode(ids) for ids in alone["input_ids"]]
    assert sorted(texts) == sorted(wanted), sorted(set(texts) ^ set(wanted))
    learnt = {
        text: tokenizer.decode([label for label in labels if label >= 0])
        for text, labels in zip(texts, alone["labels"], strict=True)
    }
    for text, said in zip(wanted, answers, strict=True):
        assert all(answer in learnt[text] for answer in said), text

    (name,) = get_dataset_config_names(str(folder / "hugging-face"))
    carded = load_dataset(str(folder / "hugging-face"), name, split="train")
    again = [tokenizer.apply_chat_template(**chat(row), tokenize=False) for row in carded]
    assert sorted(again) == sorted(wanted), sorted(set(again) ^ set(wanted))

    settings.packing = True
    trainer = SFTTrainer(model=model.model_name_or_path, args=settings, train_dataset=data)
    packed = trainer.train_dataset
    assert sum(map(len, packed["input_ids"])) == sum(map(len, alone["input_ids"]))
    assert max(map(len, packed["input_ids"])) <= written["max_length"]
    loss = trainer.train().training_loss
    states = list(Path(settings.output_dir).glob("checkpoint-*/trainer_state.json"))
    assert states, "no trainer_state.json for the import of scores"
    sequences = f"packed into {len(packed)} sequences, trained on (loss {loss:.2f})"
    print(f"TRL: {len(texts)} rows as they were written, {sequences}; {len(again)} by the card of the data set")


def chat(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the data set as a chat template takes it: arguments and tools are JSON text there."""
    for message in row["messages"]:
        for call in message.get("tool_calls") or []:
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return {"conversation": row["messages"], "tools": json.loads(row["tools"]) if row["tools"] else None}


def rendered(tokenizer: Any, row: dict[str, Any]) -> str:
    """What the chat template makes of a row, from the turns that no code of the export has touched."""
    messages = [{"role": "system", "content": row["system"]}] if row["system"] else []
    for role, text in row["turns"]:
        if role == "call":
            function = json.loads(text)
            call = {"type": "function", "function": {"name": function["name"], "arguments": function["arguments"]}}
            messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        else:
            messages.append({"role": role, "content": text})
    tools = json.loads(row["tools"]) if row["tools"] else None
    return tokenizer.apply_chat_template(messages, tools=tools, tokenize=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
