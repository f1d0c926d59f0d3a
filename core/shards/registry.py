"""What can be computed by shards: the name of each feature, the version of its code, and where its function is.

Functions stand above this room, beside the feature whose code they use, and are found by address, as those of jobs are.
To shard a further feature, write a function of one :class:`core.shards.work.ShardWork` and a line here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.errors import InputError, quoted

TOKENS = "tokens"
EMBED = "embed"
MODEL_VECTORS = "model-vectors"
SIGNATURES = "signatures"
COMPARE_BANDS = "compare-bands"
COMPARE_VECTORS = "compare-vectors"
NAME_TEXTS = "name-texts"
NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class ShardFeature:
    """``version`` rises when the function gives something else for the same shard and settings; ``unit`` is what a
    shard of it counts."""

    address: str
    version: int = 1
    unit: str = "rows"


FEATURES: dict[str, ShardFeature] = {
    TOKENS: ShardFeature("core.features.by_shards.token_shards:count_shard"),
    EMBED: ShardFeature("core.features.by_shards.vector_shards:embed_shard"),
    MODEL_VECTORS: ShardFeature("core.features.by_shards.gradient_shards:read_shard"),
    SIGNATURES: ShardFeature("core.curation.near_copies.by_shards:sign_shard"),
    COMPARE_BANDS: ShardFeature("core.curation.near_copies.by_shards:compare_bands", unit="bands"),
    COMPARE_VECTORS: ShardFeature("core.curation.near_copies.cosine:compare_rows"),
    NAME_TEXTS: ShardFeature("core.curation.near_copies.equal_texts:name_texts"),
    NEIGHBOURS: ShardFeature("core.features.by_shards.neighbour_shards:find_shard"),
}
_TEST_FUNCTION = re.compile(r"tests(\.[a-z][a-z0-9_]*)+:[a-z][a-z0-9_]*")


def shard_feature(name: str) -> ShardFeature:
    """The feature called ``name``; a function of the tests is named by its own address.

    Raises :class:`InputError` for any other name.
    """
    if name in FEATURES:
        return FEATURES[name]
    if _TEST_FUNCTION.fullmatch(name):
        return ShardFeature(name)
    raise InputError(f"{quoted(name)} cannot be computed by shards.", remedy=f"There are: {', '.join(FEATURES)}.")


def function_of(name: str) -> Callable[[Any], None]:
    """The function of the feature called ``name``; imports its module."""
    module, _, function = shard_feature(name).address.partition(":")
    made: Callable[[Any], None] = getattr(importlib.import_module(module), function)
    return made
