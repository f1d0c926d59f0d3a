"""Studies, the grids of subsets of a paper's experiment, for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.api.corpora import workspace
from core.corpus.naming import corpus_named
from core.corpus.store import Corpus
from core.errors import InputError, quoted
from core.progress import Progress, silent
from core.workbench.studies.presets import PRESETS, study_of_preset
from core.workbench.studies.study import Study
from core.workbench.studies.study_file import read_study
from core.workbench.studies.study_run import run_study as carry_out
from core.workbench.studies.study_run import standings
from core.workspace.artefacts import Workspace


def study(
    described: Mapping[str, Any] | str | Path,
    *,
    corpus: Corpus | str = "",
    sizes: Sequence[int] = (),
    features: Mapping[str, Any] | None = None,
    within: Workspace | None = None,
) -> Study:
    """The grid of a study: from a TOML file, from its fields, or by the name of a preset (macro-to-micro, …).

    The fields are name, corpus, strategies, components, sizes, unit, levels, seeds, random, features, pool and
    parameters; see :class:`core.workbench.studies.study.Study`. ``corpus`` goes before the one that is named; a preset
    needs it, and ``sizes``. Raises :class:`core.errors.InputError` for what describes no study.

    >>> grid = {"name": "small", "strategies": ["micro"], "sizes": [20], "levels": 3}
    >>> grid["features"] = {"low": 2, "high": 200}
    >>> len(api.study(grid, corpus=corpus).cells)  # three levels, and as many random draws
    6
    """
    kept = within or workspace()
    named = corpus.id if isinstance(corpus, Corpus) else corpus
    if isinstance(described, Mapping):
        asked = named or str(described.get("corpus", ""))
        return Study.of({**described, "corpus": corpus_named(kept, asked).id})
    if isinstance(described, str) and described in PRESETS:
        if not named or not sizes:
            raise InputError("A preset needs a corpus and sizes.", remedy="For example: sizes=[1000, 10000].")
        return study_of_preset(described, corpus=corpus_named(kept, named).id, sizes=sizes, features=features)
    path = Path(described)
    if not path.is_file():
        raise InputError(
            f"{quoted(str(described))} is neither a study's file nor a preset.",
            remedy=f"Presets: {', '.join(PRESETS)}.",
        )
    return read_study(kept, path, corpus=named)


def run_study(study: Study, *, within: Workspace | None = None, progress: Progress = silent) -> pd.DataFrame:
    """Build and save every subset of a study that is not saved yet; a stopped study goes on. Minutes to hours.

    Gives how its cells stand, one row each: name, strategy, component, size, position, seed, state ("saved", "cannot be
    built"), subset (key) and trouble. Its members are exported by its name: ``export_all(study.name, …)``.

    >>> grid = {"name": "small", "strategies": ["micro"], "sizes": [20], "levels": 3}
    >>> grid["features"] = {"low": 2, "high": 200}
    >>> set(api.run_study(api.study(grid, corpus=corpus))["state"])
    {'saved'}
    """
    kept = within or workspace()
    troubles = carry_out(kept, study, progress)["troubles"]
    return study_table(study, within=kept, troubles=troubles)


def study_table(
    study: Study, *, within: Workspace | None = None, troubles: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """How the cells of a study stand, and nothing is built; the columns are those of :func:`run_study`.

    >>> grid = {"name": "other", "strategies": ["micro"], "sizes": [10], "levels": 3, "random": False}
    >>> api.study_table(api.study(grid, corpus=corpus))["state"].tolist()
    ['to build', 'to build', 'to build']
    """
    lines = [
        {
            "name": study.name_of(standing.cell),
            "strategy": standing.cell.strategy,
            "component": standing.cell.component,
            "size": standing.cell.size,
            "position": standing.cell.position,
            "seed": standing.cell.seed,
            "state": standing.state,
            "subset": standing.subset.key if standing.subset else "",
            "trouble": standing.trouble,
        }
        for standing in standings(within or workspace(), study, troubles=dict(troubles or {}))
    ]
    return pd.DataFrame(lines)
