"""A person imports a folder of score files, matches the names, and reads whether a metric predicts the score."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page, expect

from core.evidence import ledger
from core.workbench.subsets import Subset, list_subsets, percent
from core.workspace.artefacts import Workspace
from tests.browser.conftest import copied, serving
from tests.browser.desk import Desk
from tests.evidence import seeded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture
def seeded_app(prepared: Path, tmp_path: Path) -> Iterator[tuple[str, Path, list[Subset]]]:
    """A running app over a workspace with a measured series: (address, home, subsets)."""
    home = copied(prepared, tmp_path)
    subsets = sorted(list_subsets(Workspace(home)), key=lambda subset: subset.recipe.position)
    with serving(home) as address:
        yield address, home, subsets


def run_folders(folder: Path, subsets: list[Subset]) -> None:
    """One folder a run: a harness file named as its subset; one carries a recipe, one is cut short, one is unknown."""
    for number, subset in enumerate(subsets):
        name = f"{seeded.SERIES}-{percent(subset.recipe.position)}"
        run = folder / f"run{number}"
        run.mkdir(parents=True)
        if number == 3:
            (run / "recipe.json").write_bytes(subset.recipe.as_json())
            name = "a-name-like-nothing"
        results = {
            "results": {
                "arena": {"acc,none": 0.5 + 0.01 * number + (0.002 if number % 2 else 0), "acc_stderr,none": 0.01}
            },
            "configs": {},
            "config": {"model_args": f"pretrained=/models/{name}"},
        }
        (run / "results_1.json").write_bytes(orjson.dumps(results))
    (folder / "cut").mkdir()
    (folder / "cut" / "results_2.json").write_text('{"results": {"arena": {"acc,no')
    (folder / "stranger.csv").write_text("subset,arena\nxyzzy,0.7\n")


def test_a_folder_is_imported_matched_and_read(
    seeded_app: tuple[str, Path, list[Subset]], page: Page, tmp_path: Path
) -> None:
    address, home, subsets = seeded_app
    run_folders(tmp_path / "runs", subsets)
    desk = Desk(page, address)
    desk.open()
    desk.turn_to("Compare")
    desk.sees("No scores yet")
    desk.choose("Question", "Scores")  # a question of the page opens its first view: here the form that logs scores
    field = page.get_by_role("textbox", name="Or a folder or file on the server")
    field.fill(str(tmp_path / "runs"))
    field.press("Enter")
    desk.sees(re.compile("stops in the middle"))
    desk.sees(re.compile("7 of 8 names are known"))
    desk.settle()
    desk.shot("evidence-import")
    desk.press(re.compile("^Log 8 scores"))
    desk.sees(re.compile("8 scores logged"))

    result = ledger.read(Workspace(home))
    assert sorted(result.scores()["subset"]) == sorted(["", *(subset.digest for subset in subsets)])
    assert set(result.scores()["reader"]) == {"lm-evaluation-harness results", "Score table"}

    desk.choose("Question", "Does it predict?")
    desk.choose("View", "Correlations")
    # One series is one independent unit: the page says why it gives no interval, and offers none.
    desk.sees(re.compile(r"Intervals and p need \d+ scored subsets of 3 independent series"))
    expect(page.get_by_role("button", name=re.compile("^Compute intervals"))).to_have_count(0)
    desk.settle(120_000)
    expect(page.locator(".st-key-correlations-box .js-plotly-plot")).to_be_visible()
    desk.no_errors()
    desk.shot("evidence-correlations")

    desk.choose("View", "Scores and metrics")
    desk.sees(re.compile("7 scores of 7 subsets"))
    desk.sees(re.compile(r"Fit from 7 points"))
    desk.shot("evidence-scatter")

    desk.choose("Question", "Scores")
    desk.choose("View", "Ledger")
    desk.sees(re.compile("1 score has no subset here"))
    text = Path(desk.download(re.compile("Report")).path()).read_text()
    assert "Plotly.newPlot" in text and "Which metric would have picked the best subset" in text
    with zipfile.ZipFile(io.BytesIO(Path(desk.download(re.compile("All tables")).path()).read_bytes())) as archive:
        assert {"scores.csv", "correlations.csv", "best-pick.csv"} <= set(archive.namelist())
    page.get_by_role("button", name="Undo", exact=True).first.click()
    desk.sees("0 scores")
    assert ledger.read(Workspace(home)).scores().empty
    desk.settle()
    desk.no_errors()
