"""What stands between a corpus and each strategy: nothing, a computation of so many minutes, or a column to bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.corpus.column_facts import is_numeric
from core.corpus.store import Corpus
from core.features.languages.columns import columns_of_languages
from core.selection.registry import strategies
from core.selection.strategy import Strategy
from core.view import of_need
from core.workbench.corpus_view import CorpusView
from core.workbench.plans import order_reach
from core.workbench.strategy_time import preparing_seconds
from core.workbench.tasks.feature_requests import feature_requests
from core.workbench.tasks.time_left import expected_seconds

Standing = Literal["now", "soon", "scores", "categories", "examples", "model"]
STANDINGS: dict[Standing, str] = {
    "now": "Ready now",
    "soon": "After a computation",
    "scores": "Needs a score column",
    "categories": "Needs a column of categories",
    "examples": "Needs example rows",
    "model": "Needs a model or an endpoint",
}
BRING: dict[Standing, str] = {
    "scores": "Attach a column of numbers, or compute one on the Scores page.",
    "categories": "Attach a column that says what kind of row each is.",
    "examples": "Load rows like those you want as a second corpus, and name it in the settings.",
    "model": "Tag the rows with a language model on the Tags page.",
}
AT_ONCE = 5.0  # seconds up to which a strategy counts as ready


@dataclass(frozen=True, kw_only=True)
class StrategyOffer:
    """A strategy, how it stands, and how long it takes from here.

    ``missing`` are (component, feature) that it reads and that are not computed. ``seconds`` are those of computing
    them and of preparing; None where nobody knows.
    """

    strategy: Strategy
    standing: Standing
    missing: tuple[tuple[str, str], ...] = ()
    seconds: float | None = None


def strategy_offers(corpus_view: CorpusView, *, size: int) -> list[StrategyOffer]:
    """Every strategy with its initial settings, in the order of :data:`STANDINGS`, the quickest of each first.

    ``size`` is how many rows are wanted, which decides how far an order has to reach.
    """
    corpus, rows = corpus_view.corpus, len(corpus_view.pool)
    there = {"scores": bool(score_columns(corpus)), "categories": bool(category_columns(corpus))}
    known: dict[tuple[str, str], float | None] = {}
    offers = []
    for chosen in strategies().values():
        parameters = corpus_view.choice.complete(chosen.parameters, {})
        missing = tuple(
            dict.fromkeys(
                (component or corpus_view.choice.component, feature)
                for component, feature in map(of_need, chosen.needs(parameters))
                if feature != "target" and not feature.startswith("column:")
                if not corpus_view.whole.has(f"{component}.{feature}" if component else feature)
            )
        )
        lacking = next((name for name in lacks(chosen) if not there.get(name, False)), None)
        if ("tags" in {feature for _, feature in missing}) and corpus_view.choice.tagger == "endpoint":
            lacking = lacking or "model"
        ordered = order_reach(chosen, parameters, rows=rows, size=size)
        seconds = _added([
            0.0
            if rows < chosen.job_from(parameters)  # small pools are prepared where they are asked for
            else preparing_seconds(corpus_view.workspace, chosen, parameters, rows=rows, ordered=ordered),
            *(_computing(corpus_view, need, known) for need in _largest(missing)),
        ])  # fmt: skip
        ready = not missing and (seconds is not None and seconds <= AT_ONCE)
        standing: Standing = lacking or ("now" if ready else "soon")
        offers.append(StrategyOffer(strategy=chosen, standing=standing, missing=missing, seconds=seconds))
    places = list(STANDINGS)
    by_time = [float("inf") if offer.seconds is None else round(offer.seconds / 5) for offer in offers]
    order = sorted(range(len(offers)), key=lambda at: (places.index(offers[at].standing), by_time[at], at))
    return [offers[at] for at in order]


def lacks(chosen: Strategy) -> list[Standing]:
    """What a strategy cannot do without, whatever is computed: columns of a kind, or examples."""
    values = {parameter.name: parameter.default for parameter in chosen.parameters}
    named: list[Standing] = []
    for parameter in chosen.parameters:
        counts = not parameter.only_with or values.get(parameter.only_with[0]) == parameter.only_with[1]
        if parameter.optional or parameter.of_target or not counts:
            continue
        if parameter.kind == "numeric_column" or (parameter.kind == "columns" and not parameter.default):
            named.append("scores")
        elif parameter.kind in ("column", "columns"):
            named.append("categories")
    if "target" in chosen.needs(values):
        named.append("examples")
    return named


def score_columns(corpus: Corpus) -> list[str]:
    """Columns of numbers that came with the rows or were attached, and that differ from row to row."""
    own = [name for name in corpus.columns if name not in corpus.built_in and is_numeric(corpus, name)]
    return [name for name in own if _varies(corpus.column(name))]


def category_columns(corpus: Corpus) -> list[str]:
    """Columns of words that divide the rows: more than one value, and at most half as many as rows.

    What was told of the rows' writing (script, languages) is no category that came with them.
    """
    own = [name for name in corpus.columns if name != "script" and name not in columns_of_languages(corpus)]
    worded = [name for name in own if not is_numeric(corpus, name)]
    return [name for name in worded if 1 < corpus.kinds(name) <= len(corpus) / 2]


def columns_give(corpus: Corpus) -> list[str]:
    """Of the adviser's answers to what there is, those that the corpus's columns give by themselves."""
    there = {"scores": score_columns(corpus), "categories": category_columns(corpus)}
    return [answer for answer, names in there.items() if names]


def computing_seconds(corpus_view: CorpusView, missing: Sequence[tuple[str, str]]) -> float | None:
    """Seconds that computing the (component, feature) that are missing takes here; None where nobody knows."""
    return _added([_computing(corpus_view, need, {}) for need in _largest(missing)])


def _largest(missing: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The needs whose jobs do the work of the others too: clustering embeds first."""
    return [need for need in missing if not (need[1] == "embeddings" and (need[0], "clusters") in missing)]


def _computing(
    corpus_view: CorpusView, need: tuple[str, str], known: dict[tuple[str, str], float | None]
) -> float | None:
    if need not in known:
        component, feature = need
        view = corpus_view.others.get(component, corpus_view)
        asked = feature_requests(view).get(feature)
        known[need] = None if asked is None else expected_seconds(corpus_view.workspace, *asked)
    return known[need]


def _added(seconds: Sequence[float | None]) -> float | None:
    numbers = [number for number in seconds if number is not None]
    return sum(numbers) if len(numbers) == len(seconds) else None


def _varies(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool(known.min() < known.max())
