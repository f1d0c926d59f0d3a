"""Trainer profiles, and what rows cost, for scripts."""

from __future__ import annotations

from typing import Any

from core.api.corpora import workspace
from core.budgets.cost import Cost
from core.budgets.profile_store import profile_named, profiles, put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.workbench.build import Built
from core.workbench.subset_cost import cost_of_rows, cost_of_saved
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace


def trainer_profile(name: str, *, within: Workspace | None = None, **figures: Any) -> TrainerProfile:
    """The trainer profile called ``name``; with ``figures`` it is kept in the workspace first.

    ``figures``: tokens_a_second (of all GPUs), price_an_hour (of one), currency, gpus, epochs, cutoff, supervised_only.
    Raises :class:`core.errors.InputError` where there is none and for figures that nobody can mean.

    >>> api.trainer_profile("mine", tokens_a_second=100, price_an_hour=2).tokens_for(1, "minutes")
    6000
    """
    kept = within or workspace()
    if figures:
        before = profiles(kept).get(name)
        put_profile(kept, TrainerProfile.of({**(before.as_dict() if before else {}), **figures, "name": name}))
    return profile_named(kept, name)


def cost(rows: Built | Subset, *, profile: TrainerProfile | None = None, within: Workspace | None = None) -> Cost:
    """What training on chosen rows costs: ``amounts()`` by unit (rows, tokens, all_tokens, …, money), or ``words``.

    Tokens that are not counted are None, minutes and money without a ``profile``.

    >>> api.cost(subset).rows
    20
    >>> api.cost(api.open_subset("twenty")).rows
    20
    """
    if isinstance(rows, Subset):
        return cost_of_saved(within or workspace(), rows, profile=profile)
    return cost_of_rows(rows.corpus_view, rows.answer.rows, profile=profile, row_cutoff=rows.recipe.row_cutoff)
