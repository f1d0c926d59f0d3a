"""The job that has models rate rows, and makes columns of SelectIT's levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus, open_corpus
from core.endpoint.client import Endpoint
from core.errors import InputError, quoted
from core.features.models.columns import keep_score
from core.features.models.files import fetch_model
from core.features.self_rating.asked import ask_ratings, questions_about
from core.features.self_rating.levels import ALPHA, expected_rating, model_level, sentence_level, token_level
from core.features.self_rating.local import rate_rows
from core.features.self_rating.words import QUESTIONS, RATINGS, checked_questions
from core.progress import Progress, part_of
from core.workspace.artefacts import Workspace

SOURCE = "SelectIT (arXiv 2402.16705) and its authors' code, read there; the questions are in our own words"
LITTLE = 0.5  # where the ratings are a smaller share of what a model would write, the result says so


@dataclass(frozen=True, kw_only=True)
class RatingLevel:
    """A number that the ratings of one model give a row; ``of`` takes (rows, questions, 5) and α."""

    column: str
    title: str
    formula: str
    meaning: str
    of: Callable[[NDArray[np.float64], float], NDArray[np.float64]]


LEAD = "S = r · mean of p_r − p_i over the other ratings i, r the likeliest rating"
LEVELS = {
    "sentence": RatingLevel(
        column="selectit",
        title="Self-rated quality, sentence level",
        formula=f"mean of S / (1 + α · standard deviation of S) over the questions; {LEAD}",
        meaning="High: the model rates the row high, is sure, and says so however it is asked. 0 to 5.",
        of=lambda ratings, alpha: sentence_level(token_level(ratings), alpha=alpha),
    ),
    "token": RatingLevel(
        column="selectit_token",
        title="Self-rated quality, token level",
        formula=f"mean of S over the questions; {LEAD}",
        meaning="High: the model rates the row high and is sure. 0 to 5.",
        of=lambda ratings, alpha: token_level(ratings).mean(axis=1),
    ),
    "expected": RatingLevel(
        column="rating",
        title="Expected rating",
        formula="Σ i · p_i over the ratings 1 to 5, mean over the questions",
        meaning="High: the model rates the row high, sure or not. 1 to 5.",
        of=lambda ratings, alpha: expected_rating(ratings),
    ),
}


def rate(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Have models rate rows: {"corpus", "models": [names], "url": "" for models of this machine, "what": [levels],
    "questions": 1 to 5, "alpha", "sizes": [of the models], "max_tokens", "precision", "concurrency"}.

    Each level of each model becomes a column; several models also give the model level. What a model said before is not
    asked again. Keys come from the environment, never from a request.
    """
    corpus = open_corpus(workspace, request["corpus"])
    models = list(dict.fromkeys(str(name).strip() for name in request["models"] if str(name).strip()))
    names = [str(name) for name in request.get("what") or ["sentence"]]
    unknown = [name for name in names if name not in LEVELS]
    if unknown:
        raise InputError(f"There is no level {quoted(unknown[0])}.", remedy=f"There are: {', '.join(LEVELS)}.")
    if not models:
        raise InputError("No model is named.", remedy="Name one, or several for the model level.")
    questions = checked_questions(int(request.get("questions") or len(QUESTIONS)))
    alpha = float(ALPHA if request.get("alpha") is None else request["alpha"])
    if not 0 <= alpha <= 100:
        raise InputError(f"α is between 0 and 100, not {alpha:g}.")
    url, sizes = str(request.get("url") or ""), [float(size) for size in request.get("sizes") or ()]
    if sizes and (len(sizes) != len(models) or min(sizes) <= 0):
        raise InputError(f"{len(models)} models need as many sizes above 0, not {len(sizes)}.")
    kept: dict[str, str] = {}
    told: dict[str, Any] = {"rows": len(corpus), "failed": 0, "prompt_tokens": 0, "completion_tokens": 0}
    sentences, weights, shares = [], [], {}
    for place, model in enumerate(models):
        step = part_of(progress, done=place, total=len(models), note="models asked")
        about: dict[str, Any] = {"questions": questions}
        if url:
            texts = questions_about(corpus.text("instruction"), corpus.text("response"), questions=questions)
            ratings, spent = ask_ratings(
                workspace, texts, endpoint=Endpoint(url=url), model=model,
                concurrency=int(request.get("concurrency") or 8), progress=step,
            )  # fmt: skip
            told |= {name: told[name] + spent[name] for name in ("failed", "prompt_tokens", "completion_tokens")}
            called, size, about = model, 1.0, {**about, "model": model, "endpoint": True}
        else:
            files = fetch_model(model)
            limits: dict[str, Any] = {
                "max_tokens": int(request.get("max_tokens") or 1024),
                "precision": str(request.get("precision") or "auto"),
            }
            ratings = rate_rows(corpus, files, questions=questions, progress=step, **limits)
            called, size = files.short, float(files.parameters or 1)
            about = {**about, "model": files.identity, **limits}
        shares[called] = float(np.nanmean(ratings[:, :, -1])) if np.isfinite(ratings).any() else 0.0
        known = ratings[:, :, : len(RATINGS)]
        for name in names:
            kept[f"{name} {called}"] = _kept(corpus, LEVELS[name], called, known, alpha, about)
        sentences.append(LEVELS["sentence"].of(known, alpha))
        weights.append(size)
    if len(models) > 1:
        kept["model level"] = keep_score(
            corpus,
            model_level(sentences, sizes or weights),
            name=f"selectit_model@{len(models)} models",
            title="Self-rated quality, model level",
            formula="Σ size · sentence level / Σ size over the models",
            source=SOURCE,
            meaning="High: the models rate the row high; larger ones count more. 0 to 5.",
            settings={"models": models, "sizes": sizes or weights, "questions": questions, "alpha": alpha},
        )
    return {**told, "columns": kept, "notice": _notice(shares)}


def _kept(
    corpus: Corpus, level: RatingLevel, called: str, ratings: NDArray[np.float64], alpha: float, about: dict[str, Any]
) -> str:
    return keep_score(
        corpus,
        level.of(ratings, alpha),
        name=f"{level.column}@{called}",
        title=level.title,
        formula=level.formula,
        source=SOURCE,
        meaning=level.meaning,
        settings={**about, "alpha": alpha},
    )


def _notice(shares: dict[str, float]) -> str:
    """What to know of models that would rather write something else than a rating; "" where there is none."""
    little = [f"{called} {share:.0%}" for called, share in shares.items() if share < LITTLE]
    if not little:
        return ""
    return (
        f"Of what a model would write first, a rating is only: {', '.join(little)}. Its ratings say little; take a "
        "model that was tuned to follow instructions."
    )
