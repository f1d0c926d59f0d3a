"""Files of models' answers: every record is an answer of a prompt, of none, a repeated one, or no answer at all."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from core.corpus.sources import from_bytes
from core.judging.answer_files import generator_of, read_answers, read_prompts
from core.judging.answer_set import Author, Made, keep_answers, match_answers
from core.judging.prompt_set import Prompt, keep_prompts
from core.workspace.artefacts import Workspace
from tests.fuzz.fuzzer import Case, Fault, Target
from tests.fuzz.mutations import changed, damaged
from tests.fuzz.writing import written

COUNT = 8
NAMES = (
    "instruction", "input", "output", "generator", "dataset", "prompt", "response", "question_id", "uid", "id", "model",
    "model_id", "choices", "turns", "messages", "conversations", "role", "content", "from", "value", "answer",
)  # fmt: skip


def question(number: int) -> str:
    return f"Question {number}: what of it?"


def record_of(shape: int, number: int) -> dict[str, Any]:
    """One answer as AlpacaEval, Arena-Hard, FastChat, a chat, ShareGPT or a plain pair writes it."""
    asked, said = question(number), f"Answer {number}."
    return [
        {"dataset": "d", "instruction": asked, "output": said, "generator": "tiny"},
        {"uid": f"q{number}", "model": "tiny", "messages": [{"role": "user", "content": asked},
                                                            {"role": "assistant", "content": {"answer": said}}]},
        {"question_id": number, "model_id": "tiny", "choices": [{"index": 0, "turns": [said, "More."]}]},
        {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]},
        {"conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": said}]},
        {"prompt": asked, "response": said},
    ][shape]  # fmt: skip


def make(draw: Random) -> Case:
    """Records of one shape, in a container that is drawn; whole, or one of them changed, or the file damaged."""
    shape = draw.randrange(6)
    records: list[Any] = [record_of(shape, number) for number in range(COUNT)]
    way = draw.randrange(4)
    if way == 1:
        for _ in range(draw.choice((1, 1, 3))):
            place = draw.randrange(len(records))
            records[place] = changed(records[place], draw, NAMES)
    ending, data = written(records, draw)
    if way == 2:
        data = damaged(data, draw)
    name = f"model_outputs{ending}"
    return Case(files=((name, data),), records=COUNT if way in (0, 3) and shape < 5 else None)


def attempt(case: Case, place: Path) -> None:
    """Read, match with the prompts, store, and hold the counts against one another."""
    (name, data), *_ = case.files
    records = read_answers(from_bytes(name, data))
    prompts = [Prompt.of(question(number), f"q{number}") for number in range(COUNT + 1)]
    prompts += [Prompt.of(f"By number {number}", str(number)) for number in range(COUNT)]
    matched = match_answers(records, prompts)
    if len(matched.answers) + matched.extra + matched.repeated != len(records):
        raise Fault(f"{len(records)} answers: {matched} does not add up.")
    if len(matched.answers) + matched.missing != len(prompts):
        raise Fault(f"{len(prompts)} prompts: {matched} does not add up.")
    if case.records is not None and len(matched.answers) != case.records:
        raise Fault(f"{len(matched.answers)} of {case.records} answers were matched.")
    workspace = Workspace(place / "home")
    kept = keep_answers(
        workspace, keep_prompts(workspace, prompts, name=name),
        Author(name="".join(filter(str.isprintable, generator_of(records)))[:80].strip() or "unnamed"), matched,
        Made(how="file"),
    )  # fmt: skip
    if kept.outputs != {key: text.encode("utf-8", "replace").decode() for key, text in matched.answers.items()}:
        raise Fault("What was stored is not what was read.")
    read_prompts(from_bytes(name, data))


TARGET = Target(name="answers", make=make, attempt=attempt)
