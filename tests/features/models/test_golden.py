"""Values that a tiny seeded model gives: losses, hidden states and drawn answers, which must stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.gradients.settings import VectorSettings
from core.features.gradients.store import compute_vectors
from core.features.models.causal import load_causal
from core.features.models.files import find_model
from core.features.models.generate import Writing, generate_texts
from core.features.models.losses import LossReading, compute_losses
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

# Tokens scored, mean log-probability, that of the lowest fifth; the fourth response is cut where its prompt is read.
GIVEN = [[37, -7.740975, -10.815581], [47, -8.207791, -11.452075], [27, -7.665912, -11.64555],
         [47, -8.0671, -11.322887], [36, -8.5314, -11.766395]]  # fmt: skip
ALONE = [[37, -8.053802, -11.589826], [47, -8.124928, -11.177533], [27, -7.39065, -10.668139],
         [47, -7.491099, -10.611234], [36, -8.04428, -10.56521]]  # fmt: skip
STATES = [0.050232, -0.116821, -0.251953, 0.220947, -0.161865, 0.384277, -0.486084, -0.02507]
DRAWN = [-23.9696, -21.8969, -19.4833]  # log-probabilities of six tokens, of three draws
LIKELIEST = -9.9137


@pytest.fixture
def few(workspace: Workspace) -> Corpus:
    return corpus_of(workspace.home, records(5), name="few")[1]


@pytest.mark.parametrize(("given", "wanted"), [(True, GIVEN), (False, ALONE)], ids=["given", "alone"])
def test_losses(few: Corpus, models: dict[str, str], given: bool, wanted: list[list[float]]) -> None:
    reading = LossReading(given=given, max_tokens=64, precision="float32")
    losses = compute_losses(few, find_model(models["first"]), reading, device="cpu")
    np.testing.assert_allclose(losses[:, :3], wanted, atol=1e-4)
    assert losses[:, 3].tolist() == [0, 0, 0, 1, 0]


def test_hidden_states(few: Corpus, models: dict[str, str]) -> None:
    settings = VectorSettings(kind="states", max_tokens=48, precision="float32")
    made = compute_vectors(CorpusText(few, "both"), find_model(models["first"]), settings, device="cpu")
    np.testing.assert_allclose(made.array("embeddings")[0, :8].astype(float), STATES, atol=2e-3)


def test_answers(models: dict[str, str], tmp_path) -> None:
    causal = load_causal(find_model(models["first"]), device="cpu", precision="float32")
    drawing = Writing(temperature=0.7, max_new_tokens=6, seed=3, precision="float32")
    drawn = generate_texts(causal, ["Write line."] * 3, drawing, partial=tmp_path / "drawn", draws=[0, 1, 2])
    assert [text.tokens for text in drawn] == [6, 6, 6] and all(text.cut for text in drawn)
    np.testing.assert_allclose([text.log_probability or 0 for text in drawn], DRAWN, atol=2e-3)
    assert drawn[1].text.startswith("anterngine")
    first = Writing(max_new_tokens=6, precision="float32")
    (likeliest,) = generate_texts(causal, ["Write line."], first, partial=tmp_path / "likeliest", draws=[0])
    assert likeliest.log_probability == pytest.approx(LIKELIEST, abs=2e-3)
