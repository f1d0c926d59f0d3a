"""The ten minutes on the demo from an empty workspace: every page shows content, and a stop-watch says when."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.workspace.artefacts import Workspace
from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.browser.stopwatch import Stopwatch, walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(2400)]


def test_ten_minutes_from_nothing_to_a_measured_series(
    page: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, watch = tmp_path / "served" / "workspace", Stopwatch()
    home.parent.mkdir()
    with serving(home) as address:
        try:
            walk(Desk(page, address), watch, tmp_path)
        finally:
            with capsys.disabled():  # printed, not asserted: a busy machine is no fault
                print("\n" + watch.table(Workspace(home)))
    steps = list(watch.laps)
    assert steps[0] == "the corpus is open" and steps[-1] == "real runs on Compare"
    assert list(watch.laps.values()) == sorted(watch.laps.values())
