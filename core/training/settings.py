"""What a training inside is told: how long, how fast, and how rows are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from core.errors import InputError, listed_in_short, quoted

COUNTED = ("response", "all")
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """How every run of a comparison is trained; the data and the seed are all that differ.

    tokens
        The budget of a run. More tokens train longer; a member with fewer is gone through several times.
    counted
        What the budget counts: "response", the tokens that are learnt, or "all", prompts included.
    learning_rate
        At its height. Higher learns faster, and forgets or diverges when too high.
    batch_tokens
        Counted tokens of one step. More make smoother and fewer steps.
    warmup
        Share of the budget over which the rate rises; a half cosine to 0 follows.
    cutoff
        Longest row in tokens; a longer one is cut (:func:`core.training.encoding.encode_rows`). More reads more of long
        rows and is slower.
    held_out_rows
        Held-out rows that are scored, drawn by a fixed seed where there are more.
    precision
        "auto" multiplies in bfloat16 where the device does so natively (weights and sums stay float32), else in
        float32.
    """

    tokens: int
    learning_rate: float
    counted: Literal["response", "all"] = "response"
    batch_tokens: int = 2_048
    warmup: float = 0.1
    weight_decay: float = 0.01
    cutoff: int = 512
    held_out_rows: int = 500
    precision: str = "auto"

    def __post_init__(self) -> None:
        if self.counted not in COUNTED:
            raise InputError(f"The budget counts {' or '.join(COUNTED)} tokens, not {quoted(self.counted)}.")
        if self.precision not in PRECISIONS:
            raise InputError(f"Precision is one of {', '.join(PRECISIONS)}, not {quoted(self.precision)}.")
        least = {"tokens": 1, "batch_tokens": 1, "cutoff": 16, "held_out_rows": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise InputError(f"{name.replace('_', ' ')} is at least {smallest}, not {getattr(self, name):,}.")
        if not 0 < self.learning_rate < 10:
            raise InputError(f"The learning rate lies between 0 and 10, not at {self.learning_rate:g}.")
        if not 0 <= self.warmup < 1 or not 0 <= self.weight_decay < 1:
            raise InputError("Warm-up and weight decay are shares from 0 to below 1.")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ProxySettings:
        """The settings that :meth:`as_dict` wrote. Raises :class:`InputError` for one that does not exist."""
        known = {field.name for field in fields(cls)}
        if strange := set(values) - known:
            raise InputError(
                f"There is no setting {quoted(sorted(strange)[0])} of a training.",
                remedy=f"There are: {listed_in_short(sorted(known))}.",
            )
        return cls(**values)
