"""The demo corpus: questions about the installed Python packages, answered by their own docstrings."""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import orjson

from core.corpus import sources
from core.corpus.ingest import Ingested, collection_paused, ingest_files
from core.corpus.store import open_corpus
from core.errors import InputError
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

VERSION = 1
NAME = "Demo: Python docstrings"
MOST_A_PACKAGE = 500  # rows: so that no package dominates
MOST_FILE = 400_000  # bytes: longer files are generated tables
SPARSE = 1300  # bytes of source for each docstring: a file with more is not worth parsing
SHORTEST, LONGEST = 60, 6000  # characters of a useful docstring
SKIPPED = {
    "tests", "test", "testing", "_vendor", "vendor", "examples", "benchmarks", "idlelib", "lib2to3", "pydoc_data",
    "ensurepip", "site-packages", "dist-packages", "__pycache__",
}  # fmt: skip
# Questions about an object, by its kind; a hash of the object's name chooses the question.
QUESTIONS = {
    "module": (
        "What is the module {name} for?",
        "Give an overview of {name}.",
        "I came across {name} while reading Python code. What does it provide?",
        "Summarise the purpose of the Python module {name}.",
        "When would I import {name}?",
        "Introduce {name} to somebody who has never used {package}.",
    ),
    "class": (
        "What does the class {name} represent?",
        "Explain the class {short} of {package} and its parameters.",
        "How is {name} meant to be used?",
        "Write the documentation of the class {name}.",
        "When should I choose {short} from {package}?",
        "Describe {name}: what it holds and how it is made.",
        "I need to work with a {short} in {package}. What should I know?",
    ),
    "function": (
        "What does {name} do?",
        "How do I use the function {short} of {package}?",
        "Explain {name} and its arguments.",
        "Write a docstring for the function below.",
        "Which arguments does {name} take, and what does it return?",
        "Describe the behaviour of {short} in {package}.",
        "What should I pass to {name}, and what comes back?",
        "Document this function from {package}.",
    ),
    "method": (
        "What does {owner}.{short} do in {package}?",
        "How does the method {short} of {owner} work?",
        "Explain the method below, which belongs to {owner} in {package}.",
        "When do I call {short} on a {owner}?",
        "Write the docstring of {owner}.{short}.",
        "What happens when I call {name}?",
        "Describe the parameters of {owner}.{short} ({package}).",
    ),
    "property": (
        "What does the property {short} of {owner} hold?",
        "What do I read from {name}?",
        "Explain the attribute {short} of {package}'s {owner}.",
        "What is {owner}.{short}?",
    ),
}


def demo(workspace: Workspace, *, progress: Progress = silent) -> Ingested:
    """The demo corpus of this machine, built on first use and found again afterwards.

    Source files are read, never imported or run. A row's source is the package, its category the kind of object. The
    same installed packages give the same corpus.
    """
    made_from = digest(
        [VERSION, sys.version, sorted({str(dist.metadata["Name"]) + dist.version for dist in metadata.distributions()})]
    )
    for artefact in workspace.list("corpora"):
        if artefact.manifest.get("origin") == {"demo": made_from}:
            corpus = open_corpus(workspace, artefact.key)
            return Ingested(corpus, True, corpus.report)
    with collection_paused():
        lines = [orjson.dumps(record) for record in records(progress=progress)]
    if not lines:
        raise InputError(
            "The installed packages carry no docstrings (Python may run without its sources).",
            remedy="Upload a file instead.",
        )
    file = sources.from_bytes("installed_packages.jsonl", b"\n".join(lines))
    return ingest_files(workspace, [file], name=NAME, origin={"demo": made_from}, progress=progress)


def records(*, most: int = MOST_A_PACKAGE, progress: Progress = silent) -> Iterator[dict[str, str]]:
    """One record for each documented public object, packages in the order of their names; no docstring comes twice."""
    roots = list(_packages())
    seen = set[str]()
    for done, (package, root) in enumerate(roots):
        progress(done, len(roots), f"packages read, now {package}")
        count = 0
        for path in _files(root):
            module = _module(package, root, path)
            for record in _documented(path, package, module):
                if record["response"] in seen:
                    continue
                seen.add(record["response"])
                yield record
                count += 1
                if count == most:
                    break
            if count == most:
                break


def _packages() -> Iterator[tuple[str, Path]]:
    """(name, folder) of the standard library and of each installed package, ordered by name."""
    paths = sysconfig.get_paths()
    standard = Path(paths["stdlib"])
    packages = [("python", standard)]
    installed = {Path(paths[key]) for key in ("purelib", "platlib")}
    for folder in sorted(installed):
        if folder.is_dir():
            packages += [
                (entry.name, entry)
                for entry in folder.iterdir()
                if entry.name not in SKIPPED and not entry.name.startswith("_") and (entry / "__init__.py").is_file()
            ]
    return iter(sorted(packages))


def _files(root: Path) -> Iterator[Path]:
    """A package's source files, those nearest to its top folder first, because they hold its public interface."""
    level = [root]
    while level:
        below: list[Path] = []
        for folder in level:
            with os.scandir(folder) as entries:
                names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
            for name, is_folder in names:
                if name in SKIPPED or name.startswith(("test_", "conftest", ".")):
                    continue
                if is_folder:
                    below.append(folder / name)
                elif name.endswith(".py"):
                    yield folder / name
        level = below


def _module(package: str, root: Path, path: Path) -> str:
    """The dotted name under which users import the module; private modules are left out of the name."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    public = [part for part in parts if not part.startswith("_")]
    return ".".join(public if package == "python" else [package, *public])


def _documented(path: Path, package: str, module: str) -> Iterator[dict[str, str]]:
    if not module or path.stat().st_size > MOST_FILE:
        return
    source = path.read_bytes()
    if source.count(b'"""') // 2 * SPARSE < len(source):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, OSError):
        return  # not valid Python here: a template, or the syntax of another Python version
    short = module.rsplit(".", 1)[-1]
    if path.stem == "__init__" or not path.stem.startswith("_"):
        yield from _record(tree, "module", package=package, name=module, short=short, owner="", code="")
    for node in tree.body:
        yield from _object(node, package, module)


def _object(node: ast.stmt, package: str, module: str) -> Iterator[dict[str, str]]:
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
        return
    name = f"{module}.{node.name}"
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    yield from _record(node, kind, package=package, name=name, short=node.name, owner="", code=_signature(node))
    if not isinstance(node, ast.ClassDef):
        return
    for member in node.body:
        if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and not member.name.startswith("_"):
            decorators = {decorator.id for decorator in member.decorator_list if isinstance(decorator, ast.Name)}
            kind = "property" if decorators & {"property", "cached_property"} else "method"
            yield from _record(
                member,
                kind,
                package=package,
                name=f"{name}.{member.name}",
                short=member.name,
                owner=node.name,
                code=_signature(member),
            )


def _record(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
    kind: str,
    *,
    package: str,
    name: str,
    short: str,
    owner: str,
    code: str,
) -> Iterator[dict[str, str]]:
    text = ast.get_docstring(node, clean=False)
    if not text:
        return
    text = inspect.cleandoc(text).strip()
    if not SHORTEST <= len(text) <= LONGEST:
        return
    drawn = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")
    asked = QUESTIONS[kind][drawn % len(QUESTIONS[kind])]
    shows_code = bool(code) and ("below" in asked or "this function" in asked or drawn % 5 == 0)
    shown = "Python" if package == "python" else package
    yield {
        "source": package,
        "category": kind,
        "instruction": asked.format(name=name, package=shown, short=short, owner=owner),
        "input": code if shows_code else "",
        "response": text,
        "object": name,
    }


def _signature(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    if isinstance(node, ast.ClassDef):
        return ""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{'async ' * isinstance(node, ast.AsyncFunctionDef)}def {node.name}({ast.unparse(node.args)}){returns}: ..."
