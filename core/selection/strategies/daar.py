"""DaaR: ranks rows by closeness to other domains, by closeness to their own, or by the entropy of a domain probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, listed_in_short, quoted
from core.parameters import Parameter
from core.selection.daar import domains as among
from core.selection.daar.domains import Domains
from core.selection.daar.entropy import TOP, mean_entropy
from core.selection.daar.probe import regress
from core.selection.daar.windows import HIGHEST_FIRST, ends
from core.selection.greedy.points import Points, labels, points, scored, scores
from core.selection.greedy.ranking import descending, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.examples import example_rows

TAIL = f"the order is complete, the slider is a window along it ({ends()})"
OWN, OTHER = 0.5, 0.1  # share of rows taken from the target domain, and from each other domain
DECIMALS = 9  # scores that are equal to so many decimals tie, and go by row id


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    notice = ""
    if parameters["measured"]:
        values = scores(view, parameters["measured"], what="DaaR's score")
        _, outside = scored(values, parameters["measured"])
        domains = None
        if parameters["column"]:
            codes, names = labels(view, parameters["column"])
            domains = Domains(domain=codes, names=names)
    else:
        pool = points(view)
        domains, outside = _domains(preparation, pool)
        pool_domains = Domains(domain=domains.domain[pool.rows], names=domains.names)
        values = np.full(len(view), np.nan)
        values[pool.rows], notice = _scores(preparation, pool, pool_domains)
        outside |= pool.outside
    better = values if HIGHEST_FIRST[parameters["score"]] else -values
    order = without(descending(np.round(better, DECIMALS)), preparation.given)
    groups, names, prefix = None, [], max(1, round(TOP * len(order))) if len(order) else 0
    if parameters["target"]:
        if domains is None:
            raise InputError("The target domain needs domains.", remedy="Choose the column that holds them.")
        order, prefix = _toward(order, domains, parameters["target"])
    elif parameters["score"] != "entropy" and domains is not None:
        if (domains.domain[order] < 0).any():
            outside |= {"no domain": int((domains.domain[order] < 0).sum())}
            order = order[domains.domain[order] >= 0]
        groups, names, prefix = domains.domain, domains.names, len(order)
    return RankedPlan(
        order=order,
        rows=len(view),
        gains=values[order],
        groups=groups,
        names=names,
        tail=TAIL,
        prefix=prefix,
        outside=outside,
        notice=notice,
    )


def _domains(preparation: Preparation, pool: Points) -> tuple[Domains, dict[str, int]]:
    """The domain of every row of the view, without domains of a single row, and the number of rows in those."""
    parameters = preparation.parameters
    if parameters["domains"] == "k-means":
        domains = among.pseudo(pool.vectors, parts=parameters["parts"], seed=parameters["partition_seed"])
    elif parameters["domains"] == "column":
        codes, names = labels(preparation.view, parameters["column"])
        domains = among.labelled(codes[pool.rows], names, pool.vectors)
    else:
        examples, which = example_rows(preparation, DAAR)
        assert preparation.target is not None  # example_rows has refused a missing target
        codes, names = labels(preparation.target, parameters["column"])
        domains = among.from_examples(pool.vectors, examples, codes[which], names)
    domains, singles = domains.without_singles()
    if not domains.names:
        raise InputError(
            "Each domain has a single row: no centre can be computed.",
            remedy="Choose another column, or pseudo-domains.",
        )
    whole = np.full(len(preparation.view), -1, dtype=np.int32)
    whole[pool.rows] = domains.domain
    return Domains(domain=whole, names=domains.names), ({"the only row of its domain": singles} if singles else {})


def _scores(preparation: Preparation, pool: Points, domains: Domains) -> tuple[NDArray[np.float64], str]:
    """(pool rows,) the score, and a warning about it ("" for none)."""
    parameters = preparation.parameters
    if parameters["score"] != "entropy":
        near = among.cosines(pool.vectors, among.centres_of(pool.vectors, domains))
        return (among.inter if parameters["score"] == "inter" else among.intra)(near, domains.domain), ""
    training: dict[str, Any] = {
        "epochs": parameters["epochs"],
        "seed": preparation.seed,
        "device": preparation.device,
        "progress": preparation.progress,
    }
    entropies = mean_entropy(
        pool.vectors, domains.domain, classes=len(domains.names), probes=parameters["probes"], **training
    )
    values = entropies.values
    if parameters["regressor"]:
        values = regress(pool.vectors, values, **training)
    return np.where(domains.domain >= 0, values, np.nan), entropies.notice


def _toward(order: NDArray[np.int64], domains: Domains, target: str) -> tuple[NDArray[np.int64], int]:
    """``order`` interleaved so that half of the target domain and a tenth of each other domain come first.

    Also returns how many rows that is. A row's turn is its rank within its domain divided by the number of rows taken
    from that domain, so that any prefix keeps the domains in the same ratio.
    """
    if target not in domains.names:
        raise InputError(
            f"There is no domain {quoted(target)}.", remedy=f"There are: {listed_in_short(domains.names)}."
        )
    order = order[domains.domain[order] >= 0]
    part = domains.domain[order]
    turn, prefix = np.empty(len(order)), 0
    for number, name in enumerate(domains.names):
        own = np.flatnonzero(part == number)
        wanted = (OWN if name == target else OTHER) * len(own)
        turn[own] = (np.arange(len(own)) + 0.5) / max(wanted, 1e-9)
        prefix += round(wanted)
    return order[np.argsort(turn, kind="stable")], prefix


def needs(parameters: Mapping[str, Any]) -> Sequence[str]:
    column = [f"column:{parameters['column']}"] if parameters["column"] else []
    if parameters["measured"]:
        return (f"column:{parameters['measured']}", *column)
    if parameters["domains"] == "examples":
        return ("embeddings", "target")
    return ("embeddings", *(column if parameters["domains"] == "column" else []))


DAAR = "DaaR with examples"
STRATEGY = Strategy(
    name="daar",
    title="DaaR: diversity as a reward",
    level="ranked",
    kind="ranked",
    summary="Rows near other domains, typical of their own, or hard to place between them. Without a model's column "
    "it works on the sentence embedder's vectors of the Clusters page, not on a language model's.",
    formula="C_k = mean vector of domain k. inter(x) = Σ_{j≠k} cos(x, C_j); intra(x) = cos(x, C_k); "
    "entropy(x) = −Σ_k p_k ln p_k, p from an MLP d → 2d → d → d/2 → 256 → K trained to tell the domains apart; the "
    "mean over probes from several seeds. Inter and intra: the window slides inside every domain. Entropy: over the "
    "whole pool; the paper's rule is the top "
    "20 % (N = a fifth of the pool at 100 %). With a target domain: half of it and a tenth of each other one, in that "
    "ratio at any N. On a language model's layers: run “python -m core daar CORPUS --model NAME”, or the Scores page, "
    "then choose the columns daar_…@NAME here.",
    source="DaaR (arXiv 2502.04380), section 3 and 4; entropy taken straight from the probe, its regressor optional; "
    "training on sentence embeddings, the probe's batch and rate and averaging several probes are our reconstruction.",
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="score",
            title="Score",
            kind="choice",
            default="entropy",
            choices=("entropy", "inter", "intra"),
            help=f"At the ends of the slider: {ends()}.",
        ),
        Parameter(
            name="domains",
            title="Domains from",
            kind="choice",
            default="k-means",
            choices=("k-means", "column", "examples"),
            help="k-means makes pseudo-domains; column takes a label (rows without one join the nearest centre, so a "
            "few labelled rows are enough); examples starts k-means from the labelled rows of the target corpus, "
            "such as a model's own (seed-examples).",
        ),
        Parameter(
            name="column",
            title="Domain column",
            kind="column",
            default=None,
            optional=True,
            of_target=("domains", "examples"),
            help="The label of each row, here or (for examples) in the target corpus.",
        ),
        Parameter(
            name="measured",
            title="Score column of a model",
            kind="numeric_column",
            default=None,
            optional=True,
            help="A column such as daar_entropy@model. When chosen, no vector is read: rows are ranked by it, within "
            "the domains of the domain column (daar_domain@model).",
        ),
        Parameter(
            name="target",
            title="Target domain",
            kind="text",
            default="",
            help="The name of a domain: half of its rows and a tenth of the rows of each other domain come first.",
        ),
        Parameter(
            name="parts",
            title="Pseudo-domains",
            kind="int",
            default=8,
            minimum=2,
            maximum=1000,
            help="k of k-means. As it grows, domains get narrower and more rows lie between several domains.",
        ),
        Parameter(
            name="epochs",
            title="Epochs of the probe",
            kind="int",
            default=1,
            minimum=1,
            maximum=100,
            by_eye=False,
            help="The paper's: 1. As it grows, the probe memorises its rows: entropies fall, fewer rows are uncertain, "
            "on a small pool the seed decides more, and preparation takes longer.",
        ),
        Parameter(
            name="probes",
            title="Probes averaged",
            kind="int",
            default=3,
            minimum=1,
            maximum=50,
            by_eye=False,
            help="From different seeds. As it grows, another subset seed changes the order less; each probe takes as "
            "long as the first. If halves of them agree in less than 50 % of their top fifth, a warning says so.",
        ),
        Parameter(
            name="partition_seed",
            title="Seed of the pseudo-domains",
            kind="int",
            default=0,
            minimum=0,
            by_eye=False,
            help="Seeds k-means only: the subset's seed leaves the domains as they are and draws other probes.",
        ),
        Parameter(
            name="regressor",
            title="Second stage",
            kind="bool",
            default=False,
            help="Rank by an MLP that predicts the entropy, as the paper does; it only smooths the entropy itself.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · dimensions · domains); entropy: O(rows · dimensions² · epochs · probes)",
    version=2,  # pseudo-domains have a seed of their own, the entropy is a mean over probes
    job_from=lambda parameters: 4_000,
)
