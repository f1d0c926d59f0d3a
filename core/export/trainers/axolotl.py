"""Axolotl: chat messages read by ``type: chat_template``, and a configuration for ``axolotl train``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.export.trainers import messages
from core.export.trainers.scripts import SHARED_BATCH
from core.export.trainers.target import Target, output
from core.export.trainers.training import SCHEDULER, SEED, WARM_UP, TrainingSettings


class Axolotl(Target):
    """Full fine-tuning by ``axolotl train STEM.yaml``, with the loss on the answers only.

    ``template`` is one of Axolotl's own names; without one the tokenizer's template is taken. Axolotl passes over keys
    that it does not know, so the keys written here are compared with its schema by a test.
    """

    def settings(self, stem: str, training: TrainingSettings, fields: Collection[str]) -> Mapping[str, Any]:
        data = {
            "path": f"{stem}.json",
            "ds_type": "json",
            "type": "chat_template",
            "field_messages": "messages",
            "message_property_mappings": {"role": "role", "content": "content"},
            "roles_to_train": ["assistant"],
            "train_on_eos": "turn",
            **({"field_tools": "tools"} if "tools" in fields else {}),
        }
        return {
            "base_model": training.model,
            "datasets": [data],
            "chat_template": training.template or "tokenizer_default",
            "dataset_prepared_path": f"{output(stem)}/prepared",
            "val_set_size": 0.0,
            "sequence_len": training.cutoff,
            "sample_packing": True,
            "pad_to_sequence_len": True,
            "attn_implementation": "flash_attention_2",
            "optimizer": "adamw_torch_fused",
            "learning_rate": training.learning_rate,
            "lr_scheduler": SCHEDULER,
            "warmup_ratio": WARM_UP,
            "num_epochs": float(training.epochs),
            "micro_batch_size": 1,
            "gradient_accumulation_steps": training.batch,
            "bf16": True,
            "seed": SEED,
            "logging_steps": 1,
            "saves_per_epoch": 1,
            "save_total_limit": 1,
            "auto_resume_from_checkpoints": True,
            "output_dir": output(stem),
        }

    @property
    def train(self) -> str:
        return (
            SHARED_BATCH
            + """
axolotl train "$name.yaml" --gradient-accumulation-steps $((batch / GPUS)) -- --num_processes "$GPUS"
"""
        )


TARGET = Axolotl(
    name="axolotl",
    title="Axolotl",
    format=messages.FORMAT,
    checked="0.19.0",
    overflow="Axolotl drops them",
)
