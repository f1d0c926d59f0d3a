"""Tokens are computed once, exactly, and survive being stopped."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.corpus_text import CorpusText
from core.errors import Cancelled
from core.features import tokenizers, tokens
from core.features.counting import count_rows
from core.features.tokens import compute_tokens, load_tokenizer, load_tokens, tokens_key
from core.view import TokenRows
from core.workspace.artefacts import Workspace
from tests.features.tokenizers.texts import HARD, Rows

NAMES = ["mistral-32k", "tekken-131k", "words"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(tokens, "BLOCK_ROWS", 7)


@pytest.mark.parametrize("name", NAMES)
def test_stored_tokens_are_those_of_one_plain_pass(workspace, name):
    corpus = Rows(workspace, "c", HARD)
    result = compute_tokens(CorpusText(corpus, "response"), name)
    plain = tokenizers.load(name)
    indptr, ids = plain.encode_many(HARD)
    assert np.array_equal(result.indptr, indptr) and np.array_equal(result.ids, ids)
    assert result.vocabulary_size == plain.vocabulary_size and result.tokenizer == name
    assert np.array_equal(result.frequency, np.bincount(ids, minlength=plain.vocabulary_size))
    by_row = [set(ids[a:b].tolist()) for a, b in pairwise(indptr)]
    document = workspace.open("features", tokens_key("c", "response", name)).array("document_frequency")
    assert all(document[token] == sum(token in row for row in by_row) for token in set(ids.tolist()))
    assert document.sum() == sum(map(len, by_row))


@pytest.mark.parametrize("name", NAMES)
def test_stored_counts_equal_counting_again(workspace, name):
    result = compute_tokens(CorpusText(Rows(workspace, "c", HARD), "response"), name)
    again = TokenRows(result.indptr, result.ids, result.vocabulary_size, result.frequency).counts
    assert result.counts.shape == again.shape and (result.counts != again).nnz == 0
    assert result.counts.has_sorted_indices and not result.counts.indices.flags.writeable
    taken = result.take(np.array([1, 5, 6]))
    assert (taken.counts != again[[1, 5, 6]]).nnz == 0


def test_loading_gives_the_same_and_none_before(workspace):
    corpus = Rows(workspace, "c", HARD)
    assert load_tokens(CorpusText(corpus, "response")) is None
    made = compute_tokens(CorpusText(corpus, "response"))
    loaded = load_tokens(CorpusText(corpus, "response"))
    assert loaded is not None and np.array_equal(made.ids, loaded.ids) and (made.counts != loaded.counts).nnz == 0
    assert isinstance(loaded.ids, np.memmap)


def test_a_cancelled_run_resumes_where_it_stopped(workspace, monkeypatch):
    corpus, calls = Rows(workspace, "c", HARD), []

    def stop(done, total, note=""):
        assert total == len(HARD) and "rows" in note
        if done >= 14:
            raise Cancelled()

    with pytest.raises(Cancelled):
        compute_tokens(CorpusText(corpus, "response"), progress=stop)
    assert load_tokens(CorpusText(corpus, "response")) is None
    plainly = tokens._encoded
    monkeypatch.setattr(
        tokens, "_encoded", lambda texts, tokenizer: calls.append(len(texts)) or plainly(texts, tokenizer)
    )
    result = compute_tokens(CorpusText(corpus, "response"))
    assert sum(calls) == len(HARD) - 14, "two blocks of seven rows were there"
    assert np.array_equal(result.ids, tokenizers.load("mistral-32k").encode_many(HARD)[1])
    assert not (workspace.home / "partial" / tokens_key("c", "response", "mistral-32k")).exists()


def test_a_damaged_block_is_made_again(workspace):
    corpus = Rows(workspace, "c", HARD)
    partial = workspace.home / "partial" / tokens_key("c", "response", "mistral-32k")
    partial.mkdir(parents=True)
    (partial / "000000000.npz").write_bytes(b"PK\x03\x04 half of a block")
    (partial / "000000007.npz").write_bytes(b"")
    result = compute_tokens(CorpusText(corpus, "response"))
    assert np.array_equal(result.ids, tokenizers.load("mistral-32k").encode_many(HARD)[1])


@pytest.mark.parametrize("texts", [[], [""], ["", "", ""]])
@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_token_are_no_special_case(workspace, name, texts):
    result = compute_tokens(CorpusText(Rows(workspace, "c", texts), "response"), name)
    assert len(result.lengths) == len(texts) and result.lengths.sum() == 0
    assert result.counts.shape == (len(texts), result.vocabulary_size) and result.counts.nnz == 0


def test_each_corpus_component_and_tokenizer_has_its_own_key():
    keys = {tokens_key(c, p, t) for c in ("a", "b") for p in ("instruction", "response") for t in NAMES}
    assert len(keys) == 12
    assert tokens_key("a", "response", "words") == tokens_key("a", "response", tokenizers.load("words"))


def test_words_keep_their_vocabulary_with_the_corpus(workspace):
    corpus = Rows(workspace, "c", ["b a", "", "c a"])
    result = compute_tokens(CorpusText(corpus, "response"), "words")
    words = load_tokenizer(CorpusText(corpus, "response"), "words")
    assert words.pieces(range(words.vocabulary_size)) == ["a", "b", "c"]
    assert result.ids.tolist() == [1, 0, 2, 0] and result.frequency.tolist() == [2, 1, 1]
    key = tokens_key("c", "response", "words")
    assert json.loads((Path(workspace.home) / "features" / key / "vocabulary.json").read_text()) == ["a", "b", "c"]


def test_block_size_changes_nothing(tmp_path, monkeypatch):
    result = []
    for size in (1, 4, 1000):
        monkeypatch.setattr(tokens, "BLOCK_ROWS", size)
        rows = compute_tokens(CorpusText(Rows(Workspace(tmp_path / str(size)), "c", HARD), "response"), "words")
        result.append((rows.ids.tolist(), rows.frequency.tolist(), rows.counts.indices.tolist()))
    assert result[0] == result[1] == result[2]


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 6), max_size=9), max_size=6))
def test_counting_equals_a_dictionary(rows):
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    pointer, types, counts = count_rows(indptr=indptr, ids=ids, vocabulary_size=7)
    for row, tokens_of_row in enumerate(rows):
        part = slice(pointer[row], pointer[row + 1])
        wanted = sorted((token, tokens_of_row.count(token)) for token in set(tokens_of_row))
        assert list(zip(types[part].tolist(), counts[part].tolist(), strict=True)) == wanted
