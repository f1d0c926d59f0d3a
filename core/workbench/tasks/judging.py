"""The jobs that have models answer prompts, and a judge compare the answers."""

from __future__ import annotations

from typing import Any

from core import device
from core.endpoint.client import Endpoint, Sampling
from core.endpoint.service import ANSWERS, JUDGE
from core.features.models.files import fetch_model
from core.features.models.generate import Writing
from core.judging.answer_set import open_answers
from core.judging.generating import answer_by_endpoint, answer_by_model
from core.judging.judge import Judge
from core.judging.judgement import Judgement, Pairing, judge_match
from core.judging.prompt_set import open_prompts
from core.judging.report import report
from core.progress import Progress
from core.workbench.judging.authors import author_of, model_at
from core.workbench.judging.judged_scores import log_judgement
from core.workspace.artefacts import Workspace


def judge(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Judge answers against an opponent's, and log the scores.

    The request holds "answers" and "against" (keys), "order", the fields of Judge, "url", "concurrency", "rounds" (2
    asks again for games without a verdict), and "log" (False leaves the ledger alone). The key comes from the
    environment, never from a request.
    """
    judgement = judge_match(
        workspace,
        pairing_of(workspace, request),
        Judge.of(request),
        endpoint=Endpoint(url=request.get("url") or "", service=JUDGE),
        rounds=int(request.get("rounds") or 1),
        concurrency=int(request.get("concurrency") or 8),
        progress=progress,
    )
    logged = len(log_judgement(workspace, judgement).new) if request.get("log", True) else 0
    return {"artefacts": [["judgements", judgement.key]], "logged": logged, **_summary(workspace, judgement)}


def answer(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Have a model answer a prompt set.

    The request holds "prompts" (a key), "model" (behind an endpoint its name; here the key of a trained model, a
    folder or a hub id), "url" ("" for a model on this machine), "name" of the answers, "subset", "base" and
    "training_seed" of the model, "system", "temperature", "max_tokens", "seed" of the drawing, "template",
    "precision" and "concurrency".
    """
    prompts = open_prompts(workspace, request["prompts"])
    model, url = str(request["model"]), str(request.get("url") or "")
    system, temperature = str(request.get("system") or ""), float(request.get("temperature") or 0.0)
    most, seed = int(request.get("max_tokens") or 512), int(request.get("seed") or 0)
    name, subset, base = request.get("name") or "", request.get("subset") or "", request.get("base") or ""
    training_seed = request.get("training_seed")
    if url:
        author = author_of(workspace, name or model, subset=subset, base=base, seed=training_seed)
        made = answer_by_endpoint(
            workspace,
            prompts,
            author,
            endpoint=Endpoint(url=url, service=ANSWERS, timeout=180.0),
            model=model,
            system=system,
            sampling=Sampling(temperature=temperature, max_tokens=most, seed=seed if temperature else None),
            concurrency=int(request.get("concurrency") or 8),
            progress=progress,
        )
    else:
        at = model_at(workspace, model)
        author = author_of(
            workspace,
            name or at.name,
            subset=subset or at.subset,
            base=base or at.base,
            seed=at.seed if training_seed is None else training_seed,
            proxy=at.proxy,
        )
        made = answer_by_model(
            workspace,
            prompts,
            author,
            files=fetch_model(at.place),
            writing=Writing(
                temperature=temperature,
                max_new_tokens=most,
                seed=seed,
                template=request.get("template") or "auto",
                system=system,
                precision=request.get("precision") or "auto",
            ),
            device=device.pick(),
            progress=progress,
        )
    facts = made.artefact.manifest
    return {"artefacts": [["answers", made.key]], "answers": len(made), "missing": facts["missing"], "name": made.name}


def pairing_of(workspace: Workspace, request: dict[str, Any]) -> Pairing:
    """What a request compares. Raises :class:`core.errors.InputError` where it cannot be compared."""
    answers = open_answers(workspace, str(request["answers"]))
    return Pairing(
        prompts=open_prompts(workspace, answers.prompts),
        answers=answers,
        against=open_answers(workspace, str(request["against"])),
        order=request.get("order") or "both",
    )


def _summary(workspace: Workspace, judgement: Judgement) -> dict[str, Any]:
    judged = report(workspace, judgement)
    score = judged.score
    known = score.value == score.value
    return {
        "score": round(score.value, 2) if known else None,
        "low": round(score.low, 2) if known else None,
        "high": round(score.high, 2) if known else None,
        "prompts": score.n,
        "without_verdict": judged.counts["no verdict"],
    }
