"""Ids are those of the library, one text at a time; segments give the text back."""

from __future__ import annotations

import json
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest
import sentencepiece
import tiktoken
from hypothesis import given, settings

from core.errors import DiverscopeError, InputError, NetworkError
from core.features import tokenizers
from core.features.tokenizers.chunks import ChunkEncoder
from core.features.tokenizers.mistral import Mistral32K
from core.features.tokenizers.tokenizer import speakable
from core.features.tokenizers.words import Words
from tests.features.tokenizers.texts import HARD, texts
from tests.prose import code, prose

DATA = resources.files("mistral_common") / "data"


def rows_of(tokenizer, texts) -> list[list[int]]:
    indptr, ids = tokenizer.encode_many(texts)
    assert indptr.dtype == np.int64 and ids.dtype == np.int32
    assert indptr[0] == 0 and indptr[-1] == len(ids) and len(indptr) == len(texts) + 1
    return [ids[a:b].tolist() for a, b in pairwise(indptr)]


@pytest.fixture(scope="module")
def plain_sentencepiece():
    processor = sentencepiece.SentencePieceProcessor(model_file=str(DATA / "tokenizer.model.v1"))
    return lambda text: processor.encode(speakable(text))


@pytest.fixture(scope="module")
def plain_tekken():
    """tiktoken over the same file, read here anew."""
    import base64

    data = json.loads((DATA / "tekken_240911.json").read_text())
    special, size = data["config"]["default_num_special_tokens"], data["config"]["default_vocab_size"]
    ranks = {base64.b64decode(item["token_bytes"]): item["rank"] for item in data["vocab"][: size - special]}
    encoding = tiktoken.Encoding("t", pat_str=data["config"]["pattern"], mergeable_ranks=ranks, special_tokens={})
    return lambda text: [rank + special for rank in encoding.encode_ordinary(speakable(text))]


@pytest.fixture(params=["mistral-32k", "tekken-131k"])
def pair(request, plain_sentencepiece, plain_tekken):
    plain = plain_sentencepiece if request.param == "mistral-32k" else plain_tekken
    return tokenizers.load(request.param), plain


def test_hard_texts_get_the_library_s_ids(pair):
    tokenizer, plain = pair
    assert rows_of(tokenizer, HARD) == [plain(text) for text in HARD]
    assert rows_of(tokenizer, HARD) == [plain(text) for text in HARD], "a second time, now every chunk is known"


def test_order_and_batch_do_not_change_ids(pair):
    tokenizer, plain = pair
    assert [rows_of(tokenizer, [text])[0] for text in reversed(HARD)] == [plain(text) for text in reversed(HARD)]
    assert rows_of(tokenizer, []) == []
    assert rows_of(tokenizer, ["", ""]) == [[], []]


def test_random_mixtures_get_the_library_s_ids(pair):
    tokenizer, plain = pair

    @settings(max_examples=150)
    @given(texts)
    def check(batch):
        assert rows_of(tokenizer, batch) == [plain(text) for text in batch]

    check()


def test_prose_in_two_languages_and_code_get_the_library_s_ids(pair):
    tokenizer, plain = pair
    batch = [*prose(600), *code(80)]
    assert rows_of(tokenizer, batch) == [plain(text) for text in batch]


def test_special_tokens_of_the_model_come_from_no_text(pair):
    tokenizer, _ = pair
    ids = {token for row in rows_of(tokenizer, ["<s> </s> [INST] <unk>", "<SPECIAL_3>"]) for token in row}
    lowest = 3 if tokenizer.name == "mistral-32k" else 1000
    assert min(ids) >= lowest and max(ids) < tokenizer.vocabulary_size


def test_vocabulary_sizes_are_the_models_own():
    assert tokenizers.load("mistral-32k").vocabulary_size == 32_000
    assert tokenizers.load("tekken-131k").vocabulary_size == 131_072


def test_tekken_ids_are_those_of_mistral_s_own_reader():
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    own = Tekkenizer.from_file(str(DATA / "tekken_240911.json"))
    batch = ["Hello world\n\n  x", "今天 天气", "😀 ok", ""]
    assert rows_of(tokenizers.load("tekken-131k"), batch) == [own.encode(t, bos=False, eos=False) for t in batch]


@pytest.mark.parametrize("name", ["mistral-32k", "tekken-131k"])
def test_segments_spell_the_text_and_carry_its_ids(name):
    tokenizer = tokenizers.load(name)
    for text in HARD:
        text = speakable(text)
        segments = tokenizer.segments(text)
        shown = text.replace("▁", " ") if name == "mistral-32k" else text  # sentencepiece writes ▁ for a space
        assert "".join(part.text for part in segments) == shown
        assert [token for part in segments for token in part.ids] == rows_of(tokenizer, [text])[0]


def test_pieces_show_text_and_parts_of_characters():
    tokenizer = tokenizers.load("mistral-32k")
    _, ids = tokenizer.encode_many(["the cat\n"])
    assert tokenizer.pieces(ids) == [" the", " cat", "\n"]
    assert tokenizer.pieces([3 + 0xE4]) == ["<0xE4>"]


def test_a_small_memory_forgets_and_stays_exact(plain_sentencepiece):
    whole = Mistral32K()
    assert isinstance(whole._chunks, ChunkEncoder)
    whole._chunks._limit = 64  # bytes: every block starts anew
    assert [rows_of(whole, [text])[0] for text in HARD] == [plain_sentencepiece(text) for text in HARD]


def test_a_model_without_the_proof_is_encoded_plainly():
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString((DATA / "tokenizer.model.v1").read_bytes())
    assert Mistral32K(proto.SerializeToString()).splits_at_spaces
    proto.pieces[20_000].piece = "of▁the"  # a piece that reaches over a space
    other = Mistral32K(proto.SerializeToString())
    assert not other.splits_at_spaces and other._chunks is None
    assert rows_of(other, ["out of the box"]) == [
        sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString()).encode("out of the box")
    ]
    assert other.identity != tokenizers.load("mistral-32k").identity


def test_words_are_unicode_words_with_canonical_ids_and_a_warning():
    words = tokenizers.load("words")
    assert "correlation" in words.warning
    indptr, ids = words.encode_many(["The cat can't, the end. 3.14!", "", "天气 cat"])
    assert words.vocabulary == sorted({"The", "cat", "can't", "the", "end", "3.14", "天", "气"})
    assert words.pieces(ids[indptr[0] : indptr[1]]) == ["The", "cat", "can't", "the", "end", "3.14"]
    assert indptr.tolist() == [0, 6, 6, 9]
    again = Words(words.vocabulary)
    assert [part.text for part in again.segments("cat, dog")] == ["cat", ",", " ", "dog"]
    assert [len(part.ids) for part in again.segments("cat, dog")] == [1, 0, 0, 0]
    with pytest.raises(InputError, match="vocabulary lacks 1 word, 'dog' among them"):
        again.encode_many(["dog"])


def test_word_ids_do_not_depend_on_the_order_of_the_texts():
    batch = [speakable(text) for text in HARD]
    words, other = Words(), Words()
    forward, backward = rows_of(words, batch), rows_of(other, batch[::-1])[::-1]
    assert words.vocabulary == other.vocabulary and forward == backward


def test_words_memory_changes_nothing(monkeypatch):
    wanted = Words().learn(HARD)
    monkeypatch.setattr("core.features.tokenizers.words.MEMORY", 1)
    pieces = Words().learn(HARD)
    assert pieces[2] == wanted[2] and np.array_equal(pieces[1], wanted[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small byte-level BPE, trained here and saved as transformers does."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator([speakable(text) for text in HARD] * 3, trainer)
    path = tmp_path_factory.mktemp("tokenizer")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", model_max_length=4).save_pretrained(path)
    return path


def test_a_local_folder_is_read_without_truncation_or_special_tokens(folder):
    from transformers import AutoTokenizer

    plain = AutoTokenizer.from_pretrained(folder)
    tokenizer = tokenizers.load(str(folder))
    batch = [speakable(text) for text in HARD]
    assert rows_of(tokenizer, batch) == [
        plain.encode(text, add_special_tokens=False, split_special_tokens=True) for text in batch
    ]
    assert tokenizer.vocabulary_size == len(plain)
    for text in batch:
        segments = tokenizer.segments(text)
        assert "".join(part.text for part in segments) == text
        assert [token for part in segments for token in part.ids] == rows_of(tokenizer, [text])[0]


def test_names_that_are_none_say_what_to_do(monkeypatch, tmp_path, folder):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("DIVERSCOPE_OFFLINE", "1")
    for name, kind in [
        ("nobody/there-is-no-such-tokenizer", NetworkError),
        (str(tmp_path / "missing"), InputError),
        (str(tmp_path), InputError),
        ("not a name!", InputError),
        ("", InputError),
    ]:
        with pytest.raises(kind) as caught:
            tokenizers.load(name)
        assert isinstance(caught.value, DiverscopeError) and caught.value.remedy


def test_a_tokenizer_that_brings_code_is_refused(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"auto_map": {"AutoTokenizer": [None, "evil.Evil"]}, "tokenizer_class": "Evil"})
    )
    (tmp_path / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises(InputError) as caught:
        tokenizers.load(str(tmp_path))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        ("RepositoryNotFoundError", InputError, "has no someone/thing"),
        ("GatedRepoError", InputError, "gated"),
        ("ConnectError", NetworkError, "could not be asked"),
    ],
)
def test_what_the_hub_answers_becomes_a_message(monkeypatch, failure, kind, says):
    import huggingface_hub

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("DIVERSCOPE_OFFLINE", raising=False)

    def answer(self, name, **options):
        raise type(failure, (Exception,), {})("no")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", answer)
    with pytest.raises(kind, match=says):
        tokenizers.load("someone/thing")
