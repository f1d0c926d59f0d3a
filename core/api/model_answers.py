"""A model's answers to the rows' prompts, what they say of the rows, and its own examples of domains, for scripts.

Keys of endpoints come from the environment alone (DIVERSCOPE_ANSWERS_KEY, DIVERSCOPE_JUDGE_KEY). What a model said is
kept: the same call asks nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.api.corpora import workspace
from core.corpus.store import Corpus
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace


def sample_answers(
    corpus: Corpus, model: str, *, url: str = "", draws: int = 4, rows: int = 0, progress: Progress = silent,
    **settings: Any,
) -> pd.DataFrame:  # fmt: skip
    """Have a model answer each row's prompt ``draws`` times: behind ``url``, or a folder, a GGUF file or a hub id here.

    ``rows`` > 0 asks about so many, drawn by their ids. ``settings``: temperature, max_tokens, seed, system, phrasings,
    log_probabilities, template, precision, concurrency; see :class:`core.answers.draws.Drawing`. Gives a line for each
    answer: id, draw, answer. Raises :class:`core.errors.NetworkError` where the endpoint does not answer; what came
    before is kept.

    >>> told = api.sample_answers(corpus, "m", url=url, draws=2, rows=3)
    >>> told[["draw", "answer"]].values.tolist()[:2]
    [[0, 'My final verdict is tie: [[A>B]]'], [1, 'My final verdict is tie: [[A>B]]']]
    """
    from core.workbench.tasks.drawing_answers import draw

    asked = {"corpus": corpus.id, "model": model, "url": url, "draws": draws, "rows": rows, **settings}
    made = draw(corpus.workspace, asked, progress)
    return sampled_answers(corpus, str(made["artefacts"][0][1]))


def add_sampled_answers(corpus: Corpus, path: str | Path, *, model: str = "") -> pd.DataFrame:
    """Read answers to rows from a file: a record names its row by "id" or "prompt" and holds "answers" or "answer".

    Gives the table of :func:`sample_answers`. Raises :class:`core.errors.InputError` where no record is of a row.

    >>> lines = [{"prompt": corpus.text("instruction")[0], "answers": ["one", "two"]}]
    >>> pd.DataFrame(lines).to_json("said.jsonl", orient="records", lines=True)
    >>> api.add_sampled_answers(corpus, "said.jsonl", model="m")["answer"].tolist()
    ['one', 'two']
    """
    from core import settings
    from core.answers.files import add_sampled
    from core.corpus.sources import from_path
    from core.errors import InputError

    files = from_path(path, roots=settings.command_roots())
    if len(files) != 1:
        raise InputError(f"{path} holds {len(files)} files.", remedy="Give one file.")
    return sampled_answers(corpus, add_sampled(corpus, files[0], model=model).key)


def sampled_answers(corpus: Corpus, answers: str = "") -> pd.DataFrame:
    """The answers that are there, as :func:`sample_answers` gives them: of a model, of a key, "" the newest.

    >>> before = api.sample_answers(corpus, "m", url=url, draws=1, rows=4)
    >>> bool((api.sampled_answers(corpus, "m") == before).all(axis=None)), len(before)
    (True, 4)
    """
    from core.answers.answer_set import sampled_named

    lines = [
        (corpus.ids[row], draw, text)
        for row, texts in sampled_named(corpus, answers).of_rows().items()
        for draw, text in enumerate(texts)
    ]
    return pd.DataFrame(lines, columns=["id", "draw", "answer"])


def mastery(
    corpus: Corpus, answers: str = "", *, match: str = "exact", edges: Sequence[float] = (0.0, 0.25, 0.5, 0.75),
    easy: float = 0.5, judge: str = "", url: str = "", concurrency: int = 8, progress: Progress = silent,
) -> pd.DataFrame:  # fmt: skip
    """The share of a model's answers that agree with each row's response, in five levels; both become columns.

    ``match`` is "exact" (after normalisation), "numeric", "contained" or "judged", which asks ``judge`` behind ``url``.
    ``edges`` bound the levels, ``easy`` the easy rows. Gives a line for each marked row: id, mastery, level.
    Source: arXiv 2509.16596.

    >>> told = api.sample_answers(corpus, "m", url=url, draws=2, rows=3)
    >>> marked = api.mastery(corpus, "m")
    >>> marked[["mastery", "level"]].values.tolist()[0], "mastery" in corpus.columns
    ([0.0, '0 none'], True)
    """
    from core.answers.answer_set import sampled_named
    from core.answers.columns import column_of
    from core.workbench.tasks.mastery import LEVEL, MASTERY
    from core.workbench.tasks.mastery import mastery as mark

    request = {
        "corpus": corpus.id, "answers": answers, "match": match, "edges": list(edges), "easy": easy, "model": judge,
        "url": url, "concurrency": concurrency,
    }  # fmt: skip
    mark(corpus.workspace, request, progress)
    model = sampled_named(corpus, answers).model
    names = {"mastery": column_of(corpus, MASTERY, model), "level": column_of(corpus, LEVEL, model)}
    return _known(corpus, names)


def row_difficulty(
    corpus: Corpus, answers: Sequence[str], *, kind: str = "1pl", match: str = "exact", judge: str = "",
    progress: Progress = silent,
) -> tuple[pd.DataFrame, dict[str, float]]:  # fmt: skip
    """Each row's difficulty from the answers of several models, and the models' abilities, on one scale.

    ``kind`` "1pl" or "2pl" (ten models or more; with discrimination); ``match`` as of :func:`mastery`, for "judged" by
    the kept verdicts of ``judge``. Gives (id, difficulty, …) for the rows that models answer differently, and the
    abilities. Source: item response theory, marginal maximum likelihood.

    >>> right = corpus.text("response")
    >>> for name, known in (("weak", {0}), ("strong", {0, 1, 2})):
    ...     said = [right[row] if row in known else "no" for row in range(6)]
    ...     ids = [f"{row:016x}" for row in corpus.ids[:6]]
    ...     pd.DataFrame({"id": ids, "answer": said}).to_json(f"{name}.jsonl", orient="records", lines=True)
    ...     told = api.add_sampled_answers(corpus, f"{name}.jsonl", model=name)
    >>> table, abilities = api.row_difficulty(corpus, ["weak", "strong"])
    >>> len(table), abilities["strong"] > abilities["weak"]
    (2, True)
    """
    from core.workbench.tasks.mastery import difficulty

    request = {"corpus": corpus.id, "answers": list(answers), "match": match, "model": judge, "kind": kind}
    made = difficulty(corpus.workspace, request, progress)
    abilities = {str(name): float(value) for name, value in made["abilities"]}
    return _known(corpus, {name.partition("@")[0]: column for name, column in made["columns"].items()}), abilities


def disagreement(
    corpus: Corpus, answers: str = "", *, embedder: str = "", near: float = 0.85, model: str = "", second: str = "",
    url: str = "", concurrency: int = 8, progress: Progress = silent,
) -> pd.DataFrame:  # fmt: skip
    """How far a model's answers to a row disagree: their groups and the entropy over them; both become columns.

    ``embedder`` "none" groups equal words alone; a higher ``near`` makes more groups. A diagnostician ``model`` behind
    ``url`` also says why (and a ``second`` one): column doubt. Gives a line for each row with answers: id, groups,
    entropy, and doubt where one was asked. Sources: arXiv 2302.09664, 2509.04464.

    >>> told = api.sample_answers(corpus, "m", url=url, draws=3, rows=2)
    >>> api.disagreement(corpus, "m", embedder="none")[["groups", "entropy"]].values.tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    from core.workbench.tasks.disagreement import disagreement as differ

    request = {
        "corpus": corpus.id, "answers": answers, "embedder": embedder, "near": near, "model": model, "second": second,
        "url": url, "concurrency": concurrency,
    }  # fmt: skip
    columns = differ(corpus.workspace, request, progress)["columns"]
    names = {"groups": columns["answer groups"], "entropy": columns["answer entropy"]}
    if "doubt" in columns:
        names["doubt"] = columns["doubt"]
    return _known(corpus, names)


def confidence(
    corpus: Corpus, answers: str = "", *, embedder: str = "", near: float = 0.85, weight: float = 0.7, model: str = "",
    url: str = "", concurrency: int = 8, progress: Progress = silent,
) -> pd.DataFrame:  # fmt: skip
    """How much a model trusts each row's response: its own answers, and what it says when asked; a column.

    ``weight`` is that of the answers; the rest is the reflection of ``model`` behind ``url``, where one is named. Gives
    a line for each row with answers: id, confidence. Source: CLEAR (arXiv 2403.12776).

    >>> told = api.sample_answers(corpus, "m", url=url, draws=2, rows=2)
    >>> api.confidence(corpus, "m", embedder="none")["confidence"].tolist()
    [0.0, 0.0]
    """
    from core.workbench.tasks.disagreement import confide

    request = {
        "corpus": corpus.id, "answers": answers, "embedder": embedder, "near": near, "weight": weight, "model": model,
        "url": url, "concurrency": concurrency,
    }  # fmt: skip
    return _known(corpus, confide(corpus.workspace, request, progress)["columns"])


def reconstruct(
    corpus: Corpus, answers: str = "", *, name: str = "", below: float = 0.0, column: str = "", sure: float = 0.5,
    embedder: str = "", near: float = 0.85, progress: Progress = silent,
) -> Corpus:  # fmt: skip
    """A corpus of the same prompts with a model's responses; its column "original response" has those that were there.

    ``below`` > 0 replaces only responses whose confidence (or ``column``) is lower, by the answer that at least
    ``sure`` of the answers agree on.

    >>> told = api.sample_answers(corpus, "m", url=url, draws=1, rows=5)
    >>> made = api.reconstruct(corpus, "m")
    >>> len(made), set(made.text("response"))
    (5, {'My final verdict is tie: [[A>B]]'})
    """
    from core.corpus.store import open_corpus
    from core.workbench.tasks.disagreement import rewrite

    request = {
        "corpus": corpus.id, "answers": answers, "name": name, "below": below, "column": column, "sure": sure,
        "embedder": embedder, "near": near,
    }  # fmt: skip
    return open_corpus(corpus.workspace, rewrite(corpus.workspace, request, progress)["artefacts"][0][1])


def seed_examples(
    model: str, domains: Mapping[str, str] | None = None, *, url: str = "", name: str = "", rounds: int = 10,
    within: Workspace | None = None, progress: Progress = silent, **settings: Any,
) -> Corpus:  # fmt: skip
    """Have a model write examples of ``domains`` (name: description; None: it names them); they become a corpus.

    Its column "category" has the domain of each: ``api.choose(view, "daar", domains="examples", column="category",
    target=…)`` makes centres of their means. ``settings``: those of :class:`core.answers.seed_examples.SeedPlan`
    (invented, first, anchors, likeness, seed), and embedder, temperature, max_tokens, template, precision, concurrency.
    Source: DaaR (arXiv 2502.04380), section 4.1. Raises :class:`core.errors.InputError` where fewer than two domains
    have an example.

    >>> try:
    ...     api.seed_examples("m", {"law": "", "rivers": ""}, url=url, rounds=0)
    ... except Exception as error:
    ...     print(error.__class__.__name__, str(error).split(".")[0])
    InputError Fewer than two domains have an example that could be read
    """
    from dataclasses import fields

    from core.answers.seed_examples import SeedPlan
    from core.corpus.store import open_corpus
    from core.workbench.tasks.seed_examples import seeds_request, write_examples

    planned = {field.name for field in fields(SeedPlan)}
    plan = SeedPlan(
        domains=tuple((domains or {}).items()), rounds=rounds,
        **{key: value for key, value in settings.items() if key in planned},
    )  # fmt: skip
    others = {key: value for key, value in settings.items() if key not in planned}
    kept = within or workspace()
    request = seeds_request(plan, model=model, url=url, name=name, **others)
    return open_corpus(kept, str(write_examples(kept, request, progress)["corpus"]))


def _known(corpus: Corpus, names: Mapping[str, str]) -> pd.DataFrame:
    """The ids and the columns ``names`` of the rows that have a number in the first of them."""
    table = pd.DataFrame({"id": corpus.ids, **{name: corpus.column(column) for name, column in names.items()}})
    first = table[next(iter(names))]
    known = first.notna() if first.dtype.kind == "O" else np.isfinite(first)
    return table[known].reset_index(drop=True)
