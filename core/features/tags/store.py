"""The stored tags of a component: the raw tags as the tagger gave them, and the decisions that turn them into types."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features.embedding import compute_embeddings, encode_texts
from core.features.tags import prompt
from core.features.tags.answers import Journal, Models, TagAnswer
from core.features.tags.answers_elsewhere import ANSWERS, answers_of_donors, distinct_texts
from core.features.tags.ask import ask_all
from core.features.tags.corpus_phrases import corpus_phrases
from core.features.tags.decisions import Decisions, decide, type_rows
from core.features.tags.keyphrases import keyphrases
from core.features.tags.own_taken_over import taken_over_tags
from core.features.tags.raw_tags import RowTags, read_raw, write_raw
from core.features.tags.tagging import VERSION, Tagging, raw_tags_key, tags_key
from core.features.taken_over import donors
from core.progress import Progress, silent
from core.view import TypeRows
from core.workspace import atomic
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest


def load_tags(text: CorpusText, tagging: Tagging) -> RowTags | None:
    """The stored raw tags, or None when the rows are not tagged yet."""
    key = raw_tags_key(text.corpus_id, text.component, tagging)
    return read_raw(text.workspace.open("features", key)) if text.workspace.has("features", key) else None


def compute_tags(
    text: CorpusText,
    tagging: Tagging,
    *,
    models: Models | None = None,
    concurrency: int = 8,
    progress: Progress = silent,
    device: str = "auto",
) -> RowTags:
    """The raw tags of every row, stored or made now; ``models`` says where the endpoint of ``tagging`` is.

    Work is staged under ``<home>/partial/<key>/``: a run that was stopped asks only for the missing answers. Identical
    texts are asked about once, empty texts never. Tags that came from a file are taken over from an older version of
    the corpus; new rows have none. Raises :class:`InputError` where no version has such tags, and
    :class:`core.errors.NetworkError` when the endpoint refuses or stops answering; the answers so far are kept.
    """
    stored = load_tags(text, tagging)
    if stored is not None:
        return stored
    key = raw_tags_key(text.corpus_id, text.component, tagging)
    if tagging.tagger == "own":
        return taken_over_tags(text, tagging, key)
    partial = text.workspace.home / "partial" / key
    started = time.time()
    texts = text.texts
    said: dict[str, Any] = {}
    failures: list[dict[str, Any]] = []
    explanations: dict[str, str] = {}
    answers: dict[int, TagAnswer] = {}
    if tagging.tagger == "phrases":
        indptr, ids, names = corpus_phrases(texts, per_row=tagging.per_row, longest=tagging.longest, progress=progress)
    elif tagging.tagger == "keyphrases":
        vectors = compute_embeddings(text, tagging.embedder, progress=progress, device=device)
        indptr, ids, names = keyphrases(
            texts,
            vectors,
            lambda part, step, kept: encode_texts(
                part, embedder=tagging.embedder, device=device, progress=step, kept=kept
            ),
            partial=partial,
            per_row=tagging.per_row,
            spread=tagging.spread,
            longest=tagging.longest,
            progress=progress,
        )
    else:
        if models is None or not tagging.model:
            raise InputError("The endpoint or its model is not named.", remedy="Open the Tags page and name them.")
        distinct, where = distinct_texts(texts)
        answers = _asked(text, tagging, models, distinct, concurrency, progress)
        indptr, ids, names = _by_row(answers, where)
        failures = _failures(answers, where)
        for place in sorted(answers):
            for tag, why in answers[place].tags:
                explanations.setdefault(tag, why)
        said = _totals(answers.values(), distinct) | {"url": models.endpoint.url, "failed_texts": len(failures)}
    manifest = {
        "feature": "raw-tags",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "rows": len(texts),
        "empty_rows": sum(not row.strip() for row in texts),
        "tags": len(ids),
        "distinct_tags": len(names),
        "tagger": tagging.identity(text.corpus_id, text.component),
        "settings": tagging.request(),
        "seconds": round(time.time() - started, 1),
        **said,
    }
    with text.workspace.create("features", key, manifest) as folder:
        write_raw(folder, indptr, ids, names, failures=failures, explanations=explanations)
        if answers:
            Journal(folder / ANSWERS).write(answers.values())
    shutil.rmtree(partial, ignore_errors=True)
    return read_raw(text.workspace.open("features", key))


def compute_decisions(
    text: CorpusText,
    tagging: Tagging,
    *,
    progress: Progress = silent,
    device: str = "auto",
) -> Decisions:
    """The decisions that drop and merge raw tags, stored or made now. Raises :class:`InputError` without raw tags."""
    stored = load_decisions(text, tagging)
    if stored is not None:
        return stored
    raw = load_tags(text, tagging)
    if raw is None:
        raise InputError("The rows are not tagged yet.", remedy="Open the Tags page and start the tagger.")

    def embed(names: Sequence[str]) -> NDArray[np.float32]:
        kept = partial / f"names-{digest(list(names))}.npy"
        return encode_texts(names, embedder=tagging.embedder, device=device, progress=progress, kept=kept)

    key = tags_key(text.corpus_id, text.component, tagging)
    partial = text.workspace.home / "partial" / key
    decisions = decide(raw.matrix, raw.names, tagging, embed=embed, progress=progress)
    _write(text, key, tagging, decisions, base=key)
    shutil.rmtree(partial, ignore_errors=True)
    return decisions


def load_decisions(text: CorpusText, tagging: Tagging, *, edits: str = "") -> Decisions | None:
    """The stored decisions, in the version that ``edits`` names, or None when none are stored."""
    key = tags_key(text.corpus_id, text.component, tagging, edits=edits)
    if not text.workspace.has("features", key):
        return None
    return Decisions.of(orjson.loads(text.workspace.open("features", key).path("decisions.json").read_bytes()))


def save_edit(text: CorpusText, tagging: Tagging, decisions: Decisions) -> str:
    """Store decisions that the user changed and return the name by which settings and recipes refer to them.

    A changed version is a file of its own: older versions stay, and a recipe that names one still gives its rows.
    """
    base = tags_key(text.corpus_id, text.component, tagging)
    key = digest(["tags-edit", VERSION, base, decisions.as_dict()])
    if not text.workspace.has("features", key):
        _write(text, key, tagging, decisions, base=base)
    return f"{base}-{key}"


def versions(text: CorpusText, tagging: Tagging) -> list[tuple[str, Artefact]]:
    """The (name for ``edits``, artefact) of every version of these decisions that the user made, newest first."""
    base = tags_key(text.corpus_id, text.component, tagging)
    artefacts = [artefact for artefact in text.workspace.list("features") if artefact.manifest.get("feature") == "tags"]
    return [
        (f"{base}-{version.key}", version)
        for version in artefacts
        if version.manifest["base"] == base and version.key != base
    ]


def load_type_rows(text: CorpusText, tagging: Tagging, *, edits: str = "") -> TypeRows | None:
    """The types of every row after all decisions: (rows, types) of ones and sorted names; None where absent."""
    raw = load_tags(text, tagging)
    decisions = load_decisions(text, tagging, edits=edits)
    return None if raw is None or decisions is None else type_rows(raw.matrix, raw.names, decisions)


def _asked(
    text: CorpusText,
    tagging: Tagging,
    models: Models,
    distinct: Sequence[str],
    concurrency: int,
    progress: Progress,
) -> dict[int, TagAnswer]:
    """The answers of this round; answers of the round before are taken over, and those that another corpus has."""
    home = text.workspace.home / "partial"
    journal = Journal(home / raw_tags_key(text.corpus_id, text.component, tagging) / ANSWERS)
    kept: dict[int, TagAnswer] = {}
    if tagging.before is not None:
        compute_tags(text, tagging.before, models=models, concurrency=concurrency, progress=progress)
        before = text.workspace.open("features", raw_tags_key(text.corpus_id, text.component, tagging.before))
        kept = Journal(before.path(ANSWERS)).read()
    given = donors(text.corpus, lambda corpus_id: raw_tags_key(corpus_id, text.component, tagging))
    kept = {**answers_of_donors(given, text.component, distinct), **kept}
    wanted = [place for place in range(len(distinct)) if place not in kept or kept[place].failed]
    fresh = ask_all(
        distinct, text.component, models, journal=journal, wanted=wanted, concurrency=concurrency, progress=progress
    )
    return {**kept, **fresh}


def _by_row(
    answers: Mapping[int, TagAnswer], where: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    names = sorted({tag for answer in answers.values() for tag, _ in answer.tags})
    number = {name: place for place, name in enumerate(names)}
    ids: list[int] = []
    sizes = np.zeros(len(where), dtype=np.int64)
    for row, place in enumerate(where.tolist()):
        if place >= 0:
            tags = [number[tag] for tag, _ in answers[place].tags]
            ids.extend(tags)
            sizes[row] = len(tags)
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64), np.array(ids, dtype=np.int32), names


def _failures(answers: Mapping[int, TagAnswer], where: NDArray[np.int64]) -> list[dict[str, Any]]:
    failed = {place: answer for place, answer in answers.items() if answer.failed}
    rows: dict[int, list[int]] = {place: [] for place in failed}
    for row, place in enumerate(where.tolist()):
        if place in rows:
            rows[place].append(row)
    return [
        {"rows": rows[place], "stage": answer.stage, "reason": answer.failed, "snippet": answer.snippet}
        for place, answer in sorted(failed.items())
    ]


def _totals(answers: Any, distinct: Sequence[str]) -> dict[str, Any]:
    asked: list[TagAnswer] = list(answers)
    return {
        "distinct_texts": len(distinct),
        "shortened_texts": sum(len(text) > prompt.LONGEST for text in distinct),
        "prompt_tokens": sum(answer.prompt_tokens for answer in asked),
        "completion_tokens": sum(answer.completion_tokens for answer in asked),
        "tokens_counted": all(answer.counted for answer in asked),
        "refused_tags": sum(len(answer.refused) for answer in asked),
    }


def _write(text: CorpusText, key: str, tagging: Tagging, decisions: Decisions, *, base: str) -> None:
    manifest = {
        "feature": "tags",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "raw": raw_tags_key(text.corpus_id, text.component, tagging),
        "base": base,
        "changes": decisions.version,
        "said": decisions.log[-1] if decisions.log else "",
        "settings": tagging.request(),
    }
    with text.workspace.create("features", key, manifest) as folder:
        atomic.write_json(folder / "decisions.json", decisions.as_dict())
