"""Corpora that grow, for scripts: what files would add, appending them, and the versions that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from core.corpus import versions as corpus_versions
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_path
from core.corpus.store import Corpus
from core.curation.append import append_files
from core.curation.version_difference import CHANGES, difference_of
from core.progress import Progress, silent
from core.settings import command_roots
from core.workbench import renewals
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.adds import DRAWS, Adds, what_files_add
from core.workbench.subsets import subset_named


def append(
    corpus: Corpus,
    paths: Sequence[str | Path],
    *,
    name: str = "",
    keep_empty: bool = False,
    roles: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Corpus:
    """Append files to a corpus: a new version that holds the rows of both; ``corpus`` stays as it is.

    Old rows keep their holdout status, each new row is drawn by itself; columns, selections and scores go with their
    rows, and saved subsets are found with the new version too. Token ids and vectors of old rows are taken over where
    they are asked for. Options are those of :func:`load`. Gives ``corpus`` itself where the files bring no new row.
    Raises :class:`core.errors.InputError` when no row is left.

    >>> grown = api.append(corpus, ["more.jsonl"])
    >>> len(corpus), len(grown), bool(set(corpus.ids) <= set(grown.ids))
    (200, 205, True)
    """
    files = [file for path in paths for file in from_path(path, roots=command_roots())]
    reading = ReadingOptions(empty="keep" if keep_empty else "reject", roles=dict(roles or {}))
    return append_files(corpus, files, name=name, reading=reading, progress=progress).corpus


def adds(
    view: CorpusView,
    paths: Sequence[str | Path],
    *,
    subset: str = "",
    size: int = 0,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> Adds:
    """What files would add to the corpus of ``view``, before they are appended; nothing is kept.

    ``counts`` says how many rows are new and how many are copies, ``types``, ``places`` and ``novelty`` what the new
    rows bring, ``metrics`` the gain of each instant metric over random rows at one ``size``. ``subset`` names the saved
    subset against which rows are novel. Without the embedder's vectors of the corpus, the instant embedder is used.

    >>> counts = api.adds(view, ["questions.jsonl"]).counts
    >>> counts["read"], counts["new"], counts["again"]
    (200, 0, 200)
    """
    files = [file for path in paths for file in from_path(path, roots=command_roots())]
    key = subset_named(view.workspace, subset, corpus=view.corpus.id).key if subset else ""
    return what_files_add(view, files, subset=key, size=size, draws=draws, seed=seed, progress=progress)


def renew(corpus: Corpus, *, progress: Progress = silent) -> list[str]:
    """Compute for a new version what its older one has: tokens, languages, vectors, clusters, tags of phrases.

    Gives the titles of what was computed. Vectors, tags and answers from a file or an endpoint are left.

    >>> api.renew(api.append(corpus, ["more.jsonl"]))
    ['Tokens of the response (mistral-32k)']
    """
    return [line.title for line in renewals.renew(corpus, progress=progress)]


def difference(older: Corpus, newer: Corpus) -> pd.DataFrame:
    """How two corpora differ: a line for each row that came in, went out, or has another answer to its question.

    Columns: change ("in", "out", "changed"), id, instruction, response, source, before (of a changed row the answer
    that it had).

    >>> api.difference(corpus, api.append(corpus, ["more.jsonl"]))["change"].value_counts().to_dict()
    {'in': 5}
    """
    compared = difference_of(older, newer)
    lines = [
        {"change": change, **row, "before": row.get("before", {}).get("response", "")}
        for change in CHANGES
        for row in compared.rows(change)
    ]
    return pd.DataFrame(lines, columns=["change", "id", "instruction", "response", "source", "before"])


def versions(corpus: Corpus) -> pd.DataFrame:
    """The versions of a corpus, the fewest rows first: id, name, rows, grown_from, files, new.

    A version that was reached on several ways has a line for each; the first has none of the last three.

    >>> api.versions(api.append(corpus, ["more.jsonl"]))[["rows", "files", "new"]].values.tolist()
    [[200, '', 0], [205, 'more.jsonl', 5]]
    """
    lines = [
        (
            version.corpus,
            version.name,
            version.rows,
            step.grown_from if step else "",
            ", ".join(step.files) if step else "",
            step.new if step else 0,
        )
        for version in corpus_versions.versions(corpus.workspace, corpus.id)
        for step in version.grown or (None,)
    ]
    return pd.DataFrame(lines, columns=["id", "name", "rows", "grown_from", "files", "new"])
