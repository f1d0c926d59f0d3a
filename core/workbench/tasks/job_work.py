"""How much work a job is, from its request alone: the kind that its time is remembered under, and an amount in rows.

A job that goes over the same rows several times, once for each subset, metric or draw, counts them as often. The table
of usual times (:data:`core.jobs.durations.USUAL`) is in the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.answers.seed_examples import SeedPlan
from core.corpus.store import open_corpus
from core.errors import DiverscopeError
from core.features.models.estimate import CHARACTERS
from core.features.models.files import find_model
from core.features.tags.tagging import OFFLINE
from core.jobs import durations, job_names
from core.judging.answer_set import open_answers
from core.judging.prompt_set import open_prompts
from core.metrics.registry import instant_names
from core.row_positions import CorpusRows
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.measuring_time import measuring_time
from core.workbench.readings import DRAWS
from core.workbench.recipe import Recipe
from core.workbench.strategy_time import amount_of_work, kind_of_work
from core.workbench.tasks.loading import INCOMING
from core.workspace import values
from core.workspace.artefacts import Workspace

Request = Mapping[str, Any]
DEMO_ROWS = 15_000  # of the demo corpus, roughly
COMPONENTS_MEASURED = 2  # saved subsets are measured on instruction and response
BYTES_A_ROW = 700  # of a file that is read, roughly
SAMPLE = 200  # rows, or subsets, that are looked at to tell how long or large the others are
TINY_WEIGHTS = 1_000_000  # of the small decoder, roughly
LARGEST = 2**40  # of an amount
# Jobs whose time is remembered by the model that they read or train.
BY_MODEL = frozenset(
    {job_names.MODEL_SCORES, job_names.MODEL_VECTORS, job_names.LOOP, job_names.LOOP_ESTIMATE, job_names.DYNAMICS}
)


@dataclass(frozen=True, kw_only=True)
class JobWork:
    """The ``kind`` of work that the time of a job is remembered under, and its ``amount`` in rows (0: nobody knows)."""

    kind: str
    amount: int


def work_of(workspace: Workspace, task: str, request: Request) -> JobWork | None:
    """The work of a job; None where the job's parts are timed by themselves.

    Whatever is wrong with the request, the job itself says it: here such a job has the amount 0.
    """
    if task in job_names.TIMED_BY_PARTS and not _asks_endpoint(task, request):
        return None
    try:
        amount = AMOUNTS.get(task, durations.rows_of)(workspace, request)
    except (DiverscopeError, LookupError, TypeError, ValueError, AttributeError):
        amount = 0
    return JobWork(kind=_kind(task, request), amount=max(0, min(int(amount), LARGEST)))


def preparing_of(workspace: Workspace, request: Request) -> JobWork:
    """The work of preparing the plan of the recipe that a request holds."""
    rows = durations.rows_of(workspace, request)
    try:
        recipe = Recipe.of(request["recipe"])
        chosen, parameters = strategy(recipe.strategy), plans.parameters_of(recipe)
    except (DiverscopeError, KeyError, TypeError, ValueError):
        return JobWork(kind=kind_of_work(str(dict(request.get("recipe") or {}).get("strategy", ""))), amount=rows)
    size = recipe.size or min(10_000, rows // 10)
    wanted = None
    if recipe.unit == "rows":
        wanted = plans.order_reach(chosen, parameters, rows=rows, size=size, position=recipe.position)
    amount = amount_of_work(chosen, parameters, rows=rows, ordered=wanted)
    return JobWork(kind=kind_of_work(recipe.strategy), amount=amount)


def _asks_endpoint(task: str, request: Request) -> bool:
    """Whether a job asks an endpoint, whose pace no part of it knows."""
    return task == job_names.TAGS and request.get("tagger") not in OFFLINE


def _kind(task: str, request: Request) -> str:
    if task == job_names.TAGS:
        return f"{task}/{request.get('tagger', '')}"
    if task in BY_MODEL:
        return f"{task}/{request.get('model') or request.get('base') or ''}".rstrip("/")
    if task == job_names.NEAR_COPIES:
        return f"{task}/{request.get('rung') or ''}".rstrip("/")
    if task == job_names.SELF_RATING:
        return f"{task}/{'endpoint' if request.get('url') else '+'.join(request.get('models') or ())}".rstrip("/")
    if task in (job_names.ANSWER, job_names.DRAW_ANSWERS, job_names.SEED_EXAMPLES):
        return f"{task}/{'endpoint' if request.get('url') else request.get('model') or ''}".rstrip("/")
    return task


def _ingesting(workspace: Workspace, request: Request) -> int:
    """Rows of the demo, or of the files by their bytes; 0 for the hub, which is not asked here."""
    if request.get("demo"):
        return DEMO_ROWS
    if request.get("parts"):
        return sum(_ingesting(workspace, part) for part in request["parts"])
    if request.get("uploads"):
        return _bytes(workspace.home / INCOMING / Path(str(request["uploads"])).name) // BYTES_A_ROW
    if request.get("path"):
        return _bytes(Path(str(request["path"]))) // BYTES_A_ROW
    return 0


def _growing(workspace: Workspace, request: Request) -> int:
    """Rows of the corpus and of the files beside it."""
    return durations.rows_of(workspace, request) + _ingesting(workspace, request)


def _bytes(path: Path) -> int:
    try:
        return sum(file.stat().st_size for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
    except OSError:
        return 0


def _reading(workspace: Workspace, request: Request) -> int:
    """Rows that a language model reads, in rows of 250 tokens and in hundreds of millions of weights."""
    corpus = open_corpus(workspace, request["corpus"])
    places = np.unique(np.linspace(0, len(corpus) - 1, min(SAMPLE, len(corpus))).astype(np.int64))
    texts = [f"{row['instruction'] or ''}{row['response'] or ''}" for row in corpus.rows(CorpusRows(places))]
    tokens = min(float(np.mean([len(text) for text in texts])) / CHARACTERS, float(request.get("max_tokens") or 1024))
    readings = 1 + ("ifd" in request.get("what", ())) + bool(request.get("after")) + bool(request.get("final"))
    readings += len(request.get("checkpoints") or ())
    return int(len(corpus) * readings * tokens / 250 * _weights(request["model"]) / 1e8)


def _rated(workspace: Workspace, request: Request) -> int:
    """Questions that models answer; of models on this machine by hundreds of millions of their weights."""
    asked = durations.rows_of(workspace, request) * int(request.get("questions") or 5)
    models = list(request.get("models") or ())
    return int(asked * (len(models) if request.get("url") else sum(_weights(model) / 1e8 for model in models)))


def _weights(model: Any) -> float:
    """The weights of a model on this machine; of one that is not here, half a billion."""
    try:
        return float(find_model(str(model)).parameters or 5e8)
    except DiverscopeError:
        return 5e8


def _probing(workspace: Workspace, request: Request) -> int:
    return durations.rows_of(workspace, request) * int(request.get("epochs", 3)) * int(request.get("runs", 5)) // 15


def _row_scores(workspace: Workspace, request: Request) -> int:
    """Rows times scores; those that compare all pairs of rows count as many more."""
    rows, names = durations.rows_of(workspace, request), {*request["what"]}
    pairs = names & {"novelty", "density"}
    return rows * len(names - pairs) + (rows * rows // 2_000 if pairs else 0)


def _compared(workspace: Workspace, request: Request) -> int:
    """Rows, once for each benchmark."""
    return durations.rows_of(workspace, request) * len(request["benchmarks"])


def _series(workspace: Workspace, request: Request) -> int:
    return durations.rows_of(workspace, request) * int(request.get("levels", 7))


def _study(workspace: Workspace, request: Request) -> int:
    """Rows of the corpus, as often as there are cells."""
    asked = request["study"]
    cells = 1
    for name, usual in (("components", 1), ("sizes", 1), ("seeds", 1)):
        cells *= len(asked.get(name) or ()) or usual
    strategies = len(asked["strategies"]) + len(asked.get("sets") or ()) + bool(asked.get("random", True))
    return durations.rows_of(workspace, asked) * cells * strategies * int(asked.get("levels", 7))


def _loop(workspace: Workspace, request: Request) -> int:
    """Tokens that all runs learn, as many more as the model has more weights than the small decoder."""
    runs = len(request["members"]) * len(request.get("seeds", (0, 1, 2)))
    larger = 1.0 if request.get("base", "tiny") == "tiny" else max(1.0, _weights(request["base"]) / TINY_WEIGHTS)
    return int(runs * int(request["settings"]["tokens"]) * larger)


def _dynamics(workspace: Workspace, request: Request) -> int:
    """Tokens that all seeds learn in all epochs, as many more as the model has more weights than the small decoder."""
    corpus = open_corpus(workspace, request["corpus"])
    rows = min(int(request.get("rows") or len(corpus)), len(corpus))
    places = np.unique(np.linspace(0, len(corpus) - 1, min(SAMPLE, len(corpus))).astype(np.int64))
    tokens = float(corpus.characters("response")[places].mean()) / CHARACTERS
    larger = 1.0 if request.get("base", "tiny") == "tiny" else max(1.0, _weights(request["base"]) / TINY_WEIGHTS)
    return int(rows * tokens * int(request.get("epochs", 5)) * len(request.get("seeds", (0,))) * larger)


def _measured(workspace: Workspace, runs: Sequence[tuple[str, int, int]]) -> int:
    """Milliseconds that measuring takes by each metric's own last run: (metric, rows, times) of each."""
    return round(1_000 * measuring_time(workspace, runs).seconds)


def _measure(workspace: Workspace, request: Request) -> int:
    rows = _size(workspace, request["recipe"])
    return _measured(workspace, [(name, rows, 1) for name in request["metrics"]])


def _bands(workspace: Workspace, request: Request) -> int:
    return _measured(workspace, [(name, int(request["size"]), DRAWS) for name in request["metrics"]])


def _measure_sources(workspace: Workspace, request: Request) -> int:
    times = 1 + DRAWS * len(request.get("bands") or ())
    sizes = [_source_rows(workspace, source) for source in request["things"]]
    return _measured(workspace, [(name, rows, times) for rows in sizes for name in request["metrics"]])


def _measure_subsets(workspace: Workspace, request: Request) -> int:
    names = request.get("metrics") or instant_names()
    sizes = _sizes(workspace, request["subsets"])
    return _measured(workspace, [(name, rows, COMPONENTS_MEASURED) for rows in sizes for name in names])


def _measure_every(workspace: Workspace, request: Request) -> int:
    sizes = _sizes(workspace, request["subsets"])
    runs = [(name, rows, COMPONENTS_MEASURED) for rows in sizes for name in request["metrics"]]
    runs += [(name, rows, COMPONENTS_MEASURED * DRAWS) for rows in sizes for name in request.get("bands") or ()]
    return _measured(workspace, runs)


def _measure_corpus(workspace: Workspace, request: Request) -> int:
    rows = durations.rows_of(workspace, request)
    return _measured(workspace, [(name, rows, COMPONENTS_MEASURED) for name in instant_names()]) + rows // 5


def _measure_file(workspace: Workspace, request: Request) -> int:
    rows = _ingesting(workspace, request)
    return _measured(workspace, [(name, rows, COMPONENTS_MEASURED) for name in instant_names()]) + rows // 2


def _curves(workspace: Workspace, request: Request) -> int:
    """Each point is measured once, and each size on twenty random subsets."""
    own = int(request["recipe"].get("size") or 0)
    sizes = [int(at) for at in request["at"]] if request["axis"] == "size" else [own]
    points = 1 if request["axis"] == "size" else len(request["at"])
    times = points * len(request["strategies"]) + DRAWS
    return _measured(workspace, [(request["metric"], rows, times) for rows in sizes])


def _stability(workspace: Workspace, request: Request) -> int:
    """Rows of the corpus for each build; a new clustering is as much work as two hundred."""
    builds = int(request["seeds"]) + len(request.get("positions") or ()) + 200 * int(request.get("clusterings") or 0)
    return durations.rows_of(workspace, request) * builds


def _passport(workspace: Workspace, request: Request) -> int:
    return durations.rows_of(workspace, request) * 3


def _resampling(workspace: Workspace, request: Request) -> int:
    """Observations times metrics."""
    stored = values.get(workspace, str(request["observations"])) or {}
    return len(stored["rows"]) * len(stored["metrics"])


def _answers(workspace: Workspace, request: Request) -> int:
    """Prompts; of a model on this machine, each as long as the longest answer that it may write."""
    prompts = len(open_prompts(workspace, str(request["prompts"])))
    if request.get("url"):
        return prompts * 8 // max(1, int(request.get("concurrency") or 8))
    return int(prompts * int(request.get("max_tokens") or 512) / 512 * _weights(request["model"]) / 1e8)


def _seeded(workspace: Workspace, request: Request) -> int:
    """Replies; of a model on this machine, in replies of 256 tokens and in hundreds of millions of weights."""
    asked = SeedPlan.of(request).questions
    if request.get("url"):
        return asked * 8 // max(1, int(request.get("concurrency") or 8))
    return int(asked * _weights(request["model"]) / 1e8)


def _drawn(workspace: Workspace, request: Request) -> int:
    """Answers; of a model on this machine, in answers of 128 tokens and in hundreds of millions of weights."""
    corpus_rows = durations.rows_of(workspace, request)
    drawn = int(request["draws"]) * min(int(request.get("rows") or 0) or corpus_rows, corpus_rows)
    if request.get("url"):
        return drawn * 8 // max(1, int(request.get("concurrency") or 8))
    return int(drawn * int(request.get("max_tokens") or 256) / 128 * _weights(request["model"]) / 1e8)


def _games(workspace: Workspace, request: Request) -> int:
    """Games of a judgement that asks eight at once."""
    answers = open_answers(workspace, str(request["answers"]))
    orders = 2 if (request.get("order") or "both") == "both" else 1
    return len(answers) * orders * 8 // max(1, int(request.get("concurrency") or 8))


def _simulated(workspace: Workspace, request: Request) -> int:
    return int(request.get("rows", 240)) * int(request.get("seeds", 3))


def _measure_through(workspace: Workspace, request: Request) -> int:
    return COMPONENTS_MEASURED * sum(_subset_rows(workspace, key) for key in request["subsets"])


def _prepared_all(workspace: Workspace, request: Request) -> int:
    """Milliseconds that preparing each recipe's plan takes."""
    seconds = 0.0
    for recipe in request["recipes"]:
        work = preparing_of(workspace, {"recipe": recipe})
        seconds += durations.expected_seconds(workspace, work.kind, work.amount) or 1.0
    return round(1_000 * seconds)


def _size(workspace: Workspace, recipe: Request) -> int:
    """Rows of a recipe's subset, a budget of tokens at a hundred tokens a row."""
    size = int(recipe.get("rows") or recipe.get("size") or 0)
    return size if recipe.get("unit", "rows") == "rows" or recipe.get("rows") else size // 100


def _sizes(workspace: Workspace, keys: Sequence[str]) -> list[int]:
    """Rows of each subset; of many only the first are looked at, and the others count as they do."""
    known = [_subset_rows(workspace, key) for key in keys[:SAMPLE]]
    return [known[place % len(known)] for place in range(len(keys))]


def _subset_rows(workspace: Workspace, key: str) -> int:
    try:
        return int(workspace.open("subsets", key).manifest["rows"])
    except DiverscopeError:
        return 0


def _source_rows(workspace: Workspace, source: Request) -> int:
    if source["kind"] == "subset":
        return _subset_rows(workspace, str(source["subset"]))
    return _size(workspace, source["recipe"]) if source["kind"] == "recipe" else durations.rows_of(workspace, source)


# Of every other job the amount is the rows of the corpus that its request names.
AMOUNTS: dict[str, Callable[[Workspace, Request], int]] = {
    job_names.INGEST: _ingesting,
    job_names.APPEND: _growing,
    job_names.ADDS: _growing,
    job_names.MODEL_SCORES: _reading,
    job_names.SELF_RATING: _rated,
    job_names.MODEL_VECTORS: _reading,
    job_names.DIFFICULTY: _probing,
    job_names.ROW_SCORES: _row_scores,
    job_names.LEAKS_BY_MEANING: _compared,
    job_names.PREPARE_ALL: _prepared_all,
    job_names.SERIES: _series,
    job_names.STUDY: _study,
    job_names.LOOP: _loop,
    job_names.DYNAMICS: _dynamics,
    job_names.MEASURE: _measure,
    job_names.BANDS: _bands,
    job_names.MEASURE_SOURCES: _measure_sources,
    job_names.MEASURE_SUBSETS: _measure_subsets,
    job_names.MEASURE_EVERY: _measure_every,
    job_names.MEASURE_CORPUS: _measure_corpus,
    job_names.MEASURE_FILE: _measure_file,
    job_names.CURVES: _curves,
    job_names.STABILITY: _stability,
    job_names.PASSPORT: _passport,
    job_names.UNCERTAINTY: _resampling,
    job_names.ANSWER: _answers,
    job_names.JUDGE: _games,
    job_names.DRAW_ANSWERS: _drawn,
    job_names.SEED_EXAMPLES: _seeded,
    job_names.SIMULATE: _simulated,
    job_names.MEASURE_THROUGH: _measure_through,
}
