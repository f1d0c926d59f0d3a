"""Files of other systems that say something of each row, read as columns: DsDm, GPTfluence, gates of experts, Magpie.

Of each: which fields it looks for, and which columns come of them. Rows are named as in any file of columns: by ``id``,
by another column that came with the rows, or by their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from core.corpus.column_files import read_table
from core.errors import InputError, listed_in_short, quoted

LEVELS = {
    "difficulty": ("very easy", "easy", "medium", "hard", "very hard"),
    "quality": ("very poor", "poor", "average", "good", "excellent"),
}
NAMING = ("id", "row_id", "uuid", "conversation_id", "index", "position")  # fields that name a row
MOST_TARGETS = 32


@dataclass(frozen=True, kw_only=True)
class KnownColumns:
    """One kind of file: its title, the fields that it needs, the columns that it gives, its source, its reader."""

    name: str
    title: str
    looks_for: str
    gives: str
    source: str
    read: Callable[[pa.Table], dict[str, list[Any]]]


def known_table(data: bytes, *, name: str, kind: str) -> pa.Table:
    """The columns of the file ``name`` as files of ``kind`` have them, with the fields that name the rows.

    Raises :class:`InputError` for an unknown kind, and where a field that the kind needs is not there or holds anything
    else, naming what was looked for.
    """
    known = kind_named(kind)
    table = read_table(data, name=name)
    columns = known.read(table)
    if not columns:
        raise InputError(f"{quoted(name)} holds nothing of {known.title}.", remedy=f"Looked for: {known.looks_for}")
    lines = len(next(iter(columns.values())))
    naming = {field: table[field].to_pylist() for field in NAMING if field in table.column_names}
    if lines != table.num_rows:  # several lines of a row became one
        naming = {"id": columns.pop("id")}
    made = {**naming, **{column: values for column, values in columns.items() if column not in naming}}
    return pa.table({column: pa.array(values) for column, values in made.items()})


def kind_named(name: str) -> KnownColumns:
    """The kind called ``name``. Raises :class:`InputError`, which lists them."""
    found = next((kind for kind in KNOWN if kind.name == name), None)
    if found is None:
        raise InputError(
            f"There is no kind of columns {quoted(name)}.", remedy=f"There are: {', '.join(k.name for k in KNOWN)}."
        )
    return found


def _field(table: pa.Table, *names: str) -> list[Any] | None:
    """The values of the first of these fields that is there, whatever the case of its name."""
    there = {column.lower(): column for column in table.column_names}
    return next((table[there[name]].to_pylist() for name in names if name in there), None)


def _numbers(values: Sequence[Any], field: str) -> list[float | None]:
    """The values as numbers, None where there is none. Raises :class:`InputError` for anything else."""
    made: list[float | None] = []
    for line, value in enumerate(values, start=1):
        try:
            number = None if value is None or value == "" else float(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"{field}, line {line}: {quoted(value)} is no number.") from error
        made.append(number if number is not None and np.isfinite(number) else None)
    return made


def _dsdm(table: pa.Table) -> dict[str, list[Any]]:
    """One column for each target: every field of numbers but those that name the row."""
    fields = [
        field.name for field in table.schema
        if field.name.lower() not in NAMING and (pa.types.is_floating(field.type) or pa.types.is_integer(field.type))
    ]  # fmt: skip
    if len(fields) > MOST_TARGETS:
        raise InputError(f"{len(fields):,} targets are too many at once.", remedy=f"Keep up to {MOST_TARGETS}.")
    return {f"dsdm_{field}": _numbers(table[field].to_pylist(), field) for field in fields}


def _gptfluence(table: pa.Table) -> dict[str, list[Any]]:
    """The means over test examples of both factors of each row, which may have several lines."""
    factors = {"gptfluence_alpha": _field(table, "alpha", "multiplicative", "multiplicative_factor"),
               "gptfluence_beta": _field(table, "beta", "additive", "additive_factor")}  # fmt: skip
    there = {name: _numbers(values, name) for name, values in factors.items() if values is not None}
    names = _field(table, "id", "row_id", "train_id", "sample_id")
    if not there:
        return {}
    if names is None:
        if _field(table, "test_id", "test", "target") is not None:
            raise InputError("The factors name test examples but no rows.", remedy="Give a field id with row ids.")
        return dict(there)
    sums: dict[Any, dict[str, list[float]]] = defaultdict(lambda: {name: [] for name in there})
    for place, name in enumerate(names):
        for column, values in there.items():
            if (value := values[place]) is not None:
                sums[name][column].append(value)
    if len(sums) == table.num_rows:
        return dict(there)
    made: dict[str, list[Any]] = {"id": list(sums)}
    for column in there:
        made[column] = [float(np.mean(row[column])) if row[column] else None for row in sums.values()]
    return made


def _experts(table: pa.Table) -> dict[str, list[Any]]:
    """The entropy of each row's load over experts, its busiest expert and that one's share."""
    listed = _field(table, "gate_load", "gate_loads", "expert_load", "expert_loads", "router_load")
    if listed is None:
        fields = [name for name in table.column_names if name.lower().startswith(("expert_", "expert "))]
        listed = [list(row) for row in zip(*(table[name].to_pylist() for name in fields))] if fields else None
    if listed is None:
        return {}
    made: dict[str, list[Any]] = {"gate_entropy": [], "gate_expert": [], "gate_share": []}
    for line, cell in enumerate(listed, start=1):
        loads = np.array(_numbers(cell if isinstance(cell, (list, tuple)) else [cell], "gate_load"), dtype=np.float64)
        if cell is None or not len(loads) or np.isnan(loads).any():
            for column in made.values():
                column.append(None)
            continue
        if (loads < 0).any() or not loads.sum() > 0:
            raise InputError(f"Line {line}: loads of experts are 0 or more, and not all 0.")
        shares = loads / loads.sum()
        made["gate_entropy"].append(float(-(shares * np.log(np.where(shares > 0, shares, 1.0))).sum()))
        made["gate_expert"].append(f"expert {int(shares.argmax())}")
        made["gate_share"].append(float(shares.max()))
    return made


def _magpie(table: pa.Table) -> dict[str, list[Any]]:
    """Magpie's tags; difficulty and quality also as numbers from 1 to 5."""
    made: dict[str, list[Any]] = {}
    worded = {
        "task": ("task_category", "task_type", "primary_tag"), "intent": ("intent",), "language": ("language",),
        "safety": ("llama_guard_2", "llama_guard", "safety"),
    }  # fmt: skip
    for column, names in worded.items():
        if (values := _field(table, *names)) is not None:
            made[f"magpie_{column}"] = [str(value) if value not in (None, "") else None for value in values]
    for column, names in {"difficulty": ("difficulty",), "quality": ("input_quality", "quality")}.items():
        values = _field(table, *names)
        if values is None:
            continue
        levels = LEVELS[column]
        places = []
        for line, value in enumerate(values, start=1):
            word = str(value or "").strip().lower()
            if word and word not in levels:
                raise InputError(
                    f"{column}, line {line}: {quoted(value)} is no level of Magpie's.",
                    remedy=f"There are: {listed_in_short(levels)}.",
                )
            places.append(float(levels.index(word) + 1) if word else None)
        made[f"magpie_{column}"] = places
    numbers = {"reward": ("instruct_reward", "reward"), "distance": ("min_neighbor_distance",)}
    for column, names in numbers.items():
        if (values := _field(table, *names)) is not None:
            made[f"magpie_{column}"] = _numbers(values, column)
    return made


KNOWN = (
    KnownColumns(
        name="dsdm", title="DsDm datamodel weights", read=_dsdm,
        looks_for="a number for each row and target: fields named after the targets, or a .npy file of one target.",
        gives="dsdm_TARGET, the weight of the row in a linear datamodel of the target's loss",
        source="DsDm (arXiv 2401.12926): the rows with the largest weights lower the target's loss most",
    ),
    KnownColumns(
        name="gptfluence", title="GPTfluence's factors", read=_gptfluence,
        looks_for="alpha and beta (multiplicative and additive factor), with id; lines for several test examples are "
        "averaged.",
        gives="gptfluence_alpha, gptfluence_beta: L(t) = alpha · L(t − 1) + beta of a test loss when the row is learnt",
        source="GPTfluence (arXiv 2404.07840), from memory",
    ),
    KnownColumns(
        name="experts", title="gate loads of a mixture of experts", read=_experts,
        looks_for="gate_load, a list of loads of each row, or fields expert_0, expert_1, …",
        gives="gate_entropy (nats), gate_expert (the busiest), gate_share (its share)",
        source="after Dynamic Data Mixing for MoE (arXiv 2406.11256), which compares sources by their gate loads",
    ),
    KnownColumns(
        name="magpie", title="Magpie's tags", read=_magpie,
        looks_for="difficulty, input_quality, task_category, intent, language, llama_guard_2, instruct_reward, "
        "min_neighbor_distance; those that are there.",
        gives="magpie_… of each; difficulty and quality from 1 to 5",
        source="Magpie (arXiv 2406.08464)",
    ),
)  # fmt: skip
