"""Adam's steps as vectors: the moments of a training inside, kept beside its model, against a real step of Adam."""

from __future__ import annotations

import shutil
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.errors import FeatureMissing, InputError
from core.features.embedders import embedder_title
from core.features.gradients.linear_layers import linear_layers
from core.features.gradients.moments import PLACE, moments_of, read_moments, write_moments
from core.features.gradients.of_examples import embedder_of_examples
from core.features.gradients.projection import places_and_signs
from core.features.gradients.settings import VectorSettings, vectors_name
from core.features.gradients.store import compute_vectors
from core.features.models.causal import load_causal, read_causal
from core.features.models.files import find_model
from core.progress import silent
from core.workbench.tasks.influences import influences_request, keep_influences
from core.workbench.tasks.model_vectors import make_vectors, vectors_request
from tests.corpora import corpus_of, records

STEPS = VectorSettings(kind="block", dimensions=32, seed=3, max_tokens=250, precision="float32", adam=True)
RATE = 1e-3


def loss_of(model, causal, prompt: str, response: str) -> torch.Tensor:
    """The mean loss of a short response after its prompt, by the model's own logits."""
    asked, answered = causal.encode([prompt + "\n", response])
    ids = torch.tensor([[causal.begin, *asked.tolist(), *answered.tolist()]])
    told = torch.log_softmax(model(ids).logits[0, :-1].float(), dim=1)
    return -told[range(ids.shape[1] - 1), ids[0, 1:]][-len(answered) :].mean()


def trained(folder: Path) -> torch.optim.Optimizer:
    """Train the model in ``folder`` for three steps in place; its moments are written beside it."""
    causal = read_causal(find_model(str(folder)), device="cpu", precision="float32")
    model = causal.model
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.1)
    for words in ("river stone", "walnut and stone", "the river"):
        loss_of(model, causal, "Write a line.", words).backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    moments = moments_of(causal, optimizer)
    assert moments is not None
    write_moments(folder, moments)
    return optimizer


def loaded(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of the moments beside a model, apart from the file, which can then be written anew."""
    return {name: value.clone() for name, value in load_file(folder / PLACE).items()}


@pytest.fixture
def checkpoint(models, tmp_path):
    """A folder with a model that was trained for three steps, and the optimizer that did it."""
    folder = tmp_path / "checkpoint"
    shutil.copytree(models["first"], folder)
    return folder, trained(folder)


@pytest.fixture
def few(workspace):
    rows = records(4)
    return corpus_of(workspace.home, rows, name="few")[1]


def test_a_rows_vector_is_the_step_that_adam_itself_makes_for_it(checkpoint, few):
    folder, optimizer = checkpoint
    text, files = CorpusText(few, "response"), find_model(str(folder))
    vectors = compute_vectors(text, files, STEPS, device="cpu").array("embeddings")
    saved = optimizer.state_dict()
    for row, (prompt, response) in enumerate(zip(few.text("instruction"), few.text("response"), strict=True)):
        causal = read_causal(files, device="cpu", precision="float32")
        after = torch.optim.AdamW(causal.model.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.0)
        after.load_state_dict(deepcopy(saved))
        after.param_groups[0]["weight_decay"] = 0.0
        before = {name: layer.weight.detach().clone() for name, layer in linear_layers(causal, last_only=True)}
        loss_of(causal.model, causal, prompt, response).backward()
        after.step()
        sketch = np.zeros(STEPS.dimensions)
        for name, layer in linear_layers(causal, last_only=True):
            moved = ((before[name] - layer.weight.detach()) / RATE).double().numpy().reshape(-1)
            places, signs = places_and_signs(name, len(moved), dimensions=STEPS.dimensions, seed=STEPS.seed)
            np.add.at(sketch, places, signs * moved)
        np.testing.assert_allclose(vectors[row], sketch / np.linalg.norm(sketch), atol=4e-3)


def test_lengths_stay_those_of_the_gradients_and_the_vectors_have_a_name_of_their_own(checkpoint, few):
    folder, _ = checkpoint
    text, files = CorpusText(few, "response"), find_model(str(folder))
    steps, plain = (compute_vectors(text, files, settings) for settings in (STEPS, STEPS.of_examples))
    np.testing.assert_allclose(steps.array("norms"), plain.array("norms"), rtol=1e-5)
    assert np.abs(steps.array("embeddings") - plain.array("embeddings")).max() > 0.05
    name = steps.manifest["embedder"]["name"]
    assert name.startswith("model:block-adam@") and embedder_title(name).startswith("Adam's steps (last block) of ")
    assert plain.manifest["embedder"]["name"] == vectors_name(files, replace(STEPS, adam=False))
    assert files.digest == find_model(str(folder)).digest, "moments are no weights of the model"
    other = loaded(folder)
    about = {"adam": '{"version":1,"steps":9,"beta1":0.9,"beta2":0.95,"epsilon":1e-8}'}
    save_file(other, folder / PLACE, about)
    assert vectors_name(files, STEPS) != name, "other moments, other vectors"


def test_examples_are_compared_by_their_plain_gradients(checkpoint, few, workspace):
    folder, _ = checkpoint
    rows = records(9)
    rows[0]["category"] = rows[1]["category"] = "kept apart"
    goal = corpus_of(workspace.home, rows[4:], name="goal")[1]
    asked = {"dimensions": 32, "seed": 3, "max_tokens": 250, "precision": "float32"}
    model, further = str(folder), str(folder)
    request = vectors_request(few.id, model=model, kind="block", adam=True, checkpoints=[further], **asked)
    done = make_vectors(workspace, request, silent)
    steps = done["embedder"]
    assert done["examples"] == embedder_of_examples(CorpusText(few, "response"), steps) != steps
    assert embedder_of_examples(CorpusText(few, "response"), "own:mine") == "own:mine"
    compared = influences_request(few.id, "response", target=goal.id, embedder=steps)
    with pytest.raises(FeatureMissing, match="of goal") as refused:
        keep_influences(workspace, compared, silent)
    assert "without Adam's steps" in str(refused.value)
    plain = make_vectors(workspace, {**request, "corpus": goal.id, "adam": False}, silent)["embedder"]
    assert plain == done["examples"]
    kept = keep_influences(workspace, compared, silent)["columns"]
    influence = few.column(next(iter(kept.values())))
    text, files = CorpusText(few, "response"), find_model(model)
    goals = compute_vectors(CorpusText(goal, "response"), files, STEPS.of_examples).array("embeddings").astype(float)
    mine = compute_vectors(text, files, STEPS).array("embeddings").astype(float)
    mean = goals.mean(axis=0)
    wanted = mine @ mean / np.linalg.norm(mine, axis=1) / np.linalg.norm(mean)
    np.testing.assert_allclose(influence, wanted, atol=5e-3)


def test_less_reads_adams_steps_of_the_pool_and_gradients_of_the_examples(checkpoint, few, workspace, capsys):
    folder, _ = checkpoint
    goal = corpus_of(workspace.home, records(9)[4:], name="goal")[1]
    common = ["--kind", "block", "--model", str(folder), "--dimensions", "32", "--precision", "float32"]
    assert main(["model-vectors", "few", *common, "--adam"]) == 0
    told = capsys.readouterr().out
    steps = told.split("embedder ")[1].splitlines()[0]
    assert "make it of them without --adam" in told
    choosing = ["choose", "few", "--strategy", "less", "--component", "response", "--size", "2"]
    choosing += ["--target", goal.id, "--feature", f"embedder={steps}"]
    assert main(choosing) != 0, "the examples have no gradients yet"
    assert main(["model-vectors", "goal", *common]) == 0
    capsys.readouterr()
    assert main([*choosing, "--out", str(folder.parent / "chosen.jsonl")]) == 0
    chosen = (folder.parent / "chosen.jsonl").read_text().splitlines()
    files, settings = find_model(str(folder)), replace(STEPS, seed=0, max_tokens=1024)
    pool = compute_vectors(CorpusText(few, "response"), files, settings)
    goals = compute_vectors(CorpusText(goal, "response"), files, settings.of_examples)
    near = pool.array("embeddings").astype(float) @ goals.array("embeddings").astype(float).mean(axis=0)
    best = few.text("instruction")[int(near.argmax())]
    assert best in chosen[0]


def test_a_pickle_a_damaged_file_and_a_model_without_moments_are_refused(checkpoint, models, tmp_path):
    folder, _ = checkpoint
    files = find_model(str(folder))
    with pytest.raises(InputError, match="no moments of Adam beside"):
        vectors_name(find_model(models["second"]), STEPS)
    moments = loaded(folder)
    (folder / PLACE).write_bytes(b"none")
    with pytest.raises(InputError, match="is damaged"):
        read_moments(load_causal(files, device="cpu", precision="float32"))
    save_file(moments, folder / PLACE)
    with pytest.raises(InputError, match="another version"):
        read_moments(load_causal(files, device="cpu", precision="float32"))
    first = next(name for name in moments if name.startswith("square"))
    about = {"adam": '{"version":1,"steps":3,"beta1":0.9,"beta2":0.95,"epsilon":1e-8}'}
    save_file({**moments, first: moments[first][:1].clone()}, folder / PLACE, about)
    with pytest.raises(InputError, match="does not fit"):
        read_moments(load_causal(files, device="cpu", precision="float32"))
    (folder / PLACE).unlink()
    (folder / "optimizer.pt").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(InputError, match=r"is a pickle \(optimizer\.pt\)"):
        vectors_name(files, STEPS)
    with pytest.raises(InputError, match="Choose the kind block"):
        vectors_name(files, VectorSettings(kind="adapters", adam=True))
