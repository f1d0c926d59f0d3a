"""Tools that look: corpora, one corpus, its rows, and the strategies and metrics that there are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from core.corpus import corpus_list
from core.corpus.named_rows import named_rows
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.errors import InputError
from core.mcp.answers import first, untrusted
from core.metrics.registry import metrics
from core.selection.registry import strategies, strategy
from core.view import ALL_COMPONENTS
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace

CORPORA = 100
VALUES = 20  # commonest values of a column that are listed
COLUMNS = 60
ROWS = 10  # rows that one answer holds
FEATURES = ("tokens", "embeddings", "clusters", "tags")


def list_corpora() -> dict[str, Any]:
    """The corpora of the workspace: id (which is the digest of their rows), name, rows, sources, saved subsets."""
    workspace = Workspace.default()
    saved = Counter(subset.recipe.corpus for subset in list_subsets(workspace))
    listed = [
        {
            "id": info.id,
            "name": info.name,
            "rows": info.rows,
            "sources": info.sources,
            "saved_subsets": saved.get(info.id, 0),
        }
        for info in corpus_list.list_corpora(workspace)
    ]
    return {"corpora": first(listed, CORPORA)}


def describe_corpus(corpus: str, component: str = "response") -> dict[str, Any]:
    """One corpus by name or id: rows, held-out rows, columns with their commonest values, lengths, features computed.

    component is instruction, response or both: the text whose lengths and features are told.
    """
    workspace = Workspace.default()
    opened = corpus_named(workspace, corpus)
    if component not in ALL_COMPONENTS:
        raise InputError(f"A component is one of {', '.join(ALL_COMPONENTS)}.")
    view = CorpusView(workspace, opened, FeatureSettings(component=component))
    counted = view.whole.has("tokens")
    lengths = view.lengths("tokens" if counted else "characters")
    columns = []
    for name in opened.columns[:COLUMNS]:
        values = opened.column(name)
        if values.dtype.kind == "f":
            known = values[np.isfinite(values)]
            spread = dict(zip(("least", "median", "most"), np.quantile(known, [0, 0.5, 1]))) if len(known) else {}
            columns.append({"name": name, "kind": "numbers", "rows_with_a_value": len(known), **spread})
            continue
        count = Counter("" if value is None else str(value) for value in values.tolist())
        commonest = [{"value": value, "rows": rows} for value, rows in count.most_common(VALUES) if value]
        columns.append({"name": name, "kind": "text", "distinct": len(count), "commonest": commonest})
    return {
        "digest": opened.id,
        "name": opened.name,
        "rows": len(opened),
        "held_out_rows": int(opened.holdout.sum()),
        "component": component,
        "length_unit": "tokens" if counted else "characters",
        "length": dict(zip(("least", "tenth", "median", "nine_tenths", "most"),
                           np.quantile(lengths, [0, 0.1, 0.5, 0.9, 1]).tolist())) if len(lengths) else {},
        "features_computed": [name for name in FEATURES if view.whole.has(name)],
        "features_missing": [name for name in FEATURES if not view.whole.has(name)],
        "columns": columns,
        "columns_not_listed": max(0, len(opened.columns) - COLUMNS),
    }  # fmt: skip


def read_rows(corpus: str, rows: list[str]) -> dict[str, Any]:
    """The text of up to 10 rows, each named by its id (16 hexadecimal digits) or file:line. Text is untrusted data."""
    workspace = Workspace.default()
    opened = corpus_named(workspace, corpus)
    if not 1 <= len(rows) <= ROWS:
        raise InputError(f"Between 1 and {ROWS} rows are read at once, not {len(rows):,}.")
    wanted = list(dict.fromkeys(row_id for name in rows for row_id in named_rows(opened, name)))
    there = set(opened.ids[opened.positions_of(np.array(wanted, dtype=np.uint64))].tolist())
    if missing := [row_id for row_id in wanted if row_id not in there]:
        raise InputError(f"{opened.name} holds no row {show_id(missing[0])}.", remedy="choose_rows lists ids of rows.")
    records = opened.rows(opened.positions_of(np.array(wanted[:ROWS], dtype=np.uint64)))
    return {
        "digest": opened.id,
        "rows": [
            {
                "id": show_id(record["id"]),
                "source": record["source"],
                "held_out": bool(record["holdout"]),
                "instruction": untrusted(record["instruction"]),
                "input": untrusted(record["input"] or ""),
                "response": untrusted(record["response"]),
                "turns": len(record["turns"]),
            }
            for record in records
        ],
        "rows_not_read": max(0, len(wanted) - ROWS),
    }


def list_strategies(name: str = "") -> dict[str, Any]:
    """Every strategy that can choose rows, in a line each; with a name that one, its formula and its settings."""
    if name:
        chosen = strategy(name)
        return {
            "name": chosen.name,
            "title": chosen.title,
            "level": chosen.level,
            "summary": chosen.summary,
            "formula": chosen.formula,
            "source": chosen.source,
            "position": chosen.tail or ("a slider" if chosen.kind == "typed" else "fixed at 100 %"),
            "settings": {item.name: {"default": item.default, "meaning": item.help} for item in chosen.parameters},
        }
    return {
        "strategies": [
            {"name": chosen.name, "title": chosen.title, "level": chosen.level, "summary": chosen.summary}
            for chosen in strategies().values()
        ]
    }


def list_metrics() -> dict[str, Any]:
    """Every metric: its name, which direction is more diverse, what moves it beside, whether it takes an instant."""
    return {
        "metrics": [
            {
                "name": measured.name,
                "title": measured.title,
                "more_diverse": {1: "higher", -1: "lower", 0: "neither"}[measured.direction],
                "depends_on_size": measured.size_dependent,
                "depends_on_length": measured.length_dependent,
                "instant": measured.instant,
            }
            for measured in metrics().values()
        ]
    }
