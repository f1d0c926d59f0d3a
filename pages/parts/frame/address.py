"""The page's address: every parameter of the URL, and all reading and writing of it.

Saved links hold these names, so they must not change. No other file touches ``st.query_params`` or binds a widget to
the URL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
import streamlit as st

from core.workbench.feature_settings import FeatureSettings
from pages.parts.frame import session_keys
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

    def values(self) -> dict[str, Any]:
        """The object; {} if the parameter is absent or holds anything else."""
        try:
            values = orjson.loads(self.get() or "{}")
        except orjson.JSONDecodeError:
            return {}
        return values if isinstance(values, dict) else {}

    def put_values(self, values: dict[str, Any]) -> None:
        self.put(orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode() if values else None)


@dataclass(frozen=True)
class Selected(UrlParameter):
    """A parameter that :func:`pages.parts.frame.bound_select.bound_select` reads and writes, with its session keys."""

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
    """A parameter that Streamlit binds to a widget: it reads and writes the URL itself."""

    @property
    def key(self) -> Key[T]:
        """The session key of the widget's value."""
        return Key(self.name)

    @property
    def widget(self) -> dict[str, Any]:
        """The widget's arguments that bind it."""
        return {"key": self.name, "bind": "query-params"}


def everything() -> dict[str, str]:
    """All parameters of the URL, ours and others."""
    values: dict[str, str] = st.query_params.to_dict()
    return values


def strategy_setting(strategy: str, parameter: str) -> Bound[Any]:
    """The parameter that carries one setting of a strategy."""
    return Bound(f"{strategy}.{parameter}")


# On every page.
CORPUS = UrlParameter("corpus")
POOL = JsonParameter("pool")
SETTINGS = {name: UrlParameter(name) for name in FeatureSettings().as_dict()}

# Scores
SCORES_FROM = Bound[str]("scores.way")

# Subsets. "unit" and "seed" are those of the bands and of the projection.
STRATEGY = Selected("strategy")
SIZE_UNIT = Bound[str]("size_unit")
ROWS_WANTED = Bound[int]("n")
TOKENS_WANTED = Bound[int]("budget")
SUBSET_SEED = Bound[int]("subset_seed")
RULES = JsonParameter("rules")
POSITION = Bound[float]("d")
MIX = Selected("mix")

# Subsets and Measure
CURVE = Selected("curve")
MEASURED = Selected("measured")

# Measure
MEASURE_VIEW = Bound[str]("measure-view")
MEASURED_ROWS = Selected("of")
OTHER_ROWS = Selected("with")
REFERENCE = Selected("against")
MEASURE_SEED = Bound[int]("measure-seed")
CURVE_AXIS = Bound[str]("measure-axis")
AGREEMENT_SUBSETS = Selected("agree-over")
AGREEMENT_COMPONENT = Selected("agree-on")
DOMAIN_COLUMN = Selected("domains-by")

# Inspect
LOOK = UrlParameter("look")
CONTRAST_A, CONTRAST_B = Selected("a"), Selected("b")
WHY_SUBSET = Selected("row-of")
STABILITY_SUBSET = Selected("stability")
PASSPORT_SUBSET = Selected("passport")

# Compare
COMPARE_VIEW = Bound[str]("view")
