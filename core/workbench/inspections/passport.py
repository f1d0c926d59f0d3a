"""The threshold passport: each threshold set by eye, with its curve, its sensitivity, who set it, when and why."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from core import device
from core.corpus.pool import PoolSpec
from core.errors import Cancelled, DiverscopeError, InputError, WorkspaceError, quoted
from core.progress import Progress, part_of
from core.selection.registry import strategy
from core.workbench.build import build, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.overlap import jaccard
from core.workbench.inspections.threshold_curves import curve_of
from core.workbench.inspections.thresholds import TAGS, Threshold, span_of, thresholds_of, with_value
from core.workbench.recipe import Recipe
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

FORMAT = 1
SHARES = (0.9, 1.1)  # a threshold is moved to these shares of its value
LONGEST = 2_000  # characters of a reason


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the passport. ``curve`` holds the curve that the user saw, ``sensitivity`` the effect of ±10 %."""

    name: str
    title: str
    value: float
    where: str
    strategy: str
    component: str
    corpus: str
    recipe: Mapping[str, Any]
    rows: int
    curve: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Sequence[Mapping[str, Any]] = ()
    who: str = ""
    why: str = ""
    made_at: float = 0.0
    format: int = FORMAT

    @property
    def key(self) -> str:
        """A digest of the entry's content without its date."""
        return digest({**asdict(self), "made_at": 0})

    @property
    def travelling(self) -> dict[str, Any]:
        """The entry as a recipe carries it, without corpus and recipe: the recipe that carries it names both."""
        return {name: value for name, value in asdict(self).items() if name not in ("recipe", "corpus")}


def record(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The task {"recipe", "threshold", "who", "why"}: measure the sensitivity, store the entry, return its key.

    The threshold is moved by a tenth either way (at 0: by a tenth of what :func:`span_of` returns) and the subset is
    built again. For a threshold of clusters or tags, clusters are partitioned again from the stored projection, and
    tags merged again from the stored raw tags. If the pool cannot fill the moved request, the reason is stored.
    """
    recipe = Recipe.of(request["recipe"])
    why = str(request.get("why", ""))
    if len(why) > LONGEST:
        raise InputError(f"A reason may have at most {LONGEST:,} characters, not {len(why):,}.")
    known = {threshold.name: threshold for threshold in thresholds_of(recipe)}
    if request["threshold"] not in known:
        raise InputError(
            f"{recipe.strategy} has no threshold {quoted(request['threshold'])}.",
            remedy=f"It has: {', '.join(known) or 'none'}.",
        )
    threshold = known[request["threshold"]]
    corpus_view = open_recipe(workspace, recipe)
    total = 1 + len(SHARES)
    progress(0, total, "subsets built")
    base = build(workspace, replace(recipe, ids_digest="", rows=0), corpus_view=corpus_view)
    moves = []
    span, called = span_of(corpus_view, threshold)
    by = "" if threshold.value or threshold.whole else f"by a tenth of {called} ({span:g}): 0 has no tenth of its own"
    for done, share in enumerate(SHARES, start=1):
        value = threshold.moved(share, span=span)
        progress(done, total, f"subsets built, {threshold.title} at {value:g}")
        step = part_of(progress, done=done, total=total)
        told = _moved(corpus_view, recipe, threshold, value, base.ids, step)
        moves.append({"share": share, "value": value, "by": by, **told})
    entry = Entry(
        name=threshold.name,
        title=threshold.title,
        value=threshold.value,
        where=threshold.where,
        strategy=recipe.strategy,
        component=corpus_view.choice.component,
        corpus=recipe.corpus,
        recipe=base.recipe.as_dict(),
        rows=len(base.ids),
        curve=curve_of(corpus_view, recipe, threshold),
        sensitivity=moves,
        who=" ".join(str(request.get("who", "")).split())[:200],
        why=why.strip(),
        made_at=time.time(),
    )
    keep(workspace, entry)
    progress(total, total, "subsets built")
    return {"entry": entry.key, "name": entry.name}


def _moved(
    corpus_view: CorpusView, recipe: Recipe, threshold: Threshold, value: float, base: Any, progress: Progress
) -> dict[str, Any]:
    if value == threshold.value:
        return {"jaccard": None, "rows": None, "reason": "the threshold is at its bound"}
    try:
        other = with_value(recipe, threshold, value)
        at = replace(corpus_view, choice=FeatureSettings.of(other.choice), spec=PoolSpec.of(other.pool))
        edited = _featured(at, threshold, progress)
        built = build(corpus_view.workspace, other, corpus_view=at)
    except Cancelled:
        raise
    except DiverscopeError as error:
        return {"jaccard": None, "rows": None, "reason": str(error)}
    return {"jaccard": jaccard(built.ids, base), "rows": len(built.ids), "reason": "", "note": edited}


def _featured(at: CorpusView, threshold: Threshold, progress: Progress) -> str:
    """Compute the feature that a moved threshold of ``at`` changes; returns a note on it."""
    choice = at.choice
    if threshold.name == "min_cluster_size":
        from core.features.clusters import compute_clusters

        compute_clusters(at.corpus_text, choice.clustering, progress=progress, device=device.pick())
    elif threshold.where == "choice" and threshold.name in TAGS:
        from core.features.tags.store import compute_decisions

        compute_decisions(at.corpus_text, choice.tagging, progress=progress, device=device.pick())
        if choice.tag_edits:
            return "merged again, without the changes that were made to the tags by hand"
    return ""


def keep(workspace: Workspace, entry: Entry) -> None:
    """Write an entry; an entry with the same content is replaced, with the newer date."""
    atomic.write_json(_folder(workspace, entry.corpus) / f"{entry.key}.json", asdict(entry))


def entries(workspace: Workspace, corpus: str) -> list[Entry]:
    """The entries of a corpus, newest first. Raises :class:`WorkspaceError` on a damaged or newer entry."""
    listed = []
    for path in sorted(_folder(workspace, corpus).glob("*.json")):
        try:
            values = orjson.loads(path.read_bytes())
            if values.get("format", 0) > FORMAT:
                raise WorkspaceError(f"{path} was written by a newer Diverscope.", remedy="Update Diverscope.")
            listed.append(Entry(**values))
        except FileNotFoundError:
            continue  # withdrawn meanwhile
        except (orjson.JSONDecodeError, TypeError, AttributeError) as error:
            raise WorkspaceError(f"{path} is damaged.", remedy="Delete it: one passport entry is lost.") from error
    return sorted(listed, key=lambda entry: (-entry.made_at, entry.key))


def withdraw(workspace: Workspace, entry: Entry) -> None:
    """Remove an entry from the passport; :func:`keep` puts it back."""
    (_folder(workspace, entry.corpus) / f"{entry.key}.json").unlink(missing_ok=True)


def stamped(workspace: Workspace, recipe: Recipe) -> Recipe:
    """The recipe with the newest passport entry of each threshold that still has the value of the entry.

    Entries of another component, strategy or corpus do not apply to this recipe.
    """
    component = FeatureSettings.of(recipe.choice).component
    now = {threshold.name: threshold for threshold in thresholds_of(recipe)}
    newest: dict[str, dict[str, Any]] = {}
    for entry in entries(workspace, recipe.corpus):
        about = (entry.strategy, entry.component) == (recipe.strategy, component)
        if about and entry.name in now and _as_then(now[entry.name], entry):
            newest.setdefault(entry.name, entry.travelling)
    return replace(recipe, thresholds=tuple(newest[name] for name in sorted(newest)))


def _as_then(threshold: Threshold, entry: Entry) -> bool:
    """Whether the threshold has the value of the entry and, for an end of the mid band, the same unit."""
    if threshold.value != entry.value or not threshold.unit:
        return threshold.value == entry.value
    then = dict(entry.recipe.get("parameters") or {})
    units = [item for item in strategy(entry.strategy).parameters if item.band_end == "unit"]
    return all(then.get(item.name, item.default) == threshold.unit for item in units)


def _folder(workspace: Workspace, corpus: str) -> Path:
    if not corpus or not corpus.isalnum():
        raise WorkspaceError(f"{quoted(corpus)} is not the key of a corpus.")
    return workspace.home / "passports" / corpus
