"""How a run was trained, from the files beside its scores: settings, base model and training seed.

Only the trainer's own files are read: the state, the model card that Hugging Face's Trainer and LLaMA-Factory make,
LLaMA-Factory's training_args.yaml and PEFT's adapter_config.json. ``training_args.bin`` is a pickle and is never
opened. Figures that follow from the size of the data (steps, run times) do not count as settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from core.evidence.importers.sources import Source

Plain = str | int | float | bool
# The names of a setting as the files write them, and its name here.
NAMES: Mapping[str, str] = {
    "num_train_epochs": "epochs",
    "num_epochs": "epochs",
    "learning_rate": "learning_rate",
    "train_batch_size": "train_batch_size",
    "per_device_train_batch_size": "train_batch_size",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "total_train_batch_size": "total_train_batch_size",
    "lr_scheduler_type": "lr_scheduler",
    "lr_scheduler_warmup_ratio": "warmup_ratio",
    "warmup_ratio": "warmup_ratio",
    "cutoff_len": "cutoff_len",
    "packing": "packing",
    "finetuning_type": "finetuning",
    "r": "lora_rank",
    "lora_rank": "lora_rank",
    "lora_alpha": "lora_alpha",
}
_FOLDER_OF_EVALUATIONS = ("eval", "evaluation", "results", "output", "outputs", "logs")


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings by our names; ``model`` and ``seed`` are "" and None if no file has them."""

    settings: Mapping[str, Plain] = field(default_factory=dict)
    model: str = ""
    seed: int | None = None


def carried(source: Source) -> Training:
    """The training by the files of the run's folder: ``source``'s own folder, or the one above a folder called eval."""
    if source.tree is None or not source.tree.is_folder:
        return _joined([source])
    folder = PurePosixPath(source.folder)
    while folder.name.lower() in _FOLDER_OF_EVALUATIONS:
        folder = folder.parent
    prefix = "" if str(folder) == "." else f"{folder}/"
    names = ("trainer_state.json", "training_args.yaml", "adapter_config.json", "README.md")
    beside = [source.tree.by_path.get(prefix + name) for name in names]
    return _joined([file for file in beside if file is not None])


def _joined(sources: list[Source]) -> Training:
    """The training by several files: the first file with a value counts; the model card, which rounds, comes last."""
    said: dict[str, Plain] = {}
    for source in sources:
        for name, value in _said(source).items():
            said.setdefault(name, value)
    model, seed = str(said.pop("model", "")), said.pop("seed", None)
    return Training(
        settings=dict(sorted(said.items())),
        model=model.rstrip("/").rsplit("/", 1)[-1],
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
    )


def _said(source: Source) -> dict[str, Plain]:
    if source.name == "trainer_state.json":
        return _settings(source.holds(dict) or {})
    if source.name == "adapter_config.json":
        document = source.holds(dict) or {}
        model = document.get("base_model_name_or_path")
        return {**_settings(document), **({"model": model} if isinstance(model, str) and model else {})}
    if source.name in ("training_args.yaml", "README.md"):
        lines = _lines(source)
        said = _settings(lines)
        model = lines.get("model_name_or_path") or lines.get("base_model")
        seed = lines.get("seed")
        return {
            **said,
            **({"model": str(model)} if model else {}),
            **({"seed": seed} if isinstance(seed, int) else {}),
        }
    return {}


def _settings(document: Mapping[str, Any]) -> dict[str, Plain]:
    settings: dict[str, Plain] = {}
    for name, ours in NAMES.items():
        value = document.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a card writes 3.0 epochs where the state writes 3
        if isinstance(value, (str, int, float)) and value != "":
            settings.setdefault(ours, value)
    return settings


def _lines(source: Source) -> dict[str, Plain]:
    """The first of each ``name: value`` of flat YAML, or ``- name: value`` of a model card's list of hyperparameters.

    In a card, prose with a colon also gives names, which are never looked up.
    """
    values: dict[str, Plain] = {}
    for line in source.head.decode("utf-8", errors="replace").splitlines():
        match = re.fullmatch(r"(?:- )?([a-z_]+): *+(\S.*)", line)
        if match and match[1] not in values:
            values[match[1]] = _value(match[2].rstrip(" ").strip("'\""))
    return values


def _value(text: str) -> Plain:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
