"""Shapes with a question and an answer in each record: Alpaca and its variants, prompt/completion, question/answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from core.corpus.formats.conversations import HISTORY as EARLIER_EXCHANGES
from core.corpus.formats.conversations import RECORD_TOOLS, earlier_under, turns_before, with_history
from core.corpus.formats.parts import text_of, thinking_of
from core.corpus.formats.record import BadRecord, Parsed, Roles, Shape, Turn
from core.corpus.formats.turns import SYSTEMS, conversation, read_turns, speaker
from core.corpus.formats.values import filled, first_filled, text_under

QUESTIONS = ("instruction", "prompt", "question", "query", "problem")
ANSWERS = ("output", "response", "completion", "solution", "answer")
# Texts that may say more than the answer beside which they stand.
LONGER = (
    *ANSWERS, "rationale", "explanation", "worked_solution", "generated_solution", "long_answer", "full_answer",
    "detailed_answer", "steps",
)  # fmt: skip


def _pair(questions: Sequence[str], answers: Sequence[str], inputs: Sequence[str] = ()) -> dict[str, Any]:
    """Recognise and read records with one of ``questions`` and one of ``answers``, in that order of preference."""

    def holds(record: Mapping[str, Any]) -> bool:
        asked, answered = first_filled(record, questions), first_filled(record, answers)
        return bool(asked and answered) and filled(record[asked or ""]) and filled(record[answered or ""])

    def parse(record: Mapping[str, Any], roles: Roles) -> list[Parsed]:
        asked, answered = record[first_filled(record, questions) or ""], record[first_filled(record, answers) or ""]
        system = text_under(record, SYSTEMS, text_of)
        before = turns_before(record, roles)
        if _is_turns(asked) or _is_turns(answered):
            turns = [*before, *_turns(asked, "user", roles), *_turns(answered, "assistant", roles)]
            tools = next((record[name] for name in RECORD_TOOLS if filled(record.get(name))), None)
            return [conversation(turns, system=system, tools=tools)]
        given = text_under(record, inputs, text_of)
        parsed = Parsed(text_of(asked), text_of(answered), given, system, thinking=thinking_of(record)[1])
        whole = with_history(parsed, before)
        if earlier_under(record):
            whole.formerly = parsed
        return [whole]

    def uses(names: Collection[str]) -> frozenset[str]:
        groups = (questions, answers, inputs, SYSTEMS)
        return frozenset(next((name for name in group if name in names), "") for group in groups) | {EARLIER_EXCHANGES}

    return {
        "needs": lambda names: any(key in names for key in questions) and any(key in names for key in answers),
        "holds": holds,
        "parse": parse,
        "uses": uses,
        "thinks": True,
        "follows": True,
    }


def _is_turns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping) and speaker(value[0]) is not None


def _turns(value: Any, role: str, roles: Roles) -> list[Turn]:
    return read_turns(value, roles) if _is_turns(value) else [{"role": role, "content": text_of(value)}]


def _instances(record: Mapping[str, Any], roles: Roles) -> list[Parsed]:
    rows = []
    for instance in record["instances"]:
        if not isinstance(instance, Mapping):
            raise BadRecord("An instance is no object.")
        key = first_filled(instance, ANSWERS)
        answer = text_of(instance[key]) if key else ""
        rows.append(Parsed(text_of(record["instruction"]), answer, text_of(instance.get("input"))))
    if not rows:
        raise BadRecord("The record has no instance.")
    return rows


def _with(shape: dict[str, Any], *needed: str) -> dict[str, Any]:
    """The pair ``shape`` for records that also have the fields ``needed``."""
    first: Callable[[Collection[str]], bool] = shape["needs"]
    return {**shape, "needs": lambda names: first(names) and all(key in names for key in needed)}


_ALPACA = _pair(("instruction",), ANSWERS, ("input", "context"))

HISTORY = Shape(
    name="history",
    title="Alpaca with history (LIMA-like)",
    looks_like='{"instruction": …, "output": …, "history": [[question, answer], …]}',
    **_with(_ALPACA, "history"),
)
SHAPES = (
    Shape(
        name="instances",
        title="Nested instances (self-instruct)",
        looks_like='{"instruction": …, "instances": [{"input": …, "output": …}, …]}',
        needs=lambda names: "instruction" in names and "instances" in names,
        holds=lambda record: isinstance(record["instances"], list),
        loosely=lambda record: isinstance(record["instances"], list),
        parse=_instances,
        uses=lambda names: frozenset({"instruction", "instances"}),
    ),
    Shape(
        name="own",
        title="Diverscope's own columns",
        looks_like='{"source": …, "instruction": …, "input": …, "response": …, "label": …}',
        **_with(_ALPACA, "source", "input", "response", "label"),
    ),
    Shape(
        name="model_outputs",
        title="Outputs of a model (AlpacaEval)",
        looks_like='{"instruction": …, "dataset": …, "output": …, "generator": …}',
        **_with(_ALPACA, "generator"),
    ),
    Shape(
        name="alpaca",
        title="Alpaca",
        looks_like='{"instruction": …, "input": …, "output" or "response": …, "history": earlier exchanges}',
        **_ALPACA,
    ),
    Shape(
        name="prompt_completion",
        title="Prompt and completion",
        looks_like='{"prompt": …, "completion" or "response": …}',
        **_pair(("prompt",), ("completion", "response", "output", "solution", "answer")),
    ),
    Shape(
        name="question_answer",
        title="Question and answer",
        looks_like='{"question", "query" or "problem": …, "solution", "answer" or "response": …}',
        **_pair(
            ("question", "query", "problem"), ("solution", "answer", "response", "output", "completion"), ("context",)
        ),
    ),
)
