"""What a method needs besides the rows, for the tables that list strategies, metrics and scores by it."""

from __future__ import annotations

from collections.abc import Sequence

from core.view import of_need

# In the order in which the tables have them.
ROWS, VECTORS, EXAMPLES = "the rows alone", "vectors", "vectors and examples"
MODEL, ENDPOINT = "a language model", "a model or an endpoint"
TRAINING, FILE, SUBSETS = "a training", "a file", "saved subsets"
ORDER = (ROWS, VECTORS, EXAMPLES, MODEL, ENDPOINT, TRAINING, FILE, SUBSETS)
OF_A_MODEL = ("rds", "less", "tagcos")  # take any vectors, and are meant for those that a model gives


def group_of(name: str, needs: Sequence[str]) -> str:
    """The group of a strategy or a metric that reads ``needs``: what has to be made or given before it."""
    if name in OF_A_MODEL:
        return MODEL
    features = {of_need(need)[1] for need in needs}
    if "target" in features:
        return EXAMPLES
    return VECTORS if features & {"embeddings", "clusters"} else ROWS


def by_need(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """``rows``, whose first cells are groups, in the order of the groups, and within each as they came."""
    return sorted(rows, key=lambda row: ORDER.index(row[0]))
