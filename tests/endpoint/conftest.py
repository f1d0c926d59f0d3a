"""An environment without keys of the person who runs the tests."""

from __future__ import annotations

import pytest

from tests.endpoint.stand_in import without_own_keys


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)
