"""How a run ended, from the words and numbers of MLflow and Weights & Biases."""

from __future__ import annotations

# MLflow's file store writes numbers: 1 running, 2 scheduled, 3 finished, 4 failed, 5 killed.
_STATES = {
    "1": "running", "running": "running", "2": "running", "scheduled": "running", "pending": "running",
    "3": "finished", "finished": "finished", "success": "finished", "completed": "finished",
    "4": "crashed", "failed": "crashed", "crashed": "crashed", "5": "crashed", "killed": "crashed",
    "preempted": "crashed", "preempting": "crashed",
}  # fmt: skip


def state_of(text: str) -> str:
    """ "finished", "running" or "crashed" (also for failed and killed); "" for an unknown word."""
    return _STATES.get(text.strip().lower(), "")


def unfinished(state: str) -> bool:
    """Whether a run in this ``state`` was not trained to its end, so that its figures are not final."""
    return state in ("running", "crashed")
