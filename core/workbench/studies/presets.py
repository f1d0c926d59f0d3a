"""Studies that papers made, ready for a corpus: the grid of each, sizes to choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.workbench.studies.study import Study


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A paper's grid. ``make`` gives the fields of :class:`Study` that it fixes; ``source`` cites the paper."""

    title: str
    summary: str
    source: str
    make: Callable[[], Mapping[str, Any]]


def _macro_to_micro() -> Mapping[str, Any]:
    return {
        "strategies": ("macro", "meso", "micro"),
        "components": ("instruction", "response"),
        "levels": 7,
    }


def _novelsum() -> Mapping[str, Any]:
    return {
        "strategies": (
            "kcenter", "repr_filter", "qdit", "facility_location", "log_det", "novelselect", "length", "macro", "micro",
        ),
        "components": ("both",),
        "levels": 5,
    }  # fmt: skip


def _daar() -> Mapping[str, Any]:
    return {"strategies": ("daar",), "components": ("both",), "levels": 5}


PRESETS: dict[str, Preset] = {
    "macro-to-micro": Preset(
        title="From Macro to Micro",
        summary="Macro, meso and micro on instruction and response, 7 levels each, with random draws.",
        source="2505.24768, section 3: six cells of 7 levels, 10,000 rows of 117,000 each",
        make=_macro_to_micro,
    ),
    "novelsum": Preset(
        title="NovelSum",
        summary="Nine strategies at 5 positions of their orders, with random draws: sets of unlike diversity.",
        source="2502.17184, section 3.1: 53 sets of 10,000 rows by mixed strategies; ours are of the same kinds",
        make=_novelsum,
    ),
    "daar": Preset(
        title="DaaR",
        summary="Five windows of the order by predicted domain entropy, from the most to the least uncertain fifth.",
        source="2502.04380, section 2: windows of 20 % of a distance; here of the reward's order",
        make=_daar,
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
