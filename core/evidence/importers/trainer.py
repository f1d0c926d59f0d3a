"""The files of Hugging Face's Trainer and LLaMA-Factory in a run's folder: final results, and the state's curves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from core.evidence.importers.numbers import figure, figure_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, curve, direction_of, settle
from core.evidence.importers.sources import Source

NAME = "Trainer results"
LOOKS_FOR = "all_results.json, train_results.json, eval_results.json or trainer_state.json (HF Trainer, LLaMA-Factory)"
RESULTS = ("all_results.json", "train_results.json", "eval_results.json", "predict_results.json")
_PRIMARY = ("train_loss", "eval_loss")
_KINDS = {"train": "training", "eval": "evaluation", "predict": "prediction"}


def recognise(source: Source) -> bool:
    document = source.holds(dict)
    if not document:
        return False
    return isinstance(document.get("log_history"), list) or (source.name in RESULTS and _flat(document))


def read(source: Source, options: Options) -> Imported:
    """Read final figures under the name of the run's folder, and curves of the state by step.

    The same figure in several files of a folder (train_loss is in three) is one score.
    """
    imported = Imported(importer=NAME, file=source.path)
    document = source.document
    if isinstance(document.get("log_history"), list):
        finals = _state(document, source, imported)
    else:
        finals = {key: (value, key) for key, value in document.items()}
    scores = []
    for measure, (given, where) in finals.items():
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            continue
        try:
            value = figure(given)
        except ValueError as reason:
            imported.reject(where, f"{measure}: {reason}")
            continue
        prefix = measure.split("_")[0]
        scores.append(
            ProposedScore(
                subject=source.run_name,
                benchmark=options.benchmark or _KINDS.get(prefix, "run"),
                measure=measure,
                value=value,
                direction=direction_of(measure),
                unit=options.unit or ("nats per token" if measure.endswith("_loss") else ""),
                judge=options.judge,
                baseline=options.baseline,
                model=options.model,
                file=source.path,
                field=where,
                primary=measure in _PRIMARY or measure.startswith(("eval_acc", "predict_bleu", "predict_rouge")),
            )
        )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _flat(document: dict[str, Any]) -> bool:
    return any(key.startswith(("train_", "eval_", "predict_")) for key in document)


def _state(document: dict[str, Any], source: Source, imported: Imported) -> dict[str, tuple[Any, str]]:
    """Add the curves to ``imported``; returns the final figures of the last record that has them."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    finals: dict[str, tuple[Any, str]] = {}
    for position, record in enumerate(document["log_history"]):
        where = f"log_history[{position}]"
        step = figure_or_none(record.get("step")) if isinstance(record, dict) else None
        if not isinstance(record, dict) or step is None:
            imported.reject(where, "not a record with a step")
            continue
        for key, given in record.items():
            if key in ("step", "epoch") or isinstance(given, bool) or not isinstance(given, (int, float)):
                continue
            try:
                value = figure(given)
            except ValueError as reason:
                imported.reject(f"{where}.{key}", f"step {step:g}: {reason}")
                finals.pop(key, None)  # an earlier figure is not the final one
                continue
            if key.startswith(("train_", "eval_")) or key == "total_flos":
                finals[key] = (value, f"{where}.{key}")
            if not key.startswith("train_") and key != "total_flos":
                points[key].append((step, value))
    for measure, pairs in points.items():
        imported.curves.append(
            curve(
                subject=source.run_name, measure=measure, points=pairs, file=source.path, field=f"log_history.{measure}"
            )
        )
    return finals
