"""A loop as it is asked for by names: its members, and the budget and learning rate that are proposed where none is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.budgets.trainer_profile import TrainerProfile
from core.budgets.training_budget import training_length
from core.budgets.units import SUPERVISED
from core.errors import InputError
from core.training.settings import ProxySettings
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_request import COUNTED_OF, TINY, LoopRequest, usual_rate, usual_tokens
from core.workbench.saved_export import subsets_named
from core.workspace.artefacts import Workspace


def asked_loop(
    workspace: Workspace,
    names: Sequence[str],
    *,
    base: str = TINY,
    tokens: int | None = None,
    size: float | None = None,
    unit: str = SUPERVISED,
    profile: TrainerProfile | str = "",
    learning_rate: float | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    keep_models: bool = False,
    device: str = "auto",
    **settings: Any,
) -> LoopRequest:
    """The request of a loop over the subsets, series and studies that ``names`` mean.

    Without ``tokens`` a run learns as many as :func:`core.workbench.loops.loop_request.usual_tokens` proposes for the
    members, without ``learning_rate`` at the rate that is usual for the base. ``size`` says in ``unit`` how long a run
    is: supervised or all tokens, minutes or money by a trainer ``profile`` or its name; the unit says what counts.
    ``settings``: further fields of :class:`core.training.settings.ProxySettings`. Raises
    :class:`core.errors.InputError` for names that mean nothing and for settings out of range.
    """
    if size is not None:
        if tokens is not None:
            raise InputError("A size and tokens say the same twice.", remedy="Give one of them.")
        tokens, counted = training_length(size, unit, profile=profile, workspace=workspace)
        settings["counted"] = COUNTED_OF[counted]
    members = tuple(dict.fromkeys(subset.key for name in names for subset in subsets_named(workspace, name)))
    if tokens is None and members:
        data = LoopData.open(workspace, members)
        tokens = usual_tokens([data.response_characters(member) for member in data.members])
    rate = usual_rate(base) if learning_rate is None else learning_rate
    return LoopRequest(
        members=members, base=base, seeds=tuple(seeds), keep_models=keep_models, device=device,
        settings=ProxySettings(tokens=tokens or 1, learning_rate=rate, **settings),
    )  # fmt: skip
