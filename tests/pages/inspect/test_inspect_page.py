"""The Inspect page as a script, in each of its views and with what can go wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.features.tokens import compute_tokens
from core.jobs import queue, supervisor
from core.progress import silent
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.passport import record
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series, save
from core.workbench.subset_cost import with_equal_tokens
from core.workbench.subsets import list_subsets
from pages.parts.choosing.pins import swapped
from tests.corpora import corpus_of, records

ROOT = Path(__file__).resolve().parents[3]
BAND = {"low": 2, "high": 60}


def filled(home: Path, *, subsets: int = 2):
    """A workspace with a corpus and some saved subsets: micro at 100 %, then at 0 %."""
    workspace, corpus = corpus_of(home, records())
    recipe = Recipe(corpus=corpus.id, choice=BAND, strategy="micro", parameters=BAND, size=40)
    made = [
        save(workspace, build(workspace, replace(recipe, position=position)), name=f"at {position:.0%}")
        for position in (1.0, 0.0)[:subsets]
    ]
    return workspace, corpus, made


def corpus_view(look: str, page: str = "inspect", **query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in {"low": "2", "high": "60", "look": look, **query}.items():
        test.query_params[name] = value
    test.run()
    test.switch_page(f"pages/{page}.py")
    for name, value in {"look": look, **query}.items():
        test.query_params[name] = value
    return test.run()


def said(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.title, test.subheader, test.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def well(test: AppTest) -> str:
    assert not test.exception
    text = said(test)
    assert "no message was written" not in text
    return text


@pytest.mark.parametrize("look", ["contrast", "stability", "row", "thresholds"])
def test_without_a_saved_subset_every_view_starts_from_the_slider(home: Path, look: str) -> None:
    corpus_of(home, records(60))
    test = corpus_view(look)
    assert "not there yet" not in well(test)
    (chosen,) = [box for box in test.selectbox if box.label in ("A", "Subset")]
    assert chosen.value == "slider" and "On the slider: micro response 5 · 100 %" in chosen.options


def test_what_the_slider_reads_is_offered_with_its_time_where_it_is_missing(home: Path) -> None:
    corpus_of(home, records(60))
    test = corpus_view("contrast", tokenizer="tekken-131k")
    assert "What you asked for reads the tokens of the response." in well(test)
    assert "here." in well(test) and any(button.label == "Tokenise 60 rows" for button in test.button)


def test_a_is_what_stands_on_the_slider_and_b_the_last_subset_of_other_rows(home: Path) -> None:
    _, _, (high, low) = filled(home)
    test = corpus_view("", page="subsets", n="40", d="0")
    well(test)
    test.switch_page("pages/inspect.py").run()
    text = well(test)
    a, b = test.selectbox(key="ds.bound.a.widget"), test.selectbox(key="ds.bound.b.widget")
    assert (a.value, b.value) == ("slider", high.key)  # the newest subset, at 0 %, holds the slider's own rows
    assert "On the slider: micro response 40 · 0 %" in text.replace("\\", "") and "at 100%" in text
    assert test.query_params["slider"] in ('{"position":0.0,"size":40}', ['{"position":0.0,"size":40}'])
    a.set_value(low.key).run()
    well(test)
    assert test.selectbox(key="ds.bound.b.widget").value == high.key


def test_without_a_corpus_the_page_invites(home: Path) -> None:
    assert "No corpus yet" in well(corpus_view("contrast"))


def test_one_saved_subset_is_compared_with_a_random_draw_of_its_size(home: Path) -> None:
    _, _, (saved,) = filled(home, subsets=1)
    test = corpus_view("contrast", a=saved.key)
    text = well(test)
    assert not test.error
    assert "What shifts" in text and "What they measure" in text
    assert text.count("#### 40 rows") == 2


def test_a_fresh_link_lays_the_slider_beside_rows_that_differ_and_train_starts_from_its_series(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    pool = int((~corpus.holdout).sum())
    recipe = Recipe(corpus=corpus.id, choice=FeatureSettings().with_(**BAND).as_dict(), size=pool // 10)
    build_series(workspace, recipe, name="as it starts")
    test = corpus_view("contrast")
    assert "hold the same rows" not in well(test)
    newest = list_subsets(workspace)[0]
    assert newest.recipe.position == 1.0  # the slider's own rows, so the one before it is B
    assert test.selectbox(key="ds.bound.b.widget").value == list_subsets(workspace)[1].key
    train = corpus_view("", page="train")
    assert train.multiselect(key="train-members").value == [f"series {newest.recipe.series}"]


def test_two_subsets_show_what_shifts_what_they_measure_and_the_rows_of_each_side(home: Path) -> None:
    _, _, (a, b) = filled(home)
    test = corpus_view("contrast", a=a.key, b=b.key)
    text = well(test)
    assert "at 100%" in text and "at 0%" in text
    table = next(frame.value for frame in test.dataframe if "B − A" in frame.value)
    assert (table["95 % from"] <= table["B − A"]).all() and (table["B − A"] <= table["to"]).all()
    rows = next(frame.value for frame in test.dataframe if "instruction" in frame.value)
    only = set(a.ids.tolist()) - set(b.ids.tolist())
    assert {int(single, 16) for single in rows["id"]} == only


def test_b_gets_as_many_tokens_as_a_at_one_press(home: Path) -> None:
    workspace, corpus, (a, b) = filled(home)
    test = corpus_view("contrast", a=a.key, b=b.key)
    assert "all tokens" not in well(test)
    test.toggle(key="b-equal-tokens").set_value(True).run()
    assert any(button.label.startswith("Tokenise") for button in test.button)  # the instructions are not counted yet
    compute_tokens(CorpusText(corpus, "instruction"))
    test = corpus_view("contrast", a=a.key, b=b.key, **{"b-equal-tokens": "true"})
    text = well(test).replace("\\", "")
    slow = build(workspace, with_equal_tokens(replace(b.recipe, ids_digest=""), build(workspace, a.recipe)))
    assert "at A's tokens" in text and f"#### {len(slow.ids)} rows" in text and len(slow.ids) != 40
    tokens = [int(told.replace(",", "")) for told in re.findall(r"· ([0-9,]+) all tokens", text)]
    assert tokens[0] == slow.recipe.size and tokens[0] - 60 < tokens[1] <= tokens[0]
    random = well(corpus_view("contrast", a=a.key, b="random", **{"b-equal-tokens": "true"}))
    assert "random, seed 0, at A's tokens" in random.replace("\\", "")


def test_the_same_subset_twice_is_said_to_be_one(home: Path) -> None:
    _, _, (a, _) = filled(home)
    assert "hold the same rows" in well(corpus_view("contrast", a=a.key, b=a.key))


def test_a_link_to_a_subset_that_is_gone_opens_another(home: Path) -> None:
    filled(home)
    test = corpus_view("contrast", a="0123456789abcdef", b="nonsense")
    well(test)
    assert not test.error


def test_the_overlap_builds_strategies_and_says_which_cannot_answer(home: Path) -> None:
    filled(home)
    test = corpus_view("overlap")
    text = well(test)
    assert "Who shares which rows" in text
    assert "needs the clusters of the response" in text
    test.multiselect(key="ds.bound.overlap-of.several").set_value(["micro"]).run()
    assert "two strategies or more" in well(test)


def test_stability_is_measured_by_a_job_and_not_by_looking(home: Path) -> None:
    workspace, _, _ = filled(home)
    assert "Press Measure" in well(corpus_view("stability"))
    assert queue.jobs(workspace) == []


def test_a_row_is_asked_by_its_id_and_a_wrong_id_is_explained(home: Path) -> None:
    workspace, corpus, (a, _) = filled(home)
    test = corpus_view("row", **{"row-of": a.key})
    test.text_input(key="row").set_value(f"{int(a.ids[0]):016x}").run()
    text = well(test)
    assert "Why it is in" in text and "rank: 1" in text
    out = next(
        row for row in build(workspace, a.recipe).corpus_view.pool.ids.tolist() if row not in set(a.ids.tolist())
    )
    test.text_input(key="row").set_value(f"{out:016x}").run()
    assert "Why it is not in" in well(test)
    kept = int(corpus.ids[corpus.holdout][0])
    test.text_input(key="row").set_value(f"{kept:016x}").run()
    assert "holdout" in well(test)
    test.text_input(key="row").set_value("f" * 16).run()
    assert "No row of" in well(test)
    test.text_input(key="row").set_value("not an id").run()
    assert "16 digits" in well(test)


def test_a_subset_that_is_not_what_was_saved_any_more_is_told_alike_by_page_and_command(home: Path, capsys) -> None:
    workspace, corpus = corpus_of(home, records())

    def attach(values: np.ndarray, *, replace: bool = False) -> None:
        attach_columns(corpus.workspace, corpus, pa.table({"id": corpus.ids, "mine": values}), replace=replace)

    attach(np.arange(len(corpus), dtype=np.float64))
    recipe = Recipe(corpus=corpus.id, strategy="score", parameters={"column": "mine"}, size=30)
    kept = save(workspace, build(workspace, recipe), name="by mine")
    assert not corpus_view("row", **{"row-of": kept.key}).warning
    attach(-np.arange(len(corpus), dtype=np.float64), replace=True)
    written = home / "kept.json"
    written.write_bytes(kept.recipe.as_json())
    capsys.readouterr()  # Streamlit's own warnings on pages that run without a server
    assert main(["build", str(written)]) == 0
    told = capsys.readouterr().err.strip()
    assert kept.digest in told and "these features differ: column:mine" in told
    (warning,) = corpus_view("row", **{"row-of": kept.key}).warning
    assert warning.value.replace("\\", "") == told


def test_the_passport_shows_a_recorded_threshold_and_withdraws_it_with_undo(home: Path) -> None:
    workspace, _, (a, _) = filled(home)
    request = {"recipe": a.recipe.as_dict(), "threshold": "high", "who": "Ada", "why": "*stars* <b>end</b> here"}
    record(workspace, request, silent)
    test = corpus_view("thresholds")
    text = well(test)
    assert "*stars* <b>end</b> here" in [element.value for element in test.text]
    assert "Jaccard" in text
    test.button(key="passport-withdraw").click().run()
    assert "No threshold is recorded yet" in well(test)
    test.button(key="passport-undo").click().run()
    assert "*stars*" in well(test)


def test_a_threshold_is_recorded_only_with_a_reason(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ensure_worker", lambda workspace: None)
    workspace, _, _ = filled(home)
    test = corpus_view("thresholds")
    test.text_input(key="passport-who").set_value("Ada").run()
    test.text_input(key="passport-why").set_value("  ").run()
    test.button(key="passport-record").click().run()
    assert "Say why the threshold has this value" in well(test)
    assert not [job for job in queue.jobs(workspace) if job.title.startswith("Sensitivity")]
    test.text_input(key="passport-why").set_value("the curve bends here").run()
    test.button(key="passport-record").click().run()
    assert "Say why" not in well(test)
    (job,) = [job for job in queue.jobs(workspace) if job.title.startswith("Sensitivity")]
    assert (job.request["who"], job.request["why"]) == ("Ada", "the curve bends here")


def test_a_subset_saved_on_the_subsets_page_takes_its_passport_along(home: Path) -> None:
    workspace, _, (a, _) = filled(home)
    record(workspace, {"recipe": a.recipe.as_dict(), "threshold": "high", "who": "Ada", "why": "seen"}, silent)
    test = corpus_view("", page="subsets")
    test.text_input(key="save-name").set_value("with reasons").run()
    test.button(key="save").click().run()
    well(test)
    (kept,) = [subset for subset in list_subsets(workspace) if subset.name == "with reasons"]
    assert [(line["name"], line["value"], line["who"]) for line in kept.recipe.thresholds] == [("high", 60, "Ada")]


def test_a_swap_pins_the_one_and_excludes_the_other() -> None:
    assert swapped(["a"], ["c"], out="a", into="b") == (("b",), ("c", "a"))
    assert swapped(*swapped([], [], out="a", into="b"), out="b", into="a") == (("a",), ("b",))


def test_a_swap_on_the_subsets_page_changes_exactly_these_two_rows(home: Path) -> None:
    workspace, _, (a, _) = filled(home)
    built = build(workspace, a.recipe)
    out = f"{int(built.ids[3]):016x}"
    left = next(row for row in built.corpus_view.pool.ids.tolist() if row not in set(built.ids.tolist()))
    test = corpus_view("", page="subsets")
    test.session_state["ds.pinned"], test.session_state["ds.excluded"] = [f"{left:016x}"], [out]
    test.number_input(key="n").set_value(40).run()
    well(test)
    asked = Recipe.of({**a.recipe.as_dict(), "pinned": [f"{left:016x}"], "excluded": [out], "ids_digest": ""})
    swapped_in = build(workspace, asked)
    assert left in set(swapped_in.ids.tolist())
    assert int(out, 16) not in set(swapped_in.ids.tolist())
    assert len(swapped_in.ids) == 40
