"""The colours of a map: by cluster, by category, by number, or by membership in a subset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.figures.theme import CATEGORIES, NOISE, SEQUENTIAL
from core.several import word_entries

NAMED = 11  # categories with a colour of their own; the rest share the grey of "other"
STEPS = 48  # colours of a number's scale
LEGEND = 10  # most clusters with a legend


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for every row and the legend that explains it.

    ``codes`` (rows,) index ``palette``; ``legend`` holds (name, colour, rows), with names as they came (not escaped).
    Codes in ``behind`` are drawn under the others. ``span`` is the range of a number's colour scale; ``logarithmic`` is
    True for a logarithmic scale.
    """

    title: str
    codes: NDArray[np.int64]
    palette: tuple[str, ...]
    legend: tuple[tuple[str, str, int], ...] = ()
    behind: tuple[int, ...] = ()
    span: tuple[float, float] | None = None
    logarithmic: bool = False

    @cached_property
    def rows_of_codes(self) -> NDArray[np.int64]:
        """(palette,) how many rows have each code; counted once."""
        return np.bincount(self.codes, minlength=len(self.palette))


def by_cluster(labels: NDArray[np.int32], names: Sequence[str] = ()) -> Colouring:
    """Twelve hues for the clusters, which repeat beyond twelve; noise is grey, behind. Over ten have no legend.

    ``names`` (clusters,) stand in the legend; a cluster beyond them has its number there.
    """
    hues = len(CATEGORIES)
    codes = np.where(labels >= 0, labels % hues, hues).astype(np.int64)
    sizes = np.bincount(labels[labels >= 0])
    shown = [*names[:LEGEND], *(f"cluster {number}" for number in range(len(names), LEGEND))]
    legend = [(shown[number], CATEGORIES[number], int(rows)) for number, rows in enumerate(sizes[:LEGEND])]
    legend = legend if len(sizes) <= LEGEND else []  # the names stand on the map, and hues repeat
    if noise := int((labels < 0).sum()):
        legend.append(("noise", NOISE, noise))
    return Colouring("cluster", codes, (*CATEGORIES, NOISE), tuple(legend), behind=(hues,))


def by_category(values: Sequence[object] | NDArray, *, title: str) -> Colouring:
    """A hue for each of the commonest values, by descending count (ties by name); the rest and None are grey.

    A row with several values counts for each in the legend, and its point has the hue of the rarest that has one.
    """
    cells = np.empty(len(values), dtype=object)
    cells[:] = ["" if value is None else value if isinstance(value, str) else str(value) for value in values]
    names, rows, words = word_entries(cells)
    counts = np.bincount(words, minlength=len(names))
    order = np.lexsort((np.arange(len(names)), -counts))
    code_of = np.full(len(names), -1, dtype=np.int64)
    code_of[order[:NAMED]] = np.arange(len(order[:NAMED]))
    codes = np.full(len(values), -1, dtype=np.int64)
    np.maximum.at(codes, rows, code_of[words])
    legend = [(names[at], CATEGORIES[code], int(counts[at])) for code, at in enumerate(order[:NAMED].tolist())]
    if len(order) > NAMED:
        legend.append((f"{counted(len(order) - NAMED, 'other')}", NOISE, int(counts[order[NAMED:]].sum())))
    if empty := len(values) - len(np.unique(rows)):
        legend.append(("none", NOISE, empty))
    codes[codes < 0] = NAMED
    return Colouring(title, codes, (*CATEGORIES[:NAMED], NOISE), tuple(legend), behind=(NAMED,))


def by_number(values: NDArray, *, title: str, logarithmic: bool = False) -> Colouring:
    """A colour scale from the 1st to the 99th percentile; values that are not numbers are grey and behind."""
    from plotly.colors import sample_colorscale, unlabel_rgb

    numbers = np.asarray(values, dtype=np.float64)
    known = np.isfinite(numbers)
    low, high = np.percentile(numbers[known], [1, 99]) if known.any() else (0.0, 1.0)
    if logarithmic:
        low = max(low, 1.0)
        high = max(high, low)
    high = high if high > low else low + 1

    def scaled(value: NDArray) -> NDArray:
        return np.log(np.maximum(value, low)) if logarithmic else value

    share = (scaled(numbers[known]) - scaled(np.array(low))) / (scaled(np.array(high)) - scaled(np.array(low)))
    codes = np.full(len(numbers), STEPS, dtype=np.int64)
    codes[known] = np.clip(share * STEPS, 0, STEPS - 1).astype(np.int64)
    colours = sample_colorscale(SEQUENTIAL, [step / (STEPS - 1) for step in range(STEPS)])
    palette = tuple("#" + "".join(f"{round(channel):02X}" for channel in unlabel_rgb(colour)) for colour in colours)
    missing = int((~known).sum())
    legend = (("no value", NOISE, missing),) if missing else ()
    return Colouring(title, codes, (*palette, NOISE), legend, (STEPS,), (float(low), float(high)), logarithmic)


def by_sides(
    in_a: NDArray[np.bool_], in_b: NDArray[np.bool_], *, colours: tuple[str, str, str], names: tuple[str, str]
) -> Colouring:
    """The rows of two subsets: only in A, only in B, in both, in ``colours``, before all other rows in grey."""
    codes = np.where(in_a & in_b, 2, np.where(in_a, 0, np.where(in_b, 1, 3))).astype(np.int64)
    counts = np.bincount(codes, minlength=4).tolist()
    titles = (f"only in {names[0]}", f"only in {names[1]}", "in both", "in neither")
    return Colouring("side", codes, (*colours, NOISE), tuple(zip(titles, (*colours, NOISE), counts)), behind=(3,))


def by_membership(
    chosen: NDArray[np.bool_], *, colour: str, inside: str = "in the subset", outside: str = "not in it"
) -> Colouring:
    """The rows of a subset in ``colour``, in front of all other rows in grey."""
    legend = ((inside, colour, int(chosen.sum())), (outside, NOISE, int((~chosen).sum())))
    return Colouring("subset", np.where(chosen, 0, 1).astype(np.int64), (colour, NOISE), legend, behind=(1,))
