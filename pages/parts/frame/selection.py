"""The rows that are selected, the same on every page, and the steps that were taken with them, to undo and redo.

A step changes named aspects of the session: the selection, the pool, pins, exclusions, a quota, a kept selection, the
clusters in use. It holds each aspect before and after, so that undoing is setting what was before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from core.corpus.column_store import put_column
from core.corpus.named_selections import keep_rows, kept_rows
from core.corpus.pool import PoolSpec
from core.corpus.row_labels import Change, take_back, write_labels
from core.corpus.store import Corpus
from core.row_positions import CorpusRows
from core.workbench.row_selection import RowSelection
from core.workspace.digests import digest
from pages.parts.frame import address, session, session_keys

MOST_STEPS = 60
NAME = 12  # hexadecimal digits by which an address names a selection
KEPT = "kept: "  # an aspect that is a kept selection
LABELLED = "labels"  # an aspect that is a change of labels and notes on rows, which setting it takes back
COLUMN = "column: "  # an aspect that is the words of an attached column, None if there is none


@dataclass(frozen=True, eq=False)
class Step:
    """A change of some aspects, by name, in the corpus with the id ``corpus``; ``said`` is what was done."""

    corpus: str
    said: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class SelectionState:
    """The selection of one corpus in this session."""

    corpus: Corpus

    @property
    def now(self) -> RowSelection | None:
        """What is selected in this corpus; None for nothing."""
        selected = session_keys.SELECTION.get(None)
        return selected if selected is not None and selected.corpus == self.corpus.id else None

    @property
    def rows(self) -> CorpusRows:
        """The selected rows, ascending; none if nothing is selected."""
        return CorpusRows(np.empty(0, dtype=np.int64)) if self.now is None else self.now.rows

    def select(self, rows: CorpusRows, said: str, *, shape: Mapping[str, Any] | None = None, layout: str = "") -> None:
        """Select ``rows``; ``said`` says how they were chosen, ``shape`` is the line drawn on ``layout``."""
        selected = RowSelection(self.corpus.id, rows, said, dict(shape or {}), layout)
        self.do(f"Selected {said}", selection=selected)

    def clear(self) -> None:
        """Select nothing."""
        if self.now is not None:
            self.do("Cleared the selection", selection=None)

    def do(self, said: str, **after: Any) -> None:
        """Take a step: set each aspect, and keep how it was before."""
        step = Step(self.corpus.id, said, {name: self._get(name) for name in after}, after)
        self._set(after)
        self._keep_steps([*self.steps, step][-MOST_STEPS:], [])

    def label(self, said: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> int:
        """Add labels to the selected rows and take others off, as a step; gives how many rows have others now.

        Raises what :func:`core.corpus.row_labels.write_labels` raises.
        """
        ids = self.corpus.ids[self.rows].tolist()
        change = write_labels(self.corpus.workspace, ids, add=add, remove=remove)
        if change.after:
            back = Change(change.after, change.before)
            step = Step(self.corpus.id, said, {LABELLED: change}, {LABELLED: back})
            session_keys.SELECTION_WIDE.set(True)
            self._keep_steps([*self.steps, step][-MOST_STEPS:], [])
        return len(change.after)

    @property
    def steps(self) -> list[Step]:
        """The steps in this corpus that can be undone, the last one last."""
        return [step for step in session_keys.STEPS.get([]) if step.corpus == self.corpus.id]

    @property
    def undone(self) -> list[Step]:
        """The steps in this corpus that can be redone, the next one last."""
        return [step for step in session_keys.STEPS_BACK.get([]) if step.corpus == self.corpus.id]

    def undo(self) -> None:
        """Take back the last step."""
        if steps := self.steps:
            self._set(steps[-1].before)
            self._keep_steps(steps[:-1], [*self.undone, steps[-1]])

    def redo(self) -> None:
        """Take the step again that was taken back last."""
        if undone := self.undone:
            self._set(undone[-1].after)
            self._keep_steps([*self.steps, undone[-1]], undone[:-1])

    def _keep_steps(self, steps: list[Step], undone: list[Step]) -> None:
        """Keep the steps of this corpus, and leave those of the others as they are."""
        for key, mine in ((session_keys.STEPS, steps), (session_keys.STEPS_BACK, undone)):
            key.set([*(step for step in key.get([]) if step.corpus != self.corpus.id), *mine])

    def _get(self, aspect: str) -> Any:
        if aspect.startswith(KEPT):
            return kept_rows(self.corpus, aspect.removeprefix(KEPT))
        if aspect.startswith(COLUMN):
            column = aspect.removeprefix(COLUMN)
            return self.corpus.column(column) if column in self.corpus.columns else None
        return self._aspects[aspect][0]()

    def _set(self, values: Mapping[str, Any]) -> None:
        if set(values) - {"selection"}:
            session_keys.SELECTION_WIDE.set(True)
        for aspect, value in values.items():
            if aspect.startswith(KEPT):
                keep_rows(self.corpus, aspect.removeprefix(KEPT), value)
            elif aspect == LABELLED:
                take_back(self.corpus.workspace, value)
            elif aspect.startswith(COLUMN):
                words = None if value is None else pa.array(value.tolist(), type=pa.string())
                put_column(self.corpus.workspace, self.corpus.id, aspect.removeprefix(COLUMN), words)
            else:
                self._aspects[aspect][1](value)

    @cached_property
    def _aspects(self) -> Mapping[str, tuple[Callable[[], Any], Callable[[Any], None]]]:
        quotas = session_keys.QUOTAS.of(self.corpus.id)
        return {
            "selection": (lambda: self.now, put_selection),
            "pool": (session.pool_values, _set_pool),
            "pinned": (lambda: list(session_keys.PINNED.get([])), lambda ids: session_keys.PINNED.set(list(ids))),
            "excluded": (lambda: list(session_keys.EXCLUDED.get([])), lambda ids: session_keys.EXCLUDED.set(list(ids))),
            "size": (_size, _set_size),
            "quotas": (lambda: dict(quotas.get({})), self._set_quotas),
            "clusters": (
                lambda: {"partition": session.choice().partition, "cluster_column": session.choice().cluster_column},
                lambda chosen: session.choose(**chosen),
            ),
        }

    def _set_quotas(self, quotas: Mapping[str, Any]) -> None:
        corpus, pool = self.corpus.id, PoolSpec.of(session.pool_values()).digest[:8]
        for column in {*quotas, *session_keys.QUOTAS.of(corpus).get({})}:  # their tables start from the quotas anew
            session_keys.QUOTA_TABLE.of(corpus, pool, column).drop()
            session_keys.QUOTA_LINES.of(corpus, pool, column).drop()
        session_keys.QUOTAS.of(corpus).set(dict(quotas))
        session_keys.QUOTA_COLUMNS.of(corpus).set(list(quotas))


def _size() -> dict[str, Any]:
    """The unit of a subset's size on the Subsets page, and the number asked for in each unit that was ever set."""
    asked = {"unit": address.SIZE_UNIT.chosen.get(None)}
    asked |= {unit: bound.key.get(None) for unit, bound in address.SIZE_WANTED.items()}
    return {name: value for name, value in asked.items() if value is not None}


def _set_size(values: Mapping[str, Any]) -> None:
    if "unit" in values:
        address.SIZE_UNIT.turn_to(values["unit"])
    for unit, bound in address.SIZE_WANTED.items():
        if unit in values:
            bound.key.set(values[unit])


def put_selection(selected: RowSelection | None) -> None:
    """Select rows; the address names the selection, so that Back and Forward find it again in this session."""
    session_keys.SELECTION.set(selected)
    if selected is None:
        address.SELECTED_ROWS.put(None)
        return
    name = digest([selected.corpus, selected.said, selected.layout, selected.rows.tolist()])[:NAME]
    kept = {**{other: rows for other, rows in session_keys.SELECTIONS.get({}).items() if other != name}, name: selected}
    session_keys.SELECTIONS.set(dict(list(kept.items())[-MOST_STEPS:]))
    address.SELECTED_ROWS.put(name)


def take_selection_of_address() -> None:
    """After Back and Forward: select what the address names, nothing where it names none."""
    session_keys.SELECTION.set(session_keys.SELECTIONS.get({}).get(address.SELECTED_ROWS.get() or ""))


def name_selection() -> None:
    """Let the address of a page that is opened name the selection that the session has, and no other."""
    selected = session_keys.SELECTION.get(None)
    names = [name for name, kept in session_keys.SELECTIONS.get({}).items() if kept is selected]
    address.SELECTED_ROWS.put(names[0] if names and selected is not None else None)


def _set_pool(values: Mapping[str, Any]) -> None:
    session.set_pool(dict(values))
    session_keys.POOL_FORM.renew()
