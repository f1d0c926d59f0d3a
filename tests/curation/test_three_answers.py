"""Three generators' answers to the same questions: the ladder's known answer, and a pool of one answer each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import orjson
import pytest

from core import api
from core.__main__ import main
from core.corpus.store import Corpus

TOPICS = ("rivers", "engines", "bread", "glaciers", "violins", "comets", "bridges", "owls")
ASKED = ("Where do {} come from", "Why do people study {}", "How would you draw {}", "What is hard about {}")
QUESTIONS = [f"{asked.format(topic)}?" for topic in TOPICS for asked in ASKED]
GENERATORS = {
    "terse": lambda question, n: f"{n + 3} words on it, no more.",
    "wordy": lambda question, n: f"That is a fine thing to ask. {question} Let us begin with the {n + 1} oldest "
    "sources, which disagree, and go on to what has been measured since.",
    "listing": lambda question, n: f"1. Look at {n + 2} cases.\n2. Compare them.\n3. Say what is left over.",
}  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """The three files in one corpus; in one of them the questions stand in capitals, without a question mark."""
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    files = []
    for name, answer in GENERATORS.items():
        asked = [question.upper().rstrip("?") if name == "listing" else question for question in QUESTIONS]
        rows = [{"instruction": text, "output": answer(text, n), "generator": name} for n, text in enumerate(asked)]
        files.append(tmp_path / f"{name}.jsonl")
        files[-1].write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return api.load(files, name="answers", holdout=0)


@pytest.mark.parametrize("rung", ["exact", "normalised"])
def test_no_row_is_a_copy_of_another(corpus: Corpus, rung: str) -> None:
    assert len(corpus) == 3 * len(QUESTIONS) and corpus.report["exact_duplicates"] == 0
    assert len(api.near_copies(corpus, rung)) == 0


def test_every_question_is_a_group_of_its_three_answers(corpus: Corpus) -> None:
    copies = api.near_copies(corpus, "same_instruction")
    assert len(copies) == len(corpus)
    assert Counter(copies.groupby("group").size()) == {3: len(QUESTIONS)}
    assert not copies["template"].any()
    asked = dict(zip(map(int, corpus.ids), corpus.text("instruction"), strict=True))
    for _, rows in copies.groupby("group"):
        assert len({asked[int(row, 16)].casefold().rstrip("?") for row in rows["id"]}) == 1


@pytest.mark.parametrize("most", [1, 2])
def test_a_pool_holds_as_many_answers_a_question_as_are_asked_for(corpus: Corpus, most: int) -> None:
    copies = api.near_copies(corpus, "same_instruction", most=most)
    pool = api.view(corpus, pool={"rules": [copies.attrs["rule"]]}).pool
    asked = Counter(text.partition("\n")[0].casefold().rstrip("?") for text in _instructions(corpus, pool.ids.tolist()))
    assert set(asked.values()) == {most} and len(asked) == len(QUESTIONS)


def test_the_command_counts_them_and_an_export_holds_one_answer_each(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["near-copies", "answers", "--rung", "same_instruction"]) == 0
    capsys.readouterr()
    out = tmp_path / "chosen.jsonl"
    size = str(len(QUESTIONS))
    pool = ["--pool", "near-copies=same_instruction,keep=source"]
    assert main(["choose", "answers", "--strategy", "random", "--size", size, *pool, "--out", str(out)]) == 0
    rows = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert len({row["instruction"].casefold().rstrip("?") for row in rows}) == len(rows) == len(QUESTIONS)


def _instructions(corpus: Corpus, ids: list[int]) -> list[str]:
    place = {int(row): at for at, row in enumerate(corpus.ids.tolist())}
    texts = corpus.text("instruction")
    return [texts[place[row]] for row in ids]
