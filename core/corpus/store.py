"""A corpus in the workspace, read lazily."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus import column_store, originals, row_labels
from core.corpus.component_text import bytes_before_compression, columns_of, joined, texts_of
from core.corpus.deduplicate import EXTRA
from core.corpus.formats.record import Parsed, Turn
from core.corpus.row_places import RowPlaces
from core.corpus.rows_taken import rows_taken
from core.corpus.set_aside import lines_of
from core.corpus.stored_texts import HELD_BYTES, StoredTexts
from core.corpus.value_counts import counts_of_values, kinds_of_values
from core.errors import InputError, in_short, listed_in_short, quoted
from core.row_positions import CorpusRow, CorpusRows, places_of
from core.view import ALL_COMPONENTS, COMPONENTS, WITH_THINKING
from core.workspace import names
from core.workspace.artefacts import Artefact, Signature, Workspace, signature

# Columns that every corpus can have: name shown -> column stored.
BUILT_IN = {
    "source": "source",
    "category": "category",
    "script": "script",
    "turns": "turns_count",
    "conversation": "conversation",
    "turn": "turn",
    "multiplicity": "multiplicity",
    "instruction_characters": "instruction_characters",
    "response_characters": "response_characters",
}
# And those that only corpora with such content have.
WHERE_ANY = {"thinking_characters": "thinking_characters", "pictures": "pictures"}
FULL = ("id", "instruction", "input", "response", "system", "tools", "turns", "source", "category", "original",
        "conversation", "turn", "multiplicity", "holdout")  # fmt: skip
FULL_WHERE_ANY = ("thinking", "sources")


class ReadOnce(dict[str, Any]):
    """What was read of a corpus, shared by all that have it open; it goes when the last of them goes."""


# By the file of rows and its signature, so that rows that were made anew are read anew.
_KEPT: WeakValueDictionary[tuple[str, Signature | None], ReadOnce] = WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class Corpus:
    """The rows of a corpus, in ascending row-id order. Only its name can change; what was read is kept in memory.

    All that open one corpus in a process share what was read of it.

    Positions count from 0 in the order of ``ids`` and mean the same row everywhere.
    """

    workspace: Workspace
    id: str
    name: str
    artefact: Artefact = field(repr=False)
    _held: ReadOnce = field(default_factory=ReadOnce, repr=False)

    def __len__(self) -> int:
        return int(self.artefact.manifest["rows"])

    @property
    def rows_path(self) -> str:
        """The Parquet file that holds the rows, in the order of ``ids``."""
        return str(self.artefact.path("rows.parquet"))

    @property
    def ids(self) -> NDArray[np.uint64]:
        """(rows,) uint64, ascending."""
        return self._array("id")

    @property
    def holdout(self) -> NDArray[np.bool_]:
        """(rows,) rows that no subset may contain."""
        return self._array("holdout")

    @property
    def has_thinking(self) -> bool:
        """Whether any row holds what was thought before its answer."""
        return "thinking" in self._stored

    @property
    def components(self) -> tuple[str, ...]:
        """The components of which its rows have texts of their own: those with thinking only where there is any."""
        return ALL_COMPONENTS if self.has_thinking else COMPONENTS

    @property
    def reader(self) -> int:
        """Which version of the reader named the rows; 2 where any holds thinking or pictures."""
        return int(self.artefact.manifest.get("reader", 1))

    @property
    def roles(self) -> dict[str, str]:
        """Who speaks under roles that nobody knew, as a person said when the corpus was made."""
        return dict(self.artefact.manifest.get("reading", {}).get("roles") or {})

    @property
    def _stored(self) -> frozenset[str]:
        """The columns of the Parquet file."""
        return self._hold("stored", lambda: frozenset(pq.read_schema(self.rows_path).names))

    @property
    def report(self) -> dict[str, Any]:
        """The report that was made when the files were read."""
        return self._hold("report", lambda: orjson.loads(self.artefact.path("report.json").read_bytes()))

    @property
    def rejected(self) -> bytes:
        """Every record that holds no row, with its reason and place, as JSON Lines."""
        return self.artefact.path("rejected.jsonl").read_bytes()

    @property
    def copies(self) -> bytes:
        """Every duplicate whose other fields differ from the row kept, with its place, as JSON Lines."""
        path = self.artefact.path("copies.jsonl")  # corpora of earlier versions have no such file
        return path.read_bytes() if path.is_file() else b""

    def first_rejected(self, most: int) -> list[dict[str, Any]]:
        """The first ``most`` of the rejected records, without a look at the others."""
        return self._first("rejected.jsonl", most)

    def first_copies(self, most: int) -> list[dict[str, Any]]:
        """The first ``most`` of the duplicates whose other fields differ, without a look at the others."""
        return self._first("copies.jsonl", most)

    def _first(self, name: str, most: int) -> list[dict[str, Any]]:
        return [originals.decode(line.decode()) for line in islice(lines_of(self.artefact.path(name)), most)]

    @property
    def files(self) -> list[str]:
        """The names of the files that the rows came from, in reading order."""
        return [file["name"] for file in self.artefact.manifest["files"]]

    def text(self, component: str) -> Sequence[str]:
        """The text of a component, one string for each row: a list, or of a large corpus :class:`StoredTexts`.

        ``instruction``: instruction, a blank line, input; of a conversation all user turns joined by newlines.
        ``response``: all assistant turns. ``both``: the two joined by a newline.
        """
        if component not in ALL_COMPONENTS:
            raise _no_component(component, self.components)
        if component in ("both", WITH_THINKING["both"]) and f"text:{component}" not in self._held:
            parts = self.text("instruction"), self.text(component.replace("both", "response"))
            if not any(isinstance(part, StoredTexts) for part in parts):
                return joined(*parts)
        return self._hold(f"text:{component}", partial(self._component, component))

    def _component(self, component: str) -> Sequence[str]:
        columns = columns_of(component, thinking=self.has_thinking)
        if bytes_before_compression(self.rows_path, columns) > HELD_BYTES:
            return StoredTexts.of(self.rows_path, component)
        return texts_of(pq.read_table(self.rows_path, columns=columns), component)

    def texts_at(self, component: str, positions: Sequence[CorpusRow] | CorpusRows) -> list[str]:
        """The text of a component of the rows at ``positions``, in that order; only what holds them is read."""
        wanted = np.asarray(positions, dtype=np.int64)
        return texts_of(self._take(wanted, columns_of(component, thinking=self.has_thinking)), component)

    def characters(self, component: str) -> NDArray[np.int64]:
        """(rows,) int64: the characters of each row's text of a component, which are stored; no text is read."""
        plain = next((name for name, counting in WITH_THINKING.items() if counting == component), component)
        if plain not in COMPONENTS:
            raise _no_component(component, self.components)
        parts = ("instruction", "response") if plain == "both" else (plain,)
        counted = sum(self._array(f"{part}_characters").astype(np.int64) for part in parts) + len(parts) - 1
        if component != plain and self.has_thinking:
            thought = self._array("thinking_characters").astype(np.int64)
            counted = counted + np.where(thought > 0, thought + 1, 0)
        return np.asarray(counted, dtype=np.int64)

    @property
    def built_in(self) -> dict[str, str]:
        """The columns that Diverscope makes: name shown to column stored."""
        return {**BUILT_IN, **{name: stored for name, stored in WHERE_ANY.items() if stored in self._stored}}

    @property
    def own_columns(self) -> list[str]:
        """Names of the columns that came with the rows; they never change."""
        manifest = self.artefact.manifest
        hidden = set()
        if not manifest["has_category"]:
            hidden.add("category")
        if not manifest["multi_turn"]:
            hidden.add("turns")
        if not manifest["by_turn"]:
            hidden |= {"conversation", "turn"}
        built_in = [name for name in self.built_in if name not in hidden]
        extra = [self._shown(name) for name in manifest["columns"]]
        return [*built_in, *extra]

    @property
    def columns(self) -> list[str]:
        """Names of the columns by which rows can be filtered and coloured, and which can serve as types."""
        given = dict.fromkeys([*self.own_columns, *column_store.attached_names(self.workspace, self.id)])
        return list(given | dict.fromkeys(row_labels.label_columns(self.workspace, self.id, self.ids)))

    def column(self, name: str) -> NDArray[Any]:
        """(rows,) float64 (nan where missing) for a numeric column, object (str or None) for any other.

        A cell with several words, such as the sources of a row that came from several, is a :class:`Several`.
        """
        if name not in self.columns:
            raise InputError(
                f"This corpus has no column “{in_short(name)}”.", remedy=f"It has: {listed_in_short(self.columns)}."
            )
        if name in self.own_columns:
            stored = {self._shown(extra): EXTRA + extra for extra in self.artefact.manifest["columns"]}
            return self._hold(f"column:{name}", lambda: self._own_column(stored.get(name) or self.built_in[name]))
        if name in row_labels.COLUMNS and name not in column_store.attached_names(self.workspace, self.id):
            return row_labels.label_column(self.workspace, self.id, self.ids, name)
        return column_store.attached_column(self.workspace, self.id, name)

    def _own_column(self, stored: str) -> NDArray[Any]:
        values = column_store.as_array(self._read(stored))
        if stored == "source" and "sources" in self._stored:
            several = column_store.as_array(self._read("sources"))
            for row in np.flatnonzero(several):
                values[row] = several[row]
        return values

    def counts_of(self, name: str) -> dict[str, int]:
        """How many rows have each value of a column, the commonest first, ties by name; counted once.

        A row whose cell is a list of words counts for each of them.
        """
        return self._of_values("counts", name, counts_of_values)

    def kinds(self, name: str) -> int:
        """How many different values a column has: :func:`core.corpus.value_counts.kinds_of_values`."""
        return self._of_values("kinds", name, kinds_of_values)

    def _of_values(self, what: str, name: str, of: Callable[[NDArray[Any]], Any]) -> Any:
        """What ``of`` says of a column; kept for those that never change."""
        if name not in self.own_columns:
            return of(self.column(name))
        return self._hold(f"{what}:{name}", lambda: of(self.column(name)))

    def rows(self, positions: Sequence[CorpusRow] | CorpusRows) -> list[dict[str, Any]]:
        """The full records at ``positions``, in that order.

        Each has id, instruction, input, response, system, tools, turns (list of {role, content}, with thinking where a
        turn has it), thinking, pictures (list of {turn, name}, turns counted from 1), source, sources (all of them),
        category, conversation, turn, multiplicity, holdout, ``original`` (the record as it came), ``positions`` (list
        of {file, record, line}) and ``roles`` (what a person said of roles nobody knew).
        """
        wanted = np.asarray(positions, dtype=np.int64)
        if not len(wanted):
            return []
        if wanted.min() < 0 or wanted.max() >= len(self):
            raise InputError(f"The corpus has rows 0 to {len(self) - 1:,}.")
        table = self._take(wanted, (*FULL, *(name for name in FULL_WHERE_ANY if name in self._stored)))
        places = self._row_places.all_of(wanted)
        roles = self.roles
        rows = []
        for row, row_places in zip(table.to_pylist(), places, strict=True):
            row["turns"] = orjson.loads(row["turns"]) if row["turns"] else []
            row["thinking"] = row.get("thinking") or ""
            row["pictures"] = [
                {"turn": place, "name": name}
                for place, turn in enumerate(row["turns"], start=1)
                for name in turn.pop("pictures", ())
            ]
            row["sources"] = row.get("sources") or [row["source"]]
            row["roles"] = roles
            row["original"] = originals.decode(row["original"])
            row["positions"] = row_places
            rows.append(row)
        return rows

    def fields_at(self, positions: Sequence[CorpusRow] | CorpusRows, *names: str) -> dict[str, list[Any]]:
        """Stored fields of the rows at ``positions``, a list in that order for each of ``names``; nothing else is read.

        Fields are those of :data:`FULL`, as they are stored: texts of one field, not of a component.
        """
        fields: dict[str, list[Any]] = self._take(np.asarray(positions, dtype=np.int64), names).to_pydict()
        return fields

    def conversations(self, positions: CorpusRows) -> list[tuple[list[Turn], str]]:
        """(cleaned turns, declared tools) of each row at ``positions``, in order; a single exchange has two turns."""
        wanted = np.asarray(positions, dtype=np.int64)
        if not len(wanted):
            return []
        columns = self._take(wanted, ("instruction", "input", "response", "turns", "tools")).to_pylist()
        return [
            (
                orjson.loads(row["turns"])
                if row["turns"]
                else Parsed(row["instruction"], row["response"], row["input"]).all_turns,
                row["tools"] or "",
            )
            for row in columns
        ]

    def position_of(self, row_id: int) -> CorpusRow | None:
        """The position of the row with this id, or None."""
        positions = self.positions_of(np.array([row_id], dtype=np.uint64))
        return CorpusRow(int(positions[0])) if len(positions) else None

    def positions_of(self, ids: NDArray[np.uint64]) -> CorpusRows:
        """The positions of the rows with these ids, in the order of ``ids``; ids that the corpus lacks are left out."""
        places = places_of(ids, among=self.ids)
        return CorpusRows(places[places >= 0])

    def places_of(self, positions: CorpusRows) -> list[str]:
        """Where each row at ``positions`` came from first, as file:line (file:record if the file has no lines)."""
        return self._row_places.first_of(np.asarray(positions, dtype=np.int64))

    def rows_from(self, file: str, line: int) -> CorpusRows:
        """The positions of the rows from this line of ``file``, ascending; a duplicate's line gives the row kept.

        ``line`` counts from 1: the line on which the record begins, or the record where the file has no lines.
        """
        return CorpusRows(self._row_places.rows_from(file, line))

    @property
    def _row_places(self) -> RowPlaces:
        return self._hold("places", lambda: RowPlaces.read(self.artefact))

    def _take(self, wanted: NDArray[np.int64], columns: Sequence[str] = FULL) -> Any:
        return rows_taken(self.rows_path, wanted, columns)

    def _shown(self, extra: str) -> str:
        """The name of a column that came with the rows: not that of one which Diverscope made."""
        free = extra not in self.built_in or (extra == "category" and self._categories_are_lists)
        return extra if free else f"{extra} (original)"

    @property
    def _categories_are_lists(self) -> bool:
        """Whether the rows brought their categories as lists, and none as a single word."""
        return not self.artefact.manifest["has_category"] and self.report["columns"].get("category") == "list"

    def _array(self, name: str) -> Any:
        def load() -> Any:
            values = self._read(name).to_numpy()
            values.flags.writeable = False
            return values

        return self._hold(name, load)

    def _read(self, stored: str) -> Any:
        return pq.read_table(self.rows_path, columns=[stored])[stored]

    def _hold(self, key: str, load: Any) -> Any:
        if key not in self._held:
            self._held[key] = load()
        return self._held[key]


def _no_component(component: str, components: Sequence[str]) -> InputError:
    return InputError(f"There is no component {quoted(component)}.", remedy=f"There are: {', '.join(components)}.")


def open_corpus(workspace: Workspace, corpus_id: str) -> Corpus:
    """Open a corpus. Raises :class:`core.errors.WorkspaceError` when it is gone or newer than this program."""
    artefact = workspace.open("corpora", corpus_id)
    named = names.get_name(workspace, "corpora", corpus_id)
    name = named.text if named else str(artefact.manifest.get("name", corpus_id))
    path = str(artefact.path("rows.parquet"))
    kept = _KEPT.setdefault((path, signature(path)), ReadOnce())
    return Corpus(workspace, corpus_id, name, artefact, kept)
