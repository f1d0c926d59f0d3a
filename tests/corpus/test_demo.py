"""The demo corpus: real rows from what is installed, the same each time, nothing run."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from pathlib import Path

import pytest

from core.corpus import demo
from core.workspace.artefacts import Workspace


@pytest.fixture(scope="module")
def records() -> list[dict[str, str]]:
    return list(demo.records())


def test_there_are_enough_rows_of_many_packages_and_kinds(records: list[dict[str, str]]) -> None:
    assert len(records) >= 10_000
    assert len({record["source"] for record in records}) >= 20
    assert {record["category"] for record in records} == set(demo.QUESTIONS)
    assert len({record["response"] for record in records}) == len(records)
    assert len({record["instruction"] for record in records}) > len(records) / 2


def test_an_answer_is_the_objects_own_docstring(records: list[dict[str, str]]) -> None:
    mine = {record["object"]: record for record in records if record["source"] == "python"}
    checked = 0
    for name in ("textwrap.wrap", "heapq.merge", "statistics.median", "bisect.bisect_left", "shutil.copytree"):
        if name in mine:
            module, function = name.rsplit(".", 1)
            result = getattr(importlib.import_module(module), function)
            assert mine[name]["response"] == inspect.cleandoc(result.__doc__).strip()
            assert (
                "textwrap" in mine[name]["instruction"] or function in mine[name]["instruction"] + mine[name]["input"]
            )
            checked += 1
    assert checked


def test_shown_signatures_are_python(records: list[dict[str, str]]) -> None:
    shown = [record["input"] for record in records if record["input"]]
    assert shown
    for code in shown[:500]:
        ast.parse(code)


def test_reading_imports_nothing_and_repeats_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        demo, "_packages", lambda: iter([("json", Path(inspect.getfile(importlib.import_module("json"))).parent)])
    )
    monkeypatch.setattr(demo, "SPARSE", 10**9)
    before = set(sys.modules)
    first = list(demo.records())
    assert first and first == list(demo.records())
    assert not {name for name in set(sys.modules) - before if name.startswith("json.tool")}


def test_the_second_time_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(inspect.getfile(importlib.import_module("json"))).parent
    monkeypatch.setattr(demo, "_packages", lambda: iter([("json", folder)]))
    monkeypatch.setattr(demo, "SPARSE", 10**9)
    workspace = Workspace(tmp_path)
    first, second = demo.demo(workspace), demo.demo(workspace)
    assert (first.already_here, second.already_here) == (False, True)
    assert first.corpus.id == second.corpus.id
    assert first.corpus.name == demo.NAME
    assert set(first.corpus.column("source")) == {"json"}
