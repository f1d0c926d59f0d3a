"""Tokenizers by name: two LLM tokenizers that need no network, any tokenizer of the hub or a folder, and words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from core.errors import InputError
from core.features.tokenizers.tokenizer import Segment, Tokenizer

__all__ = ["DEFAULT", "NAMES", "Segment", "Tokenizer", "load", "token_counts"]

# name → what the user should know when choosing it
NAMES = {
    "mistral-32k": "32,000 pieces, of the size of Llama-2's",
    "tekken-131k": "131,072 pieces, of the size of Llama-3's",
    "words": "Unicode words, for comparison only",
}
DEFAULT = "mistral-32k"


def load(name: str = DEFAULT) -> Tokenizer:
    """The tokenizer called ``name``: one of :data:`NAMES`, a hub id or a local folder.

    Raises :class:`InputError` for an unknown name, :class:`NetworkError` when the hub does not answer.
    """
    name = name.strip()
    if not name:
        raise InputError("A tokenizer needs a name.", remedy=f"For example {DEFAULT}.")
    if name == "words":  # holds a vocabulary: each caller gets its own
        from core.features.tokenizers.words import Words

        return Words()
    return _load(name)


def token_counts(name: str, texts: Sequence[str]) -> list[int]:
    """The tokens of each of ``texts`` by the tokenizer called ``name``; words are counted whatever their vocabulary."""
    indptr, _ = load(name).encode_many(texts)
    return [int(count) for count in np.diff(indptr)]


@lru_cache(maxsize=4)
def _load(name: str) -> Tokenizer:
    if name == "mistral-32k":
        from core.features.tokenizers.mistral import Mistral32K

        return Mistral32K()
    if name == "tekken-131k":
        from core.features.tokenizers.tekken import Tekken131K

        return Tekken131K()
    from core.features.tokenizers.hub import HubTokenizer

    return HubTokenizer(name)
