"""The columns that answers give: one name for each kind, and the model's name where another model has it already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from core.answers.answer_set import SampledAnswers
from core.corpus.column_store import attached_names, set_aside
from core.corpus.store import Corpus
from core.features.models.columns import keep_score, score_columns
from core.workspace.digests import digest

KIND = "of_answers"  # in the settings of such a column: which kind it is


def column_of(corpus: Corpus, kind: str, model: str) -> str:
    """The name of the column of this ``kind`` for ``model``: the kind's own, or with @MODEL where another has it."""
    owners = {
        note.column: note.settings.get("model") for note in score_columns(corpus) if note.settings.get(KIND) == kind
    }
    for name in (kind, f"{kind}@{model}"):
        if owners.get(name) == model or name not in corpus.columns:
            return name
    return f"{kind}@{model}"


def keep_column(
    kept: SampledAnswers,
    values: NDArray[Any],
    *,
    kind: str,
    title: str,
    formula: str,
    source: str,
    meaning: str,
    settings: Mapping[str, Any],
) -> str:
    """Store ``values`` (rows,) as the column of this ``kind``, in place of the model's earlier one; returns its name.

    The earlier one moves to the trash, from which ``columns CORPUS --restore`` brings it back.
    """
    corpus = kept.corpus
    name = column_of(corpus, kind, kept.model)
    content = digest([None if value != value else value for value in values.tolist()])  # nan is not itself
    whole = {KIND: kind, "model": kept.model, "answers": kept.key, **settings, "content": content}
    noted = next((note for note in score_columns(corpus) if note.column == name), None)
    if noted is not None and dict(noted.settings) != whole and name in attached_names(corpus.workspace, corpus.id):
        set_aside(corpus.workspace, corpus.id, name)
    return keep_score(
        corpus, values, name=name, title=title, formula=formula, source=source, meaning=meaning, settings=whole
    )
