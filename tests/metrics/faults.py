"""Metrics that go wrong, put into the real registry for the time of one test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.metrics import registry
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading

_VERSIONS = itertools.count(1000)


def put_metric(monkeypatch: pytest.MonkeyPatch, metric: Metric) -> Metric:
    """Register ``metric`` under its name, in place of the one that has it."""
    known = {**registry.metrics(), metric.name: metric}
    monkeypatch.setattr(registry, "_load", lambda: known)
    return metric


def break_metric(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException | None = None) -> Metric:
    """Let the metric ``name`` raise ``error`` (default: a fault that NumPy would raise); returns it as it should be.

    Both have a version that no other test has, so that nothing stored before counts.
    """
    whole = replace(registry.metric(name), version=next(_VERSIONS))
    put_metric(monkeypatch, replace(whole, measure=raising(error or ValueError("operands could not be broadcast"))))
    return whole


def raising(error: BaseException) -> Callable[[Measuring], Reading]:
    def measure(measuring: Measuring) -> Reading:
        raise error

    return measure
