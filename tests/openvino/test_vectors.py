"""openvino's vectors are torch's within the tolerance that one key promises, from whatever way they are asked for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.errors import Cancelled, InputError
from core.features import embedding
from core.features.backends import backend_of
from core.features.embedders import CARRIED, find_embedder
from core.features.embedding import compute_embeddings, embeddings_key, encode_texts, load_embeddings
from core.features.encoder import load_encoder
from core.jobs import job_names, queue
from core.settings import PROJECT_ROOT
from core.shards.engine import Engine, engine_of
from core.workspace.artefacts import Workspace
from tests.features.conftest import texts as _texts
from tests.jobs.in_process import do_queued
from tests.pages.clusters.test_clusters_page import fine, run
from tests.pages.frame.addresses import put

pytestmark = [pytest.mark.openvino, pytest.mark.usefixtures("carried_embedder", "no_worker")]
texts = _texts


@pytest.fixture(scope="module")
def reference(texts: tuple[str, ...]) -> np.ndarray:
    return encode_texts(texts, embedder=CARRIED, device="cpu", precision="float32")


@pytest.mark.parametrize(("precision", "least"), [("float32", 0.99999), ("auto", 0.999), ("bfloat16", 0.999)])
def test_vectors_agree_with_torch_in_float32(
    texts: tuple[str, ...], reference: np.ndarray, precision: str, least: float
) -> None:
    order = np.random.default_rng(0).permutation(len(texts))
    with backend_of("openvino"):
        vectors = encode_texts([texts[at] for at in order], embedder=CARRIED, device="cpu", precision=precision)
    assert vectors.dtype == np.float32 and np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * reference[order]).sum(axis=1).min() >= least


def test_padding_changes_no_vector(texts: tuple[str, ...], reference: np.ndarray) -> None:
    with backend_of("openvino"):
        for row in (0, 7, len(texts) - 8):
            alone = encode_texts([texts[row]], embedder=CARRIED, device="cpu", precision="float32")
            assert alone[0] @ reference[row] > 0.99999
            pair = encode_texts([texts[row], "word " * 200], embedder=CARRIED, device="cpu", precision="float32")
            assert pair[0] @ reference[row] > 0.99999


def test_the_command_stores_them_under_the_one_key_and_says_who_made_them(workspace: Workspace, corpus: Corpus) -> None:
    assert main(["embed", corpus.id, "--embedder", CARRIED, "--backend", "openvino"]) == 0
    manifest = workspace.open("features", embeddings_key(corpus.id, "response", CARRIED)).manifest
    assert manifest["embedder"]["backend"].startswith("openvino 20")
    text = CorpusText(corpus, "response")
    stored = load_embeddings(text, CARRIED)
    assert stored is not None
    by_torch = encode_texts(text.texts, embedder=CARRIED, device="cpu")
    assert (stored * by_torch).sum(axis=1).min() >= 0.999
    assert compute_embeddings(text, CARRIED).tolist() == stored.tolist(), "torch reads what openvino stored"


def test_a_press_on_the_page_is_embedded_by_the_chosen_backend(workspace: Workspace, corpus: Corpus) -> None:
    page = fine(run())
    page = fine(put(page, "backend", "openvino"))
    page = fine(page.button(key="clusters.embed").click().run())
    (job,) = do_queued(workspace)
    assert (job.task, job.request["backend"]) == (job_names.EMBED, "openvino")
    assert queue.jobs(workspace)[0].state == "done"
    key = embeddings_key(corpus.id, "response", CARRIED)
    assert workspace.open("features", key).manifest["embedder"]["backend"].startswith("openvino")
    assert fine(run()).button(key="clusters.start").label == "Project and cluster"


def test_shards_are_embedded_by_it_too(workspace: Workspace, corpus: Corpus) -> None:
    text = CorpusText(corpus, "response")
    with engine_of(Engine(kind="one", shards=3)), backend_of("openvino"):
        vectors = compute_embeddings(text, CARRIED, device="cpu")
    manifest = workspace.open("features", embeddings_key(corpus.id, "response", CARRIED)).manifest
    assert manifest["shards"] == 3 and manifest["embedder"]["backend"].startswith("openvino")
    assert (vectors * encode_texts(text.texts, embedder=CARRIED, device="cpu")).sum(axis=1).min() >= 0.999


def test_what_torch_left_unfinished_is_not_put_together_with_openvinos(
    workspace: Workspace, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 10)

    def stop(done: float, total: float, note: str = "") -> None:
        if done > 15:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_embeddings(CorpusText(corpus, "response"), CARRIED, device="cpu", progress=stop)
    with backend_of("openvino"):
        compute_embeddings(CorpusText(corpus, "response"), CARRIED, device="cpu")
    assert workspace.open("features", embeddings_key(corpus.id, "response", CARRIED)).manifest["rows_resumed"] == 0


def test_a_model_that_it_cannot_read_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.features.openvino_states import OpenvinoStates

    class Branches(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no shape of mine")

    with pytest.raises(InputError, match=r"openvino cannot read mine: .*Take the backend torch"):
        OpenvinoStates(Branches(), name="mine", dtype=torch.float32)
    encoder = load_encoder(find_embedder(CARRIED), device="cpu", by="openvino")
    with pytest.raises(InputError, match="not float16"):
        OpenvinoStates(encoder.model[0].auto_model, name="mine", dtype=torch.float16)


def test_its_statistics_are_never_loaded() -> None:
    code = (
        "from core.features.openvino_states import imported; import sys; imported();"
        "print(sys.modules['openvino_telemetry'], 'openvino.tools.ovc.telemetry_stub' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "True"]
