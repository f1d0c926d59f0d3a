"""Meso: a row is the set of its tags; a diverse subset covers many tags, evenly."""

from __future__ import annotations

from core.errors import InputError
from core.parameters import Parameter
from core.selection.incidence import from_types
from core.selection.prune import Pruning, rarest_first
from core.selection.strategies.micro import untyped
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan


def prepare(preparation: Preparation) -> TypedPlan:
    view, parameters = preparation.view, preparation.parameters
    incidence = from_types(view.tags)
    if not len(incidence.keys):
        raise InputError(
            "No row of this pool carries a tag.",
            remedy="Tag the rows on the Tags page, or keep tags that fewer rows carry.",
        )
    keep = bool(parameters["untyped"])
    return TypedPlan(
        incidence=incidence,
        pruning=Pruning.of(incidence, rarest_first(incidence), keep_untyped=keep),
        ids=view.ids,
        outside={} if keep else {"without a tag": untyped(incidence)},
        reach="tags",
    )


STRATEGY = Strategy(
    name="meso",
    title="Meso: tags",
    level="meso",
    kind="typed",
    summary="Choose rows so that their tags (what they are about) occur about equally often; the slider says how many "
    "tags count: 0 % the few commonest, 100 % as many as the size allows.",
    formula=(
        "Types are the tags of a row after merging, about four a row. Prune: drop the tag in the fewest rows with all "
        "its rows, until k are left. Sample: serve the tag with the fewest chosen rows c(t); of 16 candidates take the "
        "largest sum over its tags of 1 / (1 + c(u)). k_min(N): fewest tags whose pool holds N rows. k_max(N): most "
        "tags that N rows reach in one sweep. Diversity of a subset = distinct tags / all its tags."
    ),
    source=(
        "From Macro to Micro (arXiv 2505.24768), App. D.2, tags after InsTag (arXiv 2308.07074). Pruning and sampling "
        "are those of the micro strategy, our reconstruction. There HDBSCAN (eps 0.15, min samples 2) merges synonyms; "
        "our default is DBSCAN."
    ),
    prepare=prepare,
    needs=lambda parameters: ("tags",),
    parameters=(
        Parameter(
            name="untyped",
            title="Keep rows without a tag",
            kind="bool",
            default=False,
            help="Off: such rows are in no answer. On: they stay in every pool and fill up low positions.",
        ),
    ),
    cost="O(entries log types)",
)
