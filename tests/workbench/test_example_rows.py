"""Examples made of benchmarks, answered prompts and saved subsets, and rows chosen toward them."""

from __future__ import annotations

import pytest

from core.__main__ import main
from core.curation.leaks.benchmarks import BenchmarkItem, keep_benchmark
from core.errors import InputError
from core.judging.answer_set import AnswerRecord, Author, Made, keep_answers, match_answers
from core.judging.prompt_set import Prompt, keep_prompts
from core.workbench.build import build
from core.workbench.example_rows import example_sets, make_examples
from core.workbench.recipe import Recipe
from core.workbench.saving import save


@pytest.fixture
def sets(made) -> list[str]:
    """A benchmark of two questions, one of them answered; two prompts, one answered; a subset of four rows."""
    workspace, corpus = made
    keep_benchmark(workspace, [BenchmarkItem("1 + 1?", "2"), BenchmarkItem("Name a river.")], name="exam")
    asked = [Prompt.of("What is a delta?"), Prompt.of("What is a valve?")]
    prompts = keep_prompts(workspace, asked, name="two")
    answered = match_answers([AnswerRecord(question=asked[0].text, output="Where a river ends.")], asked)
    keep_answers(workspace, prompts, Author(name="mine"), answered, Made(how={"from": "a file"}))
    built = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=4))
    save(workspace, built, name="four")
    return list(example_sets(workspace))


def test_each_set_becomes_a_task_of_one_corpus(made, sets) -> None:
    workspace, _ = made
    assert [one_set.partition(":")[0] for one_set in sets] == ["benchmark", "answers", "subset"]
    examples = make_examples(workspace, sets, name="aims")
    by_task = dict(zip(examples.column("task"), examples.text("response"), strict=True))
    assert len(examples) == 6 and by_task["exam"] == "2" and by_task["two"] == "Where a river ends."
    assert examples.column("task").tolist().count("four") == 4
    assert not examples.holdout.any()
    with pytest.raises(InputError, match="No set of examples"):
        make_examples(workspace, [])
    with pytest.raises(InputError, match="There are no examples called"):
        make_examples(workspace, ["subset:none"])


def test_the_command_lists_and_makes_them(made, sets, capsys) -> None:
    assert main(["examples"]) == 0
    assert "prompts two, answered by mine" in capsys.readouterr().out
    assert main(["examples", *sets[:2], "--name", "aims"]) == 0
    assert "aims  2 rows" in capsys.readouterr().out
