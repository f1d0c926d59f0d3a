"""Files that an evaluation wrote: a model's answers to a benchmark, which are not rows to train on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.corpus.formats.record import Parsed, Roles, Shape
from core.corpus.formats.values import filled

# Groups of field names; only such files have all names of a group.
_GROUPS = (
    {"doc", "resps"}, {"doc", "filtered_resps"}, {"doc_id", "resps"}, {"doc_id", "filtered_resps"},
    {"question_id", "answer_id"}, {"question_id", "choices"}, {"question_id", "model_id", "text"},
    {"question_id", "judge"}, {"question_id", "judgment"}, {"origin_prompt", "prediction"},
)  # fmt: skip
_QUESTIONS = {"question", "instruction", "prompt", "query", "problem"}
_ANSWERS = {"output", "response", "completion", "answer", "solution"}
_TURNS = {"messages", "conversations"}
_PREDICTED = {"prediction", "predictions", "pred", "preds", "generated_text", "model_output", "hypothesis"}
_WANTED = {"gold", "reference", "references", "target", "targets", "label", "labels", "ground_truth", "expected"}


def _needs(names: Collection[str]) -> bool:
    present = {*names}
    return any(group <= present for group in _GROUPS) or "choices" in present or bool(_PREDICTED & present)


def _holds(record: Mapping[str, Any]) -> bool:
    named = {name for name, value in record.items() if filled(value)}
    if _TURNS & named or (_QUESTIONS & named and _ANSWERS & named):
        return False
    if any(group <= named for group in _GROUPS) or _are_choices(record.get("choices")):
        return True
    return bool(_PREDICTED & named and _WANTED & named)


def _are_choices(value: Any) -> bool:
    """Whether ``value`` holds completions as a model's API returns them, or answers as FastChat writes them."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(choice, Mapping) and ({"turns", "message"} & {*choice} or {"index", "text"} <= {*choice})
            for choice in value
        )
    )


def _parse(record: Mapping[str, Any], roles: Roles) -> list[Parsed]:
    return []


SHAPES = (
    Shape(
        name="model_answers",
        title="Answers of a model to a benchmark (refused)",
        looks_like='{"question_id": …, "choices": [{"turns": …}]} or {"doc": …, "resps": …}',
        needs=_needs,
        holds=_holds,
        loosely=_holds,
        parse=_parse,
        uses=lambda names: frozenset(),
        refused="holds answers of a model to a benchmark, not rows to train on",
        remedy="A corpus holds questions and answers to learn. Scores of a trained model belong on the Compare page.",
        mappable=False,
    ),
)
