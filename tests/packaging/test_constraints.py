"""The constraints serve every platform, and say what is installed here."""

from __future__ import annotations

import re
from importlib import metadata

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.constraints import constraint
from tests.packaging.installed import APP, CONSTRAINTS, MCP, TESTS, needed, requirements

PINS = {canonicalize_name(pin.name): pin for pin in requirements(CONSTRAINTS)}


def test_a_line_is_a_package_and_its_version_and_nothing_of_one_machine() -> None:
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", line), line
    assert all(constraint(name, "1") for name in PINS)


def test_whatever_the_tests_run_with_is_constrained_to_the_version_that_is_installed() -> None:
    for name, marker in needed().items():
        if constraint(name, metadata.version(name)) is None:
            continue
        if name not in PINS:
            assert marker, f"{name} is installed on every platform and not in {CONSTRAINTS.name}: run make constraints"
        elif PINS[name].marker is None or PINS[name].marker.evaluate():
            assert PINS[name].specifier.contains(Version(metadata.version(name)).public), name


@pytest.mark.parametrize("path", [APP, TESTS, MCP], ids=lambda path: path.name)
def test_requirements_and_constraints_name_one_version(path) -> None:
    for requirement in requirements(path):
        (wanted,) = requirement.specifier
        (constrained,) = PINS[canonicalize_name(requirement.name)].specifier
        assert wanted == constrained, requirement.name


def test_every_build_of_torch_satisfies_the_same_line() -> None:
    assert constraint("torch", "2.13.0+cu128") == constraint("torch", "2.13.0+cpu") == "torch==2.13.0"
    assert constraint("nvidia-cublas-cu12", "12.8.4.1") is None
    assert constraint("triton", "3.5.0", 'platform_system == "Linux"') is None
    assert constraint("watchdog", "6.0.0", 'platform_system != "Darwin"') == (
        'watchdog==6.0.0 ; platform_system != "Darwin"'
    )
