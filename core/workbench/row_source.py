"""The sources of rows that can be measured: a subset on the slider, a saved subset, a pool, another corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from core.corpus.pool import PoolSpec
from core.corpus.store import open_corpus
from core.counted import counted
from core.errors import InputError, quoted
from core.row_positions import PoolRows
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import open_subset
from core.workspace.artefacts import Workspace

KINDS = ("recipe", "subset", "pool")
ViewOpener = Callable[[Workspace, str, FeatureSettings, PoolSpec], CorpusView]


def fresh_view(workspace: Workspace, corpus: str, choice: FeatureSettings, spec: PoolSpec) -> CorpusView:
    """The view of the corpus with this id, with these settings and this pool."""
    return CorpusView(workspace, open_corpus(workspace, corpus), choice, spec)


@dataclass(frozen=True, kw_only=True)
class RowSource:
    """Where the rows to measure come from: built from ``recipe``, saved as ``subset``, or all rows of ``pool``.

    A whole corpus is the pool without filters.
    """

    kind: Literal["recipe", "subset", "pool"]
    corpus: str
    pool: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    subset: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RowSource:
        """The source that :meth:`as_dict` wrote. Raises :class:`InputError` on an unknown kind."""
        if values.get("kind") not in KINDS:
            raise InputError(f"The rows to measure are one of {', '.join(KINDS)}, not {quoted(values.get('kind'))}.")
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})

    def seen_through(
        self, workspace: Workspace, choice: FeatureSettings, opener: ViewOpener | None = None
    ) -> CorpusView:
        """The view of the source's corpus and pool, with the feature settings ``choice``.

        A pool that filters by length keeps the component and tokenizer of its filter. ``opener`` may return a view that
        it caches.
        """
        recipe = self._recipe(workspace)
        spec = PoolSpec.of(recipe.pool if recipe else self.pool)
        if recipe:
            own = FeatureSettings.of(recipe.choice)
            choice = choice.with_(component=own.component)
            if spec.needs_lengths:
                choice = choice.with_(tokenizer=own.tokenizer)
        return (opener or fresh_view)(workspace, self.corpus, choice, spec)

    def rows(self, corpus_view: CorpusView) -> PoolRows:
        """(rows,) ascending positions in the pool.

        Raises :class:`InputError` where a saved subset has rows that the pool no longer holds.
        """
        if self.kind == "pool":
            return corpus_view.pool_rows
        if self.kind == "subset":
            ids = np.asarray(open_subset(corpus_view.workspace, self.subset).ids)
        else:
            ids = build(corpus_view.workspace, Recipe.of(self.recipe)).ids
        rows = corpus_view.pool_positions_of(np.sort(ids))
        if len(rows) < len(ids):
            raise InputError(
                f"Of this subset, {counted(len(ids) - len(rows), 'row')} cannot be found in its present pool.",
                remedy="Choose again the tokenizer with which the subset was made.",
            )
        return rows

    def _recipe(self, workspace: Workspace) -> Recipe | None:
        if self.kind == "subset":
            return open_subset(workspace, self.subset).recipe
        return Recipe.of(self.recipe) if self.kind == "recipe" else None
