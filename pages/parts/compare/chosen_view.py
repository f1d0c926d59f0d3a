"""The views of the Compare page by the question that they answer: twelve in one line, four at a time."""

from __future__ import annotations

from collections.abc import Mapping

from pages.parts.frame import address, session_keys
from pages.parts.frame.grouped_views import grouped_view

# The views by the question that they answer.
GROUPS = {
    "Does it predict?": ("scatter", "correlations", "slopes", "size"),
    "Which to pick?": ("best-pick", "decision"),
    "More evidence": ("metrics", "mixture", "published", "more"),
    "Scores": ("log", "ledger"),
}


def chosen_view(titles: Mapping[str, str]) -> str:
    """Draw the questions and, beside them, the views that answer the chosen one; returns the name of the chosen view.

    ``titles`` says what each view is called. The address holds the view alone; the question follows from it.
    """
    groups = {question: {view: titles[view] for view in views} for question, views in GROUPS.items()}
    return grouped_view(
        groups, parameter=address.COMPARE_VIEW, group_key=session_keys.COMPARE_GROUP, default="scatter",
        about="Question", widths=(1, 1),
    )  # fmt: skip
