"""``python -m core choose`` with rules: read as the page would read them, recorded, and rebuilt to the same rows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main, parser
from core.commands.rules import pool_of, rules_of
from core.corpus.store import Corpus
from core.errors import InputError
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture
def made(workspace: Workspace) -> tuple[Workspace, Corpus]:
    return corpus_of(workspace.home, records())


def options(*given: str):
    return parser().parse_args(["choose", "CORPUS", *given])


def test_the_rules_hold_are_recorded_and_give_the_same_digest_again(made, tmp_path: Path, capsys) -> None:
    workspace, corpus = made
    turns_out = corpus.ids[~corpus.holdout]
    category, score = corpus.column("category"), corpus.column("score")
    where = np.flatnonzero(~corpus.holdout & (score >= 2) & np.isin(category, ["poem", "note"]))
    pin, out = f"{int(corpus.ids[where[0]]):016x}", [f"{int(corpus.ids[at]):016x}" for at in where[1:4]]
    (tmp_path / "out.txt").write_text("\n".join(out) + "\n")
    target = tmp_path / "subset.jsonl"
    asked = [
        "choose", "made", "--strategy", "random", "--size", "30", "--pin", pin, "--exclude", f"@{tmp_path / 'out.txt'}",
        "--pool", "score=2..10", "--pool", "category=poem", "--pool", "category=note",
        "--quota", "category=poem:20-", "--quota", "score=5:-1", "--out", str(target),
    ]  # fmt: skip
    assert main(asked) == 0
    said = capsys.readouterr().out
    recipe = Recipe.read(tmp_path / "subset.recipe.json")
    assert recipe.pinned == (pin,)
    assert set(recipe.excluded) == set(out)
    assert len(recipe.quotas) == 2
    ids = build(workspace, recipe).ids
    at = np.searchsorted(corpus.ids, ids)
    assert pin in {f"{int(row):016x}" for row in ids}
    assert not set(out) & {f"{int(row):016x}" for row in ids}
    assert (score[at] >= 2).all()
    assert (category[at] == "poem").sum() >= 20
    assert set(category[at]) <= {"poem", "note"}
    assert (score[at] == 5).sum() <= 1
    assert np.isin(ids, turns_out).all()
    assert main(["build", str(tmp_path / "subset.recipe.json")]) == 0
    again = capsys.readouterr()
    assert not again.err
    digest = re.search(r"digest (\w+)", said)
    assert digest
    assert digest[1] in again.out


def test_a_pool_is_read_as_the_form_writes_it(made, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("00000000000000ff\n")
    result = pool_of(
        options(
            "--component", "instruction", "--pool", "source=b", "--pool", "source=a", "--pool", "length=50..",
            "--pool", "turns=-1.5..2", "--pool", "column:text=x..y", "--pool", "text=a list",
            "--pool", "within=response", "--pool", f"id=@{tmp_path / 'ids'}",
        ),
        made[1],
    )  # fmt: skip
    assert result == {
        "sources": ["a", "b"],
        "length": {"minimum": 50, "unit": "tokens", "component": "instruction"},
        "columns": [
            {"column": "text", "values": ["x..y"]},
            {"column": "turns", "minimum": -1.5, "maximum": 2, "values": []},
        ],
        "text": "a list",
        "within": "response",
        "ids": ["00000000000000ff"],
    }


def test_quotas_of_one_column_are_one_rule_and_a_value_may_hold_signs(made) -> None:
    asked = options("--quota", "a=x:1-5", "--quota", "a=*:-3", "--quota", "b=u:v=w:7", "--quota", "a=y:2-")
    result = rules_of(asked, made[1])
    assert result["quotas"] == (
        {"column": "a", "minimum": {"x": 1, "y": 2}, "maximum": {"x": 5, "*": 3}},
        {"column": "b", "minimum": {"u:v=w": 7}, "maximum": {"u:v=w": 7}},
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--quota", "category:poem"), "not COLUMN=VALUE:MIN-MAX"),
        (("--quota", "category=poem:"), "not COLUMN=VALUE:MIN-MAX"),
        (("--quota", "category=poem:a-b"), "not COLUMN=VALUE:MIN-MAX"),
        (("--quota", "category=poem:1 2"), "not COLUMN=VALUE:MIN-MAX"),
        (("--pool", "turns=2", "--pool", "turns=2..4"), "not by both"),
        (("--pool", "nonsense"), "not NAME=VALUE"),
        (("--pool", "length=long"), r"MIN\.\.MAX"),
        (("--pool", "within=title"), "one of instruction"),
        (("--pin", "zz"), "not a row id"),
        (("--pin", "12"), r"16 digits.*such as made\.jsonl:12"),
        (("--exclude", "made.jsonl:9999"), "No row of made came from"),
        (("--pool", "id=gone.jsonl:1"), "no file “gone.jsonl”"),
        (("--exclude", "@/nowhere/ids"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_explained(made, given: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        asked = options(*given)
        pool_of(asked, made[1])
        rules_of(asked, made[1])


def test_an_unknown_column_of_the_pool_is_an_answer_and_not_a_trace(made, capsys) -> None:
    assert main(["choose", "made", "--strategy", "random", "--pool", "nosuch=1"]) == 1
    assert "nosuch" in capsys.readouterr().err
