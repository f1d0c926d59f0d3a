"""Any fast tokenizer of the hub or of a local folder, through transformers."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import settings
from core.errors import DiverscopeError, InputError, NetworkError, quoted, reason_of
from core.features.tokenizers.tokenizer import Segment, ragged, speakable

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
SECONDS = 15.0  # within which the hub has to answer
BUILT_IN = "Choose mistral-32k or tekken-131k, which need no network."


class HubTokenizer:
    """A fast (Rust) tokenizer of transformers; code that comes with a repository is never run.

    Text that looks like a special token is read as ordinary text. ``vocabulary_size`` counts added tokens too.
    """

    warning = ""

    def __init__(self, name: str) -> None:
        """Raises :class:`InputError` for an unknown tokenizer, :class:`NetworkError` when the hub does not answer."""
        self.name = name
        folder = settings.typed_path(name)
        if is_folder(name):
            if not folder.is_dir():
                raise InputError(f"There is no folder {name}.", remedy="Give a folder that holds a tokenizer.json.")
        elif not HUB_ID.fullmatch(name):
            raise InputError(f"{quoted(name)} is not the name of a tokenizer.", remedy=f"Give a hub id. {BUILT_IN}")
        self._backend = _backend(str(folder) if is_folder(name) else name)
        largest = max(self._backend.get_vocab(with_added_tokens=True).values(), default=-1)
        self.vocabulary_size = int(largest) + 1

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        content = self._backend.to_str().encode()
        return {"kind": "tokenizers", "content": hashlib.blake2b(content, digest_size=8).hexdigest()}

    def encode_many(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        rows = self._backend.encode_batch_fast([speakable(text) for text in texts], add_special_tokens=False)
        return ragged([row.ids for row in rows])

    def pieces(self, ids: Iterable[int]) -> list[str]:
        pieces = []
        for token in map(int, ids):
            piece = self._backend.id_to_token(token)
            text = self._backend.decode([token], skip_special_tokens=False)
            # A decoder drops the space before a lone word; the piece itself still shows it.
            leads = piece is not None and piece[:1] in "▁Ġ" and not text.startswith(" ")
            broken = not text or "\N{REPLACEMENT CHARACTER}" in text
            pieces.append((piece or f"<{token}>") if broken else f" {text}" if leads else text)
        return pieces

    def segments(self, text: str) -> list[Segment]:
        text = speakable(text)
        encoded = self._backend.encode(text, add_special_tokens=False)
        return _by_offsets(text, encoded.ids, encoded.offsets)


def is_folder(name: str) -> bool:
    """Whether ``name`` means a folder of this machine and not a hub id."""
    return name.startswith(("/", ".", "~")) or "\\" in name or settings.typed_path(name).is_dir()


def _by_offsets(text: str, ids: Sequence[int], offsets: Sequence[tuple[int, int]]) -> list[Segment]:
    """Segments from character offsets; tokens that share characters share a segment."""
    segments: list[Segment] = []
    begin, end = 0, 0  # the open segment
    open_ids: list[int] = []
    for token, (start, stop) in zip(ids, offsets, strict=True):
        if start >= end and open_ids:
            segments.append(Segment(text[begin:end], tuple(open_ids)))
            open_ids = []
        if start > end:
            segments.append(Segment(text[end:start], ()))
        if not open_ids:
            begin = max(start, end)
        end = max(end, stop)
        open_ids.append(int(token))
    if open_ids:
        segments.append(Segment(text[begin:end], tuple(open_ids)))
    if end < len(text):
        segments.append(Segment(text[end:], ()))
    return segments


def _backend(name: str) -> Any:
    """The Rust tokenizer behind ``name``, without truncation, padding or special tokens."""
    from transformers import PreTrainedTokenizerFast

    try:
        tokenizer = _loaded(name)
    except Exception as error:  # a user's file can fail in any way; every failure becomes a message
        raise _explained(name, error) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise InputError(f"{name} has no fast tokenizer.", remedy=f"A tokenizer.json is needed. {BUILT_IN}")
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True
    return backend


def _loaded(name: str) -> Any:
    """Load from the local cache, else ask the hub once, briefly: its downloads retry for a minute before they fail."""
    from transformers import AutoTokenizer

    token = os.environ.get("HF_TOKEN") or False  # never a token that the machine's user left in a file

    def read(*, local: bool) -> Any:
        return AutoTokenizer.from_pretrained(
            name, use_fast=True, trust_remote_code=False, local_files_only=local, token=token
        )

    if is_folder(name) or settings.offline():
        return read(local=True)
    with suppress(OSError, ValueError):  # not in the cache, or only a part of it
        return read(local=True)
    from huggingface_hub import HfApi

    HfApi(token=token).model_info(name, timeout=SECONDS)
    return read(local=False)


def _explained(name: str, error: Exception) -> DiverscopeError:
    causes = list(_causes(error))
    kinds = {type(cause).__name__ for cause in causes}
    words = " ".join(str(cause) for cause in causes).lower()
    if "trust_remote_code" in words:
        return InputError(
            f"{name} needs to run code of its own, which Diverscope never does.",
            remedy=f"Choose a tokenizer with a tokenizer.json. {BUILT_IN}",
        )
    if kinds & {"GatedRepoError"} or "gated repo" in words:
        return InputError(f"{name} is gated.", remedy=f"Accept its terms on the hub and set HF_TOKEN. {BUILT_IN}")
    if "RepositoryNotFoundError" in kinds:
        return InputError(
            f"The hub has no {name}, or it is private.", remedy=f"Check the id, or set HF_TOKEN. {BUILT_IN}"
        )
    if not is_folder(name) and (settings.offline() or kinds & _NO_ANSWER or "couldn't connect" in words):
        return NetworkError(
            f"The hub could not be asked for {name}, and it is not in the local cache.",
            remedy=f"Check the id and the network, or give a local folder. {BUILT_IN}",
        )
    where = "folder" if is_folder(name) else "hub id"
    reason = reason_of(error)
    return InputError(
        f"The {where} {name} holds no tokenizer that can be read ({reason}).", remedy=f"Check the name. {BUILT_IN}"
    )


_NO_ANSWER = {
    "ConnectionError",
    "ConnectError",
    "ConnectTimeout",
    "ReadTimeout",
    "Timeout",
    "ProxyError",
    "OfflineModeIsEnabled",
    "LocalEntryNotFoundError",
    "MaxRetryError",
    "NameResolutionError",
}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
