"""The DuckDB cache: what pages ask for often. It can be deleted at any time and is rebuilt from the files."""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.errors import WorkspaceError, quoted, reason_of
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    import pandas as pd

FILE = "cache.duckdb"
VERSION = 1  # of the tables below; a file of another version is rebuilt
MEMORY_SHARE = 0.25  # of the machine's memory, at most 4 GB
# What DuckDB says when another process has the file.
_HELD = re.compile(r"Could not set lock on file(?:.*\(PID (\d+)\))?", re.DOTALL)
log = logging.getLogger("diverscope.cache")


@dataclass(frozen=True)
class _Database:
    """A connection, and the tables that were compared with their Parquet files since it was opened."""

    connection: duckdb.DuckDBPyConnection
    in_file: bool
    checked: set[str] = field(default_factory=set)


class Cache:
    """One database, shared by all threads of this process: each call works on a cursor of its own.

    Only one process at a time can open the file ``cache.duckdb``. Any other process caches in memory; ``notice`` says
    so and names the process that has the file. Nothing is lost then: the files of the workspace are the truth. So a
    damaged file costs time only. DuckDB may notice the damage when it opens the file, or as late as a query reads a
    block of it: in each case the call itself is answered, and the file is moved aside and made anew.
    """

    def __init__(self, workspace: Workspace, database: _Database, *, notice: str = "") -> None:
        self.workspace = workspace
        self.notice = notice
        self._database = database
        self._lock = threading.RLock()

    @classmethod
    def open(cls, workspace: Workspace) -> Cache:
        """The cache of ``workspace``; a damaged file, or one of another version, is moved aside and rebuilt."""
        database, notice = _opened(workspace.home)
        return cls(workspace, database, notice=notice)

    def close(self) -> None:
        with self._lock:
            self._database.connection.close()

    def query(self, sql: str, params: Sequence[Any] = (), *, rows_of: str | None = None) -> pd.DataFrame:
        """The result of a query whose SQL is our own; values go in through ``params``, never into the text.

        ``rows_of`` names a corpus; then ``{rows}`` in the SQL is the table with its rows, loaded from its
        ``rows.parquet`` on first use. Raises :class:`WorkspaceError` if there is no such corpus or its rows cannot be
        read, and DuckDB's error if the query itself is wrong.
        """
        database = self._database
        try:
            return self._ask(database, sql, params, rows_of)
        except WorkspaceError:
            raise
        except Exception as error:  # a damaged file makes DuckDB raise whatever its parts raise
            if not database.in_file:
                raise
            reason = error
        in_memory = _in_memory(self.workspace.home)
        try:
            answer = self._ask(in_memory, sql, params, rows_of)  # a query that is wrong is wrong here too
        finally:
            in_memory.connection.close()
        self._replace(database, reason)
        return answer

    def drop(self, corpus_id: str) -> None:
        """Remove the rows of a corpus from the cache."""
        name, database = _table(corpus_id), self._database
        try:
            with self._lock, database.connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                database.checked.discard(name)
        except duckdb.Error as error:
            self._replace(database, error)

    def _ask(self, database: _Database, sql: str, params: Sequence[Any], rows_of: str | None) -> pd.DataFrame:
        with self._lock:
            cursor = database.connection.cursor()
        with cursor:
            if rows_of is not None:
                sql = sql.format(rows=self._loaded(database, cursor, rows_of))
            return cursor.execute(sql, list(params)).df()

    def _loaded(self, database: _Database, cursor: duckdb.DuckDBPyConnection, corpus_id: str) -> str:
        """The name of the table with the rows of a corpus. Safe to put into SQL."""
        name = _table(corpus_id)
        if name in database.checked:
            return name
        source = self.workspace.folder("corpora", corpus_id) / "rows.parquet"
        if not source.is_file():
            raise WorkspaceError(
                f"The rows of corpus {corpus_id} are not in the workspace.",
                remedy="It may have been deleted: look in the trash.",
            )
        with self._lock:
            if name in database.checked:
                return name
            try:
                _load(cursor, name, source)
            except Exception as error:
                if database.in_file:
                    raise
                raise WorkspaceError(
                    f"The rows of corpus {corpus_id} cannot be read: {reason_of(error)}",
                    remedy="Load the corpus again from its files.",
                ) from error
            database.checked.add(name)
        return name

    def _replace(self, damaged: _Database, reason: Exception) -> None:
        """Move the file of a damaged database aside and open a new one, unless another thread has done so."""
        with self._lock:
            if self._database is not damaged:
                return
            damaged.connection.close()
            _move_aside(self.workspace.home / FILE, reason_of(reason))
            self._database, self.notice = _opened(self.workspace.home)


_shared: dict[Path, Cache] = {}


def share(workspace: Workspace) -> Cache:
    """Open the cache of ``workspace`` for the whole process; only the app calls this, once, when it starts."""
    if workspace.home not in _shared:
        _shared[workspace.home] = Cache.open(workspace)
    return _shared[workspace.home]


def shared(workspace: Workspace) -> Cache | None:
    """The cache that this process shares, or None in a job or a command, which reads the files alone."""
    return _shared.get(workspace.home)


def _opened(home: Path) -> tuple[_Database, str]:
    """The database in the file, or one in memory and a notice that says why."""
    path = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        connection = _connected(path) or _connected(path)
        notice = ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the cache in memory does the same work
        connection, notice = None, _notice(error)
        log.warning("%s (%s)", notice, reason_of(error))
    return (_Database(connection, in_file=True), "") if connection is not None else (_in_memory(home), notice)


def _in_memory(home: Path) -> _Database:
    connection = duckdb.connect(":memory:", config=_settings(home))
    _make_tables(connection)
    return _Database(connection, in_file=False)


def _connected(path: Path) -> duckdb.DuckDBPyConnection | None:
    """A connection to the file, or None after an unusable file was moved aside.

    Raises DuckDB's error when another process has the file, or this process with other settings.
    """
    try:
        connection = duckdb.connect(str(path), config=_settings(path.parent))
        try:
            _make_tables(connection)
            version = connection.execute("SELECT version FROM cache_version").fetchone()
        except BaseException:
            connection.close()
            raise
        if version == (VERSION,):
            return connection
        connection.close()
        reason = f"its version is {version[0] if version else 'unknown'}, not {VERSION}"
    except Exception as error:
        if _HELD.search(str(error)) or isinstance(error, duckdb.ConnectionException):
            raise
        reason = reason_of(error)
    _move_aside(path, reason)
    return None


def _move_aside(path: Path, reason: str) -> None:
    """Keep the latest unusable cache beside the new one, and remove those before it. It may be a folder or a link."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    for old in path.parent.glob(f"{FILE}.aside-*"):
        _remove(old)
    for part in (path, path.with_name(f"{path.name}.wal")):
        if os.path.lexists(part):
            os.replace(part, part.with_name(f"{path.name}.aside-{stamp}{part.suffix if part != path else ''}"))
    log.warning("the cache %s was moved aside and is rebuilt: %s", path, reason)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _load(cursor: duckdb.DuckDBPyConnection, name: str, source: Path) -> None:
    """Make the table ``name`` of the rows in ``source``, unless it is there with as many rows and the same columns."""
    columns = cursor.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(source)]).fetchall()
    rows = cursor.execute("SELECT count(*) FROM read_parquet(?)", [str(source)]).fetchone()
    there = cursor.execute("SELECT 1 FROM information_schema.tables WHERE table_name = ?", [name]).fetchone()
    if there:
        same = cursor.execute(f"DESCRIBE {name}").fetchall() == columns
        if same and cursor.execute(f"SELECT count(*) FROM {name}").fetchone() == rows:  # noqa: S608 - an identifier
            return
    sql = f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_parquet(?)"  # noqa: S608 - an identifier
    cursor.execute(sql, [str(source)])


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
        "temp_directory": str(home / f"{FILE}.spill"),
    }


def _notice(error: Exception) -> str:
    holder = _HELD.search(str(error))
    if holder:
        who = f" (process {holder[1]})" if holder[1] else ""
        return f"Another Diverscope{who} has the cache of this workspace; this one keeps its own in memory."
    return "The cache file cannot be opened; this session keeps its cache in memory."


def _table(corpus_id: str) -> str:
    """The name of the table with the rows of a corpus; safe to put into SQL."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", corpus_id):
        raise WorkspaceError(f"{quoted(corpus_id)} is not the name of a corpus.")
    return f"rows_{corpus_id.replace('-', '_')}"
