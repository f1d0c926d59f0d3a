"""A real pretrained model of 270 million weights: converted from GGUF once, scored, trained, and resumed."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.features.gradients.projection import places_and_signs
from core.features.gradients.row_gradients import RowGradients
from core.features.gradients.settings import VectorSettings
from core.features.models import gguf
from core.features.models.causal import load_causal
from core.features.models.files import ModelFiles, fetch_model, find_model
from core.features.models.head import head_of
from core.features.models.losses import LossReading, compute_losses
from core.progress import silent
from core.training import fit as fitting
from core.training.base import open_base
from core.training.held_out import ALL
from core.training.settings import ProxySettings
from core.workbench.loops.loop_request import LoopRequest
from core.workbench.loops.loop_run import carry_out_loop, standing
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of
from tests.workbench.loops.planted import planted, two_members

pytestmark = [pytest.mark.model, pytest.mark.timeout(3_000)]
NAME = "gemma3-270m"
ENGLISH = (
    "Paris is the capital of France.", "Water boils at one hundred degrees Celsius at sea level.",
    "The first president of the United States was George Washington.",
)  # fmt: skip


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's folder, converted once for all tests."""
    home = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIVERSCOPE_HOME", str(home))
        patch.setenv("HF_HUB_OFFLINE", "1")
        assert find_model(NAME).folder is None, "nothing is converted unasked"
        begun = time.monotonic()
        files = fetch_model(NAME)
        print(f"converted in {time.monotonic() - begun:.0f} s")
        begun = time.monotonic()
        assert fetch_model(NAME) == files == find_model(NAME) and time.monotonic() - begun < 20, "converted once"
        by_file = gguf.gguf_file(NAME)
        assert by_file is not None and find_model(str(by_file)).digest == files.digest, "a file means the same model"
        assert find_model(str(by_file.parent)).digest == files.digest, "and so does the folder that holds it alone"
    assert files.folder is not None
    return files.folder


def test_it_knows_english_and_a_shuffled_sentence_costs_it_more(workspace: Workspace, converted: Path) -> None:
    files = find_model(str(converted))
    assert 250e6 < files.parameters < 450e6
    random = np.random.default_rng(0)
    shuffled = [" ".join(random.permutation(line.split())) for line in ENGLISH]
    rows = [{"instruction": "Say something true.", "output": line} for line in (*ENGLISH, *shuffled)]
    _, corpus = corpus_of(workspace.home, rows)
    losses = compute_losses(corpus, files, LossReading(given=True, precision="float32"))
    by_text = dict(zip(corpus.text("response"), losses[:, 1], strict=True))
    for line, other in zip(ENGLISH, shuffled, strict=True):
        assert by_text[line] > by_text[other] + 0.5


def test_its_gradients_are_those_of_one_backward_pass_a_row(converted: Path) -> None:
    causal = load_causal(find_model(str(converted)), precision="float32")
    assert head_of(causal) is not None
    asked, answered = causal.encode(["Say something.\n"] * 2), causal.encode([ENGLISH[0], "Four."])
    rows = [np.concatenate(([causal.begin], *pair)).astype(np.int32) for pair in zip(asked, answered, strict=True)]
    starts = np.array([1 + len(prompt) for prompt in asked])
    own = RowGradients(causal, VectorSettings(kind="block"))
    vectors = own.of(rows, starts)
    weights = {name: layer.weight for name, layer in own.layers}
    for row, start, vector in zip(rows, starts.tolist(), vectors, strict=True):
        logits = causal.model(torch.from_numpy(row.astype(np.int64))[None]).logits[0].float()
        told = torch.log_softmax(logits[start - 1 : -1], dim=1)[range(len(row) - start), row[start:].astype(np.int64)]
        sketch = np.zeros(1_024)
        for name, gradient in zip(weights, torch.autograd.grad(-told.mean(), list(weights.values())), strict=True):
            places, signs = places_and_signs(name, gradient.numel(), dimensions=1_024, seed=0)
            sketch += np.bincount(places, weights=gradient.reshape(-1).numpy() * signs, minlength=1_024)
        np.testing.assert_allclose(vector[:-1], sketch / np.linalg.norm(sketch), atol=1e-3)


def request_of(workspace: Workspace, folder: Path) -> LoopRequest:
    members = two_members(workspace, planted(workspace, rows=200))[:1]
    settings = ProxySettings(tokens=600, learning_rate=2e-5, batch_tokens=100, cutoff=64, held_out_rows=8)
    keys = tuple(subset.key for subset in members)
    return LoopRequest(members=keys, settings=settings, base=str(folder), seeds=(0,))


def test_a_few_steps_make_the_held_out_rows_likelier_and_a_stopped_run_goes_on(
    workspace: Workspace, converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = open_base(find_model(str(converted)))
    assert base.capacity > 0, "its packed rows are kept apart, sliding windows and all"
    request = request_of(workspace, converted)
    begun = time.monotonic()
    carry_out_loop(workspace, request.as_dict(), silent)
    (whole,) = standing(workspace, request) or ()
    assert whole.trained is not None
    first, last = whole.trained.trace.held_out[0][1], whole.trained.trace.held_out[-1][1]
    print(f"{whole.trained.trace.step} steps in {time.monotonic() - begun:.0f} s: {first:.3f} -> {last:.3f}")
    assert last < first - 0.2

    other = Workspace(workspace.home.parent / "other")
    again = replace(request_of(other, converted), keep_models=False)
    monkeypatch.setattr(fitting, "SAVE_EVERY", 1e9)

    def stop(done: float, total: float, note: str = "") -> None:
        if done > 250:
            raise Cancelled

    with pytest.raises(Cancelled):
        carry_out_loop(other, again.as_dict(), stop)
    carry_out_loop(other, again.as_dict(), silent)
    (resumed,) = standing(other, again) or ()
    assert resumed.trained is not None
    assert resumed.trained.trace.losses == whole.trained.trace.losses
    assert resumed.trained.scores[ALL] == whole.trained.scores[ALL]


def test_a_file_that_is_no_model_is_refused_in_plain_words(workspace: Workspace, tmp_path: Path) -> None:
    from core.errors import InputError

    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    assert find_model(str(broken)) == ModelFiles(str(broken), None, "", "", 0)
    with pytest.raises(InputError, match="cannot be read as a GGUF model"):
        fetch_model(str(broken))
