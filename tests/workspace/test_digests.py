"""Digests name content, whatever its order and spelling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.workspace.digests import digest, digest_ids

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_the_order_of_keys_does_not_matter(value: dict) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))
    assert len(digest(value)) == 16


def test_numbers_are_named_by_their_value() -> None:
    assert digest({"n": 10}) == digest({"n": 10.0}) == digest({"n": np.float32(10)}) == digest({"n": np.int64(10)})
    assert digest({"n": 10}) != digest({"n": 10.5})
    assert digest([1, 2]) == digest((1, 2)) != digest([2, 1])
    assert digest(True) != digest(1)


def test_the_name_of_known_content_never_changes() -> None:
    assert digest({"a": [1, "b", None]}) == "af2f546308b86d33"
    assert digest_ids(np.array([3, 1, 2], dtype=np.uint64)) == "77ba1ae68d5afbb4"


def test_what_is_no_json_has_no_name() -> None:
    with pytest.raises(TypeError):
        digest({"a": object()})


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=20), st.randoms(use_true_random=False))
def test_a_set_of_rows_has_one_name_in_any_order(ids: list[int], random: object) -> None:
    shuffled = list(ids)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    assert digest_ids(np.array(ids, dtype=np.uint64)) == digest_ids(np.array(shuffled, dtype=np.uint64))
    assert digest_ids(np.array([*ids[1:]], dtype=np.uint64)) != digest_ids(np.array(ids, dtype=np.uint64)) or not ids
