"""Carrying out a study: what is missing is prepared, each subset is saved once, and it goes on after a stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

import orjson

from core.budgets.row_costs import parts_of_rows
from core.budgets.units import OF_WHOLE_ROWS
from core.corpus.pool import PoolSpec
from core.corpus.store import open_corpus
from core.curation.registry import prepare_rules
from core.errors import Cancelled, DiverscopeError, InputError
from core.progress import Progress
from core.selection.registry import strategies
from core.workbench.build import build, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.saving import save
from core.workbench.studies.study import Cell, Study
from core.workbench.subsets import Subset, list_subsets
from core.workbench.tasks.feature_requests import compute_feature
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A cell, the saved subset that stands for it (None where it is not built yet), and why it cannot be built."""

    cell: Cell
    subset: Subset | None
    trouble: str = ""

    @property
    def state(self) -> str:
        return "saved" if self.subset else "cannot be built" if self.trouble else "to build"


def keep_study(workspace: Workspace, study: Study) -> str:
    """Store what the study names, under its key, which is given; the same study is stored once."""
    if not workspace.has("studies", study.key):
        with workspace.create(
            "studies", study.key, {"name": study.name, "corpus": study.corpus, "study": study.as_dict()}
        ):
            pass
    return study.key


def list_studies(workspace: Workspace, corpus: str | None = None) -> list[Study]:
    """The stored studies, newest first, of one corpus where its id is given; those that cannot be read are left out."""
    studies = []
    versions = tuple((name, chosen.version) for name, chosen in strategies().items())
    for artefact in workspace.list("studies"):
        if corpus in (None, artefact.manifest.get("corpus")):
            try:
                studies.append(_kept(orjson.dumps(artefact.manifest["study"]), versions))
            except InputError:  # a strategy of the user's own that is gone
                continue
    return studies


@lru_cache(maxsize=64)
def _kept(stored: bytes, versions: tuple[tuple[str, int], ...]) -> Study:
    """The study of a stored text with its cells, which hold as long as the strategies have these ``versions``."""
    return Study.of(orjson.loads(stored))


def standings(workspace: Workspace, study: Study, *, troubles: dict[str, str] | None = None) -> list[Standing]:
    """How each cell of the study stands, in the order of its cells. ``troubles`` are those of the job, by cell."""
    saved = {
        (subset.recipe.series, subset.recipe.position): subset
        for subset in reversed(list_subsets(workspace, study.corpus))
    }
    return [
        Standing(cell=cell, subset=saved.get(cell.key), trouble=(troubles or {}).get(trouble_key(cell), ""))
        for cell in study.cells
    ]


def trouble_key(cell: Cell) -> str:
    """The cell as a key of JSON."""
    return f"{cell.recipe.series}@{cell.position:.6f}"


def carry_out_study(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The job of a study. Request: {"study"}, as :meth:`Study.as_dict` writes it."""
    return run_study(workspace, Study.of(request["study"]), progress)


def run_study(workspace: Workspace, study: Study, progress: Progress) -> dict[str, Any]:
    """Prepare what is missing, then build and save every cell that is not saved yet.

    Features come first, cheapest first and component by component; then the cells of one strategy and component
    together, so that a plan is prepared once. A cell that cannot be built costs one line, never the others. Gives
    {"artefacts", "troubles": {cell: why}}. Cancelling keeps what was saved.
    """
    keep_study(workspace, study)
    for component in study.components_read:
        for feature in study.needs(component):
            _prepare_feature(workspace, study, component, feature, progress)
    for component in {cell.component for cell in study.cells if cell.recipe.target}:
        _prepare_feature(workspace, replace(study, corpus=study.target), component, "embeddings", progress)
    window = PoolSpec.of(study.pool).length
    if window is not None and window.of:
        _prepare_feature(workspace, study, window.of, "tokens", progress)
    prepare_rules(open_corpus(workspace, study.corpus), PoolSpec.of(study.pool).rules, progress=progress)
    if study.unit in OF_WHOLE_ROWS:
        for part in parts_of_rows(thinking=open_corpus(workspace, study.corpus).has_thinking):
            _prepare_feature(workspace, study, part, "tokens", progress)
    now = standings(workspace, study)
    done = sum(standing.subset is not None for standing in now)
    troubles: dict[str, str] = {}
    made = [["subsets", standing.subset.key] for standing in now if standing.subset]
    waiting = [standing.cell for standing in now if standing.subset is None]
    for (_, _), cells in groupby(waiting, key=lambda cell: (cell.component, cell.strategy)):
        view: CorpusView | None = None
        for cell in cells:
            progress(done, len(now), f"{cell.strategy} {cell.component}: subsets saved")
            try:
                view = view or open_recipe(workspace, cell.recipe)
                subset = save(workspace, build(workspace, cell.recipe, corpus_view=view), name=study.name_of(cell))
                made.append(["subsets", subset.key])
            except Cancelled:
                raise
            except DiverscopeError as error:
                troubles[trouble_key(cell)] = str(error)
            done += 1
    progress(len(now), len(now), "subsets saved")
    return {"artefacts": made, "troubles": troubles, "study": study.key}


def members_of(workspace: Workspace, name: str, corpus: str | None = None) -> list[Subset]:
    """The saved subsets of the studies called ``name``, each once, also those that an older study has too."""
    return list(
        {
            standing.subset.key: standing.subset
            for study in list_studies(workspace, corpus)
            if study.name == name
            for standing in standings(workspace, study)
            if standing.subset
        }.values()
    )


def family(workspace: Workspace, subsets: Sequence[Subset]) -> dict[str, str]:
    """Key of a subset → name of the study that it belongs to; of several studies the oldest."""
    names: dict[tuple[str, str, float], str] = {}
    for study in list_studies(workspace):  # newest first, so that the oldest is written last
        names |= {(study.corpus, *cell.key): study.name for cell in study.cells}
    return {
        subset.key: name
        for subset in subsets
        if (name := names.get((subset.recipe.corpus, subset.recipe.series, subset.recipe.position)))
    }


def _prepare_feature(workspace: Workspace, study: Study, component: str, feature: str, progress: Progress) -> None:
    view = CorpusView(workspace, open_corpus(workspace, study.corpus), study.settings(component))
    if not view.whole.has(feature):
        compute_feature(view, feature, progress=progress)
