"""The column of edited clusters, which is the partition once it is made; a step that Undo takes back."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.corpus.cluster_edits import column_for
from pages.parts.frame import session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.selection import COLUMN, SelectionState


def use_names(ctx: Context, values: NDArray[Any], said: str) -> None:
    """Let ``values`` (rows,), the names of the rows' clusters, be the column of edited clusters and the partition."""
    column = column_for(ctx.component)
    after = {f"{COLUMN}{column}": values, "clusters": {"partition": "column", "cluster_column": column}}
    SelectionState(ctx.corpus).do(said, **after)
    session_keys.CLUSTERS_EDITED.renew()
    session_keys.SELECTION_SAID.set(("success", f"{said}. The clusters are now the column “{column}”."))
