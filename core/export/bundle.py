"""The zip archive that a page offers, and the rows that it will leave out, counted before it is written."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from core.corpus import originals
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.export.format import Exported, Format, Problem
from core.export.records import Row, rows_to_export
from core.row_positions import CorpusRows
from core.workspace import atomic


def bundle(
    rows: Sequence[Row], *, format: Format, recipe: bytes, stem: str, beside: Mapping[str, bytes] | None = None
) -> bytes:
    """A zip with the rows, their recipe (``STEM.recipe.json``), the trainer's own files, and the rows left out.

    ``STEM.left_out.jsonl`` is written if a row is left out, or skipped by a trainer. ``beside`` are further files by
    name. The same rows give the same bytes. Raises :class:`InputError` where no row can be written in ``format``.
    """
    return zipped(bundled_files(rows, format=format, recipe=recipe, stem=stem, beside=beside))


def bundled_files(
    rows: Sequence[Row], *, format: Format, recipe: bytes, stem: str, beside: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """The files that :func:`bundle` packs, by name."""
    exported = format.export(rows, recipe=recipe, stem=stem)
    files = {stem + format.suffix: exported.data, f"{stem}.recipe.json": recipe, **exported.config}
    if exported.problems:
        files[f"{stem}.left_out.jsonl"] = left_out_lines(exported)
    return {**files, **(beside or {})}


def joined_files(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files of two exports in one folder: a JSON file of both (``dataset_info.json``) gets the entries of both."""
    both = {
        name: orjson.dumps({**orjson.loads(data), **orjson.loads(second[name])}, option=orjson.OPT_INDENT_2)
        for name, data in first.items()
        if name in second and data != second[name] and name.endswith(".json")
    }
    return {**first, **second, **both}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of ``files`` by name; the same files give the same bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files.items():  # a fixed date: the same subset gives the same bytes
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def write_file(
    rows: Sequence[Row], path: Path, *, format: Format, recipe: bytes, beside: Mapping[str, bytes] | None = None
) -> Exported:
    """Write the rows to ``path``, the trainer's own files beside it, and ``STEM.left_out.jsonl`` for rows left out.

    A path that ends in ``.zip`` gets all of them in one archive, as a page offers it. ``beside`` are further files by
    name.

    Raises :class:`InputError` where no row can be written in ``format``.
    """
    exported = format.export(rows, recipe=recipe, stem=path.stem)
    if path.suffix == ".zip":
        atomic.write_bytes(path, bundle(rows, format=format, recipe=recipe, stem=path.stem, beside=beside))
        return exported
    atomic.write_bytes(path, exported.data)
    for name, data in exported.config.items():
        atomic.write_bytes(path.with_name(name), _with_other_entries(path.with_name(name), data))
    if exported.problems:
        atomic.write_bytes(left_out_path(path), left_out_lines(exported))
    for name, data in (beside or {}).items():
        atomic.write_bytes(path.with_name(name), data)
    return exported


def _with_other_entries(path: Path, data: bytes) -> bytes:
    """The trainer's file ``data``, with the entries for other data that ``path`` holds, if that is a JSON object."""
    try:
        before = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return data
    entries = {**before, **orjson.loads(data)} if isinstance(before, dict) else None
    return orjson.dumps(entries, option=orjson.OPT_INDENT_2) if entries else data


def left_out_path(path: Path) -> Path:
    """The path to which the ids of the rows left out of the file at ``path`` are written."""
    return path.with_name(f"{path.stem}.left_out.jsonl")


def left_out_lines(exported: Exported) -> bytes:
    """JSON Lines: the id of each row that is left out or skipped by a trainer, and why."""
    return b"".join(
        originals.json_lines(
            {"id": show_id(row), "written": problem.kept, "with": problem.what, "why": problem.why}
            for problem, ids in exported.problems.items()
            for row in ids
        )
    )


def problems_of(corpus: Corpus, positions: CorpusRows, *, format: Format) -> Mapping[Problem, int]:
    """How many of the rows at ``positions`` have each problem of ``format``, before anything is written."""
    if format.counted_by_export:
        exported = format.export(rows_to_export(corpus, positions), recipe=b"{}", stem="rows")
        return {problem: len(ids) for problem, ids in exported.problems.items()}
    if type(format).problem is Format.problem:
        return {}
    problems = (format.problem(turns, tools) for turns, tools in corpus.conversations(positions))
    return Counter(problem for problem in problems if problem is not None)
