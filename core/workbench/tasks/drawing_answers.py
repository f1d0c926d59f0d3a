"""The job that has a model answer the rows' prompts several times, and what it costs."""

from __future__ import annotations

from typing import Any

from core import device
from core.answers.answer_set import keep_answers
from core.answers.draws import Drawing, prompts_of
from core.answers.kept import AnswerStore
from core.answers.sampling import SamplingCost, draw_by_endpoint, draw_by_model, of_rows, sampling_cost
from core.corpus.store import Corpus, open_corpus
from core.endpoint.client import Endpoint
from core.endpoint.service import ANSWERS
from core.errors import InputError
from core.features.models.files import fetch_model, find_model
from core.progress import Progress
from core.workspace.artefacts import Workspace

PATIENCE = 180.0  # seconds for one answer


def draw(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Draw answers to the prompts of a corpus: what is kept is not asked again.

    The request holds "corpus", the fields of Drawing, and "concurrency". The endpoint's key comes from the environment,
    never from a request.
    """
    corpus, drawing = open_corpus(workspace, request["corpus"]), Drawing.of(request)
    prompts = prompts_of(corpus, drawing)
    if not prompts.texts:
        raise InputError(f"No row of {corpus.name} has a prompt.", remedy="Answers are drawn to instructions.")
    if drawing.url:
        name, identity = drawing.model, drawing.identity()
        answers = draw_by_endpoint(
            workspace,
            prompts,
            drawing,
            endpoint=Endpoint(url=drawing.url, service=ANSWERS, timeout=PATIENCE),
            concurrency=int(request.get("concurrency") or 8),
            progress=progress,
        )
    else:
        files = fetch_model(drawing.model)
        name, identity = files.short, drawing.identity(files.digest)
        answers = draw_by_model(workspace, prompts, drawing, files=files, device=device.pick(), progress=progress)
    failed = [answer for answer in answers.values() if answer.failed]
    kept = keep_answers(
        corpus,
        prompts.rows,
        of_rows(answers, prompts, drawing),
        model=name,
        settings={**identity, "draws": drawing.draws, "phrasings": list(drawing.phrasings)},
        facts={
            "how": "endpoint" if drawing.url else "model",
            "failed": len(failed),
            "why_failed": sorted({answer.failed for answer in failed})[:5],
            "without_prompt": prompts.empty,
            "prompt_tokens": sum(answer.prompt_tokens for answer in answers.values()),
            "completion_tokens": sum(answer.completion_tokens for answer in answers.values()),
            "seconds": round(sum(answer.seconds for answer in answers.values()), 3),
        },
    )
    told = {name: kept.facts[name] for name in ("rows", "answers", "cut", "failed")}
    return {"artefacts": [["features", kept.key]], "model": kept.model, **told}


def written_so_far(corpus: Corpus, drawing: Drawing) -> int:
    """Bytes of the answers that the model has given: what :func:`drawing_cost` says holds until they grow."""
    files = None if drawing.url else find_model(drawing.model)
    return AnswerStore(corpus.workspace, drawing.identity(files.digest if files else "")).size


def drawing_cost(corpus: Corpus, drawing: Drawing, *, concurrency: int = 8) -> SamplingCost:
    """What the job would cost. Raises :class:`InputError` for a name that is no model of this machine."""
    files = None if drawing.url else find_model(drawing.model)
    return sampling_cost(
        corpus.workspace,
        prompts_of(corpus, drawing),
        drawing,
        files=files,
        concurrency=concurrency,
        device=device.pick(),
    )
