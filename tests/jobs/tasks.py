"""Tasks that real worker processes run in the tests."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.progress import Progress
from core.workspace import atomic
from core.workspace.artefacts import Workspace


def add(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    progress(1, 1, "sums")
    return {"sum": request["a"] + request["b"], "pid": os.getpid()}


def note_order(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    with open(workspace.home / "order.txt", "a") as file:
        file.write(f"{request['name']}\n")
    time.sleep(request.get("seconds", 0.0))
    return {}


def count(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Chunked work: each chunk is a file, and a chunk that is there is not made again."""
    folder = workspace.home / "chunks"
    made = 0
    for chunk in range(request["chunks"]):
        progress(chunk, request["chunks"], "chunks counted")
        path = folder / f"{chunk}.json"
        if path.exists():
            continue
        time.sleep(request["seconds"])
        atomic.write_json(path, chunk)
        made += 1
    progress(request["chunks"], request["chunks"], "chunks counted")
    return {"made": made}


def until_told(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Runs until the file ``go`` appears."""
    while not (workspace.home / "go").exists():
        progress(0, 1, "waiting")
        time.sleep(0.02)
    return {"pid": os.getpid()}


def deaf(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Never calls progress, and ignores a polite signal, as compiled code does."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (workspace.home / "deaf").touch()
    time.sleep(120)
    return {}


def refuse(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    raise InputError("This file is empty.", remedy="Choose another one.")


def break_down(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    raise ValueError(f"unexpected, and it knew {os.environ.get('DIVERSCOPE_TEST_TOKEN')}")


def kill_the_worker(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    with open(workspace.home / "deaths.txt", "a") as file:
        file.write("dead\n")
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def write_artefact(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    with workspace.create("features", request["key"], {}) as folder:
        (folder / "values.bin").write_bytes(b"\0" * request["bytes"])
    return {"artefacts": [["features", request["key"]]]}


def write_to_a_full_device(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    with workspace.create("features", "full", {}) as folder:
        Path(folder / "values.bin").symlink_to("/dev/full")
        with open(folder / "values.bin", "wb") as file:
            file.write(b"\0" * 100_000)
    return {}
