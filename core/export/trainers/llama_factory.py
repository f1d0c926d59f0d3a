"""LLaMA-Factory: ShareGPT turns with its ``dataset_info.json``, and a configuration of its 0.9.5."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.export.trainers import sharegpt
from core.export.trainers.target import Target, output
from core.export.trainers.training import SCHEDULER, SEED, WARM_UP, TrainingSettings


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
            "learning_rate": training.learning_rate,
            "lr_scheduler_type": SCHEDULER,
            "warmup_steps": WARM_UP,  # below 1 it is a share of all steps
            "num_train_epochs": float(training.epochs),
            "per_device_train_batch_size": 1,
            "gradient_accumulation_steps": training.batch,
            "bf16": True,
            "seed": SEED,
            "logging_steps": 10,
            "save_strategy": "epoch",
            "save_total_limit": 1,
            "report_to": "none",
            "output_dir": output(stem),
        }

    @property
    def train(self) -> str:
        return """
batch=$(sed -n 's/^gradient_accumulation_steps: //p' "$name.yaml")
FORCE_TORCHRUN=$([ "$GPUS" = 1 ] || echo 1) NPROC_PER_NODE=$GPUS \\
  llamafactory-cli train "$name.yaml" gradient_accumulation_steps=$((batch / GPUS))
"""

    def limit(self, cutoff: int) -> int:
        return cutoff - 1  # with packing its sequences are one token shorter than cutoff_len


TARGET = LlamaFactory(
    name="llama-factory",
    title="LLaMA-Factory",
    format=sharegpt.FORMAT,
    checked="0.9.5",
    overflow="LLaMA-Factory cuts questions and answers to fit, in proportion to their lengths",
)
