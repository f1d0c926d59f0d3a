"""Every key of the browser session that the app reads or writes; no other file touches ``st.session_state``.

The key of a widget whose value nobody reads from the session is written beside the widget. A key in this file is read
by other runs, by other files, or by a callback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from core.bands import Band, Unit
from core.workbench.feature_settings import FeatureSettings

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True)
class Key(Generic[T]):
    """An entry of the session; ``name`` is also the ``key`` of a widget that writes it."""

    name: str

    @property
    def value(self) -> T:
        """The stored value; for callbacks of the widget that has written it. Raises :class:`KeyError` without one."""
        value: T = st.session_state[self.name]
        return value

    def get(self, default: D) -> T | D:
        """The stored value, or ``default``; the session is not changed."""
        value: T | D = st.session_state.get(self.name, default)
        return value

    def start(self, default: T) -> T:
        """The stored value; if there is none, ``default`` is stored first."""
        value: T = st.session_state.setdefault(self.name, default)
        return value

    def set(self, value: T) -> None:
        st.session_state[self.name] = value

    def pop(self, default: D) -> T | D:
        """Remove the stored value and return it, or ``default``."""
        value: T | D = st.session_state.pop(self.name, default)
        return value

    def drop(self) -> None:
        """Remove the stored value, if there is one."""
        st.session_state.pop(self.name, None)

    @property
    def there(self) -> bool:
        return self.name in st.session_state


@dataclass(frozen=True)
class KeyFamily(Generic[T]):
    """Entries of one kind, distinguished by the values that fill the ``template``."""

    template: str

    def of(self, *parts: object) -> Key[T]:
        return Key(self.template.format(*parts))


class Version(Key[int]):
    """A number in a widget's key: with the next number Streamlit draws a new, empty widget."""

    @property
    def now(self) -> int:
        return self.get(0)

    def renew(self) -> None:
        self.set(self.now + 1)


# The corpus, pool and settings of the session, on every page.
CORPUS = Key[str | None]("ds.corpus")
CHOICE = Key[FeatureSettings]("ds.choice")
POOL = Key[dict[str, Any]]("ds.pool")  # the pool's filters as JSON values
SEEN = Key[bool]("ds.url")  # whether this session has read its address
STRAIGHT = Key[bool]("ds.straight")  # whether this session began at a page, without app.py
REFUSED = Key[list[str]]("ds.refused")  # one sentence for each setting of the link that cannot be used
RECIPE = Key[dict[str, Any]]("ds.recipe")  # the recipe of the Subsets page's slider
GONE = Key[tuple[str, str | None]]("ds.gone")  # the requested corpus, and the corpus that is shown instead
AWAITED = Key[list[str]]("ds.awaited")  # ids of the jobs whose end this session announces

# A select box in the address: its value, its widget, the link's value that was not an option, its last default.
BOUND = KeyFamily[str]("ds.bound.{}")
BOUND_WIDGET = KeyFamily[str]("ds.bound.{}.widget")
BOUND_REFUSED = KeyFamily[str]("ds.bound.{}.refused")
BOUND_DEFAULT = KeyFamily[str]("ds.bound.{}.default")

# By strategy or metric: the corpus's mid band, by parameter, from which its knobs started.
BAND_START = KeyFamily[dict[str, Any]]("ds.band.{}")

# The rules that every answer obeys.
PINNED, EXCLUDED = Key[list[str]]("ds.pinned"), Key[list[str]]("ds.excluded")  # row ids
SWAP = Key[str]("ds.swap")  # the id of the row that waits to be swapped
LINKED = Key[dict[str, Any]]("ds.rules")  # the rules that the session's link carried
RULES_OF = Key[dict[str, dict[str, list[str]]]]("ds.rules.of")  # those of corpora that were opened before
RULE_COUNT = Key[int]("ds.rules.count")
RULE_UNDO = Key[dict[str, Any]]("ds.rules.undo")
QUOTAS = KeyFamily[dict[str, Any]]("ds.quotas.{}")  # of a corpus: column to rule
QUOTA_TABLE = KeyFamily[Any]("quota.{}.{}.{}")  # the table of one column's bounds: corpus, pool, column
QUOTA_LINES = KeyFamily[list[dict[str, Any]]]("ds.quota.{}.{}.{}")  # the lines that this table starts from

GIVEN = KeyFamily[str]("given.{}")  # of a corpus: the saved subset whose rows are in training
QUOTA_COLUMNS = KeyFamily[list[str]]("quota.columns.{}")  # of a corpus: the columns with a quota
TARGET = Key[str]("target")  # the corpus of examples
OF_TARGET = KeyFamily[str | None]("{}.of.{}")  # of a setting and a corpus of examples: the column of the examples

# Choosing: the pool's form, the table of rows, the map.
POOL_FORM = Version("ds.pool.version")
ROWS_TABLE = Version("ds.rows.version")
SUBSET_MAP = Key[Any]("subset-map")

# Corpus
CORPUS_SECTION = Key[str]("corpus.section")
CORPUS_GO = Key[str]("corpus.go")  # the section that the next run shows
UPLOADS = Version("corpus.uploads.round")
PENDING_MAPPING = Key[dict[str, Any] | None]("corpus.pending")  # files whose columns the user has to name
PENDING_ROLES = Key[dict[str, Any] | None]("corpus.pending.roles")  # files whose roles the user has to name
FIRST_ROWS = KeyFamily[tuple[str, Any]]("corpus.first.{}")  # of the files chosen in one way: their digest, their rows
FOLDER = Key[tuple[str, Any]]("corpus.folder")  # the path on the server that was looked up last, and its files
PATH = Key[str]("corpus.path")
PICKED = Version("corpus.picked.round")
PICK = KeyFamily[Any]("corpus.pick.{}")  # of such a version: the folder or file that was picked
LOADING_JOB = Key[str]("corpus.job")
LOADING_REQUEST = Key[dict[str, Any]]("corpus.job.request")
CORPUS_SAID = Key[dict[str, Any]]("corpus.said")
HUB_DATASET = Key[Any]("corpus.hub.found")
DELETED_CORPUS = Key[tuple[str, str, str | None]]("corpus.deleted")  # stamp, name, and the id where it was open

# Tokens
TOKENIZER_WIDGET = KeyFamily[str]("tokens.tokenizer.{}")
TOKENIZER_REFUSED = Key[tuple[str, str | None]]("tokens.not_taken")  # what is wrong with it, and what to do
CURVE_BOX = Version("tokens.box")
TOKEN_SAMPLE_SEED = Version("tokens.seed")
BAND_HISTORY = Key[list[Band]]("tokens.history")
BAND_REFUSED = Key[str]("tokens.refused")
BAND_SLIDER = KeyFamily[tuple[int, int]]("tokens.slider.{}")
BAND_SLIDER_VERSION = Version("tokens.revision")
BAND_ROWS = Key[str]("tokens.band_rows")
BAND_UNIT = KeyFamily[Unit]("tokens.unit.{}")  # the unit in which thresholds are shown
THRESHOLD_WIDGETS = {end: KeyFamily[float](f"tokens.{end}.{{}}") for end in ("low", "high")}  # of a unit

# Clusters
CLUSTERS_SAID = Key[str]("clusters.said")
CLUSTER = Key[tuple[str, int] | None]("clusters.cluster")  # the clustering's key and the number in it
CLUSTER_LIST = KeyFamily[Any]("clusters.list.{}.{}")  # of a clustering, and the version of its table
CLUSTER_LIST_VERSION = Version("clusters.table")
MAP_DRAWING = Version("clusters.drawing")
PICKED_ROWS = Key[Any]("clusters.picked")

# Tags
TAGS_SAID = Key[str]("tags.said")
TAG_ENDPOINT, TAG_CHECK_ENDPOINT = Key[str]("tags.url"), Key[str]("tags.check-url")
TAG_AT_ONCE = Key[int]("tags.at-once")
TAG_SAMPLE = Key[Any]("tags.sample")

# Scores
SCORES_SAID = Key[str]("scores.said")

# Subsets
SERIES_JOB = Key[str]("ds.series")
OPENED = Key[str]("ds.opened")  # the saved subset that the slider was set to
SAVED_TABLE = Version("ds.saved.table")
SAVED_DELETED = Key[tuple[str, str]]("ds.saved.deleted")  # stamp of the deletion, and what was deleted

# Study
STUDY_PRESET = Key[str]("study-preset")
STUDY_STRATEGIES, STUDY_COMPONENTS = Key[list[str]]("study-strategies"), Key[list[str]]("study-components")
STUDY_LEVELS = Key[int]("study-levels")

# Measure
METRIC_SETTING = KeyFamily[Any]("m.{}.{}")  # metric, parameter
METRIC_PARAMETERS = Key[dict[str, dict[str, Any]]]("ds.measure.knobs")  # {metric: its changed parameters}
PICKED_METRIC = Key[str]("measure-metric")
METRIC_TABLE = KeyFamily[Any]("measure-table-{}")

# Compare
COMPARE_GO = Key[str]("compare.go")  # the view that the next run shows
COMPARE_SAID = Key[str]("compare.said")
IMPORTED_SCORES = Key[Any]("compare.import")
IMPORT_ANSWERS = Key[dict[str, Any]]("compare.answers")

# Inspect
INSPECTED_ROW = Key[str]("ds.inspect.row")
PASSPORT_WITHDRAWN, PASSPORT_JOB = Key[Any]("ds.passport.withdrawn"), Key[str]("ds.passport.job")
