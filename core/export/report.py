"""CSV for reports: spreadsheets can read it, and never run it as formulas."""

from __future__ import annotations

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(table: pd.DataFrame) -> bytes:
    """``table`` as UTF-8 CSV; text that a spreadsheet would take for a formula gets an apostrophe in front.

    Numbers are left as they are. For training data use JSONL or Parquet, which change nothing.
    """
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]) and not pd.api.types.is_datetime64_any_dtype(safe[name]):
            safe[name] = safe[name].map(_escaped)
    safe.columns = [_escaped(name) for name in safe.columns]
    return safe.to_csv(index=False).encode("utf-8")


def _escaped(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
