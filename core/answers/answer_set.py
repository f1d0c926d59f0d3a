"""The answers to the rows of one corpus, stored beside it: which model, how it wrote, and each row's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.answers.kept import DrawnAnswer
from core.corpus.store import Corpus
from core.errors import InputError, quoted
from core.row_positions import places_of
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest

PREFIX = "sampled-"
FILE = "answers.parquet"
VERSION = 1


@dataclass(frozen=True, eq=False)
class SampledAnswers:
    """The sampled answers of one model to rows of ``corpus``."""

    corpus: Corpus
    artefact: Artefact

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def model(self) -> str:
        """The name of the model, as columns have it."""
        return str(self.artefact.manifest["model"])

    @property
    def draws(self) -> int:
        return int(self.artefact.manifest["draws"])

    @property
    def facts(self) -> Mapping[str, Any]:
        """How many were drawn, cut and failed, what they cost, and the settings."""
        return self.artefact.manifest

    @cached_property
    def _table(self) -> pa.Table:
        return pq.read_table(self.artefact.path(FILE))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(answers,) the row's position of each answer, ascending."""
        ids = self._table["row"].to_numpy().astype(np.uint64)
        return places_of(ids, among=np.asarray(self.corpus.ids))

    @cached_property
    def texts(self) -> list[str]:
        """(answers,) the answers, row by row, in the order of their draws."""
        return self._table["text"].to_pylist()

    @cached_property
    def mean_log_probabilities(self) -> NDArray[np.float64]:
        """(answers,) nats a token, nan where nobody gave them."""
        column = self._table["mean_log_probability"]
        return column.to_numpy(zero_copy_only=False).astype(np.float64)

    @cached_property
    def finishes(self) -> list[str]:
        """(answers,) why each ended."""
        return self._table["finish"].to_pylist()

    @cached_property
    def _edges(self) -> NDArray[np.int64]:
        return np.searchsorted(self.rows, np.arange(len(self.corpus) + 1))

    def of_row(self, row: int) -> list[str]:
        """The answers to the prompt of one row."""
        return self.texts[int(self._edges[row]) : int(self._edges[row + 1])]

    def of_rows(self) -> dict[int, list[str]]:
        """The answers of each row that has any, by its position, ascending."""
        return {int(row): self.of_row(int(row)) for row in np.unique(self.rows)}


def keep_answers(
    corpus: Corpus,
    rows: NDArray[np.int64],
    answers: Sequence[Sequence[DrawnAnswer]],
    *,
    model: str,
    settings: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> SampledAnswers:
    """Store the ``answers`` to ``rows`` (asked,) of ``corpus``; the same settings with the same answers are one set.

    Raises :class:`InputError` when there is no answer at all.
    """
    flat = [(int(corpus.ids[row]), answer) for row, of_row in zip(rows, answers, strict=True) for answer in of_row]
    if not flat:
        raise InputError("There is no answer to keep.", remedy="Look at what the endpoint or the file says.")
    content = [[row_id, answer.draw, answer.text] for row_id, answer in flat]
    key = f"{PREFIX}{corpus.id}-{digest([VERSION, model, dict(settings), content])}"
    if not corpus.workspace.has("features", key):
        manifest = {
            "feature": "sampled-answers",
            "title": f"Answers of {model}",
            "corpus": corpus.id,
            "model": model,
            "draws": max(map(len, answers)),
            "rows": sum(bool(len(of_row)) for of_row in answers),
            "answers": len(flat),
            "cut": sum(answer.finish == "length" for _, answer in flat),
            "settings": dict(settings),
            **facts,
        }
        with corpus.workspace.create("features", key, manifest) as folder:
            pq.write_table(_table_of(flat), folder / FILE, compression="zstd")
    return SampledAnswers(corpus, corpus.workspace.open("features", key))


def list_sampled(corpus: Corpus) -> list[SampledAnswers]:
    """The sets of answers to rows of ``corpus``, newest first."""
    folders = (corpus.workspace.home / "features").glob(f"{PREFIX}{corpus.id}-*/manifest.json")
    sets = [SampledAnswers(corpus, corpus.workspace.open("features", path.parent.name)) for path in folders]
    return sorted(sets, key=lambda kept: (-float(kept.artefact.manifest["made_at"]), kept.key))


def sampled_named(corpus: Corpus, name: str) -> SampledAnswers:
    """The set called ``name``: its key, the short key that lists show, or its model's name (of several the newest).

    "" is the newest of all. Raises :class:`InputError` where there is none.
    """
    sets = list_sampled(corpus)
    if not sets:
        raise InputError(
            f"No model has answered the rows of {corpus.name} yet.",
            remedy="Draw answers first: sample-answers on the command line, Answers on the Scores page.",
        )
    if not name:
        return sets[0]
    matching = [kept for kept in sets if name in (kept.key, kept.model) or short_key(kept).startswith(name)]
    if not matching:
        there = ", ".join(dict.fromkeys(kept.model for kept in sets[:8]))
        raise InputError(f"There are no answers of {quoted(name)}.", remedy=f"There are answers of: {there}.")
    return matching[0]


def short_key(kept: SampledAnswers) -> str:
    """The last part of the key, which tells the sets of one corpus apart."""
    return kept.key.rpartition("-")[2]


def _table_of(flat: Sequence[tuple[int, DrawnAnswer]]) -> pa.Table:
    kept = [answer for _, answer in flat]
    means = [answer.mean_log_probability for answer in kept]
    return pa.table(
        {
            "row": pa.array([row_id for row_id, _ in flat], type=pa.uint64()),
            "draw": pa.array([answer.draw for answer in kept], type=pa.int32()),
            "text": pa.array([answer.text for answer in kept], type=pa.string()),
            "finish": pa.array([answer.finish for answer in kept], type=pa.string()),
            "tokens": pa.array([answer.completion_tokens for answer in kept], type=pa.int32()),
            "mean_log_probability": pa.array(means, type=pa.float64()),
        }
    )
