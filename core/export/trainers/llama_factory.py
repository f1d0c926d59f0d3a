"""LLaMA-Factory: ShareGPT turns with its ``dataset_info.json``, and a configuration of its 0.9.5."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from core.corpus.formats.record import Turn
from core.export.format import Problem
from core.export.trainers import sharegpt
from core.export.trainers.scripts import SHARED_BATCH
from core.export.trainers.target import Target, transformers_settings
from core.export.trainers.training import WARM_UP, TrainingSettings

NO_PROPERTIES = Problem(
    "tools that declare no parameters with properties",
    "LLaMA-Factory's usual way of writing tools stops at the first of them",
    'declare "properties" ({} for none), or train on them with TRL',
)


class LlamaFactoryRows(sharegpt.ShareGPT):
    """ShareGPT turns without the rows at whose tools LLaMA-Factory would stop."""

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        usual = super().problem(turns, tools)
        if (usual is None or usual.kept) and tools and not all(map(_has_properties, orjson.loads(tools))):
            return NO_PROPERTIES
        return usual


def _has_properties(tool: Mapping[str, Any]) -> bool:
    inner = tool.get("function") if tool.get("type") == "function" else tool
    parameters = inner.get("parameters") if isinstance(inner, dict) and isinstance(inner.get("name"), str) else None
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    return isinstance(properties, dict) and all(
        isinstance(said, dict) and all(isinstance(word, str) for word in said.get("enum") or ())
        for said in properties.values()
    )


class LlamaFactory(Target):
    """Full fine-tuning by ``llamafactory-cli train STEM.yaml``. Without a template it takes the tokenizer's own."""

    def settings(self, stem: str, training: TrainingSettings, fields: Collection[str]) -> Mapping[str, Any]:
        return {
            "model_name_or_path": training.model,
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "full",
            "dataset_dir": ".",
            "dataset": stem,
            **({"template": training.template} if training.template else {}),
            "cutoff_len": training.cutoff,
            "packing": True,
            **transformers_settings(stem, training),
            "warmup_steps": WARM_UP,  # below 1 it is a share of all steps
            "bf16": True,
            "report_to": "none",
        }

    @property
    def train(self) -> str:
        return (
            SHARED_BATCH
            + """
FORCE_TORCHRUN=$([ "$GPUS" = 1 ] || echo 1) NPROC_PER_NODE=$GPUS \\
  llamafactory-cli train "$name.yaml" gradient_accumulation_steps=$((batch / GPUS))
"""
        )

    def limit(self, cutoff: int) -> int:
        return cutoff - 1  # with packing its sequences are one token shorter than cutoff_len


TARGET = LlamaFactory(
    name="llama-factory",
    title="LLaMA-Factory",
    format=LlamaFactoryRows(
        **{field.name: getattr(sharegpt.FORMAT, field.name) for field in dataclasses.fields(sharegpt.FORMAT)}
    ),
    checked="0.9.5",
    overflow="LLaMA-Factory cuts the exchange that crosses the cutoff, question or answer, and drops those behind it",
)
