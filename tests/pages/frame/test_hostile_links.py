"""A link that somebody edited or cut: the page opens, says what it does not use, and has no traceback."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.store import Corpus
from core.workbench.subsets import list_subsets
from pages.parts.frame import address
from tests.pages.frame.addresses import BAND, ROOT, address_of, put
from tests.pages.frame.hostile import hostile_link, unexplained

PAGES = ("corpus", "tokens", "clusters", "tags", "subsets", "measure", "inspect", "compare", "scores", "activity")
SEEDS = 3  # links of each page


def opened(page: str, link: dict[str, Any]) -> AppTest:
    """The page at the link, which must not end in an error that no message was written for."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params.update(link)
    with unexplained() as faults:
        test.switch_page(f"pages/{page}.py").run()
    faults += [f"{fault.value} {fault.stack_trace}" for fault in test.exception]
    assert not faults, f"{page} {json.dumps(link)[:3000]}\n{faults[0]}"
    return test


def chosen(corpus: Corpus) -> dict[str, list[str]]:
    """Good values of parameters that name a subset or a view."""
    subsets = [subset.key for subset in list_subsets(corpus.workspace)]
    named = {
        parameter.name: [*subsets, "pool", "slider"]
        for parameter in (
            address.MEASURED_ROWS, address.OTHER_ROWS, address.REFERENCE, address.CONTRAST_A, address.CONTRAST_B,
            address.WHY_SUBSET, address.STABILITY_SUBSET, address.PASSPORT_SUBSET,
        )
    }  # fmt: skip
    views = (address.MEASURE_VIEW, address.COMPARE_VIEW, address.SCORES_FROM, address.CURVE_AXIS)
    looks = {address.LOOK.name: ["contrast", "overlap", "stability", "row", "thresholds"]}
    return named | looks | {parameter.name: list(parameter.former.values()) for parameter in views}


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_at_any_link(addressed: Corpus, page: str, seed: int) -> None:
    opened(page, hostile_link(addressed, Random(f"{page}:{seed}"), chosen(addressed)))


def test_a_number_that_a_link_could_not_set_is_carried_from_then_on(addressed: Corpus) -> None:
    test = opened("subsets", {**BAND, "corpus": addressed.id, "n": "1e400"})
    assert "n" not in test.query_params
    test.run()
    assert not any("link's n" in str(warning.value) for warning in test.warning)
    put(test, "n", 17)
    assert address_of(test, "subsets")["n"] == "17"


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("clusters", {"components": "75", "min_dist": "0.99", "neighbors": "200", "min_cluster_size": "100000"}),
        ("tags", {"tag_rounds": "99", "tag_min_rows": "1000000", "tag_support": "10000000", "tag_confidence": "0.5"}),
        ("tokens", {"unit": "quantile", "low": "3", "high": "9"}),
    ],
)
def test_what_the_features_take_a_page_takes_too(addressed: Corpus, page: str, link: dict[str, str]) -> None:
    opened(page, {"corpus": addressed.id, **link})


@pytest.mark.parametrize(
    ("page", "link", "said"),
    [
        ("subsets", {"pool": json.dumps({"columns": [{"column": "a", "minimum": "x"}]})}, "link's pool is not used"),
        ("clusters", {"pool": json.dumps({"length": {"minimum": "10"}})}, "link's pool is not used"),
        ("subsets", {"pool": "[1]"}, "link's pool is not used: '[1]' is not a JSON object"),
        ("subsets", {"pool": '{"sources":'}, "is not a JSON object"),
        ("subsets", {"rules": "nothing"}, "link's rules is not used: 'nothing' is not a JSON object"),
        ("subsets", {"rules": json.dumps({"quotas": [{"column": "category", "minimum": {"poem": "NaN"}}]})},
         "The link's quota is not used. The minimum of category = poem must be a number of rows"),
        ("subsets", {"rules": json.dumps({"quotas": [[]]})}, "A quota must name a column"),
        ("subsets", {"rules": json.dumps({"pinned": ["no-id"]})}, "'no-id' is not a row id"),
        ("subsets", {"n": "1e400"}, "link's n is not used: '1e400' is not a number"),
        ("subsets", {"n": "many"}, "link's n is not used"),
        ("subsets", {"d": "nan"}, "link's d is not used"),
        ("subsets", {"strategy": "micro", "micro.low": "inf"}, "link's micro low is not used: 'inf' is not a number"),
        ("measure", {"measure-seed": "-inf"}, "link's measure-seed is not used"),
        ("tokens", {"tokenizer": "x" * 10_000}, "link's tokenizer is not used"),
        ("clusters", {"embedder": "/" + "y" * 5_000}, "link's embedder is not used"),
        ("tokens", {"low": "1e400"}, "link's low is not used"),
        ("clusters", {"seed": "4000000000"}, "link's seed is not used"),
        ("tags", {"tag_rounds": "1e400"}, "link's tag rounds is not used"),
        ("measure", {"measure-view": "x" * 10_000}, "link's measure view is not used"),
    ],
)  # fmt: skip
def test_what_a_link_cannot_say_is_named_in_a_line(
    addressed: Corpus, page: str, link: dict[str, str], said: str
) -> None:
    test = opened(page, {**BAND, "corpus": addressed.id, **link})
    lines = [str(element.value).replace("\\", "") for kind in (test.warning, test.error) for element in kind]
    assert any(said in line for line in lines), lines
    assert all(len(line) < 1_000 and "x" * 81 not in line for line in lines)
