"""What rows cost: how many, their tokens in every way of counting, the minutes and the money of training on them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.budgets.trainer_profile import TrainerProfile
from core.counted import counted, figure3


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The cost of some rows. Tokens are None where they are not counted, ``minutes`` and ``money`` without a profile.

    ``row_cutoff`` is where the rows of ``all_tokens`` and ``supervised_tokens`` were cut, 0 for nowhere. ``about`` says
    that the numbers are expected ones, of rows that nobody has chosen yet.
    """

    rows: float
    tokens: float | None = None
    all_tokens: float | None = None
    supervised_tokens: float | None = None
    row_cutoff: int = 0
    profile: TrainerProfile | None = None
    about: bool = False

    @property
    def paid(self) -> float | None:
        """The tokens that the profile's speed counts."""
        if self.profile is None:
            return None
        return self.supervised_tokens if self.profile.supervised_only else self.all_tokens

    @property
    def minutes(self) -> float | None:
        return None if self.profile is None or self.paid is None else self.profile.minutes_of(self.paid)

    @property
    def money(self) -> float | None:
        return None if self.profile is None or self.paid is None else self.profile.money_of(self.paid)

    def amounts(self) -> dict[str, float | None]:
        """Every amount by the unit that it counts."""
        return {
            "rows": self.rows,
            "tokens": self.tokens,
            "all_tokens": self.all_tokens,
            "supervised_tokens": self.supervised_tokens,
            "minutes": self.minutes,
            "money": self.money,
        }

    def facts(self) -> list[tuple[str, str]]:
        """What is known, as pairs of what and how much: ("all tokens", "120,000")."""
        about = "about " if self.about else ""
        told = [("rows", f"{self.rows:,.0f}")]
        for title, tokens in (("tokens", self.tokens), ("all tokens", self.all_tokens),
                              ("supervised tokens", self.supervised_tokens)):  # fmt: skip
            if tokens is not None:
                told.append((title, f"{about}{tokens:,.0f}"))
        if self.minutes is not None:
            told.append(("minutes", f"{about}{figure3(self.minutes)}"))
        if self.money is not None and self.profile is not None:
            told.append(("money", f"{about}{figure3(self.money)} {self.profile.currency}".rstrip()))
        return told

    @property
    def words(self) -> str:
        """The cost in a line: "1,000 rows · 120,000 tokens · 180,000 all tokens · 12 minutes · 3.40 EUR"."""
        said = [counted(self.rows, "row")]
        said += [amount if name == "money" else f"{amount} {name}" for name, amount in self.facts()[1:]]
        return " · ".join(said)

    @property
    def by(self) -> str:
        """By which figures, in a sentence; "" without a profile."""
        cut = f" Rows are cut at {self.row_cutoff:,} tokens." if self.row_cutoff else ""
        return (f"By the trainer profile {self.profile.words}." if self.profile else "") + cut

    def as_dict(self) -> dict[str, Any]:
        """As JSON: the amounts, and the name of the profile."""
        currency = self.profile.currency if self.profile else ""
        return {**self.amounts(), "currency": currency, "profile": asdict(self.profile) if self.profile else None}

    def __add__(self, other: Cost) -> Cost:
        """Both together; an amount that one of them lacks is unknown."""
        return Cost(
            rows=self.rows + other.rows,
            tokens=_sum(self.tokens, other.tokens),
            all_tokens=_sum(self.all_tokens, other.all_tokens),
            supervised_tokens=_sum(self.supervised_tokens, other.supervised_tokens),
            row_cutoff=self.row_cutoff,
            profile=self.profile,
            about=self.about or other.about,
        )


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b
