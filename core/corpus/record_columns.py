"""Which fields of a record are content, source, category, and which become columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.corpus.answer_marks import MARKS, MARKS_OF_BAD
from core.corpus.clean import clean
from core.corpus.formats.conversations import CHAT_KEYS, EARLIER, SHAREGPT_KEYS, earlier_under
from core.corpus.formats.mapped import FieldMapping, reach
from core.corpus.formats.pairs import LONGER
from core.corpus.formats.parts import THINKING, thinking_of
from core.corpus.formats.record import Shape, always
from core.corpus.formats.shapes import shape_among
from core.corpus.typed_column import words_in

SOURCE_KEYS = ("source", "dataset")
CATEGORY_KEYS = ("category", "label")


class RecordPlan:
    """How records with one set of fields are read: the shapes they may have, and for each what its fields become."""

    def __init__(self, shapes: tuple[Shape, ...], names: tuple[str, ...], mapping: FieldMapping | None) -> None:
        self._shapes, self._names, self._mapping = shapes, names, mapping
        certain = shapes and all(other.holds is shapes[0].holds for other in shapes) and shapes[0].loosely is always
        self._certain = shapes[0] if certain else None  # whatever the values are
        self._columns: dict[str, RecordColumns] = {}

    def shape_of(self, record: Mapping[str, Any]) -> Shape | None:
        """The shape of one record: fields of one name may hold other values in the next."""
        return self._certain or shape_among(self._shapes, record)

    def columns(self, shape: Shape) -> RecordColumns:
        """What the fields become in records of this shape."""
        made = self._columns.get(shape.name)
        if made is None:
            made = self._columns[shape.name] = RecordColumns(shape, self._names, self._mapping)
        return made

    @property
    def labels(self) -> set[str]:
        """The fields that became source or category."""
        return {name for columns in self._columns.values() for name in columns.labels}


class RecordColumns:
    """What becomes of the fields of records with one shape and one set of names."""

    def __init__(self, shape: Shape, names: tuple[str, ...], mapping: FieldMapping | None) -> None:
        content = shape.uses(names)
        free = [name for name in names if name and name not in content]
        self.shape = shape
        self.labels: set[str] = set()  # filled as records are read
        self._source = mapping.source if mapping else None
        self._category = mapping.category if mapping else None
        self._sources = () if self._source else tuple(name for name in SOURCE_KEYS if name in free)
        self._categories = () if self._category else tuple(name for name in CATEGORY_KEYS if name in free)
        self._free = tuple(name for name in free if name not in (self._source, self._category))
        self._thinks = shape.thinks and any(name in THINKING for name in free)
        self._follows = shape.follows and any(name in EARLIER for name in free)
        self.marks = tuple(name for name in (*MARKS, *MARKS_OF_BAD) if name in free)
        self.answer = next((name for name in LONGER if name in content and name in names), "") if shape.thinks else ""
        self.beside = tuple(name for name in LONGER if self.answer and name in free)
        self.turns = next((name for name in (*CHAT_KEYS, *SHAREGPT_KEYS) if name in content and name in names), "")
        self.remarkable = bool(self.marks or self.beside or self.turns)
        named = (self._source, self._category, *self._sources, *self._categories)
        self._plain = not any(named) and not self._thinks and not self._follows

    def labels_and_extras(self, record: Mapping[str, Any]) -> tuple[str | None, str | None, dict[str, Any] | None]:
        """(source, category, fields that become columns) of one record; None for nothing."""
        if self._plain:
            return None, None, {name: record[name] for name in self._free} if self._free else None
        source_name = self._source or _labelled(record, self._sources)
        category_name = self._category or _labelled(record, self._categories)
        if source_name and source_name not in self.labels:
            self.labels.add(source_name)
        if category_name and category_name not in self.labels:
            self.labels.add(category_name)
        thinking_name = thinking_of(record)[0] if self._thinks else None
        earlier_name = earlier_under(record) if self._follows else None
        taken = (source_name, category_name, thinking_name, earlier_name)
        extras = {name: record[name] for name in self._free if name not in taken}
        return _label(record, source_name), _label(record, category_name), extras or None


def _labelled(record: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of ``names`` that holds text, or nothing, in ``record``: what holds a number or a list is a column."""
    for name in names:
        value = record[name]
        if value is None or (isinstance(value, str) and not (value.startswith("[") and words_in(value))):
            return name
    return None


def _label(record: Mapping[str, Any], name: str | None) -> str | None:
    value = record[name] if name is not None and name in record else reach(record, name)
    if isinstance(value, str):
        return _label_text(value)
    return None if value is None or isinstance(value, (dict, list)) else _label_text(str(value))


@lru_cache(maxsize=4096)
def _label_text(value: str) -> str | None:
    return clean(value) or None
