"""Which engine computes by shards: none, a pool of processes here, or Ray; chosen by DIVERSCOPE_ENGINE."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

from core.counted import counted
from core.errors import InputError, quoted
from core.shards.shard import MOST_ROWS

Kind = Literal["one", "pool", "ray"]
VARIABLE, ROWS_VARIABLE = "DIVERSCOPE_ENGINE", "DIVERSCOPE_SHARD_ROWS"
# Up to so many rows one process computes a corpus whole: starting others would cost more than it saves, and the texts
# fit the memory. From there on a pool computes by shards unless DIVERSCOPE_ENGINE says otherwise.
AUTO_ROWS = 500_000
MOST_PROCESSES = 16
_ADDRESS = re.compile(r"(ray://)?[\w.-]+:\d+", re.ASCII)
_CHOSEN: ContextVar[Engine | None] = ContextVar("engine", default=None)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """``kind`` "one" is this process alone, "pool" ``processes`` of this machine, "ray" a cluster at ``address`` (""
    is one that is started here). ``most_rows`` are those of a shard, or ``shards`` their number. An engine that is not
    ``asked`` for computes only corpora of more than :data:`AUTO_ROWS` rows by shards; one process does where it is told
    a number of shards, one after another."""

    kind: Kind
    address: str = ""
    processes: int = 1
    most_rows: int = MOST_ROWS
    shards: int | None = None
    asked: bool = True

    def takes(self, rows: int) -> bool:
        """Whether a corpus of so many rows is computed by shards."""
        return self.shards is not None or (self.kind != "one" and (self.asked or rows > AUTO_ROWS))

    def __str__(self) -> str:
        if self.kind == "ray":
            return f"Ray at {self.address}" if self.address else "Ray, on this machine"
        if self.kind == "one":
            return "one process"
        pool = f"a pool of {counted(self.processes, 'process', 'processes')}"
        return pool if self.asked else f"one process up to {AUTO_ROWS:,} rows, beyond them {pool}"


def engine() -> Engine:
    """The engine that the block (:func:`engine_of`) or the environment names.

    ``DIVERSCOPE_ENGINE`` is ``one``, ``pool``, ``pool:4`` (processes), ``ray`` (a cluster started here), or the address
    of a cluster (``ray://HOST:PORT``, ``HOST:PORT``); unset is a pool for large corpora. ``DIVERSCOPE_SHARD_ROWS`` is
    the most rows of a shard. Raises :class:`InputError` for anything else.
    """
    chosen = _CHOSEN.get()
    if chosen is not None:
        return chosen
    rows = os.environ.get(ROWS_VARIABLE, "").strip() or str(MOST_ROWS)
    if not rows.isdecimal() or not 0 < int(rows) < 1 << 31:
        raise InputError(f"{ROWS_VARIABLE} is a number of rows, not {quoted(rows)}.")
    return replace(named_engine(os.environ.get(VARIABLE, "")), most_rows=int(rows))


def named_engine(name: str) -> Engine:
    """The engine that a text names, as :func:`engine` says. Raises :class:`InputError` for other texts."""
    name = name.strip()
    kind, _, count = name.partition(":")
    if name == "one":
        return Engine(kind="one")
    if name in ("", "pool") or (kind == "pool" and count.isdecimal() and 0 < int(count) <= 256):
        return Engine(kind="pool", processes=int(count) if count else usual_processes(), asked=bool(name))
    if name == "ray":
        return Engine(kind="ray")
    if kind != "pool" and _ADDRESS.fullmatch(name):
        return Engine(kind="ray", address=name)
    raise InputError(
        f"There is no engine {quoted(name)}.", remedy="Engines: one, pool, pool:4, ray, ray://HOST:PORT, HOST:PORT."
    )


def described() -> str:
    """One sentence on who computes, for whoever watches work; what is wrong where no engine is named rightly."""
    try:
        return f"Features are computed by {engine()}."
    except InputError as error:
        return str(error)


def usual_processes() -> int:
    """A process for each core that this one may use, at most :data:`MOST_PROCESSES`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_PROCESSES, cores)


def asked_for(name: str, *, shards: int = 0) -> AbstractContextManager[None]:
    """The block in which the engine is the one that somebody names, with so many ``shards``; "" and 0 ask for nothing.

    Raises :class:`InputError` for a name that is none, and for fewer shards than none.
    """
    if shards < 0:
        raise InputError("A corpus is cut into at least one shard.", remedy="Leave the shards out, or give a number.")
    if not name and not shards:
        return nullcontext()
    known = engine()
    chosen = replace(named_engine(name), most_rows=known.most_rows) if name else replace(known, asked=True)
    return engine_of(replace(chosen, shards=shards or None))


@contextmanager
def engine_of(chosen: Engine) -> Iterator[None]:
    """Within the block, :func:`engine` is ``chosen``."""
    token = _CHOSEN.set(chosen)
    try:
        yield
    finally:
        _CHOSEN.reset(token)
