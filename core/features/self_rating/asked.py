"""The probabilities that a model behind an endpoint gives the ratings of every row, kept as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate, Reply, Sampling
from core.endpoint.journal import JournalFile
from core.endpoint.spent import Spent, rough_tokens
from core.features.self_rating.words import RATINGS, VERSION, question_of
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

FOLDER = "self-ratings"
ALTERNATIVES = 20  # likeliest tokens that are asked for at each place: the most that endpoints give
REPLY = 4  # tokens: a model may begin with a space, a line end or a word
LONGEST = 8_000  # characters of a response, and a third as many of an instruction, that are sent
SAMPLING = Sampling(max_tokens=REPLY, alternatives=ALTERNATIVES)
NONE_GIVEN = "the reply has no log-probabilities of ratings"


@dataclass(frozen=True, kw_only=True)
class RatingAnswer:
    """The probabilities of the ratings 1 to 5 that a question got, with their share of all tokens, or why none."""

    key: str
    ratings: tuple[float, ...] = ()
    failed: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    counted: bool = True
    seconds: float = 0.0


class RatingStore:
    """The answers of one model, in ``<home>/self-ratings/<model>.jsonl``, each written as soon as it comes."""

    def __init__(self, workspace: Workspace, model: str) -> None:
        self._file = JournalFile(workspace.home / FOLDER / f"{digest(['self-ratings', VERSION, model])}.jsonl")

    def read(self) -> dict[str, RatingAnswer]:
        """The answers with ratings, by the key of their question; one that failed is asked again."""
        answers: dict[str, RatingAnswer] = {}
        for record in self._file.records():
            try:
                answer = RatingAnswer(**{**record, "ratings": tuple(map(float, record["ratings"]))})
            except (TypeError, ValueError, KeyError):
                continue
            if len(answer.ratings) == len(RATINGS) + 1:
                answers[answer.key] = answer
        return answers

    def add(self, answer: RatingAnswer) -> None:
        """Write one answer. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        self._file.add(asdict(answer))


@dataclass(frozen=True, kw_only=True)
class RatingCost:
    """``calls`` are the questions still to ask, ``kept`` the answers there; a token is estimated as four characters."""

    calls: int
    kept: int
    prompt_tokens: int
    completion_tokens: int


def questions_about(asked: Sequence[str], answered: Sequence[str], *, questions: int) -> list[list[str]]:
    """Of each row, its questions as text; a long instruction and a long response are cut."""
    return [
        [question_of(number, left[: LONGEST // 3], right[:LONGEST]).text for number in range(questions)]
        for left, right in zip(asked, answered, strict=True)
    ]


def rating_cost(workspace: Workspace, texts: Sequence[Sequence[str]], model: str) -> RatingCost:
    """What it costs to have ``model`` answer these questions; sends nothing."""
    kept = RatingStore(workspace, model).read()
    every = {key_of(text): text for row in texts for text in row}
    left = [text for key, text in every.items() if key not in kept]
    return RatingCost(
        calls=len(left),
        kept=len(every) - len(left),
        prompt_tokens=sum(map(rough_tokens, left)),
        completion_tokens=len(left) * REPLY,
    )


def key_of(text: str) -> str:
    """The name of a question: its words."""
    return digest(["self-rating", VERSION, text])


def ratings_in(reply: Reply) -> tuple[float, ...]:
    """(6,) the probabilities of the ratings at the first place whose token is one, summing to 1; their share of all.

    Tokens that are a rating but for spaces are counted together; a rating that is not among the listed tokens has the
    probability 0. () where no place has one.
    """
    for place in reply.alternatives:
        found = [0.0] * len(RATINGS)
        for token, value in place:
            if token.strip() in map(str, RATINGS):
                found[int(token.strip()) - 1] += exp(min(value, 0.0))
        whole = sum(found)
        if whole > 0 and place and max(place, key=lambda pair: pair[1])[0].strip() in map(str, RATINGS):
            return (*(value / whole for value in found), min(whole, 1.0))
    return ()


@dataclass(frozen=True, kw_only=True)
class _RatingQuestions:
    texts: Mapping[str, str]
    endpoint: Endpoint
    model: str
    store: RatingStore
    noun: str = "question"
    done: str = "questions rated"
    hint: str = (
        "Ask an endpoint that gives log-probabilities (logprobs and top_logprobs), and a model that answers with a "
        "number at once."
    )

    def ask(self, key: str, endpoint: Endpoint, gate: Gate) -> RatingAnswer:
        spent = Spent()
        asked = [{"role": "user", "content": self.texts[key]}]
        reply = endpoint.ask(self.model, asked, gate=gate, sampling=SAMPLING)
        spent.add(reply, asked)
        ratings = ratings_in(reply)
        return RatingAnswer(
            key=key,
            ratings=ratings,
            failed="" if ratings else NONE_GIVEN,
            counted=spent.counted,
            **spent.tokens_and_seconds,
        )

    def refusal(self, key: str, reason: str) -> RatingAnswer:
        return RatingAnswer(key=key, failed=reason)

    def keep(self, key: str, answer: RatingAnswer) -> None:
        self.store.add(answer)


def ask_ratings(
    workspace: Workspace,
    texts: Sequence[Sequence[str]],
    *,
    endpoint: Endpoint,
    model: str,
    concurrency: int = 8,
    progress: Progress = silent,
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """(rows, questions, 6) the ratings of every question, nan where none came; and what was asked, failed, and spent.

    A question that this model answered before is not asked again, whichever corpus asks. Raises as
    :func:`core.endpoint.asking.ask_many` does; every answer that came before is kept.
    """
    by_key = {key_of(text): text for row in texts for text in row}
    store = RatingStore(workspace, model)
    answers = {key: answer for key, answer in store.read().items() if key in by_key}
    before = set(answers)
    asking = _RatingQuestions(texts=by_key, endpoint=endpoint, model=model, store=store)
    ask_many(asking, list(by_key), answers=answers, concurrency=concurrency, progress=progress)
    ratings = np.full((len(texts), len(texts[0]) if texts else 0, len(RATINGS) + 1), np.nan)
    for row, questions in enumerate(texts):
        for number, text in enumerate(questions):
            if found := answers[key_of(text)].ratings:
                ratings[row, number] = found
    fresh = [answer for key, answer in answers.items() if key not in before]
    return ratings, {
        "asked": len(fresh),
        "failed": sum(bool(answer.failed) for answer in fresh),
        "prompt_tokens": sum(answer.prompt_tokens for answer in fresh),
        "completion_tokens": sum(answer.completion_tokens for answer in fresh),
    }
