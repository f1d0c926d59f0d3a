"""The jobs that mark a model's answers: each row's mastery and its level; rows' difficulty from several models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.answers.agreement import JUDGED, match_named
from core.answers.answer_set import SampledAnswers, sampled_named
from core.answers.columns import keep_column
from core.answers.judged import ENQUIRY, agreed, judging_questions
from core.answers.mastery import EASY, EDGES, LEVELS, SOURCE, Marks, checked_edges, levels_of, marks_of, split_of
from core.answers.opinions import EnquiryCost, ask_opinions, enquiry_cost, kept_opinions
from core.answers.row_difficulty import Fitted, fit_rasch, fit_two
from core.corpus.store import Corpus, open_corpus
from core.endpoint.client import Endpoint
from core.endpoint.service import JUDGE
from core.errors import InputError
from core.features.models.columns import keep_score
from core.progress import Progress
from core.workspace.artefacts import Workspace

MASTERY, LEVEL, MIDDLE = "mastery", "mastery level", "mastery middle"


def mastery(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Mark a set of answers and keep the columns of mastery.

    The request holds "corpus", "answers" (of a model; "" for the newest), "match", "edges" (four shares), "easy" (the
    share above which a row is easy) and, to judge, "model", "url" and "concurrency". The key comes from the
    environment, never from a request.
    """
    corpus = open_corpus(workspace, request["corpus"])
    kept = sampled_named(corpus, str(request.get("answers") or ""))
    match = match_named(str(request.get("match") or "exact"))
    edges = checked_edges(request.get("edges") or EDGES)
    judge, judged = str(request.get("model") or ""), None
    if match.name == JUDGED:
        if not judge:
            raise InputError("No judge is named.", remedy="Give the name under which the endpoint serves it.")
        questions, keys = judging_questions(kept)
        opinions = ask_opinions(
            workspace,
            ENQUIRY,
            questions,
            endpoint=Endpoint(url=str(request.get("url") or ""), service=JUDGE),
            model=judge,
            concurrency=int(request.get("concurrency") or 8),
            progress=progress,
        )
        judged = agreed(keys, opinions)
    marks = marks_of(kept, match, judged=judged)
    settings = {"match": match.name, **({"judge": judge} if match.name == JUDGED else {})}
    columns = keep_marks(kept, marks, formula=match.formula, settings=settings)
    columns |= keep_levels(kept, marks.share, edges=edges, easy=float(request.get("easy", EASY)), settings=settings)
    known = np.isfinite(marks.share)
    return {
        "columns": columns,
        "rows": int(known.sum()),
        "unmarked": marks.unmarked,
        "without": marks.without,
        "mean": round(float(marks.share[known].mean()), 4) if known.any() else None,
    }


def keep_marks(kept: SampledAnswers, marks: Marks, *, formula: str, settings: dict[str, Any]) -> dict[str, str]:
    """The columns of a set's marks: mastery, how near its middle, and the variation of the marks."""
    share = marks.share
    if not np.isfinite(share).any():
        raise InputError(
            "No answer could be marked.", remedy="Choose another match: the responses hold nothing that it compares."
        )
    told = (
        (MASTERY, "Mastery: share of answers that agree", share,
         f"R = answers that agree / answers of {kept.model}; agree: {formula}", SOURCE,
         "0: the model never answers as the row does. 1: it always does, so the row teaches it little that is new."),
        (MIDDLE, "Nearness to the middle of mastery", 4 * share * (1 - share), "4 R (1 − R), R the mastery",
         "the variance of the marks, scaled to 1; our construction",
         "1: right every other time. 0: never or always. Ranked highest first, the middle comes first."),
        ("pass cv", "Variation of the marks", marks.variation, "√((1 − R) / R): standard deviation of the marks over "
         "their mean; none where R = 0", "pass rate and coefficient of variation of DeepDistill, from recollection",
         "0: always right. High: rarely right."),
    )  # fmt: skip
    columns = {}
    for kind, title, values, said, source, meaning in told:
        if np.isfinite(values).any():
            columns[kind] = keep_column(
                kept, values, kind=kind, title=title, formula=said, source=source, meaning=meaning, settings=settings
            )
    return columns


def keep_levels(
    kept: SampledAnswers, share: NDArray[np.float64], *, edges: tuple[float, ...], easy: float, settings: dict[str, Any]
) -> dict[str, str]:
    """The columns of levels and of the split into easy and hard rows."""
    named = ", ".join(f"{edge:g}" for edge in edges)
    level = keep_column(
        kept, levels_of(share, edges), kind=LEVEL, title="Level of mastery",
        formula=f"how many of {named} the mastery exceeds: {', '.join(LEVELS)}", source=SOURCE,
        meaning="A quota, “Balanced over categories” and a study take rows of each level.",
        settings={**settings, "edges": list(edges)},
    )  # fmt: skip
    split = keep_column(
        kept, split_of(share, easy), kind="easy or hard", title="Easy or hard", formula=f"easy: R > {easy:g}",
        source="a split of the pass rate", meaning="Easy: answered as the row does more often than that.",
        settings={**settings, "easy": easy},
    )  # fmt: skip
    return {LEVEL: level, "easy or hard": split}


def judging_cost(kept: SampledAnswers, model: str) -> EnquiryCost:
    """What judging these answers would cost."""
    return enquiry_cost(kept.corpus.workspace, ENQUIRY, judging_questions(kept)[0], model)


def difficulty(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Fit the rows' difficulty from several models' marks: {"corpus", "answers": [names], "match", "model": of the
    judge whose verdicts are kept, "kind": "1pl" or "2pl"}; keeps a column of difficulty, and of discrimination."""
    corpus = open_corpus(workspace, request["corpus"])
    names = [str(name) for name in request["answers"]]
    match, kind = match_named(str(request.get("match") or "exact")), str(request.get("kind") or "1pl")
    sets = [sampled_named(corpus, name) for name in names]
    right, marked = (np.zeros((len(sets), len(corpus))) for _ in range(2))
    for place, kept in enumerate(sets):
        judged = None
        if match.name == JUDGED:
            _, keys = judging_questions(kept)
            judged = agreed(keys, kept_opinions(workspace, ENQUIRY, str(request.get("model") or "")))
        marks = marks_of(kept, match, judged=judged)
        right[place], marked[place] = marks.right, marks.marked
        progress(place + 1, len(sets), "models marked")
    if kind not in ("1pl", "2pl"):
        raise InputError(f"The model of difficulty is 1pl or 2pl, not {kind[:40]}.")
    fitted = (fit_rasch if kind == "1pl" else fit_two)(right, marked)
    columns = _keep_difficulty(corpus, sets, fitted, kind, match.name)
    order = np.argsort(-fitted.abilities, kind="stable").tolist()
    return {
        "columns": columns,
        "rows": int(np.isfinite(fitted.difficulty).sum()),
        "alike": fitted.alike,
        "spread": round(fitted.spread, 4),
        "abilities": [[sets[place].model, round(float(fitted.abilities[place]), 4)] for place in order],
    }


def _keep_difficulty(
    corpus: Corpus, sets: list[SampledAnswers], fitted: Fitted, kind: str, match: str
) -> dict[str, str]:
    about = {"kind": kind, "match": match, "answers": [kept.key for kept in sets]}
    source = "item response theory (Rasch; Birnbaum), by marginal maximum likelihood"
    columns = {
        "difficulty": keep_score(
            corpus, fitted.difficulty, name=f"difficulty@{kind}", title=f"Difficulty of the row ({kind.upper()})",
            formula=fitted.formula, source=source, settings=about,
            meaning="Logits: at the ability of a model it is right every other time. Rows that all models answer alike "
            "have none.",
        )
    }  # fmt: skip
    if fitted.discrimination is not None:
        columns["discrimination"] = keep_score(
            corpus, fitted.discrimination, name=f"discrimination@{kind}", title="Discrimination of the row (2PL)",
            formula=fitted.formula, source=source, settings=about,
            meaning="High: able and less able models differ sharply on the row. Near 0: it tells none apart.",
        )  # fmt: skip
    return columns
