"""Two judgements in which everything that a person or a model wrote is hostile: questions, answers, names, replies."""

from __future__ import annotations

from core.endpoint.client import Endpoint
from core.judging.answer_set import AnswerRecord, Author, Made, keep_answers, match_answers
from core.judging.judge import Judge
from core.judging.judgement import Pairing, judge_match
from core.judging.prompt_set import Prompt, keep_prompts
from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import endpoint
from tests.judging.stand_in_judge import judging


def hostile_judgements(workspace: Workspace, texts: tuple[str, ...], *, subset: str = "") -> None:
    """Keep prompts, answers and two judges' judgements made of ``texts``; the first four are also names."""
    questions = [text for text in texts if text.strip()]
    prompts = keep_prompts(workspace, [Prompt.of(text) for text in questions], name=questions[0])
    mine, theirs = (
        keep_answers(
            workspace,
            prompts,
            Author(name=questions[number], base=questions[number], subset=subset),
            match_answers(
                [
                    AnswerRecord(output=f"{text} {questions[-1 - number]} quality={place % 5 - number}", question=text)
                    for place, text in enumerate(questions)
                ],
                prompts.prompts,
            ),
            Made(how="file"),
        )
        for number in range(2)
    )
    pairing = Pairing(prompts=prompts, answers=mine, against=theirs)

    def words(number: int, body: dict, reply: str) -> str:
        return questions[number % len(questions)] + ("" if number % 7 == 3 else f"\n{reply}")

    for name in (questions[2], questions[3]):
        with endpoint(judging(words=words)) as (url, _):
            judge_match(workspace, pairing, Judge(model=name), endpoint=Endpoint(url=url))
