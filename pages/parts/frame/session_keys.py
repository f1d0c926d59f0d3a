"""Every key of the browser session that the app reads or writes; no other file touches ``st.session_state``.

The key of a widget whose value nobody reads from the session is written beside the widget. A key in this file is read
by other runs, by other files, or by a callback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import streamlit as st

from core.bands import Band, Unit
from core.workbench.feature_settings import FeatureSettings
from core.workbench.row_selection import RowSelection

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
LOOK = Key[Any]("ds.look")  # the buttons of the look
TOUR = Key[Literal["unasked", "on", "over"]]("ds.tour")
PRESENTING = Key[bool]("ds.presenting")  # whether everything is shown larger
AWAITED = Key[list[str]]("ds.awaited")  # ids of the jobs whose end this session announces
CURVE_FIGURE = Key[Any]("curve-figure")  # the measured curve of the Subsets page, whatever lies under it
TOLD = Key[list[str]]("ds.told")  # what the next run of the page says that the last action did

# A select box in the address: its value, its widget, the link's value that was not an option, its last default.
BOUND = KeyFamily[str]("ds.bound.{}")
BOUND_WIDGET = KeyFamily[str]("ds.bound.{}.widget")
BOUND_SEVERAL = KeyFamily[list[str]]("ds.bound.{}.several")
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

# The selection of rows, on every map and in every table of one corpus; what was done with it, to be undone.
SELECTION = Key[RowSelection | None]("ds.selection")
STEPS, STEPS_BACK = Key[list[Any]]("ds.steps"), Key[list[Any]]("ds.steps.back")
SELECTIONS = Key[dict[str, RowSelection]]("ds.selections")  # those that an address of this session names
SELECTION_SAID = Key[tuple[str, str]]("ds.selection.said")  # "success" or "error", and what the last action said
SELECTION_WIDE = Key[bool]("ds.selection.wide")  # whether the last step changed what the whole page shows
MAP_EVENTS = KeyFamily[Any]("ds.map.{}")  # of a map's name: its component

# The reading card, by its key.
READING = KeyFamily[Any]("reading.turns.{}")  # the turns as the browser draws them
READ_ON = KeyFamily[tuple[int, int]]("reading.on.{}")  # the row picked in a table, and the one that steps led to
READ_STEP = KeyFamily[bool]("reading.step.{}.{}")  # the button to the "next" or "previous" row
COMPARED = KeyFamily[Any]("reading.compared.{}")  # the turns of the "left" or the "right" row
COMPARING = Key[tuple[str, int, int | None]]("reading.comparing")  # of a card: its row, and the one to show first
ROW_LABELS = KeyFamily[list[str]]("reading.labels.{}.{}")  # of a card, and what stands on its row
ROW_NOTE = KeyFamily[str]("reading.note.{}.{}")
LABEL_STEP = KeyFamily[bool]("reading.labels.{}.{}.step")  # the button that does "undo" or "redo"
LABEL_STEPS, LABEL_STEPS_BACK = Key[list[Any]]("reading.steps"), Key[list[Any]]("reading.steps.back")
LABEL_SAID = Key[str]("reading.said")  # why the last label was not written
READ_WHOLE = KeyFamily[int]("reading.whole.{}")  # the id of the row that is shown whole, however long it is

# Choosing: the pool's form, the table of rows, the map.
POOL_FORM = Version("ds.pool.version")
ROWS_TABLE = Version("ds.rows.version")

# Choosing: the list of strategies.
STRATEGY_LOOKED = Key[str]("ds.strategy.looked")  # the strategy whose card is shown
STRATEGY_WAY = Key[str]("ds.strategy.way")  # the list, or the adviser's questions
STRATEGY_TAKEN = Key[bool]("ds.strategy.taken")  # whether the last press chose a strategy

# Choosing: the trainer profile.
PROFILE_FIELD = KeyFamily[Any]("profile.{}.{}")  # of a profile's name and a field of it
PROFILE_SAID = Key[tuple[str, str]]("ds.profile.said")  # "success" or "error", and what was done or is wrong
PROFILE_DROPPED = Key[dict[str, Any]]("ds.profile.dropped")  # the profile deleted last

# Corpus
CORPUS_GO = Key[str]("corpus.go")  # the section that the next run shows
ROWS_SEARCH, ROWS_WAY = Key[str]("rows.search"), Key[str]("rows.kind")
ROWS_WITHIN = KeyFamily[str]("rows.within.{}")  # of whether the corpus has thinking
ROWS_WHERE = Key[tuple[str, dict[str, Any]]]("rows.where")  # of a corpus: its columns with the values or bounds wanted
ROWS_FILTER = KeyFamily[Any]("rows.filter.{}")  # of a column of words: the values chosen in the form
ROWS_BOUND = KeyFamily[float | None]("rows.bound.{}.{}")  # of a column of numbers: "low" or "high"
CORPUS_TABLE = KeyFamily[Any]("rows.table.{}")  # of what is shown: the table as the browser draws it
CONTEXT_LENGTH = Key[int]("report.context")  # in tokens
LEAKS_TABLE = KeyFamily[Any]("leaks.table.{}")  # of a corpus: the table of leaks as the browser draws it
LEAKS_READ = Key[tuple[str, int]]("leaks.read")  # of a corpus: the leak on the reading card
LEAKS_UNDO = Key[tuple[str, dict[str, Any]]]("leaks.undo")  # of a corpus: the pool before its leaks were left out
LEAKS_SAID = Key[str]("leaks.said")
BENCHMARK_FORM = Version("leaks.form")  # of the form that adds a benchmark: emptied when one is added
ROWS_PAGE = KeyFamily[int]("rows.page.{}")  # of what is shown: the page of the table, from 1
ROWS_READ = Key[tuple[str, int]]("rows.read")  # of a corpus: the position of the row on the reading card
UPLOADS = Version("corpus.uploads.round")
GROW_UPLOADS = Version("corpus.grow.round")
ADDS_REQUEST = KeyFamily[dict[str, Any]]("ds.adds.{}")  # of a corpus: what was asked about files last
TOGETHER = Key[list[Any]]("corpus.together.inputs")  # inputs that are to become one corpus
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
TOKEN_CURVE = Key[Any]("tokens.curve")  # what a hand did on the curve
TOKENS_PICKED = KeyFamily[list[int]]("tokens.picked.{}")  # of what was looked for: ids of the tokens picked of it
TOKEN_SAMPLE_SEED = Version("tokens.seed")
BAND_HISTORY = Key[list[Band]]("tokens.history")
BAND_REFUSED = Key[str]("tokens.refused")
BAND_ROWS = Key[str]("tokens.band_rows")
BAND_UNIT = KeyFamily[Unit]("tokens.unit.{}")  # the unit in which thresholds are shown
THRESHOLD_WIDGETS = {end: KeyFamily[float](f"tokens.{end}.{{}}") for end in ("low", "high")}  # of a unit
TOKEN_SUBSETS = KeyFamily[list[str]]("tokens.subsets.{}")  # of a corpus: keys of the saved subsets drawn over it

# Clusters
CLUSTERS_SAID = Key[str]("clusters.said")
CLUSTERS_REPLACE = Key[str]("clusters.replace")  # "CORPUS COMPONENT" whose preview the full map replaces when ready
CLUSTER_LIST = KeyFamily[Any]("clusters.list.{}.{}")  # of a clustering, and the version of its table
CLUSTER_LIST_VERSION = Version("clusters.table")
CLUSTER_PICK = Key[RowSelection | None]("clusters.ticked")  # the selection that the ticks of the table stand for
PICKED_ROWS = Key[Any]("clusters.picked")

MAP_SEARCH = Key[str]("clusters.find")
MAP_SEARCHED = Key[tuple[str, str, str]]("clusters.find.done")  # the corpus, the words and the way looked for last
NEAREST = Key[tuple[RowSelection, int, Any]]("clusters.nearest")  # a selection of the rows nearest to one row
CLUSTER_NAME = KeyFamily[str]("clusters.name.{}")
CLUSTER_EDITS = KeyFamily[bool]("clusters.edits.{}")  # whether the menu of edits is open
CLUSTERS_EDITED = Version("clusters.edited")
NAMING_URL, NAMING_MODEL = Key[str]("clusters.naming.url"), Key[str]("clusters.naming.model")
NAMING = Key[dict[str, Any]]("clusters.naming")  # the job that names clusters, and for which clusters it was asked
CLUSTERS_PICKED, CLUSTER_PARTS = KeyFamily[list[str]]("edit-{}-{}"), Key[int]("edit-parts")
CLUSTER_BARS = Key[Any]("cluster-bars")

# Tags
TAGS_SAID = Key[str]("tags.said")
TAG_ENDPOINT, TAG_CHECK_ENDPOINT = Key[str]("tags.url"), Key[str]("tags.check-url")
TAG_AT_ONCE = Key[int]("tags.at-once")
TAG_SAMPLE = Key[Any]("tags.sample")
TAG_SHOWN = Key[str]("tags.shown")  # the tag whose rows were selected last
TAG_BARS, TAG_ROWS = Key[Any]("tags-frequency"), Key[Any]("tags.picked")
TAG_PAIRS = KeyFamily[Any]("tags.pairs.{}")  # of a tag, "" for all pairs
TAG_HEAT, TAG_AGAINST_BARS = Key[Any]("tags-heat"), Key[Any]("tags-against")  # the figures of both
TAGS_ALL, TAGS_OF_ROW = KeyFamily[Any]("tags-all-{}"), KeyFamily[Any]("tags-of-{}")  # of a version, of a row
TAG_AGAINST = KeyFamily[Any]("tags.against.{}")  # of a saved subset, or of the selection

# Scores
SCORES_SAID = Key[str]("scores.said")
SCORES_GROUP = Key[str]("scores.needs")  # what the shown ways to a score need
SCORE_HISTOGRAM = Key[Any]("scores-histogram")
TRAINING_MAP = Key[Any]("scores-training-map")
SCORE_FROM, SCORE_TO = KeyFamily[float | None]("scores.from.{}"), KeyFamily[float | None]("scores.to.{}")  # of a column

# Subsets
SERIES_JOB = Key[str]("ds.series")
OPENED = Key[str]("ds.opened")  # the saved subset that the slider was set to
SAVED_TABLE = Version("ds.saved.table")
SAVED_DELETED = Key[tuple[str, str]]("ds.saved.deleted")  # stamp of the deletion, and what was deleted

# Study
STUDY_PRESET = Key[str]("study-preset")
STUDY_STRATEGIES, STUDY_COMPONENTS = Key[list[str]]("study-strategies"), Key[list[str]]("study-components")
STUDY_LEVELS, STUDY_SIZES = Key[int]("study-levels"), Key[str]("study-sizes")
STUDY_UNIT = Key[str]("study-unit")

# Train
TRAIN_MEMBERS = Key[list[str]]("train-members")

# Measure
METRIC_SETTING = KeyFamily[Any]("m.{}.{}")  # metric, parameter
METRIC_PARAMETERS = Key[dict[str, dict[str, Any]]]("ds.measure.knobs")  # {metric: its changed parameters}
METRIC_TABLE = KeyFamily[Any]("measure-table-{}")

# Judge
JUDGE_GO = Key[str]("judge.go")  # the view that the next run shows
JUDGE_SAID = Key[str]("judge.said")
JUDGE_FORM = Version("judge.form")  # of the form that adds answers: emptied when they are added

# Compare
COMPARE_GO = Key[str]("compare.go")  # the view that the next run shows
COMPARE_GROUP = Key[str]("compare.question")  # the question whose views are shown
COMPARE_EVIDENCE_GO = Key[str]("compare.evidence.go")  # the example that the next run opens
COMPARE_SAID = Key[str]("compare.said")
IMPORTED_SCORES = Key[Any]("compare.import")
IMPORT_ANSWERS = Key[dict[str, Any]]("compare.answers")

# Inspect
PASSPORT_WITHDRAWN, PASSPORT_JOB = Key[Any]("ds.passport.withdrawn"), Key[str]("ds.passport.job")
