"""The jobs that compare a corpus with benchmarks: by words, and by meaning."""

from __future__ import annotations

from typing import Any

from core.corpus.store import open_corpus
from core.curation.leaks.benchmarks import open_benchmark
from core.curation.leaks.find import find_leaks
from core.curation.leaks.neighbours import find_neighbours
from core.curation.leaks.settings import LeakSearch
from core.progress import Progress, part_of
from core.workspace.artefacts import Workspace


def find(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find leaks: {"corpus", "benchmarks": [keys], "ngram", "any_number", "answers"}; what is stored stays.

    Raises :class:`core.errors.WorkspaceError` for a benchmark that is not in the workspace.
    """
    corpus = open_corpus(workspace, request["corpus"])
    benchmarks = [open_benchmark(workspace, str(key)) for key in request["benchmarks"]]
    search = LeakSearch(
        ngram=int(request["ngram"]), any_number=bool(request["any_number"]), answers=bool(request["answers"])
    )
    compared = find_leaks(corpus, benchmarks, search, progress=progress)
    return {"benchmarks": [benchmark.key for benchmark in benchmarks], "compared": compared}


def find_near(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find each row's nearest question: {"corpus", "benchmarks": [keys], "embedder": "" for the default}.

    Raises :class:`core.errors.FeatureMissing` where the instructions are not embedded.
    """
    corpus = open_corpus(workspace, request["corpus"])
    keys = [str(key) for key in request["benchmarks"]]
    for place, key in enumerate(keys):
        part = part_of(progress, done=place, total=len(keys))
        find_neighbours(corpus, open_benchmark(workspace, key), str(request["embedder"]), progress=part)
    return {"benchmarks": keys}
