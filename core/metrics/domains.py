"""How far apart the domains of a corpus are, how wide each is, and how different their token distributions are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.composition import column_needs, column_parameter, groups_of
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.vectors import unit_vectors
from core.parameters import Parameter
from core.view import View

NO_COLUMN = "no column is chosen"


def domain_centroids(view: View, column: str) -> tuple[list[str], NDArray[np.float64], NDArray[np.int64]]:
    """The names of the column's values that occur, their centroids (domains, d), each row's domain, -1 for none."""
    names, groups = groups_of(view, column)
    vectors = unit_vectors(view)
    centroids = np.zeros((len(names), vectors.shape[1]))
    for number in range(len(names)):
        centroids[number] = vectors[groups == number].mean(axis=0, dtype=np.float64)
    return names, centroids, groups


def domain_divergence(
    view: View, *, column: str, largest: int = 40
) -> tuple[list[str], NDArray[np.float64], list[str]]:
    """The Jensen–Shannon divergence between the token distributions of every two domains.

    Returns the names of the domains, (domains, domains) bits between 0 and 1, and the names left out: domains beyond
    the ``largest`` by tokens, and domains without tokens. O(tokens + domains² · vocabulary).
    """
    names, groups = groups_of(view, column)
    tokens = view.tokens
    owner = np.repeat(groups, tokens.lengths)
    sizes = np.bincount(owner[owner >= 0], minlength=len(names))
    ranked = sorted(range(len(names)), key=lambda number: (-sizes[number], names[number]))
    kept = sorted(number for number in ranked[:largest] if sizes[number])
    shares = np.stack(
        [np.bincount(tokens.ids[owner == number], minlength=tokens.vocabulary_size) / sizes[number] for number in kept]
        or [np.zeros(tokens.vocabulary_size)]
    )
    shares = shares[:, shares.any(axis=0)]
    own = _entropies(shares)
    matrix = np.zeros((len(kept), len(kept)))
    for number in range(len(kept)):
        mixed = _entropies((shares[number + 1 :] + shares[number]) / 2)
        matrix[number, number + 1 :] = np.maximum(0.0, mixed - (own[number + 1 :] + own[number]) / 2)
    left_out = sorted(set(names) - {names[number] for number in kept})
    return [names[number] for number in kept], matrix + matrix.T, left_out


def _entropies(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(rows,) −Σ p log2 p of each row of shares."""
    logs = np.log2(shares, where=shares > 0, out=np.zeros_like(shares))
    return -np.einsum("ij,ij->i", shares, logs)


def _inter_domain(measuring: Measuring) -> Reading:
    """Mean Euclidean distance between the centroids of two domains. O(rows · d + domains² · d)."""
    column = measuring.parameters["column"]
    if column is None:
        return undefined(NO_COLUMN)
    names, centroids, groups = domain_centroids(measuring.view, column)
    if len(names) < 2:
        return undefined(f"these rows come from {len(names)} {column}, and a distance needs two")
    from scipy.spatial.distance import pdist

    return Reading(
        value=float(pdist(centroids).mean()),
        detail={"domains": len(names), f"rows without a {column}": int(np.count_nonzero(groups < 0))},
    )


def _intra_domain(measuring: Measuring) -> Reading:
    """Mean over domains of the variance around the domain's centroid. O(rows · d)."""
    column = measuring.parameters["column"]
    if column is None:
        return undefined(NO_COLUMN)
    names, centroids, groups = domain_centroids(measuring.view, column)
    vectors = unit_vectors(measuring.view)
    spread: dict[str, float] = {}
    for number, name in enumerate(names):
        members = vectors[groups == number]
        if len(members) > 1:
            spread[name] = float(((members - centroids[number]) ** 2).sum(axis=1).mean())
    if not spread:
        return undefined(f"no {column} has two of these rows")
    return Reading(
        value=sum(spread.values()) / len(spread),
        detail={"domains": spread, "domains of one row, left out": len(names) - len(spread)},
    )


def mean_of_pairs(matrix: NDArray[np.float64]) -> float:
    """The mean of a symmetric (domains, domains) ``matrix`` over all pairs of different domains."""
    return float(matrix[np.triu_indices(len(matrix), k=1)].mean())


def _divergence(measuring: Measuring) -> Reading:
    column = measuring.parameters["column"]
    if column is None:
        return undefined(NO_COLUMN)
    names, matrix, left_out = domain_divergence(measuring.view, column=column, largest=measuring.parameters["largest"])
    if len(names) < 2:
        return undefined(f"tokens come from {len(names)} {column}, and a divergence needs two")
    return Reading(
        value=mean_of_pairs(matrix), detail={"domains": names, "matrix": matrix.tolist(), "left out": left_out}
    )


METRICS = (
    Metric(
        name="inter_domain",
        title="Inter-domain diversity",
        family="composition",
        direction=1,
        formula="Mean over pairs of domains of ‖C_j − C_k‖, C_k the mean unit vector of domain k.",
        source="DaaR (2502.04380) §3, Φ_inter. The Euclidean norm is a reconstruction.",
        measure=_inter_domain,
        needs=lambda parameters: (*column_needs(parameters), "embeddings"),
        parameters=(column_parameter("source"),),
        cost="O(rows · d + domains² · d)",
    ),
    Metric(
        name="intra_domain",
        title="Intra-domain diversity",
        family="composition",
        direction=1,
        formula="Mean over domains of (1/n_k) Σ_{x in k} ‖x − C_k‖²; domains of one row are left out and counted.",
        source="DaaR (2502.04380) §3, Φ_intra. Every domain weighs the same: a reconstruction.",
        measure=_intra_domain,
        needs=lambda parameters: (*column_needs(parameters), "embeddings"),
        parameters=(column_parameter("source"),),
        cost="O(rows · d)",
    ),
    Metric(
        name="domain_js",
        title="Domain divergence (Jensen–Shannon)",
        family="composition",
        direction=1,
        formula="Mean over pairs of domains of H((p + q) / 2) − (H(p) + H(q)) / 2 in bits, p and q their token "
        "distributions: 0 where they are equal, 1 where the domains share no token.",
        source="Kashyap et al. 2021 (2010.12198), term distributions.",
        measure=_divergence,
        needs=lambda parameters: (*column_needs(parameters), "tokens"),
        parameters=(
            column_parameter("source"),
            Parameter(
                name="largest",
                title="Domains compared",
                kind="int",
                default=40,
                minimum=2,
                maximum=300,
                help="The domains with the most tokens; the time grows with the square of their number.",
            ),
        ),
        size_dependent=True,
        length_dependent=True,
        unit="bits",
        cost="O(tokens + domains² · vocabulary)",
    ),
)
