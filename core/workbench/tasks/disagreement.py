"""The jobs that read answers for doubt: their groups, a diagnosis, confidence; and that reconstruct responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.answers import confidence as trust
from core.answers import diagnosis
from core.answers.answer_set import SampledAnswers, sampled_named
from core.answers.columns import keep_column
from core.answers.meaning_groups import FORMULA, NEAR, AnswerGroups, Embed, group_answers
from core.answers.opinions import EnquiryCost, Messages, ask_opinions, enquiry_cost, kept_opinions, question_key
from core.answers.reconstruct import reconstruct
from core.corpus.store import open_corpus
from core.endpoint.client import Endpoint
from core.endpoint.service import JUDGE
from core.errors import InputError
from core.features.embedders import default_embedder
from core.features.embedding import encode_texts
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace

WORDS_ALONE = "none"  # the embedder that groups by equal words only
SHOWN = {"ambiguity": "ambiguity", "knowledge": "missing knowledge", "both": "both", "neither": "only other words"}
DOUBT = "doubt"
AGREED = "no disagreement"


def disagreement(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Group a set's answers, and have a model say why they differ.

    The request holds "corpus", "answers", "embedder" ("" for the default, "none" for equal words alone), "near" (the
    cosine from which answers are one), and to diagnose "model", "second" (another diagnostician, "" for none), "url",
    "system" (words of one's own) and "concurrency". Without "model" nothing is asked.
    """
    corpus = open_corpus(workspace, request["corpus"])
    kept = sampled_named(corpus, str(request.get("answers") or ""))
    near, embedder = float(request.get("near") or NEAR), str(request.get("embedder") or "") or default_embedder()
    groups = groups_of(kept, embedder=embedder, near=near, progress=progress)
    settings = {"near": near, "embedder": embedder}
    said = FORMULA.format(near=near) if embedder != WORDS_ALONE else "groups of answers with equal words"
    entropies, counts = (np.full(len(corpus), np.nan) for _ in range(2))
    for row, of_row in groups.items():
        entropies[row], counts[row] = of_row.entropy, len(of_row.groups)
    columns = {}
    for kind, title, values, formula, meaning in (
        ("answer entropy", "Disagreement of the answers", entropies, f"H = −Σ p ln p over groups, nats; {said}",
         "0: all answers say the same. High: each says something else."),
        ("answer groups", "Groups of answers", counts, said, "1: all answers say the same."),
    ):  # fmt: skip
        columns[kind] = keep_column(
            kept, values, kind=kind, title=title, formula=formula, meaning=meaning, settings=settings,
            source="entropy over answer groups, after semantic entropy (arXiv 2302.09664); the groups are ours",
        )  # fmt: skip
    told = {"columns": columns, "rows": len(groups), "differing": sum(len(of.groups) > 1 for of in groups.values())}
    model = str(request.get("model") or "")
    if not model:
        return told
    questions, keys = diagnosis_questions(kept, groups, system=str(request.get("system") or ""))
    names = [model, *([str(request["second"])] if request.get("second") else [])]
    causes: list[dict[int, str]] = []
    failed = 0
    for name in names:
        opinions = ask_opinions(
            workspace,
            diagnosis.ENQUIRY,
            questions,
            endpoint=Endpoint(url=str(request.get("url") or ""), service=JUDGE),
            model=name,
            concurrency=int(request.get("concurrency") or 8),
            progress=progress,
        )
        failed += sum(bool(opinion.failed) for opinion in opinions.values())
        causes.append({row: opinions[key].fields["cause"] for row, key in keys.items() if not opinions[key].failed})
    doubt = np.full(len(corpus), None, dtype=object)
    for row in groups:
        doubt[row] = SHOWN[causes[0][row]] if row in causes[0] else None if row in keys else AGREED
    columns[DOUBT] = keep_column(
        kept, doubt, kind=DOUBT, title="Why the answers disagree",
        formula=f"{model} reads the prompt and one answer of each group with its number", settings=settings
        | {"diagnostician": model, "system": str(request.get("system") or "")},
        source="Diagnosis of uncertainty (arXiv 2509.04464); the words of the question are ours",
        meaning="ambiguity: mend the prompt. missing knowledge: the row teaches facts. both; or only other words.",
    )  # fmt: skip
    both = sorted({*causes[0]} & {*causes[-1]}) if len(names) > 1 else []
    agreement = {
        "compared": len(both),
        "same": round(float(np.mean([causes[0][row] == causes[1][row] for row in both])), 4) if both else None,
        "kappa": _number(diagnosis.kappa([causes[0][row] for row in both], [causes[1][row] for row in both]))
        if both
        else None,
    }
    return {**told, "failed": failed, **agreement}


def groups_of(kept: SampledAnswers, *, embedder: str, near: float, progress: Progress) -> dict[int, AnswerGroups]:
    """The groups of each row's answers, by its position."""
    answers = kept.of_rows()
    return dict(zip(answers, group_answers(list(answers.values()), embed=_embed(embedder, progress), near=near)))


def row_groups(kept: SampledAnswers, row: int, *, embedder: str, near: float) -> AnswerGroups:
    """The groups of one row's answers, the same as among all rows."""
    (groups,) = group_answers([kept.of_row(row)], embed=_embed(embedder, silent), near=near)
    return groups


def diagnosis_questions(
    kept: SampledAnswers, groups: dict[int, AnswerGroups], *, system: str = ""
) -> tuple[dict[str, Messages], dict[int, str]]:
    """The questions about the rows whose answers differ, by their key, and the key of each row's."""
    prompts = kept.corpus.text("instruction")
    questions: dict[str, Messages] = {}
    keys: dict[int, str] = {}
    for row, of_row in groups.items():
        if len(of_row.groups) > 1:
            asked = diagnosis.diagnosis_messages(prompts[row], kept.of_row(row), of_row, system=system)
            keys[row] = question_key(asked)
            questions[keys[row]] = asked
    return questions, keys


def diagnosis_cost(kept: SampledAnswers, groups: dict[int, AnswerGroups], model: str, system: str) -> EnquiryCost:
    """What a diagnosis by one model would cost."""
    questions, _ = diagnosis_questions(kept, groups, system=system)
    return enquiry_cost(kept.corpus.workspace, diagnosis.ENQUIRY, questions, model)


def kept_diagnosis(
    kept: SampledAnswers, row: int, groups: AnswerGroups, *, model: str, system: str = ""
) -> dict[str, Any] | None:
    """What ``model`` said of a row: {"cause", "readings", "missing"}; None where it said nothing."""
    if len(groups.groups) < 2:
        return None
    asked = diagnosis.diagnosis_messages(kept.corpus.text("instruction")[row], kept.of_row(row), groups, system=system)
    opinion = kept_opinions(kept.corpus.workspace, diagnosis.ENQUIRY, model).get(question_key(asked))
    return None if opinion is None else dict(opinion.fields)


def confide(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Keep how much a model trusts each row's response, as the column "confidence".

    The request holds "corpus", "answers", "embedder" and "near" as for the groups, "weight" of the self-consistency,
    and for the self-reflection "model" ("" for none), "url" and "concurrency".
    """
    corpus = open_corpus(workspace, request["corpus"])
    kept = sampled_named(corpus, str(request.get("answers") or ""))
    near, embedder = float(request.get("near") or NEAR), str(request.get("embedder") or "") or default_embedder()
    model, weight = str(request.get("model") or ""), float(request.get("weight", trust.CONSISTENCY))
    if not 0 <= weight <= 1:
        raise InputError(f"The weight of the self-consistency is between 0 and 1, not {weight:g}.")
    reflections = _reflections(kept, request, model, progress) if model else {}
    consistency = consistencies(kept, embedder=embedder, near=near, progress=progress)
    values = np.full(len(corpus), np.nan)
    for row, share in consistency.items():
        if not model or row in reflections:
            values[row] = trust.confidence(share, reflections.get(row), weight=weight)
    column = keep_column(
        kept, values, kind="confidence", title="Confidence in the response", formula=f"{trust.FORMULA}; β = {weight:g}",
        source=trust.SOURCE, meaning="High: the model answers as the row does, and trusts it. Low: filter or mend it.",
        settings={"near": near, "embedder": embedder, "weight": weight, "reflection": model},
    )  # fmt: skip
    return {"columns": {"confidence": column}, "rows": int(np.isfinite(values).sum())}


def consistencies(kept: SampledAnswers, *, embedder: str, near: float, progress: Progress) -> dict[int, float]:
    """O of each row with answers: the share of them in one group with its response."""
    responses, answers = kept.corpus.text("response"), kept.of_rows()
    told = group_answers(
        [[responses[row], *said] for row, said in answers.items()], embed=_embed(embedder, progress), near=near
    )
    shares = {}
    for row, groups in zip(answers, told, strict=True):
        own = next(group for group in groups.groups if 0 in group)
        shares[row] = (len(own) - 1) / len(answers[row])
    return shares


def reflection_cost(kept: SampledAnswers, model: str) -> EnquiryCost:
    """What the self-reflection would cost."""
    return enquiry_cost(kept.corpus.workspace, trust.ENQUIRY, _reflection_questions(kept)[0], model)


def rewrite(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make the corpus whose responses a model has written: of all rows, or of those with a low value alone.

    The request holds "corpus", "answers", "name", and to mend only the rows of low confidence "below" (0 replaces
    every response) with "column" ("" for "confidence"), "sure" (the least share of the answers in the leading group,
    which replaces the response), "embedder" and "near".
    """
    corpus = open_corpus(workspace, request["corpus"])
    kept = sampled_named(corpus, str(request.get("answers") or ""))
    below = float(request.get("below") or 0.0)
    only: NDArray[np.bool_] | None = None
    chosen: dict[int, str] = {}
    if below:
        column = str(request.get("column") or "confidence")
        if column not in corpus.columns:
            raise InputError(f"There is no column {column[:60]} yet.", remedy="Compute the confidence first.")
        embedder = str(request.get("embedder") or "") or default_embedder()
        groups = groups_of(kept, embedder=embedder, near=float(request.get("near") or NEAR), progress=progress)
        only, sure = np.zeros(len(corpus), dtype=bool), float(request.get("sure", 0.5))
        values = corpus.column(column)
        for row, of_row in groups.items():
            if values[row] < below and of_row.shares[0] >= sure:
                only[row], chosen[row] = True, kept.of_row(row)[of_row.groups[0][0]]
    made = reconstruct(kept, name=str(request.get("name") or ""), only=only, chosen=chosen, progress=progress)
    counts = {name: getattr(made, name) for name in ("replaced", "kept", "held_out", "longer", "unanswered")}
    return {"artefacts": [["corpora", made.corpus.id]], "name": made.corpus.name, "rows": len(made.corpus), **counts}


def _reflections(kept: SampledAnswers, request: dict[str, Any], model: str, progress: Progress) -> dict[int, float]:
    """S of each row that a model has reflected on: the mean of its two answers."""
    questions, keys = _reflection_questions(kept)
    opinions = ask_opinions(
        kept.corpus.workspace,
        trust.ENQUIRY,
        questions,
        endpoint=Endpoint(url=str(request.get("url") or ""), service=JUDGE),
        model=model,
        concurrency=int(request.get("concurrency") or 8),
        progress=progress,
    )
    told = {row: [opinions[key].fields["value"] for key in of_row if not opinions[key].failed]
            for row, of_row in keys.items()}  # fmt: skip
    return {row: float(np.mean(values)) for row, values in told.items() if len(values) == len(trust.WORDS)}


def _reflection_questions(kept: SampledAnswers) -> tuple[dict[str, Messages], dict[int, Sequence[str]]]:
    prompts, responses = kept.corpus.text("instruction"), kept.corpus.text("response")
    questions: dict[str, Messages] = {}
    keys: dict[int, Sequence[str]] = {}
    for row in kept.of_rows():
        asked = trust.reflection_messages(prompts[row], responses[row])
        keys[row] = [question_key(messages) for messages in asked]
        questions.update(zip(keys[row], asked, strict=True))
    return questions, keys


def _embed(embedder: str, progress: Progress) -> Embed | None:
    if embedder == WORDS_ALONE:
        return None
    return lambda texts: encode_texts(list(texts), embedder=embedder, progress=progress)


def _number(value: float) -> float | None:
    return round(value, 4) if value == value else None
