"""The contract of shards: what is done is taken, workers may die, any order and number gives the same artefacts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

from core.corpus.store import Corpus
from core.errors import Cancelled, InputError, JobError
from core.progress import silent
from core.shards import registry
from core.shards.engine import AUTO_ROWS, Engine, engine, engine_of, named_engine
from core.shards.run import run_shards
from core.shards.shard import RowShard, cut, shards_of
from core.shards.work import MARKER, ShardTask, outcome_of

POOL = Engine(kind="pool", processes=2)
ONE = Engine(kind="one")


def of(corpus: Corpus, function: str, folder: Path, count: int, *, with_engine: Engine, progress=silent) -> list[Path]:
    """Run a function of :mod:`tests.shards.tasks` on ``count`` shards of a corpus."""
    (folder / "seen").mkdir(exist_ok=True)
    return run_shards(
        f"tests.shards.tasks:{function}",
        shards_of(corpus, count=count),
        {"seen": str(folder / "seen")},
        home=folder / "shards",
        engine=with_engine,
        progress=progress,
        note="rows",
    )


def joined(folders: list[Path]) -> list[int]:
    return np.concatenate([np.load(folder / "lengths.npy") for folder in folders]).tolist()


def computed(folder: Path) -> list[int]:
    """The first rows of the shards that were computed, one for each time."""
    return sorted(int(path.name.split("-")[0]) for path in (folder / "seen").glob("*-*-*"))


@pytest.mark.parametrize("component", ["instruction", "response", "both", "response_with_thinking"])
def test_shards_of_any_number_hold_the_texts_of_the_corpus_in_order(corpus: Corpus, component: str) -> None:
    for count in (1, 3, 7, 1_000):
        shards = shards_of(corpus, count=count)
        assert [text for shard in shards for text in shard.texts(component)] == corpus.text(component)
        assert len(shards) == min(count, len(corpus))


def test_a_corpus_is_cut_into_the_fewest_shards_that_keep_to_the_limits(corpus: Corpus) -> None:
    assert len(shards_of(corpus)) == 1
    assert [len(shard) for shard in shards_of(corpus, most_rows=25)] == [19, 19, 20]


def test_a_pool_gives_what_one_process_gives_whatever_the_number_of_shards(corpus: Corpus, tmp_path: Path) -> None:
    expected = [len(text) for text in corpus.text("response")]
    (tmp_path / "pool").mkdir()
    (tmp_path / "one").mkdir()
    assert joined(of(corpus, "lengths", tmp_path / "pool", 4, with_engine=POOL)) == expected
    assert joined(of(corpus, "lengths", tmp_path / "one", 1, with_engine=ONE)) == expected


def test_a_second_run_takes_what_is_done_and_computes_what_is_not(corpus: Corpus, tmp_path: Path) -> None:
    first = of(corpus, "lengths", tmp_path, 3, with_engine=ONE)
    assert len(computed(tmp_path)) == 3
    (first[1] / MARKER).unlink()
    np.save(first[2] / "lengths.npy", np.arange(5))  # not the size that its marker says
    again = of(corpus, "lengths", tmp_path, 3, with_engine=ONE)
    assert again == first and joined(again) == [len(text) for text in corpus.text("response")]
    starts = [shard.start for shard in shards_of(corpus, count=3)]
    assert computed(tmp_path) == sorted([*starts, *starts[1:]])


def test_a_marker_names_shard_settings_and_version_so_nothing_else_is_taken(tmp_path: Path, monkeypatch) -> None:
    shard = RowShard(path="p", content="c", start=0, stop=5)
    task = ShardTask(feature="tokens", shard=shard, settings={"a": 1}, home=str(tmp_path))
    others = [
        ShardTask(feature="tokens", shard=shard, settings={"a": 2}, home=str(tmp_path)),
        ShardTask(feature="embed", shard=shard, settings={"a": 1}, home=str(tmp_path)),
        ShardTask(
            feature="tokens",
            shard=RowShard(path="p", content="d", start=0, stop=5),
            settings={"a": 1},
            home=str(tmp_path),
        ),
        ShardTask(
            feature="tokens",
            shard=RowShard(path="p", content="c", start=0, stop=6),
            settings={"a": 1},
            home=str(tmp_path),
        ),
    ]
    assert len({task.digest, *(other.digest for other in others)}) == 5
    moved = ShardTask(
        feature="tokens", shard=RowShard(path="q", content="c", start=0, stop=5), settings={"a": 1}, home="h"
    )
    assert moved.digest == task.digest  # the same rows, wherever the file lies
    before = task.digest
    newer = registry.ShardFeature(registry.FEATURES["tokens"].address, version=99)
    monkeypatch.setitem(registry.FEATURES, "tokens", newer)
    assert task.digest != before
    task.folder.mkdir(parents=True)
    (task.folder / MARKER).write_bytes(orjson.dumps({"digest": "another", "files": {}}))
    assert not task.done


def test_what_travels_to_a_worker_holds_no_rows(corpus: Corpus, tmp_path: Path) -> None:
    tasks = [
        ShardTask(feature="tokens", shard=shard, settings={"component": "both"}, home=str(tmp_path))
        for count in (1, 3)
        for shard in shards_of(corpus, count=count)
    ]
    sizes = {len(orjson.dumps(task.as_dict())) for task in tasks}
    assert max(sizes) - min(sizes) <= 4  # more rows are a digit or two more
    assert all(ShardTask.of(orjson.loads(orjson.dumps(task.as_dict()))).digest == task.digest for task in tasks)


def test_a_worker_that_does_not_see_the_folder_or_has_another_version_says_so(corpus: Corpus, tmp_path: Path) -> None:
    shard = RowShard(path=str(tmp_path / "elsewhere.parquet"), content="c", start=0, stop=5)
    task = ShardTask(feature="tests.shards.tasks:lengths", shard=shard, settings={}, home=str(tmp_path))
    told = outcome_of(task.as_dict())
    assert "does not see" in told["what"] and "all machines share" in told["remedy"]
    assert "not 0.0.1" in outcome_of({**task.as_dict(), "program": "0.0.1"})["what"]


def test_a_killed_worker_costs_its_shard_only(corpus: Corpus, tmp_path: Path) -> None:
    folders = of(corpus, "dies_once", tmp_path, 2, with_engine=Engine(kind="pool", processes=1))
    assert joined(folders) == [len(text) for text in corpus.text("response")]
    assert (tmp_path / "seen" / "flag").exists()
    assert len(computed(tmp_path)) == 2  # the shard before it was not done again


def test_a_shard_over_which_every_worker_dies_is_named_once_the_others_are_done(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"3 workers died over .*dies of rows 0 to 29.*exit status 7; no more memory"):
        of(corpus, "dies", tmp_path, 2, with_engine=Engine(kind="pool", processes=1))
    assert computed(tmp_path) == [29]


@pytest.mark.parametrize(
    ("function", "said"),
    [("refuses", "rows 0 to 58: These rows cannot be read. Take others."), ("breaks", "KeyError, 'surprise'")],
)
def test_an_error_in_a_worker_is_told_with_the_shard(corpus: Corpus, tmp_path: Path, function: str, said: str) -> None:
    with pytest.raises(JobError, match=said):
        of(corpus, function, tmp_path, 1, with_engine=POOL)


def test_cancelling_ends_the_workers_and_leaves_no_artefact(corpus: Corpus, tmp_path: Path) -> None:
    def stop(done: float, total: float, note: str = "") -> None:
        assert total == len(corpus) and note == "rows"
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        of(corpus, "waits", tmp_path, 1, with_engine=POOL, progress=stop)
    (worker,) = (tmp_path / "seen").glob("pid-*")
    with pytest.raises(ProcessLookupError):
        os.kill(int(worker.name.removeprefix("pid-")), 0)
    assert not [path for path in (tmp_path / "shards").iterdir() if not path.name.startswith(".")]


def test_progress_counts_what_was_done_before(corpus: Corpus, tmp_path: Path) -> None:
    first = of(corpus, "lengths", tmp_path, 3, with_engine=ONE)
    (first[0] / MARKER).unlink()
    told: list[float] = []
    of(corpus, "lengths", tmp_path, 3, with_engine=POOL, progress=lambda done, total, note="": told.append(done))
    assert told[0] == 39 and told[-1] == 58 and told == sorted(told)


@pytest.mark.parametrize(
    ("name", "kind", "address"),
    [("one", "one", ""), ("pool", "pool", ""), ("pool:3", "pool", ""), ("ray", "ray", ""),
     ("ray://host:10001", "ray", "ray://host:10001"), ("10.0.0.1:6379", "ray", "10.0.0.1:6379")],
)  # fmt: skip
def test_the_environment_names_an_engine(monkeypatch: pytest.MonkeyPatch, name: str, kind: str, address: str) -> None:
    monkeypatch.setenv("DIVERSCOPE_ENGINE", name)
    monkeypatch.setenv("DIVERSCOPE_SHARD_ROWS", "100")
    chosen = engine()
    assert (chosen.kind, chosen.address, chosen.most_rows) == (kind, address, 100)
    assert chosen.takes(1) == (kind != "one")
    assert chosen.processes == 3 if name == "pool:3" else chosen.processes >= 1


@pytest.mark.parametrize("name", ["dask", "pool:0", "pool:x", "http://host:1/x", "host"])
def test_another_engine_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"There is no engine .* Engines: one, pool"):
        named_engine(name)


@pytest.mark.parametrize("rows", ["0", "many", "-1"])
def test_a_shard_has_a_number_of_rows(monkeypatch: pytest.MonkeyPatch, rows: str) -> None:
    monkeypatch.setenv("DIVERSCOPE_SHARD_ROWS", rows)
    with pytest.raises(InputError, match="is a number of rows"):
        engine()


def test_unasked_only_a_large_corpus_is_computed_by_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIVERSCOPE_ENGINE", raising=False)
    assert not engine().takes(AUTO_ROWS) and engine().takes(AUTO_ROWS + 1)
    with engine_of(ONE):
        assert not engine().takes(AUTO_ROWS + 1)


def test_cutting_covers_every_row_once() -> None:
    for length, count in ((0, 1), (1, 5), (10, 3), (100, 7)):
        shards = cut(path="p", content="c", length=length, count=count)
        rows = [row for shard in shards for row in range(shard.start, shard.stop)]
        assert rows == list(range(length))


def test_ray_that_is_not_installed_says_how_to_install_it(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(InputError, match=r"Ray is not installed. .*requirements-ray.txt"):
        of(corpus, "lengths", tmp_path, 1, with_engine=Engine(kind="ray"))
