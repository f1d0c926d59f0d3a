"""A saved subset that the address names: it is opened as a press on Open does, in its own corpus."""

from __future__ import annotations

from core.errors import DiverscopeError
from core.workbench.subsets import list_subsets, open_subset
from pages.parts.choosing.open_saved import open_saved
from pages.parts.frame import address, session, session_keys


def open_linked() -> None:
    """Open the saved subset that the address names, if it does; call it before the page draws anything."""
    key = address.SAVED.get()
    if key is None:
        return
    address.SAVED.put(None)
    try:
        subset = open_subset(session.workspace(), key)
    except DiverscopeError:
        refused = [*session_keys.REFUSED.get([]), "The link's subset is not among the saved ones: was it deleted?"]
        session_keys.REFUSED.set(refused)
        return
    session.look_at(subset.recipe.corpus)
    saved = list_subsets(session.workspace(), subset.recipe.corpus)
    open_saved(subset, known=[other.key for other in saved], pool_rows=len(subset.ids))
