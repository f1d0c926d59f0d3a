"""Scores of a proxy, a small model that stands for a larger one: how they are marked, and what they are worth."""

from __future__ import annotations

import pandas as pd

CAUTION = (
    "Scores marked proxy are of a small model that stands for a larger one. Such a score ranks data roughly: models of "
    "150 million parameters put about 80 % of the pairs of datasets in the order of the large model (DataDecide, "
    "2504.11393); a smaller one puts fewer."
)


def marked(title: str, scores: pd.DataFrame) -> str:
    """``title`` of the ``scores`` with a mark if all, or some, of them are of a proxy (column ``proxy``)."""
    if "proxy" not in scores or not scores["proxy"].any():
        return title
    return f"{title} (proxy)" if scores["proxy"].all() else f"{title} (proxy in part)"
