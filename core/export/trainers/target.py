"""A target: a trainer with the format it reads best, its configuration, and the scripts that start it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from core.corpus.formats.record import Turn
from core.export.format import Exported, Format, Problem
from core.export.records import Row
from core.export.trainers.cutoff import Cutoff
from core.export.trainers.scripts import run_all, run_one
from core.export.trainers.trainer import Trainer
from core.export.trainers.training import SCHEDULER, SEED, TrainingSettings
from core.export.trainers.yaml import as_yaml

RESULTS = "results"  # the folder of all results, beside the files of rows


@dataclass(frozen=True, kw_only=True)
class Target(ABC):
    """A trainer that a subset leaves for.

    ``format`` writes the rows. ``checked`` is the version whose own classes read what is written here, "" for a trainer
    whose configuration follows its documentation only. ``overflow`` says what the trainer does with a row longer than
    the cutoff. ``ending`` is that of the configuration file.
    """

    name: str
    title: str
    format: Trainer
    checked: str
    overflow: str
    ending: str = ".yaml"

    @property
    def looks_like(self) -> str:
        how = f"checked with {self.checked}" if self.checked else "unchecked"
        return f"{self.format.title}, configuration, run.sh and run_all.sh for {self.title} ({how})"

    @abstractmethod
    def settings(self, stem: str, training: TrainingSettings, fields: Collection[str]) -> Mapping[str, Any]:
        """The configuration of a training on ``STEM.json``; ``fields`` are those that every record of it has."""

    @property
    @abstractmethod
    def train(self) -> str:
        """The lines of ``run.sh`` that train: ``$name`` is the file's stem, ``$out`` the folder of its results."""

    def written(self, settings: Mapping[str, Any]) -> str:
        """The configuration as a file."""
        return as_yaml(settings)

    def limit(self, cutoff: int) -> int:
        """The longest row, in tokens, that a sequence of ``cutoff`` tokens holds."""
        return cutoff

    def asked(self, training: TrainingSettings, tokenizer: str) -> TargetFormat:
        """The format that writes rows, configuration and scripts for this training."""
        return TargetFormat(
            name=self.name,
            title=self.title,
            suffix=self.format.suffix,
            looks_like=self.looks_like,
            target=self,
            training=training,
            tokenizer=tokenizer,
        )


@dataclass(frozen=True, kw_only=True)
class TargetFormat(Format):
    """A target with the answers to what it asks: rows in the target's format, beside configuration and scripts."""

    target: Target
    training: TrainingSettings
    tokenizer: str
    counted_by_export: ClassVar[bool] = True

    @property
    def cutoff(self) -> Cutoff:
        return Cutoff(
            limit=self.target.limit(self.training.cutoff),
            rule=self.training.overlong,
            tokenizer=self.tokenizer,
            trainer_does=self.target.overflow,
        )

    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str) -> Exported:
        """The rows, ``STEM.yaml``, and the scripts, which are the same for all subsets of one folder."""
        exported = self.target.format.export(rows, recipe=recipe, stem=stem, cutoff=self.cutoff)
        settings = self.target.settings(stem, self.training, exported.fields)
        scripts = {
            f"{stem}{self.target.ending}": self.target.written(settings),
            "run.sh": run_one(self.target.title, ending=self.target.ending, results=RESULTS, train=self.target.train),
            "run_all.sh": run_all(ending=self.target.ending),
        }
        return Exported(
            data=exported.data,
            rows=exported.rows,
            config={**exported.config, **{name: text.encode() for name, text in scripts.items()}},
            problems=exported.problems,
            fields=exported.fields,
        )

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        return self.target.format.problem(turns, tools)


def transformers_settings(stem: str, training: TrainingSettings) -> dict[str, Any]:
    """The settings of transformers' trainer by its own names, without those that trainers over it change.

    These are the warm-up, the precision, and where the figures are reported.
    """
    return {
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": SCHEDULER,
        "num_train_epochs": float(training.epochs),
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": training.batch,
        "seed": SEED,
        "logging_steps": 1,
        "save_strategy": "epoch",
        "save_total_limit": 1,
        "output_dir": output(stem),
    }


def output(stem: str) -> str:
    """The folder of the results of a training on ``STEM.json``; its name carries the subset's digest."""
    return f"{RESULTS}/{stem}"
