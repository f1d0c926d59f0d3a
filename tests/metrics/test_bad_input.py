"""Every metric on every kind of bad input: a number, or the reason why there is none; never a crash."""

from __future__ import annotations

import math

import numpy as np
import orjson
import pytest
from scipy import sparse

from core.metrics.metric import Measuring
from core.metrics.registry import measure, metrics
from core.view import TypeRows
from tests.metrics.views import random_texts, view_of

CHINESE = ["今天天气很好，我们去公园散步。", "请解释什么是机器学习？", "机器学习是人工智能的一个分支。"] * 20
EMOJI = ["🎉🎉🎉", "👩‍👩‍👧‍👦 family", "🇫🇷🇩🇪", "ok 👍🏽", "❤️‍🔥"] * 12
MIXED = [
    "caf\u00e9 cafe\u0301",
    "\ud800 lone surrogate",
    "nul\x00byte",
    "\ufeffbom",
    "r\u00e9sum\u00e9 \u202e rtl",
] * 12


def broken(value: float):
    vectors = np.eye(16, dtype=np.float32)[np.arange(40) % 16]
    vectors[7] = value
    return vectors


INPUTS = {
    "empty strings": lambda: view_of([""] * 30),
    "spaces only": lambda: view_of([" \n\t"] * 30),
    "one token": lambda: view_of(["word"] * 30),
    "one row": lambda: view_of(["one row of some words"]),
    "two rows": lambda: view_of(["one row of words", "another one"]),
    "identical rows": lambda: view_of(
        ["the very same words again"] * 40, embeddings=np.repeat(np.eye(16, dtype=np.float32)[:1], 40, axis=0)
    ),
    "fewer rows than K": lambda: view_of(random_texts(9)),
    "vectors with NaN": lambda: view_of(random_texts(40), embeddings=broken(np.nan)),
    "vectors with infinity": lambda: view_of(random_texts(40), embeddings=broken(np.inf)),
    "vectors of zeros": lambda: view_of(random_texts(40), embeddings=broken(0.0)),
    "texts of a megabyte": lambda: view_of(["lorem ipsum dolor " * 60_000, "x" * 1_000_000, "short"]),
    "chinese": lambda: view_of(CHINESE),
    "emoji": lambda: view_of(EMOJI),
    "mixed encodings": lambda: view_of(MIXED),
    "all noise and no tags": lambda: view_of(
        random_texts(30),
        clusters=np.full(30, -1, dtype=np.int32),
        tags=TypeRows(sparse.csr_matrix((30, 0), dtype=np.int32), ()),
        **{"column:source": np.full(30, None, dtype=object), "column:category": np.full(30, None, dtype=object)},
    ),
}
NUMBERLESS = {"vectors with NaN", "vectors with infinity", "vectors of zeros"}


@pytest.fixture(scope="module", params=list(INPUTS), ids=lambda name: name.replace(" ", "-"))
def bad(request):
    return request.param, INPUTS[request.param]()


@pytest.mark.parametrize("name", list(metrics()))
def test_a_value_or_the_reason_why_there_is_none(name, bad):
    kind, view = bad
    reading = measure(name, Measuring(view=view, reference=view))
    assert reading.failed == ""
    assert orjson.loads(orjson.dumps(reading.as_dict()))["value"] == reading.value
    if reading.value is None:
        assert reading.undefined.startswith("undefined because ")
        assert len(reading.undefined) > 25
    else:
        assert isinstance(reading.value, float) and math.isfinite(reading.value)
        assert reading.undefined == ""
    if kind in NUMBERLESS and "embeddings" in metrics()[name].needs(defaults(name)):
        assert reading.value is None and "vector" in reading.undefined


@pytest.mark.parametrize(
    "name", [name for name, metric in metrics().items() if metric.family in ("lexical", "token distribution")]
)
def test_no_text_has_no_lexical_number_at_all(name):
    assert measure(name, Measuring(view=INPUTS["empty strings"]())).value is None
    if name != "cr":  # white space is text to a compressor
        assert measure(name, Measuring(view=INPUTS["spaces only"]())).value is None


@pytest.mark.parametrize("name", list(metrics()))
def test_no_rows_are_said_to_be_none(name):
    view = view_of(random_texts(5)).take(np.empty(0, dtype=np.int64))
    assert measure(name, Measuring(view=view, reference=view)).undefined == "undefined because there are no rows"


def defaults(name: str) -> dict:
    return {parameter.name: parameter.default for parameter in metrics()[name].parameters}
