"""Asks a model about many texts in parallel, writes every answer to a journal, and stops early when all fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace

from core.errors import InputError, NetworkError
from core.features.tags.answers import Journal, Models, TagAnswer
from core.features.tags.client import Gate, Unanswered
from core.progress import Progress, silent

MOST = 64  # questions at once
LOOK = 0.2  # seconds between two checks for a cancel
HOPELESS = 10  # when this many texts are refused before any is answered, the request itself is wrong


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

    A larger ``concurrency`` is faster until the endpoint answers 429. The first question is asked alone, so that a
    wrong key or address costs one request. A text that the endpoint cannot answer ends as a failed answer. When the
    endpoint stops answering altogether, the work stops with :class:`NetworkError`, and the texts without an answer are
    asked again later. Raises :class:`core.errors.Cancelled` through ``progress``.
    """
    if not 1 <= concurrency <= MOST:
        raise InputError(f"Between 1 and {MOST} questions are asked at once, not {concurrency}.")
    places = list(range(len(texts)) if wanted is None else wanted)
    journalled = journal.read()
    done = {place: journalled[place] for place in places if place in journalled}
    left = [place for place in places if place not in done]
    total = len(places)
    progress(len(done), total, "texts tagged")
    if not left:
        return done
    host = models.endpoint.host
    if not done:
        first = left.pop(0)
        hasty = replace(models, endpoint=replace(models.endpoint, attempts=min(3, models.endpoint.attempts)))
        try:
            _keep(hasty.answer(first, texts[first], component, Gate()), done, journal)
        except Unanswered as error:
            if error.outage:
                raise NetworkError(
                    f"{host} does not answer: {error.what}.", remedy="Check the address, and that the server runs."
                ) from error
            _keep(_refusal(first, error), done, journal)
        progress(len(done), total, "texts tagged")
    unanswered: list[tuple[int, Unanswered]] = []  # by an outage: kept as failures only if the endpoint comes back
    streak, refusals = 0, sum(bool(answer.failed) for answer in done.values())
    with _threads(concurrency) as (pool, gate):
        running: dict[Future[TagAnswer], int] = {}
        queue = iter(left)
        while True:
            while len(running) < 2 * concurrency and (place := next(queue, None)) is not None:
                running[pool.submit(models.answer, place, texts[place], component, gate)] = place
            if not running:
                break
            finished, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            fatal: NetworkError | None = None
            for future in finished:
                place = running.pop(future)
                try:
                    _keep(answer := future.result(), done, journal)
                    refusals += bool(answer.failed)
                    streak = 0
                except Unanswered as error:
                    if error.outage:
                        unanswered.append((place, error))
                        streak += 1
                    else:
                        _keep(_refusal(place, error), done, journal)
                        refusals += 1
                except NetworkError as error:  # raised after the loop: other finished answers are kept
                    fatal = error
            if fatal is not None:
                raise fatal
            if streak >= max(3, concurrency):
                raise NetworkError(
                    f"{host} stopped answering: {unanswered[-1][1].what}.",
                    remedy=f"Resume when it is back: {len(done):,} of {total:,} texts are answered and kept.",
                )
            if refusals >= HOPELESS and refusals == len(done):
                said = next(answer.failed for answer in done.values())
                raise NetworkError(
                    f"Every one of the first {refusals} texts failed at {host}: {said}.",
                    remedy="Check the model's name; a smaller model may not follow the prompt.",
                )
            progress(len(done), total, "texts tagged")
    for place, reason in unanswered:
        _keep(_refusal(place, reason), done, journal)
    return done


def _refusal(place: int, error: Unanswered) -> TagAnswer:
    return TagAnswer(text=place, failed=error.what, stage="tag")


def _keep(answer: TagAnswer, done: dict[int, TagAnswer], journal: Journal) -> None:
    journal.add(answer)
    done[answer.text] = answer


@contextmanager
def _threads(count: int) -> Iterator[tuple[ThreadPoolExecutor, Gate]]:
    """A pool of threads that an error or a cancel leaves without waiting for them."""
    pool, gate = ThreadPoolExecutor(count, thread_name_prefix="tagger"), Gate()
    try:
        yield pool, gate
    finally:
        gate.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
