"""ms-swift: chat messages with calls as turns of their own, and a configuration for ``swift sft``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from core.export.trainers import messages
from core.export.trainers.scripts import SHARED_BATCH
from core.export.trainers.target import Target, transformers_settings
from core.export.trainers.training import WARM_UP, TrainingSettings


class MsSwift(Target):
    """Full fine-tuning by ``swift sft STEM.yaml``; ``template`` is one of its own names, else that of the model."""

    def settings(self, stem: str, training: TrainingSettings, fields: Collection[str]) -> Mapping[str, Any]:
        return {
            "model": training.model,
            "use_hf": True,
            **({"template": training.template} if training.template else {}),
            "dataset": [f"{stem}.json"],
            "split_dataset_ratio": 0.0,
            "tuner_type": "full",
            "torch_dtype": "bfloat16",
            "max_length": training.cutoff,
            "truncation_strategy": "delete",
            "packing": True,
            "attn_impl": "flash_attn",  # packing wants it
            **transformers_settings(stem, training),
            "warmup_ratio": WARM_UP,
            "report_to": ["none"],
            "add_version": False,
        }

    @property
    def train(self) -> str:
        return (
            SHARED_BATCH
            + """
NPROC_PER_NODE=$GPUS swift sft "$name.yaml" --gradient_accumulation_steps $((batch / GPUS)) \\
  ${checkpoint:+--resume_from_checkpoint "$checkpoint"}
"""
        )


TARGET = MsSwift(
    name="ms-swift",
    title="ms-swift",
    format=replace(messages.FORMAT, calls="turns"),
    checked="4.6.0",
    overflow="ms-swift drops them",
)
