"""One question and one answer a record: Alpaca and its cousins, prompt/completion, question/answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.corpus.formats.record import BadRecord, Parsed, Shape
from core.corpus.formats.turns import conversation, read_turns, text_of

ANSWERS = ("output", "response", "completion", "answer")
SYSTEMS = ("system", "system_prompt")


def _pair(questions: Sequence[str], answers: Sequence[str], inputs: Sequence[str]) -> dict[str, Any]:
    """Recognise and read records with one of ``questions`` and one of ``answers``, in that order of preference."""

    def matches(record: Mapping[str, Any]) -> bool:
        return any(key in record for key in questions) and any(key in record for key in answers)

    def parse(record: Mapping[str, Any]) -> list[Parsed]:
        asked = record[next(key for key in questions if key in record)]
        answered = record[next(key for key in answers if key in record)]
        system = text_of(next((record[key] for key in SYSTEMS if record.get(key)), None))
        if isinstance(asked, list) and asked and isinstance(asked[0], Mapping):
            tail = read_turns(answered) if isinstance(answered, list) else _assistant(text_of(answered))
            return [conversation([*read_turns(asked), *tail], system=system, tools=record.get("tools"))]
        given = text_of(next((record[key] for key in inputs if record.get(key)), None))
        return [Parsed(text_of(asked), text_of(answered), given, system)]

    return {"matches": matches, "parse": parse, "uses": frozenset((*questions, *answers, *inputs, *SYSTEMS))}


def _assistant(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def _instances(record: Mapping[str, Any]) -> list[Parsed]:
    rows = []
    for instance in record["instances"]:
        if not isinstance(instance, Mapping):
            raise BadRecord("An instance is no object.")
        answer = next((instance[key] for key in ANSWERS if key in instance), None)
        rows.append(Parsed(text_of(record["instruction"]), text_of(answer), text_of(instance.get("input"))))
    if not rows:
        raise BadRecord("The record has no instance.")
    return rows


def _both(first: Callable[[Mapping[str, Any]], bool], *needed: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda record: first(record) and all(key in record for key in needed)


_ALPACA = _pair(("instruction",), ANSWERS, ("input", "context"))

SHAPES = (
    Shape(
        name="instances",
        title="Nested instances (self-instruct)",
        looks_like='{"instruction": …, "instances": [{"input": …, "output": …}, …]}',
        matches=lambda record: "instruction" in record and isinstance(record.get("instances"), list),
        parse=_instances,
        uses=frozenset({"instruction", "instances"}),
    ),
    Shape(
        name="own",
        title="Diverscope's own columns",
        looks_like='{"source": …, "instruction": …, "input": …, "response": …, "label": …}',
        **{**_ALPACA, "matches": _both(_ALPACA["matches"], "source", "input", "response", "label")},
    ),
    Shape(
        name="model_outputs",
        title="Outputs of a model (AlpacaEval)",
        looks_like='{"instruction": …, "dataset": …, "output": …, "generator": …}',
        **{**_ALPACA, "matches": _both(_ALPACA["matches"], "generator")},
    ),
    Shape(
        name="alpaca",
        title="Alpaca",
        looks_like='{"instruction": …, "input": …, "output" or "response": …}',
        **_ALPACA,
    ),
    Shape(
        name="prompt_completion",
        title="Prompt and completion",
        looks_like='{"prompt": …, "completion" or "response": …}',
        **_pair(("prompt",), ("completion", "response", "output", "answer"), ()),
    ),
    Shape(
        name="question_answer",
        title="Question and answer",
        looks_like='{"question" or "query": …, "answer" or "response": …}',
        **_pair(("question", "query"), ("answer", "response", "output", "completion"), ("context",)),
    ),
)
