"""Scores of a causal model: each equals an obvious computation row by row, survives a kill, and refuses bad models."""

from __future__ import annotations

import math
import shutil
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.errors import Cancelled, InputError, NetworkError
from core.features import chunks
from core.features.models.causal import load_causal
from core.features.models.columns import score_columns
from core.features.models.files import fetch_model, find_model
from core.features.models.losses import LossReading, compute_losses, load_losses
from core.progress import silent
from core.workbench.tasks import scoring
from tests.devices import DEVICES

LIMIT = 64


@lru_cache
def opened(folder: str):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(folder)


def token_log_probabilities(folder: str, prompt: str, response: str) -> list[float]:
    """The slow obvious way: one row, one forward pass, one token at a time."""
    model, tokenizer = opened(folder)
    begin = [] if model.config.bos_token_id is None else [model.config.bos_token_id]
    answer = tokenizer(response, add_special_tokens=False)["input_ids"][: 3 * (LIMIT - len(begin)) // 4]
    asked = tokenizer(prompt, add_special_tokens=False)["input_ids"] if prompt else []
    room = LIMIT - len(begin) - len(answer)
    ids = begin + (asked[-room:] if room else []) + answer
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double()
    values = []
    for place in range(len(ids) - len(answer) + (0 if begin else 1), len(ids)):
        values.append(float(torch.log_softmax(logits[place - 1], dim=0)[ids[place]]))
    return values


def perplexity(told: list[float]) -> float:
    return math.exp(-sum(told) / len(told)) if told else math.nan


@pytest.mark.parametrize("name", ["first", "bare"])
@pytest.mark.parametrize("device", DEVICES)
def test_every_score_equals_the_row_by_row_reference(models, made, monkeypatch, name, device):
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DEVICE", device)
    after = {"first": "second", "bare": "bare"}[name]
    request = {
        "corpus": corpus.id,
        "model": models[name],
        "after": models[after],
        "final": models["bare"],
        "what": [
            "ppl",
            "nll",
            "ppl_given",
            "ifd",
            "ifd_loss",
            "pvi",
            "dice",
            "mink",
            "learned",
            *(["learned_share"] * (name == "first")),
        ],
        "max_tokens": LIMIT,
        "precision": "float32",
    }
    made_columns = scoring.score(workspace, request, silent)["columns"]
    got = {what: corpus.column(column) for what, column in made_columns.items()}
    asked, answered = corpus.text("instruction"), corpus.text("response")
    for row in range(0, len(corpus), 3):
        alone = token_log_probabilities(models[name], "", answered[row])
        given = token_log_probabilities(models[name], asked[row] + "\n", answered[row])
        later = token_log_probabilities(models[after], asked[row] + "\n", answered[row])
        last = token_log_probabilities(models["bare"], asked[row] + "\n", answered[row])
        lowest = sorted(alone)[: max(1, int(len(alone) * 0.2))]
        wanted = {
            "ppl": perplexity(alone),
            "nll": -np.mean(alone) if alone else math.nan,
            "ppl_given": perplexity(given),
            "ifd": perplexity(given) / perplexity(alone),
            "ifd_loss": np.mean(given) / np.mean(alone) if alone else math.nan,
            "pvi": (sum(given) - sum(alone)) / math.log(2) if alone else math.nan,
            "dice": (1 - 1 / perplexity(given)) / perplexity(given),
            "mink": np.mean(lowest) if alone else math.nan,
            "learned": (perplexity(given) - perplexity(later)) / perplexity(given),
        }
        if name == "first":
            wanted["learned_share"] = (perplexity(given) - perplexity(later)) / (perplexity(given) - perplexity(last))
        for what, value in wanted.items():
            # the last model has no begin token and so counts one token less: compared as it is
            assert got[what][row] == pytest.approx(value, rel=2e-3, nan_ok=True), (what, row)


def test_a_response_without_a_token_has_no_score_and_is_counted(models, made):
    workspace, corpus = made
    scoring.score(workspace, {"corpus": corpus.id, "model": models["bare"], "what": ["ppl"]}, silent)
    short = np.array([text == "a" for text in corpus.text("response")])  # nothing precedes its only token
    assert np.isnan(corpus.column("ppl@bare")).tolist() == short.tolist()
    (column,) = score_columns(corpus)
    assert column.missing == short.sum() == 1
    assert column.settings["models"][0]["digest"] == find_model(models["bare"]).digest


def test_batches_and_pieces_do_not_change_a_score(models, made, monkeypatch):
    workspace, corpus = made
    files = find_model(models["first"])
    whole = np.array(compute_losses(corpus, files, LossReading(given=True)))
    shutil.rmtree(workspace.home / "features")
    monkeypatch.setattr(chunks, "CHUNK_TOKENS", 90)
    monkeypatch.setattr(chunks, "block_rows", lambda **_: 1)
    single = np.array(compute_losses(corpus, files, LossReading(given=True)))
    np.testing.assert_allclose(single, whole, rtol=1e-4)


def test_a_killed_job_goes_on_from_its_last_piece(models, made, monkeypatch):
    workspace, corpus = made
    files, reading = find_model(models["first"]), LossReading(given=False)
    monkeypatch.setattr(chunks, "CHUNK_TOKENS", 200)

    def impatient(done, total, note=""):
        if done > total / 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_losses(corpus, files, reading, progress=impatient)
    assert load_losses(corpus, files, reading) is None
    pieces = len(list((workspace.home / "partial").rglob("*.np[yz]")))  # the chunk that was stopped too
    assert pieces > 1
    import core.features.models.losses as losses

    calls = []
    original = losses.score_rows
    monkeypatch.setattr(losses, "score_rows", lambda *given: calls.append(1) or original(*given))
    compute_losses(corpus, files, reading)
    assert len(calls) > 0
    resumed = np.array(load_losses(corpus, files, reading))
    assert not (workspace.home / "partial").exists() or not list((workspace.home / "partial").rglob("*.np[yz]"))
    shutil.rmtree(workspace.home / "features")
    total = len(calls) + pieces
    calls.clear()
    np.testing.assert_array_equal(np.array(compute_losses(corpus, files, reading)), resumed)
    assert len(calls) == total


def test_another_model_of_the_same_name_gets_a_column_of_its_own(models, made, tmp_path):
    workspace, corpus = made
    request = {"corpus": corpus.id, "model": models["first"], "what": ["ppl"]}
    assert scoring.score(workspace, request, silent)["columns"] == {"ppl": "ppl@first"}
    assert scoring.score(workspace, request, silent)["columns"] == {"ppl": "ppl@first"}
    shutil.copytree(models["second"], tmp_path / "first")
    other = {**request, "model": str(tmp_path / "first")}
    assert scoring.score(workspace, other, silent)["columns"] == {"ppl": "ppl@first (2)"}
    assert not np.allclose(corpus.column("ppl@first"), corpus.column("ppl@first (2)"), equal_nan=True)


def test_models_that_cannot_be_used_say_why(models, tmp_path, monkeypatch):
    monkeypatch.setenv("DIVERSCOPE_OFFLINE", "1")
    pickled = tmp_path / "pickled"
    shutil.copytree(models["first"], pickled)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(InputError, match="no weights as safetensors"):
        fetch_model(str(pickled))
    with pytest.raises(InputError, match=r"config\.json is missing"):
        fetch_model(str(tmp_path))
    with pytest.raises(InputError, match="cannot be a hub id"):
        fetch_model("nowhere")
    with pytest.raises(NetworkError, match="must not be asked"):
        fetch_model("nobody/nothing")
    coded = tmp_path / "coded"
    shutil.copytree(models["first"], coded)
    config = orjson.loads((coded / "config.json").read_bytes())
    (coded / "config.json").write_bytes(orjson.dumps({**config, "auto_map": {"AutoModelForCausalLM": "evil.Model"}}))
    with pytest.raises(InputError, match="code of its own"):
        fetch_model(str(coded))
    (coded / "config.json").write_bytes(orjson.dumps({**config, "num_hidden_layers": 6}))
    with pytest.raises(InputError, match="weights are missing"):
        load_causal(fetch_model(str(coded)), device="cpu")
    (coded / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(InputError, match="is damaged"):
        fetch_model(str(coded))


def test_the_digest_follows_the_content(models, tmp_path):
    copied = tmp_path / "elsewhere"
    shutil.copytree(models["first"], copied)
    assert find_model(str(copied)).digest == find_model(models["first"]).digest
    config: Path = copied / "config.json"
    config.write_bytes(config.read_bytes() + b"\n")
    assert find_model(str(copied)).digest != find_model(models["first"]).digest


def test_scores_that_are_not_there_are_named(models, made):
    workspace, corpus = made
    request = {"corpus": corpus.id, "model": models["first"]}
    with pytest.raises(InputError, match="There is no score"):
        scoring.score(workspace, {**request, "what": ["beauty"]}, silent)
    with pytest.raises(InputError, match="compares checkpoints"):
        scoring.score(workspace, {**request, "what": ["learned"]}, silent)
