"""Real corpora: every file loads with its number of rows, or is refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.corpus.formats.mapped import MappingOffered
from core.corpus.ingest import ingest
from core.corpus.sources import from_path
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.benchmarks.real_files import REAL_DATA

RAW_FOLDER = REAL_DATA / "raw"

# file: (records read, rows kept, exact duplicates, empty responses, shape)
RAW = {
    "alpaca_data-51009-52002.json": (993, 992, 0, 1, "Alpaca"),
    "alpaca_en_demo.json": (999, 985, 14, 0, "Alpaca"),
    "alpaca_eval_alpaca-7b_model_outputs.json": (805, 805, 0, 0, "Outputs of a model (AlpacaEval)"),
    "alpaca_zh_demo.json": (1000, 992, 8, 0, "Alpaca"),
    "code_alpaca_2k.json": (2017, 2015, 0, 2, "Alpaca"),
    "dolly_3k.json": (2996, 2994, 2, 0, "Alpaca"),
    "fastchat_dummy_conversation.json": (500, 500, 0, 0, "ShareGPT"),
    "glaive_toolcall_en_demo.json": (300, 265, 35, 0, "ShareGPT"),
    "gpteacher_roleplay.json": (1923, 1923, 0, 0, "Alpaca"),
    "gsm8k_test.jsonl": (1319, 1319, 0, 0, "Question and answer"),
    "kto_en_demo.json": (300, 300, 0, 0, "Chat messages"),
    "lima.json": (1029, 1029, 0, 0, "Alpaca with history (LIMA-like)"),
    "open_instruct_sft_sample.jsonl": (100, 100, 0, 0, "Chat messages"),
    "self_instruct_seed_tasks.jsonl": (175, 175, 0, 0, "Nested instances (self-instruct)"),
    "sharegpt_zh_1K_format.jsonl": (1000, 999, 0, 1, "ShareGPT"),
    "t0_samsum_Summarize_.jsonl": (200, 200, 0, 0, "Prompt and completion"),
    "v1_sft_demo.jsonl": (500, 499, 1, 0, "Chat messages"),
}


@pytest.fixture(autouse=True)
def readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(REAL_DATA))


def test_every_raw_file_has_an_expectation() -> None:
    assert {path.name for path in (RAW_FOLDER).iterdir()} == {*RAW, "dpo_en_demo.json"}


@pytest.mark.parametrize("name", RAW)
def test_a_raw_file_loads(name: str, tmp_path: Path) -> None:
    records, kept, duplicates, empty, shape = RAW[name]
    corpus = ingest(Workspace(tmp_path), from_path(RAW_FOLDER / name))
    report = corpus.report
    assert (report["records_read"], len(corpus), report["exact_duplicates"]) == (records, kept, duplicates)
    assert (report["empty"]["response"], list(report["files"][0]["shapes"])) == (empty, [shape])


def test_the_preference_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="preference file") as refused:
        ingest(Workspace(tmp_path), from_path(RAW_FOLDER / "dpo_en_demo.json"))
    assert "chosen" in refused.value.remedy
    assert isinstance(refused.value, MappingOffered)
    (view,) = refused.value.previews
    corpus = ingest(Workspace(tmp_path), from_path(RAW_FOLDER / "dpo_en_demo.json"), mapping=view.guess)
    records = json.loads((RAW_FOLDER / "dpo_en_demo.json").read_bytes())
    assert corpus.report["records_read"] == len(records)
    row = corpus.rows([0])[0]
    original = records[row["positions"][0]["record"] - 1]
    assert row["response"] == original["chosen"]["value"].strip()


def test_every_field_of_the_original_is_there_for_export(tmp_path: Path) -> None:
    name = "lima.json"
    corpus = ingest(Workspace(tmp_path), from_path(RAW_FOLDER / name))
    records = json.loads((RAW_FOLDER / name).read_bytes())
    for row in corpus.rows(range(len(corpus))):
        assert row["original"] == records[row["positions"][0]["record"] - 1]


def test_the_parquet_pool_loads_whole(tmp_path: Path) -> None:
    corpus = ingest(Workspace(tmp_path), from_path(REAL_DATA / "parquet"))
    report = corpus.report
    assert report["records_read"] == 139_205
    assert report["records_read"] == len(corpus) + report["exact_duplicates"] + report["rejected"]
    assert report["empty"]["response"] == 28 + 1_400 + 2
    assert report["held_out"] == corpus.holdout.sum() == 2000
    assert {file["name"]: file["records"] for file in report["files"]}["alpaca_52k.parquet"] == 52_002
    assert {"alpaca_52k", "t0_p3"} & set(report["sources"])
