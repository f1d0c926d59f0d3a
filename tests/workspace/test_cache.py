"""The cache: fast, shared by threads, and nothing to lose when it breaks."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core import settings
from core.errors import WorkspaceError
from core.workspace.artefacts import Workspace
from core.workspace.cache import Cache, _remove


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
    return int(cache.query("SELECT count(*) AS n FROM {rows}", rows_of=corpus_id)["n"][0])


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
        sql = "SELECT count(*) AS n FROM {rows} WHERE position < ?"
        return int(cache.query(sql, [number], rows_of=f"c{1 + number % 2}")["n"][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(64))) == list(range(64))


def test_a_second_process_gets_a_cache_in_memory_and_learns_who_has_the_file(
    workspace: Workspace, cache: Cache
) -> None:
    write_rows(workspace, "c1", ["one", "two"])
    code = (
        "from core.workspace.artefacts import Workspace; from core.workspace.cache import Cache\n"
        "cache = Cache.open(Workspace.default())\n"
        "print(cache.query('SELECT count(*) AS n FROM {rows}', rows_of='c1')['n'][0])\n"
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


TEXTS = [f"row {row} says {row * 7919}" for row in range(30_000)]
ENDS_IN_17 = [row for row, text in enumerate(TEXTS) if text.endswith("17")]


SEEDS = 12  # of each kind of damage


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a cache of several blocks, which nothing has damaged yet."""
    made = Workspace(tmp_path_factory.mktemp("whole"))
    write_rows(made, "c1", TEXTS)
    opened = Cache.open(made)
    assert counted(opened, "c1") == len(TEXTS)
    opened.query("CREATE TABLE other AS SELECT range AS number FROM range(100000)")
    opened.close()
    return made


def asked(cache: Cache) -> list[int]:
    sql = "SELECT rowid AS place FROM {rows} WHERE suffix(response, ?) ORDER BY 1"
    return [int(place) for place in cache.query(sql, ["17"], rows_of="c1")["place"]]


def fresh(whole: Workspace) -> Path:
    """The path of the cache, of which nothing is left but what a test writes there."""
    for path in whole.home.glob("cache.duckdb*"):
        _remove(path)
    return whole.home / "cache.duckdb"


def flipped(content: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(draw.choice([1, 8, 64, 4096])):
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def overwritten(content: bytes, draw: random.Random) -> bytes:
    start, size = draw.randrange(len(content)), draw.choice([16, 512, 4096, 262_144])
    part = draw.choice([b"\0" * size, b"\xff" * size, draw.randbytes(size)])
    return (content[:start] + part + content[start + size :])[: len(content)]


def with_other_headers(content: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(4):
        damaged[draw.randrange(12_288)] = draw.randrange(256)
    return bytes(damaged)


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped bits": flipped,
    "cut": lambda content, draw: content[: draw.randrange(len(content))],
    "overwritten": overwritten,
    "other headers": with_other_headers,
    "other order": lambda content, draw: b"".join(
        draw.sample(blocks := [content[at : at + 65_536] for at in range(0, len(content), 65_536)], len(blocks))
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_costs_no_answer_whenever_the_damage_shows(whole: Workspace, damage: str) -> None:
    content = (whole.home / "cache.duckdb").read_bytes()
    late = 0
    for seed in range(SEEDS):
        path, draw = fresh(whole), random.Random(seed)
        path.write_bytes(DAMAGES[damage](content, draw))
        if seed % 4 == 0:
            path.with_name("cache.duckdb.wal").write_bytes(draw.randbytes(draw.choice([1, 100, 5000])))
        cache = Cache.open(whole)
        opened = not list(whole.home.glob("cache.duckdb.aside-*"))
        assert asked(cache) == ENDS_IN_17, (damage, seed)
        late += opened and bool(list(whole.home.glob("cache.duckdb.aside-*")))
        assert cache.notice == "" and asked(cache) == ENDS_IN_17
        cache.close()
        again = Cache.open(whole)
        assert asked(again) == ENDS_IN_17
        again.close()
    assert late or damage not in ("flipped bits", "overwritten")  # some damage shows at the query only
    fresh(whole).write_bytes(content)


def garbage(path: Path) -> None:
    path.write_bytes(b"\x07" * path.stat().st_size)


def newer_format(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[12:20] = (9999).to_bytes(8, "little")
    path.write_bytes(content)


def said_by_duckdb(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def a_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere") / "else")


def a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def beside_a_folder(path: Path) -> None:
    path.with_name("cache.duckdb.wal").mkdir()
    path.with_name("cache.duckdb.aside-20200101T000000").mkdir()


STATES: dict[str, Callable[[Path], object]] = {
    "garbage": garbage,
    "empty": lambda path: path.write_bytes(b""),
    "newer file": newer_format,
    "newer tables": lambda path: said_by_duckdb(path, "UPDATE cache_version SET version = 99"),
    "a version in words": lambda path: said_by_duckdb(
        path, "DROP TABLE cache_version; CREATE TABLE cache_version (a VARCHAR)"
    ),
    "a folder": a_folder,
    "a link to nowhere": a_link_to_nowhere,
    "a link to itself": a_link_to_itself,
    "beside a folder": beside_a_folder,
    "fewer rows": lambda path: said_by_duckdb(path, "DELETE FROM rows_c1 WHERE position < 5"),
    "other columns": lambda path: said_by_duckdb(path, "ALTER TABLE rows_c1 RENAME response TO answer"),
    "a view of that name": lambda path: said_by_duckdb(path, "DROP TABLE rows_c1; CREATE VIEW rows_c1 AS SELECT 1"),
    "not ours to read": lambda path: path.chmod(0),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_file_in_no_state_to_use_is_moved_aside_and_rebuilt(whole: Workspace, state: str) -> None:
    path = whole.home / "cache.duckdb"
    content = path.read_bytes()
    STATES[state](path)
    cache = Cache.open(whole)
    assert asked(cache) == ENDS_IN_17 and cache.notice == ""
    cache.close()
    assert len(list(whole.home.glob("cache.duckdb.aside-*"))) <= 2  # the file, and what DuckDB kept beside it
    last = Cache.open(whole)
    assert asked(last) == ENDS_IN_17
    last.close()
    fresh(whole).write_bytes(content)


def test_a_file_that_is_damaged_while_many_threads_ask_it_answers_all(whole: Workspace) -> None:
    path = whole.home / "cache.duckdb"
    content = path.read_bytes()
    cache = Cache.open(whole)
    assert cache.query("SELECT sum(number) AS s FROM other")["s"].tolist() == [4999950000]
    with open(path, "r+b") as file:
        file.write(b"\0" * len(content))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: asked(cache) == ENDS_IN_17, range(12))) == [True] * 12
    cache.close()
    fresh(whole).write_bytes(content)


def test_a_query_that_is_wrong_says_so_and_leaves_the_file_alone(whole: Workspace) -> None:
    cache = Cache.open(whole)
    with pytest.raises(duckdb.ParserException):
        cache.query("SELEC 1")
    with pytest.raises(duckdb.BinderException):
        cache.query("SELECT nothing FROM {rows}", rows_of="c1")
    assert not list(whole.home.glob("cache.duckdb.aside-*"))
    assert asked(cache) == ENDS_IN_17
    cache.close()


def test_rows_that_cannot_be_read_are_named(workspace: Workspace, cache: Cache) -> None:
    write_rows(workspace, "c1", ["one", "two"])
    (workspace.home / "corpora" / "c1" / "rows.parquet").write_bytes(b"PAR1 no more PAR1")
    with pytest.raises(WorkspaceError, match="The rows of corpus c1 cannot be read"):
        counted(cache, "c1")


def test_rows_of_a_corpus_are_loaded_on_first_use_and_searched(workspace: Workspace, cache: Cache) -> None:
    write_rows(workspace, "c-1", ["one", "two ; DROP TABLE known", "three"])
    sql = "SELECT position FROM {rows} WHERE contains(response, ?) ORDER BY position"
    assert cache.query(sql, ["t"], rows_of="c-1")["position"].tolist() == [1, 2]
    assert cache.query(sql, ["one"], rows_of="c-1")["position"].tolist() == [0]
    cache.drop("c-1")
    assert counted(cache, "c-1") == 3


def test_an_unknown_corpus_and_a_hostile_name_are_refused(cache: Cache) -> None:
    with pytest.raises(WorkspaceError, match="not in the workspace"):
        counted(cache, "c1")
    with pytest.raises(WorkspaceError):
        counted(cache, "x; DROP TABLE known")


def test_nothing_is_fetched_from_the_network_to_open_a_file(cache: Cache) -> None:
    settings_of = cache.query(
        "SELECT name, value FROM duckdb_settings() WHERE name IN "
        "('autoinstall_known_extensions', 'autoload_known_extensions')"
    )
    assert settings_of["value"].str.lower().tolist() == ["false", "false"]
    with pytest.raises(duckdb.Error):
        cache.query("LOAD httpfs")
