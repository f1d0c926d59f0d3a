"""The runs of RegMix (2407.01492), which come with Diverscope: real evidence before a user has any."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from core.errors import InputError, quoted
from core.evidence.mixture import Mixtures, join
from core.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "data" / "regmix"
RUNS = {
    "train_1m": "512 runs of 1M parameters",
    "test_1m": "256 other runs of 1M parameters",
    "test_60m": "256 runs of 60M parameters",
    "test_1B": "64 runs of 1B parameters",
}


def regmix(name: str, *, folder: Path = FOLDER) -> Mixtures:
    """The runs called ``name``, one of :data:`RUNS`; metrics are validation losses, lower is better.

    Sources and metrics are called as the Pile calls them ("pile_cc"). Raises :class:`InputError` for another name.
    """
    if name not in RUNS:
        raise InputError(f"There are no runs {quoted(name)} of RegMix.", remedy=f"There are: {', '.join(RUNS)}.")
    part, size = name.split("_")
    ratios = pd.read_csv(folder / f"{part}_mixture_{size}.csv")
    losses = pd.read_csv(folder / f"{part}_pile_loss_{size}.csv")
    ratios.columns = ratios.columns.str.removeprefix("train_the_pile_")
    losses.columns = losses.columns.str.removeprefix("metric/the_pile_").str.removesuffix("_val_loss")
    return join(ratios, losses)
