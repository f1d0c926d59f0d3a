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
