"""The page's address: every parameter of the URL, and all reading and writing of it.

Saved links hold these names, so they must not change. No other file touches ``st.query_params`` or binds a widget to
the URL.
"""

from __future__ import annotations

from collections.abc import Mapping
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

# Scores
SCORES_FROM = Selected(
    "scores.way",
    former={
        "Language model": "model", "DaaR": "daar", "Label difficulty": "difficulty", "Training log": "log",
        "Your columns": "own", "Coverage holes": "holes",
    },
)  # fmt: skip

# Subsets. "unit" and "seed" are those of the bands and of the projection.
STRATEGY = Selected("strategy")
SIZE_UNIT = Bound[str]("size_unit")
ROWS_WANTED = Bound[int]("n", number=True)
TOKENS_WANTED = Bound[int]("budget", number=True)
SUBSET_SEED = Bound[int]("subset_seed", number=True)
RULES = JsonParameter("rules")
POSITION = Bound[float]("d", number=True)
MIX = Selected("mix")

# Study
STUDY = Selected("study")

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
CURVE_AXIS = Selected("measure-axis", former={"Level": "position", "Size": "size"})
AGREEMENT_SUBSETS = Selected("agree-over")
AGREEMENT_COMPONENT = Selected("agree-on")
DOMAIN_COLUMN = Selected("domains-by")

# Inspect
LOOK = Selected("look")
CONTRAST_A, CONTRAST_B = Selected("a"), Selected("b")
WHY_SUBSET = Selected("row-of")
STABILITY_SUBSET = Selected("stability")
PASSPORT_SUBSET = Selected("passport")

# Compare
COMPARE_VIEW = Selected(
    "view",
    former={
        "Scores and metrics": "scatter", "Correlations": "correlations", "Slopes": "slopes", "Best pick": "best-pick",
        "More views": "more", "Log scores": "log", "Ledger": "ledger", "Published": "published",
    },
)  # fmt: skip
