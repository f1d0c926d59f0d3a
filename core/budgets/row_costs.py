"""What each row takes of a size: one, its tokens of a component, of both, or those that are learnt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.budgets.units import ALL_TOKENS, OF_WHOLE_ROWS, ROWS, TOKENS, check_counted
from core.view import WITH_THINKING


def row_costs(
    lengths: Callable[[str], NDArray[np.int64]], unit: str, *, component: str, thinking: bool, row_cutoff: int = 0
) -> NDArray[np.int64] | None:
    """(rows,) int64: what each row takes of a size in ``unit``; None for rows, which take one each.

    ``lengths`` gives the tokens (rows,) of a component. "tokens" are those of ``component``. "all_tokens" are those of
    instruction and response together, each tokenised by itself, and "supervised_tokens" those of the response. Where
    rows have ``thinking`` it belongs to the response, since a trainer reads and learns it; system and tool turns and
    the marks of a chat template belong to neither. Of a row longer than ``row_cutoff`` tokens (0: none is) the first so
    many count: a smaller cutoff makes long rows cheaper, and their responses the first to go.

    Raises :class:`InputError` for a unit that no recipe holds, and what ``lengths`` raises.
    """
    check_counted(unit, row_cutoff)
    if unit == ROWS:
        return None
    if unit == TOKENS:
        return lengths(component)
    read, learnt = (lengths(part) for part in parts_of_rows(thinking=thinking))
    whole = read + learnt  # (rows,)
    if row_cutoff:
        whole, learnt = np.minimum(whole, row_cutoff), np.minimum(learnt, np.maximum(row_cutoff - read, 0))
    return whole if unit == ALL_TOKENS else learnt


def parts_of_rows(*, thinking: bool) -> tuple[str, str]:
    """The components of which a row's tokens are counted: what is read only, and what is learnt."""
    return "instruction", WITH_THINKING["response"] if thinking else "response"


def components_counted(unit: str, *, component: str, thinking: bool) -> tuple[str, ...]:
    """The components whose tokens have to be counted for a size in ``unit``."""
    if unit in OF_WHOLE_ROWS:
        return parts_of_rows(thinking=thinking)
    return (component,) if unit == TOKENS else ()
