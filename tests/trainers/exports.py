"""Writes what the trainers are to read: an export for every target, a tiny model with a chat template, the right rows.

    python -m tests.trainers.exports FOLDER

``FOLDER/TARGET`` holds the export, ``FOLDER/model`` a causal model of a few thousand weights, ``FOLDER/expected.json``
the turns, the system prompt and the tools of every row, which no code of the export has touched. One row has tools at
which LLaMA-Factory would stop.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from core.export.bundle import write_file
from core.export.formats import FORMATS
from core.export.targets import TARGETS
from core.export.trainers.training import TrainingSettings
from core.workbench.dataset_card import CardPart, card
from core.workbench.recipe import Recipe
from tests.export.test_trainers import SHAPES, TOOLS, WITH_TOOLS, corpus_of, rows_of
from tests.tiny_models import tiny_model

STEM = "micro-0123456789abcdef-rows"
# Marks the answers, as trainers want it that take the loss on them alone; arguments of calls are objects.
TEMPLATE = """{%- if tools %}<|tools|>{{ tools | tojson }}<|end|>{% endif -%}
{%- for message in messages -%}
<|{{ message['role'] }}|>
{%- if message['role'] == 'assistant' -%}
{%- generation -%}
{{ message['content'] }}
{%- for call in message['tool_calls'] or [] -%}
<call>{{ call['function']['name'] }} {{ call['function']['arguments'] | tojson }}</call>
{%- endfor -%}
<|end|>
{%- endgeneration -%}
{%- else -%}
{{ message['content'] }}<|end|>
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}
"""
CLOCK: dict[str, Any] = {"name": "clock", "parameters": {"type": "object", "properties": {"zone": {"type": "array"}}}}
OTHER_TOOL = {"type": "function", "function": CLOCK}
# Two calls whose arguments have no key and no type in common: a loader that makes one table of them changes them.
CALLED = {
    f"call with {arguments}": (
        {
            "messages": [
                {"role": "user", "content": f"Question {arguments}"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
                    ],
                },
                {"role": "tool", "content": "2"},
                {"role": "assistant", "content": "Two."},
            ],
            "tools": [tool],
        },
        name,
        arguments,
        tool,
    )
    for name, arguments, tool in (("weather", {"city": 3}, TOOLS[0]), ("clock", {"zone": ["UTC"]}, OTHER_TOOL))
}


def records_and_rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The records that are loaded, and of each the turns (role, text), the system prompt and the tools."""
    pairs = [*SHAPES.values(), *WITH_TOOLS.values()]
    records = [record for record, _ in pairs]
    rows = [{"turns": list(example.turns), "system": example.system, "tools": example.tools} for _, example in pairs]
    for record, name, arguments, tool in CALLED.values():
        records.append(record)
        call = json.dumps({"name": name, "arguments": arguments})
        turns = [("user", record["messages"][0]["content"]), ("call", call), ("tool", "2"), ("assistant", "Two.")]
        rows.append({"turns": turns, "system": "", "tools": json.dumps([tool], sort_keys=True)})
    for number in range(40):
        records.append(
            {"instruction": f" Count to {number}.\n", "output": " ".join(map(str, range(number + 1))) + " é\t"}
        )
        turns = [("user", records[-1]["instruction"]), ("assistant", records[-1]["output"])]
        rows.append({"turns": turns, "system": "", "tools": ""})
    return records, rows


def write(folder: Path) -> None:
    """Write everything into ``folder``."""
    records, expected = records_and_rows()
    corpus = corpus_of(folder / "workspace", *records)
    model = folder / "model"
    tiny_model(model, layers=2, positions=4096)
    settings = json.loads((model / "tokenizer_config.json").read_text())
    settings |= {"eos_token": "<s>", "pad_token": "<s>"}
    (model / "tokenizer_config.json").write_text(json.dumps(settings))
    (model / "chat_template.jinja").write_text(TEMPLATE)
    for name, target in TARGETS.items():
        training = TrainingSettings(learning_rate=1e-3, model="../model", cutoff=512)
        format = target.asked(training, "mistral-32k")
        (folder / name).mkdir(parents=True)
        path = folder / name / f"{STEM}{target.format.suffix}"
        exported = write_file(rows_of(corpus), path, format=format, recipe=b'{"ids_digest": "0123456789abcdef"}')
        left_out = {row for rows in exported.problems.values() for row in rows}
        assert exported.rows == len(expected) - len(left_out), exported.messages
        assert len(left_out) == (name == "llama-factory"), exported.messages  # tools without properties
    data_set = folder / "hugging-face"
    data_set.mkdir()
    write_file(rows_of(corpus), data_set / f"{STEM}.parquet", format=FORMATS["hugging-face"], recipe=b"{}")
    part = CardPart(file=f"{STEM}.parquet", recipe=Recipe(corpus=corpus.id), digest="0" * 16, rows=len(expected))
    (data_set / "README.md").write_bytes(card([part]))
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
