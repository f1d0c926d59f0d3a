"""YAML of plain values, one key a line: lists and objects inside are JSON, which YAML reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def as_yaml(values: Mapping[str, Any]) -> str:
    """``values`` as YAML that every reader takes for the same values: 1e-05 is written 1.0e-05, or it would be text."""
    return "".join(f"{name}: {_value(value)}\n" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, float):
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e", 1)
    return orjson.dumps(value).decode()
