"""The Scores page, run as Streamlit runs it, and the same work from the command line."""

from __future__ import annotations

import shutil

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import constants
from pytest import fixture, raises
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.row_ids import show_id
from core.errors import InputError
from core.features.tokens import compute_tokens
from core.jobs import queue
from core.progress import silent
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.tasks import scoring
from pages.parts.frame import session_keys
from tests.jobs.running import run_here
from tests.pages.scores.ways import turn_to


@fixture
def page(made, no_worker) -> AppTest:
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True  # as when app.py has run first
    test.query_params["scores.way"] = "model"
    return test


def said(page: AppTest) -> str:
    kinds = (page.warning, page.error, page.info, page.caption, page.markdown, page.text, page.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_a_model_is_chosen_estimated_run_and_seen(page, made, models, monkeypatch):
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", models["first"].rpartition("/")[0])
    page.run()
    assert not page.exception and not page.error
    assert page.button(key="scores.start.model-scores").disabled
    page.text_input(key="scores.model").set_value(models["first"]).run()
    assert "tokens to read" in said(page)
    page.button(key="scores.start.model-scores").click().run()
    assert not page.exception and not page.error
    (job,) = queue.jobs(workspace)
    assert job.request["what"] == ["ppl", "ifd"] and job.request["model"] == models["first"]
    run_here(workspace, job.task, job.request)
    page.run()
    assert not page.exception and not page.error
    table = next(frame.value for frame in page.dataframe if "Instruction" in frame.value)
    column = table.columns[0]
    assert column in ("ppl@first", "ifd@first")
    assert table[column].tolist() == sorted(corpus.column(column), reverse=True)[: len(table)]


def test_models_that_are_on_this_machine_are_named(page, models, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    page.run()
    assert "No model of the hub is on this machine" in said(page)
    for name in ("tiny--one", "cut--off", "embeds--texts"):
        shutil.copytree(models["first"], tmp_path / "hub" / f"models--{name}" / "snapshots" / "abc")
    for weights in (tmp_path / "hub" / "models--cut--off").rglob("*.safetensors"):
        weights.unlink()
    config = tmp_path / "hub" / "models--embeds--texts" / "snapshots" / "abc" / "config.json"
    config.write_bytes(orjson.dumps({**orjson.loads(config.read_bytes()), "architectures": ["BertModel"]}))
    page.run()
    assert not page.exception
    assert "On this machine: tiny/one." in said(page)
    turn_to(page, "daar")
    assert "On this machine: tiny/one." in said(page)
    turn_to(page, "model")
    page.text_input(key="scores.model").set_value("tiny/one").run()
    assert not page.exception and not page.error
    assert "tokens to read" in said(page) and "On this machine" not in said(page)


def test_models_outside_the_allowed_folders_or_without_safetensors_are_refused(page, models, monkeypatch, tmp_path):
    page.run()
    page.text_input(key="scores.model").set_value("/etc").run()
    assert "outside the folders" in said(page) and not page.exception
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text("{}")
    page.text_input(key="scores.model").set_value(str(tmp_path / "empty")).run()
    assert "no weights as safetensors" in said(page) and not page.exception


def test_every_way_in_opens_without_a_fault(page, made, models):
    workspace, corpus = made
    request = {"corpus": corpus.id, "component": "both", "model": models["first"], "column": "category"}
    scoring.daar(workspace, request, silent)
    page.run()
    for way in ("daar", "difficulty", "training", "columns", "log", "own", "holes", "frontier", "rows", "model"):
        turn_to(page, way)
        assert not page.exception and not page.error, way
    picker = next(box for box in page.selectbox if "daar_inter@first" in box.options)
    picker.set_value("daar_inter@first").run()
    assert not page.exception
    windows = next(frame.value for frame in page.table if "rows that are" in frame.value)
    assert "least similar" in windows.loc["0–20 %", "rows that are"]
    assert "most similar" in windows.loc["80–100 %", "rows that are"]


def test_constant_and_missing_columns_are_said(page, made):
    _, corpus = made
    ids = pa.array(corpus.ids)
    size = len(corpus)
    some = [None if row % 2 else float(row) for row in range(size)]
    attach_columns(
        corpus.workspace, corpus, pa.table({"id": ids, "flat": pa.array([1.5] * size), "some": pa.array(some)})
    )
    page.run()
    picker = next(box for box in page.selectbox if "flat" in box.options)
    picker.set_value("flat").run()
    assert "cannot order rows" in said(page) and not page.exception
    next(box for box in page.selectbox if "some" in box.options).set_value("some").run()
    assert f"**{size // 2}** have none" in said(page)


def test_the_command_line_does_the_same(made, models, monkeypatch, tmp_path, capsys):
    _, corpus = made
    assert (
        main(["score", corpus.id, "--model", models["first"], "--what", "ppl,learned", "--after", models["second"]])
        == 0
    )
    assert main(["daar", corpus.id, "--model", models["first"], "--what", "intra"]) == 0
    assert main(["difficulty", corpus.id, "--column", "category", "--model", models["first"], "--runs", "1"]) == 0
    log = tmp_path / "run.csv"
    log.write_text("position,epoch,p_gold,correct\n0,1,0.5,1\n0,2,1,0\n")
    assert main(["cartography", corpus.id, str(log)]) == 0
    assert {"ppl@first", "learned@first→second", "daar_intra@first", "el2n@category", "confidence@run"} <= set(
        corpus.columns
    )
    assert corpus.column("confidence@run")[0] == 0.75
    assert main(["choose", corpus.id, "--strategy", "score", "--set", "column=ppl@first", "--size", "5", "--ids"]) == 0
    printed = capsys.readouterr().out.split()[-5:]
    best = np.argsort(-np.nan_to_num(corpus.column("ppl@first"), nan=-np.inf), kind="stable")[:5]
    assert printed == [f"{int(corpus.ids[row]):016x}" for row in best]
    assert main(["score", corpus.id, "--model", str(tmp_path)]) == 1
    assert "config.json is missing" in capsys.readouterr().err


def test_holes_of_a_saved_subset_are_told(made, page, tmp_path, monkeypatch, capsys):
    from core.corpus.ingest import ingest
    from core.corpus.sources import from_bytes
    from core.workbench.tasks import features as tasks

    workspace, corpus = made
    lines = [{"instruction": "Count the stars.", "output": "There are many."}, {"instruction": "a", "output": "river"}]
    target = ingest(workspace, [from_bytes("t.jsonl", b"\n".join(map(orjson.dumps, lines)))], name="examples")
    assert main(["choose", corpus.id, "--strategy", "random", "--size", "4", "--save", "four"]) == 0
    key = capsys.readouterr().out.split("saved as ")[1].split()[0]
    assert main(["holes", corpus.id, "--target", "examples", "--subset", key]) == 1
    assert "embeddings" in capsys.readouterr().err
    for line in (corpus, target):
        tasks.embed(workspace, {"corpus": line.id, "component": "response", "embedder": ""}, silent)
    assert main(["holes", corpus.id, "--target", "examples", "--subset", key, "--epsilon", "0.2"]) == 0
    by_key = capsys.readouterr().out
    assert "of 2 examples lie within 0.2" in by_key
    assert main(["holes", corpus.id, "--target", "examples", "--subset", "four", "--epsilon", "0.2"]) == 0
    assert capsys.readouterr().out == by_key
    page.query_params["scores.way"] = "holes"
    page.session_state[session_keys.CORPUS.name] = corpus.id
    page.run()
    page.button(key="scores.start.coverage-holes").click().run()
    (job,) = queue.jobs(workspace)
    run_here(workspace, job.task, job.request)
    page.run()
    assert not page.exception and "of 2 examples are covered" in said(page)
    assert main(["choose", corpus.id, "--strategy", "tsds", "--target", "examples", "--size", "3"]) == 0
    assert main(["choose", corpus.id, "--strategy", "gio", "--target", "examples", "--size", "3"]) == 0
    assert main(["choose", corpus.id, "--strategy", "daar", "--size", "6"]) == 0
    assert main(["choose", corpus.id, "--strategy", "tsds", "--size", "3"]) == 1
    assert "needs example rows" in capsys.readouterr().err


def test_columns_come_from_any_kind_of_file(made, tmp_path):
    _, corpus = made
    ids = [show_id(int(row)) for row in corpus.ids]
    ids[0] = "12e4567890123456"  # what looks like a number stays an id
    csv = "id,mine\n" + "".join(f"{row},{number}\n" for number, row in enumerate(ids))
    table = column_table(csv.encode(), name="a.csv")
    assert table["id"].to_pylist() == ids and table["mine"].to_pylist() == list(range(len(ids)))
    assert attach_columns(corpus.workspace, corpus, table)["matched"] == len(ids) - 1
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": corpus.ids, "kind": ["x"] * len(ids)}), buffer)
    assert (
        attach_columns(corpus.workspace, corpus, column_table(buffer.getvalue().to_pybytes(), name="b.parquet"))[
            "missing"
        ]
        == 0
    )
    path = tmp_path / "loss.npy"
    np.save(path, np.arange(40.0))
    assert column_table(path.read_bytes(), name="loss.npy").column_names == ["loss"]
    lines = b'{"id": "%s", "s": 1.5}\n' % ids[1].encode()
    assert column_table(lines, name="c.jsonl")["s"].to_pylist() == [1.5]
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    for name, data, reason in (
        ("d.npy", path.read_bytes(), "cannot be read"),
        ("d.xlsx", b"", "none of"),
        ("d.parquet", b"nothing", "cannot be read"),
        ("d.csv", b"", r"^d\.csv is empty\."),
        ("d.jsonl", b'{"a": ', r"^d\.jsonl cannot be read: .*[^.]\. Is it complete"),
        ("d.csv", b"id,x\n", "no row"),
        ("d.jsonl", b'{"x": [1]}\n', "no column"),
    ):
        with raises(InputError, match=reason):
            column_table(data, name=name)


def test_an_attached_column_is_replaced_deleted_and_brought_back_on_the_page(page, made, monkeypatch, tmp_path):
    _, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    mine = tmp_path / "mine.csv"
    ids = [show_id(int(row)) for row in corpus.ids]
    page.run()
    turn_to(page, "own")
    for value, replace in ((1.0, False), (2.0, False), (2.0, True)):
        mine.write_text("id,mine\n" + "".join(f"{row},{value}\n" for row in ids))
        page.text_input(key="scores.own.path").set_value(str(mine)).run()
        page.checkbox(key="scores.own.replace").set_value(replace).run()
        page.button(key="scores.own.attach").click().run()
        assert not page.exception
        assert bool(page.error) == (value == 2.0 and not replace)
    assert set(corpus.column("mine").tolist()) == {2.0}
    assert "in place of the present one" in said(page)
    next(single for single in page.button if single.label == "Bring back").click().run()
    assert set(corpus.column("mine").tolist()) == {1.0}
    page.button(key="scores.delete.mine").click().run()
    assert not page.exception and not page.error
    assert "mine" not in corpus.columns
    assert "mine is deleted" in said(page)
    next(single for single in page.button if single.label == "Bring back").click().run()  # the newest comes first
    assert set(corpus.column("mine").tolist()) == {1.0}


def test_an_attached_column_is_told_from_one_that_came_with_the_rows(page, made, monkeypatch, tmp_path):
    _, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    mine = tmp_path / "mine.csv"
    mine.write_text("id,mine\n" + "".join(f"{show_id(int(row))},{place}\n" for place, row in enumerate(corpus.ids)))
    page.run()
    assert "A column of the corpus, as it came" in said(page)
    turn_to(page, "own")
    page.text_input(key="scores.own.path").set_value(str(mine)).run()
    page.button(key="scores.own.attach").click().run()
    assert not page.exception and not page.error
    assert f"{len(corpus)} rows got values." in said(page)  # and no zeros behind it
    assert "attached to the corpus, as your file has it" in said(page)
    assert "as it came" not in said(page)


def test_an_attached_column_is_replaced_deleted_and_brought_back_on_the_command_line(
    made, monkeypatch, tmp_path, capsys
):
    _, corpus = made
    mine = tmp_path / "mine.csv"
    ids = [show_id(int(row)) for row in corpus.ids]
    for value, extra, code in ((1.0, [], 0), (2.0, [], 1), (2.0, ["--replace"], 0)):
        mine.write_text("id,mine\n" + "".join(f"{row},{value}\n" for row in ids[1:]))
        assert main(["columns", corpus.id, str(mine), *extra]) == code
    assert "--replace" in capsys.readouterr().err
    assert corpus.column("mine")[1] == 2.0
    assert main(["columns", corpus.id]) == 0
    assert capsys.readouterr().out.split()[-2:] == ["mine", f"{len(ids) - 1:,}"]
    assert main(["columns", corpus.id, "--delete", "mine"]) == 0
    assert "mine" not in corpus.columns
    assert main(["columns", corpus.id, "--delete", "mine"]) == 1
    assert main(["columns", corpus.id, "--restore", "mine"]) == 0
    assert corpus.column("mine")[1] == 2.0
    assert main(["columns", corpus.id, "--restore", "theirs"]) == 1
    assert main(["columns", corpus.id, str(mine), "--delete", "mine"]) == 1
    assert "exclude each other" in capsys.readouterr().err


def test_the_frontier_asks_for_subsets_then_names_each_and_says_how_many_draws(page, made):
    workspace, corpus = made
    numbers = pa.array([float(row % 7) for row in range(len(corpus))])
    attach_columns(workspace, corpus, pa.table({"id": pa.array(corpus.ids), "good": numbers}))
    page.query_params["scores.way"] = "frontier"
    page.run()
    assert not page.exception and not page.error
    compute_tokens(CorpusText(corpus, "response"), "mistral-32k")
    for seed in (1, 2):
        recipe = Recipe(corpus=corpus.id, strategy="random", size=10, seed=seed)
        save(workspace, build(workspace, recipe), name=f"draw {seed}")
    page.run()
    assert not page.exception and not page.error
    assert "20 random draws each of " in said(page) and "10 rows" in said(page)  # and of the strategies' size
    table = next(frame.value for frame in page.dataframe if "Frontier" in frame.value)
    assert {"draw 1", "draw 2", "Longest / shortest"} <= set(table["Subset"]) and table["Frontier"].any()
    figure = orjson.loads(page.get("plotly_chart")[0].proto.spec)
    cloud = next(trace for trace in figure["data"] if trace["name"] == "random draws")
    assert cloud["customdata"]["shape"] == "40, 1"
    marks = [trace["marker"].get("symbol") for trace in figure["data"] if trace["name"] not in (cloud["name"], None)]
    assert any("diamond" in (symbols or []) for symbols in marks) and figure["layout"]["annotations"]
