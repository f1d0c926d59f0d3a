"""From three overlapping files to a subset without near-copies and leaks, rebuilt by its recipe; a shard appended."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page, expect

from core.__main__ import main
from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.curation.leaks.planted import filler, made_questions

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MODELS = ("small", "middle", "large")
QUESTIONS = filler(60, seed=4)
EXAM = made_questions(2)


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def overlapping(folder: Path) -> list[Path]:
    """Three models' answers to the same 60 questions; one file also holds two questions of an exam."""
    paths = []
    for number, model in enumerate(MODELS):
        answers = filler(60, seed=10 + number)
        rows = [
            {"instruction": asked, "output": f"{answer} {'well ' * number}"}
            for asked, answer in zip(QUESTIONS, answers, strict=True)
        ]
        if not number:
            rows += [{"instruction": f"Exam: {asked}", "output": f"It is {asked.split()[-1]}."} for asked in EXAM]
        paths.append(written(folder / f"{model}.jsonl", rows))
    return paths


def test_from_overlapping_files_to_a_clean_subset_and_a_grown_corpus(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, exams = tmp_path / "workspace", tmp_path / "exams"
    exams.mkdir()
    written(exams / "exam.jsonl", [{"question": asked, "answer": "x"} for asked in EXAM])
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open()
        upload = page.locator("input[type=file]").first
        upload.wait_for(state="attached")
        upload.set_input_files(overlapping(tmp_path))
        desk.settle()
        desk.press("Make the corpus")
        desk.sees(re.compile("182"), timeout=120_000)
        desk.settle()

        desk.choose("Section", "Near-copies")
        desk.choose("Copies by", "Same instruction")
        desk.press("Leave them out of the pool")
        strip = page.locator(".st-key-context-strip")
        expect(strip.get_by_text(re.compile("without near-copies"))).to_be_visible(timeout=60_000)
        desk.settle()

        desk.choose("Section", "Leaks")
        field = page.get_by_role("textbox", name="or a file or folder on the server")
        field.fill(str(exams))
        field.press("Enter")
        desk.settle()
        page.get_by_role("button", name="Add", exact=True).last.click()
        desk.sees(re.compile("leaks, those that hold most"))
        desk.settle()
        desk.press("Leave them out of the pool")
        expect(strip.get_by_text(re.compile("without leaks"))).to_be_visible(timeout=60_000)
        expect(strip.get_by_text(re.compile("without near-copies"))).to_be_visible()
        desk.settle()

        desk.turn_to("Tokens")
        desk.sees("Mid-band types a row", timeout=180_000)
        desk.turn_to("Subsets")
        desk.sees("Types reached", timeout=180_000)
        desk.settle(180_000)
        desk.press("Export")
        caught = desk.download(re.compile("^Download .* rows"))
        desk.no_errors()

        desk.open("?section=grow")
        shard = written(
            tmp_path / "shard.jsonl",
            [{"instruction": asked, "output": f"New, {place}."} for place, asked in enumerate(filler(9, seed=30))],
        )
        page.locator("input[type=file]").first.set_input_files(shard)
        page.get_by_role("button", name="Append 1 file").click()
        desk.sees(re.compile("9 new rows"), timeout=120_000)
        desk.no_errors()

    files = unpacked(Path(caught.path()).read_bytes())
    chosen = instructions(files[data_name(files)])
    assert chosen and len(chosen) == len(set(chosen))
    assert not any(asked in instruction for asked in EXAM for instruction in chosen)
    (dropped,) = (rows for name, rows in files.items() if name.endswith(".dropped.jsonl"))
    filtered = dropped.decode()
    assert "near-copies" in filtered and "leaks" in filtered
    (made_of,) = (name for name in files if name.endswith(".recipe.json"))
    recipe = orjson.loads(files[made_of])
    assert [rule["kind"] for rule in recipe["pool"]["rules"]] == ["leaks", "near_copies"]

    (tmp_path / "recipe.json").write_bytes(files[made_of])
    (exams / "exam.jsonl").unlink()  # what was compared is kept by its content
    monkeypatch.setenv("DIVERSCOPE_HOME", str(home))
    again = tmp_path / "again.jsonl"
    assert main(["build", str(tmp_path / "recipe.json"), "--out", str(again)]) == 0
    assert instructions(again.read_bytes()) == chosen


def instructions(lines: bytes) -> list[str]:
    return [orjson.loads(line)["instruction"] for line in lines.splitlines()]


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def data_name(files: dict[str, bytes]) -> str:
    """The name of the file that holds the chosen rows."""
    (name,) = (name for name in files if name.endswith(".jsonl") and ".dropped" not in name and ".left" not in name)
    return name
