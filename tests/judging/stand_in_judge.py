"""A judge with known preferences, behind the stand-in endpoint: it reads the quality that is planted in each answer.

An answer carries "quality=1.25" in its words. The judge sees the better answer, adds what is planted in it (a liking
for the first place, a liking for length), and says how large the difference is. It can be deaf to some questions.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.judging.answer_set import AnswerRecord as Answer
from core.judging.answer_set import AnswerSet, Author, Made, keep_answers, match_answers
from core.judging.prompt_set import Prompt, PromptSet, keep_prompts
from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import ok

_PARTS = ("question", "answer A", "answer B")
_SHOWN = re.compile(
    "\n\n".join(rf"<\|{part}\|>\n(.*)\n<\|/{part}\|>" for part in _PARTS),
    re.DOTALL,
)
_QUALITY = re.compile(r"quality=(-?[0-9.]+)")


def shown(body: dict[str, Any]) -> tuple[str, str, str]:
    """(question, answer A, answer B) that a request asks about."""
    asked = next(message["content"] for message in body["messages"] if message["role"] == "user")
    found = _SHOWN.fullmatch(asked)
    assert found is not None, asked[:400]
    return found[1], found[2], found[3]


def quality(answer: str) -> float:
    found = _QUALITY.search(answer)
    return float(found[1]) if found else 0.0


def judging(
    *,
    place: float = 0.0,
    length: float = 0.0,
    noise: float = 0.0,
    tie: float = 0.25,
    clear: float = 1.0,
    words: Callable[[int, dict[str, Any], str], str] | None = None,
) -> Callable[[int, dict[str, Any]], Any]:
    """A judge that likes the first place by ``place`` and every hundred characters more by ``length``.

    Differences below ``tie`` are a tie, those from ``clear`` on a clear victory. ``noise`` is the spread of what it
    adds by chance, fixed for a question and its two answers in their order. ``words`` may say something else instead.
    """

    def answer(number: int, body: dict[str, Any]) -> Any:
        question, first, second = shown(body)
        chance = random.Random(f"{question}|{first}|{second}").gauss(0, noise) if noise else 0.0
        longer = (len(first) - len(second)) / 100
        margin = quality(first) - quality(second) + place + length * longer + chance
        size = abs(margin)
        said = "A=B" if size < tie else ("A" if margin > 0 else "B")
        if said in ("A", "B"):
            other = "B" if said == "A" else "A"
            said += (">>" if size >= clear else ">") + other
        reply = f"My own answer would be short.\n\nMy final verdict is: [[{said}]]"
        return ok(content=words(number, body, reply) if words else reply)

    return answer


def prompts_of(workspace: Workspace, count: int, name: str = "made prompts") -> PromptSet:
    return keep_prompts(workspace, [Prompt.of(f"Question {number}: why?") for number in range(count)], name=name)


def answers_of(
    workspace: Workspace,
    prompts: PromptSet,
    name: str,
    qualities: Sequence[float],
    *,
    filler: Sequence[int] = (),
    **author: Any,
) -> AnswerSet:
    """Answers with a planted quality each; ``filler`` adds so many characters to each."""
    records = [
        Answer(
            output=f"{name} says quality={value:.4f}" + " x" * (filler[place] // 2 if filler else 0),
            question=prompt.text,
        )
        for place, (prompt, value) in enumerate(zip(prompts.prompts, qualities, strict=True))
    ]
    matched = match_answers(records, prompts.prompts)
    return keep_answers(workspace, prompts, Author(name=name, **author), matched, Made(how="file"))


def outputs_file(path: Path, prompts: PromptSet, name: str, qualities: Sequence[float]) -> Path:
    """An AlpacaEval file of outputs with a planted quality each."""
    records = [
        {"instruction": prompt.text, "output": f"{name} says quality={value:.4f}", "generator": name}
        for prompt, value in zip(prompts.prompts, qualities, strict=True)
    ]
    path.write_text(json.dumps(records))
    return path
