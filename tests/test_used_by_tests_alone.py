"""Everything that core and pages define is used by core, pages or the app: no code there is for tests alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from core import api
from core.jobs import job_names
from core.settings import PROJECT_ROOT

Use = tuple[str, str]  # module, name


def files(*roots: str) -> list[Path]:
    return [path for root in roots for path in sorted((PROJECT_ROOT / root).rglob("*.py"))]


def module_of(path: Path) -> str:
    parts = path.relative_to(PROJECT_ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def defined(tree: ast.Module) -> Iterator[str]:
    """Functions, classes and constants at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def uses(tree: ast.Module, module: str, modules: set[str]) -> set[Use]:
    """The names that a file uses: imported ones, attributes of modules, and names that it defines itself."""
    aliases: dict[str, str] = {}  # local name of a module -> its full name
    names_used: set[Use] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if f"{node.module}.{alias.name}" in modules:
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                else:
                    names_used.add((node.module, alias.name))
        elif isinstance(node, ast.Import):
            aliases.update({alias.asname: alias.name for alias in node.names if alias.asname})
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names_used.add((module, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            names_used.add((aliases[node.value.id], node.attr))
    return names_used


def used_by_tests_alone() -> list[str]:
    sources = {module_of(path): ast.parse(path.read_bytes()) for path in [*files("core", "pages")]}
    sources["app"] = ast.parse((PROJECT_ROOT / "app.py").read_bytes())
    modules = set(sources)
    used = {use for module, tree in sources.items() for use in uses(tree, module, modules)}
    tested = {use for path in files("tests") for use in uses(ast.parse(path.read_bytes()), module_of(path), modules)}
    return [
        f"{module}.{name}"
        for module, tree in sources.items()
        if module != api.__name__  # notebooks and scripts use it
        for name in defined(tree)
        if (module, name) in tested - used and f"{module}:{name}" not in job_names.FUNCTIONS.values()
    ]


def test_no_code_is_used_by_tests_alone() -> None:
    assert used_by_tests_alone() == []


def test_the_scan_tells_names_that_are_used_from_names_that_are_only_defined() -> None:
    modules = {"core.a", "core.b"}
    source = ast.parse("from core import b\nfrom core.b import one\nclass Mine: ...\nKEPT = b.two\nprint(Mine)")
    assert {("core.b", "one"), ("core.b", "two"), ("core.a", "Mine")} <= uses(source, "core.a", modules)
    assert ("core.a", "KEPT") not in uses(source, "core.a", modules)
    assert list(defined(source)) == ["Mine", "KEPT"]
