"""Links as somebody might have edited them: every parameter of a page with values that it does not expect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from core.corpus.store import Corpus
from core.selection.registry import strategies
from pages.parts.frame import address
from pages.parts.frame.address import JsonParameter, UrlParameter
from tests.fuzz.mutations import STRINGS, changed
from tests.pages.frame.addresses import BAND

TEXTS = (
    *STRINGS, "x" * 10_000, "NaN", "Infinity", "-inf", "1e400", "-5", "1.5", "9" * 400, "1_000", "+3", "٣", "1e3",
    "true", "False", "[]", "{}", '["a"]', '{"a": 1}', "None", "null", "<img src=x onerror=alert(1)>", "**b** [x](http://y.z)",
    "$x$", ":material/bug_report:", "own:", "own:x", "/etc", "~root", "../../etc/passwd", "\\",
    "'; DROP TABLE rows; --",
    "%00", "a\x00b", "4000000000", "1e18", "0.0001", "75", "response", "both", "count", "quantile", "0" * 5000,
)  # fmt: skip
NAMES = (
    "sources", "categories", "scripts", "length", "columns", "column", "values", "minimum", "maximum", "unit",
    "component", "text", "regex", "within", "ids", "pinned", "excluded", "with_holdout", "quotas", "category",
    "poem", "tokens",
)  # fmt: skip


def parameters() -> list[UrlParameter]:
    """Every parameter that a link may hold: those of the pages, of the feature settings and of every strategy."""
    named = [value for value in vars(address).values() if isinstance(value, UrlParameter)]
    knobs = [
        address.strategy_setting(name, parameter.name)
        for name, strategy in strategies().items()
        for parameter in strategy.parameters
    ]
    return [*named, *address.SETTINGS.values(), *knobs]


def whole(corpus: Corpus) -> dict[str, Any]:
    """The objects that parameters hold, as the app writes them, to be changed."""
    ids = [f"{row:016x}" for row in corpus.ids[:3].tolist()]
    return {
        "pool": {
            "sources": ["a"], "text": "line", "regex": "[a-z]", "within": "both", "ids": ids, "pinned": ids[:1],
            "length": {"minimum": 2, "maximum": 5000, "unit": "characters", "component": "response"},
            "columns": [{"column": "category", "values": ["poem"]}, {"column": "multiplicity", "minimum": 1}],
        },
        "rules": {
            "pinned": ids[:1], "excluded": ids[1:], "given": "", "target": "",
            "quotas": [{"column": "category", "minimum": {"poem": 2}, "maximum": {"*": 9}}],
        },
        "where": {"category": {"values": ["poem"]}, "multiplicity": {"from": 1, "to": 3}},
        "slider": {
            "strategy": "micro", "parameters": {"low": 3.0, "unit": "count"}, "size": 17, "unit": "rows", "seed": 1,
            "position": 0.4, "pinned": ids[:1], "excluded": ids[1:], "given": "", "target": "",
            "quotas": [{"column": "category", "minimum": {"poem": 2}, "maximum": {"*": 9}}],
        },
    }  # fmt: skip


def hostile_link(corpus: Corpus, draw: Random, chosen: dict[str, list[str]]) -> dict[str, Any]:
    """A link of some parameters with odd values. ``chosen`` are good values, of which a link may hold some too."""
    link: dict[str, Any] = {**BAND, "corpus": corpus.id}
    every = parameters()
    strategy = draw.choice(sorted(strategies()))
    some = draw.sample(every, draw.choice((1, 3, 12, 40)))
    if draw.random() < 0.5:  # a page that shows the knobs of one strategy, each odd
        link[address.STRATEGY.name] = strategy
        some += [parameter for parameter in every if parameter.name.startswith(f"{strategy}.")]
    for parameter in some:
        if isinstance(parameter, JsonParameter) and draw.random() < 0.85:
            value: Any = whole(corpus)[parameter.name]
            for _ in range(draw.choice((1, 1, 2, 4))):
                value = changed(value, draw, NAMES)
            link[parameter.name] = json.dumps(value)
        elif parameter.name in chosen and draw.random() < 0.4:
            link[parameter.name] = draw.choice(chosen[parameter.name])
        else:
            link[parameter.name] = draw.choice(TEXTS)
        if draw.random() < 0.03:
            link[parameter.name] = [link[parameter.name], draw.choice(TEXTS)]
    return {name: _sendable(value) for name, value in link.items()}


def _sendable(value: Any) -> Any:
    """A value as a URL can carry it: a browser sends no half of a surrogate pair."""
    if isinstance(value, list):
        return [_sendable(part) for part in value]
    return value.encode("utf-8", "replace").decode()


@contextmanager
def unexplained() -> Iterator[list[str]]:
    """The tracebacks that the app logs meanwhile of errors that no message was written for."""
    import logging
    import traceback

    kept: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR and record.exc_info:
                kept.append("".join(traceback.format_exception(*record.exc_info)))

    handler = Keeping()
    logger = logging.getLogger("diverscope")
    logger.addHandler(handler)
    try:
        yield kept
    finally:
        logger.removeHandler(handler)
