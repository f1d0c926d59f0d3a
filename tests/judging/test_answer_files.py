"""Answers and prompts from files of every shape, matched to the prompt set and counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from core.corpus.sources import SourceFile, from_bytes
from core.errors import InputError
from core.judging.answer_files import generator_of, read_answers, read_prompts
from core.judging.answer_set import Author, Made, answers_named, keep_answers, match_answers
from core.judging.prompt_set import Prompt, keep_prompts, prompts_named
from core.workspace.artefacts import Workspace


def lines(*records: Any, name: str = "answers.jsonl") -> SourceFile:
    return from_bytes(name, b"\n".join(json.dumps(record).encode() for record in records))


def listed(*records: Any, name: str = "model_outputs.json") -> SourceFile:
    return from_bytes(name, json.dumps(list(records)).encode())


ALPACA_EVAL = [
    {"dataset": "koala", "instruction": "Why is\nthe sky blue?", "output": "Scattering.", "generator": "tiny"},
    {"dataset": "koala", "instruction": "Name a river.", "output": "", "generator": "tiny"},
]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (listed(*ALPACA_EVAL), [("Why is\nthe sky blue?", "Scattering."), ("Name a river.", "")]),
        (lines({"instruction": "Add", "input": "1 2", "output": "3"}), [("Add\n\n1 2", "3")]),
        (lines({"prompt": "Hi?", "response": "Hello."}), [("Hi?", "Hello.")]),
        (
            lines({"messages": [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]}),
            [("Hi?", "Hello.")],
        ),
        (
            lines({"conversations": [{"from": "human", "value": "Hi?"}, {"from": "gpt", "value": "Hello."}]}),
            [("Hi?", "Hello.")],
        ),
        (from_bytes("a.csv", b"instruction,output\nHi?,Hello.\n"), [("Hi?", "Hello.")]),
    ],
    ids=["alpaca-eval", "alpaca", "prompt", "messages", "sharegpt", "csv"],
)
def test_answers_are_read_from_every_shape(file: SourceFile, expected: Sequence[tuple[str, str]]) -> None:
    assert [(answer.question, answer.output) for answer in read_answers(file)] == list(expected)


def test_answers_of_arena_hard_and_fastchat_are_matched_by_their_id() -> None:
    said = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": {"answer": "Hello."}}]
    arena = lines({"uid": "q1", "model": "m", "messages": said})
    fastchat = lines({"question_id": 81, "model_id": "m", "choices": [{"index": 0, "turns": ["Hello.", "Again."]}]})
    questions = lines({"question_id": 81, "category": "writing", "turns": ["Hi?", "And?"]}, name="question.jsonl")
    (prompt,) = read_prompts(questions)
    assert (prompt.text, prompt.given) == ("Hi?", "81")
    assert match_answers(read_answers(fastchat), [prompt]).answers == {prompt.id: "Hello."}
    (answer,) = read_answers(arena)
    assert (answer.output, answer.given, answer.generator) == ("Hello.", "q1", "m")


def test_matched_missing_extra_repeated_and_empty_are_counted(workspace: Workspace) -> None:
    prompts = keep_prompts(
        workspace,
        [Prompt.of(text) for text in ("Why is the sky blue?", "Name a river.", "Who?", "Who?", " ")],
        name="p",
    )
    assert len(prompts) == 3 and prompts.artefact.manifest["repeated"] == 2
    records = read_answers(listed(*ALPACA_EVAL, ALPACA_EVAL[0], {"instruction": "Other?", "output": "x"}))
    matched = match_answers(records, prompts.prompts)
    assert (len(matched.answers), matched.missing, matched.extra, matched.repeated, matched.empty) == (2, 1, 1, 1, 1)
    kept = keep_answers(workspace, prompts, Author(name=generator_of(records)), matched, Made(how="file"))
    assert kept.name == "tiny" and kept.outputs[prompts.prompts[0].id] == "Scattering."
    assert answers_named(workspace, "tiny").key == kept.key == answers_named(workspace, kept.key[:6]).key
    assert prompts_named(workspace, "p").key == prompts.key


def test_the_same_questions_are_one_prompt_set_whatever_the_file(workspace: Workspace) -> None:
    one = keep_prompts(workspace, read_prompts(listed(*ALPACA_EVAL)), name="eval")
    other = keep_prompts(workspace, read_prompts(lines(*reversed(ALPACA_EVAL))), name="again")
    assert one.key == other.key and other.name == "eval"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (lines({"instruction": "Hi?"}), "holds no answers"),
        (lines({"a": 1}), "holds no answers"),
        (from_bytes("a.json", b""), "is empty"),
        (from_bytes("a.json", b"\x89PNG\r\n\x1a\n123"), "PNG"),
    ],
)
def test_a_file_without_answers_is_refused(file: SourceFile, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_answers(file)


def test_nothing_that_belongs_is_refused_and_names_are_checked(workspace: Workspace) -> None:
    prompts = keep_prompts(workspace, [Prompt.of("Who?")], name="p")
    matched = match_answers(read_answers(listed(*ALPACA_EVAL)), prompts.prompts)
    with pytest.raises(InputError, match="No answer of tiny"):
        keep_answers(workspace, prompts, Author(name="tiny"), matched, Made(how="file"))
    with pytest.raises(InputError, match="no prompt"):
        keep_prompts(workspace, [Prompt.of("  ")], name="p")
    with pytest.raises(InputError, match="printable"):
        Author(name="a\x1b[31m")
    with pytest.raises(InputError, match="is not a prompt set"):
        prompts_named(workspace, "q")
    with pytest.raises(InputError, match="names no answers"):
        answers_named(workspace, "q")
