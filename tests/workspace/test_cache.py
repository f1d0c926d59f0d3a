"""The cache: fast, shared by threads, and nothing to lose when it breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pandas as pd
import pytest

from core import settings
from core.errors import WorkspaceError
from core.workspace.artefacts import Workspace
from core.workspace.cache import Cache


@pytest.fixture
def cache(workspace: Workspace) -> Iterator[Cache]:
    artefact = Cache.open(workspace)
    yield artefact
    artefact.close()


def write_rows(workspace: Workspace, corpus_id: str, texts: list[str]) -> None:
    with workspace.create("corpora", corpus_id, {}) as folder:
        pd.DataFrame({"position": range(len(texts)), "response": texts}).to_parquet(folder / "rows.parquet")


def counted(cache: Cache, corpus_id: str) -> int:
    """Rows of a corpus as the cache has them."""
    return int(cache.query(f"SELECT count(*) AS n FROM {cache.relation(corpus_id)}")["n"][0])


def test_rows_stay_over_a_restart_and_values_of_version_0_1_do_not(workspace: Workspace, cache: Cache) -> None:
    write_rows(workspace, "c1", ["one", "two"])
    assert counted(cache, "c1") == 2
    cache.query("CREATE TABLE known (key VARCHAR PRIMARY KEY, value VARCHAR)")
    cache.close()
    again = Cache.open(workspace)
    assert again.notice == ""
    assert again.query("SELECT table_name FROM information_schema.tables ORDER BY 1")["table_name"].tolist() == [
        "cache_version", "rows_c1",
    ]  # fmt: skip
    again.close()


def test_many_threads_use_it_at_once(workspace: Workspace, cache: Cache) -> None:
    for name in ("c1", "c2"):
        write_rows(workspace, name, [str(number) for number in range(1000)])

    def work(number: int) -> int:
        table = cache.relation(f"c{1 + number % 2}")
        return int(cache.query(f"SELECT count(*) AS n FROM {table} WHERE position < ?", [number])["n"][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(64))) == list(range(64))


def test_a_second_process_gets_a_cache_in_memory_and_learns_who_has_the_file(
    workspace: Workspace, cache: Cache
) -> None:
    write_rows(workspace, "c1", ["one", "two"])
    code = (
        "from core.workspace.artefacts import Workspace; from core.workspace.cache import Cache\n"
        "cache = Cache.open(Workspace.default())\n"
        "print(cache.query('SELECT count(*) AS n FROM ' + cache.relation('c1'))['n'][0])\n"
        "print(cache.notice)"
    )
    environment = {**os.environ, "DIVERSCOPE_HOME": str(workspace.home)}
    second = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.PROJECT_ROOT, env=environment, capture_output=True, text=True
    )
    lines = second.stdout.splitlines()
    assert lines[0] == "2", second.stderr
    assert f"process {os.getpid()}" in lines[1]
    assert counted(cache, "c1") == 2


@pytest.mark.parametrize("damage", ["garbage", "empty", "newer file", "newer tables"])
def test_a_damaged_or_foreign_file_is_moved_aside_and_rebuilt(workspace: Workspace, damage: str) -> None:
    write_rows(workspace, "c1", ["one", "two"])
    path = workspace.home / "cache.duckdb"
    first = Cache.open(workspace)
    assert counted(first, "c1") == 2
    if damage == "newer tables":
        first.query("UPDATE cache_version SET version = 99")
    first.close()
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        content[:] = b"\x07" * len(content)
    elif damage == "empty":
        content.clear()
    elif damage == "newer file":
        content[12:20] = (9999).to_bytes(8, "little")
    path.write_bytes(content)
    again = Cache.open(workspace)
    assert again.notice == ""
    assert "rows_c1" not in again.query("SELECT table_name FROM information_schema.tables")["table_name"].tolist()
    assert counted(again, "c1") == 2
    again.close()
    assert len(list(workspace.home.glob("cache.duckdb.aside-*"))) == 1
    last = Cache.open(workspace)
    assert counted(last, "c1") == 2
    last.close()


def test_rows_of_a_corpus_are_loaded_on_first_use_and_searched(workspace: Workspace, cache: Cache) -> None:
    write_rows(workspace, "c-1", ["one", "two ; DROP TABLE known", "three"])
    table = cache.relation("c-1")
    matches_found = cache.query(f"SELECT position FROM {table} WHERE contains(response, ?) ORDER BY position", ["t"])
    assert matches_found["position"].tolist() == [1, 2]
    assert cache.relation("c-1") == table
    cache.drop("c-1")
    assert cache.query(f"SELECT count(*) AS n FROM {cache.relation('c-1')}")["n"].tolist() == [3]


def test_an_unknown_corpus_and_a_hostile_name_are_refused(cache: Cache) -> None:
    with pytest.raises(WorkspaceError, match="not in the workspace"):
        cache.relation("c1")
    with pytest.raises(WorkspaceError):
        cache.relation("x; DROP TABLE known")


def test_nothing_is_fetched_from_the_network_to_open_a_file(cache: Cache) -> None:
    settings_of = cache.query(
        "SELECT name, value FROM duckdb_settings() WHERE name IN "
        "('autoinstall_known_extensions', 'autoload_known_extensions')"
    )
    assert settings_of["value"].str.lower().tolist() == ["false", "false"]
    with pytest.raises(duckdb.Error):
        cache.query("LOAD httpfs")
