"""InsTag's complexity-first diverse sampling: rows with many tags first, each bringing a tag not yet in the bag."""

from __future__ import annotations

import numpy as np

from core.errors import InputError
from core.selection.greedy.ranking import PREFIX, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond the prefix by falling number of tags"


def prepare(preparation: Preparation) -> RankedPlan:
    from core.selection.greedy.bag_kernel import scan_bags

    tags = preparation.view.tags
    indptr = tags.matrix.indptr.astype(np.int64)
    complexity = np.diff(indptr)
    (tagged,) = np.nonzero(complexity)
    if not len(tagged):
        raise InputError("No row of this pool carries a tag.", remedy="Tag the rows on the Tags page.")
    queue = tagged[np.lexsort((tagged, -complexity[tagged]))]
    queue = without(queue, preparation.given)
    order, fresh, _, left = scan_bags(
        queue,
        indptr,
        tags.matrix.indices,
        tags.matrix.shape[1],
        preparation.given,
        min(preparation.parameters["prefix"], len(queue)),
    )
    return RankedPlan(
        order=np.concatenate((order, left)),
        rows=len(preparation.view),
        gains=fresh,
        prefix=len(order),
        tail=TAIL,
        outside={"no tag": len(complexity) - len(tagged)},
    )


STRATEGY = Strategy(
    name="instag",
    title="InsTag: complexity first, diverse",
    level="ranked",
    kind="ranked",
    summary="Rows with the most tags first; each row must bring a tag that is new to the current scan.",
    formula="Rows by falling number of tags, ties by row id. Scan: a row passes when it adds at least one tag to the "
    "bag. At the end of a scan the bag is emptied and the rows left are scanned again. The gain counts the new tags.",
    source="InsTag (arXiv 2308.07074), complexity-first diverse sampling; from recollection.",
    prepare=prepare,
    needs=lambda parameters: ("tags",),
    parameters=(PREFIX,),
    tail=TAIL,
    cost="O(scans · tags of the rows left)",
)
