"""Functions of one shard that behave badly in known ways, for the tests of runners."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.shards.work import ShardWork


def lengths(work: ShardWork) -> None:
    """The number of characters of each row's response, and a mark in settings["seen"] that it was computed."""
    texts = work.shard.texts("response")
    work.progress(len(texts), len(texts))
    Path(str(work.settings["seen"]), f"{work.shard.start}-{os.getpid()}-{os.urandom(4).hex()}").touch()
    work.save("lengths", np.array([len(text) for text in texts]))


def dies_once(work: ShardWork) -> None:
    """As :func:`lengths`, but the first worker over the second shard is killed, by a flag in settings["seen"]."""
    flag = Path(str(work.settings["seen"]), "flag")
    if work.shard.start and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    lengths(work)


def dies(work: ShardWork) -> None:
    """Every worker over the first shard ends; all others are :func:`lengths`."""
    if not work.shard.start:
        print("no more memory", flush=True)
        os._exit(7)
    lengths(work)


def refuses(work: ShardWork) -> None:
    """An error of ours."""
    raise InputError("These rows cannot be read.", remedy="Take others.")


def breaks(work: ShardWork) -> None:
    """An error that nobody wrote a message for."""
    raise KeyError("surprise")


def second_waits(work: ShardWork) -> None:
    """As :func:`lengths`; every shard but the first begins when there is a file settings["seen"]/go."""
    while work.shard.start and not Path(str(work.settings["seen"]), "go").exists():
        work.progress(0, 1)
    lengths(work)


def waits(work: ShardWork) -> None:
    """Reports progress until it is stopped."""
    Path(str(work.settings["seen"]), f"pid-{os.getpid()}").touch()
    while True:
        work.progress(1, 2)
