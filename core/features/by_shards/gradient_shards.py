"""Reads one shard with a causal model: projected gradients of each row's loss, or weighted hidden states."""

from __future__ import annotations

import numpy as np
import orjson

from core.errors import InputError
from core.features.gradients.settings import VectorSettings
from core.features.gradients.store import read_texts
from core.features.models.causal import load_causal
from core.features.models.files import find_model
from core.shards.work import ShardWork


def read_shard(work: ShardWork) -> None:
    """A model's vectors of a shard's rows; settings: component, model, digest (of its files), device, and those of
    :class:`VectorSettings`.

    Writes values (rows, d) float32, with the gradient's length last where these are gradients, and facts.json. Every
    few seconds what is read is kept, so that a killed worker's successor goes on there. Raises :class:`InputError`
    where this machine has other files of the model, or none.
    """
    files = find_model(str(work.settings["model"]))
    if files.digest != work.settings["digest"]:
        raise InputError(
            f"The files of {files.name} on this worker are others, or not there.",
            remedy="Give every machine the same model folder or hub cache.",
        )
    asked = VectorSettings.of(work.settings)
    causal = load_causal(files, device=str(work.settings["device"]), precision=asked.precision)
    texts = work.shard.texts(str(work.settings["component"]))
    prompts = work.shard.texts("instruction") if asked.of_gradients else texts
    values, facts = read_texts(causal, prompts, texts, asked, work.begun, work.progress)
    work.save("values", values.astype(np.float32))
    (work.folder / "facts.json").write_bytes(orjson.dumps(facts))
