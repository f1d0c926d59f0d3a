"""The page's address: every parameter of the URL, and all reading and writing of it.

Saved links hold these names, so they must not change. No other file touches ``st.query_params`` or binds a widget to
the URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, Generic, TypeVar

import orjson
import streamlit as st

from core.errors import quoted
from core.workbench.feature_settings import FeatureSettings
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain
from pages.parts.frame.session_keys import Key

T = TypeVar("T")


@dataclass(frozen=True)
class UrlParameter:
    """A parameter of the URL; it is absent if it has its default value."""

    name: str

    def get(self) -> str | None:
        """The parameter's value in the URL, or None if it is absent."""
        value: str | None = st.query_params.get(self.name)
        return value

    def put(self, value: str | None) -> None:
        """Write ``value`` into the URL; None removes the parameter."""
        if value is None:
            st.query_params.pop(self.name, None)
        elif self.get() != value:
            st.query_params[self.name] = value


@dataclass(frozen=True)
class JsonParameter(UrlParameter):
    """A parameter that holds a JSON object; an empty one is absent."""

    @property
    def readable(self) -> bool:
        """Whether the parameter is absent, or holds an object."""
        return self._read() is not None

    def values(self) -> dict[str, Any]:
        """The object; {} if the parameter is absent or holds anything else."""
        return self._read() or {}

    def _read(self) -> dict[str, Any] | None:
        try:
            values = orjson.loads(self.get() or "{}")
        except orjson.JSONDecodeError:
            return None
        return values if isinstance(values, dict) else None

    @staticmethod
    def text(values: dict[str, Any]) -> str | None:
        """``values`` as the URL holds them; None for an empty object."""
        return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode() if values else None

    def put_values(self, values: dict[str, Any]) -> None:
        self.put(self.text(values))


@dataclass(frozen=True)
class Selected(UrlParameter):
    """A parameter that carries an option under its own name, with the session keys of its widget.

    :mod:`pages.parts.frame.bound_select` reads and writes it. ``former`` holds what links of version 0.1 say, each with
    the option that they mean; these texts are permanent, whatever the labels on the page are today.
    """

    former: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def asked(self) -> str | None:
        """The option that the URL names, or None where it names none."""
        value = self.get()
        return None if value is None else self.former.get(value, value)

    def turn_to(self, option: str) -> None:
        """Let the widget, which this run has not drawn yet, stand at ``option``."""
        self.chosen.set(option)
        self.widget.set(option)

    @property
    def chosen(self) -> Key[str]:
        return session_keys.BOUND.of(self.name)

    @property
    def widget(self) -> Key[str]:
        return session_keys.BOUND_WIDGET.of(self.name)

    @property
    def several(self) -> Key[list[str]]:
        """The session key of a widget that takes several options at once."""
        return session_keys.BOUND_SEVERAL.of(self.name)

    @property
    def refused(self) -> Key[str]:
        """The session key of the link's value that is not an option, until another option is chosen."""
        return session_keys.BOUND_REFUSED.of(self.name)

    @property
    def last_default(self) -> Key[str]:
        return session_keys.BOUND_DEFAULT.of(self.name)


@dataclass(frozen=True)
class Bound(UrlParameter, Generic[T]):
    """A parameter that Streamlit binds to a widget: it reads and writes the URL itself.

    Streamlit writes what the page shows. So this is for numbers, switches, and options that are shown by their own
    names; others are :class:`Selected`, which a new label leaves as they are. ``number`` says that the widget takes
    numbers: a link that names none, or an infinite one, which Streamlit cannot take, is refused with a line.
    """

    number: bool = False

    @property
    def key(self) -> Key[T]:
        """The session key of the widget's value."""
        return Key(self.name)

    @property
    def widget(self) -> dict[str, Any]:
        """The widget's arguments that bind it; ask for them where the widget is drawn."""
        if self.number and not _is_number(value := self.get()):
            self.put(None)
            what = self.name.replace("_", " ").replace(".", " ")
            st.warning(plain(f"The link's {what} is not used: {quoted(value)} is not a number."))
            return {"key": self.name}  # Streamlit would read the link as it came, so it is bound from the next run on
        return {"key": self.name, "bind": "query-params"}


@dataclass(frozen=True)
class ListParameter(UrlParameter):
    """A parameter that holds names with commas between them; none is absent."""

    def values(self) -> list[str]:
        return [name for name in (self.get() or "").split(",") if name]

    def put_values(self, names: Sequence[str]) -> None:
        self.put(",".join(names) or None)


def put_all(values: Mapping[UrlParameter, str | None]) -> None:
    """Write several parameters into the URL at once: each write of its own is an entry in the browser's history."""
    changed = {parameter.name: value for parameter, value in values.items() if value not in (None, parameter.get())}
    if changed:
        st.query_params.update(changed)
    for parameter, value in values.items():
        if value is None:
            parameter.put(None)


def everything() -> dict[str, str]:
    """All parameters of the URL, ours and others."""
    values: dict[str, str] = st.query_params.to_dict()
    return values


def strategy_setting(strategy: str, parameter: str, *, number: bool = False) -> Bound[Any]:
    """The parameter that carries one setting of a strategy."""
    return Bound(f"{strategy}.{parameter}", number=number)


def _is_number(value: str | None) -> bool:
    """Whether a widget for numbers can take the value of a link; an absent or an empty one it can."""
    try:
        return not value or isfinite(float(value))
    except ValueError:
        return False


# On every page.
CORPUS = UrlParameter("corpus")
POOL = JsonParameter("pool")
SETTINGS = {setting.name: UrlParameter(setting.name) for setting in fields(FeatureSettings)}

# Corpus
CORPUS_SECTION = Selected("section")
FIND, FIND_BY, FIND_IN = UrlParameter("find"), UrlParameter("find-by"), UrlParameter("find-in")
WHERE = JsonParameter("where")
ROW_COLUMNS = Selected("columns")
LEAKS_AGAINST = Selected("leaks-against")  # keys of benchmarks
LEAKS_WORDS, LEAKS_BY = Selected("leaks-words"), Selected("leaks-by")
LEAKS_SHARE = Bound[int]("leaks-share", number=True)  # per cent
LEAKS_COMMON = Bound[int]("leaks-common", number=True)
COPIES_RUNG = Selected("rung")
COPIES_JACCARD, COPIES_COSINE = Bound[float]("jaccard", number=True), Bound[float]("cosine", number=True)
COPIES_KEEP, COPIES_COLUMN = Selected("copies-keep"), Selected("copies-by")
COPIES_MOST, COPIES_SEED = Bound[int]("copies-most", number=True), Bound[int]("copies-seed", number=True)
COPIES_TEMPLATES = Bound[bool]("copies-templates")
READ = UrlParameter("read")  # the id of the row on the reading card
# Tags
TAG = Selected("tag")
TAGS_OF = Selected("tags-of")

# Every page with a map: names a selection of rows that the session has; see pages.parts.frame.selection.
SELECTED_ROWS = UrlParameter("selected")

# Every page with a map: what colours it, and of what there are many, which of them
MAP_COLOUR = Selected("map-colour")
MAP_COLUMN, MAP_TAG = Selected("map-column"), Selected("map-tag")
MAP_SUBSET, MAP_ADDS = Selected("map-subset"), Selected("map-adds")

# Clusters
MAP_FIND, MAP_FIND_BY = UrlParameter("map-find"), Selected("map-find-by")
MAP_BESIDE = Selected("map-beside")
BACKEND = Selected("backend")

# Scores
SCORES_FROM = Selected(
    "scores.way",
    former={
        "Language model": "model", "DaaR": "daar", "Label difficulty": "difficulty", "Training log": "log",
        "Your columns": "own", "Coverage holes": "holes",
    },
)  # fmt: skip

SAMPLED_VIEW, SAMPLED_SHOWN = Selected("answers.view"), Selected("answers.of")
SCORE_SHOWN, SCORE_ORDER = Selected("column"), Selected("first")
FRONTIER_SCORE, FRONTIER_METRIC = Selected("quality"), Selected("diversity")
FRONTIER_BETTER = Selected("good")
TRAINING_SHOWN = Selected("training")

# Subsets. "unit" and "seed" are those of the bands and of the projection.
STRATEGY = Selected("strategy")
SIZE_UNIT = Selected("size_unit")
SIZE_WANTED: Mapping[str, Bound[Any]] = {  # by the unit that the number counts
    "rows": Bound[int]("n", number=True),
    "tokens": Bound[int]("budget", number=True),
    "all_tokens": Bound[int]("all_tokens", number=True),
    "supervised_tokens": Bound[int]("supervised_tokens", number=True),
    "minutes": Bound[float]("minutes", number=True),
    "money": Bound[float]("money", number=True),
}
ROW_CUTOFF = Bound[int]("row_cutoff", number=True)
PROFILE = Selected("profile")  # the trainer profile by which tokens are minutes and money
SUBSET_SEED = Bound[int]("subset_seed", number=True)
RULES = JsonParameter("rules")
POSITION = Bound[float]("d", number=True)
MIX = Selected("mix")
SECOND = Selected("second")  # the strategy beside the first on the curve
CURVE_AGAINST = Selected("curve-against")  # the unit of the sizes under the curve; "" for the slider's positions
EQUAL_TOKENS = Bound[bool]("equal-tokens")  # whether the second strategy has as many tokens as the first
SUBSET_TAB = Selected("below")
ON_SLIDER = JsonParameter("slider")  # on other pages that start from it: see pages.parts.choosing.on_slider
SAVED = UrlParameter("open")  # a saved subset that a link opens; its settings then stand in the address

# Tokens
TOKENS_VIEW = Selected("tokens-view")
TOKEN_SEARCH = Bound[str]("find-token")
TOKENS_PICKED = ListParameter("token")  # ids of the tokenizer
TOKEN_SUBSETS = ListParameter("over")

# Study
STUDY = Selected("study")

# Train
LOOP = Selected("loop")

# Subsets and Measure
CURVE = Selected("curve")
MEASURED = Selected("measured")

# Measure
MEASURE_VIEW = Selected(
    "measure-view",
    former={
        "One": "one", "Side by side": "sides", "Curves": "curves", "Agreement": "agreement", "Domains": "domains",
    },
)  # fmt: skip
MEASURED_ROWS = Selected("of")
OTHER_ROWS = Selected("with")
REFERENCE = Selected("against")
MEASURE_SEED = Bound[int]("measure-seed", number=True)
PICKED_METRIC, METRIC_FAMILY = Selected("shown-metric"), Selected("family")
METRICS_AS = Selected("metrics-as")
CURVE_UNIT = Selected("curves-unit")
CURVE_STRATEGIES = Selected("curves-of")
CURVE_ROWS, CURVE_TOKENS = Bound[int]("curves-n", number=True), Bound[int]("curves-budget", number=True)
CURVE_LEVEL = Bound[float]("curves-at", number=True)
CURVE_LEVELS, CURVE_SIZES = Bound[int]("curves-levels", number=True), Bound[int]("curves-sizes", number=True)
CURVE_AXIS = Selected("measure-axis", former={"Level": "position", "Size": "size"})
AGREEMENT_SUBSETS = Selected("agree-over")
AGREEMENT_COMPONENT = Selected("agree-on")
KNOWN_METRIC = Selected("known-metric")
DOMAIN_COLUMN = Selected("domains-by")

# Inspect
LOOK = Selected("look")
CONTRAST_A, CONTRAST_B = Selected("a"), Selected("b")
CONTRAST_ROWS = Selected("rows-of")
CONTRAST_EQUAL = Bound[bool]("b-equal-tokens")  # whether B is built with as many tokens as A has
CONTRAST_SEED = Bound[int]("b-seed", number=True)
OVERLAP_OF = Selected("overlap-of")
OVERLAP_ROWS, OVERLAP_POSITION = Bound[int]("overlap-n", number=True), Bound[float]("overlap-d", number=True)
OVERLAP_SEED = Bound[int]("overlap-seed", number=True)
WHY_SUBSET = Selected("row-of")
WHY_ROW = Bound[str]("row")
STABILITY_SUBSET = Selected("stability")
PASSPORT_SUBSET = Selected("passport")

# Judge
JUDGE_VIEW = Selected("judge-view")
PROMPT_SET = Selected("prompts")
JUDGEMENT = Selected("judgement")
JUDGE_SHOWN, JUDGE_BESIDE = Selected("verdicts"), Selected("judge-beside")

# Compare. Lists hold names of facts, or of benchmarks.
COMPARE_EVIDENCE = Selected("evidence")
MIXTURE_SOURCES, MIXTURE_RUNS, MIXTURE_SCORE = Selected("sources"), Selected("mixture-runs"), Selected("mixture-score")
COMPARE_SCORE, COMPARE_BENCHMARKS = Selected("score"), Selected("benchmarks")
COMPARE_GROUP, COMPARE_COLOUR = Selected("group"), Selected("colour")
COMPARE_SHOWN, COMPARE_METRIC = Selected("shown"), Selected("metric")
COMPARE_LINES = Selected("lines")
SLOPES_OF, SLOPES_PUBLISHED = Selected("slopes-of"), Selected("published")
METRICS_OF = ("corpus", "study", "strategy", "component", "size", "series")  # the facts that filter all metrics
METRICS_ONLY = {fact: Selected(f"only-{fact}") for fact in METRICS_OF}
COMPARE_SIZE_OF, COMPARE_LINE_OF = Selected("size-of"), Selected("line-of")
COMPARE_AXIS, COMPARE_LEVEL = Selected("size-axis"), Selected("at-level")
COMPARE_MORE, COMPARE_ESTIMATE = Selected("more-view"), Selected("estimate")
COMPARE_DIVERSITY, COMPARE_QUALITY = Selected("frontier-metric"), Selected("frontier-quality")
COMPARE_TABLE, COMPARE_LOG, COMPARE_ON = Selected("table"), Selected("log-way"), Selected("metrics-on")
COMPARE_VIEW = Selected(
    "view",
    former={
        "Scores and metrics": "scatter", "Correlations": "correlations", "Slopes": "slopes", "Best pick": "best-pick",
        "More views": "more", "Log scores": "log", "Ledger": "ledger", "Published": "published",
    },
)  # fmt: skip
