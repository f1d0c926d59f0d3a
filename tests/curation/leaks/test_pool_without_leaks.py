"""From a file of test questions to a subset without them, by the commands, and what its files say."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.__main__ import main, parser
from core.commands.selecting import recipe_of
from core.corpus.curation_rule import CurationRule
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import list_benchmarks
from core.curation.leaks.find import hits_key
from core.curation.leaks.rule import rule_of
from core.curation.leaks.settings import LeakRule, LeakSearch
from core.errors import FeatureMissing, InputError
from core.workbench.build import build
from core.workbench.inspections.left_out import left_out
from core.workbench.recipe import Recipe
from core.workspace import trash
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.curation.leaks.planted import made_questions

EXAM = made_questions(3)
ROWS: list[dict[str, object]] = [
    *records(60),
    {"instruction": f"Exam:\n{EXAM[0].replace(' ', chr(10))}", "output": "Yes."},
    {"instruction": "Recite.", "output": f"Gladly: {EXAM[1].upper()}"},
]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, Corpus, Path]:
    """A corpus with two leaks in the default workspace, and a folder with a file of questions."""
    workspace, corpus = corpus_of(tmp_path / "home", ROWS)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    lines = [{"task_id": f"exam/{number}", "prompt": text} for number, text in enumerate(EXAM)]
    (folder / "exam.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return workspace, corpus, folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def leaked_ids(corpus: Corpus) -> set[str]:
    texts = corpus.text("both")
    return {show_id(int(corpus.ids[row])) for row, text in enumerate(texts) if text.startswith(("Exam:", "Recite."))}


def test_leaks_are_told_written_and_left_out(
    made: tuple[Workspace, Corpus, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, corpus, folder = made
    said = printed(capsys, "leaks", corpus.id, "--against", str(folder), "--out", "leaks.jsonl")
    assert "exam/0" in said and "exam/1" in said and "exam/2" not in said
    written = [orjson.loads(line) for line in Path("leaks.jsonl").read_bytes().splitlines()]
    assert {line["id"] for line in written} == leaked_ids(corpus)
    assert {(line["question"], line["component"]) for line in written} == {
        ("exam/0", "instruction"), ("exam/1", "response"),
    }  # fmt: skip
    option = said.split(" --pool ")[1].strip().strip("'")
    for way in (option, "leaks=exam"):
        recipe = recipe_of(parser().parse_args(["choose", corpus.id, "--pool", way]), Workspace.default())
        (benchmark,) = list_benchmarks(Workspace.default())
        assert recipe.pool["rules"] == [rule_of(LeakRule(benchmarks=(benchmark.key,))).as_dict()]
    printed(capsys, "choose", corpus.id, "--pool", option, "--strategy", "random", "--size", "55", "--save", "clean")
    (folder / "exam.jsonl").unlink()
    printed(capsys, "export", "clean", "--format", "hugging-face", "--out", "clean.zip")
    files = zipfile.ZipFile("clean.zip")
    dropped_name = next(name for name in files.namelist() if name.endswith(".dropped.jsonl"))
    dropped = [orjson.loads(line) for line in files.read(dropped_name).splitlines()]
    by_leak = {line["id"]: line for line in dropped if line.get("detail") == "leaks"}
    assert set(by_leak) == leaked_ids(corpus)
    assert all(line["reason"] == "filtered" and "covered_by" not in line for line in by_leak.values())
    assert {line["leak"]["question"] for line in by_leak.values()} == {"exam/0", "exam/1"}
    card = files.read("README.md").decode()
    assert "### Leaks left out" in card and "| exam | " in card and "exam/1" in card
    assert all(row_id in card for row_id in leaked_ids(corpus))


def test_a_recipe_rebuilds_to_the_same_digest_from_stored_questions(made: tuple[Workspace, Corpus, Path]) -> None:
    workspace, corpus, folder = made
    assert main(["leaks", corpus.id, "--against", str(folder), "--ngram", "8", "--rows", "0"]) == 0
    (benchmark,) = list_benchmarks(workspace)
    pool = PoolSpec(rules=(rule_of(LeakRule(benchmarks=(benchmark.key,), ngram=8)),)).as_dict()
    built = build(workspace, Recipe(corpus=corpus.id, pool=pool, strategy="random", size=20))
    assert not set(built.corpus_view.corpus.ids[built.positions].tolist()) & {int(i, 16) for i in leaked_ids(corpus)}
    assert left_out(built).counts["filtered by leaks"] == 2
    (folder / "exam.jsonl").unlink()
    trash.discard(workspace, "features", hits_key(corpus.id, benchmark.key, LeakSearch(ngram=8)))
    again = build(workspace, Recipe.of(orjson.loads(built.recipe.as_json())))
    assert again.recipe.ids_digest == built.recipe.ids_digest and not again.warnings
    trash.discard(workspace, "features", hits_key(corpus.id, benchmark.key, LeakSearch(ngram=8)))
    trash.discard(workspace, "benchmarks", benchmark.key)
    with pytest.raises(FeatureMissing, match="leaks CORPUS --against FILE with the benchmark's file"):
        build(workspace, Recipe.of(orjson.loads(built.recipe.as_json()))).answer.rows  # noqa: B018


def test_the_pool_says_its_rule_in_words() -> None:
    rule = rule_of(LeakRule(benchmarks=("a" * 16,), share=0.25, common=1000, any_number=True))
    said = PoolSpec(rules=(rule,)).describe()
    assert said == (
        "without leaks (1 benchmark, 13 words, any number, at least 25% of a question, "
        "n-grams of more than 1,000 rows set aside)"
    )
    assert PoolSpec.of(PoolSpec(rules=(rule,)).as_dict()).rules == (rule,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("leaks=unknown", "is not a stored benchmark"),
        ("leaks=exam,ngram=x", "ngram is a number"),
        ("leaks=exam,answers=maybe", "answers is yes or no"),
        ("leaks=exam,hope=1", "is not one of ngram"),
        ("leaks=exam,ngram=1", "whole number from 3"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(made: tuple[Workspace, Corpus, Path], given: str, said: str) -> None:
    workspace, corpus, folder = made
    assert main(["leaks", corpus.id, "--against", str(folder), "--rows", "0"]) == 0
    with pytest.raises(InputError, match=said):
        recipe_of(parser().parse_args(["choose", corpus.id, "--pool", given]), workspace)


def test_a_command_without_questions_says_what_to_give(
    made: tuple[Workspace, Corpus, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, corpus, folder = made
    assert main(["leaks", corpus.id]) != 0
    assert "--against PATH" in capsys.readouterr().err
    said = printed(capsys, "leaks", corpus.id, "--against", str(folder / "exam.jsonl"), "--holdout", "--ngram", "8")
    assert "Holdout of" in said


def test_rules_with_nothing_in_them_are_refused_when_a_pool_reads_them(made: Any) -> None:
    workspace, corpus, _ = made
    pool = {"rules": [CurationRule(kind="leaks", settings={}).as_dict()]}
    with pytest.raises(InputError, match="names no benchmark"):
        build(workspace, Recipe(corpus=corpus.id, pool=pool, strategy="random", size=5)).answer.rows  # noqa: B018
