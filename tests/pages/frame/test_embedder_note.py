"""The warning of an embedder that learnt from English, on the pages where vectors are chosen and used."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.corpora import corpus_of
from tests.pages.frame.addresses import opened

SENTENCES = orjson.loads((Path(__file__).parents[2] / "features" / "languages" / "sentences.json").read_bytes())

pytestmark = pytest.mark.usefixtures("no_worker", "carried_embedder")


def warnings(page: str, **asked: str) -> str:
    test = opened(page, asked)
    assert not test.exception
    return " ".join(warning.value for warning in test.warning).replace("\\", "")


def rows_of(code: str) -> list[dict[str, object]]:
    return [{"instruction": asked, "output": answer} for asked in SENTENCES[code] for answer in SENTENCES[code]]


def test_clusters_and_subsets_warn_where_many_rows_are_chinese(home: Path) -> None:
    corpus_of(home, rows_of("zh") + rows_of("en"))
    said = "50% of the rows are in other scripts than the Latin one (Han 50%)"
    assert said in warnings("clusters")
    assert said not in warnings("clusters", embedder="me/multilingual")
    assert "learnt from English" not in warnings("subsets", strategy="random")
    assert "learnt from English" not in warnings("corpus")


def test_an_english_corpus_is_read_without_a_warning(home: Path) -> None:
    corpus_of(home, rows_of("en"))
    assert "learnt from English" not in warnings("clusters")
