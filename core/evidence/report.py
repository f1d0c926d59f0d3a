"""The evidence as one HTML file that opens anywhere, offline, and its tables as CSV files in one archive."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go

ROWS_SHOWN = 500  # rows of a table that the report shows; the CSV has all of them
FOLDED_FROM = 20  # a table with more rows is folded away until the reader opens it
MAX_BYTES = 6_000_000

_STYLE = """
body { font: 16px/1.5 'Source Sans Pro', 'Segoe UI', Helvetica, Arial, sans-serif; color: #1C2430; background: #fff;
  max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #E3E7EE; }
.note { color: #5B6675; } figure { margin: 1rem 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; } .scroll { overflow-x: auto; }
th, td { padding: 3px 10px; border-bottom: 1px solid #E3E7EE; text-align: left; white-space: nowrap; }
summary { cursor: pointer; font-weight: 600; padding: 0.4rem 0; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the report: its title, notes, figures and tables. All strings are escaped, none is used as HTML."""

    title: str
    notes: Sequence[str] = ()
    figures: Sequence[go.Figure] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def html_report(title: str, sections: Sequence[Section], *, made: datetime | None = None) -> str:
    """A self-contained page: the plotting library once, every figure's data, every table; it makes no requests.

    Figures that would make the page larger than six megabytes are left out, and a note says so (their data are in the
    tables). Long tables show their first 500 rows.
    """
    from plotly.offline import get_plotlyjs

    made = made or datetime.now(UTC)
    has_figures = any(section.figures for section in sections)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'; img-src data: blob:\">",
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>",
        f"<script>{get_plotlyjs()}</script>" if has_figures else "",
        f"</head><body><h1>{html.escape(title)}</h1>",
        f'<p class="note">Diverscope · {made.strftime("%Y-%m-%d %H:%M UTC")}</p>',
    ]
    size = sum(len(part.encode()) for part in parts)
    number = 0
    for section in sections:
        block = [f"<h2>{html.escape(section.title)}</h2>"]
        block += [f'<p class="note">{html.escape(note)}</p>' for note in section.notes]
        for figure in section.figures:
            drawn = _figure(figure, number)
            if size + sum(map(len, block)) + len(drawn) > MAX_BYTES:
                block.append('<p class="note">A figure is left out here to keep the file small.</p>')
                continue
            block.append(drawn)
            number += 1
        for name, table in section.tables.items():
            inside = table_html(table)
            if len(table) > FOLDED_FROM:
                what = f"{html.escape(name)} · {len(table):,} rows"
                block.append(f"<details><summary>{what}</summary>{inside}</details>")
            else:
                block.append(f"<h3>{html.escape(name)}</h3>{inside}")
        parts += block
        size += sum(len(part.encode()) for part in block)
    return "".join([*parts, "</body></html>"])


def table_html(table: pd.DataFrame) -> str:
    """A table with numbers to four digits; every cell is escaped."""
    shown = table.head(ROWS_SHOWN)
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in shown.columns)
    body = "".join(
        "<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in shown.itertuples(index=False, name=None)
    )
    more = f'<p class="note">The first {ROWS_SHOWN:,} of {len(table):,} rows.</p>' if len(table) > ROWS_SHOWN else ""
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}'


def csv_archive(tables: Mapping[str, pd.DataFrame], *, encode: Callable[[pd.DataFrame], bytes]) -> bytes:
    """Every table as a CSV file in a zip archive. ``encode`` writes no cell as a spreadsheet formula."""
    buffer = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables.items():
            stem = "".join(char if char.isalnum() or char in "-_" else "-" for char in name).strip("-") or "table"
            while stem in taken:
                stem += "-2"
            taken.add(stem)
            archive.writestr(zipfile.ZipInfo(f"{stem}.csv", date_time=(1980, 1, 1, 0, 0, 0)), encode(table))
    return buffer.getvalue()


def _figure(figure: go.Figure, number: int) -> str:
    # "<" could close the script element, so it is written as a JSON escape.
    data = (figure.to_json() or "{}").replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    name = json.dumps(f"figure-{number}")
    return (
        f'<figure id="figure-{number}"></figure><script>(function () {{ const f = {data}; '
        f"Plotly.newPlot({name}, f.data, f.layout, {{displaylogo: false, responsive: true}}); }})();</script>"
    )


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return "<td></td>"
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, float):
        return f'<td class="number">{value:.4g}</td>'
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{html.escape(str(value))}</td>"
