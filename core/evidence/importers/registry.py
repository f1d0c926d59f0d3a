"""The only place that lists the importers: which format a file has, a preview of it, and its scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType

from core.errors import DiverscopeError, InputError
from core.evidence.importers import (
    alpaca_eval,
    arena_hard,
    lm_eval,
    mlflow,
    mt_bench,
    olmes,
    recipes,
    score_table,
    trainer,
    trainer_log,
    training,
    wandb,
    wildbench,
)
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source, Tree
from core.progress import Progress, silent


@dataclass(frozen=True, kw_only=True)
class Importer:
    """One format: its name, what it looks for, whether a file has it, and how to read it."""

    name: str
    looks_for: str
    recognise: Callable[[Source], bool]
    read: Callable[[Source, Options], Imported]


def _importer(module: ModuleType) -> Importer:
    return Importer(name=module.NAME, looks_for=module.LOOKS_FOR, recognise=module.recognise, read=module.read)


# The first that recognises a file reads it: the particular before the general.
IMPORTERS: tuple[Importer, ...] = tuple(
    _importer(module)
    for module in (
        mlflow, alpaca_eval, arena_hard, mt_bench, wildbench, lm_eval, olmes, trainer, trainer_log, wandb, score_table,
    )
)  # fmt: skip

# Formats whose file is about the run in whose folder it lies, not about many runs at once.
_OF_ONE_RUN = (lm_eval.NAME, olmes.NAME, trainer.NAME, trainer_log.NAME)

# Files that lie in a run's folder and hold no scores; a folder import passes over them without a complaint.
_COMPANIONS = (".md", ".txt", ".yaml", ".yml", ".safetensors", ".bin", ".pt", ".png", ".svg", ".model", ".log", ".py")


@dataclass(kw_only=True)
class TreeImport:
    """What a folder, an archive or a file gave: the whole, each file's part, and what was left out and why."""

    whole: Imported
    files: list[Imported] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)  # (path, reason)
    passed_over: list[str] = field(default_factory=list)  # companions of a run: models, notes, settings

    @property
    def read(self) -> int:
        """Scores that stand in the files, repetitions and contradictions included."""
        return sum(len(part.scores) + len(part.repeated) for part in self.files)

    @property
    def contradicting(self) -> int:
        """Scores that are left out because another file or line gives another value."""
        return self.read - len(self.whole.repeated) - len(self.whole.scores)


def recognise(source: Source) -> Importer | None:
    """The importer whose format the file has, or None."""
    return next((importer for importer in IMPORTERS if importer.recognise(source)), None)


def read(source: Source, options: Options | None = None) -> Imported:
    """The file's scores. Raises :class:`InputError`: for an unknown format it says what was looked for."""
    importer = recognise(source)
    if importer is None:
        if source.name.lower().endswith(".json"):
            _ = source.document  # says where it stops, when it is not whole
        raise InputError(
            f"{source.path} has no format that is known here.",
            remedy="Looked for: " + "; ".join(importer.looks_for for importer in IMPORTERS) + ".",
        )
    imported = importer.read(source, options or Options())
    imported.scores = [replace(score, reader=importer.name) for score in imported.scores]
    return imported


def preview(source: Source, options: Options | None = None, *, limit: int = 20) -> Imported:
    """As :func:`read` with at most ``limit`` scores, curves and rejections; questions and mapping are whole."""
    imported = read(source, options)
    imported.scores, imported.curves, imported.rejected = (
        imported.scores[:limit],
        imported.curves[:limit],
        imported.rejected[:limit],
    )
    return imported


def read_tree(tree: Tree, options: Mapping[str, Options] | None = None, *, progress: Progress = silent) -> TreeImport:
    """Every file of a tree. A file that fails is listed with the reason, and the others are imported.

    ``options`` by path; the answers under "" hold for files that have none of their own.
    """
    answers = options or {}
    result = TreeImport(whole=Imported(importer="", file=tree.name))
    result.failed = list(tree.problems)
    single = len(tree.sources) == 1
    for count, source in enumerate(tree.sources):
        progress(count, len(tree.sources), "files read")
        try:
            mine = answers.get(source.path, answers.get("", Options()))
            if not single and _companion(source):
                result.passed_over.append(source.path)
                continue
            imported = read(source, mine)
        except DiverscopeError as error:
            result.failed.append((source.path, str(error) if single else error.what))
            continue
        digest = recipes.carried(source)
        if digest:
            imported.scores = [score if score.recipe else replace(score, recipe=digest) for score in imported.scores]
        if imported.importer in _OF_ONE_RUN:
            imported.scores = _trained(imported.scores, training.carried(source))
        result.files.append(imported)
        settle(imported.scores, repeats=mine.repeats, into=result.whole)
        result.whole.curves += imported.curves
        result.whole.rejected += imported.rejected
        result.whole.repeated += imported.repeated
        result.whole.notices += [f"{source.path}: {notice}" for notice in imported.notices]
        result.whole.questions += imported.questions
    progress(len(tree.sources), max(1, len(tree.sources)), "files read")
    return result


def _trained(scores: list[ProposedScore], how: training.Training) -> list[ProposedScore]:
    """The scores with the run's settings; what the score's own file or a person said of model and seed counts more."""
    return [
        replace(
            score,
            trainer=score.trainer or how.settings,
            model=score.model or how.model,
            seed=how.seed if score.seed is None else score.seed,
        )
        for score in scores
    ]


def _companion(source: Source) -> bool:
    parts = source.path.split("/")
    store = "params" in parts[:-1] or "tags" in parts[:-1] or "artifacts" in parts[:-1]
    known = source.name.lower().endswith(_COMPANIONS) or source.name in ("config.json", "recipe.json")
    return (known or store) and recognise(source) is None
