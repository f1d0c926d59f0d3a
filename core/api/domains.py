"""How much of each domain, labels across sources, how rows were learnt, and fewer prompts, for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from core.api.corpora import workspace
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.errors import FeatureMissing
from core.judging.prompt_set import PromptSet
from core.view import REMEDIES
from core.workspace.artefacts import Workspace


def balance(
    corpus: Corpus, column: str, *, embedder: str = "", component: str = "response",
    wanted: Mapping[str, float] | None = None, sharpness: float = 10.0,
) -> pd.DataFrame:  # fmt: skip
    """Weights of the domains in ``column`` by how much each helps those that are ``wanted`` (R&B, arXiv 2505.00358).

    Read from stored vectors of ``embedder``; a larger ``sharpness`` gives most to the most helpful. Gives domain, rows,
    share, wanted, weight. Raises :class:`core.errors.FeatureMissing` where there are no vectors.

    >>> more = api.load(["more.jsonl"], name="more")
    >>> name = api.model_vectors(more, small_model, "block", dimensions=8)
    >>> weights = api.balance(more, "topic", embedder=name)
    >>> len(weights), round(float(weights["weight"].sum()), 6)
    (4, 1.0)
    """
    from core.features.balance_weights import balance_weights

    told = dict(wanted) if wanted else None
    return balance_weights(
        _vectors(corpus, component, embedder), corpus.column(column), wanted=told, sharpness=sharpness
    )


def effect_budget(
    corpus: Corpus,
    effects: pd.DataFrame,
    *,
    column: str = "category",
    size: int,
    aim: Literal["sum", "least"] = "least",
) -> pd.DataFrame:
    """Rows to take of each category, from a table of what a row of one is worth to another (Beyond IID, 2409.07045).

    ``effects``: its first column names the lines, the others the same categories. ``aim`` "least" leaves none behind,
    "sum" maximises all. Gives category, rows there, rows, share, worth; rows sum to ``size``.

    >>> topics = ["cooking", "engines", "law", "rivers"]
    >>> effects = pd.DataFrame(np.eye(4), columns=topics)
    >>> effects.insert(0, "category", topics)
    >>> api.effect_budget(corpus, effects, column="topic", size=40)["rows"].tolist()
    [10, 10, 10, 10]
    """
    from core.evidence.effect_budget import effect_budget as budget
    from core.evidence.effect_budget import effects_of

    names, worth = effects_of(effects)
    there = Counter(str(value) for value in corpus.column(column)[~np.asarray(corpus.holdout)].tolist() if value)
    return budget(names, worth, dict(there), size=size, aim=aim)


def label_groups(
    corpus: Corpus, column: str, *, source: str = "source", embedder: str = "", component: str = "instruction",
    weight: float = 0.5, least: float = 0.7, least_rows: int = 5,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Labels that probably mean the same, and labels that two sources use differently (B2NERD, arXiv 2406.11192).

    ``weight`` is that of the names in their likeness, ``least`` joins them, ``least_rows`` of a label are compared.
    Gives (label, rows, sources, group, like, likeness) and the inconsistent definitions, the least agreement first.

    >>> more = api.load(["more.jsonl"], name="more")
    >>> name = api.model_vectors(more, small_model, "states", component="response")
    >>> groups, clashes = api.label_groups(more, "topic", source="topic", component="response", embedder=name)
    >>> sorted(groups["label"]), len(clashes)
    (['cooking', 'engines', 'law', 'rivers'], 0)
    """
    from core.features import label_taxonomy as taxonomy

    vectors = _vectors(corpus, component, embedder)
    rows = taxonomy.labelled(taxonomy.edited_values(corpus, column), corpus.column(source), column=column)
    groups = taxonomy.label_groups(rows, vectors, weight=weight, least=least)
    return groups, taxonomy.clashes(rows, vectors, least_rows=least_rows)


def regions(corpus: Corpus, training: str = "", *, share: float = 1 / 3) -> pd.DataFrame:
    """The easy, ambiguous and hard rows of a recorded training: id, confidence, variability, region.

    ``training`` is the name after @ in its columns, "" the newest; ``share`` of the rows are ambiguous. Source: dataset
    cartography (arXiv 2009.10795), one region a row is ours.

    >>> learnt = api.dynamics(corpus, base=small_model, rows=12, epochs=2, batch_tokens=100)
    >>> sorted(api.regions(corpus)["region"].value_counts().items())[0]
    ('ambiguous', 4)
    """
    from core.features.models.cartography import map_named
    from core.features.models.dynamics import regions as region_of

    _, (confidence, variability, _) = map_named(corpus, training)
    means = corpus.column(confidence), corpus.column(variability)
    table = pd.DataFrame(
        {"id": corpus.ids, "confidence": means[0], "variability": means[1], "region": region_of(*means, share=share)}
    )
    return table[table["confidence"].notna()].reset_index(drop=True)


def schedules(
    corpus: Corpus, training: str = "", *, threshold: float = 0.5, temperature: float = 1.0, all_last: bool = True
) -> pd.DataFrame:
    """What progressive dropout and weights by loss would have done in a recorded training, epoch by epoch.

    ``threshold`` is the probability from which a row is dropped, a lower ``temperature`` gives most to high losses.
    Sources: arXiv 2505.22342, 2502.06733, simulated from the log: nothing is trained.

    >>> learnt = api.dynamics(corpus, base=small_model, rows=12, epochs=2, batch_tokens=100)
    >>> len(api.schedules(corpus))
    2
    """
    from core.features.models.schedules import ScheduleSetting, log_named, simulate

    setting = ScheduleSetting(threshold=threshold, temperature=temperature, all_last=all_last)
    _, log = log_named(corpus, training)
    return simulate(log, setting, size=len(corpus)).epochs


def informative_prompts(
    prompts: str, items: pd.DataFrame, *, count: int, name: str = "", mean: float = 0.0, spread: float = 1.0,
    within: Workspace | None = None,
) -> PromptSet:  # fmt: skip
    """The ``count`` prompts of a set that say most of an ability around ``mean``, kept as a set of their own.

    ``items`` has prompt, difficulty and, where known, discrimination. Source: 2PL information, after arXiv 2410.05952.

    >>> items = pd.DataFrame({"prompt": ["What is a delta?", "What is a valve?"], "difficulty": [0.1, 4.0]})
    >>> [prompt.text for prompt in api.informative_prompts("two", items, count=1).prompts]
    ['What is a delta?']
    """
    from core.judging.informative import most_informative
    from core.judging.prompt_set import prompts_named

    kept = within or workspace()
    chosen = most_informative(
        kept, prompts_named(kept, prompts), items, count=count, name=name, mean=mean, spread=spread
    )
    return chosen.prompts


def _vectors(corpus: Corpus, component: str, embedder: str) -> np.ndarray:
    from core.features.embedding import load_embeddings

    vectors = load_embeddings(CorpusText(corpus, component), embedder or None)
    if vectors is None:
        raise FeatureMissing("embeddings", remedy=REMEDIES["embeddings"])
    return vectors
