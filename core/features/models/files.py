"""Finds the files of a causal language model, and the digest that names their content in a key."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

import orjson

from core import settings
from core.errors import InputError, NetworkError, reason_of
from core.features.models.gguf import convert, converted, gguf_file

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
# Weights come as safetensors only: no pickles, and no code of the model's own.
FILES = ("*.json", "*.txt", "*.safetensors", "*.model")
LEFT_OUT = ("onnx/*", "openvino/*", "*.bin", "*.h5", "*.py", "original/*")
PATIENCE = 5.0  # seconds that a request to the hub may take
OTHER = "Give the folder of a model (config.json, tokenizer.json, *.safetensors) or a GGUF file: they need no network."


@dataclass(frozen=True)
class ModelFiles:
    """A causal language model on this machine (``folder``) or only on the hub (``folder`` None, ``digest`` "").

    ``digest`` names the content of its weights, configuration and tokenizer; ``parameters`` counts its weights.
    """

    name: str
    folder: Path | None
    digest: str
    revision: str
    parameters: int

    @property
    def short(self) -> str:
        """The last part of the name, after which columns are named."""
        return self.name.rstrip("/").split("/")[-1]

    @property
    def identity(self) -> dict[str, Any]:
        """What a score's note records about the model that gave it."""
        return {"name": self.name, "digest": self.digest, "revision": self.revision, "parameters": self.parameters}


def find_model(name: str) -> ModelFiles:
    """The model called ``name``: a hub id ("owner/model"), a local folder, a GGUF file, or a packaged model.

    The network is not asked, and a GGUF file that was not converted yet has no folder: :func:`fetch_model` converts it.

    Raises :class:`InputError` when the folder holds no model that may be loaded, or the name is neither a folder nor a
    possible hub id.
    """
    name = name.strip()
    if not name:
        raise InputError("No model is chosen.", remedy='Give a hub id such as "owner/model", or a folder.')
    file = gguf_file(name)
    if file is not None:
        folder = converted(file)
        return _described(name, folder, revision="") if folder else ModelFiles(name, None, "", "", 0)
    path = settings.typed_path(name)
    if path.is_dir():
        return _described(str(path.resolve()), path.resolve(), revision="")
    if not HUB_ID.fullmatch(name):
        raise InputError(f"There is no folder {name}, and it cannot be a hub id.", remedy=OTHER)
    for folder in _snapshots(name):
        return _described(name, folder, revision=folder.name)
    return ModelFiles(name, None, "", "", 0)


def models_here() -> list[str]:
    """Hub ids of the causal language models whose whole files lie in this machine's hub cache, sorted.

    Only folders' names and small configurations are read; models that would run code of their own are left out.
    """
    from huggingface_hub import constants

    here = []
    for place in Path(constants.HF_HUB_CACHE).glob("models--*--*"):
        name = place.name.removeprefix("models--").replace("--", "/", 1)
        folder = next(_snapshots(name), None)
        if folder is not None and _writes_text(folder / "config.json"):
            here.append(name)
    return sorted(here)


def _writes_text(path: Path) -> bool:
    try:
        config = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    if not isinstance(config, dict) or config.get("auto_map"):
        return False
    return any(str(name).endswith(("CausalLM", "LMHeadModel")) for name in config.get("architectures") or ())


def fetch_model(name: str) -> ModelFiles:
    """The model called ``name`` with its files on this machine: downloaded, or converted from GGUF, where needed.

    Raises :class:`NetworkError` when the hub does not answer and :class:`InputError` when it has no such model, or the
    model has no safetensors.
    """
    model = find_model(name)
    if model.folder is not None:
        return model
    file = gguf_file(name.strip())
    if file is not None:
        return _described(model.name, convert(file), revision="")
    if settings.offline():
        raise NetworkError(f"{name} is not on this machine, and the hub must not be asked.", remedy=OTHER)
    from huggingface_hub import snapshot_download

    try:
        files = _listing(model.name)
        if not any(file.endswith(".safetensors") for file in files):
            raise InputError(
                f"{name} has no weights as safetensors.",
                remedy="Other weight files can run code when they are read; choose a model with safetensors.",
            )
        folder = snapshot_download(
            model.name, allow_patterns=list(FILES), ignore_patterns=list(LEFT_OUT), etag_timeout=10
        )
    except (InputError, NetworkError):
        raise
    except Exception as error:  # the library raises many kinds of errors; to the user all are a failed download
        raise NetworkError(f"The download of {name} failed: {reason_of(error)}", remedy="Try again later.") from error
    return _described(model.name, Path(folder), revision=Path(folder).name)


def _listing(hub_id: str) -> list[str]:
    """Names of the model's files on the hub, asked for no longer than :data:`PATIENCE`."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    answers: list[list[str] | Exception] = []

    def ask() -> None:
        try:
            answers.append([file.rfilename for file in HfApi().model_info(hub_id, timeout=PATIENCE).siblings or ()])
        except Exception as error:  # noqa: BLE001 - it is judged below
            answers.append(error)

    # A thread, because resolving a host name can hang far longer than any timeout of the request itself.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    answer = answers[0] if answers else TimeoutError()
    if isinstance(answer, RepositoryNotFoundError):
        raise InputError(f"The hub has no model {hub_id} that can be read.", remedy="Check its id.") from answer
    if isinstance(answer, Exception):
        raise NetworkError(f"The hub did not answer for {hub_id}.", remedy=OTHER) from answer
    return answer


def _described(name: str, folder: Path, *, revision: str) -> ModelFiles:
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} holds no model: config.json is missing.", remedy=OTHER)
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"{folder} holds no weights as safetensors.",
            remedy="Other weight files can run code when they are read: save the model with "
            "save_pretrained(…, safe_serialization=True), or choose another.",
        )
    try:
        config = orjson.loads((folder / "config.json").read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(f"{folder / 'config.json'} is not JSON: {error}", remedy="Copy the model again.") from error
    if isinstance(config, dict) and config.get("auto_map"):
        # Refused here with a message: transformers would stop and ask on the terminal.
        raise InputError(
            f"{name} needs code of its own, which is never run.",
            remedy="Choose a model that the transformers library supports without such code.",
        )
    listing = tuple(_entry(folder, path) for path in _files(folder))
    return ModelFiles(name, folder, _digest(folder, listing), revision, _parameters(folder, listing))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        wanted = path.suffix in (".safetensors", ".model") or path.name in (
            "config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt",
        )  # fmt: skip
        if wanted and path.is_file():
            yield path


def _entry(folder: Path, path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return (str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _digest(folder: Path, listing: tuple[tuple[str, int, int], ...]) -> str:
    """16 hexadecimal digits over the files of ``listing``, whose sizes and times show whether a file changed.

    A file of the hub's cache is a link to a blob that is named by its content: the name is hashed in place of it.
    """
    state = hashlib.blake2b(digest_size=8)
    for name, size, _ in listing:
        path = folder / name
        state.update(f"{name}\0{size}\0".encode())
        if path.is_symlink() and path.resolve().parent.name == "blobs":
            state.update(path.resolve().name.encode())
            continue
        with open(path, "rb") as file:
            while block := file.read(1 << 22):
                state.update(block)
    return state.hexdigest()


@lru_cache(maxsize=16)
def _parameters(folder: Path, listing: tuple[tuple[str, int, int], ...]) -> int:
    """The number of weights in the files, read from their headers."""
    from safetensors import SafetensorError, safe_open

    total = 0
    for name, _, _ in listing:
        if name.endswith(".safetensors"):
            try:
                with safe_open(folder / name, framework="np") as weights:
                    total += sum(prod(weights.get_slice(key).get_shape()) for key in weights.keys())  # noqa: SIM118
            except (SafetensorError, OSError) as error:
                raise InputError(f"{folder / name} is damaged: {error}", remedy="Copy the model again.") from error
    return total


def _snapshots(hub_id: str) -> Iterator[Path]:
    """Whole copies of a hub model in the local cache, newest first."""
    from huggingface_hub import constants

    # Not by the hub's own look-up: that takes the folder of an interrupted download for a whole copy.
    snapshots = Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}" / "snapshots"
    for folder in sorted(snapshots.glob("*"), key=lambda path: (-path.stat().st_mtime, path.name)):
        whole = all(path.is_file() for path in folder.iterdir()) or not any(folder.glob("*.safetensors"))
        if whole and (folder / "config.json").is_file() and any(folder.glob("*.safetensors")):
            yield folder
