"""NovelSum: the authors' numbers, the printed formula, and what must not change it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.device import threads_of
from core.metrics.metric import Measuring
from core.metrics.novelsum import CONVENTIONS, novelsum_grid
from core.metrics.registry import measure
from tests.devices import DEVICES_AND_APPLE
from tests.golden import GOLDEN, small
from tests.metrics.novelsum_by_definition import novelsum
from tests.metrics.views import blobs, shuffled, view_with

GRID = {"neighbours": (5, 10), "alphas": (0.0, 1.0, 2.0), "betas": (0.0, 0.25, 0.5)}


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
def test_the_repository_convention_gives_the_authors_numbers(device):
    golden = json.loads((GOLDEN / "novelsum.json").read_text())
    samples = np.load(GOLDEN / "novelsum_samples.npy", allow_pickle=False)
    pool = np.load(GOLDEN / "novelsum_reference.npy", allow_pickle=False)
    values = novelsum_grid(view_with(samples), reference=view_with(pool), **GRID, device=device)
    assert len(golden["grid"]) == len(values) == 18
    for cell in golden["grid"]:
        ours = values[cell["neighbors"], float(cell["distance_power"]), float(cell["density_power"])]
        assert ours == pytest.approx(cell["novelsum"], rel=1e-5), cell
    with_diagonal = measure("ed", Measuring(view=view_with(samples))).value * (len(samples) - 1) / len(samples)
    assert with_diagonal == pytest.approx(golden["mean_cosine_distance"], rel=1e-6)


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
def test_the_small_golden_grid_is_met_and_is_what_the_definition_gives(device):
    golden = json.loads(small.VALUES.read_text())
    samples, pool = small.rows()
    values = novelsum_grid(view_with(samples), reference=view_with(pool), **GRID, device=device)
    assert len(golden["grid"]) == len(values)
    for cell in golden["grid"]:
        assert values[cell["k"], cell["alpha"], cell["beta"]] == pytest.approx(cell["novelsum"], rel=1e-5), cell
    assert small.values() == golden


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
@pytest.mark.parametrize(
    "convention",
    [
        CONVENTIONS["repo"],
        CONVENTIONS["paper"],
        replace(CONVENTIONS["repo"], keep_self=False),
        replace(CONVENTIONS["repo"], side="column"),
        replace(CONVENTIONS["repo"], drop="self"),
        replace(CONVENTIONS["repo"], density="cosine"),
        replace(CONVENTIONS["repo"], density_mean=False),
        replace(CONVENTIONS["repo"], average=False),
    ],
    ids=lambda value: ",".join(f"{v}" for v in vars(value).values()),
)
def test_every_convention_equals_the_definition(convention, device):
    pool = blobs(60)
    pool[40] = pool[3]  # the reference holds a duplicate
    samples = np.concatenate((pool[:20], blobs(15, seed=5)))
    values = novelsum_grid(view_with(samples), reference=view_with(pool), **GRID, convention=convention, device=device)
    for k, alpha, beta in product(GRID["neighbours"], GRID["alphas"], GRID["betas"]):
        expected = novelsum(samples, pool, k=k, alpha=alpha, beta=beta, convention=convention)
        assert values[k, alpha, beta] == pytest.approx(expected, rel=2e-6)


def test_a_grid_gives_what_each_of_its_cells_gives_alone():
    view, pool = view_with(blobs(50)), view_with(blobs(90, seed=2))
    grid = novelsum_grid(view, reference=pool, **GRID)
    for (k, alpha, beta), value in grid.items():
        alone = novelsum_grid(view, reference=pool, neighbours=(k,), alphas=(alpha,), betas=(beta,))
        assert alone[k, alpha, beta] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("convention", ["repo", "paper"])
def test_novelsum_depends_on_neither_row_order_nor_block_nor_threads(convention, monkeypatch):

    pool = view_with(blobs(700))
    view = pool.take(np.arange(0, 700, 2))

    def value(rows, reference):
        measuring = Measuring(view=rows, reference=reference, parameters={"convention": convention})
        return measure("novelsum", measuring).value

    first = value(view, pool)
    assert value(shuffled(view), shuffled(pool)) == pytest.approx(first, rel=1e-6)
    for module, name, rows in (
        ("novelsum", "ROWS", 64),
        ("neighbours", "QUERY_ROWS", 33),
        ("neighbours", "REFERENCE_ROWS", 100),
    ):
        monkeypatch.setattr(f"core.metrics.{module}.{name}", rows)
    fresh = view_with(blobs(700))
    assert value(fresh.take(np.arange(0, 700, 2)), fresh) == pytest.approx(first, rel=1e-6)
    for threads in (1, 2):
        with threads_of(threads):
            fresh = view_with(blobs(700))
            assert value(fresh.take(np.arange(0, 700, 2)), fresh) == pytest.approx(first, rel=1e-6)


def test_densities_kept_with_the_reference_serve_the_next_subset_and_only_rows_that_are_the_same():
    pool = view_with(blobs(200))
    first = pool.take(np.arange(0, 80))
    measure("novelsum", Measuring(view=first, reference=pool))
    second = pool.take(np.arange(40, 160))
    kept = measure("novelsum", Measuring(view=second, reference=pool)).value
    assert kept == measure("novelsum", Measuring(view=second, reference=view_with(blobs(200)))).value
    impostor = view_with(blobs(120, seed=9), ids=second.ids)  # the same ids, other vectors
    fresh = measure("novelsum", Measuring(view=impostor, reference=view_with(blobs(200)))).value
    assert measure("novelsum", Measuring(view=impostor, reference=pool)).value == fresh


def test_the_two_presets_differ_and_custom_spells_either_out():
    view, pool = view_with(blobs(60)), view_with(blobs(100, seed=3))

    def value(**parameters):
        return measure("novelsum", Measuring(view=view, reference=pool, parameters=parameters)).value

    assert value(convention="custom") == value(convention="repo") != value(convention="paper")
    spelt = value(
        convention="custom",
        side="column",
        keep_self=False,
        density="cosine",
        density_mean=False,
        drop="self",
        average=False,
    )
    assert spelt == value(convention="paper")


def test_density_may_come_from_the_rows_or_be_left_out():
    view = view_with(blobs(60))
    alone = measure("novelsum", Measuring(view=view, parameters={"reference": "rows"})).value
    assert alone == measure("novelsum", Measuring(view=view, reference=view_with(blobs(60)))).value
    bare = measure("novelsum", Measuring(view=view, parameters={"reference": "none"})).value
    assert bare == novelsum_grid(view, betas=(0.0,))[10, 1.0, 0.0]
    assert "reference" in measure("novelsum", Measuring(view=view)).undefined


def test_too_small_a_reference_is_said():
    reading = measure("novelsum", Measuring(view=view_with(blobs(20)), reference=view_with(blobs(8))))
    assert reading.undefined == "undefined because the reference has 8 different vectors and K = 10 needs 11"
