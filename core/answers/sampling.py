"""Has a model answer prompts several times, behind an endpoint or on this machine, and says first what it costs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.answers.draws import Drawing, Prompts, text_key
from core.answers.kept import AnswerStore, Asked, DrawnAnswer
from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate
from core.endpoint.spent import Spent, rough_tokens
from core.features.chunks import discard
from core.features.models.causal import load_causal
from core.features.models.estimate import PER_CORE, PER_GPU
from core.features.models.files import ModelFiles
from core.features.models.generate import generate_texts
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

TYPICAL = 200  # tokens of an answer, until this model has answered often enough
ENOUGH = 10  # answers of a model from which their mean is used in place of TYPICAL
DECODING = 3  # a token that is written costs a CPU about as much as so many that are read together


def asked_words(prompts: Prompts, drawing: Drawing) -> dict[Asked, str]:
    """The words of every draw, by their key and the draw's number: row by row, equal ones once."""
    words: dict[Asked, str] = {}
    for text in prompts.texts:
        for draw in range(drawing.draws):
            said = drawing.asked(text, draw)
            words.setdefault((text_key(said), draw), said)
    return words


@dataclass(frozen=True, kw_only=True)
class SamplingCost:
    """What is still to be asked: ``calls``, beside the ``kept`` answers that are there.

    Tokens are estimated, four characters each; ``most_completion_tokens`` is where every answer is cut. ``seconds`` is
    None where nothing tells how fast the endpoint is.
    """

    calls: int
    kept: int
    prompt_tokens: int
    completion_tokens: int
    most_completion_tokens: int
    seconds: float | None

    def money(self, *, price_in: float, price_out: float) -> float:
        """In the currency of the prices, which are for a million tokens each."""
        return (self.prompt_tokens * price_in + self.completion_tokens * price_out) / 1e6


def sampling_cost(
    workspace: Workspace,
    prompts: Prompts,
    drawing: Drawing,
    *,
    files: ModelFiles | None = None,
    concurrency: int = 8,
    device: str = "cpu",
) -> SamplingCost:
    """What ``drawing`` would cost; nothing is sent. ``files`` are those of a model on this machine.

    Seconds behind an endpoint are those of this model's earlier answers, ``concurrency`` at once; here two operations
    for each weight and token, those that are written :data:`DECODING` times: within a factor of about three.
    """
    answers = AnswerStore(workspace, drawing.identity(files.digest if files else "")).read()
    words = asked_words(prompts, drawing)
    left = [said for key, said in words.items() if key not in answers]
    lengths = [answer.completion_tokens for answer in answers.values() if answer.completion_tokens]
    length = sum(lengths) / len(lengths) if len(lengths) >= ENOUGH else min(TYPICAL, drawing.max_tokens)
    read = sum(rough_tokens(drawing.system + said) for said in left)
    seconds: float | None = None
    if files is not None:
        rate = PER_GPU if device == "cuda" else PER_CORE * (os.cpu_count() or 1)
        work = read + DECODING * len(left) * length
        seconds = 2 * files.parameters * work / rate if files.parameters else None
    elif answers and any(answer.seconds for answer in answers.values()):
        took = [answer.seconds for answer in answers.values() if answer.seconds]
        seconds = len(left) * sum(took) / len(took) / max(1, min(concurrency, len(left)))
    return SamplingCost(
        calls=len(left),
        kept=len(words) - len(left),
        prompt_tokens=read,
        completion_tokens=round(len(left) * length),
        most_completion_tokens=len(left) * drawing.max_tokens,
        seconds=seconds if left else 0.0,
    )


@dataclass(frozen=True, kw_only=True)
class _DrawnQuestions:
    words: Mapping[Asked, str]
    endpoint: Endpoint
    drawing: Drawing
    store: AnswerStore
    noun: str = "answer"
    done: str = "answers drawn"
    hint: str = (
        "Check the model's name. Some models refuse requests for log-probabilities or seeds: leave the former out."
    )

    def ask(self, key: Asked, endpoint: Endpoint, gate: Gate) -> DrawnAnswer:
        system = [{"role": "system", "content": self.drawing.system}] if self.drawing.system.strip() else []
        asked = [*system, {"role": "user", "content": self.words[key]}]
        spent = Spent()
        reply = endpoint.ask(self.drawing.model, asked, gate=gate, sampling=self.drawing.sampling(key[1]))
        text = spent.add(reply, asked)
        told = reply.log_probabilities
        return DrawnAnswer(
            asked=key[0],
            draw=key[1],
            text=text,
            finish=reply.finish,
            log_probability=round(sum(told), 4) if told else None,
            told=len(told),
            counted=spent.counted,
            **spent.tokens_and_seconds,
        )

    def refusal(self, key: Asked, reason: str) -> DrawnAnswer:
        return DrawnAnswer(asked=key[0], draw=key[1], failed=reason)

    def keep(self, key: Asked, answer: DrawnAnswer) -> None:
        self.store.add(answer)


def draw_by_endpoint(
    workspace: Workspace,
    prompts: Prompts,
    drawing: Drawing,
    *,
    endpoint: Endpoint,
    concurrency: int = 8,
    progress: Progress = silent,
) -> dict[Asked, DrawnAnswer]:
    """Every draw of every prompt, by a model behind ``endpoint``; only what is not kept yet is asked.

    A question that the endpoint refuses has a failed answer, and is asked again by the next run. Raises as
    :func:`core.endpoint.asking.ask_many` does; every answer that came before is kept.
    """
    words = asked_words(prompts, drawing)
    store = AnswerStore(workspace, drawing.identity())
    answers = {key: answer for key, answer in store.read().items() if key in words}
    questions = _DrawnQuestions(words=words, endpoint=endpoint, drawing=drawing, store=store)
    ask_many(questions, list(words), answers=answers, concurrency=concurrency, progress=progress)
    return answers


def draw_by_model(
    workspace: Workspace,
    prompts: Prompts,
    drawing: Drawing,
    *,
    files: ModelFiles,
    device: str = "auto",
    progress: Progress = silent,
) -> dict[Asked, DrawnAnswer]:
    """Every draw of every prompt, by a model on this machine, in batches of equal length; a stopped run goes on.

    A model that is kept only is not loaded. Raises :class:`core.errors.InputError` where it cannot be loaded.
    """
    words = asked_words(prompts, drawing)
    identity = drawing.identity(files.digest)
    store = AnswerStore(workspace, identity)
    answers = {key: answer for key, answer in store.read().items() if key in words}
    left = [key for key in words if key not in answers]
    if not left:
        return answers
    partial = workspace.home / "partial" / digest(["sampled-answers", identity, left])
    causal = load_causal(files, device=device, precision=drawing.precision)
    written = generate_texts(
        causal,
        [words[key] for key in left],
        drawing.writing(),
        partial=partial,
        draws=[draw for _, draw in left],
        progress=progress,
    )
    for (asked, draw), made in zip(left, written, strict=True):
        answer = DrawnAnswer(
            asked=asked,
            draw=draw,
            text=made.text,
            finish="length" if made.cut else "stop",
            log_probability=made.log_probability,
            told=made.tokens + (not made.cut),
            completion_tokens=made.tokens,
        )
        store.add(answer)
        answers[answer.key] = answer
    discard(partial)
    return answers


def of_rows(answers: Mapping[Asked, DrawnAnswer], prompts: Prompts, drawing: Drawing) -> list[Sequence[DrawnAnswer]]:
    """(asked,) the answers to each row's prompt, in the order of their draws; those that failed are left out."""
    by_row: list[Sequence[DrawnAnswer]] = []
    for text in prompts.texts:
        keys = [(text_key(drawing.asked(text, draw)), draw) for draw in range(drawing.draws)]
        there = [answers[key] for key in keys if key in answers and not answers[key].failed]
        by_row.append(there)
    return by_row
