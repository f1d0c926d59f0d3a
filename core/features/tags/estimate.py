"""What tagging will cost and how long it will take, from a few texts that are really asked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from core.features.tags.answers import Models, TagAnswer
from core.features.tags.client import Gate, Unanswered

SAMPLE = 6


@dataclass(frozen=True, kw_only=True)
class TaggingEstimate:
    """The sample's answers, and what they say of all ``texts``.

    ``counted`` says that the endpoint counted the tokens itself; else four characters stand for one.
    """

    texts: int
    answers: tuple[TagAnswer, ...]
    places: tuple[int, ...]  # (sample,) positions among the texts
    counted: bool

    @property
    def answered(self) -> tuple[TagAnswer, ...]:
        return tuple(answer for answer in self.answers if answer.seconds)

    @property
    def prompt_tokens(self) -> float:
        """Tokens sent for all texts."""
        return self._scaled([answer.prompt_tokens for answer in self.answered])

    @property
    def completion_tokens(self) -> float:
        """Tokens answered for all texts."""
        return self._scaled([answer.completion_tokens for answer in self.answered])

    def seconds(self, concurrency: int) -> float:
        """For all texts, ``concurrency`` at once, if the endpoint keeps its pace: more of them are often slower."""
        return self._scaled([answer.seconds for answer in self.answered]) / concurrency

    def cost(self, *, price_in: float, price_out: float) -> float:
        """In the currency of the prices, each for a million tokens."""
        return (self.prompt_tokens * price_in + self.completion_tokens * price_out) / 1e6

    def _scaled(self, values: Sequence[float]) -> float:
        return self.texts * sum(values) / len(values) if values else 0.0


def estimate(texts: Sequence[str], component: str, models: Models, *, sample: int = SAMPLE) -> TaggingEstimate:
    """Ask for a few texts, evenly spread (row ids are hashes, so that is a random sample), and extrapolate.

    ``texts`` are the distinct ones. Asked with little patience: a person waits. Raises
    :class:`core.errors.NetworkError` for a wrong key or address, and when no text at all is answered.
    """
    hasty = replace(
        models,
        endpoint=replace(models.endpoint, attempts=2, timeout=min(45.0, models.endpoint.timeout)),
        check_endpoint=models.check_endpoint and replace(models.check_endpoint, attempts=2),
    )
    count = min(sample, len(texts))
    places = [index * len(texts) // count for index in range(count)]
    gate = Gate()
    answers: list[TagAnswer] = []
    refusal: Unanswered | None = None
    with ThreadPoolExecutor(max(1, count)) as pool:
        running = [pool.submit(hasty.answer, place, texts[place], component, gate) for place in places]
        try:
            for place, future in zip(places, running, strict=True):
                try:
                    answers.append(future.result())
                except Unanswered as error:
                    refusal = error
                    answers.append(TagAnswer(text=place, failed=error.what, stage="tag"))
        finally:
            gate.stop.set()
    if refusal is not None and not any(answer.seconds for answer in answers):
        raise refusal
    counted = all(answer.counted for answer in answers)
    return TaggingEstimate(texts=len(texts), answers=tuple(answers), places=tuple(places), counted=counted)
