"""The surface for notebooks: every example in its docstrings is run, and the notebook in examples/ from end to end."""

from __future__ import annotations

import doctest
import importlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from core import api
from core.errors import InputError
from core.settings import PROJECT_ROOT
from tests.endpoint.stand_in import endpoint, ok, without_own_keys
from tests.tiny_models import tiny_model

TOPICS = ("cooking", "rivers", "engines", "law")
WORDS = (
    *("simmer", "stir", "onion", "butter", "salt", "oven"),
    *("delta", "flood", "basin", "gravel", "current", "bank"),
    *("piston", "valve", "torque", "spark", "axle", "gear"),
    *("clause", "court", "verdict", "appeal", "statute", "oath"),
)


def questions(count: int = 200, *, seed: int = 3) -> list[dict[str, str]]:
    """Rows on four topics; each answer mixes the topic's six words with a few of any."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        topic = number % len(TOPICS)
        own = WORDS[6 * topic : 6 * topic + 6]
        words = [*draw.choice(own, size=int(draw.integers(4, 12))), *draw.choice(WORDS, size=3)]
        rows.append(
            {
                "instruction": f"Say something about {TOPICS[topic]}, number {number}.",
                "output": " ".join(words),
                "topic": TOPICS[topic],
            }
        )
    return rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples read, as the current one; its workspace is the default."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "workspace"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    rows = questions(205)
    (tmp_path / "questions.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows[:200])))
    (tmp_path / "more.jsonl").write_bytes(b"\n".join(map(orjson.dumps, [*rows[:10], *rows[200:]])))
    exam = ["Say something about COOKING, number 8!", "Which river floods the delta of gravel in its basin?"]
    (tmp_path / "exam.jsonl").write_bytes(b"\n".join(orjson.dumps({"question": text}) for text in exam))
    lines = [f"subset-{number},{46 + number / 2}" for number in range(8)]
    (tmp_path / "scores.csv").write_text("subset,mmlu\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the examples have at hand; a model that always answers the same listens at ``url``."""
    without_own_keys(monkeypatch)
    corpus = api.load(["questions.jsonl"], name="questions")
    view = api.compute(api.view(corpus, component="response", low=2, high=200), "tokens")
    subset = api.choose(view, "micro", size=20)
    api.save(subset, "twenty")
    asked = ["What is a delta?", "What is a valve?"]
    prompts = api.add_prompts(asked, name="two")
    for name in ("mine", "theirs"):
        lines = [{"instruction": question, "output": f"{name}: {question}"} for question in asked]
        (folder / f"{name}.json").write_bytes(orjson.dumps(lines))
        api.add_answers(f"{name}.json", prompts=prompts.name, name=name)
    model = tiny_model(folder / "tiny")
    with endpoint(lambda number, body: ok(content="My final verdict is tie: [[A>B]]")) as (url, _):
        known = {"api": api, "np": np, "pd": pd, "corpus": corpus, "view": view, "subset": subset, "url": url}
        yield {**known, "small_model": model}


MODULES = [importlib.import_module(f"core.api.{path.stem}") for path in sorted(Path(api.__path__[0]).glob("[!_]*.py"))]


@pytest.mark.parametrize("module", [api, *MODULES], ids=lambda module: module.__name__)
def test_the_examples_of_the_surface_give_what_they_say(module: ModuleType, names: dict[str, Any]) -> None:
    examples = doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__, extraglobs=names)
    ran, kept = 0, Path("workspace")
    shutil.copytree(kept, "before")
    for example in examples:
        shutil.rmtree(kept)
        shutil.copytree("before", kept)  # each example finds what the fixture made, and nothing of another's
        said: list[str] = []
        result = doctest.DocTestRunner().run(example, out=said.append, clear_globs=False)
        assert result.failed == 0, "".join(said)
        ran += result.attempted
    told = {example.name.rpartition(".")[2] for example in examples if example.examples}
    defined = {name for name in api.__all__ if getattr(vars(api)[name], "__module__", "") == module.__name__}
    assert {name for name in defined if not isinstance(vars(api)[name], type)} <= told
    assert ran >= 3


def test_every_public_function_of_the_surface_is_one_of_its_names() -> None:
    public = {
        name
        for module in MODULES
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    }
    assert public <= set(api.__all__) == {name for name in vars(api) if name in set(api.__all__)}


def test_the_notebook_runs_from_end_to_end(folder: Path) -> None:
    notebook = json.loads((PROJECT_ROOT / "examples" / "choose_and_measure.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 6 and not any(cell.get("outputs") for cell in notebook["cells"])
    names: dict[str, Any] = {}
    for cell in cells:
        exec(compile(cell, "choose_and_measure.ipynb", "exec"), names)
    table = names["table"]
    assert list(table["position"]) == [0.0, 0.5, 1.0] and table["inverse entropy"].is_monotonic_increasing
    assert (folder / "chosen.jsonl").read_text(encoding="utf-8").count("\n") == 40


def test_the_surface_and_the_command_line_choose_the_same_rows(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    from core.__main__ import main

    asked = "choose questions --strategy micro --size 20 --feature low=2 --feature high=200 --ids"
    assert main(asked.split()) == 0
    chosen = names["subset"].ids
    assert capsys.readouterr().out.split() == [f"{row_id:016x}" for row_id in chosen]


def test_why_and_measure_say_what_is_wrong_with_a_row(names: dict[str, Any]) -> None:
    prepared = api.prepare(names["view"], "micro")
    subset = prepared.answer(size=20)
    out = next(int(row) for row in names["view"].pool.ids if row not in set(subset.ids.tolist()))
    assert not prepared.why(subset, f"{out:016x}").chosen
    with pytest.raises(InputError, match="not a row id"):
        prepared.why(subset, "12")
    with pytest.raises(InputError, match="not in the pool"):
        api.measure(names["view"], "ie", ids=[1, 2])
    whole = api.measure(names["view"], "ie")
    assert whole.random is None and whole.value is not None


def test_intervals_of_a_correlation_come_with_enough_subsets(folder: Path) -> None:
    scores = api.read_scores("scores.csv").rename(columns={"subject": "subset"})
    readings = pd.DataFrame({"subset": scores["subset"], "ie": [1.0, 3.0, 2.0, 5.0, 4.0, 6.0, 8.0, 7.0]})
    table = api.correlate(readings, scores, intervals=True)
    assert len(table) == 1 and table["p_spearman"].iloc[0] < 0.05
    with pytest.raises(InputError, match="benchmark"):
        api.correlate(readings, scores.drop(columns="benchmark"))
