"""What the requirement files name, and the installed distributions that those need in turn."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "requirements.txt"
TESTS = ROOT / "requirements-dev.txt"
MCP = ROOT / "requirements-mcp.txt"  # an extra, which the tests need as well
RAY = ROOT / "requirements-ray.txt"  # an extra of which only `make test-ray` needs anything
OPENVINO = ROOT / "requirements-openvino.txt"  # likewise of `make test-openvino`
CONSTRAINTS = ROOT / "constraints.txt"


def lines(path: Path) -> list[str]:
    """The lines of a requirements file that name a package, with their comments."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith(("#", "-"))]


def requirements(path: Path) -> list[Requirement]:
    """The packages that a requirements file names."""
    return [Requirement(line.partition("#")[0].strip()) for line in lines(path)]


def names(path: Path) -> set[str]:
    """The normalised names of the packages that a requirements file names."""
    return {canonicalize_name(requirement.name) for requirement in requirements(path)}


def needed() -> dict[str, str]:
    """Installed distributions that the app and its tests need, each with the marker under which they need it.

    The marker is empty where a chain of unconditional requirements leads to the package. Conditions on extras are
    left out: they say who asked, and nothing about the platform.
    """
    markers: dict[str, str] = {}
    waiting = [(requirement, "") for path in (APP, TESTS, MCP) for requirement in requirements(path)]
    seen: set[tuple[str, str, str]] = set()
    while waiting:
        requirement, above = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # another platform's
        condition = " and ".join(part for part in (above, _platform(requirement)) if part)
        for extra in ("", *sorted(requirement.extras)):
            if (name, condition, extra) in seen or (markers.get(name) == "" and (name, "", extra) in seen):
                continue
            seen.add((name, condition, extra))
            markers[name] = _either(markers.get(name), condition)
            for text in distribution.requires or []:
                below = Requirement(text)
                if below.marker is None or below.marker.evaluate({"extra": extra}):
                    waiting.append((below, condition))
    return markers


def _platform(requirement: Requirement) -> str:
    """The part of a requirement's marker that says on which machine it holds."""
    if requirement.marker is None:
        return ""
    without = re.sub(r"""(\s+(and|or)\s+)?extra\s*==\s*["'][^"']*["']""", "", str(requirement.marker))
    without = re.sub(r"^\s*(and|or)\s+|\(\s*\)", "", without).strip()
    return f"({without})" if " or " in without else without


def _either(first: str | None, second: str) -> str:
    if first is None or first == second:
        return second
    return "" if not first or not second else f"({first}) or ({second})"
