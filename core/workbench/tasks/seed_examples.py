"""The job that has a model write examples of domains and makes a corpus of them, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from core import device
from core.answers.draws import Drawing, Prompts, text_key
from core.answers.kept import AnswerStore
from core.answers.sampling import SamplingCost, draw_by_endpoint, draw_by_model, sampling_cost
from core.answers.seed_examples import DOMAIN, SeedGrowth, SeedPlan, grown, that_differ
from core.corpus.holdout import Holdout
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.endpoint.client import Endpoint
from core.endpoint.service import ANSWERS
from core.errors import InputError
from core.features.embedders import default_embedder
from core.features.embedding import encode_texts
from core.features.models.files import ModelFiles, fetch_model, find_model
from core.progress import Progress, part_of
from core.workspace.artefacts import Workspace

PATIENCE = 180.0  # seconds for one reply
TEMPERATURE = 0.9
LONGEST = 1_024  # tokens of a reply


def seeds_request(plan: SeedPlan, *, model: str, url: str = "", name: str = "", embedder: str = "",
                  temperature: float = TEMPERATURE, max_tokens: int = LONGEST, template: str = "auto",
                  precision: str = "auto", concurrency: int = 8) -> dict[str, Any]:  # fmt: skip
    """The request of :func:`write_examples`, the same wherever it is asked, so that equal ones are one job."""
    return {
        **plan.request(), "model": model, "url": url, "name": name, "embedder": embedder, "temperature": temperature,
        "max_tokens": max_tokens, "template": template, "precision": precision, "concurrency": concurrency,
    }  # fmt: skip


def drawing_of(request: dict[str, Any]) -> Drawing:
    """How each question is answered: once, drawn at the temperature."""
    return Drawing(
        model=str(request.get("model") or ""),
        url=str(request.get("url") or ""),
        draws=1,
        temperature=float(request.get("temperature", TEMPERATURE)),
        max_tokens=int(request.get("max_tokens") or LONGEST),
        seed=int(request.get("seed") or 0),
        log_probabilities=False,
        template=str(request.get("template") or "auto"),
        precision=str(request.get("precision") or "auto"),
    )


def write_examples(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Have a model write examples of domains; they become a corpus, whose column "category" names the domain of each.

    The request holds the fields of :class:`core.answers.seed_examples.SeedPlan`, "model" and "url" ("" for a model of
    this machine), "temperature", "max_tokens", "template", "precision", "concurrency", "name" of the corpus, and the
    "embedder" that tells whether an example is new. Every reply is kept by the words of its question: a stopped job
    goes on, and another ``likeness`` asks nothing anew. Raises :class:`InputError` where fewer than two domains have an
    example.
    """
    plan, drawing = SeedPlan.of(request), drawing_of(request)
    files = None if drawing.url else fetch_model(drawing.model)
    endpoint = Endpoint(url=drawing.url, service=ANSWERS, timeout=PATIENCE) if drawing.url else None
    refused: set[str] = set()
    growth = _growth(workspace, plan, drawing, files, refused)
    while growth.missing:
        asked = Prompts(rows=np.arange(len(growth.missing)), texts=list(growth.missing), empty=0)
        total = growth.answered + growth.left
        step = part_of(progress, done=growth.answered, total=total, size=len(growth.missing), note="questions answered")
        if endpoint is not None:
            answers = draw_by_endpoint(
                workspace, asked, drawing, endpoint=endpoint, concurrency=int(request.get("concurrency") or 8),
                progress=step,
            )  # fmt: skip
        else:
            assert files is not None
            answers = draw_by_model(workspace, asked, drawing, files=files, device=device.pick(), progress=step)
        refused |= {answer.asked for answer in answers.values() if answer.failed}
        growth = _growth(workspace, plan, drawing, files, refused)
    embedder = str(request.get("embedder") or "") or default_embedder()
    lines, counts = [], {}
    for domain, examples in growth.examples.items():
        texts = ["\n".join(example) for example in examples]
        kept = []
        if texts:
            stays = that_differ(encode_texts(texts, embedder=embedder), likeness=plan.likeness)
            kept = [example for example, there in zip(examples, stays.tolist(), strict=True) if there]
        counts[domain] = len(kept)
        lines += [orjson.dumps({"instruction": said, "output": answer, DOMAIN: domain}) for said, answer in kept]
    if sum(count > 0 for count in counts.values()) < 2:
        raise InputError(
            "Fewer than two domains have an example that could be read.",
            remedy="Choose a larger model, or more tokens for a reply.",
        )
    model = files.short if files is not None else drawing.model
    made = ingest(
        workspace,
        [from_bytes("seed-examples.jsonl", b"\n".join(lines))],
        name=str(request.get("name") or "") or f"Examples by {model}",
        holdout=Holdout(fraction=0.0),
    )
    written = sum(len(examples) for examples in growth.examples.values())
    return {
        "artefacts": [["corpora", made.id]],
        "corpus": made.id,
        "name": made.name,
        "rows": len(made),
        "domains": counts,
        "alike": written - sum(counts.values()),
        "unread": growth.unread - len(refused),
        "failed": len(refused),
    }


def seeds_cost(workspace: Workspace, request: dict[str, Any]) -> SamplingCost:
    """What the job would cost at most; nothing is sent. Questions that are not known yet count as those that are."""
    plan, drawing = SeedPlan.of(request), drawing_of(request)
    files = None if drawing.url else find_model(drawing.model)
    growth = _growth(workspace, plan, drawing, files, set())
    known = Prompts(rows=np.arange(len(growth.missing)), texts=list(growth.missing), empty=0)
    cost = sampling_cost(
        workspace, known, drawing, files=files, concurrency=int(request.get("concurrency") or 8), device=device.pick()
    )
    times = growth.left / max(1, len(growth.missing))
    return SamplingCost(
        calls=growth.left,
        kept=growth.answered,
        prompt_tokens=round(cost.prompt_tokens * times),
        completion_tokens=round(cost.completion_tokens * times),
        most_completion_tokens=growth.left * drawing.max_tokens,
        seconds=None if cost.seconds is None else cost.seconds * times,
    )


def _growth(
    workspace: Workspace, plan: SeedPlan, drawing: Drawing, files: ModelFiles | None, refused: set[str]
) -> SeedGrowth:
    """How far the kept replies go; a question of ``refused`` counts as answered with nothing."""
    replies = {
        asked: answer.text
        for (asked, _), answer in AnswerStore(workspace, drawing.identity(files.digest if files else "")).read().items()
    }

    def reply(question: str) -> str | None:
        key = text_key(question)
        return replies.get(key, "" if key in refused else None)

    return grown(plan, reply)
