"""Tags from a user's file: joined to the rows, then filtered and merged like any other tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.corpus.column_files import read_table
from core.corpus.corpus_text import CorpusText
from core.corpus.joining import Join, chosen_join, ids_of, join_lines, plain_label
from core.errors import InputError, in_short, listed_in_short
from core.features.tags.parse import LONGEST
from core.features.tags.raw_tags import tags_by_row, write_raw
from core.features.tags.tagging import VERSION, Tagging, raw_tags_key
from core.workspace.digests import digest

KINDS = (".jsonl", ".parquet", ".csv", ".tsv")
USUAL = ("tags", "tag", "instags", "ins_tag", "labels", "keywords")
SEPARATORS = (";", "|", "\n", ",")


@dataclass(frozen=True, eq=False, kw_only=True)
class TagFile:
    """A file of tags: each line's distinct ``tags``, and its ``ids`` if a column, ``named`` so, has them."""

    tags: list[list[str]]
    ids: list[Any] | None
    named: str = "id"


@dataclass(frozen=True, kw_only=True)
class AttachedTags:
    """The result of attaching a file of tags.

    It counts the rows that ``matched``, the rows ``missing`` from the file (they have no tag), the lines that are
    ``unknown`` (no row of the corpus) or in ``conflict`` (a row named again with other tags: the first counts), and the
    ``distinct`` tags.
    """

    model: str
    matched: int
    missing: int
    unknown: int
    conflict: int
    distinct: int


def read_tags(data: bytes, *, name: str) -> TagFile:
    """The tags of the file ``name``, from its column ``tags``, or from the only column besides ``id``.

    A cell is a list of words, a list of objects with a ``tag`` (InsTag's form), or text: a JSON list, or words
    separated by the first of ``;``, ``|``, line ends and commas that the column uses. Raises :class:`InputError` when
    the file cannot be read or leaves open which column is meant.
    """
    table = read_table(data, name=name)
    if not name.lower().endswith(KINDS):
        raise InputError(f"{in_short(name)} is none of {', '.join(KINDS)}.", remedy="Save the tags as one of them.")
    id_name, ids = ids_of(table)
    others = [column for column in table.column_names if column != id_name]
    spelled = {column.lower(): column for column in reversed(others)}
    usual = (spelled[usual] for usual in USUAL if usual in spelled)
    column = next(usual, others[0] if len(others) == 1 else None)
    if column is None:
        raise InputError(
            f"{name} has no column “tags”, only {listed_in_short(others) if others else 'ids'}.",
            remedy="Name the column of tags “tags”.",
        )
    cells = table[column].to_pylist()
    text = [cell for cell in cells if isinstance(cell, str) and not cell.lstrip().startswith("[")]
    separator = next((sign for sign in SEPARATORS if any(sign in cell for cell in text)), ",")
    tags = [_tags(cell, separator) for cell in cells]
    if not any(tags):
        raise InputError(f"The column {column} of {name} holds no tag.")
    return TagFile(tags=tags, ids=ids, named=id_name or "id")


def attach_tags(
    text: CorpusText,
    file_tags: TagFile,
    *,
    label: str,
    join: Join = "auto",
    file: str | None = None,
) -> AttachedTags:
    """Store a file's tags as the raw tags of ``component``; the tagger "own" with the model ``label`` reads them.

    Raises :class:`InputError` when the file cannot be joined (see :func:`core.corpus.joining.join_lines`) or the
    label already names other tags of this component.
    """
    model = plain_label(label, otherwise="tags")
    pairs = join_lines(
        text.corpus, join=join, lines=len(file_tags.tags), ids=file_tags.ids, named=file_tags.named, file=file
    )
    source = pairs.first(len(text))
    rows = [file_tags.tags[line] if line >= 0 else [] for line in source.tolist()]
    indptr, ids, names = tags_by_row(rows)
    both = zip(pairs.rows.tolist(), pairs.lines.tolist(), strict=True)
    attached = AttachedTags(
        model=model,
        matched=int((source >= 0).sum()),
        missing=int((source < 0).sum()),
        unknown=pairs.unknown,
        conflict=sum(file_tags.tags[line] != rows[row] for row, line in both),
        distinct=len(names),
    )
    tagging = Tagging(tagger="own", model=model)
    key, content = raw_tags_key(text.corpus_id, text.component, tagging), digest(rows)
    if text.workspace.has("features", key):
        if text.workspace.open("features", key).manifest["content"] != content:
            raise InputError(f"This component has other tags named {model} already.", remedy="Give these another name.")
        return attached
    manifest = {
        "feature": "raw-tags",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "content": content,
        "rows": len(rows),
        "rows_without": attached.missing,
        "joined_by": chosen_join(join, file_tags.ids),
        "tags": len(ids),
        "distinct_tags": len(names),
        "tagger": tagging.identity(text.corpus_id, text.component),
    }
    with text.workspace.create("features", key, manifest) as folder:
        write_raw(folder, indptr, ids, names)
    return attached


def own_tags(text: CorpusText) -> list[str]:
    """Names of the tags that were attached to a component of this corpus, sorted."""
    return sorted(
        str(artefact.manifest["tagger"]["model"])
        for artefact in text.workspace.list("features")
        if artefact.manifest.get("feature") == "raw-tags"
        and artefact.manifest["tagger"]["tagger"] == "own"
        and (artefact.manifest["corpus"], artefact.manifest["component"]) == (text.corpus_id, text.component)
    )


def _tags(cell: Any, separator: str) -> list[str]:
    """The distinct tags of one cell, with single spaces, cut where they are too long."""
    if isinstance(cell, str):
        cell = _listed(cell) if cell.lstrip().startswith("[") else cell.split(separator)
    if not isinstance(cell, Sequence):
        cell = [] if cell is None else [cell]
    words = [part.get("tag") or part.get("name") if isinstance(part, dict) else part for part in cell]
    clean = [" ".join(str(word).split())[:LONGEST] for word in words if word is not None]
    return list(dict.fromkeys(word for word in clean if word))


def _listed(cell: str) -> list[Any]:
    try:
        value = orjson.loads(cell)
    except orjson.JSONDecodeError:
        return [part.strip("[]'\" ") for part in cell.split(",")]  # the cell may hold a list as Python prints it
    return value if isinstance(value, list) else [value]
