"""The random bands beside a subset's readings, drawn once for each size and shared by all sessions."""

from __future__ import annotations

import streamlit as st

from core.metrics.random_band import RandomBand
from core.metrics.registry import instant_names
from core.workbench.build import Built
from core.workbench.readings import Measurer
from pages.parts.frame import address
from pages.parts.frame.page import Context


def measured_component(ctx: Context) -> str:
    """The component that metrics read; it is independent of the component on which the strategy selects."""
    component = address.MEASURED.chosen.get("") or ctx.component
    return str(component) if component in ctx.corpus.components else ctx.component


def instant_bands(ctx: Context, built: Built, measurer: Measurer) -> dict[str, RandomBand]:
    """The random bands of the instant metrics; they are drawn again once a feature is computed."""
    features = sorted(measurer.measured_view.keys.items())
    sized = (built.recipe.size, built.recipe.unit, built.recipe.row_cutoff)
    name = f"{measurer.pool_digest}/{measurer.component}/{ctx.choice.as_dict()}/{features}/{sized}"
    drawn = _random_bands(name, measurer, *sized)
    if any(band.failed for band in drawn.values()):
        _random_bands.clear(name, measurer, *sized)  # failed bands are drawn again; the others are stored
    return drawn


@st.cache_data(max_entries=32, show_spinner="Drawing random subsets …")
def _random_bands(name: str, _measurer: Measurer, size: int, unit: str, row_cutoff: int) -> dict[str, RandomBand]:
    return _measurer.band(instant_names(), size=size, unit=unit, row_cutoff=row_cutoff)
