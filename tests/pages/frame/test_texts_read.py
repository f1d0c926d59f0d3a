"""Pages read the texts of the rows that they show, never those of the whole corpus."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.store import Corpus
from tests.corpora import corpus_of, records

ROOT = Path(__file__).resolve().parents[3]
VISITS = [
    ("corpus", {}),
    ("tokens", {"view": "rows"}),
    ("clusters", {}),
    ("tags", {}),
    ("scores", {}),
    ("subsets", {}),
    ("study", {}),
    ("measure", {}),
    ("inspect", {"look": "contrast"}),
    ("inspect", {"look": "row"}),
    ("compare", {}),
    ("activity", {}),
]


def test_no_page_reads_the_texts_of_the_whole_corpus_when_it_is_opened(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus_of(home, records(120))
    readers: list[str] = []
    whole = Corpus.text

    def counted(corpus: Corpus, component: str) -> object:
        readers.append(page)
        return whole(corpus, component)

    monkeypatch.setattr(Corpus, "text", counted)
    page = "corpus"
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in {"low": "2", "high": "60"}.items():
        test.query_params[name] = value
    test.run()
    for page, query in VISITS:
        test.switch_page(f"pages/{page}.py")
        for name, value in query.items():
            test.query_params[name] = value
        test.run()
        assert not test.exception and test.title[0].value.lower() == page
    assert readers == []
