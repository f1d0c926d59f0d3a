"""Corpora, the views of them and their features, for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from core.corpus.corpus_list import list_corpora
from core.corpus.ingest import Holdout, ingest_files
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_path
from core.corpus.store import Corpus
from core.progress import Progress, silent
from core.settings import command_roots
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
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


def corpora(*, within: Workspace | None = None) -> pd.DataFrame:
    """The corpora of the workspace, newest first: id, name, rows, sources.

    >>> api.corpora()["name"].tolist()
    ['questions']
    """
    kept = [(info.id, info.name, info.rows, info.sources) for info in list_corpora(within or workspace())]
    return pd.DataFrame(kept, columns=["id", "name", "rows", "sources"])


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


def compute(view: CorpusView, *features: Feature, backend: str = "", progress: Progress = silent) -> CorpusView:
    """Compute ``features`` where they are not there yet, and give the view that has them. Work is stored and resumed.

    Embeddings take minutes on a CPU (about 100 texts a second), clusters need embeddings, tags are phrases of the
    texts, in seconds, unless ``tagger`` was set. ``backend`` "openvino" embeds faster on a processor, where it is
    installed; the vectors agree to a cosine of 0.999.

    >>> int(api.compute(view, "tokens").whole.tokens.lengths.min()) > 0
    True
    """
    from core.workbench.tasks.feature_requests import compute_feature

    for feature in features:
        compute_feature(view, feature, by=backend, progress=progress)
    return replace(view)
