"""One shard's work: a pure function of the shard and the settings, whose files appear whole, with a marker."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

import core
from core.errors import DiverscopeError, InputError, ran_out_of_memory
from core.progress import Progress, silent
from core.shards.registry import function_of, shard_feature
from core.shards.shard import RowShard
from core.workspace import atomic
from core.workspace.digests import digest

MARKER = "marker.json"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class ShardWork:
    """What a feature's function is given: the ``shard``, the ``settings``, the ``folder`` to write its files into,
    ``begun``, a folder in which it may keep what a killed run finished, and ``progress`` (in any unit)."""

    shard: RowShard
    settings: Mapping[str, Any]
    folder: Path
    begun: Path
    progress: Progress

    def save(self, name: str, values: NDArray[Any]) -> None:
        """Write ``values`` as ``name``.npy."""
        np.save(self.folder / f"{name}.npy", values, allow_pickle=False)


@dataclass(frozen=True, kw_only=True)
class ShardTask:
    """The work of ``feature`` on one shard with ``settings`` (JSON values), whose artefact lies in ``home``."""

    feature: str
    shard: RowShard
    settings: Mapping[str, Any]
    home: str

    @property
    def digest(self) -> str:
        """Names the artefact: the shard, the settings, and the version of the code."""
        version = shard_feature(self.feature).version
        range_ = [self.shard.content, self.shard.start, self.shard.stop]
        return digest(["shard", FORMAT, self.feature, version, *range_, dict(self.settings)])

    @property
    def folder(self) -> Path:
        """Where the artefact lies once it is done."""
        return Path(self.home) / self.digest

    @property
    def done(self) -> bool:
        """Whether the artefact is whole: its marker is of this digest, and each file has the size that it says."""
        try:
            marker = orjson.loads((self.folder / MARKER).read_bytes())
            sizes = {name: (self.folder / name).stat().st_size for name in marker["files"]}
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            return False
        return bool(marker.get("digest") == self.digest and sizes == marker["files"])

    def __str__(self) -> str:
        return f"{self.feature} of {shard_feature(self.feature).unit} {self.shard}"

    def as_dict(self) -> dict[str, Any]:
        """The task as JSON values: all that a worker is sent."""
        return {
            "feature": self.feature,
            "shard": self.shard.as_dict(),
            "settings": dict(self.settings),
            "home": self.home,
            "program": core.__version__,
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ShardTask:
        """The task that :meth:`as_dict` wrote. Raises :class:`InputError` for that of another version."""
        if values["program"] != core.__version__:
            raise InputError(
                f"The worker on {socket.gethostname()} has Diverscope {core.__version__}, not {values['program']}.",
                remedy="Install the same version on every machine.",
            )
        shard = RowShard.of(values["shard"])
        return cls(feature=values["feature"], shard=shard, settings=values["settings"], home=values["home"])


def carry_out(task: ShardTask, progress: Progress = silent) -> Path:
    """Do a shard's work unless it is done, and return the folder of its artefact.

    The files are written beside their place and appear together with the marker, so a killed worker leaves nothing that
    counts. Raises what the feature's function raises, and :class:`InputError` where this machine does not see the
    shard's file or the folder of the artefacts.
    """
    if task.done:
        return task.folder
    for path in (task.shard.path, task.home):
        if not os.path.exists(path):
            raise InputError(
                f"The worker on {socket.gethostname()} does not see {path}.",
                remedy="Put the workspace (DIVERSCOPE_HOME) on a folder that all machines share under one path.",
            )
    shutil.rmtree(task.folder, ignore_errors=True)  # damaged, or of another digest
    begun = task.folder.with_name(f"{task.digest}.begun")
    with atomic.staged_folder(task.folder) as folder:
        function_of(task.feature)(ShardWork(task.shard, task.settings, folder, begun, progress))
        sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
        atomic.write_json(folder / MARKER, {"digest": task.digest, **task.as_dict(), "files": sizes})
    shutil.rmtree(begun, ignore_errors=True)
    return task.folder


def outcome_of(values: Mapping[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """Do the work of a task given as JSON values, and say as JSON values how it ended.

    {} where it is done; {"what", "remedy"} where it failed with a message of ours; {"error", "what"} where nobody wrote
    a message for what went wrong.
    """
    try:
        carry_out(ShardTask.of(values), progress)
    except DiverscopeError as error:
        return {"what": error.what, "remedy": error.remedy}
    except Exception as error:  # noqa: BLE001 - whatever a function raises is told to who asked for it
        if ran_out_of_memory(error):
            return {"what": "There was not enough memory for a shard.", "remedy": "Set DIVERSCOPE_SHARD_ROWS lower."}
        return {"error": type(error).__name__, "what": str(error)}
    return {}
