"""Writes ``constraints.txt``: the version of every package that the app and its tests need, direct or not.

``python -m tests.packaging.constraints`` reads the environment it runs in. What a reader should know of the file:

- A version's local part (``+cpu``, ``+cu128``) is left off, so that every build of torch satisfies it.
- CUDA packages are left out: each build of torch pins those that it was built with.
- A package that only some platforms need carries that condition. One that no platform like this one needs is not
  there, and pip chooses its version.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata

from packaging.version import Version

from tests.packaging.installed import CONSTRAINTS, needed

CUDA = re.compile(r"^(nvidia-|cuda-|triton$|pytorch-triton)")
INSTALLERS = {"pip", "setuptools", "wheel"}
HEAD = """\
# Versions of every package that the app and its tests need; `make run` and `make test` install under them.
# Made by `make constraints` from an environment in which the tests pass; never edited by hand.
"""


def constraint(name: str, version: str, marker: str = "") -> str | None:
    """The line for one installed package, or None where the file must not fix its version."""
    if CUDA.match(name) or name in INSTALLERS:
        return None
    return f"{name}=={Version(version).public}" + (f" ; {marker}" if marker else "")


def constraints() -> str:
    """The file's text for this environment."""
    lines = (constraint(name, metadata.version(name), marker) for name, marker in sorted(needed().items()))
    return HEAD + "\n".join(filter(None, lines)) + "\n"


if __name__ == "__main__":
    CONSTRAINTS.write_text(constraints(), encoding="utf-8")
    sys.stderr.write(f"{CONSTRAINTS.name} is written.\n")
