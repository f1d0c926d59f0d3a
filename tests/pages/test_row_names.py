"""The same typed text means the same row on the command line, on the Subsets page, on Inspect and in the search."""

from __future__ import annotations

from pathlib import Path

import orjson
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.corpus.row_ids import show_id
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from tests.corpora import corpus_of, records

ROOT = Path(__file__).resolve().parents[2]


def opened(page: str, **query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    test.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def told(test: AppTest) -> str:
    assert not test.exception
    kinds = (test.error, test.warning, test.caption, test.markdown, test.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def by_command(home: Path, typed: str) -> tuple[str, ...] | None:
    """What ``--pin`` makes of the text; None where it is refused."""
    out = home / "out.jsonl"
    if main(["choose", "made", "--strategy", "random", "--size", "9", "--pin", typed, "--out", str(out)]):
        return None
    return Recipe.read(home / "out.recipe.json").pinned


def by_subsets_page(typed: str) -> tuple[tuple[str, ...] | None, AppTest]:
    """What the field of pinned rows makes of the text; None where the page does not answer."""
    test = opened("subsets", strategy="random")
    answered = test.session_state["ds.recipe"]
    test.text_area(key="pinned.0").set_value(typed).run()
    recipe = test.session_state["ds.recipe"]
    return (None if recipe is answered or recipe == answered else tuple(recipe["pinned"])), test


def test_an_id_and_a_place_mean_the_same_row_everywhere(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    position = int((~corpus.holdout).nonzero()[0][17])
    row = corpus.rows([position])[0]
    row_id, line = show_id(row["id"]), row["positions"][0]["line"]
    recipe = Recipe(corpus=corpus.id, strategy="random", size=9)
    kept = save(workspace, build(workspace, recipe), name="kept")
    for typed in (row_id, row_id.upper(), f"made.jsonl:{line}"):
        assert by_command(home, typed) == (row_id,)
        pinned, page = by_subsets_page(typed)
        assert pinned == (row_id,)
        assert row_id in str(page.query_params["rules"])
        inspect = opened("inspect", look="row", **{"row-of": kept.key})
        inspect.text_input(key="row").set_value(typed).run()
        assert f"row {row_id} · made.jsonl:{line}" in told(inspect)
        rows = opened("corpus")
        rows.segmented_control(key="rows.kind").set_value("Row id").run()
        rows.text_input(key="rows.search").set_value(typed).run()
        assert "**1** of" in told(rows) and f"row {row_id} · made.jsonl:{line}" in told(rows)


def test_twelve_is_no_row_anywhere_and_each_says_what_an_id_looks_like(home: Path, capsys) -> None:
    workspace, corpus = corpus_of(home, records())
    kept = save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=9)), name="kept")
    sentences = ("'12' is not a row id.", "A row id is 16 digits", "such as made.jsonl:12")
    assert by_command(home, "12") is None
    refused = capsys.readouterr().err
    assert all(sentence in refused for sentence in sentences)
    pinned, page = by_subsets_page("12")
    assert pinned is None
    assert all(sentence in told(page) for sentence in sentences)
    assert page.text_area(key="pinned.0").value == "12"  # stays, to be mended
    page.text_area(key="pinned.0").set_value("").run()
    assert not page.error
    inspect = opened("inspect", look="row", **{"row-of": kept.key})
    inspect.text_input(key="row").set_value("12").run()
    assert all(sentence in told(inspect) for sentence in sentences)
    rows = opened("corpus")
    rows.segmented_control(key="rows.kind").set_value("Row id").run()
    rows.text_input(key="rows.search").set_value("12").run()
    assert all(sentence in told(rows) for sentence in sentences)


def test_old_links_and_recipes_without_leading_zeros_are_read(home: Path, capsys) -> None:
    workspace, corpus = corpus_of(home, records())
    chosen = [show_id(row_id) for row_id in corpus.ids[~corpus.holdout].tolist()]
    row_id = next(text for text in chosen if text.startswith("0"))
    short = row_id.lstrip("0")
    page = opened("subsets", strategy="random", rules=orjson.dumps({"pinned": [short]}).decode())
    assert not page.error
    assert list(page.session_state["ds.recipe"]["pinned"]) == [row_id]
    assert any(area.value == row_id for area in page.text_area)
    ids = orjson.dumps({"ids": [short, *chosen[-20:]]}).decode()
    pool = opened("subsets", strategy="random", corpus=corpus.id, pool=ids)
    assert row_id in pool.session_state["ds.recipe"]["pool"]["ids"]
    recipe = Recipe(corpus=corpus.id, strategy="random", size=9, pinned=(short,), excluded=(chosen[-1].lstrip("0"),))
    before = recipe.as_json()
    assert Recipe.of(orjson.loads(before)).as_json() == before  # as it was written, for its digest
    built = build(workspace, recipe)
    assert int(row_id, 16) in built.ids and int(chosen[-1], 16) not in built.ids
    (home / "old.json").write_bytes(before)
    assert main(["build", str(home / "old.json"), "--ids"]) == 0
    assert row_id in capsys.readouterr().out.splitlines()
