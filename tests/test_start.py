"""What a command loads before it knows what it is asked for: no package that only some commands need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.settings import PROJECT_ROOT

HEAVY = (
    "scipy.stats", "scipy.optimize", "scipy.linalg", "sklearn", "torch", "transformers", "sentence_transformers",
    "umap", "hdbscan", "plotly", "streamlit", "mcp", "py3langid", "networkx",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that the command line and the worker have loaded when their code is read."""
    code = "import sys, core.__main__, core.jobs.worker; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", HEAVY)
def test_a_command_starts_without_what_only_some_need(loaded: set[str], package: str) -> None:
    assert "core.jobs.worker" in loaded
    assert package not in loaded
