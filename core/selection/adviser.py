"""Proposes one strategy from three answers: what there is beside the rows, what the subset is for, and how large it is.

A rule of thumb of ours, made of the findings on the strategies' cards; it reads no data and promises no score.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.counted import counted
from core.errors import InputError, quoted

HAVE = {
    "scores": "a column of scores (quality, a reward, difficulty)",
    "categories": "a column of categories (source, domain, task)",
    "examples": "example rows like those the model shall answer",
}
WANT = {
    "coverage": "cover as much of the pool as possible",
    "quality": "the best rows",
    "both": "good rows that still differ",
    "balance": "no theme or source above the others",
    "target": "rows like my examples",
    "baseline": "a baseline to compare with",
}
MOST = 0.5  # from this share of the pool, what is left out decides, not what is taken
FEW = 2_000  # up to so many rows, each choice can look at all choices before it
WIDE = 200_000  # from so many rows of the pool, comparing all pairs of rows takes long


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One ``strategy`` and why: ``reasons`` for it, ``cautions`` about it, and what to bring for a better one.

    ``lacks`` is the answer of :data:`HAVE` that the wish needs and that was not given, "" for none.
    """

    strategy: str
    reasons: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    lacks: str = ""


def advise(*, have: Collection[str], want: str, rows: int, pool_rows: int) -> Advice:
    """The strategy for ``rows`` of a pool of ``pool_rows`` rows.

    ``have`` are names of :data:`HAVE`, none for the rows alone; ``want`` is one of :data:`WANT`. Raises
    :class:`InputError` for another name, and for numbers below 1. As ``rows`` grows, the proposal goes from choosing
    row by row over counting types to leaving out the worst or the repeated rows.
    """
    for name in have:
        if name not in HAVE:
            raise InputError(f"There is no answer {quoted(name)}.", remedy=f"There are: {', '.join(HAVE)}.")
    if want not in WANT:
        raise InputError(f"There is no wish {quoted(want)}.", remedy=f"There are: {', '.join(WANT)}.")
    if rows < 1 or pool_rows < 1:
        raise InputError("Subset and pool have at least one row.")
    if rows >= pool_rows:
        return Advice(
            strategy="random",
            reasons=(f"You want all {pool_rows:,} rows of the pool: every strategy gives the same ones.",),
            cautions=("Ask for fewer rows, or narrow nothing and train on all.",),
        )
    return _FOR[want](frozenset(have), rows, pool_rows)


def _coverage(have: frozenset[str], rows: int, pool_rows: int) -> Advice:
    if rows > MOST * pool_rows:
        return Advice(
            strategy="repr_filter",
            reasons=(
                f"{counted(rows, 'row')} are most of the pool, so what matters is which rows are left out.",
                "It leaves out rows that nearly repeat another, and draws the rest at random.",
            ),
        )
    if rows <= FEW and pool_rows <= WIDE:
        return Advice(
            strategy="kcenter",
            reasons=(
                f"For {counted(rows, 'row')} each choice can look at all rows before it: the farthest row each time.",
                "Up to 1,100 rows it was above random rows of equal size in 81 of 90 comparisons of one paper.",
            ),
            cautions=("It takes outliers first: read its first rows, and drop what is broken.",),
        )
    if rows < 10_000 and pool_rows <= WIDE:
        return Advice(
            strategy="novelselect",
            reasons=(
                "It weighs distance by density, so that it spreads without collecting outliers.",
                f"{counted(rows, 'row')} can be ordered one by one on this machine.",
            ),
        )
    return Advice(
        strategy="micro",
        reasons=(
            "It covers the important tokens of the responses, and takes seconds at any size.",
            "In its paper the score rose along its slider, more steeply from 10,000 to 30,000 rows.",
        ),
        cautions=("It takes longer rows as the slider rises: compare at equal tokens, or match the lengths.",),
    )


def _quality(have: frozenset[str], rows: int, pool_rows: int) -> Advice:
    if "scores" not in have:
        return Advice(
            strategy="length",
            reasons=(
                "There is no score, and the longest responses are the baseline that many scores do not beat.",
                "It needs nothing but the tokens.",
            ),
            cautions=("Judges like long answers: look at a length-controlled score too.",),
            lacks="scores",
        )
    if rows > MOST * pool_rows:
        return Advice(
            strategy="score",
            reasons=(
                f"{counted(rows, 'row')} are most of the pool: the rows with the lowest scores are left out.",
                "The slider moves a window over the score, so that the very top can be left out too.",
            ),
        )
    return Advice(
        strategy="deita",
        reasons=(
            "The highest scores first, and no row that nearly repeats one already taken.",
            "A score alone often takes the same kind of row again and again.",
        ),
        cautions=("With pools of millions of rows, few scores beat a random draw: save one beside it.",),
    )


def _both(have: frozenset[str], rows: int, pool_rows: int) -> Advice:
    if "scores" not in have:
        advice = _coverage(have, rows, pool_rows)
        return Advice(
            strategy=advice.strategy,
            reasons=("There is no score, so only how the rows differ can decide.", *advice.reasons),
            cautions=advice.cautions,
            lacks="scores",
        )
    if rows > MOST * pool_rows:
        return Advice(
            strategy="mods",
            reasons=(
                f"{counted(rows, 'row')} are most of the pool: a threshold drops the worst rows.",
                "What is left is taken so that each row is far from those before it.",
            ),
        )
    if pool_rows > WIDE:
        return Advice(
            strategy="deita",
            reasons=(
                f"A pool of {counted(pool_rows, 'row')} is too wide to compare all pairs of rows.",
                "It walks down the scores and skips what nearly repeats a row already taken.",
            ),
        )
    return Advice(
        strategy="qdit",
        reasons=(
            "A share λ weighs the score against how well the subset covers the pool.",
            "In MIG's table it is above random rows with all three base models.",
        ),
        cautions=("What one gains the other loses: try λ at 0.5 and 0.7 before you trust one.",),
    )


def _balance(have: frozenset[str], rows: int, pool_rows: int) -> Advice:
    few_sources = "For reasoning data one or two good sources beat an even mixture: balance is a wish, not a rule."
    if "categories" in have:
        if rows <= FEW:
            return Advice(
                strategy="b2nerd",
                reasons=(
                    "The same number of rows from every category of your column.",
                    f"With {counted(rows, 'row')} each category gives few, so none of them may repeat another.",
                ),
                cautions=(few_sources,),
            )
        return Advice(
            strategy="balanced",
            reasons=(
                "It draws evenly from every value of your column.",
                f"{counted(rows, 'row')} leave room for several rows a category.",
            ),
            cautions=(few_sources,),
        )
    return Advice(
        strategy="macro",
        reasons=(
            "There is no column of categories: the clusters of the map stand for the themes.",
            f"It draws {counted(rows, 'row')} evenly from all of them.",
        ),
        cautions=("Clusters depend on the embedder: look at the map first.",),
    )


def _target(have: frozenset[str], rows: int, pool_rows: int) -> Advice:
    if "examples" not in have:
        advice = _coverage(have, rows, pool_rows)
        return Advice(
            strategy=advice.strategy,
            reasons=("There are no examples, so nothing says what the rows shall be like.", *advice.reasons),
            cautions=advice.cautions,
            lacks="examples",
        )
    if rows > 0.1 * pool_rows:
        return Advice(
            strategy="gio",
            reasons=(
                f"{counted(rows, 'row')} are a large part of the pool: whole parts of it are taken or left.",
                "It adds what makes the subset's distribution most like your examples, and stops when nothing does.",
            ),
        )
    return Advice(
        strategy="tsds",
        reasons=(
            "Rows like your examples, spread so that near-copies share what one row would get.",
            "Similarity to examples is what stayed above random rows where many selectors fell below.",
        ),
        cautions=("Keep some examples back: a score on the same examples says little.",),
    )


def _baseline(have: frozenset[str], rows: int, pool_rows: int) -> Advice:
    return Advice(
        strategy="random",
        reasons=(
            "A seeded random draw is what every other strategy must beat at equal size.",
            f"Save three to seven draws of {counted(rows, 'row')} with other seeds: one draw says nothing of chance.",
        ),
        cautions=("The longest responses are the other baseline to beat: see Longest / shortest.",),
    )


_FOR = {
    "coverage": _coverage,
    "quality": _quality,
    "both": _both,
    "balance": _balance,
    "target": _target,
    "baseline": _baseline,
}
