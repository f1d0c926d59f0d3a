"""Loading with few rows in memory gives byte for byte what loading with all of them gives, and leaves nothing."""

from __future__ import annotations

import datetime
import decimal
import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.column_tally import ColumnTally
from core.corpus.gathering import Bounds
from core.corpus.ingest import Ingested, ingest_files
from core.corpus.kept_cells import packed, unpacked
from core.corpus.large_files import divided
from core.corpus.reading import ReadingOptions
from core.corpus.report import histogram, quantiles
from core.corpus.sources import SourceFile, from_bytes, opened
from core.corpus.stretch_workers import StretchWorkers
from core.corpus.stretches import StretchTask, read_stretch
from core.corpus.typed_column import can_be_column, odd_cells, plain_cell, scalar_column, without_odd
from core.corpus.unpack import Spool, unpack
from core.errors import Cancelled, WorkspaceError
from core.settings import PROJECT_ROOT
from core.workspace.artefacts import Workspace
from core.workspace.scratch import Scratch
from tests.corpus.slow_loading import assemble, read_in_memory, words_of

TINY = Bounds(rows=16, size=3000, stretch=1500, processes=1)
WORDS = ["the", "of", "model", "Straße", "你好", "answer", "data", "lists", "and", "why", "naïve", "tree"]


def lines_file(rows: int, seed: int) -> bytes:
    """Rows of several shapes: copies with other fields, broken lines, odd cells, empty answers, conversations."""
    draw = np.random.default_rng(seed)
    lines: list[str] = []
    for row in range(rows):
        asked, answered = (" ".join(draw.choice(WORDS, size=int(draw.integers(1, 9)))) for _ in range(2))
        record: dict[str, Any] = {"instruction": asked, "output": answered, "score": round(float(draw.normal()), 3)}
        kind = int(draw.integers(14))
        if kind == 0 and lines:
            lines.append(lines[int(draw.integers(len(lines)))])
            continue
        if kind == 1:
            record = {"instruction": "the same", "output": f"copy {row % 3}", "source": f"s{row % 4}", "score": row}
        if kind == 2:
            record["score"] = "n/a" if row % 2 else {"a": [1, None]}
        if kind == 3:
            record["output"] = ""
        if kind == 4:
            record |= {"tags": [WORDS[row % 7], WORDS[row % 5]], "category": WORDS[row % 3], "big": 10**20 + row}
        if kind == 5:
            turns = [("user", asked), ("assistant", answered), ("user", "why"), ("assistant", "so")]
            record = {"messages": [{"role": role, "content": text} for role, text in turns], "flag": bool(row % 2)}
        if kind == 6:
            record |= {"thinking": "let me see", "input": "given"}
        lines.append(json.dumps(record, ensure_ascii=bool(row % 2)))
        if kind == 7:
            lines.append('{"instruction": "broken')
        if kind == 8:
            lines.append('{"instruction": "twice", "instruction": "two", "output": "a", "ratio": NaN, "x": 1e300}')
        if kind == 9:
            lines.append("")
    return "\n".join(lines).encode()


def table_file() -> bytes:
    """A Parquet file with decimals, dates and bytes."""
    table = pa.table(
        {
            "instruction": [f"ask {row % 5}" for row in range(9)],
            "output": [f"say {row % 4}" for row in range(9)],
            "score": pa.array([decimal.Decimal(row) / 4 for row in range(9)], pa.decimal128(9, 2)),
            "day": [datetime.date(2020, 1, 1 + row) for row in range(9)],
            "raw": pa.array([b"\xff\x00"] * 9, pa.binary()),
            "days": [[datetime.date(2020, 1, 1 + row)] for row in range(9)],
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def everything() -> list[SourceFile]:
    cells = "instruction,output,score,length\n" + "".join(
        f"q{row % 6},a{row % 5},{row / 2},{row or 'x'}\n" for row in range(12)
    )
    return [
        from_bytes("a.jsonl", lines_file(60, 1)),
        from_bytes("b.jsonl", lines_file(30, 2)),
        from_bytes("c.csv", cells.encode()),
        from_bytes("d.parquet", table_file()),
        from_bytes("e.jsonl.gz", gzip.compress(lines_file(30, 3))),
        from_bytes(
            "f.json", json.dumps([{"question": f"q{row}", "answer": f"a{row % 3}"} for row in range(8)]).encode()
        ),
        from_bytes("g.jsonl", lines_file(20, 4) + b'\n{"instruction": "bytes", "output": "\xff"}\n'),  # not divided
    ]


def stored(made: Ingested) -> dict[str, Any]:
    """What lies in the folder of a corpus, without times."""
    folder = made.corpus.artefact.folder
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    report, manifest = (json.loads(files.pop(name)) for name in ("report.json", "manifest.json"))
    del report["seconds"], manifest["made_at"]
    return {**files, "report": report, "manifest": manifest}


@pytest.fixture(scope="module")
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    return ingest_files(Workspace(tmp_path_factory.mktemp("whole")), everything())


@pytest.mark.parametrize(
    "bounds",
    [
        TINY,
        Bounds(rows=50, size=900, stretch=2500, processes=1),
        Bounds(rows=40, size=9000, stretch=3000, processes=2),
    ],
    ids=["few rows", "few bytes", "two processes"],
)
def test_few_rows_in_memory_give_the_same_files(tmp_path: Path, in_memory: Ingested, bounds: Bounds) -> None:
    made = ingest_files(Workspace(tmp_path), everything(), bounds=bounds)

    assert stored(made) == stored(in_memory)
    assert made.rejected == in_memory.rejected and made.copies == in_memory.copies
    assert not [*(tmp_path / "scratch").iterdir()]


def test_files_on_the_disk_are_divided_where_they_lie(tmp_path: Path, in_memory: Ingested) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    for file in everything():
        (folder / file.name).write_bytes(file.open().read())
    files = [opened(path, path.name) for path in folder.iterdir()]

    assert stored(ingest_files(Workspace(tmp_path / "home"), files, bounds=TINY)) == stored(in_memory)


@pytest.mark.parametrize("reading", [{"multi_turn": "turn"}, {"empty": "keep"}, {"invalid_utf8": "replace"}], ids=str)
def test_the_settings_of_reading_hold_in_every_stretch(tmp_path: Path, reading: Any) -> None:
    asked = ReadingOptions(**reading)
    whole, bounded = (
        ingest_files(Workspace(tmp_path / name), everything(), reading=asked, bounds=bounds)
        for name, bounds in (("whole", None), ("bounded", TINY))
    )

    assert stored(bounded) == stored(whole)


def test_rows_are_those_of_loading_all_at_once(tmp_path: Path) -> None:
    files, reading = everything(), ReadingOptions()
    made = ingest_files(Workspace(tmp_path), files, bounds=TINY)
    reader = read_in_memory(files, reading)
    slow = assemble(reader.rows, text_files=reader.text_files)
    options: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "write_statistics": False}
    held_out = pa.array(made.corpus.holdout)
    repeated = ["source", "category", "script", "conversation"]
    rows, places = pa.BufferOutputStream(), pa.BufferOutputStream()
    pq.write_table(
        slow.table.append_column("holdout", held_out), rows, row_group_size=2048, use_dictionary=repeated, **options
    )
    pq.write_table(slow.positions, places, **options)

    assert Path(made.corpus.rows_path).read_bytes() == rows.getvalue().to_pybytes()
    assert made.corpus.artefact.path("positions.parquet").read_bytes() == places.getvalue().to_pybytes()
    report: Any = made.report
    assert report["columns"] == slow.kinds and report["fields_without_column"] == slow.not_taken
    assert report["exact_duplicates"] == slow.duplicates
    assert report["scripts"] == dict(
        sorted(Counter(slow.table["script"].to_pylist()).items(), key=lambda x: (-x[1], x[0]))
    )
    for side, words in words_of(slow.table).items():
        assert report["lengths"][side]["words"] == quantiles(np.array(words))
        characters = slow.table[f"{side}_characters"].to_numpy()
        assert report["lengths"][side]["histogram"] == histogram(characters)
    said = {note for file in report["files"] for note in file["notes"]}
    for odd in slow.odd:
        assert any(f"“{odd.column}” has {odd.numbers:,} number" in note and odd.text in note for note in said)


def test_rows_appended_with_few_in_memory_make_the_corpus_of_all_files(tmp_path: Path, in_memory: Ingested) -> None:
    workspace = Workspace(tmp_path)
    first = ingest_files(workspace, everything()[:3], bounds=TINY).corpus
    grown = ingest_files(workspace, everything()[3:], onto=first, bounds=TINY)

    assert grown.corpus.id == in_memory.corpus.id
    rows, whole = (pq.read_table(made.corpus.rows_path).drop_columns("holdout") for made in (grown, in_memory))
    assert str(rows.to_pydict()) == str(whole.to_pydict())  # NaN is not NaN
    assert grown.new == len(in_memory.corpus) - len(first)


def test_loading_again_compares_record_by_record(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    rows = [{"instruction": f"q{row}", "output": "a"} for row in range(9)]
    richer = [{**row, "score": place} for place, row in enumerate(rows)]
    first, again, later = (
        ingest_files(workspace, [from_bytes("a.jsonl", "\n".join(map(json.dumps, records)).encode())], bounds=TINY)
        for records in (rows, rows, richer)
    )

    assert not first.already_here and again.already_here and not again.new_columns
    assert later.already_here and later.new_columns == ("score",)


VALUES: list[Any] = [
    1, 2.5, -3, 10**20, float("nan"), float("inf"), True, "12", "1_0", "n/a", "x" * 250, "[1, 2]", '["a", "b"]',
    "[oops", ["a", "b"], [1, "c"], [], [[1]], {"a": 1}, "  ", decimal.Decimal("2.50"), decimal.Decimal("NaN"),
    datetime.date(2020, 2, 3), b"\xff", ("a", "b"), "9" * 20, "日本", 1 << 62, "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(120))
def test_a_column_decided_in_blocks_is_the_one_decided_at_once(seed: int) -> None:
    draw = np.random.default_rng(seed)
    few = [VALUES[place] for place in draw.choice(len(VALUES), size=int(draw.integers(1, 4)))]
    common = [1, 2.5, "7", ["a"], "word"][seed % 5]
    cells: list[Any] = [
        few[int(draw.integers(len(few)))] if draw.random() < [0.05, 0.5, 1.0][seed % 3] else common for _ in range(40)
    ]
    cells = [None if draw.random() < 0.1 else cell for cell in cells]
    in_text_files = [bool(inside) for inside in draw.random(40) < [0.0, 1.0, 0.9][seed // 3 % 3]]
    filled = {place: plain_cell(cell) for place, cell in enumerate(cells) if cell is not None and cell != ""}

    tally = ColumnTally()
    rows = [unpacked(packed({"c": cell}) or "") for cell in cells]
    for before in range(0, 40, 7):
        part = slice(before, before + 7)
        tally.add(rows[part], before=before, in_text_files=in_text_files[part])
    columns, not_taken = tally.decided(text_files=any(in_text_files))

    if not filled or not can_be_column(list(filled.values())):
        assert not columns and not_taken == ["c"] * bool(filled)
        return
    texts_inside = all(in_text_files[place] for place, value in filled.items() if isinstance(value, str))
    text = any(in_text_files) and texts_inside
    odd = odd_cells("c", filled, list(range(40)), text=text)
    kept = without_odd(filled, text=text) if odd and odd.kept else filled
    expected, kind = scalar_column([kept.get(place) for place in range(40)], text_numbers=text)
    (column,) = columns
    assert (column.kind, column.odd) == (kind, odd)
    values = {place: row["c"] for place, row in enumerate(rows) if row["c"] is not None and row["c"] != ""}
    assert str(column.array((list(values), list(values.values())), 40)) == str(expected)


def test_a_cancelled_load_leaves_no_scratch_behind(tmp_path: Path) -> None:
    notes: list[str] = []

    def cancel(done: float, total: float, note: str = "") -> None:
        notes.append(note)
        if "rows written" in note:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        ingest_files(Workspace(tmp_path), everything(), bounds=TINY, progress=cancel)

    assert any("rows compared" in note for note in notes)
    assert not [*(tmp_path / "scratch").iterdir()] and not [*tmp_path.glob("corpora/*")]


def test_the_scratch_of_a_killed_load_is_removed_by_the_next(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from core.workspace.artefacts import Workspace;"
        "from core.workspace.scratch import Scratch;"
        "scratch = Scratch(Workspace(Path(sys.argv[1]))); (scratch.folder() / 'run').touch();"
        "print('made', flush=True); sys.stdin.read()"
    )
    work = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert work.stdout is not None and work.stdout.readline() == b"made\n"
    with Scratch(Workspace(tmp_path)) as beside:
        beside.folder()
        assert len([path for path in (tmp_path / "scratch").iterdir() if path.is_dir()]) == 2  # it is in use
    os.kill(work.pid, signal.SIGKILL)
    work.communicate()
    with Scratch(Workspace(tmp_path)) as later:
        kept = later.folder()
        assert [path for path in (tmp_path / "scratch").iterdir() if path.is_dir()] == [kept]


def test_a_disk_that_is_full_while_rows_are_set_aside_says_what_to_do(tmp_path: Path) -> None:
    from core.corpus.reading import Rows
    from core.corpus.runs import run_of
    from core.workspace import atomic

    rows = Rows(**{name: [""] for name in Rows.__dataclass_fields__})
    for name in ("ids", "pictures", "turn", "file", "record", "line"):
        setattr(rows, name, [1])
    rows.extras, rows.turns = [None], [None]
    full = tmp_path / "run.unfinished"
    full.symlink_to("/dev/full")
    with pytest.raises(WorkspaceError, match="full"), atomic.explained(tmp_path / "run"):
        run_of(rows, buckets=4).written(tmp_path / "run.arrow")


def test_stretches_of_a_process_that_died_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines_file(60, 1))
    (part,) = unpack(opened(path, path.name), spool=Spool(500, lambda: tmp_path))
    large = divided(part, size=500, folder=lambda: tmp_path)
    assert large is not None
    tasks = [
        StretchTask(
            source=lines, name="a.jsonl", stem="a", container="JSONL", file=0, reading=ReadingOptions(), mapping=None,
            folder=tmp_path, most_rows=100, most_size=1 << 20, buckets=2,
        )
        for lines in large.stretches
    ]  # fmt: skip
    assert len(tasks) > 9
    whole = [read_stretch(task).stretch for task in tasks]

    with StretchWorkers(2) as workers:
        read = workers.read(tasks)
        stretches = [next(read).stretch]
        for worker in workers.started:
            worker.process.kill()
            worker.process.wait()
        stretches += [answer.stretch for answer in read]

    assert [stretch.report for stretch in stretches] == [stretch.report for stretch in whole]
    assert [stretch.rejected for stretch in stretches] == [stretch.rejected for stretch in whole]
