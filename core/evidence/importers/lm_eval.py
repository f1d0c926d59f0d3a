"""lm-evaluation-harness results_*.json: tasks and groups with keys such as "acc,none" and "acc_stderr,none".

Also its older releases ("acc" and "acc_stderr" without a filter), lighteval, and the older boards that keep the tasks
under "all".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.evidence.importers import result_times
from core.evidence.importers.numbers import figure, figure_or_none, whole_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.run_names import run_name
from core.evidence.importers.sources import Source

NAME = "lm-evaluation-harness results"
LOOKS_FOR = 'a JSON object with "results" and "configs" or "versions" (lm-evaluation-harness results_*.json)'
_FACTS = ("alias", "name", "sample_len", "sample_count")
# Arguments of the model by what they name: an adapter names the run, the model under it only the base model.
_ADAPTERS = ("peft", "lora_local_path", "adapter", "delta")
_MODELS = ("pretrained", "model", "model_name", "engine", "path")
_SETTINGS = ("limit", "gen_kwargs", "chat_template_sha", "fewshot_as_multiturn", "system_instruction", "num_fewshot")


def recognise(source: Source) -> bool:
    document = source.holds(dict)
    if not document or not _blocks(document):
        return False
    return bool({"configs", "versions", "config_general"} & set(document)) or _names_filters(_blocks(document))


def _names_filters(blocks: Mapping[str, Any]) -> bool:
    """Whether a measure's key names its filter, as in "acc,none"."""
    keys = [key for block in blocks.values() if isinstance(block, dict) for key in block]
    return any(measure.isidentifier() and which for measure, _, which in (key.partition(",") for key in keys))


def read(source: Source, options: Options) -> Imported:
    """Read a score for each task, measure and filter; groups count as tasks of their own, listed once.

    Values are in the unit of the harness (accuracies are fractions). The direction comes from ``higher_is_better``.
    """
    imported = Imported(importer=NAME, file=source.path)
    document = source.document
    arguments = _arguments(document)
    adapter = next((arguments[name] for name in _ADAPTERS if arguments.get(name)), "")
    model = next((arguments[name] for name in _MODELS if arguments.get(name)), "") or _named(document)
    subject = run_name(adapter or model) or re.sub(r"^results_?", "", source.stem) or source.run_name
    made = result_times.time_in(source.stem)
    groups = {*_object(document.get("groups"))} | {
        group for group, tasks in _object(document.get("group_subtasks")).items() if tasks
    }
    scores = []
    for task, block in _blocks(document).items():
        if not isinstance(block, dict):
            imported.reject(f"results.{task}", "not an object of measures")
            continue
        alias = str(block.get("alias", task)).lstrip(" -") or task
        better = _object(_object(document.get("higher_is_better")).get(task))
        for measure, which, key, value in _measures(task, block, imported):
            higher = better.get(measure)
            scores.append(
                ProposedScore(
                    subject=subject,
                    benchmark=options.benchmark or alias,
                    measure=measure if which in ("", "none") else f"{measure} ({which})",
                    value=value,
                    direction=(1 if higher else -1) if isinstance(higher, bool) else direction_of(measure),
                    unit=options.unit or ("fraction" if 0 <= value <= 1 and direction_of(measure) == 1 else ""),
                    stderr=figure_or_none(block.get(f"{measure}_stderr,{which}" if which else f"{measure}_stderr")),
                    n=_count(document, task),
                    judge=options.judge,
                    baseline=options.baseline,
                    model=options.model or (run_name(model) if adapter else ""),
                    file=source.path,
                    field=f"{'groups' if task in groups else 'results'}.{task}.{key}",
                    made=made if made is not None else figure_or_none(document.get("date")),
                    run=_run(document, task, adapter, model),
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _blocks(document: Mapping[str, Any]) -> dict[str, Any]:
    """The measures of each task. A group is listed under "groups" and, in most versions, also under "results"."""
    results = document.get("results")
    if not isinstance(results, dict):
        results = document.get("all")
        if not isinstance(results, dict) or not all(isinstance(block, dict) for block in results.values()):
            return {}
    return {**_object(document.get("groups")), **results}


def _measures(task: str, block: Mapping[str, Any], imported: Imported) -> Iterator[tuple[str, str, str, float]]:
    """(measure, filter, key, value) of every number of a task.

    None, "" and "N/A" mean "no value" and are skipped; any other value that is not a number is listed as left out.
    """
    for key, value in block.items():
        measure, _, which = key.partition(",")
        if measure in _FACTS or measure.endswith("_stderr") or value is None:
            continue
        if isinstance(value, str) and value.strip() in ("", "N/A"):
            continue
        try:
            yield measure, which, key, figure(value)
        except ValueError as reason:
            imported.reject(f"results.{task}.{key}", f"{task} {measure}: {reason}")


def _arguments(document: Mapping[str, Any]) -> dict[str, str]:
    """The arguments that the model was loaded with, from "a=b,c=d" or from an object."""
    given = _object(document.get("config")).get("model_args")
    if isinstance(given, dict):
        return {str(name): str(value) for name, value in given.items() if value not in (None, "")}
    pairs = (part.partition("=") for part in str(given or "").split(","))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def _named(document: Mapping[str, Any]) -> str:
    general = _object(document.get("config_general"))
    return str(document.get("model_name") or general.get("model_name") or "")


def _run(document: Mapping[str, Any], task: str, adapter: str, model: str) -> str:
    """The key by which two results are one run measured twice: the model and every setting that changes a score."""
    config = _object(document.get("config"))
    settings = {name: config.get(name, document.get(name)) for name in _SETTINGS}
    shots = _object(document.get("n-shot")).get(task)
    version = _object(document.get("versions")).get(task)
    return repr((adapter, model, settings, shots, version))


def _count(document: Mapping[str, Any], task: str) -> int | None:
    """The number of judged documents: of the task, or of all tasks of a group."""
    counts = _object(document.get("n-samples"))
    subtasks = _object(document.get("group_subtasks")).get(task)
    tasks = [task] if task in counts else subtasks if isinstance(subtasks, list) else []
    effective = [whole_or_none(_object(counts.get(name)).get("effective")) for name in map(str, tasks)]
    whole = [count for count in effective if count is not None]
    return sum(whole) if whole and len(whole) == len(effective) else None
