"""The cache: fast, shared by threads, and nothing to lose when it breaks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core import settings
from core.errors import WorkspaceError
from core.workspace import atomic, values
from core.workspace.artefacts import Workspace
from core.workspace.cache import Cache

KEY = "0123456789abcdef"


@pytest.fixture
def cache(workspace: Workspace) -> Iterator[Cache]:
    artefact = Cache.open(workspace)
    yield artefact
    artefact.close()


def write_rows(workspace: Workspace, corpus_id: str, texts: list[str]) -> None:
    with workspace.create("corpora", corpus_id, {}) as folder:
        pd.DataFrame({"position": range(len(texts)), "response": texts}).to_parquet(folder / "rows.parquet")


def test_values_are_remembered_over_a_restart_and_the_last_one_counts(workspace: Workspace, cache: Cache) -> None:
    assert cache.value("a") is None
    cache.remember("a", {"mean": 1.5, "band": [1, 2]})
    cache.remember("b", 1)
    cache.remember("b", 2)
    cache.close()
    again = Cache.open(workspace)
    assert again.notice == ""
    assert again.values(["a", "b", "c"]) == {"a": {"mean": 1.5, "band": [1, 2]}, "b": 2}
    assert again.values([]) == {}
    again.close()


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


def test_many_threads_use_it_at_once(workspace: Workspace, cache: Cache) -> None:
    write_rows(workspace, "c1", [str(number) for number in range(1000)])

    def work(number: int) -> int:
        cache.remember("shared", number)
        cache.remember(f"own-{number}", number)
        table = cache.relation("c1")
        assert cache.value(f"own-{number}") == number
        return int(cache.query(f"SELECT count(*) AS n FROM {table} WHERE position < ?", [number])["n"][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(64))) == list(range(64))
    assert cache.value("shared") in range(64)


def test_a_second_process_gets_a_cache_in_memory_and_learns_who_has_the_file(
    workspace: Workspace, cache: Cache
) -> None:
    import os

    cache.remember("a", 1)
    values.put(workspace, KEY, 42)
    code = (
        "from core.workspace.artefacts import Workspace; from core.workspace.cache import Cache\n"
        "from core.workspace import values\n"
        "workspace = Workspace.default(); cache = Cache.open(workspace)\n"
        f"cache.remember('b', 2); slow = values.get(workspace, '{KEY}', cache=cache)\n"
        "print(cache.value('a'), cache.value('b'), slow)\n"
        "print(cache.notice)"
    )
    environment = {**os.environ, "DIVERSCOPE_HOME": str(workspace.home)}
    second = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.PROJECT_ROOT, env=environment, capture_output=True, text=True
    )
    lines = second.stdout.splitlines()
    assert lines[0] == "None 2 42", second.stderr
    assert f"process {os.getpid()}" in lines[1]
    assert cache.value("b") is None and cache.value("a") == 1


@pytest.mark.parametrize("damage", ["garbage", "empty", "newer file", "newer tables"])
def test_a_damaged_or_foreign_file_is_moved_aside_and_rebuilt(workspace: Workspace, damage: str) -> None:
    path = workspace.home / "cache.duckdb"
    first = Cache.open(workspace)
    first.remember("a", 1)
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
    assert again.value("a") is None
    again.remember("a", 2)
    again.close()
    assert len(list(workspace.home.glob("cache.duckdb.aside-*"))) == 1
    last = Cache.open(workspace)
    assert last.value("a") == 2
    last.close()


def test_values_survive_the_deletion_of_the_cache(workspace: Workspace, cache: Cache) -> None:
    values.put(workspace, KEY, {"mean": 0.5}, cache=cache)
    assert cache.value(KEY) == {"mean": 0.5}
    cache.close()
    Path(workspace.home / "cache.duckdb").unlink()
    fresh = Cache.open(workspace)
    assert fresh.value(KEY) is None
    assert values.get(workspace, KEY, cache=fresh) == {"mean": 0.5}
    assert fresh.value(KEY) == {"mean": 0.5}
    fresh.close()


def test_a_damaged_or_newer_value_counts_as_absent(workspace: Workspace) -> None:
    path = workspace.home / "values" / KEY[:2] / f"{KEY}.json"
    assert values.get(workspace, KEY) is None
    values.put(workspace, KEY, 1)
    assert values.get(workspace, KEY) == 1
    atomic.write_json(path, {"format": 99, "value": 1})
    assert values.get(workspace, KEY) is None
    path.write_text("{half")
    assert values.get(workspace, KEY) is None
    with pytest.raises(WorkspaceError):
        values.put(workspace, "../../etc", 1)


def test_nothing_is_fetched_from_the_network_to_open_a_file(cache: Cache) -> None:
    settings_of = cache.query(
        "SELECT name, value FROM duckdb_settings() WHERE name IN "
        "('autoinstall_known_extensions', 'autoload_known_extensions')"
    )
    assert settings_of["value"].str.lower().tolist() == ["false", "false"]
    with pytest.raises(duckdb.Error):
        cache.query("LOAD httpfs")
