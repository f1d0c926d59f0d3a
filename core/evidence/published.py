"""The tables of *From Macro to Micro* (arXiv 2505.24768) as numbers: a reference before the first score is logged.

Figures are as printed, except for signs that the available text lost; each table's note says which, and why we
set them. Table 2 cannot be recomputed: the scores behind it are not published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

PAPER = "From Macro to Micro: Probing Dataset Diversity in Language Model Fine-Tuning (arXiv 2505.24768)"
THIRDS = tuple(step / 3 for step in range(4))
SIXTHS = tuple(step / 6 for step in range(7))

# Columns of every table, under the ledger's names; a column is empty if the table does not state it.
COLUMNS = ("table", "strategy", "component", "size", "level", "model", "benchmark", "judge", "measure", "unit", "value")


@dataclass(frozen=True, kw_only=True)
class PublishedTable:
    """One printed table: ``rows`` are dicts of :data:`COLUMNS`; ``level`` is an exact percentage (100/3, not 33.3)."""

    number: int
    title: str
    what: str
    note: str
    rows: Sequence[Mapping[str, object]]

    @property
    def frame(self) -> pd.DataFrame:
        """The table in long form: a row for each printed number, columns :data:`COLUMNS`."""
        return pd.DataFrame([{name: row.get(name, "") for name in COLUMNS} for row in self.rows])

    @property
    def grid(self) -> pd.DataFrame:
        """The values of a table without levels: a row per size ("10K"), a column per component and strategy."""
        table = self.frame.assign(
            column=self.frame["component"] + " · " + self.frame["strategy"],
            row=[f"{size // 1000}K" for size in self.frame["size"]],
        )
        values = table.pivot_table(index="row", columns="column", values="value")
        return values[list(dict.fromkeys(table["column"]))]

    @property
    def provenance(self) -> str:
        return f"{PAPER}, Table {self.number}. {self.note}".strip()


def _curve(
    table: int,
    values: Sequence[float],
    *,
    benchmark: str,
    judge: str = "",
    model: str = "Llama-2-7B",
    strategy: str = "micro",
    variant: str = "",
) -> list[dict[str, object]]:
    """The rows of a printed curve; ``variant`` says what the ablation changed."""
    positions = THIRDS if len(values) == len(THIRDS) else SIXTHS
    fixed = {
        "table": table,
        "strategy": f"{strategy}{f' ({variant})' if variant else ''}",
        "component": "response",
        "size": 10_000,
        "model": model,
        "benchmark": benchmark,
        "judge": judge,
        "measure": "score",
        "unit": "points",
    }
    return [{**fixed, "level": 100 * position, "value": value} for position, value in zip(positions, values)]


def _block(
    table: int, measure: str, benchmark: str, unit: str, cells: Mapping[tuple[str, str], Sequence[float]]
) -> list[dict[str, object]]:
    """The rows of a table whose cells run over the sizes 10K, 20K, 30K; keys are (component, row name)."""
    return [
        {
            "table": table,
            "strategy": name,
            "component": component,
            "size": size,
            "model": "Llama-2-7B",
            "benchmark": benchmark,
            "judge": "Llama-3.1-70B-Nemotron",
            "measure": measure,
            "unit": unit,
            "value": value,
        }
        for (component, name), values in cells.items()
        for size, value in zip((10_000, 20_000, 30_000), values)
    ]


@lru_cache(maxsize=1)
def tables() -> dict[int, PublishedTable]:
    """Every table in this module, by its number in the paper."""
    printed = [
        PublishedTable(
            number=2,
            title="Slope of score on diversity",
            what="Points gained from 0 to 100 % of each strategy's scale, by size (Bayesian linear regression).",
            note="The available text lost the minus signs of the instruction-micro column; a second source has them, "
            "and they agree with the prose. The raw scores are not published, so this table cannot be recomputed.",
            rows=_block(
                2,
                "slope",
                "pairwise",
                "points from 0 to 100 %",
                {
                    ("instruction", "macro"): (2.37, 1.67, 1.45),
                    ("instruction", "meso"): (4.93, 3.75, 2.07),
                    ("instruction", "micro"): (-5.45, -2.83, -1.80),
                    ("response", "macro"): (0.73, 0.97, 0.59),
                    ("response", "meso"): (3.61, 1.71, 2.00),
                    ("response", "micro"): (5.35, 6.68, 10.06),
                },
            ),
        ),
        PublishedTable(
            number=4,
            title="Other judges",
            what="Score at four positions of the response-micro series, judged by two other models.",
            note="Ordinary least squares on these four points gives 4.53 (GPT-4o) and 7.95 (Qwen2.5-72B) points from "
            "0 to 100 %, with positions at exact thirds.",
            rows=[
                *_curve(4, (48.4, 51.8, 52.8, 53.1), benchmark="pairwise", judge="GPT-4o"),
                *_curve(4, (49.0, 54.1, 55.4, 57.4), benchmark="pairwise", judge="Qwen2.5-72B"),
            ],
        ),
        PublishedTable(
            number=5,
            title="Original responses",
            what="Score over the series when the corpus keeps its original responses.",
            note="",
            rows=[
                *_curve(
                    5,
                    (37.6, 43.8, 48.5, 50.8, 55.1, 59.4, 61.4),
                    benchmark="Arena-Hard",
                    variant="original responses",
                ),
                *_curve(
                    5,
                    (43.3, 49.1, 57.2, 61.5, 64.9, 66.4, 64.5),
                    benchmark="AlpacaEval 2.0",
                    variant="original responses",
                ),
            ],
        ),
        PublishedTable(
            number=6,
            title="Knowledge benchmarks",
            what="MMLU and LiveBench over the series with Llama-3-8B.",
            note="Noisy and not monotone: read it beside Table 5.",
            rows=[
                *_curve(6, (54.96, 52.62, 54.42, 52.27, 56.31, 56.50, 55.68), benchmark="MMLU", model="Llama-3-8B"),
                *_curve(
                    6, (12.14, 13.27, 13.13, 12.28, 14.55, 13.75, 14.47), benchmark="LiveBench", model="Llama-3-8B"
                ),
            ],
        ),
        PublishedTable(
            number=7,
            title="Mismatched tokenizer",
            what="Score of Llama-3-8B over a series that was selected with Llama-2's tokenizer.",
            note="",
            rows=[
                *_curve(
                    7,
                    (45.0, 51.1, 45.9, 52.6, 54.1, 56.9, 58.5),
                    benchmark="Arena-Hard",
                    model="Llama-3-8B",
                    variant="mismatched tokenizer",
                ),
                *_curve(
                    7,
                    (41.6, 50.7, 45.5, 58.1, 51.4, 61.6, 53.8),
                    benchmark="AlpacaEval 2.0",
                    model="Llama-3-8B",
                    variant="mismatched tokenizer",
                ),
            ],
        ),
        PublishedTable(
            number=8,
            title="Token-distribution metrics against score",
            what="Pearson correlation of three token-distribution metrics with the score, by dataset size.",
            note="The paper's text says that kurtosis and Gini correlate negatively; the printed figures carry no "
            "sign. We set the response rows of both negative and leave the instruction rows as printed.",
            rows=_block(
                8,
                "pearson",
                "pairwise",
                "correlation",
                {
                    ("response", "information entropy"): (0.58, 0.62, 0.76),
                    ("response", "kurtosis"): (-0.58, -0.43, -0.32),
                    ("response", "gini"): (-0.42, -0.50, -0.69),
                    ("instruction", "information entropy"): (0.04, 0.13, 0.25),
                    ("instruction", "kurtosis"): (0.29, 0.52, 0.68),
                    ("instruction", "gini"): (0.01, 0.11, 0.28),
                },
            ),
        ),
    ]
    return {table.number: table for table in printed}


FIGURE_4 = (
    # component, metric, printed value, whether its sign is known
    ("instruction", "Self-BLEU (BL)", 0.42, False),
    ("response", "mean length (SL)", 0.73, True),
    ("response", "information entropy (IE)", 0.58, True),
)
FIGURE_4_NOTE = (
    "Fig. 4 draws Pearson's r of six metrics (NR, ED, SL, CR, BL, IE) with the score over all datasets of one size. "
    "The text prints three of its values: the largest |r| of the instruction half, and two of the response half. "
    "It names no size; 0.58 for IE is that of 10K in Table 8, so we read all three as 10K. The sign of BL is lost."
)


def figure_4() -> pd.DataFrame:
    """The printed values of Fig. 4: columns component, metric, r, sign ("as printed" or "lost"), size (rows)."""
    table = pd.DataFrame(FIGURE_4, columns=["component", "metric", "r", "signed"])
    signs = ["as printed" if signed else "lost" for signed in table.pop("signed")]
    return table.assign(sign=signs, size=10_000)


def reference_curves() -> pd.DataFrame:
    """Tables 4 to 7 as one long frame: score against the position on the scale, for overlays and the empty page."""
    return pd.concat([tables()[number].frame for number in (4, 5, 6, 7)], ignore_index=True)


def curve_name(row: Mapping[str, object]) -> str:
    """The name in a legend of the curve of ``row``: benchmark, judge or model, variant."""
    parts = [str(row["benchmark"]), str(row["judge"] or row["model"]), str(row["strategy"])]
    return " · ".join(part for part in parts if part)
