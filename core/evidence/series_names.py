"""The name of a series, from those of its subsets: "lima micro" of "lima micro · 0 %" and "lima micro · 50 %"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import pandas as pd

# "lima micro · 33.3 %": the end that gives the position. It begins at the start of a run of marks or of digits, and its
# repetitions do not backtrack, so that the time is proportional to the length of the name.
_POSITION = re.compile(r"(?:(?<![\s·:,_-])[\s·:,_-]++|(?<![\s·:,_\d-]))\d++(?:[.,]\d++)?\s*+%?$")


def common_name(names: Iterable[str]) -> str:
    """The part before the position that all ``names`` share; "" where they differ in more."""
    stems = {_POSITION.sub("", name) for name in names}
    return stems.pop() if len(stems) == 1 else ""


def named_series(frame: pd.DataFrame) -> pd.Series:
    """For each row of ``frame`` (columns series, name) a readable name of its series, another one for each series.

    Two series with one name are told apart by the beginning of their digest. "" stays "".
    """
    series = frame["series"].astype(object).where(frame["series"].notna(), "").astype(str)
    names = {digest: common_name(part.astype(str).unique()) for digest, part in frame["name"].groupby(series) if digest}
    count = Counter(names.values())
    said = {
        digest: name if name and count[name] == 1 else f"{name} · {digest[:6]}".lstrip(" ·")
        for digest, name in names.items()
    }
    if len(set(said.values())) < len(said):  # digests that begin alike
        said = {digest: f"{names[digest]} · {digest}".lstrip(" ·") for digest in names}
    return series.map({**said, "": ""})
