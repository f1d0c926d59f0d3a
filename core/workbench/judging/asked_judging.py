"""A judging as it is asked for by names: the answers, the opponent that is taken where none is named, and the judge."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.errors import InputError
from core.judging.answer_set import answers_named, list_answers
from core.judging.judge import Judge
from core.workbench.judging.opponents import default_opponent
from core.workspace.artefacts import Workspace


def asked_judging(
    workspace: Workspace,
    answers: str,
    judge: Judge,
    *,
    against: str = "",
    url: str = "",
    order: str = "both",
    concurrency: int = 8,
    rounds: int = 1,
    log: bool = True,
) -> dict[str, Any]:
    """The request of the job that judges. Without ``against``, the opponent of :func:`default_opponent`.

    Raises :class:`core.errors.InputError` for names that mean no answers, and where there is no usual opponent.
    """
    mine = answers_named(workspace, answers)
    theirs = answers_named(workspace, against, prompts=mine.prompts) if against else default_opponent(workspace, mine)
    if theirs is None:
        others = [kept.name for kept in list_answers(workspace, mine.prompts) if kept.key != mine.key]
        raise InputError(
            f"There are no answers of a model trained on a random subset of the size of {mine.name}'s.",
            remedy=f"Name an opponent. Answers to the same prompts: {', '.join(others[:10]) or 'none'}.",
        )
    return {
        "answers": mine.key, "against": theirs.key, "order": order, "url": url, "concurrency": concurrency,
        "rounds": rounds, "log": log, **asdict(judge),
    }  # fmt: skip
