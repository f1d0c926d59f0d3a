"""The raw tags of the rows of a component, as a tagger gave them, and the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy import sparse

from core.workspace import atomic
from core.workspace.artefacts import Artefact


@dataclass(frozen=True, eq=False)
class RowTags:
    """The raw tags of every row in row-id order, best first within a row."""

    key: str
    indptr: NDArray[np.int64]  # (rows + 1,)
    ids: NDArray[np.int32]  # (tags,) indices of ``names``
    names: list[str]  # sorted
    artefact: Artefact

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """(rows, names) of ones, columns sorted."""
        matrix = sparse.csr_matrix(
            (np.ones(len(self.ids), dtype=np.int8), np.array(self.ids), np.array(self.indptr)),  # sorted in place
            shape=(len(self.indptr) - 1, len(self.names)),
        )
        matrix.sort_indices()
        return matrix

    @property
    def per_name(self) -> dict[str, int]:
        """The number of rows that carry each raw tag."""
        counts = np.asarray(self.matrix.sum(axis=0, dtype=np.int64)).ravel()
        return dict(zip(self.names, counts.tolist(), strict=True))

    @property
    def manifest(self) -> Mapping[str, Any]:
        return self.artefact.manifest

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Texts without tags and why: {"rows": positions, "stage", "reason", "snippet"}."""
        return self._read("failures.json")

    @property
    def explanations(self) -> dict[str, str]:
        """{tag: the first explanation that the model gave for it}; empty for phrases."""
        return self._read("explanations.json")

    def of(self, position: int) -> list[str]:
        """The raw tags of one row."""
        return [self.names[place] for place in self.ids[self.indptr[position] : self.indptr[position + 1]].tolist()]

    def _read(self, name: str) -> Any:
        return orjson.loads(self.artefact.path(name).read_bytes())


def tags_by_row(rows: Sequence[Sequence[str]]) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """(rows + 1,) bounds, (tags,) indices and the sorted names they index, of the tags of each row."""
    names = sorted({tag for row in rows for tag in row})
    number = {name: place for place, name in enumerate(names)}
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return indptr, np.array([number[tag] for row in rows for tag in row], dtype=np.int32), names


def write_raw(
    folder: Path,
    indptr: NDArray[np.int64],
    ids: NDArray[np.int32],
    names: Sequence[str],
    *,
    failures: Sequence[Mapping[str, Any]] = (),
    explanations: Mapping[str, str] | None = None,
) -> None:
    """Write the files of raw tags: (rows + 1,) bounds, (tags,) indices of the names, and what is known of the tags."""
    with atomic.explained(folder):
        np.save(folder / "indptr.npy", indptr, allow_pickle=False)
        np.save(folder / "ids.npy", ids, allow_pickle=False)
        atomic.write_bytes(folder / "names.json", orjson.dumps(list(names)))
        atomic.write_bytes(folder / "failures.json", orjson.dumps(list(failures)))
        atomic.write_bytes(folder / "explanations.json", orjson.dumps(explanations or {}))


def read_raw(artefact: Artefact) -> RowTags:
    """The raw tags that an artefact holds."""
    names = orjson.loads(artefact.path("names.json").read_bytes())
    return RowTags(artefact.key, artefact.array("indptr"), artefact.array("ids"), names, artefact)
