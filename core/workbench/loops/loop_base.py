"""The base of a loop: a model on this machine, or the small decoder, made where none is stored that fits."""

from __future__ import annotations

import numpy as np

from core.errors import NetworkError
from core.features.models.files import ModelFiles, fetch_model, find_model
from core.features.models.gguf import gguf_file
from core.progress import Progress, silent
from core.training.decoder import KIND, DecoderSettings, decoder_files, load_decoder, make_decoder
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_request import TINY

DECODER = DecoderSettings()


def base_there(data: LoopData, name: str) -> ModelFiles | None:
    """The files of the base called ``name``; None where they have to be made: for the small decoder where none that
    fits is stored, and for a GGUF file that was never converted.

    A stored decoder fits if it was made for this corpus and was warmed up on no row of a member and no held-out row: so
    a later loop over other members of the corpus takes the same one. Raises :class:`InputError` for a name that means
    no model on this machine.
    """
    if name != TINY:
        if name in data.workspace.keys(KIND):
            return load_decoder(data.workspace, name)
        files = find_model(name)
        if files.folder is None:
            if gguf_file(name) is not None:
                return None
            raise NetworkError(
                f"{files.name} is not on this machine.",
                remedy=f"Give a folder, score with it once (score --model {files.name} downloads it), or take {TINY}.",
            )
        return files
    taken = np.concatenate([data.corpus.ids[data.in_members], data.corpus.ids[data.held_out[1]]])
    for artefact in data.workspace.list(KIND):
        about = artefact.manifest.get("about", {})
        if about.get("corpus") != data.corpus.id or artefact.manifest.get("settings") != DECODER.as_dict():
            continue
        if not np.isin(artefact.array("ids"), taken).any():
            return decoder_files(artefact)
    return None


def base_for(data: LoopData, name: str, *, progress: Progress = silent, device: str = "auto") -> ModelFiles:
    """As :func:`base_there`; a small decoder that is missing is made (a minute or two), a GGUF file is converted."""
    files = base_there(data, name)
    if files is not None:
        return files
    if name != TINY:
        return fetch_model(name)  # a GGUF file, which is converted
    text = data.warm_text
    about = {"corpus": data.corpus.id, "what": text.what}
    return make_decoder(
        data.workspace, text.conversations, text=text.digest, ids=text.ids, about=about, settings=DECODER,
        progress=progress, device=device,
    )  # fmt: skip
