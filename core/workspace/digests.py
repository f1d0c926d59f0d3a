"""Names made from content: the keys of every artefact and cache entry."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray


def digest(value: Any) -> str:
    """16 hexadecimal digits of BLAKE2b over ``value`` as canonical JSON (sorted keys, no spaces).

    ``value`` holds dicts with string keys, lists, tuples, strings, numbers, booleans and None; a float equal
    to an integer digests as that integer, so 10 and 10.0 name the same artefact. Raises TypeError for others.
    """
    encoded = orjson.dumps(_canonical(value), option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(encoded, digest_size=8).hexdigest()


def digest_ids(ids: NDArray[np.uint64]) -> str:
    """16 hexadecimal digits naming a set of row ids, whatever their order."""
    ordered = np.sort(np.asarray(ids, dtype="<u8"))
    return hashlib.blake2b(ordered.tobytes(), digest_size=8).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    return value
