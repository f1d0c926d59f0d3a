"""Data sets from the hub: their Parquet, JSON or CSV files, downloaded once into the workspace."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import settings
from core.corpus.sources import DATA_SUFFIXES, PACKED_SUFFIXES, SourceFile, opened
from core.counted import counted
from core.errors import DiverscopeError, InputError, NetworkError, quoted
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace

DEFAULT_LIMIT_MB = 2000
CONVERTED = "refs/convert/parquet"  # where the hub keeps its own Parquet copy of a data set
SECONDS = 20  # to wait for an answer
log = logging.getLogger("diverscope.hub")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


@dataclass(frozen=True)
class HubFile:
    """One file of a data set: its path there and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class HubDataset:
    """A data set at one commit, with its data files and their splits."""

    id: str
    revision: str
    files: tuple[HubFile, ...]

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that the files' names give, train first."""
        splits = {split_of(file.path) for file in self.files} - {""}
        return tuple(sorted(splits, key=lambda split: (split != "train", split)))

    def of_split(self, split: str) -> tuple[HubFile, ...]:
        """The files of one split; all files where ``split`` is ""."""
        return tuple(file for file in self.files if not split or split_of(file.path) == split)


def split_of(path: str) -> str:
    """The split that a file's path names ("train", "test", …), "" for none."""
    words = re.split(r"[^a-z]+", path.lower())
    known = ("train", "test", "validation", "valid", "dev", "eval")
    return next((word for word in reversed(words) if word in known), "")


def look_up(dataset: str, *, revision: str = "") -> HubDataset:
    """Ask the hub for the data files of a data set; where it has none, for those of the hub's own Parquet copy.

    ``HF_ENDPOINT`` names another hub, ``HF_TOKEN`` opens private data sets. Raises :class:`InputError` for an id that
    does not exist or may not be read, :class:`NetworkError` when the hub does not answer.
    """
    name = _checked(dataset)
    info = _asked(
        name, lambda: _api().dataset_info(name, revision=revision or None, files_metadata=True, timeout=SECONDS)
    )
    files = _data_files(info)
    if not files and not revision:
        info = _asked(name, lambda: _api().dataset_info(name, revision=CONVERTED, files_metadata=True, timeout=SECONDS))
        files = _data_files(info)
    if not files:
        raise InputError(
            f"The data set {name} holds no data file that can be read.",
            remedy=f"Looked for {', '.join(DATA_SUFFIXES)}. Download it by hand and upload it in one of these.",
        )
    return HubDataset(name, str(info.sha), files)


def fetch(
    workspace: Workspace,
    dataset: HubDataset,
    *,
    split: str = "",
    limit: int | None = None,
    progress: Progress = silent,
) -> list[SourceFile]:
    """Download the files of one split (all files without a split) and return them for reading.

    A file that was downloaded before is not fetched again. Raises :class:`InputError` when the split does not exist or
    the files are larger than ``limit`` bytes together (``DIVERSCOPE_MAX_HUB_MB``, else 2,000 MB).
    """
    from huggingface_hub import hf_hub_download

    limit = limit_bytes() if limit is None else limit
    wanted = dataset.of_split(split)
    if not wanted:
        raise InputError(
            f"{dataset.id} has no split {quoted(split)}.", remedy=f"It has: {', '.join(dataset.splits) or 'one only'}."
        )
    total = sum(file.size for file in wanted)
    if total > limit:
        raise InputError(
            f"The files are {total / 1e6:,.0f} MB, more than the {limit / 1e6:,.0f} MB that one download may have.",
            remedy="Choose one split, or raise DIVERSCOPE_MAX_HUB_MB and start the app again.",
        )
    files, done = [], 0
    for file in wanted:
        progress(done, total, f"bytes fetched, now {file.path}")

        def download(path: str = file.path) -> str:
            return hf_hub_download(
                dataset.id,
                path,
                repo_type="dataset",
                revision=dataset.revision,
                cache_dir=str(workspace.home / "hub"),
                endpoint=_endpoint(),
                token=_token(),
                etag_timeout=SECONDS,
            )

        path = Path(_asked(dataset.id, download))
        size = path.stat().st_size
        if file.size and size != file.size:
            raise NetworkError(
                f"{file.path} came incomplete ({size:,} of {file.size:,} bytes).", remedy="Try again later."
            )
        files.append(replace(opened(path, f"{dataset.id}/{file.path}"), belongs_to=dataset.id))
        done += file.size
    progress(total, total, "bytes fetched")
    return files


def limit_bytes() -> int:
    """The most bytes that one download may have: ``DIVERSCOPE_MAX_HUB_MB``, else 2,000 MB."""
    value = os.environ.get("DIVERSCOPE_MAX_HUB_MB", "")
    return (int(value) if value.isdigit() and int(value) > 0 else DEFAULT_LIMIT_MB) * 1_000_000


def _checked(dataset: str) -> str:
    name = re.sub(r"^https?://[^/]+/(datasets/)?", "", dataset.strip()).strip("/")
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{quoted(dataset.strip())} is not the id of a data set.",
            remedy="An id is owner/name, as in the hub's address.",
        )
    if settings.offline():
        raise NetworkError(
            "The hub is switched off here (HF_HUB_OFFLINE or DIVERSCOPE_OFFLINE is set).",
            remedy="Unset it and start the app again, or upload the files.",
        )
    return name


def _data_files(info: Any) -> tuple[HubFile, ...]:
    """The data files to read: Parquet if there are any, else all others, so that rows in two formats are read once."""
    files = [
        HubFile(entry.rfilename, int(entry.size or 0)) for entry in info.siblings or () if _is_data(entry.rfilename)
    ]
    parquet = [file for file in files if file.path.endswith(".parquet")]
    return tuple(sorted(parquet or files, key=lambda file: file.path))


def _is_data(path: str) -> bool:
    name = path.lower()
    if Path(name).name.startswith(".") or Path(name).name in ("dataset_info.json", "dataset_infos.json", "state.json"):
        return False
    for packed in PACKED_SUFFIXES:
        name = name.removesuffix(packed)
    return name.endswith(DATA_SUFFIXES)


def _api() -> Any:
    from huggingface_hub import HfApi

    return HfApi(endpoint=_endpoint(), token=_token())


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _token() -> str | bool:
    """The token from the environment; a token in a file of the machine's user is not used. Never logged."""
    return os.environ.get("HF_TOKEN") or False


def _asked(name: str, question: Any) -> Any:
    from huggingface_hub import errors

    try:
        return question()
    except DiverscopeError:
        raise
    except errors.GatedRepoError as error:
        raise InputError(
            f"{name} can be read only by users who accept its terms.",
            remedy="Accept them on the hub, set HF_TOKEN to a token of yours, and start the app again.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise InputError(f"{name} has no such revision.", remedy="Leave the revision empty for the newest.") from error
    except errors.LocalEntryNotFoundError as error:
        raise NetworkError(
            f"The hub did not answer for {name}.",
            remedy="Check the network, or HF_ENDPOINT; the demo corpus and uploads need no network.",
        ) from error
    except errors.EntryNotFoundError as error:
        raise InputError(f"A file of {name} is gone.", remedy="Look it up again.") from error
    except errors.RepositoryNotFoundError as error:
        raise InputError(
            f"There is no data set {name} on the hub, or it is private.",
            remedy="Check its id; for a private one set HF_TOKEN and start the app again.",
        ) from error
    except errors.HFValidationError as error:
        raise InputError(f"{quoted(name)} is not the id of a data set.", remedy="An id is owner/name.") from error
    except errors.HfHubHTTPError as error:
        status = getattr(getattr(error, "response", None), "status_code", "no")
        if status in (401, 403):
            raise InputError(
                f"The hub refuses to let us read {name}.",
                remedy="If it is private, set HF_TOKEN to a token that may read it, and start the app again.",
            ) from error
        raise NetworkError(f"The hub answered {status} for {name}.", remedy="Try again later.") from error
    except Exception as error:
        log.info("the hub did not answer: %s", type(error).__name__)
        raise NetworkError(
            f"The hub did not answer properly ({type(error).__name__}).",
            remedy="Check the network, or HF_ENDPOINT; the demo corpus and uploads need no network.",
        ) from error


def describe(dataset: HubDataset, chosen: Sequence[HubFile]) -> str:
    """One line that says what a download would fetch."""
    size = sum(file.size for file in chosen) / 1e6
    return f"{dataset.id} at {dataset.revision[:8]}: {counted(len(chosen), 'file')}, {size:,.1f} MB"
