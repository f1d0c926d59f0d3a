"""The small decoder of ours, for a machine without a model: a tokenizer and a Llama of some million weights, warmed up.

It has 4 layers of width 192 and 4,096 byte-level pieces learnt from its warm-up text. Of a decoder of this width with a
vocabulary of 32,000, three quarters of the work is the head. Measured on one core (tests/benchmarks/figures.md), pieces
a second times bytes a piece is largest at about 4,096 pieces.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.features.chunks import discard
from core.features.models.files import ModelFiles, find_model
from core.progress import Progress, silent
from core.training.base import Base, open_base
from core.training.encoding import ANSWER, EncodedRows, encode_rows
from core.training.fit import fit
from core.training.plan import plan_training
from core.training.settings import ProxySettings
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

KIND = "bases"
VERSION = 1
BEGIN, END = "<s>", "</s>"
LEAST_BYTES = 300_000  # of warm-up text: with less, the tokenizer and the model would learn too few rows by heart


@dataclass(frozen=True, kw_only=True)
class DecoderSettings:
    """The shape of the decoder and its warm-up. More layers, width or tokens model text better and take longer."""

    layers: int = 4
    width: int = 192
    pieces: int = 4_096
    positions: int = 1_024
    warmup_tokens: int = 400_000
    learning_rate: float = 2e-3
    batch_tokens: int = 1_024
    cutoff: int = 512
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def decoder_key(text: str, settings: DecoderSettings) -> str:
    """The artefact's key: the digest ``text`` of the rows that it is warmed up on, and the settings."""
    return digest({"small decoder": VERSION, "text": text, **settings.as_dict()})


def load_decoder(workspace: Workspace, key: str) -> ModelFiles | None:
    """The files of the decoder with this key, or None where it is not made yet."""
    return decoder_files(workspace.open(KIND, key)) if workspace.has(KIND, key) else None


def decoder_files(artefact: Artefact) -> ModelFiles:
    """The files of a stored decoder, under a name of its own."""
    found = find_model(str(artefact.path("model")))
    name = f"small decoder {found.parameters / 1e6:.1f}M"
    return replace(found, name=name)


def make_decoder(
    workspace: Workspace,
    conversations: Sequence[Sequence[Any]],
    *,
    text: str,
    ids: NDArray[np.uint64],
    about: dict[str, Any],
    settings: DecoderSettings,
    progress: Progress = silent,
    device: str = "auto",
) -> ModelFiles:
    """Make the decoder, warm it up on ``conversations``, and store it under :func:`decoder_key` of ``text``.

    Every token of the warm-up is learnt, prompts included. ``ids`` (rows,) are the ids of the rows of a corpus, empty
    for other text; ``about`` says in the manifest what the rows are. A warm-up that was stopped goes on. Raises
    :class:`InputError` where they hold less than :data:`LEAST_BYTES` of text.
    """
    key = decoder_key(text, settings)
    stored = load_decoder(workspace, key)
    if stored is not None:
        return stored
    started = time.time()
    texts = [str(turn.get("content") or "") for turns in conversations for turn in turns]
    size = sum(len(line.encode(errors="replace")) for line in texts)
    if size < LEAST_BYTES:
        raise InputError(
            f"To warm a decoder up takes {LEAST_BYTES:,} bytes of text; there are {size:,}.",
            remedy="Choose a base model (a folder or a hub id), or a corpus with more rows outside the members.",
        )
    manifest: dict[str, Any] = {"version": VERSION, "text": text, "about": about, "settings": settings.as_dict()}
    with workspace.create(KIND, key, manifest) as folder:
        np.save(folder / "ids.npy", np.sort(ids), allow_pickle=False)
        model_folder = folder / "model"
        untrained(model_folder, texts, settings)
        base = open_base(find_model(str(model_folder)), device=device)
        encoded = encode_rows(base, conversations, cutoff=settings.cutoff)
        partial = workspace.home / "partial" / key
        _warm_up(base, encoded, settings, partial, progress)
        base.model.save_pretrained(model_folder, safe_serialization=True)
        manifest |= {"bytes": size, "rows": len(conversations), "seconds": round(time.time() - started, 3)}
    discard(partial)
    return decoder_files(workspace.open(KIND, key))


def untrained(folder: Path, texts: Sequence[str], settings: DecoderSettings) -> None:
    """Write a tokenizer learnt from ``texts`` and a decoder of drawn weights to ``folder``."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=settings.pieces,
        special_tokens=[BEGIN, END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=BEGIN, eos_token=END)
    fast.save_pretrained(folder)
    state = torch.get_rng_state()
    torch.manual_seed(settings.seed)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=settings.width,
        intermediate_size=_multiple(settings.width * 8 / 3, 64),
        num_hidden_layers=settings.layers,
        num_attention_heads=max(1, settings.width // 64),
        num_key_value_heads=max(1, settings.width // 64),
        max_position_embeddings=settings.positions,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder, safe_serialization=True)
    torch.set_rng_state(state)


def _warm_up(base: Base, encoded: EncodedRows, settings: DecoderSettings, folder: Path, progress: Progress) -> None:
    """Train the base on every token of the rows; ``folder`` keeps the checkpoint."""
    kinds = [np.full(len(row), ANSWER, dtype=np.uint8) for row in encoded.ids]
    every = EncodedRows(encoded.ids, kinds, encoded.answer_bytes, encoded.cut)
    told = ProxySettings(
        tokens=settings.warmup_tokens,
        learning_rate=settings.learning_rate,
        batch_tokens=settings.batch_tokens,
        cutoff=settings.cutoff,
    )
    plan = plan_training(every, told, seed=settings.seed)

    def report(done: float, total: float, note: str = "") -> None:
        progress(done, total, "tokens of warm-up")

    fit(base, every, plan, told, seed=settings.seed, folder=folder, progress=report)


def _multiple(value: float, of: int) -> int:
    return max(of, round(value / of) * of)
