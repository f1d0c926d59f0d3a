"""Clusters that a person renamed, merged or split: a new column of names, beside the clusters it came from.

Nothing that was computed is changed. The column is a partition like any other, so that strategies take the edited
clusters as types; another edit is another version of the column.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, in_short

LONGEST = 80
NO_NAMES = {"", "-1", "noise", "outlier"}  # a column of clusters reads these as noise


def column_for(component: str) -> str:
    """The column that holds the edited clusters of a component."""
    return f"clusters of the {component}, edited"


def shown_names(names: Sequence[str]) -> list[str]:
    """(clusters,) the names as they are stored, all different: equal ones get their number, as do words for noise."""
    shown = [" ".join(name.split())[:LONGEST] for name in names]
    twice = {name for name, count in Counter(shown).items() if count > 1}
    return [
        f"{number} · {name}" if name in twice or name.casefold() in NO_NAMES else name
        for number, name in enumerate(shown)
    ]


def values_of(labels: NDArray[np.int32], shown: Sequence[str]) -> NDArray[Any]:
    """(rows,) the name of each row's cluster, of those that :func:`shown_names` gave; None for noise (−1)."""
    return np.array([*shown, None], dtype=object)[np.where(labels >= 0, labels, len(shown))]


def renamed(values: NDArray[Any], name: str, new: str) -> NDArray[Any]:
    """The names after cluster ``name`` is called ``new``. Raises :class:`InputError` if another cluster is."""
    new = _name(new)
    if new != name and new in set(values.tolist()):
        raise _taken(new, "Merge the two, or choose another name.")
    return np.where(values == name, new, values)


def all_renamed(values: NDArray[Any], new: Mapping[str, str]) -> NDArray[Any]:
    """The names after each cluster has its ``new`` one; one that is empty, taken or no name keeps the old one."""
    taken, made = set(values.tolist()), values.copy()
    for name, typed in new.items():
        wanted = " ".join(typed.split())[:LONGEST]
        if wanted.casefold() not in NO_NAMES and wanted not in taken:
            made[values == name] = wanted
            taken.add(wanted)
    return made


def merged(values: NDArray[Any], names: Sequence[str], new: str) -> NDArray[Any]:
    """The names after the clusters ``names`` are one, called ``new``."""
    new = _name(new)
    if len(set(names)) < 2:
        raise InputError("Two clusters or more can be merged.", remedy="Choose another one beside it.")
    if new not in names and new in set(values.tolist()):
        raise _taken(new, "Choose another name.")
    return np.where(np.isin(values, list(names)), new, values)


def split(values: NDArray[Any], name: str, parts: NDArray[np.int32]) -> NDArray[Any]:
    """The names after cluster ``name`` falls into ``parts`` (its rows,), numbered from 0: "name 1", "name 2" …"""
    if len(np.unique(parts)) < 2:
        raise InputError(f"The rows of {in_short(name)} do not fall apart.", remedy="Ask for more parts.")
    taken, made = set(values.tolist()), values.copy()
    numbered = (f"{name[: LONGEST - 5]} {number}" for number in itertools.count(1))
    called = list(itertools.islice((part for part in numbered if part not in taken), int(parts.max()) + 1))
    made[values == name] = [called[part] for part in parts.tolist()]
    return made


def set_apart(values: NDArray[Any], rows: NDArray[np.int64], new: str) -> NDArray[Any]:
    """The names after ``rows`` are a cluster of their own, called ``new``."""
    new = _name(new)
    if new in set(values.tolist()):
        raise _taken(new, "Choose another name.")
    made = values.copy()
    made[rows] = new
    return made


def _taken(name: str, remedy: str) -> InputError:
    return InputError(f"There is a cluster {in_short(name)} already.", remedy=remedy)


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if name.casefold() in NO_NAMES or len(name) > LONGEST:
        raise InputError(
            f"A cluster's name has 1 to {LONGEST} characters and is no word for noise.", remedy="Type another name."
        )
    return name
