"""OpenRLHF: chat messages, and the dotted flags of its ``train_sft``; written by its documentation, not checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.export.trainers import messages
from core.export.trainers.target import Target, output
from core.export.trainers.training import SEED, WARM_UP, TrainingSettings


class OpenRlhf(Target):
    """Full fine-tuning by ``deepspeed --module openrlhf.cli.train_sft`` with the flags in ``STEM.flags``, one a line.

    The loss is on all answers of a conversation. OpenRLHF gives its chat templates no tools. Its cosine ends at a share
    of the learning rate, which is set to 0. ``template`` is the text of a template.
    """

    def settings(self, stem: str, training: TrainingSettings, fields: Collection[str]) -> Mapping[str, Any]:
        return {
            "model.model_name_or_path": training.model,
            "data.dataset": f"{stem}.json",
            "data.input_key": "messages",
            "data.apply_chat_template": True,
            "data.multiturn": True,
            **({"data.tokenizer_chat_template": training.template} if training.template else {}),
            "data.max_len": training.cutoff,
            "ds.packing_samples": True,
            "ds.attn_implementation": "flash_attention_2",
            "ds.param_dtype": "bf16",
            "ds.zero_stage": 3,
            "adam.lr": training.learning_rate,
            "lr_scheduler": "cosine_with_min_lr",
            "min_lr_ratio": 0.0,
            "lr_warmup_ratio": WARM_UP,
            "train.max_epochs": training.epochs,
            "train.batch_size": training.batch,
            "train.micro_batch_size": 1,
            "train.seed": SEED,
            "model.gradient_checkpointing_enable": True,
            "logger.logging_steps": 1,
            "logger.tensorboard_dir": f"{output(stem)}/tensorboard",
            "eval.steps": -1,
            "ckpt.output_dir": output(stem),
            "ckpt.path": f"{output(stem)}/checkpoints",
            "ckpt.save_steps": -1,
        }

    def written(self, settings: Mapping[str, Any]) -> str:
        lines = [f"--{name}" if value is True else f"--{name}={value}" for name, value in settings.items()]
        return "\n".join(lines) + "\n"

    @property
    def train(self) -> str:
        return """
mapfile -t flags < "$name.flags"
deepspeed --num_gpus "$GPUS" --module openrlhf.cli.train_sft "${flags[@]}"
"""


TARGET = OpenRlhf(
    name="openrlhf",
    title="OpenRLHF",
    format=messages.FORMAT,
    checked="",
    overflow="OpenRLHF cuts the end",
    ending=".flags",
)
