"""Finds the subset on which a run was trained, by the recipe that the export wrote beside the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from core.evidence.importers.sources import Source

DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
_KEYS = ("ids_digest", "subset_digest", "subset", "digest")


def carried(source: Source) -> str:
    """The digest of the subset named by a recipe in the file's folder, or in a folder above it in the tree; else ""."""
    if source.tree is None:
        return ""
    folder = PurePosixPath(source.folder)
    for parent in (folder, *folder.parents):
        digests = {
            digest
            for other in source.tree.by_folder.get("" if str(parent) == "." else str(parent), ())
            if _is_recipe(other)
            for digest in [_digest(other.holds(dict))]
            if digest
        }
        if len(digests) == 1:
            return digests.pop()
        if digests:
            return ""  # a folder with several recipes: the names decide
    return ""


def _is_recipe(source: Source) -> bool:
    return source.name == "recipe.json" or source.name.endswith((".recipe.json", "_recipe.json", "-recipe.json"))


def _digest(recipe: Mapping[str, Any] | None) -> str:
    for key in _KEYS:
        value = (recipe or {}).get(key)
        if isinstance(value, Mapping):
            value = value.get("digest")
        if isinstance(value, str) and DIGEST.fullmatch(value):
            return value
    return ""
