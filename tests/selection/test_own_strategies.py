"""A user's own strategy files: the good ones appear, the broken ones are named, a changed one is another strategy."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from core.commands.docs import run_list
from core.errors import InputError
from core.selection.registry import skipped, strategies, strategy
from core.workbench import plans
from core.workbench.build import build, open_recipe
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

GOOD = """
from __future__ import annotations

import numpy as np
from dataclasses import dataclass

from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy


@dataclass
class Way:
    sign: int = 1


def prepare(preparation: Preparation) -> RankedPlan:
    ids = preparation.view.ids
    order = np.argsort(ids)[:: Way().sign]
    return RankedPlan(order=order, rows=len(ids), tail="the rest")


STRATEGY = Strategy(
    name="by_id", title="By id", level="ranked", kind="ranked", summary="s", formula="f", source="an example",
    tail="t", prepare=prepare,
)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(made))
    return made


def test_a_broken_file_is_named_and_the_others_stay(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "by_id.py").write_text(GOOD)
    (folder / "broken.py").write_text("import no_such_module_anywhere\n")
    (folder / "leaves.py").write_text("raise SystemExit(3)\n")
    (folder / "taken.py").write_text(GOOD.replace('"by_id"', '"micro"'))
    (folder / "empty.py").write_text("")
    (folder / "needy.py").write_text(
        GOOD.replace('"by_id"', '"needy"').replace("prepare=prepare", "prepare=prepare, needs=lambda p: p['x']")
    )
    (folder / "_helper.py").write_text("import no_such_module_anywhere\n")
    assert "micro" in strategies()
    assert strategy("by_id").title == "By id"
    assert strategy("micro").title == "Micro: tokens"
    reasons = {entry.path.name: entry.reason for entry in skipped()}
    assert set(reasons) == {"broken.py", "leaves.py", "taken.py", "empty.py", "needy.py"}
    assert "no_such_module_anywhere" in reasons["broken.py"]
    assert "taken" in reasons["taken.py"]
    assert "STRATEGY" in reasons["empty.py"]
    with pytest.raises(InputError, match=r"broken\.py"):
        strategy("what broken.py was to define")
    run_list(argparse.Namespace(listed="strategies"))
    printed = capsys.readouterr()
    assert "by_id" in printed.out
    assert "broken.py" in printed.err


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(tmp_path / "nowhere"))
    assert "micro" in strategies()
    (only,) = skipped()
    assert "the folder does not exist" in str(only)
    assert "nowhere" in str(only)


def test_a_changed_file_makes_other_plans(folder: Path, tmp_path: Path) -> None:
    path = folder / "by_id.py"
    path.write_text(GOOD)
    workspace = Workspace(tmp_path / "home")
    _, corpus = corpus_of(workspace.home, records())
    recipe = Recipe(corpus=corpus.id, strategy="by_id", size=5)
    first = build(workspace, recipe)
    key = plans.plan_key(first.recipe)
    before = path.stat()
    path.write_text(GOOD.replace("sign: int = 1", "sign: int =-1"))  # as long as before
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    second = build(workspace, recipe)
    assert plans.plan_key(second.recipe) != key
    assert set(second.ids.tolist()) != set(first.ids.tolist())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 2_000_000))  # touched, not changed
    again = plans.completed(recipe, open_recipe(workspace, recipe))
    assert again.strategy_version == second.recipe.strategy_version


BREAKS = {
    "raises": ("order = 1 / 0", r"mine\.py failed at line 19: ZeroDivisionError: division by zero"),
    "leaves": ("raise SystemExit(3)", "failed at line 19: SystemExit: 3"),
    "raises what is no text": ("raise KeyError(object())", "failed at line 19: KeyError"),
    "recurses": ("return prepare(preparation)", "RecursionError"),
    "none": ("return None", "no RankedPlan and no TypedPlan but None"),
    "a list": ("return list(range(len(ids)))", "no RankedPlan and no TypedPlan"),
    "ids for places": ("order = ids", "order of distinct rows"),
    "floats": ("order = order + 0.5", "order of distinct rows"),
    "negative": ("order = order - 1", "order of distinct rows"),
    "a row twice": ("order[1] = order[0]", "order of distinct rows"),
    "two dimensions": ("order = order[:, None]", "order of distinct rows"),
    "text": ("order = order.astype(str)", "order of distinct rows"),
    "objects": ("order = order.astype(object)", "order of distinct rows"),
    "other pool": ("return RankedPlan(order=order[order < 3], rows=3, tail='')", "is of 3 rows, and the pool has"),
    "infinite gains": ("return RankedPlan(order=order, rows=len(ids), tail='', gains=order / 0.0)", "not finite"),
    "many gains": ("return RankedPlan(order=order[:3], rows=len(ids), tail='', gains=order * 1.0)", "more gains"),
    "square gains": ("return RankedPlan(order=order, rows=len(ids), tail='', gains=np.eye(3))", "more gains"),
    "short groups": ("return RankedPlan(order=order, rows=len(ids), tail='', groups=[0], names=['a'])", "groups"),
    "nameless groups": ("return RankedPlan(order=order, rows=len(ids), tail='', groups=order * 0 + 7)", "groups"),
    "long prefix": ("return RankedPlan(order=order, rows=len(ids), tail='', prefix=10**9)", "longer than its order"),
    "unwritable": ("return RankedPlan(order=order, rows=len(ids), tail='', caution=object())", "TypeError"),
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory):
    return corpus_of(tmp_path_factory.mktemp("home"), records(60))


@pytest.mark.parametrize("name", BREAKS)
def test_whatever_a_strategy_does_is_said_with_its_file(folder: Path, rows, name: str) -> None:
    line, message = BREAKS[name]
    head, tail = GOOD.split("    return RankedPlan")
    (folder / "mine.py").write_text(f"{head}    {line}\n    return RankedPlan{tail}")
    workspace, corpus = rows
    with pytest.raises(InputError, match=message) as refused:
        build(workspace, Recipe(corpus=corpus.id, strategy="by_id", size=5))
    assert refused.value.remedy or "order of distinct rows" in message


FIELDS = {
    "name": "['a']", "title": "None", "level": "'other'", "kind": "'both'", "summary": "7", "prepare": "None",
    "parameters": "['low']", "version": "'1'", "needs": "('tokens',)", "tail": "{}", "job_from": "12",
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_strategy_with_a_field_of_another_type_is_left_out(folder: Path, field: str) -> None:
    text = GOOD.replace("STRATEGY = Strategy(", "STRATEGY = Strategy(**{").replace("\n)\n", "\n})\n")
    values = {
        "name": "'by_id'", "title": "'By id'", "level": "'ranked'", "kind": "'ranked'", "summary": "'s'",
        "formula": "'f'", "source": "'an example'", "tail": "'t'", "prepare": "prepare",
    }  # fmt: skip
    written = ", ".join(f"{name}={value}" for name, value in (values | {field: FIELDS[field]}).items())
    (folder / "mine.py").write_text(text[: text.index("STRATEGY = ")] + f"STRATEGY = Strategy({written})\n")
    assert "micro" in strategies() and "by_id" not in strategies()
    (left_out,) = skipped()
    assert f"Its {field} cannot be" in left_out.reason


@pytest.mark.parametrize(
    "source",
    [
        b"\xff\xfe not UTF-8", b"x = '\xe9'\n", b"# coding: nothing-known\n", b"x = 1\x00\n", b"(" * 5000,
        b"import sys\nsys.exit()\n", b"def f(:\n", b"from . import y\n", b"class STRATEGY: pass\n",
    ],
)  # fmt: skip
def test_a_file_that_cannot_run_is_named(folder: Path, source: bytes) -> None:
    (folder / "mine.py").write_bytes(source)
    (folder / "by_id.py").write_text(GOOD)
    assert "by_id" in strategies()
    assert [entry.path.name for entry in skipped()] == ["mine.py"]


@pytest.mark.parametrize("calls", ["needs=lambda p: [3]", "needs=lambda p: 7", "job_from=lambda p: 'x'", "measure=1"])
def test_what_a_strategy_declares_wrongly_is_said(folder: Path, rows, calls: str) -> None:
    workspace, corpus = rows
    (folder / "mine.py").write_text(GOOD.replace("prepare=prepare", f"prepare=prepare, {calls}"))
    with pytest.raises(InputError, match=r"mine\.py|It needs 3"):
        recipe = Recipe(corpus=corpus.id, strategy="by_id", size=5)
        view = open_recipe(workspace, recipe)
        plans.waits(view, plans.completed(recipe, view))


def test_a_plan_of_another_kind_than_the_strategy_says_is_refused(folder: Path, rows) -> None:
    workspace, corpus = rows
    (folder / "mine.py").write_text(GOOD.replace('kind="ranked"', 'kind="typed"'))
    with pytest.raises(InputError, match="is ranked, though the strategy says typed"):
        build(workspace, Recipe(corpus=corpus.id, strategy="by_id", size=5))
