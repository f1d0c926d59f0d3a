"""The ways to a score, grouped by what they need besides the corpus."""

from __future__ import annotations

from pages.parts.frame import address, session_keys
from pages.parts.frame.grouped_views import grouped_view

# What the ways of a group need → each way's name in the address, with its label.
GROUPS: dict[str, dict[str, str]] = {
    "Rows alone": {"rows": "No model", "columns": "From columns", "difficulty": "Label difficulty"},
    "A model": {
        "model": "Language model", "answers": "Answers", "rating": "Self-rating", "vectors": "Model vectors",
        "daar": "DaaR",
    },
    "Training or file": {"training": "How rows are learnt", "log": "Training log", "own": "Your columns"},
    "Saved subsets": {"holes": "Coverage holes", "weights": "Weights", "frontier": "Frontier"},
}  # fmt: skip


def chosen_way() -> str:
    """Draw the groups and the ways of the chosen one; returns the way, which alone stands in the address."""
    return grouped_view(
        GROUPS, parameter=address.SCORES_FROM, group_key=session_keys.SCORES_GROUP, default="rows",
        about="What a score needs", widths=(0.8, 1),
    )  # fmt: skip
