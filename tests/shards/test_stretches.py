"""Who reads the stretches of a large file is chosen around the loading, and changes nothing of the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from core.corpus.gathering import Bounds
from core.corpus.ingest import ingest_files
from core.corpus.sources import opened
from core.corpus.stretch_workers import StretchWorkers, read_by, stretch_readers
from core.corpus.stretches import StretchRead, StretchTask, read_stretch
from core.shards.engine import Engine
from core.shards.stretches import RayStretches, reading_engine
from core.workspace.artefacts import Workspace
from tests.corpora import records


class LastFirst:
    """Reads all stretches before it gives the first, the last one first, as another machine may."""

    def __init__(self) -> None:
        self.read_tasks: list[StretchTask] = []

    def __enter__(self) -> LastFirst:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, tasks: Iterable[StretchTask]) -> Iterator[StretchRead]:
        own = list(tasks)
        self.read_tasks += own
        yield from reversed([read_stretch(task) for task in reversed(own)])


def test_a_corpus_is_the_same_whoever_reads_its_stretches(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, records(200))))
    bounds = Bounds(rows=40, size=1 << 14, stretch=1 << 13, processes=1)

    def loaded(home: str) -> tuple[str, bytes]:
        made = ingest_files(Workspace(tmp_path / home), [opened(path, path.name)], name="large", bounds=bounds).corpus
        return made.id, Path(made.rows_path).read_bytes()

    readers = LastFirst()
    with read_by(lambda count: readers):
        elsewhere = loaded("elsewhere")
    assert elsewhere == loaded("here")
    assert len(readers.read_tasks) > 2


def test_only_ray_reads_elsewhere() -> None:
    for kind, reader in (("one", StretchWorkers), ("pool", StretchWorkers), ("ray", RayStretches)):
        with reading_engine(Engine(kind=kind)):  # type: ignore[arg-type]
            assert isinstance(stretch_readers(2), reader)
