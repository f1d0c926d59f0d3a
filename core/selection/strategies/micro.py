"""Micro: a row is the set of its mid-band tokens; a diverse subset covers many of them, evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.bands import Band, band_parameters
from core.counted import counted
from core.errors import InputError
from core.parameters import Parameter
from core.selection.incidence import Incidence, from_tokens
from core.selection.prune import Pruning, rarest_first
from core.selection.prune_rows import most_redundant_last, smallest_cover_last
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan

VARIANTS = {
    "rarest type": rarest_first,
    "row by row": most_redundant_last,
    "compact": smallest_cover_last,
}


def prepare(preparation: Preparation) -> TypedPlan:
    view, parameters = preparation.view, preparation.parameters
    tokens = view.tokens
    band = Band(parameters["low"], parameters["high"], parameters["unit"])
    incidence = from_tokens(tokens, mask=band.mask(tokens.frequency))
    if not len(incidence.keys):
        raise InputError(
            f"No token of these rows lies in the band from {band.low:g} to {band.high:g}.",
            remedy=_other_band(tokens.frequency),
        )
    keep = bool(parameters["untyped"])
    pruning = Pruning.of(incidence, VARIANTS[parameters["variant"]](incidence), keep_untyped=keep)
    return TypedPlan(
        incidence=incidence,
        pruning=pruning,
        ids=view.ids,
        outside={} if keep else {"without a mid-band token": untyped(incidence)},
        factor=per_length(tokens.lengths, parameters["gamma"]),
        reach="mid-band tokens",
    )


def _other_band(frequency: NDArray[np.int64]) -> str:
    """What to do where a band holds no token: a band that does, with the number of its tokens."""
    other = Band.that_holds_types(frequency)
    if other is None:
        return "Choose rows whose texts are not empty."
    unit = "tokens per million" if other.unit == "per_million" else "as a quantile"
    held = counted(int(np.count_nonzero(other.mask(frequency))), "token")
    return (
        f"Widen the band on the Tokens page, or with --set: {other.low:g} to {other.high:g} {unit} "
        f"(low={other.low:g}, high={other.high:g}, unit={other.unit}) hold {held}."
    )


def untyped(incidence: Incidence) -> int:
    """Rows that carry no type."""
    return int(np.count_nonzero(incidence.per_row == 0))


def per_length(lengths: NDArray[np.int64], gamma: float) -> NDArray[np.float64] | None:
    """(rows,) length to the power of -gamma; None when gamma is 0 and every row counts the same."""
    return np.maximum(lengths, 1).astype(np.float64) ** -gamma if gamma else None


STRATEGY = Strategy(
    name="micro",
    title="Micro: tokens",
    level="micro",
    kind="typed",
    summary="Choose rows so that middling words (tokens neither common nor rare) occur about equally often; the slider "
    "says how many of them count: 0 % the few commonest, 100 % as many as the size allows.",
    formula=(
        "Types are the tokens with low <= occurrences in the corpus <= high. Prune: drop the token in the fewest rows "
        "with all its rows, until k are left. Sample: serve the token with the fewest chosen rows c(t); of 16 "
        "candidates take the largest sum over its tokens of 1 / (1 + c(u)), divided by length^gamma. "
        "k_min(N): fewest tokens whose pool holds N rows. k_max(N): the tokens that N rows reach from the whole pool."
    ),
    source=(
        "From Macro to Micro (arXiv 2505.24768), sections 2.2 and 2.3 and App. D.3, Algorithms 1 and 2. Their "
        "listings are not published: both steps are our reconstruction."
    ),
    prepare=prepare,
    needs=lambda parameters: ("tokens",),
    parameters=(
        *band_parameters(
            low="A higher value leaves out names, loanwords and typos: fewer types, and more rows without any.",
            high="A higher value admits common words: more rows carry a type, and a type means less.",
        ),
        Parameter(
            name="variant",
            title="Pruning",
            kind="choice",
            default="rarest type",
            choices=tuple(VARIANTS),
            help="By the rarest token; row by row, the one with the rarest tokens first; or compact, which keeps a "
            "smallest cover of all tokens (for small budgets: the slider hardly moves).",
        ),
        Parameter(
            name="gamma",
            title="Length correction γ",
            kind="float",
            default=0.0,
            minimum=0.0,
            maximum=2.0,
            help="0 favours long rows because they carry more tokens; 1 compares gains per token. As it grows, "
            "shorter rows are chosen.",
        ),
        Parameter(
            name="untyped",
            title="Keep rows without a mid-band token",
            kind="bool",
            default=False,
            help="Off: such rows are in no answer. On: they stay in every pool and fill up low positions.",
        ),
    ),
    cost="O(entries log types)",
)
