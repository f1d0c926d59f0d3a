"""Has a model behind an endpoint name clusters, and keeps every answer: no cluster is asked about twice.

Answers are kept by the content of their question, so that a run that was stopped goes on where it was, and clusters
that other settings leave as they are, or another corpus has too, keep their names at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.cluster_edits import all_renamed, shown_names, values_of
from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate
from core.endpoint.journal import JournalFile
from core.endpoint.spent import Spent, rough_tokens
from core.features.cluster_names import VERSION, ClusterSample, messages_of, name_in
from core.features.clusters import Clusters
from core.features.keywords import Keyword, cluster_title
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

FOLDER = "cluster-names"
TYPICAL = 12  # tokens of a reply, until this model has replied often enough
ENOUGH = 10  # replies of a model from which their mean is used in place of TYPICAL


@dataclass(frozen=True, kw_only=True)
class NameAnswer:
    """The name that a model gave the cluster with this ``key``, or why there is none (``failed``)."""

    key: str
    name: str = ""
    failed: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    counted: bool = True  # whether the endpoint itself counted the tokens
    seconds: float = 0.0


class NameStore:
    """The names that one model gave, in ``<home>/cluster-names/<model>.jsonl``, each written as soon as it comes."""

    def __init__(self, workspace: Workspace, model: str) -> None:
        self._file = JournalFile(workspace.home / FOLDER / f"{digest(['cluster-names', VERSION, model])}.jsonl")

    def read(self) -> dict[str, NameAnswer]:
        """The answers with a name, by the key of their cluster; one that failed is asked for again."""
        answers: dict[str, NameAnswer] = {}
        for record in self._file.records():
            try:
                answer = NameAnswer(**record)
            except TypeError:
                continue
            if answer.name and not answer.failed:
                answers[answer.key] = answer
        return answers

    def add(self, answer: NameAnswer) -> None:
        """Write one answer. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        self._file.add(asdict(answer))


@dataclass(frozen=True, kw_only=True)
class NamingCost:
    """``calls`` are the questions still to ask, ``kept`` the names that are there already.

    Tokens are estimated: a token is four characters, or one that is not ASCII.
    """

    calls: int
    kept: int
    prompt_tokens: int
    completion_tokens: int


def naming_cost(workspace: Workspace, samples: Sequence[ClusterSample], model: str) -> NamingCost:
    """What it costs to have ``model`` name these clusters; sends nothing."""
    answers = NameStore(workspace, model).read()
    by_key = {sample.key: sample for sample in samples}
    left = [sample for key, sample in by_key.items() if key not in answers]
    tokens = sum(rough_tokens("".join(message["content"] for message in messages_of(sample))) for sample in left)
    lengths = [answer.completion_tokens for answer in answers.values() if answer.completion_tokens]
    reply = sum(lengths) / len(lengths) if len(lengths) >= ENOUGH else TYPICAL
    return NamingCost(
        calls=len(left),
        kept=len(by_key) - len(left),
        prompt_tokens=tokens,
        completion_tokens=round(len(left) * reply),
    )


def kept_names(workspace: Workspace, samples: Sequence[ClusterSample], model: str) -> list[str]:
    """(clusters,) the name that ``model`` gave each cluster, "" where it gave none."""
    answers = NameStore(workspace, model).read()
    return [answers[sample.key].name if sample.key in answers else "" for sample in samples]


@dataclass(frozen=True, kw_only=True)
class _NameQuestions:
    samples: Mapping[str, ClusterSample]
    endpoint: Endpoint
    model: str
    store: NameStore
    noun: str = "cluster"
    done: str = "clusters named"
    hint: str = "Check the model's name; a smaller model may not follow the question."

    def ask(self, key: str, endpoint: Endpoint, gate: Gate) -> NameAnswer:
        """Ask for one name; a reply without a name is asked for once more."""
        asked, spent, name = messages_of(self.samples[key]), Spent(), ""
        for _ in range(2):
            name = name_in(spent.add(endpoint.ask(self.model, asked, gate=gate), asked))
            if name:
                break
        return NameAnswer(
            key=key,
            name=name,
            failed="" if name else "no name in the reply",
            counted=spent.counted,
            **spent.tokens_and_seconds,
        )

    def refusal(self, key: str, reason: str) -> NameAnswer:
        return NameAnswer(key=key, failed=reason)

    def keep(self, key: str, answer: NameAnswer) -> None:
        self.store.add(answer)


def ask_names(
    workspace: Workspace,
    samples: Sequence[ClusterSample],
    *,
    endpoint: Endpoint,
    model: str,
    concurrency: int = 8,
    progress: Progress = silent,
) -> list[NameAnswer]:
    """The answer for each sample that has one or could not get one; asks only for what the store lacks.

    A larger ``concurrency`` is faster until the endpoint answers 429. Raises as
    :func:`core.endpoint.asking.ask_many` does; every answer that came before is kept.
    """
    by_key = {sample.key: sample for sample in samples}
    store = NameStore(workspace, model)
    answers = {key: answer for key, answer in store.read().items() if key in by_key}
    questions = _NameQuestions(samples=by_key, endpoint=endpoint, model=model, store=store)
    ask_many(questions, list(by_key), answers=answers, concurrency=concurrency, progress=progress)
    return [answers[sample.key] for sample in samples]


def titles_of(clusters: Clusters, words: Sequence[Sequence[Keyword]] | None) -> list[str]:
    """(clusters,) what each cluster is called now, all different."""
    return shown_names([cluster_title(clusters, words, number) for number in range(len(clusters.sizes))])


def renamed_by(clusters: Clusters, words: Sequence[Sequence[Keyword]] | None, names: Mapping[int, str]) -> NDArray[Any]:
    """(rows,) the names of the rows' clusters once those in ``names`` have their new ones, None for noise.

    A name that is empty or that another cluster has leaves its cluster as it was called.
    """
    titles = titles_of(clusters, words)
    new = {titles[number]: name for number, name in names.items()}
    return all_renamed(values_of(np.asarray(clusters.labels), titles), new)
