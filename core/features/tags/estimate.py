"""Estimates the cost and the time of tagging from the answers for a few texts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from core.endpoint.client import Gate, Unanswered
from core.features.tags.answers import Models, TagAnswer

SAMPLE = 6


@dataclass(frozen=True, kw_only=True)
class TaggingEstimate:
    """The answers for a sample of texts, extrapolated to all ``texts``.

    ``counted`` is True where the endpoint counted the tokens itself; otherwise four characters count as one token.
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
        """Estimated tokens sent for all texts."""
        return self._scaled([answer.prompt_tokens for answer in self.answered])

    @property
    def completion_tokens(self) -> float:
        """Estimated tokens answered for all texts."""
        return self._scaled([answer.completion_tokens for answer in self.answered])

    def seconds(self, concurrency: int) -> float:
        """Seconds for all texts, ``concurrency`` at once, at the sample's pace; more load often slows an endpoint."""
        return self._scaled([answer.seconds for answer in self.answered]) / concurrency

    def cost(self, *, price_in: float, price_out: float) -> float:
        """The cost of all texts, in the currency of the prices, which are for a million tokens each."""
        return (self.prompt_tokens * price_in + self.completion_tokens * price_out) / 1e6

    def _scaled(self, values: Sequence[float]) -> float:
        return self.texts * sum(values) / len(values) if values else 0.0


def estimate(texts: Sequence[str], component: str, models: Models, *, sample: int = SAMPLE) -> TaggingEstimate:
    """Ask for the tags of a few texts, evenly spread, and extrapolate (row ids are hashes, so the sample is random).

    ``texts`` are the distinct texts. Timeouts are short, because the user waits. Raises
    :class:`core.errors.NetworkError` for a wrong key or address, and when no text is answered.
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
