"""Studies as TOML files: what a page writes and the command line reads; an error names its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.budgets.sizing import in_tokens
from core.corpus.naming import corpus_named
from core.errors import InputError, quoted
from core.selection.registry import strategies
from core.workbench.feature_settings import FeatureSettings
from core.workbench.studies.further_sets import FurtherSets
from core.workbench.studies.study import Study
from core.workspace.artefacts import Workspace

TOP = (
    "name", "corpus", "target", "strategies", "components", "sizes", "unit", "row_cutoff", "levels", "seeds", "random",
)  # fmt: skip
POOL = ("sources", "categories", "scripts", "length", "columns", "text", "regex", "within", "ids", "pinned", "excluded")
TABLES = ("features", "pool", "budget", "parameters", "sets")
_KEY_ENDS = re.compile("[=.]")  # where the key of a line of TOML ends


def read_study(workspace: Workspace, path: Path, *, corpus: str = "") -> Study:
    """The study in a TOML file; ``corpus`` (a name or an id) goes before the one that the file names.

    Raises :class:`InputError` for a file that cannot be read, and, with the line, for a key that a study, a strategy
    or the feature settings do not have.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read: {str(error)[:80]}.") from error
    return study_of_text(workspace, text, file=path.name, corpus=corpus)


def study_of_text(workspace: Workspace, text: str, *, file: str = "The study", corpus: str = "") -> Study:
    """The study that a TOML text describes; see :func:`read_study`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is not TOML: {str(error)[:120]}.") from error
    _refuse_unknown_keys(values, text, file)
    _refuse_wrong_sets(values, text, file)
    named = corpus or str(values.get("corpus", ""))
    if not named:
        raise InputError(f"{file} names no corpus.", remedy='Write corpus = "NAME" in it, or give --corpus NAME.')
    values["corpus"] = corpus_named(workspace, named).id
    if values.get("target"):
        values["target"] = corpus_named(workspace, str(values["target"])).id
    values.setdefault("name", Path(file).stem)
    try:
        return Study.of(in_tokens(values, workspace=workspace))
    except InputError as error:
        raise InputError(f"{file}: {error.what}", remedy=error.remedy) from error


def study_text(study: Study, *, corpus_name: str = "") -> str:
    """The study as TOML; ``corpus_name`` stands in place of the corpus's id where it is given."""
    values = study.as_dict()
    values["corpus"] = corpus_name or values["corpus"]
    lines = [f"{name} = {_toml(values[name])}" for name in TOP if name in values]
    for table in ("features", "pool", "budget"):
        if values.get(table):
            lines += ["", f"[{table}]", *(f"{_key(name)} = {_toml(value)}" for name, value in values[table].items())]
    for name, knobs in values["parameters"].items():
        if knobs:
            lines += ["", f"[parameters.{_key(name)}]"]
            lines += [f"{_key(knob)} = {_toml(value)}" for knob, value in knobs.items() if value is not None]
    for further in values.get("sets", ()):
        lines += ["", "[[sets]]", *(f"{name} = {_toml(value)}" for name, value in further.items())]
    return "\n".join(lines) + "\n"


def _refuse_unknown_keys(values: Mapping[str, Any], text: str, file: str) -> None:
    known: dict[str, tuple[str, ...]] = {
        "": (*TOP, "profile", *TABLES),
        "features": tuple(FeatureSettings().as_dict()),
        "pool": POOL,
    }
    known["parameters"] = tuple(strategies())
    for name, chosen in strategies().items():
        known[f"parameters.{name}"] = tuple(parameter.name for parameter in chosen.parameters)
    for table, keys in _tables(values):
        for key in keys:
            if table in known and key not in known[table]:
                line = _line_of(text, table, key)
                place = f"{file}, line {line}" if line else file
                where = f" in [{table}]" if table else ""
                raise InputError(
                    f"{place}: there is no {quoted(key)}{where}.", remedy=f"There are: {', '.join(known[table])}."
                )


def _refuse_wrong_sets(values: Mapping[str, Any], text: str, file: str) -> None:
    """Raises :class:`InputError`, with the line of the key or else of the [[sets]], for sets that are none."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.strip().replace(" ", "").startswith("[[sets]]")]
    written = values.get("sets", [])
    for place, further in enumerate(written if isinstance(written, list) else [written]):
        try:
            FurtherSets.of(further)
        except InputError as error:
            start = starts[place] if place < len(starts) else -1
            stop = starts[place + 1] if place + 1 < len(starts) else len(lines)
            quotes = re.search("'(.+?)'", error.what)  # the key or the value that is wrong
            word = re.escape(quotes[1]) if quotes else "$^"
            there = re.compile(rf'(?<![\w-])"?{word}"?\s*=|"{word}"')
            named = [number for number in range(max(start, 0), stop) if there.search(lines[number])]
            line = (named or [start])[0] + 1
            raise InputError(f"{file}, line {line}: {error.what}" if line else f"{file}: {error.what}",
                             remedy=error.remedy) from error  # fmt: skip


def _tables(values: Mapping[str, Any], under: str = "") -> list[tuple[str, list[str]]]:
    """(dotted name of the table, its keys), tables before those inside them."""
    tables = [(under, list(values))]
    for name, value in values.items():
        if isinstance(value, Mapping):
            tables += _tables(value, f"{under}.{name}" if under else name)
    return tables


def _line_of(text: str, table: str, key: str) -> int:
    """The line, from 1, on which ``key`` of ``table`` stands; 0 where it is written in another way."""
    header = ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            header = stripped.strip("[] ").replace('"', "").replace(" ", "")
            if header == f"{table}.{key}".strip("."):
                return number
        elif header == table and _KEY_ENDS.split(stripped, maxsplit=1)[0].strip().strip("\"'") == key:
            return number
    return 0


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _toml(value: Any) -> str:
    """A value of TOML: a text, a number, true or false, a list, a table in braces."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(k))} = {_toml(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
