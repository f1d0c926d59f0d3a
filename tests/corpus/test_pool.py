"""Pools: each filter, their digest and phrase, searching."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.ingest import Holdout, ingest
from core.corpus.pool import ColumnFilter, LengthWindow, PoolSpec, length_matched, select
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import FeatureMissing, InputError
from core.workspace.artefacts import Workspace

WORDS = [
    "Zebra",
    "zèbre",
    "quick sort",
    "50% off",
    "a.b",
    "<b>bold</b>",
    "日本語のテキスト",
    "привет мир",
    "back\\slash",
    "it's",
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    records = [
        {
            "instruction": f"Question {i} about {WORDS[i % 10]}",
            "input": "context" if i % 4 == 0 else "",
            "output": f"{WORDS[(i * 3) % 10]} " * (i % 5 + 1),
            "source": f"s{i % 3}",
            "category": f"c{i % 2}" if i % 7 else None,
            "score": i,
        }
        for i in range(200)
    ]
    data = b"\n".join(json.dumps(record).encode() for record in records)
    workspace = Workspace(tmp_path_factory.mktemp("pool"))
    return ingest(workspace, [from_bytes("f.jsonl", data)], holdout=Holdout(fraction=0.1))


def rows_where(corpus: Corpus, test: object) -> list[int]:
    rows = corpus.rows(range(len(corpus)))
    return [place for place, row in enumerate(rows) if test(row) and not row["holdout"]]  # type: ignore[operator]


def test_the_whole_corpus_is_everything_but_the_holdout(corpus: Corpus) -> None:
    assert select(corpus, PoolSpec()).tolist() == rows_where(corpus, lambda row: True)
    assert len(select(corpus, PoolSpec(with_holdout=True))) == 200
    assert (PoolSpec().as_dict(), PoolSpec().describe()) == ({}, "")


@pytest.mark.parametrize(
    ("spec", "test", "phrase"),
    [
        (PoolSpec(sources=("s1", "s2")), lambda row: row["source"] != "s0", "2 sources"),
        (PoolSpec(categories=("c1",)), lambda row: row["category"] == "c1", "category c1"),
        (
            PoolSpec(text="ZEBRA"),
            lambda row: "zebra" in (row["instruction"] + row["response"]).lower(),
            "holds “ZEBRA”",
        ),
        (PoolSpec(text="50% off"), lambda row: "50% off" in row["instruction"] + row["response"], "holds “50% off”"),
        (PoolSpec(text="it's", within="response"), lambda row: "it's" in row["response"], "holds “it's”"),
        (PoolSpec(text="context", within="instruction"), lambda row: row["input"] == "context", "holds “context”"),
        (
            PoolSpec(regex=r"^Question \d5 ", within="instruction"),
            lambda row: re.search(r"^Question \d5 ", row["instruction"]),
            r"matches /^Question \d5 /",
        ),
        (
            PoolSpec(length=LengthWindow(minimum=10, maximum=20, unit="characters")),
            lambda row: 10 <= len(row["response"]) <= 20,
            "10–20 characters of the response",
        ),
        (
            PoolSpec(columns=(ColumnFilter(column="score", minimum=50, maximum=99),)),
            lambda row: 50 <= row["original"]["score"] <= 99,
            "score 50–99",
        ),
        (
            PoolSpec(columns=(ColumnFilter(column="score", values=("3", "5")),)),
            lambda row: row["original"]["score"] in (3, 5),
            "score 3, 5",
        ),
    ],
)
def test_each_filter_equals_its_obvious_twin(corpus: Corpus, spec: PoolSpec, test: object, phrase: str) -> None:
    rows = select(corpus, spec)
    assert rows.tolist() == rows_where(corpus, test)
    assert len(rows)
    assert spec.describe() == phrase
    again = PoolSpec.of(json.loads(json.dumps(spec.as_dict())))
    assert (again.digest, again.describe()) == (spec.digest, phrase)


def test_scripts_are_guessed(corpus: Corpus) -> None:
    mapping = {
        name: len(select(corpus, PoolSpec(scripts=(name,), with_holdout=True))) for name in ("Japanese", "Cyrillic")
    }
    assert mapping == {"Japanese": 20, "Cyrillic": 20}


def test_token_lengths_have_to_be_given(corpus: Corpus) -> None:
    spec = PoolSpec(length=LengthWindow(minimum=3, maximum=4))
    assert spec.needs_lengths and not PoolSpec().needs_lengths
    with pytest.raises(FeatureMissing):
        select(corpus, spec)
    lengths = np.arange(len(corpus)) % 6
    assert set(lengths[select(corpus, spec, lengths)]) == {3, 4}
    with pytest.raises(InputError):
        select(corpus, spec, lengths[:5])


def test_the_length_matched_window_holds_the_middle_rows() -> None:
    assert length_matched(np.arange(1, 101), share=0.5) == LengthWindow(minimum=25, maximum=75)


def test_pins_come_in_exclusions_stay_out_and_the_holdout_stays_out(corpus: Corpus) -> None:
    ids = [show_id(single) for single in corpus.ids]
    kept = int(np.flatnonzero(corpus.holdout)[0])
    free = np.flatnonzero(~corpus.holdout)[:3].tolist()
    spec = PoolSpec(text="nothing has this", pinned=(ids[free[0]], ids[free[1]], ids[kept]), excluded=(ids[free[1]],))
    assert select(corpus, spec).tolist() == [free[0]]
    assert select(corpus, PoolSpec(ids=(ids[free[2]],))).tolist() == [free[2]]


def test_the_order_of_values_is_no_matter_and_a_different_pool_has_another_digest() -> None:
    assert PoolSpec(sources=("a", "b")).digest == PoolSpec(sources=("b", "a", "a")).digest
    assert len({PoolSpec().digest, PoolSpec(sources=("a",)).digest, PoolSpec(categories=("a",)).digest}) == 3


@pytest.mark.parametrize(
    "values",
    [
        {"nothing": 1},
        {"length": 3},
        {"columns": [{"nope": 1}]},
        {"within": "system"},
        {"pinned": ["zz"]},
        {"sources": 4},
    ],
)
def test_what_is_no_pool_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InputError):
        PoolSpec.of(values)


def test_unknown_columns_and_bad_patterns_are_refused_with_a_remedy(corpus: Corpus) -> None:
    for spec in (
        PoolSpec(regex="(("),
        PoolSpec(regex="(?=x)"),
        PoolSpec(columns=(ColumnFilter(column="nope", values=("1",)),)),
        PoolSpec(columns=(ColumnFilter(column="source", minimum=1),)),
        PoolSpec(text="x" * 1001),
    ):
        with pytest.raises(InputError) as refused:
            select(corpus, spec)
        assert refused.value.remedy


def test_a_pattern_that_would_backtrack_for_ever_does_not(corpus: Corpus) -> None:
    assert len(select(corpus, PoolSpec(regex="(a+)+$"))) >= 0


@settings(max_examples=25)
@given(st.text(alphabet="aZe5%.<\\'日 ?_*[", min_size=1, max_size=4))
def test_plain_search_takes_every_sign_as_it_stands(corpus: Corpus, text: str) -> None:
    def holds(row: dict[str, str]) -> bool:
        return any(text.lower() in row[field].lower() for field in ("instruction", "input", "response"))

    assert select(corpus, PoolSpec(text=text)).tolist() == rows_where(corpus, holds)
