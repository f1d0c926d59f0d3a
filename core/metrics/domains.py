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
    names, shares, left_out = _shares(view, column, largest)
    own = _entropies(shares)
    matrix = np.zeros((len(names), len(names)))
    for number in range(len(names)):
        mixed = _entropies((shares[number + 1 :] + shares[number]) / 2)
        matrix[number, number + 1 :] = np.maximum(0.0, mixed - (own[number + 1 :] + own[number]) / 2)
    return names, matrix + matrix.T, left_out


def _shares(view: View, column: str, largest: int) -> tuple[list[str], NDArray[np.float64], list[str]]:
    """The ``largest`` domains by tokens, (domains, tokens that occur) their token distributions, and those left out."""
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
    left_out = sorted(set(names) - {names[number] for number in kept})
    return [names[number] for number in kept], shares[:, shares.any(axis=0)], left_out


def renyi_divergence(
    view: View, *, column: str, order: float = 0.5, largest: int = 40
) -> tuple[list[str], NDArray[np.float64], list[str]]:
    """The Rényi divergence of ``order`` between the token distributions of every two domains, as symmetric as theirs.

    (D(p ‖ m) + D(q ‖ m)) / 2 with m = (p + q) / 2 and D(p ‖ m) = log2(Σ p^α m^(1 − α)) / (α − 1): finite where domains
    share no token, and 0 to 1 bit. Towards α = 1 it is the Jensen–Shannon divergence; a smaller ``order`` lets rare
    tokens say more, a larger one the frequent. Returns as :func:`domain_divergence`.
    """
    if abs(order - 1) < 1e-9:
        return domain_divergence(view, column=column, largest=largest)
    names, shares, left_out = _shares(view, column, largest)
    powers = np.power(shares, order)
    matrix = np.zeros((len(names), len(names)))
    for number in range(len(names)):
        middle = (shares[number + 1 :] + shares[number]) / 2
        weight = np.power(middle, 1 - order, where=middle > 0, out=np.zeros_like(middle))
        sides = [(powers[number] * weight).sum(axis=1), (powers[number + 1 :] * weight).sum(axis=1)]
        matrix[number, number + 1 :] = np.maximum(0.0, sum(np.log2(side) / (order - 1) for side in sides) / 2)
    return names, matrix + matrix.T, left_out


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


def _renyi(measuring: Measuring) -> Reading:
    parameters = measuring.parameters
    if parameters["column"] is None:
        return undefined(NO_COLUMN)
    names, matrix, left_out = renyi_divergence(
        measuring.view, column=parameters["column"], order=parameters["order"], largest=parameters["largest"]
    )
    if len(names) < 2:
        return undefined(f"tokens come from {len(names)} {parameters['column']}, and a divergence needs two")
    return Reading(
        value=mean_of_pairs(matrix), detail={"domains": names, "matrix": matrix.tolist(), "left out": left_out}
    )


LARGEST = Parameter(
    name="largest",
    title="Domains compared",
    kind="int",
    default=40,
    minimum=2,
    maximum=300,
    help="The domains with the most tokens; the time grows with the square of their number.",
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
            LARGEST,
        ),
        size_dependent=True,
        length_dependent=True,
        unit="bits",
        cost="O(tokens + domains² · vocabulary)",
    ),
    Metric(
        name="domain_renyi",
        title="Domain divergence (Rényi)",
        family="composition",
        direction=1,
        formula="Mean over pairs of domains of (D(p ‖ m) + D(q ‖ m)) / 2 in bits, m = (p + q) / 2, "
        "D(p ‖ m) = log2(Σ p^α m^(1 − α)) / (α − 1), p and q their token distributions: 0 where they are equal, 1 "
        "where they share no token. At α = 1 it is the Jensen–Shannon divergence.",
        source="Rényi's divergence, as Kashyap et al. 2021 (2010.12198) list it between domains; taken to the mixture "
        "m, as Jensen–Shannon is, which is ours.",
        measure=_renyi,
        needs=lambda parameters: (*column_needs(parameters), "tokens"),
        parameters=(
            column_parameter("source"),
            Parameter(
                name="order",
                title="Order α",
                kind="float",
                default=0.5,
                minimum=0.05,
                maximum=20,
                help="Smaller: rare tokens say more. Larger: the frequent. 1 is Jensen–Shannon.",
            ),
            LARGEST,
        ),
        size_dependent=True,
        length_dependent=True,
        unit="bits",
        cost="O(tokens + domains² · vocabulary)",
    ),
)
