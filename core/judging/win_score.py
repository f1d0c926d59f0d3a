"""The win score of a judgement, the judge's liking for a place, and how often the two orders contradict each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.judging.verdicts import PLACES, Place, outcome_of, points_of

DRAWS = 2_000  # resamples of an interval
Z_95 = 1.959964  # standard errors on each side of a 95 % interval
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share or a score in percent with its 95 % interval over ``n`` prompts; NaN where there is none.

    The interval is a bootstrap's; where all prompts are alike, and every resample with them, it is Wilson's.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, eq=False, kw_only=True)
class PromptPoints:
    """``points`` (prompts, 2): the judged model's points where it stood first and second, NaN without a verdict.

    ``places`` are the places in which it was judged at all; ``ids`` name the prompts.
    """

    ids: Sequence[str]
    points: Floats
    places: tuple[Place, ...]

    @classmethod
    def of(cls, games: Sequence[tuple[str, Place, str]]) -> PromptPoints:
        """From (prompt, place, verdict) of every game; the verdict is "" where there is none."""
        ids = list(dict.fromkeys(prompt for prompt, _, _ in games))
        line = {prompt: number for number, prompt in enumerate(ids)}
        points = np.full((len(ids), 2), np.nan)
        for prompt, place, verdict in games:
            if verdict:
                points[line[prompt], PLACES.index(place)] = points_of(verdict, place)
        asked = {place for _, place, _ in games}
        return cls(ids=ids, points=points, places=tuple(place for place in PLACES if place in asked))

    def only(self, place: Place) -> PromptPoints:
        """The games of one order alone."""
        points = np.full_like(self.points, np.nan)
        column = PLACES.index(place)
        points[:, column] = self.points[:, column]
        return PromptPoints(ids=self.ids, points=points, places=(place,))

    @property
    def whole(self) -> NDArray[np.bool_]:
        """(prompts,) whether every game of the prompt has a verdict; the others are left out of the score."""
        columns = [PLACES.index(place) for place in self.places]
        return np.asarray(~np.isnan(self.points[:, columns]).any(axis=1))

    @property
    def sums(self) -> Floats:
        """(prompts,) the sum of a prompt's points, NaN where a game has no verdict."""
        columns = [PLACES.index(place) for place in self.places]
        return self.points[:, columns].sum(axis=1)

    @property
    def outcomes(self) -> list[str]:
        """Good, Same or Bad of each prompt, "" where a game has no verdict."""
        return [outcome_of([total]) if known else "" for total, known in zip(self.sums, self.whole, strict=True)]

    @property
    def won(self) -> Floats:
        """(whole prompts,) 1 for Good, one half for Same, 0 for Bad."""
        return (np.sign(self.sums[self.whole]) + 1) / 2


def win_score(points: PromptPoints, *, seed: int = 0) -> Share:
    """100 · (Good + ½ Same) / n over the prompts whose games all have a verdict: 50 is as good as the opponent.

    The formula is our reading of the paper's figures, in which the baseline scores 50. The interval resamples prompts,
    so that the two orders of a prompt stay together.
    """
    won = points.won
    if not len(won):
        return Share(value=np.nan, low=np.nan, high=np.nan, n=0)
    low, high = _interval(won, seed=seed)
    return Share(value=float(100 * won.mean()), low=low, high=high, n=len(won))


def standard_error(points: PromptPoints) -> float:
    """The standard error of the win score over prompts, in percent; NaN for fewer than two.

    Where all prompts are alike it is half of Wilson's interval over 1.96: n of n won does not say that all would be.
    """
    won = points.won
    if len(won) < 2:
        return float("nan")
    if np.ptp(won) == 0:
        low, high = wilson(float(won.sum()), len(won))
        return (high - low) / 2 / Z_95
    return float(100 * won.std(ddof=1) / np.sqrt(len(won)))


def counts(points: PromptPoints) -> Mapping[str, int]:
    """How many prompts are Good, Same, Bad, and without a verdict."""
    said = points.outcomes
    return {name: said.count(name) for name in ("Good", "Same", "Bad")} | {"no verdict": said.count("")}


def first_place_wins(points: PromptPoints, *, seed: int = 0) -> Share:
    """Of the games that one side won, the share in percent that the first place won: 50 is a judge without a bias.

    Only prompts with verdicts in both orders count: then both models stand equally often in each place, whatever their
    quality. All NaN where the judgement has one order.
    """
    both = ~np.isnan(points.points).any(axis=1)
    if len(points.places) < 2 or not both.any():
        return Share(value=np.nan, low=np.nan, high=np.nan, n=0)
    mine_first, mine_second = points.points[both, 0], points.points[both, 1]
    first = (mine_first > 0).astype(float) + (mine_second < 0)  # (prompts,) games that the first place won
    decided = (mine_first != 0).astype(float) + (mine_second != 0)
    if not decided.sum():
        return Share(value=np.nan, low=np.nan, high=np.nan, n=len(first))
    if first.sum() in (0, decided.sum()):
        low, high = wilson(float(first.sum()), int(decided.sum()))
        return Share(value=float(100 * first.sum() / decided.sum()), low=low, high=high, n=len(first))
    weights = resamples(len(first), seed=seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = 100 * (weights @ first) / (weights @ decided)
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Share(value=float(100 * first.sum() / decided.sum()), low=float(low), high=float(high), n=len(first))


def reversals(points: PromptPoints, *, seed: int = 0) -> Share:
    """The share in percent of prompts whose two orders name different winners; NaN where there is one order."""
    return _share_of(points, lambda first, second: first * second < 0, seed=seed)


def differing(points: PromptPoints, *, seed: int = 0) -> Share:
    """The share in percent of prompts whose two orders differ at all: a reversal, or a tie in one of them."""
    return _share_of(points, lambda first, second: np.sign(first) != np.sign(second), seed=seed)


def _share_of(points: PromptPoints, differs: object, *, seed: int) -> Share:
    both = ~np.isnan(points.points).any(axis=1)
    if len(points.places) < 2 or not both.any():
        return Share(value=np.nan, low=np.nan, high=np.nan, n=0)
    flags = differs(points.points[both, 0], points.points[both, 1]).astype(float)  # type: ignore[operator]
    low, high = _interval(flags, seed=seed)
    return Share(value=float(100 * flags.mean()), low=low, high=high, n=len(flags))


def _interval(values: Floats, *, seed: int) -> tuple[float, float]:
    """The 95 % interval, in percent, of the mean of ``values`` (prompts,) between 0 and 1."""
    if np.ptp(values) == 0:
        return wilson(float(values.sum()), len(values))
    low, high = np.percentile(100 * (resamples(len(values), seed=seed) @ values) / len(values), [2.5, 97.5])
    return float(low), float(high)


def wilson(hits: float, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, in percent."""
    share = hits / total
    middle = (share + Z_95**2 / (2 * total)) / (1 + Z_95**2 / total)
    half = Z_95 / (1 + Z_95**2 / total) * np.sqrt(share * (1 - share) / total + Z_95**2 / (4 * total**2))
    return float(100 * max(0.0, middle - half)), float(100 * min(1.0, middle + half))


def resamples(count: int, *, seed: int, draws: int = DRAWS) -> Floats:
    """(draws, count) how often each of ``count`` prompts stands in each resample."""
    rng = np.random.default_rng([seed, count])
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
