"""Everything that a page can set, a command can: the two lists are read from the program and compared.

What a page can set is what the jobs read of their requests, the feature settings, the fields of a recipe and of a pool,
and the parameters of strategies and metrics. What a command can set is found by giving it one option after the other
and looking which fields of the request or of the recipe change.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from core.__main__ import parser
from core.budgets.profile_store import put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.commands.measuring_saved import knobs_of
from core.commands.scores import answers_of, elsewhere_of, typed_run_of
from core.commands.selecting import recipe_of
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec
from core.curation.leaks.benchmarks import BenchmarkItem, keep_benchmark
from core.evidence.importers.proposal import Options
from core.evidence.typed_scores import NUMBERS, TEXTS, TypedRun
from core.features.tokens import compute_tokens
from core.jobs import job_names
from core.jobs.task import resolve
from core.metrics.registry import metrics
from core.selection.registry import strategies
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.judging import stand_in_judge

# Jobs that no command runs, and why.
NO_COMMAND = {
    job_names.PREPARE: "choose, series and build prepare the plan that they need",
    job_names.PREPARE_ALL: "choose, series and build prepare the plan that they need",
    job_names.MEASURE: "the Subsets page's; measure RECIPE does the same",
    job_names.BANDS: "the Subsets page's; measure RECIPE --bands does the same",
    job_names.MEASURE_SUBSETS: "correlate, slopes and report measure what was never measured; --measure names more",
    job_names.MEASURE_EVERY: "the Compare page's store; measure SUBSET --bands gives the same values and bands",
    job_names.MEASURE_THROUGH: "the Compare page's store; measure SUBSET --tokenizer MODEL gives the same values",
    job_names.MEASURE_FILE: "load --holdout 0 FILE, then log-corpus",
    job_names.STUDY: "study FILE.toml carries out the same; the file holds every field",
    job_names.LEAKS_BY_MEANING: "leaks --cosine finds the same in its own process",
    job_names.LOOP_ESTIMATE: "loop --estimate, of the same request",
    job_names.UNCERTAINTY: "correlate --intervals computes the same and stores it where the page looks",
}
# Fields of a request that no option fills, and why.
BY_NO_OPTION = {
    (job_names.INGEST, "uploads"): "a browser's uploads; a command reads paths",
    (job_names.INGEST, "address"): "of the server, which no page lets anybody choose",
    (job_names.INGEST, "demo"): "the command demo",
    **{
        (job, "parts"): "several inputs of a page; a command reads PATH… beside any number of --hub"
        for job in (job_names.INGEST, job_names.APPEND, job_names.ADDS)
    },
    (job_names.ADDS, "uploads"): "a browser's uploads; a command reads paths",
    (job_names.ADDS, "address"): "of the server, which no page lets anybody choose",
    (job_names.ADDS, "reading.multi_turn"): "that of the corpus, which rows beside its own must share",
    (job_names.APPEND, "uploads"): "a browser's uploads; a command reads paths",
    (job_names.APPEND, "address"): "of the server, which no page lets anybody choose",
    (job_names.APPEND, "reading.multi_turn"): "that of the corpus, which rows beside its own must share",
    (job_names.CLUSTER, "content"): "the digest of a column's values, computed by the job",
    (job_names.KEYWORDS, "content"): "the digest of a column's values, computed by the job",
    (job_names.NAME_CLUSTERS, "content"): "the digest of a column's values, computed by the job",
    **{
        (job, field): "no page sets it"
        for job in (job_names.CLUSTER, job_names.KEYWORDS, job_names.NAME_CLUSTERS)
        for field in ("groups", "max_tokens", "precision")
    },
    **{(job_names.PLACED_MAP, field): "no page sets it" for field in ("max_tokens", "precision")},
    (job_names.COVERAGE_HOLES, "subset"): "the command's own option, which it always needs",
    (job_names.JUDGE, "answers"): "the command's own argument, which it always needs",
}
# Fields of a recipe and of a pool that no option fills, and why.
RECIPE = {
    "strategy_version": "of the program",
    "features": "keys of what was computed",
    "embedder": "the name of the embedder that was used",
    "ids_digest": "of the rows that came out",
    "rows": "the number of rows that came out",
    "thresholds": "the passport's entries, stamped when the subset is written",
    "reader": "the version that gave the corpus its row ids",
    "format": "of the program",
}
POOL = {
    "pinned": "a rule: --pin",
    "excluded": "a rule: --exclude",
    "with_holdout": "for reading rows on the Corpus page; no subset may hold them",
}

# What an option is given where a number more, another choice or "x" would be refused; what a command always needs.
SAMPLES = {
    "corpus": "other", "pool": "length=5..40", "map": "instruction=question", "set": "gamma=0.5",
    "feature": "seed=7", "target": "other", "quota": "category=poem:1-5", "given": "KEY",
    "pin": "ID", "exclude": "ID", "what": "inter", "strategy": "macro", "things": "other", "metric": "mattr",
    "metric_set": "vendi.q=0.5", "strategies": "macro", "at": "5,50", "positions": "5,50", "against": "other",
    "role": "UTILISATEUR=user", "prompts": "other prompts", "question_file": "QUESTION", "system_file": "SYSTEM",
    "members": "more", "rate": "2", "landmarks": "500", "size": "21", "benchmark": "other exam", "subset": "KEY",
    "edges": "0,0.2,0.5,0.75", "examples": "other",
}  # fmt: skip
SIZED = ["--unit", "all_tokens", "--size", "20", "--profile", "mine"]  # so that each option of a size says something
ALWAYS = {
    "score": ["--model", "m"],
    "self-rating": ["--model", "m"],
    "daar": ["--model", "m"],
    "difficulty": ["--column", "category"],
    "tags": ["--url", "http://127.0.0.1:1/v1", "--model", "m"],
    "measure": ["few"],
    "threshold": ["--threshold", "low", "--why", "seen", *SIZED],
    "stability": SIZED,
    "choose": SIZED,
    "series": SIZED,
    "curves": SIZED,
    "answers": ["made prompts", "--model", "m"],
    "sample-answers": ["--model", "m"],
    "seed-examples": ["--model", "m"],
    "mastery": ["--answers", "m"],
    "disagreement": ["--answers", "m"],
    "judge": ["mine", "--model", "m", "--against", "theirs"],
    "loop": ["few"],
    "leaks": ["--against", "exam"],
    "model-vectors": ["--model", "m"],
    "influences": ["--target", "made"],
    "holes": ["--target", "made", "--subset", "few"],
    "weigh-scores": ["--column", "words", "--benchmark", "exam"],
}


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command, by its name."""
    (group,) = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(group.choices)


def commands_by_job() -> dict[str, list[str]]:
    """The names of the commands that run each job."""
    by_job: dict[str, list[str]] = {}
    for name, command in commands().items():
        if job := command.get_default("job"):
            by_job.setdefault(job, []).append(name)
    return by_job


def body_of(function: Callable[..., Any]) -> ast.FunctionDef:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef)
    return node


def known_in(function: Callable[..., Any], node: ast.FunctionDef) -> dict[str, Any]:
    """What names in a function mean: its module's, and what it imports itself."""
    names = dict(inspect.unwrap(function).__globals__)
    for statement in ast.walk(node):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            module = importlib.import_module(statement.module)
            names |= {alias.asname or alias.name: getattr(module, alias.name) for alias in statement.names}
    return names


def fields_read(function: Callable[..., Any], parameter: str) -> Iterator[str]:
    """The fields of its request that a function reads, also through what it hands the request to.

    A field that holds the fields of a dataclass is read as "reading.empty".
    """
    node = body_of(function)
    names = known_in(function, node)

    def field_of(expression: ast.AST) -> str | None:
        """The field that ``request["x"]``, ``request.get("x")`` or ``request.get("x") or {}`` reads."""
        if isinstance(expression, ast.BoolOp):
            return field_of(expression.values[0])
        if isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Name):
            key: ast.AST = expression.slice
            if expression.value.id == parameter and isinstance(key, ast.Constant):
                return str(key.value)
        if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute) and expression.args:
            owner, key = expression.func.value, expression.args[0]
            if isinstance(owner, ast.Name) and owner.id == parameter and expression.func.attr == "get":
                return str(key.value) if isinstance(key, ast.Constant) else None
        return None

    def meant(expression: ast.AST) -> Any:
        if isinstance(expression, ast.Name):
            return names.get(expression.id)
        if isinstance(expression, ast.Attribute):
            return getattr(meant(expression.value), expression.attr, None)
        return None

    for part in ast.walk(node):
        if (field := field_of(part)) is not None:
            yield field
        if isinstance(part, ast.Attribute) and part.attr == "__dataclass_fields__" and is_dataclass(meant(part.value)):
            yield from (item.name for item in fields(meant(part.value)))
        if not isinstance(part, ast.Call):
            continue
        called = meant(part.func)
        for unpacked in (keyword.value for keyword in part.keywords if keyword.arg is None):
            field = field_of(unpacked)
            if field is not None and is_dataclass(called):
                yield from (f"{field}.{item.name}" for item in fields(called))
        for place, argument in enumerate(part.args):
            if not (isinstance(argument, ast.Name) and argument.id == parameter):
                continue
            owner = meant(part.func.value) if isinstance(part.func, ast.Attribute) else None
            if is_dataclass(owner) and getattr(part.func, "attr", "") == "of":
                yield from (item.name for item in fields(owner))
            elif inspect.isfunction(called) and called.__module__.startswith("core.workbench"):
                yield from fields_read(called, list(inspect.signature(called).parameters)[place])


def read_by(job: str) -> set[str]:
    """The fields of its request that a job reads; of a field of which parts are read, only the parts."""
    task = resolve(job)
    read = set(fields_read(task, list(inspect.signature(task).parameters)[1]))
    return {field for field in read if not any(other.startswith(f"{field}.") for other in read)}


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Fields and, of those that hold fields, the parts: {"reading.empty": "keep"}."""
    parts: dict[str, Any] = {}
    for name, value in values.items():
        parts[before + name] = value
        if isinstance(value, Mapping):
            parts |= flat(value, f"{before}{name}.")
    return parts


def samples(action: argparse.Action, there: Mapping[str, str]) -> list[str]:
    """The words of a command line that give this option another value than it has."""
    named = action.option_strings[-1:]
    if action.nargs == 0:
        return named
    value = SAMPLES.get(action.dest)
    if value is None and action.choices is not None:
        value = next(str(choice) for choice in reversed(list(action.choices)) if choice != action.default)
    if value is None:
        number = action.default if isinstance(action.default, int | float) else 0
        value = {int: str(int(number) + 1), float: str(round(number * 0.5 + 0.125, 3))}.get(action.type, "x")  # type: ignore[call-overload]
    return [*named, there.get(value, value)]


def filled_by(
    command: str, there: Mapping[str, str], made: Callable[[argparse.Namespace], Mapping[str, Any]]
) -> set[str]:
    """The fields of what ``made`` makes of the options that change with any option of the command."""
    own = commands()[command]
    positional = [action for action in own._actions if not action.option_strings and action.dest == "corpus"]
    base = [*(["made"] if positional else []), *ALWAYS.get(command, [])]
    usual = flat(made(parser().parse_args([command, *base])))
    filled = set()
    for action in own._actions:
        if action.dest == "help":
            continue
        words = samples(action, there)
        if command == "measure" and action.dest == "set":
            words = ["--set", "vendi.q=0.5"]
        if not action.option_strings:
            if action.dest != "corpus" and not action.nargs:
                continue
            beside = positional and action.dest != "corpus"  # files after the corpus
            arguments = [command, *base, *words] if beside else [command, *words, *base[1:]]
        else:
            arguments = [command, *base, *words]
        changed = flat(made(parser().parse_args(arguments)))
        filled |= {name for name in {*usual, *changed} if usual.get(name) != changed.get(name)}
    return filled


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A workspace with two corpora and a saved subset, and what samples stand for."""
    from core.commands.selecting import build, save
    from core.corpus.row_ids import show_id

    home = tmp_path_factory.mktemp("home")
    workspace, corpus = corpus_of(home, records(60))
    _, other = corpus_of(home, records(30, seed=9), name="other")
    for sized_corpus in (corpus, other):
        compute_tokens(CorpusText(sized_corpus, "instruction"))  # as curves over sizes need them
    put_profile(
        workspace, TrainerProfile(name="mine", tokens_a_second=20, price_an_hour=2, cutoff=30, supervised_only=True)
    )
    subset = save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=5)), name="few")
    save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=6)), name="more")
    for exam in ("exam", "other exam"):
        keep_benchmark(workspace, [BenchmarkItem(f"What stands in the {exam}?")], name=exam)
    prompts = stand_in_judge.prompts_of(workspace, 2)
    stand_in_judge.prompts_of(workspace, 3, "other prompts")
    for name in ("mine", "theirs", "other"):
        stand_in_judge.answers_of(workspace, prompts, name, [0.0, 1.0])
    words = {"SYSTEM": home / "system.txt", "QUESTION": home / "question.txt"}
    words["SYSTEM"].write_text("Say [[A>B]] or not.")
    words["QUESTION"].write_text("{question} {answer_a} or {answer_b}?")
    return {
        "workspace": workspace,
        "corpus": corpus,
        "KEY": subset.key,
        "ID": show_id(int(corpus.ids[0])),
        **{name: str(path) for name, path in words.items()},
    }


def test_every_job_has_a_command_or_a_reason() -> None:
    assert sorted([*commands_by_job(), *NO_COMMAND]) == sorted(job_names.FUNCTIONS)


def test_what_a_job_reads_is_found() -> None:
    """The list is read from source: these are known by eye."""
    assert read_by(job_names.TOKENS) == {"corpus", "component", "tokenizer"}
    assert {"reading.empty", "holdout.seed", "mapping", "hub", "split"} <= read_by(job_names.INGEST)
    assert {"spread", "check_url", "url", "concurrency", "corpus"} <= read_by(job_names.TAGS)
    assert {"partition_seed", "regressor", "what"} <= read_by(job_names.DAAR)


@pytest.mark.parametrize("job", [job for job in job_names.FUNCTIONS if job not in NO_COMMAND])
def test_every_field_of_a_request_has_an_option(there: dict[str, Any], job: str) -> None:
    workspace: Workspace = there["workspace"]
    filled: set[str] = set()
    for command in commands_by_job()[job]:
        filled |= filled_by(command, there, lambda options: options.request(workspace, options))
    excepted = {field for about, field in BY_NO_OPTION if about == job}
    assert read_by(job) - filled == excepted


def test_every_setting_of_features_is_an_option_of_choose(there: dict[str, Any]) -> None:
    workspace: Workspace = there["workspace"]
    others = {"component": "both", "band_rows": "pool", "tagger": "own", "partition": "kmeans"}
    for item in fields(FeatureSettings):
        usual = getattr(FeatureSettings(), item.name)
        value = others.get(item.name, "x" if isinstance(usual, str) else usual + 1)
        options = parser().parse_args(["choose", "made", "--feature", f"{item.name}={value}"])
        assert recipe_of(options, workspace).choice[item.name] == value


def test_every_field_of_a_recipe_has_an_option(there: dict[str, Any]) -> None:
    workspace: Workspace = there["workspace"]

    def recipe(options: argparse.Namespace) -> dict[str, Any]:
        position = {"position": getattr(options, "position", 100) / 100}
        return {**recipe_of(options, workspace).as_dict(), **position}

    filled = filled_by("choose", there, recipe)
    assert {item.name for item in fields(Recipe)} - filled == set(RECIPE)


def test_every_filter_of_a_pool_has_an_option(there: dict[str, Any]) -> None:
    workspace, corpus = there["workspace"], there["corpus"]
    given = {
        "source=made.jsonl", "category=poem", "script=Latin", "length=5..40", "score=1..5", "text=river", "regex=ri.er",
        "within=response", f"id={there['ID']}", "near-copies=exact",
    }  # fmt: skip
    words = [word for filter_ in sorted(given) for word in ("--pool", filter_)]
    pool = recipe_of(parser().parse_args(["choose", corpus.id, *words]), workspace).pool
    assert {item.name for item in fields(PoolSpec)} - set(pool) == set(POOL)


@pytest.mark.parametrize("name", sorted(strategies()))
def test_every_parameter_of_a_strategy_has_an_option(there: dict[str, Any], name: str) -> None:
    workspace: Workspace = there["workspace"]
    for parameter in strategies()[name].parameters:
        value = str(parameter.default if parameter.default is not None else "category")
        options = parser().parse_args(["choose", "made", "--strategy", name, "--set", f"{parameter.name}={value}"])
        taken = recipe_of(options, workspace).parameters[parameter.name]
        assert parameter.check(taken) == parameter.check(value.split(",") if parameter.kind == "columns" else value)


def test_every_answer_to_an_importer_has_an_option() -> None:
    usual = answers_of(parser().parse_args(["log", "scores.csv"]))[""]
    given = ["--benchmark=x", "--model=x", "--judge=x", "--baseline=x", "--unit=x", "--repeats=seeds", "--decimal=,"]
    options = parser().parse_args(["log", "scores.csv", *given, "--scale=times 100", "--column=run=subset"])
    answers = answers_of(options)[""]
    assert all(getattr(answers, item.name) != getattr(usual, item.name) for item in fields(Options))


def test_every_fact_of_a_typed_score_has_an_option() -> None:
    base = ["scores", "add", "few", "1", "--benchmark", "x"]
    given = ["--measure=y", "--judge=y", "--baseline=y", "--model=y", "--seed=1", "--unit=points", "--better=lower"]
    usual, said = (typed_run_of(parser().parse_args(words)) for words in (base, [*base, "--benchmark=y", *given]))
    assert all(getattr(said, item.name) != getattr(usual, item.name) for item in fields(TypedRun))
    facts = ["--series=y", "--strategy=y", "--component=both", "--size=1", "--level=5", "--metric=ie=1"]
    elsewhere = elsewhere_of(parser().parse_args([*base, "--not-here", *facts]))
    assert {*elsewhere} | {"name", "score", "stderr"} == {*TEXTS, *NUMBERS, "metrics"}


@pytest.mark.parametrize("name", sorted(metrics()))
def test_every_parameter_of_a_metric_has_an_option(name: str) -> None:
    for parameter in metrics()[name].parameters:
        value = str(parameter.choices[-1] if parameter.choices else parameter.default)
        options = parser().parse_args(["measure", "few", "--set", f"{name}.{parameter.name}={value}"])
        assert knobs_of(options.set) == {name: {parameter.name: parameter.check(value)}}
