"""Makes ``small.json`` and its rows by the definitions alone: ``python -m tests.golden.small``."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from core.metrics.novelsum import CONVENTIONS
from tests.golden import GOLDEN
from tests.metrics.novelsum_by_definition import novelsum
from tests.selection.strategies import slow

VALUES = GOLDEN / "small.json"
ROWS = GOLDEN / "small_rows.npy"
SAMPLES = 60  # the first rows are the samples; all rows are the reference
PICKS = 40
STARTS = (0, 17)


def rows() -> tuple[np.ndarray, np.ndarray]:
    """The samples (60, 12) and the reference (140, 12), float32 unit rows."""
    every = np.load(ROWS, allow_pickle=False)
    return every[:SAMPLES], every


def values() -> dict[str, Any]:
    """What the definitions give for the stored rows, to nine digits: a grid of NovelSum, and picks of NovelSelect."""
    samples, pool = rows()
    grid = [
        {"k": k, "alpha": alpha, "beta": beta, "novelsum": float(f"{value:.9g}")}
        for k in (5, 10)
        for alpha in (0.0, 1.0, 2.0)
        for beta in (0.0, 0.25, 0.5)
        for value in [novelsum(samples, pool, k=k, alpha=alpha, beta=beta, convention=CONVENTIONS["repo"])]
    ]
    sigma = slow.density(pool, 10, 0.5)
    picks = {str(start): slow.novel_select(pool, sigma, PICKS, start) for start in STARTS}
    return {"grid": grid, "picks": picks}


def drawn() -> np.ndarray:
    """(140, 12) float32 unit rows around five centres, from a seed."""
    generator = np.random.default_rng(11)
    centres = generator.normal(size=(5, 12))
    every = centres[generator.integers(0, 5, 140)] + 0.6 * generator.normal(size=(140, 12))
    return (every / np.linalg.norm(every, axis=1, keepdims=True)).astype(np.float32)


if __name__ == "__main__":
    np.save(ROWS, drawn(), allow_pickle=False)
    VALUES.write_text(json.dumps(values(), indent=1) + "\n")
