"""Embeddings: equal to sentence-transformers' own, once a distinct text, resumed after a kill."""

from __future__ import annotations

import numpy as np
import pytest

from core.corpus.corpus_text import CorpusText
from core.errors import Cancelled, InputError
from core.features import embedding
from core.features.embedders import CARRIED, find_embedder
from core.features.embedding import compute_embeddings, embeddings_key, encode_texts, load_embeddings
from core.features.encoder import _batches
from core.workspace.artefacts import Workspace
from tests.devices import DEVICES
from tests.features.conftest import SmallCorpus


@pytest.fixture(scope="module")
def reference(texts: tuple[str, ...]) -> np.ndarray:
    """What sentence-transformers' default call gives for the same texts."""
    from sentence_transformers import SentenceTransformer

    folder = find_embedder(CARRIED).folder
    return SentenceTransformer(str(folder), device="cpu").encode(list(texts), normalize_embeddings=True)


@pytest.mark.parametrize("device", DEVICES)
def test_vectors_agree_with_the_default_call(device: str, texts: tuple[str, ...], reference: np.ndarray) -> None:
    result = encode_texts(texts, embedder=CARRIED, device=device)
    assert (result.shape, result.dtype) == (reference.shape, np.float32)
    assert np.linalg.norm(result, axis=1) == pytest.approx(1, abs=1e-5)
    assert (result * reference).sum(axis=1).min() >= 0.999


@pytest.mark.parametrize("device", DEVICES)
def test_float32_agrees_to_rounding_in_any_order(device: str, texts: tuple[str, ...], reference: np.ndarray) -> None:
    order = np.random.default_rng(0).permutation(len(texts))
    result = encode_texts([texts[at] for at in order], embedder=CARRIED, device=device, precision="float32")
    assert (result * reference[order]).sum(axis=1).min() >= 0.99999


def test_less_than_a_twentieth_of_what_the_model_reads_is_padding() -> None:
    lengths = np.clip(np.random.default_rng(0).lognormal(4.2, 0.9, 2_048), 3, 256).astype(np.int64)
    read = sum(len(rows) * lengths[rows].max() for rows in _batches(lengths, device="cpu", weights=10**7, width=384))
    assert 1 - lengths.sum() / read < 0.05


def test_batches_on_a_card_fit_the_memory_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = np.full(5_000, 100, dtype=np.int64)

    def largest(free: int) -> int:
        monkeypatch.setattr("torch.cuda.mem_get_info", lambda *_: (free, 2 * free))
        batches = list(_batches(lengths, device="cuda", weights=10**7, width=384))
        assert np.array_equal(np.concatenate(batches), np.arange(5_000))
        return max(len(rows) for rows in batches)

    assert largest(80 * 2**30) == 131_072 // 100
    assert largest(2**30) == 2**28 // (16 * 384 * 4) // 100
    assert largest(1) == 1, "a text is never divided"


def test_equal_texts_have_equal_vectors(texts: tuple[str, ...]) -> None:
    result = encode_texts([*texts[:3], *texts[:3]], embedder=CARRIED, device="cpu")
    assert np.array_equal(result[:3], result[3:])


def test_no_texts_give_no_vectors() -> None:
    assert encode_texts([], embedder=CARRIED, device="cpu").shape == (0, 384)


def test_reading_fewer_tokens_changes_long_texts_only() -> None:
    short, long = "a short text", "many words " * 60
    cut = encode_texts([short, long], embedder=CARRIED, device="cpu", max_tokens=16, precision="float32")
    whole = encode_texts([short, long], embedder=CARRIED, device="cpu", precision="float32")
    assert cut[0] @ whole[0] > 0.99999
    assert cut[1] @ whole[1] < 0.9999


def test_more_tokens_than_the_model_has_positions_are_refused() -> None:
    with pytest.raises(InputError, match="512"):
        encode_texts(["a"], embedder=CARRIED, device="cpu", max_tokens=4_096)


def test_computed_embeddings_are_stored_with_the_embedder_that_made_them(
    workspace: Workspace, small_corpus: SmallCorpus
) -> None:
    assert load_embeddings(CorpusText(small_corpus, "response"), CARRIED) is None
    seen: list[tuple[float, float, str]] = []
    embeddings = compute_embeddings(
        CorpusText(small_corpus, "response"), CARRIED, device="cpu", progress=lambda *step: seen.append(step)
    )
    assert isinstance(embeddings, np.memmap)
    assert seen[-1] == (len(small_corpus), len(small_corpus), "rows embedded")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    manifest = workspace.open("features", embeddings_key(small_corpus.id, "response", CARRIED)).manifest
    assert manifest["embedder"]["name"] == CARRIED
    assert manifest["embedder"]["dtype"] in ("float32", "bfloat16")
    assert manifest["distinct_texts"] == len(set(small_corpus.texts))
    again = load_embeddings(CorpusText(small_corpus, "response"), CARRIED)
    assert again is not None
    assert np.array_equal(embeddings, again)
    assert not (workspace.home / "partial").exists() or not list((workspace.home / "partial").iterdir())


def test_a_cancelled_job_goes_on_where_it_was(
    workspace: Workspace, small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 10)

    def stop(done: float, total: float, note: str = "") -> None:
        if done > 25:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_embeddings(CorpusText(small_corpus, "response"), CARRIED, device="cpu", progress=stop)
    key = embeddings_key(small_corpus.id, "response", CARRIED)
    kept = sorted((workspace.home / "partial" / key).glob("*.npy"))
    assert len(kept) == 2
    before = [np.load(path) for path in kept]
    kept[1].write_bytes(kept[1].read_bytes()[:50])  # a chunk that a full disk cut short is made again
    embeddings = compute_embeddings(CorpusText(small_corpus, "response"), CARRIED, device="cpu")
    # Ten texts, five of them twice, and the first pass of the chunk that was stopped, eight texts.
    assert workspace.open("features", key).manifest["rows_resumed"] == 23
    assert np.array_equal(embeddings[:10], before[0])
    whole = encode_texts(small_corpus.texts, embedder=CARRIED, device="cpu")
    assert (embeddings * whole).sum(axis=1).min() >= 0.999


def test_the_key_tells_apart_what_makes_a_difference(small_corpus: SmallCorpus) -> None:
    keys = {
        embeddings_key(small_corpus.id, "response", CARRIED),
        embeddings_key("other", "response", CARRIED),
        embeddings_key(small_corpus.id, "instruction", CARRIED),
        embeddings_key(small_corpus.id, "response", CARRIED, max_tokens=64),
        embeddings_key(small_corpus.id, "response", CARRIED, precision="float32"),
    }
    assert len(keys) == 5
    assert embeddings_key(small_corpus.id, "response", CARRIED, max_tokens=256) in keys


def test_a_model_that_is_not_here_has_no_embeddings(workspace: Workspace, small_corpus: SmallCorpus) -> None:
    assert load_embeddings(CorpusText(small_corpus, "response"), "owner/model") is None
