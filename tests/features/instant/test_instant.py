"""The instant embedder: a weighted mean of token vectors, the same in any batch, and near the model it comes from."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features import embedders
from core.features.embedders import CARRIED, INSTANT, embedder_title, find_embedder
from core.features.embedding import compute_embeddings, embeddings_key, encode_texts
from core.features.instant import table as tables
from core.features.instant import word_tokens
from core.features.instant.table import TokenTable, is_word, load_table, reduced, stored, vocabulary
from core.features.instant.texts import InstantEncoder
from core.jobs import job_names
from core.workbench.previews import NOTE
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.features.conftest import SmallCorpus
from tests.jobs.running import run_here
from tests.tiny_models import small_carried_model

ODD = (
    "", "   \n\t", "Don't stop_now! (really?) a@b.co/x#1 ~~", "CAFÉ naïve Ünïcode", "今天 weather 很好。", "x" * 5_000,
    "bell\x07 and \x7f control", "emoji 🎉🎉 done", "tab\tand\nnewline  two  spaces",
)  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> InstantEncoder:
    """The carried tokenizer with vectors drawn at random; special tokens weigh nothing, as after distillation."""
    embedder = find_embedder(INSTANT)
    assert embedder.folder is not None
    path = embedder.folder / "tokenizer.json"
    pieces = vocabulary(path)
    vectors = np.random.default_rng(0).standard_normal((len(pieces), 16)).astype(np.float32)
    vectors[[not is_word(piece) for piece in pieces]] = 0
    nothing = np.zeros(16, dtype=np.float32)
    nothing[3] = 1
    return InstantEncoder(embedder, TokenTable(vectors, nothing, path, 0.0))


def slow_vector(encoder: InstantEncoder, text: str, limit: int) -> np.ndarray:
    """The twin: the whole text through the tokenizer at once, and a loop over its tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(encoder.table.tokenizer))
    tokenizer.no_truncation()
    total = np.zeros(encoder.dimensions, dtype=np.float32)
    for token in tokenizer.encode(text, add_special_tokens=False).ids[:limit]:
        total += encoder.table.vectors[token]
    length = np.sqrt((total.astype(np.float64) ** 2).sum())
    return total / np.float32(length) if length else encoder.table.nothing


def test_vectors_equal_those_of_whole_texts_read_token_by_token(
    encoder: InstantEncoder, texts: tuple[str, ...]
) -> None:
    for limit in (8, 512):
        made = encoder.encode(texts, max_tokens=limit)
        twins = np.stack([slow_vector(encoder, text, limit) for text in texts])
        assert made.dtype == np.float32
        np.testing.assert_allclose(made, twins, atol=2e-7)


def test_odd_texts_have_unit_vectors_and_those_of_their_tokens(encoder: InstantEncoder) -> None:
    made = encoder.encode(ODD)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(made[0], encoder.table.nothing) and np.array_equal(made[1], encoder.table.nothing)
    for text, vector in zip(ODD, made, strict=True):
        if len(text) < word_tokens.LONGEST_WORD:
            np.testing.assert_allclose(vector, slow_vector(encoder, text, 512), atol=2e-7)


def test_the_name_of_a_special_token_in_a_text_is_a_word(encoder: InstantEncoder) -> None:
    named, spelt = encoder.encode(["[SEP] literal", "[ sep ] literal"])
    assert np.array_equal(named, spelt)


def test_no_batch_no_order_and_no_forgetting_changes_a_bit(
    encoder: InstantEncoder, texts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = encoder.encode([*texts, *ODD])
    fresh = InstantEncoder(encoder.embedder, encoder.table)
    one_by_one = np.concatenate([fresh.encode([text]) for text in reversed([*texts, *ODD])])[::-1]
    assert np.array_equal(whole, one_by_one)
    monkeypatch.setattr(word_tokens, "WORDS_KEPT", 20)
    forgetful = InstantEncoder(encoder.embedder, encoder.table)
    assert np.array_equal(whole, np.concatenate([forgetful.encode([text]) for text in [*texts, *ODD]]))


def test_threads_that_share_the_words_get_their_own_texts(encoder: InstantEncoder, texts: tuple[str, ...]) -> None:
    whole = encoder.encode(texts)
    shared = InstantEncoder(encoder.embedder, encoder.table)
    wrong: list[int] = []

    def check(shift: int) -> None:
        for at in range(len(texts)):
            at = (at * 7 + shift) % len(texts)
            if not np.array_equal(shared.encode([texts[at]])[0], whole[at]):
                wrong.append(at)

    threads = [threading.Thread(target=check, args=(shift,)) for shift in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_frequent_tokens_weigh_less_and_special_ones_nothing() -> None:
    pieces = ["[PAD]", "[unused1]", "[SEP]", ".", "the", "of", "river", "walnut"]
    vectors = np.random.default_rng(1).standard_normal((8, 5)).astype(np.float32)
    weighted, nothing = reduced(vectors, pieces, separator=2)
    chance = np.array([0, 0, 0, *(1 / (np.arange(1, 6) + tables.ZIPF_SHIFT))])
    chance /= chance.sum()
    weights = np.where(chance > 0, tables.RARE / (tables.RARE + chance), 0)
    middle = sum(chance[at] * weights[at] * vectors[at] for at in range(8)) / (chance * weights).sum()
    # The axes are orthonormal and all five are kept, so lengths and angles are those of the centred vectors.
    twin = weights[:, None] * (vectors - middle)
    np.testing.assert_allclose(weighted @ weighted.T, twin @ twin.T, rtol=1e-4, atol=1e-9)
    assert np.linalg.norm(nothing) == pytest.approx(1)
    assert not weighted[:3].any()


def test_it_is_named_as_a_preview_and_lies_beside_the_others() -> None:
    known = [embedder.name for embedder in embedders.known_embedders()]
    assert INSTANT in known and embedders.default_embedder() != INSTANT
    assert embedder_title(INSTANT) == "instant (preview)" and embedder_title(CARRIED) == CARRIED
    embedder = find_embedder(INSTANT)
    assert "preview" in embedder.where and CARRIED in embedder.where
    assert embedder.identity["digest"] not in ("", find_embedder(CARRIED).digest)


def test_without_the_carried_model_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedders, "_carried_folder", lambda: None)
    assert find_embedder(INSTANT).folder is None
    with pytest.raises(InputError, match="not on this machine"):
        encode_texts(["a"], embedder=INSTANT)


@pytest.fixture
def small_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny BERT in the place of the carried model, so that distilling takes a moment."""
    return small_carried_model(tmp_path, monkeypatch)


def test_it_is_distilled_once_kept_for_all_workspaces_and_made_anew_where_damaged(
    small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = find_embedder(INSTANT)
    assert not stored(embedder)
    seen: list[tuple[float, float, str]] = []
    table = load_table(embedder, progress=lambda *step: seen.append(step))
    assert seen[-1] == (len(table.vectors), len(table.vectors), "tokens distilled")
    assert stored(embedder) and table.seconds > 0
    tables._KEPT.clear()
    again = load_table(embedder, progress=lambda *step: pytest.fail("it was distilled again"))
    assert np.array_equal(table.vectors, again.vectors) and again.seconds == table.seconds
    path = next((tables.settings.cache_home() / "instant").glob("*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    tables._KEPT.clear()
    assert np.array_equal(load_table(embedder).vectors, table.vectors)
    monkeypatch.setenv("DIVERSCOPE_CACHE", "/proc/nowhere")
    tables._KEPT.clear()
    assert np.array_equal(load_table(embedder).vectors, table.vectors)


@pytest.mark.usefixtures("small_model")
def test_a_job_and_a_command_make_it_ready(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = run_here(workspace, job_names.DISTIL, {})
    assert made["tokens"] > 80 and made["dimensions"] == 32 and stored(find_embedder(INSTANT))
    assert main(["distil"]) == 0
    assert f"{made['tokens']} tokens of 32 dimensions, distilled in" in capsys.readouterr().out


def test_each_token_is_read_by_the_model_alone(small_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = find_embedder(INSTANT)
    pieces = vocabulary(small_model / "tokenizer.json")
    made = tables._read_alone(embedder, len(pieces), "cpu", lambda done: None)
    model = SentenceTransformer(str(small_model), device="cpu")
    words = ["river", "walnut", "stone"]
    twin = model.encode(words, normalize_embeddings=False, convert_to_numpy=True)
    ours = made[[pieces.index(word) for word in words]]
    ours = ours / np.linalg.norm(ours, axis=1, keepdims=True)
    twin = twin / np.linalg.norm(twin, axis=1, keepdims=True)
    assert (ours * twin).sum(axis=1).min() > 0.999


@pytest.mark.usefixtures("small_model")
def test_a_corpus_embedded_by_it_is_stored_under_a_key_of_its_own(
    workspace: Workspace, small_corpus: SmallCorpus
) -> None:
    text = CorpusText(small_corpus, "response")
    vectors = compute_embeddings(text, INSTANT)
    assert vectors.shape[0] == len(small_corpus) and np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    manifest = workspace.open("features", embeddings_key(small_corpus.id, "response", INSTANT)).manifest
    assert manifest["embedder"]["name"] == INSTANT and manifest["embedder"]["dtype"] == "float32"
    assert np.array_equal(np.asarray(vectors), encode_texts(small_corpus.texts, embedder=INSTANT))


@pytest.mark.usefixtures("small_model")
def test_commands_call_what_reads_its_vectors_a_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    _, corpus = corpus_of(tmp_path / "home", records(40), name="quick")
    compute_embeddings(CorpusText(corpus, "response"), INSTANT)
    instant = ["--feature", f"embedder={INSTANT}"]
    assert main(["choose", "quick", "--strategy", "kcenter", "--size", "10", *instant, "--save", "spread"]) == 0
    assert NOTE in capsys.readouterr().err
    assert main(["choose", "quick", "--strategy", "random", "--size", "10", *instant]) == 0
    assert NOTE not in capsys.readouterr().err
    asked = ["spread", "--metric", "ed", "--metric", "rows", "--component", "response", "--embedder", INSTANT]
    assert main(["measure", *asked]) == 0
    said = capsys.readouterr().out
    (of_vectors,) = [line for line in said.splitlines() if "response.ed" in line]
    (of_rows,) = [line for line in said.splitlines() if "rows.rows" in line]
    assert "(preview)" in of_vectors and "(preview)" not in of_rows


def test_the_neighbours_of_real_texts_are_partly_those_of_the_model(texts: tuple[str, ...]) -> None:
    distinct = sorted({text for text in texts if len(text) > 40})
    whole = encode_texts(distinct, embedder=CARRIED, device="cpu")
    quick = encode_texts(distinct, embedder=INSTANT)

    def nearest(vectors: np.ndarray) -> np.ndarray:
        near = vectors @ vectors.T
        np.fill_diagonal(near, -2)
        return np.argsort(-near, axis=1)[:, :5]

    shared = np.mean([len(np.intersect1d(a, b)) / 5 for a, b in zip(nearest(whole), nearest(quick), strict=True)])
    assert shared > 0.35  # by chance 5 of about 60: 0.08
