"""The base of all formats for trainers: a JSON list of records that the trainer's loader reads as one table."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.corpus import originals
from core.corpus.formats.conversations import CHAT_KEYS, GEMINI_KEYS, SHAREGPT_KEYS
from core.corpus.verbatim import Verbatim, verbatim
from core.errors import InputError
from core.export.format import Exported, Format, Problem
from core.export.records import Row, as_text, attached
from core.export.trainers.cutoff import Cutoff

# The fields that hold the texts of a row in the formats it may have come in; the layout holds the same texts.
TEXT_FIELDS = frozenset(
    {*SHAREGPT_KEYS, *CHAT_KEYS, *GEMINI_KEYS, "instruction", "input", "output", "response", "history"}
)


@dataclass(frozen=True, kw_only=True)
class Trainer(Format):
    """A format for a trainer: its records, its configuration file, and the rows that it cannot hold.

    ``layout``: the fields that the trainer reads, which every record has. ``optional``: those of them that are left
    out of the file where no row has any. ``said_again``: fields of the record as it came that repeat what the layout
    says; all others stand beside it, under ``original_NAME`` where the name is taken. ``taken``: names besides those of
    the layout that a column attached later must not have. ``loose``: keys of a turn whose values may be of any type.
    """

    layout: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    said_again: frozenset[str] = TEXT_FIELDS
    taken: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()

    @abstractmethod
    def record(self, texts: Verbatim) -> dict[str, Any]:
        """The fields of ``layout`` (and others that only this format has) for a row."""

    @abstractmethod
    def config(self, stem: str, fields: Collection[str]) -> Mapping[str, bytes]:
        """The trainer's own files by name. ``fields``: the fields of ``layout`` that every record of the file has."""

    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str, cutoff: Cutoff | None = None) -> Exported:
        """The rows that this trainer can read, as a JSON list of records, with its configuration.

        ``cutoff`` says what is done with rows that are longer than the trainer reads; None asks no lengths. Raises
        :class:`InputError` where no row can be written.
        """
        kept: list[Row] = []
        records: list[dict[str, Any]] = []
        problems: dict[Problem, list[int]] = defaultdict(list)
        for row in rows:
            texts = verbatim(row)
            problem = self.problem(texts.turns, texts.tools)
            if problem is not None:
                problems[problem].append(int(row["id"]))
            if problem is not None and not problem.kept:
                continue
            pieces, too_long = cutoff.pieces(texts) if cutoff else ([texts], None)
            if too_long is not None:
                problems[too_long].append(int(row["id"]))
            kept += [row] * len(pieces)
            records += [self._with_others(self.record(piece), piece, row) for piece in pieces]
        if rows and not kept:
            reasons = "; ".join(problem.message(len(ids)) for problem, ids in problems.items())
            raise InputError(f"No row can be written as {self.title}.", remedy=reasons)
        empty = {name for name in self.optional if not any(record[name] for record in records)}
        for record in records:
            for name in empty:
                del record[name]
        whole = [
            {**record, **later}
            for record, later in zip(records, attached(kept, taken={*self.layout, *self.taken}), strict=True)
        ]  # fmt: skip
        make_loadable(whole, beside=self.layout, loose=self.loose)
        fields = [name for name in self.layout if name not in empty]
        return Exported(
            data=b"[\n" + b",\n".join(originals.encode(record).encode() for record in whole) + b"\n]\n",
            rows=len(kept),
            config=self.config(stem, fields),
            fields=tuple(fields),
            problems={problem: tuple(ids) for problem, ids in problems.items()},
        )

    def _with_others(self, record: dict[str, Any], texts: Verbatim, row: Row) -> dict[str, Any]:
        """``record`` after the fields of the record as it came that it does not say again."""
        original = row["original"]
        content = texts.shape.uses(original) if texts.shape else frozenset()
        others: dict[str, Any] = {}
        for name, value in original.items():
            taken = name in record or name in self.layout
            if name in content and (taken or name in self.said_again):
                continue
            others[f"original_{name}" if taken else name] = value
        return {**others, **record}


def make_loadable(records: Sequence[dict[str, Any]], *, beside: Collection[str], loose: Collection[str] = ()) -> None:
    """Turn fields with values of several types into JSON text, in place: trainers load a file as one typed table.

    Fields named in ``beside`` are the trainer's own and stay; other keys of the turns in them are treated likewise, but
    for those that are ``loose``.
    """
    _one_type(records, {name for record in records for name in record} - {*beside})
    turns = [
        turn
        for name in beside
        for record in records
        if isinstance(record.get(name), list)
        for turn in record[name]
        if isinstance(turn, dict)
    ]
    _one_type(turns, {key for turn in turns for key in turn} - {*loose})


def _one_type(records: Sequence[dict[str, Any]], names: Collection[str]) -> None:
    for name in names:
        having = [record for record in records if record.get(name) is not None]
        if _is_one_type([record[name] for record in having]):
            continue
        for record in having:
            record[name] = as_text(record[name])


def _is_one_type(values: list[Any]) -> bool:
    try:
        pa.array(values)
    except UnicodeEncodeError:  # half a surrogate pair in a text: loaders drop it
        return len({type(value) for value in values}) == 1
    except (pa.ArrowException, OverflowError):
        return False
    return True
