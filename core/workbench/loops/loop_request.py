"""What a loop is asked: members, base model, seeds, and how every run is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.budgets.trainer_profile import TrainerProfile
from core.budgets.training_budget import training_words
from core.budgets.units import ALL_TOKENS, SUPERVISED
from core.errors import InputError
from core.training.settings import ProxySettings

# By the unit of a training's length: what its budget counts.
COUNTED_OF: Mapping[str, Literal["response", "all"]] = {SUPERVISED: "response", ALL_TOKENS: "all"}
TINY = "tiny"  # the base that is the small decoder of ours
RATES = {TINY: 3e-4}  # learning rates that were measured to learn and not to diverge
RATE = 5e-5  # of any other base


@dataclass(frozen=True, kw_only=True)
class LoopRequest:
    """The request of the job. ``members`` are keys of saved subsets of one corpus; ``base`` is "tiny", a stored small
    decoder's key, a folder or a hub id; ``keep_models`` stores the trained models."""

    members: tuple[str, ...]
    settings: ProxySettings
    base: str = TINY
    seeds: tuple[int, ...] = (0, 1, 2)
    keep_models: bool = False
    device: str = field(default="auto")

    def __post_init__(self) -> None:
        if not self.members:
            raise InputError("There is nothing to train on.", remedy="Choose saved subsets, a series or a study.")
        if not self.seeds or any(seed < 0 for seed in self.seeds) or len(set(self.seeds)) < len(self.seeds):
            raise InputError("Seeds are different whole numbers from 0.", remedy="For example: 0 1 2")

    @property
    def unit(self) -> str:
        """The unit of the tokens that a run goes through."""
        return next(unit for unit, counted in COUNTED_OF.items() if counted == self.settings.counted)

    def by_profile(self, runs: int, profile: TrainerProfile | None) -> str:
        """What ``runs`` runs take by a trainer profile: :func:`core.budgets.training_budget.training_words`."""
        return training_words(runs * self.settings.tokens, self.unit, profile)

    def as_dict(self) -> dict[str, Any]:
        values = asdict(self)
        return {**values, "members": list(self.members), "seeds": list(self.seeds)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> LoopRequest:
        """The request that :meth:`as_dict` wrote."""
        return cls(
            members=tuple(values["members"]),
            settings=ProxySettings.of(values["settings"]),
            base=str(values.get("base", TINY)),
            seeds=tuple(int(seed) for seed in values.get("seeds", (0, 1, 2))),
            keep_models=bool(values.get("keep_models", False)),
            device=str(values.get("device", "auto")),
        )


def usual_rate(base: str) -> float:
    """The learning rate that is proposed for ``base``."""
    return RATES.get(base, RATE)


def usual_tokens(characters: Sequence[int]) -> int:
    """The budget that is proposed for members with so many characters of response each, in response tokens.

    It is the median member's, at four characters a token and in thousands, from 1,000 to 100,000.
    """
    ordered = sorted(characters)
    return min(100_000, max(1_000, round(ordered[len(ordered) // 2] / 4_000) * 1_000))
