"""The object of a model's reply: found among words, mended where it was cut or misspelt, never invented."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.endpoint.json_reply import object_in


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Sure:\n```json\n{"a": [1, 2,],}\n```\nDone.', {"a": [1, 2]}),
        ('<think>{"no": 1}</think> {"a": "x"} and {"b"}', {"a": "x"}),
        ("{'a': 'it's so', 'b': True, 'c': None}", {"a": "it's so", "b": True, "c": None}),
        ('{"a": "line\nbreak"}', {"a": "line\nbreak"}),
        ("{'agrees': False", {"agrees": False}),
        ('{"a": "x", "b": "cut he', {"a": "x", "b": "cut he"}),
        ('{"a": "x", "b": ["y", "z', {"a": "x", "b": ["y", "z"]}),
        ('{"a": "x", "b', {"a": "x"}),
        ('{"a": "x", "b": 12', {"a": "x"}),
        ('{"a": {"b": [1, {"c": "d"', {"a": {"b": [1, {"c": "d"}]}}),
        ("no object", None),
        ("[1, 2]", None),
        ("", None),
    ],
)
def test_an_object_is_read_in_whatever_form_it_comes(reply: str, value: dict[str, Any] | None) -> None:
    assert object_in(reply) == value


def test_every_beginning_of_an_object_gives_fields_of_the_whole() -> None:
    whole = {"cause": "both", "readings": ["one, {two}", "it's"], "missing": ['a "fact"'], "sure": 0.5}
    text = json.dumps(whole)
    for end in range(len(text) + 1):
        read = object_in(text[:end])
        if read is None:
            continue
        for name, value in read.items():
            given = whole[name]
            assert value == given or (
                isinstance(given, str) and given.startswith(value)
                if isinstance(value, str)
                else isinstance(given, list) and len(value) <= len(given)
            )
    assert object_in(text) == whole
