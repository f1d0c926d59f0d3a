"""Has a model answer the questions of a prompt set: behind an endpoint, or on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate, Sampling
from core.endpoint.journal import JournalFile
from core.endpoint.spent import Spent, rough_tokens
from core.features.chunks import discard
from core.features.models.causal import load_causal
from core.features.models.files import ModelFiles
from core.features.models.generate import VERSION as WRITING_VERSION
from core.features.models.generate import Writing, generate_texts
from core.judging.answer_set import AnswerSet, Author, Made, Matched, keep_answers
from core.judging.prompt_set import PromptSet
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

TYPICAL = 400  # tokens of an answer, for the estimate of an endpoint's cost


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """An endpoint's answer to one prompt, or why there is none."""

    prompt: str
    output: str = ""
    failed: str = ""
    cut: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class _AnswerQuestions:
    prompts: PromptSet
    endpoint: Endpoint
    model: str
    system: str
    sampling: Sampling
    journal: JournalFile
    noun: str = "prompt"
    done: str = "prompts answered"
    hint: str = "Check the model's name."

    def ask(self, key: str, endpoint: Endpoint, gate: Gate) -> KeptAnswer:
        system = [{"role": "system", "content": self.system}] if self.system.strip() else []
        asked = [*system, {"role": "user", "content": self.prompts.by_id[key].text}]
        spent = Spent()
        reply = endpoint.ask(self.model, asked, gate=gate, sampling=self.sampling)
        return KeptAnswer(
            prompt=key,
            output=spent.add(reply, asked),
            cut=reply.cut,
            prompt_tokens=spent.prompt_tokens,
            completion_tokens=spent.completion_tokens,
        )

    def refusal(self, key: str, reason: str) -> KeptAnswer:
        return KeptAnswer(prompt=key, failed=reason)

    def keep(self, key: str, answer: KeptAnswer) -> None:
        self.journal.add(asdict(answer))


def answer_by_endpoint(
    workspace: Workspace,
    prompts: PromptSet,
    author: Author,
    *,
    endpoint: Endpoint,
    model: str,
    sampling: Sampling,
    system: str = "",
    concurrency: int = 8,
    progress: Progress = silent,
) -> AnswerSet:
    """The answers of a model behind an endpoint; a run that was stopped asks only for what is missing.

    A prompt that the endpoint refuses has no answer, and is counted as missing. Raises as
    :func:`core.endpoint.asking.ask_many` does.
    """
    settings = {"model": model, "system": system, **sampling.fields()}
    partial = workspace.home / "partial" / digest(["answers", prompts.key, settings])
    journal = JournalFile(partial / "answers.jsonl")
    answers: dict[str, KeptAnswer] = {}
    for record in journal.records():
        try:
            answer = KeptAnswer(**record)
        except TypeError:
            continue
        if answer.prompt in prompts.by_id and not answer.failed:
            answers[answer.prompt] = answer
    questions = _AnswerQuestions(
        prompts=prompts, endpoint=endpoint, model=model, system=system, sampling=sampling, journal=journal
    )
    ids = [prompt.id for prompt in prompts.prompts]
    ask_many(questions, ids, answers=answers, concurrency=concurrency, progress=progress)
    outputs = {key: answer.output for key, answer in answers.items() if not answer.failed}
    facts = {
        **settings,
        "url": endpoint.url,
        "failed": sorted({answer.failed for answer in answers.values() if answer.failed}),
        "cut": sum(answer.cut for answer in answers.values()),
        "prompt_tokens": sum(answer.prompt_tokens for answer in answers.values()),
        "completion_tokens": sum(answer.completion_tokens for answer in answers.values()),
    }
    kept = keep_answers(workspace, prompts, author, _matched(prompts, outputs), Made(how="endpoint", facts=facts))
    discard(partial)
    return kept


def answer_by_model(
    workspace: Workspace,
    prompts: PromptSet,
    author: Author,
    *,
    files: ModelFiles,
    writing: Writing,
    device: str = "auto",
    progress: Progress = silent,
) -> AnswerSet:
    """The answers of a model on this machine; a run that was stopped goes on where it was."""
    settings = {"version": WRITING_VERSION, "model": files.identity, **asdict(writing)}
    partial = workspace.home / "partial" / digest(["answers", prompts.key, settings])
    causal = load_causal(files, device=device, precision=writing.precision)
    texts = [prompt.text for prompt in prompts.prompts]
    written = generate_texts(causal, texts, writing, partial=partial, progress=progress)
    outputs = {prompt.id: answer.text for prompt, answer in zip(prompts.prompts, written, strict=True)}
    facts = {
        **settings,
        "device": causal.device,
        "cut": sum(answer.cut for answer in written),
        "completion_tokens": sum(answer.tokens for answer in written),
    }
    kept = keep_answers(workspace, prompts, author, _matched(prompts, outputs), Made(how="model", facts=facts))
    discard(partial)
    return kept


def answering_tokens(prompts: PromptSet, sampling: Sampling, system: str = "") -> Mapping[str, Any]:
    """What an endpoint's answers will cost, before anything is sent: calls, tokens sent, tokens answered (estimated,
    and at most)."""
    sent = sum(rough_tokens(system + prompt.text) for prompt in prompts.prompts)
    return {
        "calls": len(prompts),
        "prompt_tokens": sent,
        "completion_tokens": len(prompts) * min(TYPICAL, sampling.max_tokens),
        "most_completion_tokens": len(prompts) * sampling.max_tokens,
    }


def _matched(prompts: PromptSet, outputs: Mapping[str, str]) -> Matched:
    return Matched(
        answers=outputs,
        missing=len(prompts) - len(outputs),
        extra=0,
        repeated=0,
        empty=sum(not output.strip() for output in outputs.values()),
    )
