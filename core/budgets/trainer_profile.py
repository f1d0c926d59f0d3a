"""A trainer profile: how many tokens a second somebody's trainer reads, and what an hour of it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.budgets.units import ALL_TOKENS, BY_PROFILE, MINUTES, MONEY, SUPERVISED
from core.counted import counted, figure3
from core.errors import InputError, quoted

LONGEST_NAME = 60
LONGEST_CURRENCY = 8
MOST_TOKENS = 1 << 53  # of a budget: beyond, a number of JSON is not exact


@dataclass(frozen=True, kw_only=True)
class TrainerProfile:
    """The figures of somebody's trainer, by which tokens become minutes and money, and these become tokens.

    name
        What it is called in lists, links and commands.
    tokens_a_second
        Of all GPUs together. A larger one makes training shorter and cheaper.
    price_an_hour
        Of one GPU, in ``currency``; 0 where no price is known: then there is no money.
    currency
        As it is written after an amount: "EUR", "$".
    gpus
        How many are paid for at once. More make an hour dearer; the speed is already that of all.
    epochs
        How often the rows are gone through. Twice as many take twice as long.
    cutoff
        Tokens at which the trainer cuts a row; 0 where it cuts none.
    supervised_only
        Whether the speed counts the tokens that are learnt alone, or all that are read.
    measured
        The training that gave the speed, "" where a person typed it.

    Raises :class:`InputError` for figures that nobody can mean.
    """

    name: str
    tokens_a_second: float
    price_an_hour: float = 0.0
    currency: str = ""
    gpus: int = 1
    epochs: float = 1.0
    cutoff: int = 0
    supervised_only: bool = False
    measured: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            raise InputError(f"A trainer profile has a name of 1 to {LONGEST_NAME} printable characters.")
        if len(self.currency) > LONGEST_CURRENCY or (self.currency and not self.currency.isprintable()):
            raise InputError(f"A currency has at most {LONGEST_CURRENCY} characters, not {quoted(self.currency)}.")
        for title, value, least in (
            ("tokens a second", self.tokens_a_second, 0.0),
            ("epochs", self.epochs, 0.0),
            ("GPUs", self.gpus, 0.0),
        ):
            if not math.isfinite(value) or value <= least:
                raise InputError(f"{title} of a trainer profile are above 0, not {value:g}.")
        if not math.isfinite(self.price_an_hour) or self.price_an_hour < 0 or self.cutoff < 0:
            raise InputError("A price and a cutoff are 0 or more.", remedy="0 stands for none.")

    @property
    def unit(self) -> str:
        """The unit of the tokens that its speed counts."""
        return SUPERVISED if self.supervised_only else ALL_TOKENS

    @property
    def words(self) -> str:
        """The profile in a line: its name, speed, price and cutoff."""
        price = f", {figure3(self.price_an_hour)} {self.currency} an hour".rstrip() if self.price_an_hour else ""
        gpus = f" × {counted(self.gpus, 'GPU')}" if price and self.gpus > 1 else ""
        what = "learnt tokens" if self.supervised_only else "tokens"
        cut = f", rows cut at {self.cutoff:,}" if self.cutoff else ""
        epochs = f"{self.epochs:g} {'epoch' if self.epochs == 1 else 'epochs'}"
        return f"{self.name}, {figure3(self.tokens_a_second)} {what} a second{price}{gpus}, {epochs}{cut}"

    def minutes_of(self, tokens: float) -> float:
        """How long training on rows of so many tokens takes: tokens × epochs ÷ tokens a second."""
        return self.minutes_through(tokens * self.epochs)

    def minutes_through(self, trained: float) -> float:
        """How long going through so many tokens takes, those of every epoch counted: tokens ÷ tokens a second."""
        return trained / self.tokens_a_second / 60

    def money_of(self, tokens: float) -> float | None:
        """What training on rows of so many tokens costs; None without a price."""
        return self.price_of(self.minutes_of(tokens))

    def price_of(self, minutes: float) -> float | None:
        """What so many minutes cost: hours × price an hour × GPUs; None without a price."""
        return minutes / 60 * self.price_an_hour * self.gpus if self.price_an_hour else None

    def tokens_for(self, amount: float, unit: str) -> int:
        """The most tokens that rows may have to be trained on in ``amount`` minutes, or for so much money.

        Raises :class:`InputError` for an amount that pays for no token, and for money without a price.
        """
        return self._whole(self._through(amount, unit) / self.epochs, amount, unit)

    def trained_for(self, amount: float, unit: str) -> int:
        """The tokens that a training goes through in ``amount`` minutes, or for so much money, all epochs together.

        Raises what :meth:`tokens_for` raises.
        """
        return self._whole(self._through(amount, unit), amount, unit)

    def _through(self, amount: float, unit: str) -> float:
        if unit not in BY_PROFILE or not math.isfinite(amount) or amount <= 0:
            raise InputError(f"A budget is a number of minutes or an amount of money above 0, not {amount:g} {unit}.")
        self.check_priced(unit)
        hours = amount / 60 if unit == MINUTES else amount / (self.price_an_hour * self.gpus)
        return hours * 3_600 * self.tokens_a_second

    def _whole(self, tokens: float, amount: float, unit: str) -> int:
        if not 1 <= tokens < MOST_TOKENS:
            raise InputError(
                f"{amount:g} {unit} pay for {'no token' if tokens < 1 else 'more tokens than can be counted'}.",
                remedy=f"Look at the figures of {quoted(self.name)}.",
            )
        return math.floor(tokens * (1 + 1e-12))  # 12 tokens are 12, whatever the division left of the last bit

    def check_priced(self, unit: str) -> None:
        """Raises :class:`InputError` where ``unit`` is money and the profile has no price."""
        if unit == MONEY and not self.price_an_hour:
            raise InputError(
                f"The trainer profile {quoted(self.name)} has no price.", remedy="Give it a price, or name minutes."
            )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> TrainerProfile:
        """The profile that :meth:`as_dict` wrote. Raises :class:`InputError` for values that describe none."""
        known = {item.name: item for item in fields(cls)}
        if unknown := [name for name in values if name not in known]:
            raise InputError(f"A trainer profile has no {quoted(unknown[0])}.", remedy=f"It has: {', '.join(known)}.")
        try:
            return cls(
                name=str(values["name"]),
                tokens_a_second=float(values["tokens_a_second"]),
                price_an_hour=float(values.get("price_an_hour", 0.0)),
                currency=str(values.get("currency", "")),
                gpus=int(values.get("gpus", 1)),
                epochs=float(values.get("epochs", 1.0)),
                cutoff=int(values.get("cutoff", 0)),
                supervised_only=bool(values.get("supervised_only", False)),
                measured=str(values.get("measured", "")),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError("A trainer profile has a name and numbers: tokens_a_second at least.") from error
