"""What the README shows is true: its tables are those of the registries, and its example strategy chooses rows."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import orjson
import pytest
from mcp import Client, StdioServerParameters

from core.__main__ import main, parser
from core.commands.docs import TABLES
from core.commands.needs import EXAMPLES, MODEL, OF_A_MODEL, ORDER, ROWS, VECTORS
from core.commands.score_docs import score_table
from core.corpus.corpus_text import CorpusText
from core.corpus.known_columns import KNOWN
from core.features.models.scores import SCORES
from core.features.tokens import load_tokens
from core.selection.registry import strategies
from core.settings import PROJECT_ROOT
from core.workbench.row_scores.registry import ROW_SCORES
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

README = PROJECT_ROOT / "README.md"


def test_the_tables_are_up_to_date_and_a_stale_one_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["readme", "--check", str(README)]) == 0
    stale = tmp_path / "README.md"
    stale.write_text(re.sub(r"\| `random` \|.*\n", "", README.read_text(encoding="utf-8")), encoding="utf-8")
    assert main(["readme", "--check", str(stale)]) == 1
    assert "make readme" in capsys.readouterr().err


def python_examples() -> list[str]:
    """The Python code that the README shows."""
    return re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_example_of_the_python_surface_runs(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (example,) = [example for example in python_examples() if "import api" in example]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(map(orjson.dumps, records(1_200))))
    exec(compile(example, "README.md", "exec"), {})
    assert "Measured(address='response.ie@mistral-32k'" in capsys.readouterr().out
    assert "diverse" in _printed(capsys, "list")


def test_the_example_strategy_chooses_the_rows_that_it_says(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (example,) = [example for example in python_examples() if "STRATEGY = " in example]
    (name,) = re.findall(r'^    name="(\w+)"', example, re.MULTILINE)
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / "mine.py").write_text(example, encoding="utf-8")
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(folder))
    _, corpus = corpus_of(workspace.home, records())
    target = tmp_path / "subset.jsonl"
    assert main(["choose", corpus.id, "--strategy", name, "--size", "30", "--out", str(target)]) == 0
    written = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    assert len(written) == 30

    tokens = load_tokens(CorpusText(corpus, "response"))
    assert tokens is not None
    lengths = tokens.lengths[~corpus.holdout]
    furthest = np.sort(abs(lengths - np.median(lengths)))[29]
    texts = np.array(corpus.text("response"), dtype=object)[~corpus.holdout]
    length_of = dict(zip(texts.tolist(), lengths.tolist(), strict=True))
    assert max(abs(length_of[row["output"]] - np.median(lengths)) for row in written) == furthest
    assert name in _printed(capsys, "strategies")


def test_an_assistant_reaches_the_server_by_the_configuration_that_is_shown(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus_of(workspace.home, records(60))
    (shown,) = re.findall(r"^```json\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    data = tmp_path / "data"
    data.mkdir()
    for placed, real in (
        ("/home/me/diverscope/.venv/bin/python", sys.executable),
        ("/home/me/diverscope/data/workspace", str(workspace.home)),
        ("/home/me/diverscope", str(PROJECT_ROOT)),
        ("/home/me/data", str(data)),
    ):
        assert placed in shown
        shown = shown.replace(placed, real)
    (server,) = json.loads(shown)["mcpServers"].values()
    monkeypatch.chdir(data)

    async def listed() -> str:
        async with Client(StdioServerParameters(**server)) as client:
            return (await client.call_tool("list_corpora")).content[0].text

    with ThreadPoolExecutor(1) as thread:  # the browser's own loop may run in this one
        assert '"made"' in thread.submit(asyncio.run, listed()).result()


def _printed(capsys: pytest.CaptureFixture, *command: str) -> str:
    capsys.readouterr()
    assert main(list(command)) == 0
    return capsys.readouterr().out


def test_every_score_of_a_row_is_in_the_table_under_a_command_that_there_is() -> None:
    (group,) = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    _, rows = score_table()
    commands = [cell.strip("`") for _, _, cell, _ in rows]
    named = {name.split(" ")[0] for cell in commands for name in cell.split(", ")}
    assert named <= set(group.choices)
    for names, command in (
        ([score.name for score in ROW_SCORES], "score-rows --what"),
        ([score.name for score in SCORES], "score --what"),
        ([kind.name for kind in KNOWN], "columns --as"),
    ):
        assert {cell for cell in commands if cell.startswith(f"{command} ")} == {f"{command} {name}" for name in names}


def test_tables_are_grouped_by_what_their_methods_need() -> None:
    for name in ("strategies", "metrics", "scores"):
        head, rows = TABLES[name]()
        places = [ORDER.index(row[0]) for row in rows]
        assert head[0] == "needs" and places == sorted(places)
    needs = {row[1].strip("`"): row[0] for row in TABLES["strategies"]()[1]}
    assert (needs["random"], needs["kcenter"], needs["gio"], needs["less"]) == (ROWS, VECTORS, EXAMPLES, MODEL)
    assert set(OF_A_MODEL) <= {*strategies()}
