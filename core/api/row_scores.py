"""Columns that score rows, and what weighs or compares them, for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.corpus.store import Corpus
from core.progress import Progress, silent


def self_rating(
    corpus: Corpus, models: str | Sequence[str], *, url: str = "", what: Sequence[str] = ("sentence",),
    progress: Progress = silent, **settings: Any,
) -> dict[str, str]:  # fmt: skip
    """Have models rate each row 1 to 5 and weigh the rating by how sure they are (SelectIT, arXiv 2402.16705).

    ``what``: "sentence", "token", "expected". Models of this machine, or behind ``url`` (which must give
    log-probabilities). ``settings``: questions, alpha, sizes, max_tokens, precision, concurrency. Gives the column of
    each level and model.

    >>> more = api.load(["more.jsonl"], name="more")
    >>> columns = api.self_rating(more, small_model, what=["expected"], questions=1, max_tokens=128)
    >>> rating = more.column(columns["expected tiny"])
    >>> bool(1 <= np.nanmin(rating) and np.nanmax(rating) <= 5)
    True
    """
    from core.workbench.tasks.self_rating import rate

    named = [models] if isinstance(models, str) else list(models)
    request = {"corpus": corpus.id, "models": named, "url": url, "what": list(what), **settings}
    columns: dict[str, str] = rate(corpus.workspace, request, progress)["columns"]
    return columns


def weigh_scores(
    corpus: Corpus, columns: Sequence[str], *, benchmark: str = "", ridge: float | None = None, keep: bool = False
) -> tuple[pd.DataFrame, float]:
    """The weights of score columns that foretell how saved subsets scored, and how well (R-Select, OpenDataArena).

    Least squares of the outcomes on the mean z-scores of each subset's rows, with ``ridge``; ``benchmark`` "" takes the
    one with the most subsets; ``keep`` makes the weighted scores a column. Gives score and weight, and the rank
    correlation with subsets left out of the fit. Raises :class:`core.errors.InputError` where too few have scores.

    >>> more = api.load(["more.jsonl"], name="more", holdout=0)
    >>> _ = api.model_vectors(more, small_model, "block", dimensions=8)
    >>> sizes, random = more.column("tracin_self@tiny"), api.prepare(api.view(more, component="response"), "random")
    >>> for place in range(6):
    ...     chosen = random.answer(size=5, seed=place)
    ...     mean = float(np.mean(sizes[more.positions_of(chosen.ids)]))
    ...     logged = api.add_score(api.save(chosen, f"part {place}").name, mean, benchmark="mine")
    >>> table, foretold = api.weigh_scores(more, ["tracin_self@tiny"])
    >>> table["score"].tolist(), bool(table["weight"][0] > 0)
    (['tracin_self@tiny'], True)
    """
    from core.errors import InputError
    from core.evidence.score_weights import RIDGE
    from core.workbench.inspections.score_weights import keep_weighted, scored_benchmarks
    from core.workbench.inspections.score_weights import weigh_scores as weigh

    there = scored_benchmarks(corpus.workspace, corpus)
    if not there:
        raise InputError("No saved subset of this corpus has a score.", remedy="Train on saved subsets, or add scores.")
    chosen = benchmark or next(iter(there))
    weighed = weigh(corpus.workspace, corpus, list(columns), chosen, ridge=RIDGE if ridge is None else ridge)
    if keep:
        keep_weighted(corpus, weighed, chosen)
    return pd.DataFrame({"score": weighed.names, "weight": weighed.weights}), float(weighed.foretold)


def memorisation(
    corpus: Corpus, *, copies: str, loss: str, more_than: int = 5, share: float = 0.25
) -> tuple[str, dict[str, int]]:
    """Recite, reconstruct or recollect (arXiv 2406.17746): a column from copies and a loss, and the rows of each kind.

    >>> more = api.load(["more.jsonl"], name="more")
    >>> _ = api.model_vectors(more, small_model, "block", dimensions=8)
    >>> column, counts = api.memorisation(more, copies="tracin_self@tiny", loss="tracin_self@tiny", more_than=1_000)
    >>> column, sum(counts.values()), counts["recite"]
    ('memorisation@tracin_self@tiny', 15, 0)
    """
    from core.workbench.row_scores.memorisation import MemorisationSetting, keep_memorisation

    return keep_memorisation(corpus, MemorisationSetting(copies=copies, loss=loss, more_than=more_than, share=share))


def follows(corpus: Corpus, column: str, *, embedder: str, component: str = "response") -> dict[str, float]:
    """How far the similarity of stored vectors follows a loss or its change: spearman, low, high, pairs.

    About 0: it says nothing of what a model learns. After arXiv 2502.02494.

    >>> name = api.model_vectors(corpus, small_model, "block", dimensions=8, max_tokens=16)
    >>> told = api.follows(corpus, next(c for c in corpus.columns if c.startswith("tracin")), embedder=name)
    >>> -1 <= told["low"] <= told["spearman"] <= told["high"] <= 1
    True
    """
    from core.corpus.corpus_text import CorpusText
    from core.errors import FeatureMissing
    from core.features.embedding import load_embeddings
    from core.features.loss_follows import follows_loss
    from core.view import REMEDIES

    vectors = load_embeddings(CorpusText(corpus, component), embedder)
    if vectors is None:
        raise FeatureMissing("embeddings", remedy=REMEDIES["embeddings"])
    seen = follows_loss(vectors, np.asarray(corpus.column(column), dtype=np.float64))
    return {"spearman": seen.spearman, "low": seen.low, "high": seen.high, "pairs": float(seen.pairs)}


def influences(
    corpus: Corpus, examples: Corpus, *, embedder: str, component: str = "response", column: str = "",
    progress: Progress = silent,
) -> dict[str, str]:  # fmt: skip
    """How much each row helps each task of some examples: the column of each task (TracIn, LESS; for BIDS).

    Both corpora have vectors of ``embedder``; of Adam's steps, the examples have plain gradients. ``column`` of the
    examples divides them into tasks.

    >>> more = api.load(["more.jsonl"], name="more")
    >>> name = api.model_vectors(more, small_model, "block", dimensions=8)
    >>> told = api.influences(more, more, embedder=name, column="topic")
    >>> sorted(told), bool(np.nanmax(np.abs(more.column(told["law"]))) <= 1)
    (['cooking', 'engines', 'law', 'rivers'], True)
    """
    from core.workbench.tasks.influences import influences_request, keep_influences

    request = influences_request(corpus.id, component, target=examples.id, embedder=embedder, column=column)
    columns: dict[str, str] = keep_influences(corpus.workspace, request, progress)["columns"]
    return columns
