"""The user's example rows, as vectors that can be compared with the pool's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.selection.greedy.points import points
from core.selection.strategy import Preparation


def example_rows(preparation: Preparation, title: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(examples, d) float32 unit vectors of the target set, and their positions in it.

    Raises :class:`InputError` when no set is chosen, no row of it has a usable vector, or another embedder made them.
    """
    if preparation.target is None or len(preparation.target) == 0:
        raise InputError(
            f"{title} needs example rows.",
            remedy="Load the examples as a second corpus, embed it, and choose it as the target.",
        )
    if not preparation.target.has("embeddings"):
        raise InputError(
            "The example rows have no embeddings yet.",
            remedy="Open the example corpus on the Clusters page and embed the same component with the same embedder; "
            "where that is a model's vectors, give them vectors of the same kind (Scores page, or model-vectors), "
            "without Adam's steps.",
        )
    examples = points(preparation.target, where="of the examples")
    width = preparation.view.embeddings.shape[1]
    if examples.vectors.shape[1] != width:
        raise InputError(
            f"The vectors of the examples have {examples.vectors.shape[1]} dimensions, those of the pool {width}.",
            remedy="Embed both with the same embedder.",
        )
    return examples.vectors, examples.rows
