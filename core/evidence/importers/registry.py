"""The list of all importers: recognises the format of a file and reads its scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType

from core.errors import DiverscopeError, InputError
from core.evidence.importers import (
    alpaca_eval,
    arena_hard,
    arena_hard_judgements,
    helm,
    livebench,
    lm_eval,
    mlflow,
    mlflow_table,
    mt_bench,
    mt_bench_pairs,
    olmes,
    open_data_arena,
    opencompass,
    recipes,
    score_table,
    tensorboard,
    tensorboard_export,
    trainer,
    trainer_log,
    training,
    wandb,
    wandb_summary,
    wildbench,
)
from core.evidence.importers.known_files import PassedOver, known_kind
from core.evidence.importers.proposal import Imported, Options, ProposedScore, beginning, settle, storable
from core.evidence.importers.sources import Source, Tree
from core.progress import Progress, silent


@dataclass(frozen=True, kw_only=True)
class Importer:
    """An importer of a format: its name, what it looks for, whether a file has the format, and how to read it."""

    name: str
    looks_for: str
    recognise: Callable[[Source], bool]
    read: Callable[[Source, Options], Imported]


def _importer(module: ModuleType) -> Importer:
    return Importer(name=module.NAME, looks_for=module.LOOKS_FOR, recognise=module.recognise, read=module.read)


# The first importer that recognises a file reads it, so the special ones come before the general.
IMPORTERS: tuple[Importer, ...] = tuple(
    _importer(module)
    for module in (
        mlflow, mlflow_table, tensorboard, tensorboard_export, alpaca_eval, arena_hard, arena_hard_judgements,
        mt_bench_pairs, mt_bench, livebench, open_data_arena, wildbench, lm_eval, olmes, trainer, trainer_log,
        opencompass, helm, wandb_summary, wandb, score_table,
    )
)  # fmt: skip

# Formats whose file is about the run of its folder, not about many runs.
_OF_ONE_RUN = (lm_eval.NAME, olmes.NAME, trainer.NAME, trainer_log.NAME, tensorboard.NAME)

# Files of a run's folder that hold no scores; a folder import skips them without a warning.
_COMPANIONS = (
    ".md",
    ".txt",
    ".yaml",
    ".yml",
    ".safetensors",
    ".bin",
    ".pt",
    ".png",
    ".svg",
    ".model",
    ".log",
    ".py",
    ".jinja",
)


@dataclass(kw_only=True)
class TreeImport:
    """The result of importing a folder, archive or file: the whole, each file's part, what was left out and why."""

    whole: Imported
    files: list[Imported] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)  # (path, reason)
    passed_over: list[PassedOver] = field(default_factory=list)  # files without scores: models, notes, answers

    @property
    def read(self) -> int:
        """The number of scores in the files, repetitions and contradictions included."""
        return sum(len(part.scores) + len(part.repeated) + len(part.older) for part in self.files)

    @property
    def passed_over_lines(self) -> list[str]:
        """The files without scores of runs, a line for each reason."""
        paths: dict[str, list[str]] = {}
        for path, why in self.passed_over:
            paths.setdefault(why, []).append(path)
        return [
            f"Passed over ({why}): {', '.join(same[:8])}" + (f" and {len(same) - 8:,} more" if len(same) > 8 else "")
            for why, same in paths.items()
        ]

    @property
    def contradicting(self) -> int:
        """The number of scores left out because another file or line disagrees and neither is known to be newer."""
        whole = self.whole
        return self.read - len(whole.repeated) - len(whole.older) - len(whole.scores)


def recognise(source: Source) -> Importer | None:
    """The importer whose format the file has, or None; None also for files known to hold no scores of runs."""
    for importer in IMPORTERS:
        if importer.name == score_table.NAME and known_kind(source) is not None:
            return None  # the table importer accepts any columns, so it must not read files known as something else
        if importer.recognise(source):
            return importer
    return None


def read(source: Source, options: Options | None = None) -> Imported:
    """The file's scores. Raises :class:`InputError`; for an unknown format it says what was looked for.

    Every exception of an importer becomes an :class:`InputError` that names the file and its format.
    """
    importer = None
    try:
        importer = recognise(source)
        if importer is None:
            raise _unknown(source)
        imported = importer.read(source, options or Options())
        if importer.name in _OF_ONE_RUN:
            imported.scores = _trained(imported.scores, training.carried(source))
        digest = recipes.carried(source)
    except DiverscopeError:
        raise
    except Exception as error:  # an odd file must stop neither the import of the others nor the page
        raise _odd(source, importer, error) from error
    imported.curves = [storable(curve) for curve in imported.curves]
    imported.scores = [replace(score, reader=importer.name, recipe=score.recipe or digest) for score in imported.scores]
    return imported


def _unknown(source: Source) -> InputError:
    known = known_kind(source)
    if known is not None:
        return InputError(f"{source.path} holds no scores of runs: it is {known.what}.", remedy=known.instead)
    if source.name.lower().endswith(".json"):
        _ = source.document  # raises an error that says where the file stops, if it was cut short
    return InputError(
        f"{source.path} has no format that is known here.",
        remedy="Looked for: " + "; ".join(importer.looks_for for importer in IMPORTERS) + ".",
    )


def _odd(source: Source, importer: Importer | None, error: Exception) -> InputError:
    reason = beginning(f"{type(error).__name__}: {error}".strip().rstrip(": "), 80)
    kind = f"looks like {importer.name}, but" if importer else "has no format that"
    return InputError(
        f"{source.path} {kind} cannot be read ({reason}).",
        remedy=f"Looked for: {importer.looks_for}." if importer else "Give the scores as a CSV table.",
    )


def read_tree(tree: Tree, options: Mapping[str, Options] | None = None, *, progress: Progress = silent) -> TreeImport:
    """Read every file of a tree. A file that fails is listed with the reason, and the others are imported.

    ``options`` are by path; those under "" apply to files without their own.
    """
    answers = options or {}
    result = TreeImport(whole=Imported(importer="", file=tree.name))
    result.failed = list(tree.problems)
    result.passed_over = [PassedOver(path, why) for path, why in tree.hidden]
    single = len(tree.sources) == 1
    for count, source in enumerate(tree.sources):
        progress(count, len(tree.sources), "files read")
        mine = answers.get(source.path, answers.get("", Options()))
        try:
            why = "" if single else _beside_scores(source)
            if why:
                result.passed_over.append(PassedOver(source.path, why))
                continue
            imported = read(source, mine)
        except DiverscopeError as error:
            known = error.remedy and not error.remedy.startswith("Looked for")
            result.failed.append((source.path, str(error) if single or known else error.what))
            continue
        finally:
            source.forget()
        result.files.append(imported)
        settle(imported.scores, repeats=mine.repeats, into=result.whole)
        result.whole.curves += imported.curves
        result.whole.rejected += imported.rejected
        result.whole.repeated += imported.repeated
        result.whole.older += imported.older
        result.whole.notices += [f"{source.path}: {notice}" for notice in imported.notices]
        result.whole.questions += imported.questions
    progress(len(tree.sources), max(1, len(tree.sources)), "files read")
    return result


def _trained(scores: list[ProposedScore], how: training.Training) -> list[ProposedScore]:
    """The scores with the run's settings; model and seed from the score's own file or from the user come first."""
    return [
        replace(
            score,
            trainer=score.trainer or how.settings,
            model=score.model or how.model,
            seed=how.seed if score.seed is None else score.seed,
        )
        for score in scores
    ]


def _beside_scores(source: Source) -> str:
    """Why a file of a folder is skipped without a warning; "" if it is to be read."""
    try:
        if recognise(source) is not None:
            return ""
        known = known_kind(source)
    except Exception:  # noqa: BLE001  (the gate of ``read`` says what is wrong with it)
        return ""
    if known is not None:
        return known.what if known.beside else ""
    parts = source.path.split("/")
    if "params" in parts[:-1] or "tags" in parts[:-1] or "artifacts" in parts[:-1]:
        return "facts of a run beside its metrics"
    return "no scores: a model, settings or notes" if source.name.lower().endswith(_COMPANIONS) else ""
