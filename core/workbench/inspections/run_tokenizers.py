"""Runs whose model reads text through another tokenizer than their subsets were chosen and measured by.

Mid-band types are those of one tokenizer: a micro series that is chosen by another one orders the model's own types
less well, and its scores rise less steadily (From Macro to Micro, mismatched tokenizer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.errors import Cancelled, DiverscopeError
from core.features import tokenizers
from core.features.models.files import ModelFiles, find_model, models_here
from core.features.tokens import compute_tokens
from core.metrics.registry import instant_names, metric
from core.parameters import complete
from core.progress import Progress, silent
from core.training.decoder import KIND as BASES
from core.training.decoder import decoder_files
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import comparison
from core.workbench.inspections.evidence import Evidence
from core.workbench.readings import Measurer
from core.workbench.subsets import Subset, open_subset
from core.workspace.artefacts import Workspace

MICRO = "micro"
# Letters, numbers, spaces, code, accents and other scripts: tokenizers that agree on these are taken for the same.
PROBE = (
    "The quick brown fox, 1,234.5 jumps;  over\n\tthe lazy dogs' “unbelievably” antidisestablishmentarian tail.",
    "def f(x): return {'key': [x**2, None]}  # naïve café über straße",
    "你好，世界。 Привет, мир! こんにちは 🙂 ½ × ≠",
)


@dataclass(frozen=True, kw_only=True)
class OtherTokenizer:
    """The runs of a ``model`` on ``subsets`` (keys) that were read through the tokenizer ``read_by``.

    ``folder`` holds the model's own tokenizer; it is "" where the model is not on this machine, so that nobody can tell
    whether the two differ. ``micro``: how many of the subsets a micro strategy chose. ``measured``: whether all of them
    are measured through the model's tokenizer too, under addresses that end in the model's name.
    """

    model: str
    read_by: str
    subsets: tuple[str, ...]
    micro: int
    folder: str
    measured: bool


def other_tokenizers(evidence: Evidence) -> list[OtherTokenizer]:
    """Where runs of saved subsets name a model whose tokenizer is another one, or is not known here.

    Models are looked for on this machine alone: in the hub's cache, among the small decoders, and in folders that pages
    may read. Subsets whose tokenizer gives the same ids on :data:`PROBE` are left out.
    """
    by_digest: dict[str, list[Subset]] = {}
    for subset in evidence.subsets:
        by_digest.setdefault(subset.digest, []).append(subset)
    runs = evidence.seen.frame[["subset", "model"]].drop_duplicates()
    pairs: dict[tuple[str, str], list[Subset]] = {}
    for digest, model in runs.itertuples(index=False, name=None):
        for subset in by_digest.get(str(digest), []) if model else []:
            read_by = FeatureSettings.of(subset.recipe.choice).tokenizer
            pairs.setdefault((str(model), read_by), []).append(subset)
    here = models_of(evidence.workspace) if pairs else {}
    others = []
    for (model, read_by), subsets in sorted(pairs.items()):
        folder = _folder_of(model, here)
        if folder and same_tokenizer(folder, read_by):
            continue
        others.append(
            OtherTokenizer(
                model=model, read_by=read_by, subsets=tuple(sorted(subset.key for subset in subsets)), folder=folder,
                micro=sum(subset.recipe.strategy == MICRO for subset in subsets),
                measured=all(
                    comparison.measured_through(evidence.workspace, subset, label_of(model)) for subset in subsets
                ),
            )
        )  # fmt: skip
    return others


def models_of(workspace: Workspace) -> dict[str, str]:
    """{what a run may call a model: its folder} of the models on this machine and the workspace's small decoders."""
    known: dict[str, str] = {}
    files: list[ModelFiles] = [decoder_files(artefact) for artefact in workspace.list(BASES)]
    for name in models_here():
        try:
            files.append(find_model(name))
        except DiverscopeError:
            continue
    for model in files:
        if model.folder is not None:
            for called in (model.name, model.short, f"{model.short} ({model.digest[:6]})"):
                known.setdefault(called, str(model.folder))
    return known


def label_of(model: str) -> str:
    """What stands after the @ of a metric that is read through the tokenizer of ``model``: the end of its name."""
    return model.rstrip("/").split("/")[-1]


@lru_cache(maxsize=64)
def same_tokenizer(one: str, other: str) -> bool:
    """Whether two tokenizers, by name or folder, have as many types and give :data:`PROBE` the same ids."""
    if one == other:
        return True
    first, second = tokenizers.load(one), tokenizers.load(other)
    if first.vocabulary_size != second.vocabulary_size:
        return False
    return bool(np.array_equal(first.encode_many(PROBE)[1], second.encode_many(PROBE)[1]))


def measure_through(workspace: Workspace, request: Mapping[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task {"subsets": keys, "folder", "model"}: the instant token metrics through a model's own tokenizer.

    The corpus is tokenised where it is not yet. Values join the readings of each subset under addresses that end in the
    model's name. Frequencies and the mid band are those of the whole corpus. "failed" names subsets that could not be
    measured, with the reason.
    """
    names = [name for name in instant_names() if "tokens" in metric(name).needs(complete(metric(name).parameters))]
    label, keys, failed = label_of(str(request["model"])), list(request["subsets"]), {}
    measurers: dict[tuple[str, str], Measurer] = {}
    for done, key in enumerate(keys):
        progress(done, len(keys), "subsets measured")
        try:
            subset = open_subset(workspace, key)
            choice = FeatureSettings.of(subset.recipe.choice).with_(tokenizer=str(request["folder"]))
            for component in comparison.MEASURED_ON:
                place = f"{subset.recipe.corpus}{choice.band}{choice.band_rows}", component
                if place not in measurers:
                    corpus = open_corpus(workspace, subset.recipe.corpus)
                    compute_tokens(CorpusText(corpus, component), choice.tokenizer, progress=progress)
                    view = CorpusView(workspace, corpus, choice.with_(component=component))
                    measurers[place] = Measurer(view, component)
                measurer = measurers[place]
                rows = measurer.corpus_view.pool_positions_of(np.sort(subset.ids))
                readings = {
                    f"{component}.{name}@{label}": (name, reading)
                    for name, reading in measurer.measured(rows, names).items()
                }
                comparison.keep_readings(workspace, subset, component, readings)
        except Cancelled:
            raise
        except DiverscopeError as error:
            failed[key] = str(error)
    progress(len(keys), max(1, len(keys)), "subsets measured")
    return {"measured": len(keys) - len(failed), "failed": failed}


def _folder_of(model: str, here: Mapping[str, str]) -> str:
    """Where the model that a run names lies on this machine; "" where it does not, or a page may not read it."""
    if model in here:
        return here[model]
    if "/" not in model:
        return ""
    try:
        files = find_model(str(settings.allowed_path(Path(model))))
    except DiverscopeError:
        return ""
    return str(files.folder or "")
