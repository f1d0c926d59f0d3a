"""A judge: a model with its words and its sampling, asked for the verdict on one game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from core.endpoint.client import Endpoint, Gate, Sampling
from core.endpoint.spent import Spent
from core.errors import InputError
from core.judging.verdicts import parse_verdict
from core.judging.words import QUESTION, REMINDER, SYSTEM, JudgeWords
from core.workspace.digests import digest

VERSION = 1  # of the reminder and of how verdicts are read


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Who judges. Everything here but ``rerun`` says what a verdict is about; another ``rerun`` asks all anew.

    ``system`` and ``question`` are the words (see :class:`JudgeWords`); ``temperature`` 0 repeats itself as far as the
    endpoint allows; ``max_tokens`` is the longest reply: too few cut the reply before its verdict.
    """

    model: str
    system: str = SYSTEM
    question: str = QUESTION
    temperature: float = 0.0
    max_tokens: int = 2048
    rerun: int = 1

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise InputError("No judge is named.", remedy="Give the name under which the endpoint serves the model.")
        if not 1 <= self.rerun <= 1000:
            raise InputError(f"Reruns are counted from 1 to 1,000; {self.rerun} is none.")
        self.words, self.sampling  # noqa: B018 - both check their values

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Judge:
        """The judge in a request; its other keys are ignored."""
        names = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in request.items() if name in names})

    @property
    def words(self) -> JudgeWords:
        return JudgeWords(system=self.system, question=self.question)

    @property
    def sampling(self) -> Sampling:
        return Sampling(temperature=self.temperature, max_tokens=self.max_tokens)

    @property
    def key(self) -> str:
        """The digest that names the judge, its rerun among it; the endpoint's address is not."""
        return digest(["judge", VERSION, asdict(self)])

    @property
    def about(self) -> str:
        """The digest of the judge apart from its rerun: equal for reruns of one judge."""
        return replace(self, rerun=1).key

    @property
    def name(self) -> str:
        """The name under which its scores are logged; other words or another temperature are another judge."""
        own = f" · own words {digest([self.system, self.question])[:6]}" if self.words.own else ""
        warm = f" · temperature {self.temperature:g}" if self.temperature else ""
        return f"{self.model}{own}{warm}"

    def verdict_key(self, question: str, first: str, second: str) -> str:
        """The key of a verdict: the judge and the very words that it reads, in their order."""
        return digest(["verdict", self.key, question, first, second])


@dataclass(frozen=True, kw_only=True)
class GameVerdict:
    """The verdict on a game, or why there is none (``failed``). ``words`` is the judge's whole reply.

    ``asked`` counts the rounds in which the game was asked.
    """

    key: str
    verdict: str = ""
    failed: str = ""
    words: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    counted: bool = True
    seconds: float = 0.0
    asked: int = 1

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> GameVerdict:
        """The verdict in a record. Raises TypeError or KeyError for anything else."""
        names = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in names})


@dataclass(frozen=True, kw_only=True)
class JudgeAt:
    """A judge and the endpoint where it is asked."""

    judge: Judge
    endpoint: Endpoint = field(repr=False)

    def verdict(self, question: str, first: str, second: str, *, key: str, gate: Gate) -> GameVerdict:
        """Ask for the verdict on ``first`` (shown as A) and ``second``.

        A reply without a verdict is answered with a reminder, once; then there is none, and its reason is kept. Raises
        as :meth:`Endpoint.ask` does.
        """
        judge, spent = self.judge, Spent()
        asked = judge.words.messages(question, first, second)
        reply = self.endpoint.ask(judge.model, asked, gate=gate, sampling=judge.sampling)
        words = spent.add(reply, asked)
        verdict = parse_verdict(words)
        if not verdict:
            again = [*asked, {"role": "assistant", "content": words}, {"role": "user", "content": REMINDER}]
            reply = self.endpoint.ask(judge.model, again, gate=gate, sampling=judge.sampling)
            second_words = spent.add(reply, again)
            verdict = parse_verdict(second_words)
            words = f"{words}\n\n{second_words}"
        failed = "" if verdict else "the reply was cut before a verdict" if reply.cut else "no verdict in the reply"
        return GameVerdict(
            key=key,
            verdict=verdict,
            failed=failed,
            words=words,
            counted=spent.counted,
            **spent.tokens_and_seconds,
        )
