"""Balance weights of a corpus's domains: how much each helps the domains that are wanted, by its mean vector."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InputError, listed_in_short, quoted

COLUMNS = ["domain", "rows", "share", "wanted", "weight"]
MOST = 300


def balance_weights(
    vectors: NDArray[np.float32],
    domains: NDArray[np.object_],
    *,
    wanted: dict[str, float] | None = None,
    sharpness: float = 10.0,
) -> pd.DataFrame:
    """A line for each domain: :data:`COLUMNS`, the largest weight first.

    weight = softmax(``sharpness`` · G π), G (domains, domains) the inner products of the domains' mean vectors and π
    the ``wanted`` shares (None: every domain alike). After R&B (arXiv 2505.00358; from memory), whose vectors are the
    domains' gradients, taken anew while it trains: with gradients of rows attached as vectors this is its first step,
    with sentence vectors a stand-in of ours. ``vectors`` (rows, d) have unit length; ``domains`` (rows,) None: left
    out. A larger ``sharpness`` gives most to the domain that helps most; 0 makes all equal. Raises :class:`InputError`
    for one domain, more than :data:`MOST`, or wanted domains that are not there.
    """
    known = np.array([bool(name) for name in domains.tolist()]) & (np.abs(np.asarray(vectors)).max(axis=1) > 0)
    names = sorted({str(name) for name in domains[known].tolist()})
    if not 2 <= len(names) <= MOST:
        raise InputError(f"{len(names):,} domains have vectors; balance needs 2 to {MOST}.")
    number = {name: place for place, name in enumerate(names)}
    rows = np.flatnonzero(known)
    codes = np.array([number[str(name)] for name in domains[rows].tolist()])
    counts = np.bincount(codes, minlength=len(names))
    from scipy import sparse

    belongs = sparse.csr_matrix((np.ones(len(rows)), (codes, rows)), shape=(len(names), len(domains)))
    means = np.asarray(belongs @ np.asarray(vectors), dtype=np.float64) / counts[:, None]
    if wanted is not None:
        if strange := set(wanted) - set(names):
            raise InputError(
                f"There is no domain {quoted(sorted(strange)[0])}.", remedy=f"There are: {listed_in_short(names)}."
            )
        if not all(0 <= share < np.inf for share in wanted.values()) or not sum(wanted.values()) > 0:
            raise InputError("Wanted shares are 0 or more, and not all 0.")
    asked = np.array([1.0 if wanted is None else wanted.get(name, 0.0) for name in names])
    asked = asked / asked.sum()
    helps = np.round(sharpness * (means @ means.T) @ asked, 6)  # rounded, so that the order of rows does not show
    weights = np.exp(helps - helps.max())
    weights = weights / weights.sum()
    table = pd.DataFrame({
        "domain": names, "rows": counts, "share": counts / counts.sum(), "wanted": asked, "weight": weights,
    })  # fmt: skip
    return table.sort_values(["weight", "domain"], ascending=[False, True], ignore_index=True)
