"""UMAP's compiled code is kept on the disk, and Numba is as it was before."""

from __future__ import annotations

import subprocess
import sys

import numba
import pytest

from core.features.compiled_umap import _compiled_code_kept
from core.settings import PROJECT_ROOT

KEPT = """
import numba
from core.features.compiled_umap import umap_class

before = numba.njit
umap_class()
assert numba.njit is before
from umap import layouts, umap_

for function in (layouts._nb_optimize_layout_euclidean_single_epoch, umap_.smooth_knn_dist, layouts.clip):
    assert function.stats.cache_path, function
"""


def test_what_umap_compiles_is_kept_on_the_disk() -> None:
    # In a process of its own: where another package has imported umap before, it is compiled in memory.
    ran = subprocess.run([sys.executable, "-c", KEPT], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_numba_is_as_before_when_an_import_fails() -> None:
    before = numba.njit
    with pytest.raises(ImportError), _compiled_code_kept():
        raise ImportError("no such package")
    assert numba.njit is before


def test_functions_are_compiled_however_they_are_handed_over() -> None:
    def twice(value: int) -> int:
        return 2 * value

    with _compiled_code_kept():
        ways = [numba.njit(twice), numba.njit(twice, nogil=True), numba.njit()(twice), numba.njit("i8(i8)")(twice)]
    assert [way(21) for way in ways] == [42] * 4
    assert all(way.stats.cache_path for way in ways)
