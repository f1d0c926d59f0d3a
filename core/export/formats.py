"""The list of all export formats: a new format is a file that defines ``FORMAT``, and one line here."""

from __future__ import annotations

from core.errors import InputError, quoted
from core.export import json_lines, parquet
from core.export.format import Format
from core.export.trainers import alpaca, hugging_face, messages, sharegpt

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        json_lines,
        parquet,
        alpaca,
        sharegpt,
        messages,
        hugging_face,
    )
}
DEFAULT = json_lines.FORMAT


def format_named(name: str) -> Format:
    """The format with this name. Raises :class:`InputError`, which lists the formats, for an unknown name."""
    if name not in FORMATS:
        raise InputError(f"There is no format {quoted(name)}.", remedy=f"There are: {', '.join(FORMATS)}.")
    return FORMATS[name]


def format_by_suffix(suffix: str) -> Format:
    """Parquet for ``.parquet``, else the only format whose files end in ``suffix``; JSONL where none or several do."""
    fitting = [format for format in FORMATS.values() if format.suffix == suffix]
    if parquet.FORMAT in fitting:
        return parquet.FORMAT
    return fitting[0] if len(fitting) == 1 else DEFAULT
