"""Embeds one shard: each distinct text of it once."""

from __future__ import annotations

import numpy as np
import orjson

from core.errors import InputError
from core.features.backends import TORCH
from core.features.chunks import read
from core.features.embedders import find_embedder
from core.features.embedding import CHUNK, distinct_texts, kind_of, loaded_encoder, text_hash
from core.shards.work import ShardWork


def embed_shard(work: ShardWork) -> None:
    """Unit vectors of a shard's rows; settings: component, embedder, digest (of its files), max_tokens, precision,
    device, and backend where it is not torch.

    Writes embeddings (rows, d) float32, hashes (distinct texts,) uint64, and facts.json. Every :data:`CHUNK` texts are
    kept, so that a killed worker's successor goes on there. Raises :class:`InputError` where this machine has other
    files of the embedder, or none.
    """
    settings = work.settings
    found = find_embedder(str(settings["embedder"]))
    if found.digest != settings["digest"]:
        raise InputError(
            f"The files of {found.name} on this worker are others, or not there.",
            remedy="Give every machine the same model folder or hub cache.",
        )
    texts, where = distinct_texts(work.shard.texts(str(settings["component"])))
    encoder = loaded_encoder(
        found,
        device=str(settings["device"]),
        precision=str(settings["precision"]),
        by=str(settings.get("backend", TORCH)),
    )
    vectors = np.empty((len(texts), encoder.dimensions), dtype=np.float32)
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        path = work.begun / f"{kind_of(encoder)}-{start:09d}.npy"
        done = start

        def step(count: int) -> None:
            nonlocal done
            done += count
            work.progress(done, len(texts))

        kept = read(path, shape=(len(chunk), encoder.dimensions))
        vectors[start : start + len(chunk)] = (
            encoder.encode(chunk, max_tokens=int(settings["max_tokens"]), step=step, kept=path)
            if kept is None
            else kept
        )
    work.save("embeddings", vectors[where])
    work.save("hashes", np.array([text_hash(text) for text in texts], dtype=np.uint64))
    facts = {**encoder.arithmetic, "device": encoder.device}
    (work.folder / "facts.json").write_bytes(orjson.dumps(facts))
