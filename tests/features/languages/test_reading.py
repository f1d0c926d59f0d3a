"""The warning where an embedder that learnt from English reads other languages."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.features.embedders import CARRIED, INSTANT, PAPER
from core.features.languages.columns import compute_languages
from core.features.languages.reading import MULTILINGUAL, language_warning, reads_english_only
from tests.corpora import corpus_of

SENTENCES = orjson.loads(Path(__file__).with_name("sentences.json").read_bytes())


def rows_of(*codes: str) -> list[dict[str, object]]:
    return [
        {"instruction": asked, "output": answer} for c in codes for asked in SENTENCES[c] for answer in SENTENCES[c]
    ]


@pytest.mark.parametrize(
    "name", [PAPER, CARRIED, INSTANT, "BAAI/bge-small-en-v1.5", "sentence-transformers/all-mpnet-base-v2"]
)
def test_these_embedders_learnt_from_english(name: str) -> None:
    assert reads_english_only(name)


@pytest.mark.parametrize(
    "name", [MULTILINGUAL, "BAAI/bge-m3", "intfloat/multilingual-e5-small", "own:mine", "me/enough"]
)
def test_these_did_not_or_nobody_knows(name: str) -> None:
    assert not reads_english_only(name)


def test_before_the_languages_are_told_another_script_is_enough(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, rows_of("en", "zh", "de"))
    said = language_warning(corpus, "both", CARRIED)
    assert said.startswith("33% of the rows are in other scripts than the Latin one (Han 33%)")
    assert "Tell the languages" in said
    assert MULTILINGUAL in said
    compute_languages(corpus)
    said = language_warning(corpus, "response", CARRIED)
    assert said.startswith("67% of the rows are in other languages than English (")
    assert "Chinese 33%" in said
    assert "German 33%" in said
    assert "Tell the languages" not in said
    assert not language_warning(corpus, "both", MULTILINGUAL)


def test_an_english_corpus_gets_no_warning(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, rows_of("en"))
    assert not language_warning(corpus, "both", CARRIED)
    compute_languages(corpus)
    assert not language_warning(corpus, "both", CARRIED)
    assert not language_warning(corpus, "both_with_thinking", CARRIED)
