"""NovelSum as a metric of the registry: the authors' code by default, the paper's formula, or any mixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.metrics.metric import Measuring, Metric
from core.metrics.novelsum import CONVENTIONS, Convention, novelsum_grid
from core.metrics.reading import Reading
from core.parameters import Parameter


def convention_of(parameters: Mapping[str, Any]) -> Convention:
    """The named convention, or for "custom" that of the six switches."""
    if parameters["convention"] in CONVENTIONS:
        return CONVENTIONS[parameters["convention"]]
    return Convention(
        side=parameters["side"],
        keep_self=parameters["keep_self"],
        density=parameters["density"],
        density_mean=parameters["density_mean"],
        drop=parameters["drop"],
        average=parameters["average"],
    )


def _novelsum(measuring: Measuring) -> Reading:
    parameters = measuring.parameters
    k, alpha = parameters["neighbours"], parameters["alpha"]
    beta = 0.0 if parameters["reference"] == "none" else parameters["beta"]
    value = novelsum_grid(
        measuring.view,
        reference=measuring.reference if parameters["reference"] == "pool" else None,
        neighbours=(k,),
        alphas=(alpha,),
        betas=(beta,),
        convention=convention_of(parameters),
        device=measuring.device,
        progress=measuring.progress,
    )[k, alpha, beta]
    return Reading(
        value=value, detail={"convention": parameters["convention"], "density from": parameters["reference"]}
    )


def _needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    against = parameters["reference"] == "pool" and parameters["beta"] != 0
    return ("embeddings", "reference") if against else ("embeddings",)


def _choice(name: str, title: str, choices: tuple[str, ...], help: str) -> Parameter:
    return Parameter(name=name, title=title, kind="choice", choices=choices, default=choices[0], help=help)


def _switch(name: str, title: str, help: str) -> Parameter:
    return Parameter(name=name, title=title, kind="bool", default=True, help=help)


PARAMETERS = (
    _choice(
        "convention",
        "Convention",
        ("repo", "paper", "custom"),
        "repo: what the authors' code computes. paper: the printed formula, a sum that grows with the rows. "
        "custom: the six switches at the end, which the other two ignore.",
    ),
    Parameter(
        name="alpha",
        title="Proximity α",
        kind="float",
        default=1.0,
        minimum=0,
        maximum=10,
        help="0 counts all distances equally; as it grows, the nearest rows decide more.",
    ),
    Parameter(
        name="beta",
        title="Density β",
        kind="float",
        default=0.5,
        minimum=0,
        maximum=10,
        help="0 ignores density; as it grows, novelty in dense regions counts more.",
    ),
    Parameter(
        name="neighbours",
        title="Density neighbours K",
        kind="int",
        default=10,
        minimum=1,
        maximum=200,
        help="More neighbours give a smoother density.",
    ),
    _choice(
        "reference",
        "Density from",
        ("pool", "rows", "none"),
        "The given reference (the pool, or another corpus); these rows themselves, which makes outliers count "
        "little; or none, which leaves density out (β = 0).",
    ),
    _choice("side", "Density of", ("row", "column"), "The row itself (code) or each of its neighbours (paper)."),
    _switch("keep_self", "Keep the row itself at rank 1", "On (code), the nearest neighbour weighs 1/2^α, not 1."),
    _choice("density", "Density distance", ("squared_l2", "cosine"), "Squared Euclidean (code) or cosine."),
    _switch("density_mean", "Mean over the K neighbours", "On (code), their mean distance; off (paper), the sum."),
    _choice(
        "drop",
        "Drop the nearest hit",
        ("always", "self"),
        "Always (code), or only where it is the row itself; they differ for rows that the reference lacks.",
    ),
    _switch("average", "Weighted average", "On (code), comparable between sizes; off (paper), plain sums."),
)

METRICS = (
    Metric(
        name="novelsum",
        title="NovelSum",
        family="embedding",
        direction=1,
        formula="repo: (1/N) Σ_i σ_i^β · Σ_r r^−α d_i(r) / Σ_r r^−α, d_i(r) the r-th smallest cosine distance from "
        "row i (itself included at r = 1), σ_i = 1 / (mean squared distance to the K nearest different reference "
        "vectors, the first hit dropped, + 1e-9). paper: Σ_i Σ_{j≠i} π_i(j)^−α σ_j^β d(i, j), π_i(j) the rank of j by "
        "distance, σ_j = 1 / Σ over the K nearest of the cosine distance.",
        source="NovelSum (2502.17184) §3 and the authors' code; the defaults reproduce the code. The paper's density "
        "distance is not stated: cosine is a reconstruction.",
        measure=_novelsum,
        needs=_needs,
        parameters=PARAMETERS,
        size_dependent=True,
        cost="O(rows² · (d + log rows) + rows · reference · d)",
    ),
)
