"""Rows of one component with their computed features, from which strategies prepare and which metrics measure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import FeatureMissing, quoted

COMPONENTS = ("instruction", "response", "both")
# The same with what was thought before the response, for corpora that have it; nowhere the default.
WITH_THINKING = {"response": "response_with_thinking", "both": "both_with_thinking"}
ALL_COMPONENTS = (*COMPONENTS, *WITH_THINKING.values())

# The data that each feature's loader returns, for all rows of the view, in the order of ``ids``.
FEATURES = {
    "text": "sequence of str, the component's text",
    "tokens": "TokenRows: token ids in reading order",
    "embeddings": "(rows, d) float32, unit length",
    "clusters": "(rows,) int32, -1 is noise",
    "tags": "TypeRows: the tags a row carries",
}
REMEDIES = {
    "tokens": "Open the Tokens page, or run: python -m core tokens CORPUS",
    "embeddings": "Open the Clusters page and press Embed, or run: python -m core embed CORPUS",
    "clusters": "Open the Clusters page and press Cluster, or run: python -m core cluster CORPUS",
    "tags": "Open the Tags page, or run: python -m core tags CORPUS",
}


def of_need(need: str) -> tuple[str, str]:
    """Component and feature: ("instruction", "clusters") of "instruction.clusters", ("", "tags") of "tags"."""
    component, dot, feature = need.partition(".")
    return (component, feature) if dot and component in ALL_COMPONENTS and feature in FEATURES else ("", need)


def remedy_for(need: str) -> str:
    """What to do where a strategy or a metric needs this and it is not there, "" where nothing can be said."""
    component, feature = of_need(need)
    remedy = REMEDIES.get(feature, "")
    if not component or not remedy:
        return remedy
    return f"{remedy} --component {component}"


class Texts(Sequence[str]):
    """Texts that are read as they are asked for, where a list of them would not fit or would be in the way."""

    @abstractmethod
    def at(self, places: NDArray[np.int64]) -> list[str]:
        """The texts at ``places`` (n,), in that order: cheaper than one after another."""

    @abstractmethod
    def take(self, rows: NDArray[np.int64]) -> Texts:
        """The texts of the rows at positions ``rows``; none is read yet."""


def texts_at(texts: Sequence[str], places: NDArray[np.int64]) -> list[str]:
    """The texts at ``places`` (n,), in that order."""
    return texts.at(places) if isinstance(texts, Texts) else [texts[place] for place in places.tolist()]


@dataclass(frozen=True)
class TokenRows:
    """Token ids of each row in reading order, and how often each token occurs in the whole corpus."""

    indptr: NDArray[np.int64]  # (rows + 1,)
    ids: NDArray[np.int32]  # (tokens,)
    vocabulary_size: int  # the tokenizer's fixed size, including types that never occur
    frequency: NDArray[np.int64]  # (vocabulary_size,) occurrences in the corpus or where the band is counted
    tokenizer: str = ""
    # The rows from which these were taken: slicing their counts is cheaper than counting again.
    taken_from: tuple[TokenRows, NDArray[np.int64]] | None = field(default=None, repr=False)

    def __getattr__(self, name: str) -> Any:
        """The ids of rows that :meth:`take` gave, gathered when something reads them first."""
        if name != "ids" or self.__dict__.get("taken_from") is None:
            raise AttributeError(name)
        from core.gather import gather

        whole, rows = self.whole
        _, ids = gather(np.asarray(whole.indptr), np.asarray(whole.ids), rows)
        self.__dict__["ids"] = ids
        return ids

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(rows,) tokens a row."""
        return np.diff(self.indptr)

    @property
    def whole(self) -> tuple[TokenRows, NDArray[np.int64]]:
        """Rows whose ids are at hand, and the positions of these rows among them: what reads in blocks copies none."""
        if "ids" in self.__dict__ or self.taken_from is None:
            return self, np.arange(len(self.indptr) - 1)
        (whole, within), rows = self.taken_from[0].whole, self.taken_from[1]
        return whole, within[rows]

    def counted_over(self, rows: NDArray[np.int64]) -> TokenRows:
        """These rows, with ``frequency`` counted over those at positions ``rows`` instead of the corpus."""
        inside = np.zeros(len(self.indptr) - 1, dtype=bool)
        inside[rows] = True
        ids = np.asarray(self.ids)[np.repeat(inside, self.lengths)]
        frequency = np.bincount(ids, minlength=self.vocabulary_size).astype(np.int64)
        return TokenRows(self.indptr, self.ids, self.vocabulary_size, frequency, self.tokenizer)

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        """(rows, vocabulary_size) int32: occurrences of each token type in each row, columns sorted."""
        if self.taken_from is not None and "counts" in self.taken_from[0].__dict__:
            whole, rows = self.taken_from
            return whole.counts[rows]
        matrix = sparse.csr_matrix(
            (np.ones(len(self.ids), dtype=np.int32), self.ids.astype(np.int32), self.indptr),
            shape=(len(self.indptr) - 1, self.vocabulary_size),
        )
        matrix.sum_duplicates()
        return matrix

    def take(self, rows: NDArray[np.int64]) -> TokenRows:
        """The tokens of the rows at positions ``rows``; ``frequency`` stays that of the corpus. No id is copied yet."""
        rows = np.asarray(rows, dtype=np.int64)
        starts = np.asarray(self.indptr)
        taken = object.__new__(TokenRows)
        taken.__dict__.update(
            indptr=np.concatenate(([0], np.cumsum(starts[rows + 1] - starts[rows]))).astype(np.int64),
            vocabulary_size=self.vocabulary_size,
            frequency=self.frequency,
            tokenizer=self.tokenizer,
            taken_from=(self, rows),
        )
        return taken


@dataclass(frozen=True)
class TypeRows:
    """Which types each row carries: tags, categories, templates."""

    matrix: sparse.csr_matrix  # (rows, types) of ones, columns sorted
    names: Sequence[str]  # (types,) in canonical (sorted) order

    @property
    def per_row(self) -> NDArray[np.int64]:
        """(rows,) the number of types that each row carries."""
        return np.diff(self.matrix.indptr).astype(np.int64)

    @property
    def per_type(self) -> NDArray[np.int64]:
        """(types,) the number of rows that carry each type."""
        return np.asarray(self.matrix.sum(axis=0)).ravel().astype(np.int64)

    def rows_with(self, name: str) -> NDArray[np.int64]:
        """Rows that carry the type ``name``, ascending; none for no such type."""
        places = [place for place, known in enumerate(self.names) if known == name]
        return self.matrix[:, places].nonzero()[0].astype(np.int64)

    def rows_with_all(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Rows that carry every type of ``names``, ascending."""
        carried = self.matrix[:, [place for place, known in enumerate(self.names) if known in set(names)]]
        full = np.asarray((carried > 0).sum(axis=1)).ravel() == len(set(names))
        return np.flatnonzero(full).astype(np.int64)

    def take(self, rows: NDArray[np.int64]) -> TypeRows:
        return TypeRows(self.matrix[rows], self.names)


@dataclass(frozen=True, eq=False)
class View:
    """Rows of one component, in ascending row-id order, with the features that are computed.

    ``loaders`` maps a feature of :data:`FEATURES`, or ``column:NAME`` for any column, to a function without arguments;
    each is called at most once. A feature of another component of the same rows is called ``COMPONENT.FEATURE``, and
    that of the view's own has both names. A view made by :meth:`take` slices the features of its parent; of a feature
    that the parent has not loaded, those of the view it was taken from itself: few rows of a pool copy no vectors of
    the others.
    """

    ids: NDArray[np.uint64]  # (rows,)
    component: str = "response"
    loaders: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    _held: dict[str, Any] = field(default_factory=dict, repr=False)
    _taken_from: tuple[View, NDArray[np.int64]] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def has(self, feature: str) -> bool:
        """Whether ``feature`` can be loaded without being computed first."""
        return self._named(feature) is not None

    def _named(self, feature: str) -> str | None:
        """The name under which ``feature`` is held or can be loaded, None where it cannot."""
        component, own = of_need(feature)
        names = [feature, own if component == self.component else feature, f"{self.component}.{feature}"]
        return next((name for name in names if name in self._held or name in self.loaders), None)

    def has_all(self, features: Iterable[str]) -> bool:
        """Whether all ``features`` can be loaded; ``reference`` and ``target``, which a view never has, are ignored."""
        return all(self.has(feature) for feature in features if feature not in ("reference", "target"))

    def get(self, feature: str) -> Any:
        """The feature's data. Raises :class:`FeatureMissing`, which says how to compute it, when it is missing."""
        name = self._named(feature)
        if name is None:
            component, own = of_need(feature)
            kind = f"column {quoted(own[7:])}" if own.startswith("column:") else own
            raise FeatureMissing(kind, remedy=remedy_for(feature), component=component)
        if name not in self._held:
            self._held[name] = self.loaders[name]()
        return self._held[name]

    def of_component(self, component: str) -> View:
        """The same rows, with the features of ``component`` as their own; columns are those of the rows."""
        if component == self.component:
            return self
        names = {feature: f"{component}.{feature}" for feature in FEATURES}
        names |= {feature: feature for feature in self.features if feature.startswith("column:")}
        loaders = {name: partial(self.get, there) for name, there in names.items() if self.has(there)}
        return View(self.ids, component, loaders)

    @property
    def text(self) -> Sequence[str]:
        return self.get("text")

    @property
    def tokens(self) -> TokenRows:
        return self.get("tokens")

    @property
    def embeddings(self) -> NDArray[np.float32]:
        return self.get("embeddings")

    @property
    def clusters(self) -> NDArray[np.int32]:
        return self.get("clusters")

    @property
    def tags(self) -> TypeRows:
        return self.get("tags")

    def column(self, name: str) -> NDArray[Any]:
        """(rows,) float64 for a numeric column, object (str or None) for any other column."""
        return self.get(f"column:{name}")

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all features that can be loaded, columns as ``column:NAME``."""
        return tuple(sorted({*self._held, *self.loaders}))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that can be loaded."""
        return tuple(name[7:] for name in self.features if name.startswith("column:"))

    def take(self, rows: NDArray[np.int64]) -> View:
        """The view of the rows at ascending positions ``rows``; a feature is sliced at its first use."""
        rows = np.asarray(rows, dtype=np.int64)
        loaders = {key: _slicer(self, key, rows) for key in self.features}
        return View(self.ids[rows], self.component, loaders, _taken_from=(self, rows))

    def _source(self, feature: str, rows: NDArray[np.int64]) -> tuple[Any, NDArray[np.int64]]:
        """The data from which ``feature`` of ``rows`` is sliced, and the positions of the rows in it."""
        name = self._named(feature)
        if name in self._held or self._taken_from is None:
            return self.get(feature), rows
        parent, places = self._taken_from
        return parent._source(feature, places[rows])


def _slicer(view: View, feature: str, rows: NDArray[np.int64]) -> Callable[[], Any]:
    def load() -> Any:
        data, places = view._source(feature, rows)
        if isinstance(data, (TokenRows, TypeRows, Texts)):
            return data.take(places)
        if isinstance(data, list):
            return [data[place] for place in places]
        return data[places]

    return load
