"""The stable surface for notebooks and scripts: load, choose, explain, measure, save, export, correlate.

Every name here stays as it is; a change has a line in CHANGELOG.md. What these functions take and give back are plain
values, NumPy arrays and pandas tables, or objects whose documented attributes stay as well. ``python -m core`` has the
same abilities as commands, the app as pages. In the examples below, ``questions.jsonl`` holds 200 rows and
``more.jsonl`` ten of them and five others.

    >>> from core import api
    >>> corpus = api.load(["questions.jsonl"], name="questions")
    >>> view = api.compute(api.view(corpus, component="response", low=2, high=200), "tokens")
    >>> subset = api.choose(view, "micro", size=20)
    >>> api.measure(view, "ie", ids=subset.ids).value > api.measure(view, "ie", ids=corpus.ids[:20]).value
    True
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.ingest import Holdout, ingest_files
from core.corpus.named_rows import named_rows
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.corpus.reading import ReadingOptions
from core.corpus.row_ids import show_id
from core.corpus.sources import from_path
from core.corpus.store import Corpus
from core.errors import InputError
from core.export.records import rows_to_export
from core.progress import Progress, silent
from core.selection.plan import Plan, Reason
from core.selection.registry import strategy
from core.settings import command_roots
from core.workbench.build import Built, build, carry_out, prepared
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.why import why as why_in
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.saving import save as save_built
from core.workbench.subsets import Subset, list_subsets
from core.workspace.artefacts import Workspace

Feature = Literal["tokens", "embeddings", "clusters", "tags"]


def workspace(folder: str | Path | None = None) -> Workspace:
    """The workspace in ``folder``; without one that of ``DIVERSCOPE_HOME``, as the app opens it.

    >>> api.workspace("elsewhere").home.name
    'elsewhere'
    """
    return Workspace(Path(folder)) if folder is not None else Workspace.default()


def load(
    paths: Sequence[str | Path],
    *,
    name: str = "",
    holdout: float = 0.02,
    turns: bool = False,
    keep_empty: bool = False,
    roles: Mapping[str, str] | None = None,
    within: Workspace | None = None,
    progress: Progress = silent,
) -> Corpus:
    """Read files or folders of any known format into one corpus, or find the corpus that their rows are already.

    ``holdout`` is the share of rows that no subset may contain (at most 2,000); ``turns`` reads one row a turn instead
    of one a conversation; ``keep_empty`` keeps rows whose response is empty; ``roles`` says who speaks under roles that
    nobody knows ({"UTILISATEUR": "user"}). The corpus has ``id``, ``name``, ``ids``
    (rows,) uint64 ascending, ``columns``, ``column(name)``, ``text(component)`` and ``report``, which says what was
    read, kept, rejected and why. Raises :class:`core.errors.InputError` when no row is left.

    >>> corpus = api.load(["questions.jsonl", "more.jsonl"], name="both")
    >>> corpus.report["rows_kept"], corpus.report["exact_duplicates"], corpus.report["rejected"]
    (205, 10, 0)
    """
    files = [file for path in paths for file in from_path(path, roots=command_roots())]
    reading = ReadingOptions(
        multi_turn="turn" if turns else "conversation",
        empty="keep" if keep_empty else "reject",
        roles=dict(roles or {}),
    )
    loaded = ingest_files(
        within or workspace(), files, name=name, reading=reading, holdout=Holdout(fraction=holdout), progress=progress
    )
    return loaded.corpus


def open_corpus(name: str, *, within: Workspace | None = None) -> Corpus:
    """The corpus with this name, or whose id begins so. Raises :class:`core.errors.InputError` for none or several.

    >>> api.open_corpus("questions").id == corpus.id
    True
    """
    return corpus_named(within or workspace(), name)


def view(
    corpus: Corpus, *, component: str = "response", pool: Mapping[str, Any] | None = None, **features: Any
) -> CorpusView:
    """A component of a corpus with the features computed so far, and the pool of rows that a subset may hold.

    ``pool`` narrows the rows as recipes write it (``{"sources": ["a"]}``); the holdout is never in it. ``features`` are
    the settings of :class:`core.workbench.feature_settings.FeatureSettings`: tokenizer, low, high, unit, embedder,
    partition, min_cluster_size, …. ``whole`` has all rows, ``pool`` those of the pool; of either, ``ids``, ``text``,
    ``tokens``, ``embeddings``, ``clusters``, ``tags`` and ``column(name)`` are what their names say.

    >>> len(api.view(corpus, pool={"columns": [{"column": "topic", "values": ["cooking"]}]}).pool)
    50
    """
    settings = FeatureSettings(component=component).with_(**features)
    return CorpusView(corpus.workspace, corpus, settings, PoolSpec.of(pool or {}))


def compute(view: CorpusView, *features: Feature, progress: Progress = silent) -> CorpusView:
    """Compute ``features`` where they are not there yet, and give the view that has them. Work is stored and resumed.

    Embeddings take minutes on a CPU (about 100 texts a second), clusters need embeddings, tags are keyphrases unless
    ``tagger`` was set.

    >>> int(api.compute(view, "tokens").whole.tokens.lengths.min()) > 0
    True
    """
    from core.workbench.tasks.feature_requests import compute_feature

    for feature in features:
        compute_feature(view, feature, progress=progress)
    return replace(view)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A strategy prepared on a view: it answers any size and position at once, and explains its answers."""

    view: CorpusView
    recipe: Recipe
    plan: Plan

    def answer(self, *, size: int = 0, position: float = 1.0, **asked: Any) -> Built:
        """The rows at ``position`` of the slider, 0 (least diverse) to 1 (most diverse).

        ``size`` counts rows, 0 for min(10,000, a tenth of the pool). ``asked`` may hold ``unit`` ("tokens": ``size`` is
        a budget), ``pinned`` and ``excluded`` (row ids as 16 hexadecimal digits) and ``quotas`` as recipes write them.
        The answer has ``ids`` in the order chosen, ``recipe`` and ``warnings``. Raises
        :class:`core.errors.Infeasible` when the pool cannot give what is asked.

        >>> prepared = api.prepare(view, "micro")
        >>> [len(prepared.answer(size=20, position=position).ids) for position in (0.0, 0.5, 1.0)]
        [20, 20, 20]
        """
        recipe = replace(self.recipe, size=size, position=position, **asked)
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


def choose(view: CorpusView, name: str = "micro", *, size: int = 0, position: float = 1.0, **parameters: Any) -> Built:
    """Prepare a strategy and take one answer: see :func:`prepare` and :meth:`Prepared.answer`.

    >>> len(api.choose(view, "random", size=30).ids)
    30
    """
    return prepare(view, name, **parameters).answer(size=size, position=position)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One number and what chance gives: ``value`` is None where there is none, and ``why`` says why.

    ``random`` holds (mean, low, high) of random subsets of the same size, or None where there is no such band.
    ``address`` says what exactly was measured: response.ie@mistral-32k.
    """

    address: str
    value: float | None
    why: str
    random: tuple[float, float, float] | None


def measure(
    view: CorpusView,
    metric: str,
    *,
    ids: Iterable[int] | NDArray[np.uint64] | None = None,
    component: str = "",
    seed: int = 0,
    progress: Progress = silent,
    **parameters: Any,
) -> Measured:
    """One metric (see ``python -m core metrics``) of the rows ``ids`` of the view's pool, or of the whole pool.

    ``component`` is the text that is read, the view's own by default; ``parameters`` are the metric's own. Raises
    :class:`core.errors.InputError` for ids outside the pool.

    >>> ie = api.measure(view, "ie", ids=subset.ids)
    >>> ie.address, ie.random[1] < ie.random[2]
    ('response.ie@mistral-32k', True)
    """
    rows = view.pool_rows
    if ids is not None:
        wanted = np.unique(np.asarray(list(ids), dtype=np.uint64))
        rows = view.pool_positions_of(wanted)
        if len(rows) < len(wanted):
            raise InputError(
                f"{len(wanted) - len(rows):,} of the ids are not in the pool.", remedy="Widen the pool's filters."
            )
    measurer = Measurer(view, component or view.choice.component, {metric: parameters} if parameters else {})
    reading = measurer.measured(rows, [metric], seed=seed, progress=progress)[metric]
    whole = len(rows) == len(view.pool)
    bands = {} if whole else measurer.band([metric], size=len(rows), progress=progress)
    return Measured(
        address=measurer.address(metric),
        value=reading.value,
        why=reading.why,
        random=bands[metric].span if metric in bands and reading.value is not None else None,
    )


def save(subset: Built, name: str = "") -> Subset:
    """Keep a subset in its workspace, where the app and the commands see it.

    >>> api.save(subset, "twenty").name
    'twenty'
    """
    return save_built(subset.corpus_view.workspace, subset, name=name)


def subsets(*, within: Workspace | None = None) -> list[Subset]:
    """The saved subsets, with ``name``, ``ids``, ``recipe`` and ``key`` each.

    >>> "twenty" in [subset.name for subset in api.subsets()]
    True
    """
    return list_subsets(within or workspace())


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


def export(subset: Built, path: str | Path, *, format: str = "jsonl") -> Path:
    """Write the rows of a subset in a format of ``python -m core formats``, with a trainer's own files beside them.

    Rows that the format has no place for are left out with a warning, and named in ``STEM.left_out.jsonl`` beside it.

    >>> len(api.export(subset, "twenty.jsonl").read_text().splitlines())
    20
    """
    from core.export.bundle import write_file
    from core.export.formats import format_named

    rows = rows_to_export(subset.corpus_view.corpus, subset.positions)
    exported = write_file(rows, Path(path), format=format_named(format), recipe=subset.recipe.as_json())
    for message in exported.messages:
        warnings.warn(message, stacklevel=2)
    return Path(path)


def read_scores(path: str | Path) -> pd.DataFrame:
    """The scores that our importers find in a file, an archive or a folder, one row a score; nothing is logged.

    Columns: subject (what the file calls the data or the run), benchmark, measure, value, unit, direction, stderr, n,
    model, seed, judge, baseline, file. ``attrs["left_out"]`` lists what gave no score and why,
    ``attrs["notices"]`` what is to be known of the files read, such as runs that crashed, ``attrs["passed_over"]`` the
    files without scores of runs.

    >>> api.read_scores("scores.csv")[["subject", "benchmark", "value"]].values.tolist()[0]
    ['subset-0', 'mmlu', 46.0]
    """
    from core.evidence.score_files import read_scores as read

    return read(path)


def correlate(readings: pd.DataFrame, scores: pd.DataFrame, *, intervals: bool = False) -> pd.DataFrame:
    """How each metric goes with each score: one row a group of comparable scores and metric.

    ``readings`` has one row a subset: ``subset``, and a numeric column a metric; ``series``, ``size``, ``component``
    and ``strategy`` are used where they are there. ``scores`` has one row a score: ``subset``, ``benchmark``,
    ``value``, and any of model, seed, judge, baseline, measure, unit, direction. The result has n, subsets, pearson,
    spearman, kendall, slope, ``claim`` (whether there are enough independent series and subsets) and ``note``;
    ``intervals`` adds 95 % intervals and p (seconds to minutes).

    >>> scores = api.read_scores("scores.csv").rename(columns={"subject": "subset"})
    >>> readings = pd.DataFrame({"subset": scores["subset"], "ie": range(len(scores))})
    >>> api.correlate(readings, scores)[["metric", "n", "spearman"]].round(6).values.tolist()
    [['ie', 8, 1.0]]
    """
    from core.evidence.score_files import correlate as correlated

    return correlated(readings, scores, intervals=intervals)


def strategies() -> list[str]:
    """The names of all strategies, your own included.

    >>> {"random", "micro", "macro", "novelselect"} <= set(api.strategies())
    True
    """
    from core.selection.registry import strategies as registered

    return list(registered())


def metrics() -> list[str]:
    """The names of all metrics.

    >>> {"ie", "novelsum", "cr"} <= set(api.metrics())
    True
    """
    from core.metrics.registry import metrics as registered

    return list(registered())
