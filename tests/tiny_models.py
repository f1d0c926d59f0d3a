"""Randomly initialised models of a few thousand weights, saved as real ones are: a causal one, and an encoder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from core.features import embedders
from core.features.embedders import CARRIED, find_embedder
from core.features.instant import table as tables
from tests.corpora import WORDS


def tiny_model(folder: Path, *, seed: int = 0, begin: bool = True, layers: int = 4, positions: int = 256) -> str:
    """Save a Llama of width 16 with a byte-level tokenizer of its own into ``folder``; gives the path."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    from tokenizers import decoders

    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([" ".join(WORDS), "Write line about with care number"] * 5, trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>").save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=positions,
        bos_token_id=0 if begin else None,
        eos_token_id=None,
        pad_token_id=None,
        initializer_range=0.5,
    )
    LlamaForCausalLM(config).save_pretrained(folder, safe_serialization=True)
    return str(folder)


def small_carried_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a tiny BERT of a vocabulary of letters in the place of the carried model; gives its folder.

    The instant embedder is then distilled from it, in a moment, into a cache of its own.
    """
    from tokenizers import normalizers, processors
    from transformers import BertConfig, BertModel

    carried = find_embedder(CARRIED).folder
    assert carried is not None
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *map(chr, range(33, 65)), *map(chr, range(91, 127))]
    pieces += ["##" + chr(code) for code in range(97, 123)] + ["river", "walnut", "the", "of", "stone"]
    tokenizer = Tokenizer(models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, pieces.index(name)) for name in ("[CLS]", "[SEP]")]
    )
    folder = tmp_path / "small"
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **special).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder, safe_serialization=True)
    for name in ("modules.json", "sentence_bert_config.json"):
        shutil.copy(carried / name, folder / name)
    shutil.copytree(carried / "1_Pooling", folder / "1_Pooling")
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace("384", "32"))
    monkeypatch.setattr(embedders, "_carried_folder", lambda: folder)
    monkeypatch.setenv("DIVERSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tables, "_KEPT", {})
    return folder
