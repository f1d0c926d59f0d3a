"""Asks a model for the tags of many texts and writes every answer to a journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate
from core.features.tags.answers import Journal, Models, TagAnswer
from core.progress import Progress, silent


@dataclass(frozen=True, kw_only=True)
class _TagQuestions:
    texts: Sequence[str]
    component: str
    models: Models
    journal: Journal
    noun: str = "text"
    done: str = "texts tagged"
    hint: str = "Check the model's name; a smaller model may not follow the prompt."

    @property
    def endpoint(self) -> Endpoint:
        return self.models.endpoint

    def ask(self, key: int, endpoint: Endpoint, gate: Gate) -> TagAnswer:
        return replace(self.models, endpoint=endpoint).answer(key, self.texts[key], self.component, gate)

    def refusal(self, key: int, reason: str) -> TagAnswer:
        return TagAnswer(text=key, failed=reason, stage="tag")

    def keep(self, key: int, answer: TagAnswer) -> None:
        self.journal.add(answer)


def ask_all(
    texts: Sequence[str],
    component: str,
    models: Models,
    *,
    journal: Journal,
    wanted: Sequence[int] | None = None,
    concurrency: int = 8,
    progress: Progress = silent,
) -> dict[int, TagAnswer]:
    """The answer for each of ``texts`` (or those at the indices ``wanted``); asks only for what the journal lacks.

    See :func:`core.endpoint.asking.ask_many`. A text that the endpoint cannot answer ends as a failed answer.
    """
    places = list(range(len(texts)) if wanted is None else wanted)
    journalled = journal.read()
    done = {place: journalled[place] for place in places if place in journalled}
    questions = _TagQuestions(texts=texts, component=component, models=models, journal=journal)
    ask_many(questions, places, answers=done, concurrency=concurrency, progress=progress)
    return done
