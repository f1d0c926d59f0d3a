"""Choosing rows and keeping what was chosen, for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from core.api.corpora import workspace
from core.budgets.sizing import sized
from core.budgets.trainer_profile import TrainerProfile
from core.corpus.named_rows import named_rows
from core.corpus.row_ids import show_id
from core.errors import InputError
from core.progress import Progress, silent
from core.selection.plan import Plan, Reason
from core.selection.registry import strategy
from core.workbench import saved_list
from core.workbench.build import Built, build, carry_out, prepared
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.why import why as why_in
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series
from core.workbench.saving import save as save_built
from core.workbench.subsets import LEVELS, Subset, list_subsets, subset_named
from core.workbench.subsets import rename as rename_subset
from core.workspace import names
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, eq=False)
class Prepared:
    """A strategy prepared on a view: it answers any size and position at once, and explains its answers."""

    view: CorpusView
    recipe: Recipe
    plan: Plan

    def answer(
        self,
        *,
        size: float = 0,
        position: float = 1.0,
        unit: str = "rows",
        row_cutoff: int = 0,
        profile: TrainerProfile | str = "",
        **asked: Any,
    ) -> Built:
        """The rows at ``position`` of the slider, 0 (least diverse) to 1 (most diverse).

        ``size`` counts ``unit``, 0 for min(10,000, a tenth of the pool): rows, tokens (of the view's component),
        all_tokens (of instruction and response, of a row at most ``row_cutoff``), supervised_tokens (of the response),
        minutes or money by a trainer ``profile`` (:func:`trainer_profile`) or its name. ``asked`` may hold ``pinned``
        and ``excluded`` (row ids as 16 hexadecimal digits) and ``quotas`` as recipes write them.
        The answer has ``ids`` in the order chosen, ``recipe`` and ``warnings``. Raises
        :class:`core.errors.Infeasible` when the pool cannot give what is asked.

        >>> prepared = api.prepare(view, "micro")
        >>> [len(prepared.answer(size=20, position=position).ids) for position in (0.0, 0.5, 1.0)]
        [20, 20, 20]
        """
        told = sized(size, unit, row_cutoff=row_cutoff, profile=profile, workspace=self.view.workspace)
        recipe = replace(self.recipe, position=position, **told.as_fields(), **asked)
        return carry_out(corpus_view=self.view, recipe=recipe, plan=self.plan)

    def why(self, subset: Built, row: str) -> Reason:
        """Why the row, named by its id or by ``file:line``, is in the subset or not: ``chosen`` and typed ``facts``.

        >>> prepared = api.prepare(view, "micro")
        >>> subset = prepared.answer(size=20)
        >>> prepared.why(subset, f"{subset.ids[0]:016x}").chosen
        True
        """
        (row_id, *others) = named_rows(self.view.corpus, row)
        if others:
            raise InputError(f"{row} holds {len(others) + 1} rows.", remedy="Name one of them by its id.")
        place = subset.corpus_view.pool_position_of(row_id)
        if place is None:
            raise InputError(f"The row {show_id(row_id)} is not in the pool.", remedy="Widen the pool's filters.")
        return why_in(subset, place)


def prepare(
    view: CorpusView, name: str = "micro", *, seed: int = 0, progress: Progress = silent, **parameters: Any
) -> Prepared:
    """Prepare the strategy called ``name`` (see ``python -m core strategies``); its plan is stored and found again.

    ``parameters`` are the strategy's own. Raises :class:`core.errors.FeatureMissing` where it reads a feature that is
    not computed, :class:`core.errors.InputError` for a bad parameter.

    >>> api.prepare(view, "micro", untyped=True).plan.kind
    'typed'
    """
    chosen = strategy(name)
    recipe = Recipe(
        corpus=view.corpus.id,
        pool=view.spec.as_dict(),
        choice=view.choice.as_dict(),
        strategy=chosen.name,
        strategy_version=chosen.version,
        parameters=parameters,
        seed=seed,
    )
    whole, plan = prepared(view, recipe, progress=progress)
    return Prepared(view, whole, plan)


def choose(
    view: CorpusView,
    name: str = "micro",
    *,
    size: float = 0,
    position: float = 1.0,
    size_unit: str = "rows",
    row_cutoff: int = 0,
    profile: TrainerProfile | str = "",
    **parameters: Any,
) -> Built:
    """Prepare a strategy and take one answer: see :func:`prepare` and :meth:`Prepared.answer`.

    ``size_unit`` is what the answer calls ``unit``: strategies have a parameter of that name.

    >>> len(api.choose(view, "random", size=30).ids)
    30
    """
    return prepare(view, name, **parameters).answer(
        size=size, position=position, unit=size_unit, row_cutoff=row_cutoff, profile=profile
    )


def series(
    view: CorpusView,
    name: str = "micro",
    *,
    called: str = "",
    size: float = 0,
    size_unit: str = "rows",
    row_cutoff: int = 0,
    profile: TrainerProfile | str = "",
    levels: int = LEVELS,
    seed: int = 0,
    progress: Progress = silent,
    **parameters: Any,
) -> list[Subset]:
    """Build and save the levels of a series, from 0 to 100 % of the slider; levels that are saved already are reused.

    ``called`` is the part of their names that they share. Random has no slider: its members are ``levels`` seeds. The
    size is that of :func:`choose`, in any unit.

    >>> [subset.name for subset in api.series(view, "micro", called="grid", size=20, levels=3)]
    ['grid · 0 %', 'grid · 50 %', 'grid · 100 %']
    """
    told = sized(size, size_unit, row_cutoff=row_cutoff, profile=profile, workspace=view.workspace)
    recipe = replace(prepare(view, name, seed=seed, progress=progress, **parameters).recipe, **told.as_fields())
    return build_series(view.workspace, recipe, name=called, count=levels, progress=progress)


def save(subset: Built, name: str = "") -> Subset:
    """Keep a subset in its workspace, where the app and the commands see it.

    >>> api.save(subset, "twenty").name
    'twenty'
    """
    return save_built(subset.corpus_view.workspace, subset, name=name)


def subsets(*, within: Workspace | None = None) -> list[Subset]:
    """The saved subsets, newest first, with ``name``, ``ids``, ``recipe``, ``digest`` and ``key`` each.

    >>> "twenty" in [subset.name for subset in api.subsets()]
    True
    """
    return list_subsets(within or workspace())


def saved(*, search: str = "", within: Workspace | None = None) -> pd.DataFrame:
    """The saved subsets as a table, newest first; of those whose facts hold all words of ``search``.

    Columns: key, name, note, corpus, corpus_name, rows, tokens, strategy, component, position, seed, series, study,
    made_at, digest.

    >>> api.saved(search="twenty micro")[["name", "rows", "position"]].values.tolist()
    [['twenty', 20, 1.0]]
    """
    lines = saved_list.saved_list(within or workspace(), search=search)
    columns = list(saved_list.SavedLine.__dataclass_fields__)
    return pd.DataFrame([line.as_dict() for line in lines], columns=columns)


def open_subset(name: str, *, within: Workspace | None = None) -> Subset:
    """The saved subset with this name or key, or whose key or digest begins so; :class:`core.errors.InputError` else.

    >>> bool((api.open_subset("twenty").ids == subset.ids).all())
    True
    """
    return subset_named(within or workspace(), name)


def rename(name: str, new: str, *, within: Workspace | None = None) -> None:
    """Give a saved subset another name.

    >>> api.rename("twenty", "a score of rows"); api.rename("a score of rows", "twenty")
    """
    kept = within or workspace()
    rename_subset(kept, subset_named(kept, name).key, new)


def note(name: str, text: str, *, within: Workspace | None = None) -> None:
    """Write a note on a saved subset; an empty text removes it.

    >>> api.note("twenty", "the first"); api.saved(search="twenty")["note"].tolist()
    ['the first']
    """
    kept = within or workspace()
    names.set_note(kept, "subsets", subset_named(kept, name).key, text)


def delete(subsets: Iterable[str], *, within: Workspace | None = None) -> None:
    """Move saved subsets to the trash; :func:`restore` brings them back, and scores of theirs wait.

    >>> api.delete(["twenty"]); api.restore("twenty")
    ['twenty']
    """
    kept = within or workspace()
    saved_list.delete(kept, [subset_named(kept, name).key for name in subsets])


def restore(name: str, *, within: Workspace | None = None) -> list[str]:
    """Bring a deleted subset back, by its key or name, with all that were deleted together; gives their names.

    >>> api.delete(["twenty"]); api.restore("twenty")
    ['twenty']
    """
    return saved_list.restore(within or workspace(), name)


def rebuild(recipe: Recipe | Mapping[str, Any] | str | Path, *, within: Workspace | None = None) -> Built:
    """Carry out a recipe: the object, its dictionary, or a file of ours (``.recipe.json`` or a Parquet export).

    A rebuild that gives other rows than the recipe names says so in ``warnings``.

    >>> bool((api.rebuild(subset.recipe).ids == subset.ids).all())
    True
    """
    if isinstance(recipe, (str, Path)):
        recipe = Recipe.read(Path(recipe))
    elif not isinstance(recipe, Recipe):
        recipe = Recipe.of(recipe)
    return build(within or workspace(), recipe)


def strategies() -> list[str]:
    """The names of all strategies, your own included.

    >>> {"random", "micro", "macro", "novelselect"} <= set(api.strategies())
    True
    """
    from core.selection.registry import strategies as registered

    return list(registered())
