"""What the reading cards of a page show, as the browser is sent it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest


def cards(test: AppTest) -> list[dict[str, Any]]:
    """The message of each reading card: {row, turns, steps}."""
    protos = (getattr(element, "proto", None) for element in _elements(test._tree))
    return [
        json.loads(proto.json)
        for proto in protos
        if getattr(proto, "component_name", "") == "diverscope_reading"
    ]  # fmt: skip


def read_texts(test: AppTest) -> list[str]:
    """The text of each block on the reading cards, in order."""
    return [block["text"] for card in cards(test) for turn in card["turns"] for block in turn["blocks"]]


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from _elements(child)
