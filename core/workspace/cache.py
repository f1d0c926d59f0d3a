"""The DuckDB cache: what pages ask for often. It can be deleted at any time and is rebuilt from the files."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.errors import WorkspaceError
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1  # of the tables below; a file of another version is rebuilt
MEMORY_SHARE = 0.25  # of the machine's memory, at most 4 GB
# What DuckDB says when another process has the file.
_HELD = re.compile(r"Could not set lock on file(?:.*\(PID (\d+)\))?", re.DOTALL)
log = logging.getLogger("diverscope.cache")


class Cache:
    """One database, shared by all threads of this process: each call works on a cursor of its own.

    Only one process at a time can open the file ``cache.duckdb``. Any other process caches in memory; ``notice`` says
    so and names the process that has the file. Nothing is lost then: the files of the workspace are the truth.
    """

    def __init__(self, workspace: Workspace, connection: duckdb.DuckDBPyConnection, *, notice: str = "") -> None:
        self.workspace = workspace
        self.notice = notice
        self._connection = connection
        self._lock = threading.Lock()
        self._loaded: set[str] = set()

    @classmethod
    def open(cls, workspace: Workspace) -> Cache:
        """The cache of ``workspace``; a damaged file, or one of another version, is moved aside and rebuilt."""
        path = workspace.home / "cache.duckdb"
        notice = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connected(path) or _connected(path)
        except (duckdb.Error, OSError) as error:
            notice = _notice(error)
            log.warning("%s (%s)", notice, error)
            connection = None
        if connection is None:
            connection = duckdb.connect(":memory:", config=_settings(workspace.home))
            _make_tables(connection)
        return cls(workspace, connection, notice=notice)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
        """The result of a query whose SQL is our own; values go in through ``params``, never into the text."""
        with self._cursor() as cursor:
            return cursor.execute(sql, params if isinstance(params, dict) else list(params)).df()

    def relation(self, corpus_id: str) -> str:
        """The name of the table with the rows of a corpus, loaded from its ``rows.parquet`` on first use.

        Safe to put into SQL. Raises :class:`WorkspaceError` when there is no such corpus.
        """
        name = f"rows_{_identifier(corpus_id)}"
        if name in self._loaded:
            return name
        source = self.workspace.folder("corpora", corpus_id) / "rows.parquet"
        if not source.is_file():
            raise WorkspaceError(
                f"The rows of corpus {corpus_id} are not in the workspace.",
                remedy="It may have been deleted: look in the trash.",
            )
        with self._cursor() as cursor, self._lock:
            if name not in self._loaded:
                sql = f"CREATE TABLE IF NOT EXISTS {name} AS SELECT * FROM read_parquet(?)"  # noqa: S608 - an identifier
                cursor.execute(sql, [str(source)])
                self._loaded.add(name)
        return name

    def drop(self, corpus_id: str) -> None:
        """Remove the rows of a corpus from the cache."""
        name = f"rows_{_identifier(corpus_id)}"
        with self._cursor() as cursor, self._lock:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            self._loaded.discard(name)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            return self._connection.cursor()


_shared: dict[Path, Cache] = {}


def share(workspace: Workspace) -> Cache:
    """Open the cache of ``workspace`` for the whole process; only the app calls this, once, when it starts."""
    if workspace.home not in _shared:
        _shared[workspace.home] = Cache.open(workspace)
    return _shared[workspace.home]


def shared(workspace: Workspace) -> Cache | None:
    """The cache that this process shares, or None in a job or a command, which reads the files alone."""
    return _shared.get(workspace.home)


def _connected(path: Path) -> duckdb.DuckDBPyConnection | None:
    """A connection to the file, or None after an unusable file was moved aside.

    Raises DuckDB's error when another process has the file.
    """
    try:
        connection = duckdb.connect(str(path), config=_settings(path.parent))
        try:
            _make_tables(connection)
            version = connection.execute("SELECT version FROM cache_version").fetchone()
        except duckdb.Error:
            connection.close()
            raise
        if version == (VERSION,):
            return connection
        connection.close()
        reason = f"its version is {version[0] if version else 'unknown'}, not {VERSION}"
    except duckdb.Error as error:
        if _HELD.search(str(error)):
            raise
        reason = str(error).splitlines()[0]
    stamp = time.strftime("%Y%m%dT%H%M%S")
    for old in path.parent.glob("cache.duckdb.aside-*"):
        old.unlink(missing_ok=True)
    for part in (path, path.with_name(f"{path.name}.wal")):
        if part.exists():
            os.replace(part, part.with_name(f"{path.name}.aside-{stamp}{part.suffix if part != path else ''}"))
    log.warning("the cache %s was moved aside and is rebuilt: %s", path, reason)
    return None


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS cache_version (version INTEGER)")
    sql = "INSERT INTO cache_version SELECT ? WHERE NOT EXISTS (SELECT 1 FROM cache_version)"
    connection.execute(sql, [VERSION])
    connection.execute("DROP TABLE IF EXISTS known")  # the values that version 0.1 copied into the cache


def _settings(home: Path) -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * MEMORY_SHARE
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": f"{int(min(memory, 4e9) / 1e6)}MB",
        "threads": str(min(8, os.cpu_count() or 1)),
        "temp_directory": str(home / "cache.duckdb.spill"),
    }


def _notice(error: Exception) -> str:
    holder = _HELD.search(str(error))
    if holder:
        who = f" (process {holder[1]})" if holder[1] else ""
        return f"Another Diverscope{who} has the cache of this workspace; this one keeps its own in memory."
    return "The cache file cannot be opened; this session keeps its cache in memory."


def _identifier(corpus_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", corpus_id):
        raise WorkspaceError(f"{corpus_id!r} is not the name of a corpus.")
    return corpus_id.replace("-", "_")
