"""Asks a model many questions in parallel, keeps every answer as soon as it comes, and stops early when all fail."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from core.endpoint.client import Endpoint, Gate, Unanswered
from core.errors import InputError, NetworkError
from core.progress import Progress, silent

MOST = 64  # questions at once
LOOK = 0.2  # seconds between two checks for a cancel
HOPELESS = 10  # when this many questions are refused before any is answered, the request itself is wrong


class Answered(Protocol):
    """An answer. ``failed`` is the reason of a failure, "" where there is none."""

    @property
    def failed(self) -> str: ...


K = TypeVar("K")
K_contra = TypeVar("K_contra", contravariant=True)
A = TypeVar("A", bound=Answered)


class Questions(Protocol, Generic[K_contra, A]):
    """How questions are asked, each named by a key, and what becomes of one that gets no answer."""

    @property
    def endpoint(self) -> Endpoint:
        """Where they are asked."""
        ...

    @property
    def noun(self) -> str:
        """What a question is about: "text", "game"."""
        ...

    @property
    def done(self) -> str:
        """What the progress counts: "texts tagged"."""
        ...

    @property
    def hint(self) -> str:
        """What may help when every question fails."""
        ...

    def ask(self, key: K_contra, endpoint: Endpoint, gate: Gate) -> A:
        """Ask one at ``endpoint``, which may make fewer attempts than usual. Raises as its own ``ask`` does."""
        ...

    def refusal(self, key: K_contra, reason: str) -> A:
        """The failed answer of a question that got none."""
        ...

    def keep(self, key: K_contra, answer: A) -> None:
        """Write the answer to the disk."""
        ...


def ask_many(
    questions: Questions[K, A],
    keys: Sequence[K],
    *,
    answers: MutableMapping[K, A],
    concurrency: int = 8,
    progress: Progress = silent,
) -> None:
    """Ask for what ``answers`` lacks of ``keys``, and put every answer there.

    A larger ``concurrency`` is faster until the endpoint answers 429. The first question is asked alone, so that a
    wrong key or address costs one request. A question that the endpoint cannot answer ends as a failed answer. When
    the endpoint stops answering altogether, the work stops with :class:`NetworkError`, and the questions without an
    answer are asked again later. Raises :class:`core.errors.Cancelled` through ``progress``.
    """
    if not 1 <= concurrency <= MOST:
        raise InputError(f"Between 1 and {MOST} questions are asked at once, not {concurrency}.")
    endpoint = questions.endpoint
    left = [key for key in keys if key not in answers]
    total = len(keys)
    done = total - len(left)
    progress(done, total, questions.done)
    if not left:
        return

    def keep(key: K, answer: A) -> None:
        questions.keep(key, answer)
        answers[key] = answer

    if not done:
        first = left.pop(0)
        try:
            keep(first, questions.ask(first, endpoint.hasty(), Gate()))
        except Unanswered as error:
            if error.outage:
                raise NetworkError(
                    f"{endpoint.host} does not answer: {error.what}.",
                    remedy="Check the address, and that the server runs.",
                ) from error
            keep(first, questions.refusal(first, error.what))
        done += 1
        progress(done, total, questions.done)
    unanswered: list[tuple[K, Unanswered]] = []  # by an outage: kept as failures only if the endpoint comes back
    streak, refusals = 0, sum(bool(answers[key].failed) for key in keys if key in answers)
    with _threads(concurrency) as (pool, gate):
        running: dict[Future[A], K] = {}
        queue = iter(left)
        waiting = True
        while True:
            while waiting and len(running) < 2 * concurrency:
                try:
                    key = next(queue)
                except StopIteration:
                    waiting = False
                    break
                running[pool.submit(questions.ask, key, endpoint, gate)] = key
            if not running:
                break
            finished, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            fatal: NetworkError | None = None
            for future in finished:
                key = running.pop(future)
                try:
                    answer = future.result()
                    keep(key, answer)
                    refusals += bool(answer.failed)
                    done += 1
                    streak = 0
                except Unanswered as error:
                    if error.outage:
                        unanswered.append((key, error))
                        streak += 1
                    else:
                        keep(key, questions.refusal(key, error.what))
                        refusals += 1
                        done += 1
                except NetworkError as error:  # raised after the loop: other finished answers are kept
                    fatal = error
            if fatal is not None:
                raise fatal
            if streak >= max(3, concurrency):
                raise NetworkError(
                    f"{endpoint.host} stopped answering: {unanswered[-1][1].what}.",
                    remedy=f"Resume when it is back: {done:,} of {total:,} {questions.noun}s are answered and kept.",
                )
            if refusals >= HOPELESS and refusals == done:
                said = next(answers[key].failed for key in keys if key in answers)
                raise NetworkError(
                    f"Every one of the first {refusals} {questions.noun}s failed at {endpoint.host}: {said}.",
                    remedy=questions.hint,
                )
            progress(done, total, questions.done)
    for key, reason in unanswered:
        keep(key, questions.refusal(key, reason.what))


@contextmanager
def _threads(count: int) -> Iterator[tuple[ThreadPoolExecutor, Gate]]:
    """A pool of threads that an error or a cancel leaves without waiting for them."""
    pool, gate = ThreadPoolExecutor(count, thread_name_prefix="asking"), Gate()
    try:
        yield pool, gate
    finally:
        gate.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
