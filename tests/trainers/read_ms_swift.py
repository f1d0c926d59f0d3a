"""ms-swift reads an export by its own classes: run by its own Python, which knows no core.

PYTHON_OF_THE_TRAINER tests/trainers/read_ms_swift.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml

ROLES = {"user": "user", "assistant": "assistant", "tool_call": "call", "tool": "tool", "tool_response": "tool"}


def main(folder: Path) -> None:
    """Parse the configuration as its command line does, load the rows and compare them."""
    expected = json.loads((folder / "expected.json").read_text())
    os.chdir(folder / "ms-swift")
    (config,) = Path(".").glob("*.yaml")
    from swift.arguments import SftArguments
    from swift.cli.main import parse_yaml_args
    from swift.dataset import load_dataset
    from swift.utils import parse_args

    arguments = [str(config)]
    parse_yaml_args(arguments)
    on_a_cpu = [
        "--attn_impl",
        "flash_attn",
        "--bf16",
        "false",
        "--use_cpu",
        "true",
        "--model_type",
        "llama",
        "--template",
        "llama",
    ]
    settings, unknown = parse_args(SftArguments, [*arguments, *on_a_cpu])
    written = yaml.safe_load(config.read_text())
    assert not unknown, unknown
    assert settings.max_length == written["max_length"] and settings.packing and settings.tuner_type == "full"
    data, _ = load_dataset(settings.dataset, split_dataset_ratio=0.0, num_proc=1)
    came_out = sorted(key(*shown(row)) for row in data)
    wanted = sorted(key(row["turns"], row["system"], row["tools"]) for row in expected)
    assert came_out == wanted, sorted(set(came_out) ^ set(wanted))
    print(f"ms-swift: configuration parsed, {len(came_out)} rows as they were written")


def shown(row: dict[str, Any]) -> tuple[list[tuple[str, str]], str, str]:
    messages = row["messages"]
    system = messages[0]["content"] if messages[0]["role"] == "system" else ""
    turns = [(ROLES[turn["role"]], turn["content"]) for turn in messages if turn["role"] != "system"]
    tools = row.get("tools") or ""
    return turns, system, tools if isinstance(tools, str) else json.dumps(tools)


def key(turns: Any, system: str, tools: str) -> str:
    """A row in a form that does not depend on how the JSON of calls and tools is spaced."""
    plain = [[role, json.loads(text) if role == "call" else text] for role, text in turns]
    return json.dumps([plain, system, json.loads(tools) if tools else ""], sort_keys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
