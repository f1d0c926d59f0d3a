"""TRL (and Unsloth, which trains with it): chat messages, and a configuration for ``trl sft`` 1.16."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.export.trainers import messages
from core.export.trainers.scripts import SHARED_BATCH
from core.export.trainers.target import Target, transformers_settings
from core.export.trainers.training import WARM_UP, TrainingSettings


class Trl(Target):
    """Full fine-tuning by ``trl sft --config STEM.yaml``.

    The loss is taken on the answers only, for which the chat template has to mark them; TRL does so itself for the
    templates that it knows. ``template`` is a folder, a hub id or a file whose template is taken.
    """

    def settings(self, stem: str, training: TrainingSettings, fields: Collection[str]) -> Mapping[str, Any]:
        columns = [field for field in ("messages", "tools") if field in fields]
        return {
            "model_name_or_path": training.model,
            "dtype": "bfloat16",
            "datasets": [{"path": "json", "data_files": f"{stem}.json", "split": "train", "columns": columns}],
            **({"chat_template_path": training.template} if training.template else {}),
            "assistant_only_loss": True,
            "max_length": training.cutoff,  # 1,024 where nothing is said
            "packing": True,
            "packing_strategy": "bfd",
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
trl sft --config "$name.yaml" --num_processes "$GPUS" --gradient_accumulation_steps $((batch / GPUS)) \\
  ${checkpoint:+--resume_from_checkpoint "$checkpoint"}
"""
        )


TARGET = Trl(
    name="trl",
    title="TRL",
    format=messages.FORMAT,
    checked="1.16.0",
    overflow="TRL drops what lies beyond the cutoff, and with it the end of the answer",
)
