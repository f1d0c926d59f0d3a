"""What a browser fetches for a map, and what the page tells it: few words, bytes once, nothing of other rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import orjson
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import InputError
from core.figures.colouring import by_category, by_membership, by_number
from core.figures.map_points import map_points
from core.row_positions import CorpusRows
from pages.parts.frame.corpus_map import selection_after
from pages.parts.frame.map import served
from pages.parts.frame.map.component import Shown, message, painted

ROWS = 117_000


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=served.routes())) as opened:
        yield opened


def shown(rows: int, codes: int = 2, **more: object) -> Shown:
    random = np.random.default_rng(0)
    chosen = random.random(rows) < 0.1
    values = random.integers(0, codes, rows).astype(str).tolist()
    colouring = by_membership(chosen, colour="#2F6DB5") if codes == 2 else by_category(values, title="source")
    points = map_points(random.normal(size=(rows, 2)))
    labels = [(f"cluster {number} of the largest ones", 0.5, 0.5) for number in range(2_000)]
    base = {"layout": "l", "points": points, "painted": painted(colouring), "source": "s", "name": "m", "said": ""}
    return Shown(**{**base, "labels": labels, **more})  # type: ignore[arg-type]


def test_a_map_of_117000_rows_is_said_in_few_words_and_its_bytes_are_four_a_row_and_one_bit(client: TestClient) -> None:
    said = message(shown(ROWS, selected=CorpusRows(np.arange(4_000))), mode="light")
    assert len(orjson.dumps(said)) < 40_000
    sizes = {name: len(client.get(f"/_map/{said[name]}").content) for name in ("places", "codes", "selected")}
    assert sizes == {"places": 4 * ROWS, "codes": ROWS // 8, "selected": ROWS // 8}
    assert len(client.get(f"/_map/{message(shown(ROWS, codes=5), mode='light')['codes']}").content) == ROWS


def test_the_same_bytes_keep_their_address_which_the_browser_may_keep_for_ever(client: TestClient) -> None:
    first, second = served.put(b"places"), served.put(b"places")
    assert first == second != served.put(b"other places")
    answer = client.get(f"/_map/{first}")
    assert answer.content == b"places"
    assert "immutable" in answer.headers["cache-control"]


def test_bytes_that_were_let_go_are_missed_so_that_the_page_sends_them_anew(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "_bytes", served._Kept(10, len))
    first, second = served.put(b"12345678"), served.put(b"abcdefgh")
    assert client.get(f"/_map/{first}").status_code == 404
    assert client.get(f"/_map/{second}").content == b"abcdefgh"


def test_single_rows_are_told_of_and_rows_that_are_none_are_not(client: TestClient) -> None:
    source = served.MapSource(2, lambda row: [f"row {row}", "<b>text</b>"], lambda: b"row\n0\n1\n")
    served.answer_for("here", source)
    assert client.get("/_map/row/here/1").json() == ["row 1", "<b>text</b>"]
    assert client.get("/_map/csv/here").content == b"row\n0\n1\n"
    for wrong in ("row/here/2", "row/there/0", "csv/there", "data/nothing", "x/../../app.py", "x/component.py"):
        assert client.get(f"/_map/{wrong}").status_code == 404


def test_every_script_that_a_script_imports_is_served(client: TestClient) -> None:
    digest = served.FOLDER
    for name, text in served.scripts().items():
        answer = client.get(f"/_map/{digest}/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        for imported in re.findall(r'from "\./(.+?)"', text):
            assert imported in served.scripts()


def test_scripts_make_no_html_of_what_they_are_told() -> None:
    for name, text in served.scripts().items():
        made = re.findall(r"\.innerHTML = (.+?);", text)
        assert made in ([], ["ICONS[name]"]), name  # our own icons only
        assert "insertAdjacentHTML" not in text and "document.write" not in text and "outerHTML" not in text


def test_colour_bars_and_legends_are_those_of_the_colouring() -> None:
    numbers = by_number(np.linspace(0, 100, 500), title="length")
    said = message(shown(500, painted=painted(numbers)), mode="dark")
    assert said["scale"]["title"] == "length" and len(said["scale"]["ticks"]) == 5
    assert said["legend"] == []
    named = message(shown(500, codes=3), mode="light")
    assert named["scale"] is None
    assert [entry["entry"] for entry in named["legend"]] == [0, 1, 2]


def test_what_a_hand_does_becomes_rows_and_words() -> None:
    points = map_points(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))
    colouring = by_category(["a", "b", "b"], title="source")
    before = CorpusRows(np.array([0]))

    def after(**sent: object) -> tuple[list[int], str] | None:
        result = selection_after(sent, before, points, colouring)
        return None if result is None else (result[0].tolist(), result[1])

    everything = {"x": [-1, 2], "y": [-1, 2]}
    assert after(kind="box", **everything) == ([0, 1, 2], "inside a box")
    assert after(kind="click", row=2) == ([2], "by a click")
    assert after(kind="click", row=2, manner="add") == ([0, 2], "add by a click")
    assert after(kind="click", row=0, manner="remove") == ([], "remove by a click")
    assert after(kind="legend", entry=0) == ([1, 2], "source b")
    for nothing in ({}, {"kind": "click", "row": 3}, {"kind": "click", "row": "0"}, {"kind": "legend", "entry": 7}):
        assert after(**nothing) is None
    with pytest.raises(InputError):
        after(kind="lasso", x="no", y="line")


def test_no_two_scripts_of_the_pages_share_a_name() -> None:
    assert len(served.scripts()) == len(list(served.PARTS.rglob("*.js")))
