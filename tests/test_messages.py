"""Messages quote at most 80 characters of a value, by one owner."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.corpus import named_rows, naming, row_ids, search
from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns
from core.corpus.pool import PoolSpec, select
from core.corpus.store import Corpus
from core.errors import LONGEST, NAMED, DiverscopeError, InputError, in_short, listed_in_short, quoted, reason_of
from core.export.formats import format_named
from core.features.tags.own import read_tags
from core.features.vector_files import read_vectors
from core.metrics.registry import metric
from core.parameters import complete
from core.selection.registry import strategy
from core.settings import PROJECT_ROOT
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import rename, subset_named
from core.workbench.url_settings import settings_of_link
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

SOURCES = sorted(path for room in ("core", "pages") for path in (PROJECT_ROOT / room).rglob("*.py"))


def quoting_by_itself(source: str) -> list[int]:
    """The lines with an f-string that puts a value in quotation marks without asking the owner."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_values_are_quoted_by_their_owner(path: Path) -> None:
    assert quoting_by_itself(path.read_text(encoding="utf-8")) == []


def test_what_quotes_by_itself_is_seen() -> None:
    assert quoting_by_itself('raise ValueError(f"No {name!r}.")') == [1]
    assert quoting_by_itself('raise ValueError(f"No {quoted(name)}.")') == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        ("x" * 10_000, "'" + "x" * 78 + "…"),
        (b"x" * 10_000, "b'" + "x" * 77 + "…"),
        (["a"] * 1000, None),
        (10**5000, "a very long int"),
        ({"a": {"b": 1}}, "{'a': {'b': 1}}"),
        (None, "None"),
        ("\x1b[31m\n", r"'\x1b[31m\n'"),
    ],
    ids=lambda value: str(value)[:12] if not isinstance(value, int) else "int",
)
def test_a_value_is_quoted_in_its_python_form(value: object, text: str | None) -> None:
    assert len(quoted(value)) <= LONGEST
    assert text is None or quoted(value) == text


def test_lists_that_no_stack_can_print_are_quoted() -> None:
    nested: object = []
    for _ in range(100_000):
        nested = [nested]
    assert quoted(nested) == "a very long list"
    while isinstance(nested, list) and nested:  # taken apart from outside, as the interpreter could not
        nested = nested.pop()


def test_a_name_and_a_reason_are_cut() -> None:
    assert in_short("name") == "name" and len(in_short("n " * 5000)) == LONGEST
    assert listed_in_short(["a", "b"]) == "a, b" and listed_in_short([]) == "none"
    assert len(listed_in_short(["x y " * 50] * 30)) < 12 * 83
    assert reason_of(ValueError("first\nsecond")) == "first" and reason_of(KeyError()) == "KeyError"
    assert len(reason_of(ValueError("long " * 1000))) == 200


def test_a_long_word_is_cut_wherever_it_came_from_and_a_path_by_its_parts() -> None:
    error = InputError("No " + "x" * 10_000 + " here.", remedy="Look in /home/me/" + "y" * 70 + "/" + "z" * 70 + ".")
    assert error.what == "No " + "x" * 79 + "… here." and str(error).startswith(error.what)
    assert error.remedy.endswith("y" * 70 + "/" + "z" * 70 + ".")
    assert len(InputError("a/" * 5000).what) == 400


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Corpus]:
    return corpus_of(tmp_path_factory.mktemp("messages"), records(60))


def _of_rows(call: Callable[..., object], *given: object, **named: object) -> Callable[[Corpus, str], object]:
    return lambda corpus, value: call(corpus, *(value if part is ... else part for part in given), **named)


def _recipe(corpus: Corpus, **changes: object) -> object:
    return build(corpus.workspace, Recipe.of({"corpus": corpus.id, "strategy": "random", "size": 5, **changes}))


# What a person or a file gives, as (corpus, value): each is refused.
PATHS: dict[str, Callable[[Corpus, str], object]] = {
    "strategy": lambda corpus, value: _recipe(corpus, strategy=value),
    "unit": lambda corpus, value: _recipe(corpus, unit=value),
    "corpus": lambda corpus, value: naming.corpus_named(corpus.workspace, value),
    "recipe's corpus": lambda corpus, value: build(corpus.workspace, Recipe(corpus=value)),
    "recipe's given subset": lambda corpus, value: _recipe(corpus, given=value),
    "recipe's target": lambda corpus, value: _recipe(corpus, target=value),
    "component": lambda corpus, value: _recipe(corpus, choice={"component": value}),
    "setting": lambda corpus, value: FeatureSettings().with_(seed=value),
    "unknown setting": lambda corpus, value: FeatureSettings().with_(**{value: 1}),
    "knob": lambda corpus, value: complete(strategy("micro").parameters, {value: 1}),
    "number": lambda corpus, value: complete(strategy("micro").parameters, {"low": value}),
    "choice": lambda corpus, value: complete(strategy("micro").parameters, {"unit": value}),
    "column": lambda corpus, value: corpus.column(value),
    "quota": lambda corpus, value: _recipe(corpus, quotas=[{"column": value}]),
    "quota's bound": lambda corpus, value: _recipe(corpus, quotas=[{"column": "category", "minimum": {"poem": value}}]),
    "pool's filter": lambda corpus, value: PoolSpec.of({value: 1}),
    "pool's component": lambda corpus, value: PoolSpec.of({"within": value}),
    "pool's column": lambda corpus, value: select(corpus, PoolSpec.of({"columns": [{"column": value, "minimum": 1}]})),
    "pool's ids": lambda corpus, value: PoolSpec.of({"ids": [value]}),
    "pattern": lambda corpus, value: search.check_regex(value + "("),
    "row id": lambda corpus, value: row_ids.parse_id(value),
    "row's name": lambda corpus, value: named_rows.named_rows(corpus, value),
    "place of a row": lambda corpus, value: named_rows.named_rows(corpus, f"{value}:3"),
    "metric": lambda corpus, value: metric(value),
    "subset": lambda corpus, value: subset_named(corpus.workspace, value),
    "subset's name": lambda corpus, value: rename(corpus.workspace, "0" * 16, value),
    "table": lambda corpus, value: column_table(b"a\n1\n", name=f"{value}.xlsx"),
    "column's name in a table": lambda corpus, value: attach_columns(
        corpus.workspace, corpus, column_table(f"id,{value}\nx,1\n".encode(), name="a.csv")
    ),
    "vectors": lambda corpus, value: read_vectors(f'{{"{value}": "a"}}\n'.encode(), name="a.jsonl"),
    "tags": lambda corpus, value: read_tags(f"{value},b\n1,2\n".encode(), name="a.csv"),
    "format": lambda corpus, value: format_named(value),
}


@pytest.mark.parametrize("value", ["x" * 10_000, "several words " * 700], ids=["one word", "words"])
@pytest.mark.parametrize("path", PATHS)
def test_a_message_quotes_no_more_than_80_characters(made: tuple[Workspace, Corpus], path: str, value: str) -> None:
    with pytest.raises(DiverscopeError) as refused:
        PATHS[path](made[1], value)
    stretches = re.findall(r"x{3,}|(?:several words ){2,}", str(refused.value))
    assert all(len(stretch) <= LONGEST for stretch in stretches), str(refused.value)[:500]
    assert len(str(refused.value)) < 2_000


def test_a_name_that_is_no_corpus_lists_the_first_corpora_alone(tmp_path: Path) -> None:
    workspace, corpus = corpus_of(tmp_path, records(60))
    for number in range(2 * NAMED):
        shutil.copytree(corpus.artefact.folder, workspace.folder("corpora", f"{number:016x}"))
    with pytest.raises(InputError) as refused:
        naming.corpus_named(workspace, "nosuch")
    assert refused.value.remedy.count("(") == NAMED and refused.value.remedy.endswith(" ….")


def test_a_link_s_values_are_quoted_in_short() -> None:
    for value in ("x" * 10_000, "several words " * 700):
        for name in FeatureSettings().as_dict():
            _, refused = settings_of_link({name: value}, address="127.0.0.1")
            assert all(len(sentence) < 1_000 and "x" * 81 not in sentence for sentence in refused), name
