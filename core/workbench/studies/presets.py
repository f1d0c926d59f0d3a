"""Studies that papers made, ready for a corpus: the grid of each and its further sets, sizes to choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.budgets.sizing import default_size
from core.workbench.studies.further_sets import FurtherSets
from core.workbench.studies.study import Study


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A paper's grid. ``make`` gives the fields of :class:`Study` that it fixes; ``source`` cites the paper and says
    what is a reconstruction. ``size`` gives, for the number of rows of a corpus, the size to begin with."""

    title: str
    summary: str
    source: str
    make: Callable[[], Mapping[str, Any]]
    size: Callable[[int], int] = default_size
    sizes: tuple[int, ...] = ()  # the paper's own, where it has several

    def sizes_for(self, rows: int) -> tuple[int, ...]:
        """The sizes to begin with: the paper's that a corpus of so many ``rows`` has, else :attr:`size`."""
        return tuple(size for size in self.sizes if size <= rows) or (self.size(rows),)


def _macro_to_micro() -> Mapping[str, Any]:
    return {
        "strategies": ("macro", "meso", "micro"),
        "components": ("instruction", "response"),
        "levels": 7,
    }


def _novelsum() -> Mapping[str, Any]:
    """53 sets a size: 5 random draws, 25 in the grid, 23 further ones."""
    settings: tuple[tuple[str, str, Sequence[Any]], ...] = (
        ("repr_filter", "ceiling", (0.3, 0.5, 0.7, 0.8, 0.9)),
        ("core_set", "parts", (10, 30, 100, 300, 1000)),
    )
    further = [FurtherSets(strategy="kcenter", parameters={"start": "seeded"}, seeds=(0, 1, 2))]
    for name, knob, values in settings:
        further += [FurtherSets(strategy=name, parameters={knob: value}) for value in values]
    further += [
        FurtherSets(strategy="novelselect", parameters={"density_power": density, "distance_power": distance})
        for density, distance in ((0.5, 1.0), (0.25, 1.0), (0.0, 1.0), (0.5, 0.0), (0.5, 2.0))
    ]
    further.append(FurtherSets(strategy="length", levels=5))
    return {
        "strategies": ("kcenter", "facility_location", "log_det", "macro", "micro"),
        "components": ("both",),
        "levels": 5,
        "sets": tuple(further),
    }


def _daar() -> Mapping[str, Any]:
    """15 windows a size, five of each score, and 5 random draws."""
    return {
        "strategies": (),
        "components": ("both",),
        "levels": 5,
        "sets": tuple(
            FurtherSets(strategy="daar", parameters={"score": score}, levels=5)
            for score in ("inter", "intra", "entropy")
        ),
    }


def _mastery() -> Mapping[str, Any]:
    """Three sets a size by the columns of mastery, either end of it, and 5 random draws."""
    return {
        "strategies": (),
        "components": ("both",),
        "levels": 5,
        "sets": (
            FurtherSets(strategy="balanced", parameters={"columns": ["mastery level"]}),
            FurtherSets(strategy="score", parameters={"column": "mastery middle"}),
            FurtherSets(strategy="score", parameters={"column": "mastery"}),
            FurtherSets(strategy="score", parameters={"column": "mastery", "first": "lowest"}),
        ),
    }


PRESETS: dict[str, Preset] = {
    "macro-to-micro": Preset(
        title="From Macro to Micro",
        summary="Macro, meso and micro on instruction and response, 7 levels each, with random draws.",
        source="2505.24768, section 3: six cells of 7 levels, 10,000, 20,000 and 30,000 rows of 117,000",
        make=_macro_to_micro,
    ),
    "novelsum": Preset(
        title="NovelSum",
        summary="53 sets of each size by mixed strategies, from redundant to spread: 5 positions of k-center, facility "
        "location, log-determinant, macro and micro; seeded starts, similarity ceilings, k-means of 10 to 1,000 "
        "parts, exponents of NovelSelect, lengths; 5 random draws.",
        source="2502.17184: 53 sets of 10,000 rows by mixed strategies. Which sets is our reconstruction. The paper's "
        "sets that repeat a few rows many times are no subsets; the low positions of the spread orders stand in",
        make=_novelsum,
    ),
    "daar": Preset(
        title="DaaR",
        summary="Five windows of each of three orders within domains: closeness to other domains, closeness to the "
        "own, and the entropy that is the reward; 5 random draws. At a fifth of the pool they are the paper's fifths.",
        source="2502.04380, section 3: fifths by inter- and intra-domain distance, and the top fifth by entropy; the "
        "other fifths by entropy, and k-means in place of labelled domains, are ours",
        make=_daar,
        size=lambda rows: max(1, rows // 5),
    ),
    "mastery": Preset(
        title="Mastery",
        summary="Rows balanced over the levels of mastery, from the middle of it, the best and the least known, at 240 "
        "to 1,920 rows; 5 random draws. The corpus needs the columns of mastery (Scores, Answers).",
        source="2509.16596: sizes 240 to 1,920, rows by five levels of mastery. Which orders stand beside them is ours",
        make=_mastery,
        sizes=(240, 480, 960, 1_920),
    ),
}


def study_of_preset(
    name: str, *, corpus: str, sizes: Sequence[int], title: str = "", features: Mapping[str, Any] | None = None
) -> Study:
    """The preset ``name`` over one corpus, at ``sizes`` rows."""
    preset = PRESETS[name]
    return Study(
        name=title or preset.title, corpus=corpus, sizes=tuple(sizes), features=dict(features or {}), **preset.make()
    )
