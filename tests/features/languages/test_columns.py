"""The language of every row as columns: any batches, an interruption, a column of the same name, what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.corpus.store import Corpus
from core.errors import Cancelled
from core.features.languages import columns as languages
from core.features.languages.columns import columns_of_languages, compute_languages, language_columns
from core.features.languages.identify import VERSION, languages_of_row
from tests.corpora import corpus_of

SENTENCES = orjson.loads(Path(__file__).with_name("sentences.json").read_bytes())
ROWS: list[dict[str, object]] = [
    {"instruction": asked, "output": answered}
    for code in ("en", "de", "zh", "ja", "ru")
    for asked in SENTENCES[code]
    for answered in SENTENCES[code][::-1]
] + [{"instruction": "Write a function that adds two numbers.", "output": "def add(a, b):\n    return a + b"}]


def told_slowly(corpus: Corpus) -> dict[str, list[str]]:
    """The language of each row, one row after the other."""
    asked, answered = corpus.text("instruction"), corpus.text("response")
    told = [languages_of_row(question, answer) for question, answer in zip(asked, answered, strict=True)]
    return {component: [row[place] for row in told] for place, component in enumerate(languages.COLUMNS)}


def test_the_columns_hold_the_language_of_each_text(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, ROWS)
    assert language_columns(corpus) == {}
    made = compute_languages(corpus)
    assert made == {"both": "language", "instruction": "instruction_language", "response": "response_language"}
    slowly = told_slowly(corpus)
    for component, name in made.items():
        assert corpus.column(name).tolist() == slowly[component]
    assert language_columns(corpus) == made == compute_languages(corpus)
    assert corpus.counts_of("response_language")["code"] == 1


def test_batches_and_an_interruption_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, corpus = corpus_of(tmp_path / "a", ROWS)
    whole = {name: corpus.column(name).tolist() for name in compute_languages(corpus).values()}
    _, other = corpus_of(tmp_path / "b", ROWS)
    monkeypatch.setattr(languages, "CHUNK_ROWS", 17)
    monkeypatch.setattr(languages, "PASS_ROWS", 5)
    steps: list[int] = []

    def until_the_third_file(done: int, total: int, note: str) -> None:
        steps.append(done)
        if done > 40:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        compute_languages(other, progress=until_the_third_file)
    assert language_columns(other) == {}
    asked: list[str] = []
    monkeypatch.setattr(
        languages, "languages_of_row", lambda *texts: asked.append(texts[0]) or languages_of_row(*texts)
    )
    made = compute_languages(other)
    assert {name: other.column(name).tolist() for name in made.values()} == whole
    assert 0 < len(asked) <= len(other) - 34  # the first two files were read, not told again
    assert not list((tmp_path / "b").glob("**/partial/*"))


def test_columns_of_an_earlier_version_count_until_the_languages_are_told_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, corpus = corpus_of(tmp_path, ROWS)
    monkeypatch.setattr(languages, "VERSION", VERSION - 1)
    earlier = compute_languages(corpus)
    monkeypatch.undo()
    assert language_columns(corpus) == earlier
    made = compute_languages(corpus)
    assert language_columns(corpus) == made and not set(made.values()) & set(earlier.values())
    assert columns_of_languages(corpus) == {*made.values(), *earlier.values()}


def test_a_column_that_came_with_the_rows_keeps_its_name(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, [{**row, "language": "mine"} for row in ROWS])
    made = compute_languages(corpus)
    assert made["both"] == "language (2)"
    assert set(corpus.column("language").tolist()) == {"mine"}
    assert language_columns(corpus) == made


def test_the_command_stores_what_a_pool_then_filters_by(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path))
    _, corpus = corpus_of(tmp_path, ROWS, name="spoken")
    assert main(["languages", "spoken"]) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if line.startswith(("Chinese", "English", "code"))]
    chosen = select(
        corpus, PoolSpec(columns=(ColumnFilter(column="language", values=("Chinese",)),), with_holdout=True)
    )
    assert len(chosen) == sum(language == "Chinese" for language in told_slowly(corpus)["both"]) > 20
    assert np.all(np.diff(chosen) > 0)
