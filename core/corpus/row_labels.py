"""Labels and a note of one's own on rows, kept by row id: they belong to every corpus that holds the row.

They lie in one file of the workspace, which each change writes anew, whole. Of a corpus they are two columns like any
other: they filter the pool, bound quotas, colour the map.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.counted import counted
from core.errors import InputError, WorkspaceError, quoted
from core.row_positions import places_of
from core.several import Several
from core.workspace import atomic
from core.workspace.artefacts import Signature, Workspace, signature
from core.workspace.digests import digest
from core.workspace.locks import locked

FORMAT = 1
COLUMNS = LABELS, NOTE = "row labels", "row note"
LONGEST, MOST, LONGEST_NOTE = 60, 50, 4_000  # characters of a label, labels of a row, characters of a note


@dataclass(frozen=True)
class RowLabels:
    """What a person wrote on a row: ``labels`` in the order given, each once, and a note; false where it is nothing."""

    labels: tuple[str, ...] = ()
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.labels or self.note)


Labelling = Mapping[int, RowLabels]  # by row id


@dataclass(frozen=True)
class Change:
    """The rows that a change touched, as they were and as they are."""

    before: Labelling
    after: Labelling


def labels_of(workspace: Workspace) -> Labelling:
    """Everything that was written on rows, by row id; read again only when the file has changed.

    Raises :class:`WorkspaceError` for a damaged file, and for one that a newer version wrote.
    """
    path = _path(workspace)
    signed = signature(str(path))
    known = _READ.get(path)
    if known is None or known[0] != signed:
        known = _READ[path] = signed, _read(path)
    return known[1]


def write_labels(
    workspace: Workspace,
    row_ids: Collection[int],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
    note: str | None = None,
) -> Change:
    """Add labels to rows, remove labels from them, and set their note; "" removes it, None leaves it as it is.

    Returns what changed, for :func:`take_back`. Raises :class:`InputError` for a label or a note that is too long, and
    for too many labels on one row.
    """
    added, removed = [clean_label(name) for name in add], {clean_label(name) for name in remove}
    text = None if note is None else _clean_note(note)

    def changed(row: RowLabels) -> RowLabels:
        kept = [name for name in row.labels if name not in removed]
        labels = tuple(dict.fromkeys([*kept, *added]))
        if len(labels) > MOST:
            raise InputError(f"A row has at most {MOST} labels.", remedy="Remove some, or write a note.")
        return RowLabels(labels, row.note if text is None else text)

    with locked(_path(workspace).with_suffix(".lock")):
        present = dict(_read(_path(workspace)))
        before = {int(row_id): present.get(int(row_id), RowLabels()) for row_id in row_ids}
        after = {row_id: changed(row) for row_id, row in before.items()}
        _put(workspace, present, after)
    differing = [row_id for row_id, row in after.items() if row != before[row_id]]
    return Change({row_id: before[row_id] for row_id in differing}, {row_id: after[row_id] for row_id in differing})


def take_back(workspace: Workspace, change: Change) -> Change:
    """Undo ``change``; returns the opposite change, which redoes it.

    Raises :class:`WorkspaceError` where a row was labelled anew meanwhile; nothing is changed then.
    """
    with locked(_path(workspace).with_suffix(".lock")):
        present = dict(_read(_path(workspace)))
        others = [row_id for row_id, row in change.after.items() if present.get(row_id, RowLabels()) != row]
        if others:
            raise WorkspaceError(
                f"{counted(len(others), 'row')}, such as {show_id(others[0])}, got other labels meanwhile.",
                remedy="Change the labels by hand.",
            )
        _put(workspace, present, change.before)
    return Change(change.after, change.before)


def clean_label(name: str) -> str:
    """A label on one line. Raises :class:`InputError` for an empty or a long one, and for unseen characters."""
    shown = " ".join(name.split())
    if not shown or len(shown) > LONGEST or not shown.isprintable():
        raise InputError(
            f"{quoted(name)} is not a label.", remedy=f"A label has 1 to {LONGEST} characters that can be seen."
        )
    return shown


def rows_with_labels(
    workspace: Workspace, corpus_id: str, ids: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], list[RowLabels]]:
    """(rows,) ascending positions among ``ids`` of the rows of a corpus that a person wrote on, and what."""
    labelled = labels_of(workspace)
    signed = _READ[_path(workspace)][0]
    key = (_path(workspace), corpus_id)
    known = _PLACED.get(key)
    if known is None or known[0] != signed:
        row_ids = sorted(labelled)
        places = places_of(np.array(row_ids, dtype=np.uint64), among=ids)
        written = [labelled[row_id] for row_id, place in zip(row_ids, places.tolist(), strict=True) if place >= 0]
        known = _PLACED[key] = signed, (places[places >= 0], written)
    return known[1]


def label_columns(workspace: Workspace, corpus_id: str, ids: NDArray[np.uint64]) -> list[str]:
    """Which of the columns :data:`LABELS` and :data:`NOTE` hold anything on the rows of a corpus."""
    written = rows_with_labels(workspace, corpus_id, ids)[1]
    return [LABELS] * any(row.labels for row in written) + [NOTE] * any(row.note for row in written)


def label_column(workspace: Workspace, corpus_id: str, ids: NDArray[np.uint64], name: str) -> NDArray[Any]:
    """(rows,) the labels of each row (a :class:`Several` where it has two or more) or its note; None for none."""
    values = np.full(len(ids), None, dtype=object)
    for place, row in zip(*rows_with_labels(workspace, corpus_id, ids), strict=True):
        if name == NOTE:
            values[place] = row.note or None
        elif row.labels:
            values[place] = Several(row.labels) if len(row.labels) > 1 else row.labels[0]
    return values


def labels_digest(workspace: Workspace, corpus_id: str, ids: NDArray[np.uint64]) -> str:
    """16 hexadecimal digits that change when anything on the rows of a corpus changes; "" where there is nothing."""
    places, written = rows_with_labels(workspace, corpus_id, ids)
    entries = [[place, row.labels, row.note] for place, row in zip(places.tolist(), written, strict=True)]
    return digest([corpus_id, entries]) if entries else ""


# What was read of each file, and where its rows lie in a corpus, with the file's signature: pages ask at each run.
_READ: dict[Path, tuple[Signature | None, Labelling]] = {}
_PLACED: dict[tuple[Path, str], tuple[Signature | None, tuple[NDArray[np.int64], list[RowLabels]]]] = {}


def _path(workspace: Workspace) -> Path:
    return workspace.home / "labels" / "rows.json"


def _clean_note(note: str) -> str:
    text = "\n".join(line.rstrip() for line in note.strip().splitlines())
    if len(text) > LONGEST_NOTE:
        raise InputError(f"A note has at most {LONGEST_NOTE:,} characters, not {len(text):,}.", remedy="Shorten it.")
    return text


def _put(workspace: Workspace, present: dict[int, RowLabels], changed: Labelling) -> None:
    rows = {
        show_id(row_id): {"labels": list(row.labels), "note": row.note}
        for row_id, row in {**present, **changed}.items()
        if row
    }
    atomic.write_json(_path(workspace), {"format": FORMAT, "rows": rows})


def _read(path: Path) -> Labelling:
    try:
        document = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError as error:
        raise WorkspaceError(
            f"{path} is damaged.", remedy="Delete it: only labels and notes of rows are lost."
        ) from error
    if document.get("format", 0) > FORMAT:
        raise WorkspaceError(
            f"{path} was written by a newer Diverscope.",
            remedy="Update Diverscope, or set DIVERSCOPE_HOME to another folder.",
        )
    return {int(row_id, 16): RowLabels(tuple(row["labels"]), row["note"]) for row_id, row in document["rows"].items()}
