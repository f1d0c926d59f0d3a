"""MIG: the row that adds the most information to the tags, which pass information on to tags near theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

from core.errors import InputError, quoted
from core.parameters import Parameter
from core.selection.greedy.information import information_greedy, passing_on, tag_vectors
from core.selection.greedy.points import Points, points, scored, scores
from core.selection.greedy.ranking import PREFIX, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond the prefix by falling gain beside the chosen rows"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters, given = preparation.view, preparation.parameters, preparation.given
    carried = view.tags.matrix.astype(np.float64)
    per_row = np.diff(carried.indptr)
    if not per_row.any():
        raise InputError("No row of this pool carries a tag.", remedy="Tag the rows on the Tags page.")
    name = parameters["quality"]
    outside: dict[str, int] = {}
    worth, known = np.ones(len(view)), np.ones(len(view), dtype=np.bool_)
    if name is not None:
        worth = scores(view, name, what="the quality")
        known, outside = scored(worth, name)
        if worth[known].min() <= 0:
            raise InputError(
                f"The column {quoted(name)} holds values of 0 or less, and quality is the information of a row.",
                remedy="Choose a column whose values are positive.",
            )
        worth[~known] = worth[known].mean()  # these can only count as rows in training
        worth = worth / worth.mean()
    if parameters["divided"]:
        worth = worth / np.maximum(per_row, 1)
    outside["no tag"] = int((known & (per_row == 0)).sum())
    shares = sparse.diags(worth) @ carried
    if _reads_vectors(parameters):
        directed = points(view)
        shares = shares @ passing_on(
            tag_vectors(carried, directed.vectors, directed.rows),
            threshold=parameters["similar"],
            nearest=parameters["nearest"],
            weight=parameters["passed_on"],
            progress=preparation.progress,
        )
    chosen = information_greedy(
        sparse.csr_matrix(shares),
        count=parameters["prefix"],
        power=parameters["power"],
        slope=parameters["gain"] == "slope",
        given=given,
        barred=~known | (per_row == 0),
    )
    everything = Points(rows=np.arange(len(view)), vectors=np.empty((len(view), 0), dtype=np.float32))
    return ranked(rows=len(view), points=everything, chosen=chosen, tail=TAIL, outside=outside)


def _reads_vectors(parameters: Mapping[str, Any]) -> bool:
    return bool(parameters["similar"] < 1 and parameters["passed_on"] > 0)


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    vectors = ["embeddings"] if _reads_vectors(parameters) else []
    return ("tags", *vectors, *([f"column:{parameters['quality']}"] if parameters["quality"] else []))


STRATEGY = Strategy(
    name="mig",
    title="MIG: information over tags",
    level="ranked",
    kind="ranked",
    summary="Take the row that adds the most information to the tags: good rows with tags, or near tags, that are "
    "still rare among the chosen.",
    formula="Greedy maximum of Σ over tags of φ(Σ over chosen rows of e), φ(x) = x^p, e = quality · tags · A. A passes "
    "information on: a tag receives from itself with weight 1 and from each near tag with weight α · cosine, where the "
    "cosine is at least T; each column of A sums to 1. The gain is e · φ′(known so far + 0.000001), or the exact "
    "difference. Both only fall, so lazy greedy is exact. Ties by row id.",
    source="MIG (arXiv 2504.13835) and its authors' code, read there. There the graph joins names of tags by a "
    "sentence model (T = 0.9); here tags of like names are merged already, so a tag's vector is the mean of its "
    "rows' vectors less the mean of all rows, and at most the nearest k tags pass on: ours.",
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="quality",
            title="Quality column",
            kind="numeric_column",
            default=None,
            optional=True,
            help="Positive values, higher is better. Rows without a number are left out.",
            without="No quality column is named: every row counts alike, and tags alone decide.",
        ),
        Parameter(
            name="similar",
            title="T, least cosine of near tags",
            kind="float",
            default=0.9,
            minimum=0,
            maximum=1,
            scale="similarity",
            help="As T falls, information reaches more tags and rows of neighbouring tags are taken later. At 1 tags "
            "pass nothing on, and no vectors are read.",
        ),
        Parameter(
            name="power",
            title="p, power of φ",
            kind="float",
            default=0.8,
            minimum=0.05,
            maximum=1,
            help="As p falls, a tag that is known already adds less, and rare tags come earlier; at 1 the row with the "
            "most quality · tags wins whatever is chosen.",
        ),
        Parameter(
            name="gain",
            title="Gain of a row",
            kind="choice",
            default="slope",
            choices=("slope", "difference"),
            help="By the slope of φ at what is known so far, as the authors' code does: a tag without a row counts "
            "high; or by the exact difference of the value.",
        ),
        Parameter(
            name="divided",
            title="Divide quality over a row's tags",
            kind="bool",
            default=False,
            help="Off: each tag of a row carries its whole quality, so rows of many tags win. On: a share of it.",
        ),
        Parameter(
            name="passed_on",
            title="α, weight of near tags",
            kind="float",
            default=1.0,
            minimum=0,
            maximum=10,
            help="As α grows, more of what a tag knows comes from the tags near it.",
        ),
        Parameter(
            name="nearest",
            title="Near tags a tag",
            kind="int",
            default=32,
            minimum=1,
            maximum=1024,
            by_eye=False,
            help="A tag receives from at most so many tags. As it grows, large groups of alike tags share more, and "
            "memory grows.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(tags² · dimensions) for the graph, then O(entries of rows × tags) and a few evaluations a choice",
    job_from=lambda parameters: 8_000,
)
