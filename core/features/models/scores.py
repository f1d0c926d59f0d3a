"""The scores that a causal model gives a row: how each is computed, and from which readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted

Losses = NDArray[np.float64]  # (rows, 4) columns of core.features.models.losses
TOKENS, MEAN, LOWEST = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class ModelScore:
    """One score. ``of`` is called with its ``readings``, some of ("alone", "given", "given after", "given final")."""

    name: str
    title: str
    readings: tuple[str, ...]
    of: Callable[..., NDArray[np.float64]]
    formula: str
    source: str
    meaning: str  # what high and low values mean


def perplexity(losses: Losses) -> NDArray[np.float64]:
    """(rows,) exp of the mean negative log-probability of the response's tokens."""
    return np.exp(-losses[:, MEAN])


def _learned(before: Losses, after: Losses) -> NDArray[np.float64]:
    first = perplexity(before)
    return (first - perplexity(after)) / first


def _learned_share(before: Losses, after: Losses, final: Losses) -> NDArray[np.float64]:
    first, last = perplexity(before), perplexity(final)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (first - perplexity(after)) / (first - last)
    return np.where(np.isfinite(share), share, np.nan)  # undefined where nothing was learned at all


# What a request calls the models that a score compares; the first is "model".
ROLES = {"given after": "after", "given final": "final"}

SCORES = (
    ModelScore(
        name="ppl",
        title="Perplexity of the response",
        readings=("alone",),
        of=perplexity,
        formula="PPL(y) = exp(NLL), NLL = −(1/T) Σ ln p(y_t | y_<t) over the T tokens of the response alone",
        source="POINTS (arXiv 2409.04828) keeps the lowest; the measure itself is standard",
        meaning="High: the model finds the text unusual (hard, rare or noisy). Low: fluent or memorised.",
    ),
    ModelScore(
        name="nll",
        title="Mean negative log-likelihood of the response",
        readings=("alone",),
        of=lambda alone: -alone[:, MEAN],
        formula="NLL = −(1/T) Σ ln p(y_t | y_<t), nats a token, without the instruction",
        source="The logarithm of the perplexity",
        meaning="As the perplexity, without its long tail: better for colours and histograms.",
    ),
    ModelScore(
        name="ppl_given",
        title="Perplexity of the response given its instruction",
        readings=("given",),
        of=perplexity,
        formula="PPL(y | x) = exp(−(1/T) Σ ln p(y_t | x, y_<t)); x is the instruction and a line break, as plain text",
        source="The numerator of IFD",
        meaning="High: the answer is hard to foresee from the instruction.",
    ),
    ModelScore(
        name="ifd",
        title="Instruction-following difficulty (perplexity ratio)",
        readings=("given", "alone"),
        of=lambda given, alone: perplexity(given) / perplexity(alone),
        formula="IFD = PPL(y | x) / PPL(y), over the same response tokens",
        source="Superfiltering (arXiv 2402.00530), from recollection: keep rows below 1, highest first",
        meaning="Near 1: the instruction hardly helps (hard to follow). Low: it gives the answer away. Above 1: it "
        "misleads; the paper drops such rows.",
    ),
    ModelScore(
        name="ifd_loss",
        title="Instruction-following difficulty (loss ratio)",
        readings=("given", "alone"),
        of=lambda given, alone: given[:, MEAN] / alone[:, MEAN],
        formula="IFD = NLL(y | x) / NLL(y), over the same response tokens",
        source="Cherry LLM (arXiv 2308.12032), from recollection",
        meaning="As the perplexity ratio, on the losses.",
    ),
    ModelScore(
        name="pvi",
        title="Pointwise V-information of the instruction",
        readings=("given", "alone"),
        of=lambda given, alone: given[:, TOKENS] * (given[:, MEAN] - alone[:, MEAN]) / np.log(2),
        formula="PVI(x → y) = −log₂ p(y) + log₂ p(y | x), bits, over all tokens of the response",
        source="Ethayarajh et al. (arXiv 2110.08420), from recollection; there each side is a model fine-tuned for it, "
        "here one model reads both",
        meaning="High: the instruction tells much of the answer. Near 0: nothing. Negative: it misleads, or is wrong "
        "for this answer. Long answers have more of either.",
    ),
    ModelScore(
        name="dice",
        title="Dice weight",
        readings=("given",),
        of=lambda given: (1 - np.exp(given[:, MEAN])) * np.exp(given[:, MEAN]),
        formula="(1 − p) · p, p = exp((1/T) Σ ln p(y_t | x, y_<t)), the mean probability of the response's tokens",
        source="Dice Loss for Data-imbalanced NLP Tasks (arXiv 1911.02855), which weighs a token's loss so; a score of "
        "rows by analogy",
        meaning="Highest (¼) at p = ½: neither known nor hopeless. Near 0: easy already, or far out of reach.",
    ),
    ModelScore(
        name="mink",
        title="Min-K % probability",
        readings=("alone",),
        of=lambda alone: alone[:, LOWEST],
        formula="mean ln p(y_t | y_<t) over the 20 % of the response's tokens with the lowest (at least one)",
        source="Min-K % Prob (arXiv 2310.16789); K = 20",
        meaning="High (near 0): no token surprises the model, so it may have been trained on the text. Low: new to it.",
    ),
    ModelScore(
        name="learned",
        title="Learning percentage between two checkpoints",
        readings=("given", "given after"),
        of=_learned,
        formula="LP = (PPL₀(y | x) − PPL₁(y | x)) / PPL₀(y | x), model 0 before and model 1 after training",
        source="after Smaller Language Models are capable of selecting… (arXiv 2402.10430); relative to the first "
        "perplexity, because the perplexity after the last epoch is not needed here",
        meaning="Low or negative: hard, not learned in that training. High: learned at once.",
    ),
    ModelScore(
        name="learned_share",
        title="Learning percentage of all that was learned",
        readings=("given", "given after", "given final"),
        of=_learned_share,
        formula="LP(1) = (PPL₀ − PPL₁) / (PPL₀ − PPLₙ) of the response given its instruction: three checkpoints",
        source="Smaller Language Models are capable of selecting… (arXiv 2402.10430)",
        meaning="Low: what was learned came late (hard). Near 1: it came in the first epoch (easy).",
    ),
)


def score_named(name: str) -> ModelScore:
    """The score called ``name``. Raises :class:`InputError`, which lists the known scores."""
    named = next((score for score in SCORES if score.name == name), None)
    if named is None:
        raise InputError(
            f"There is no score {quoted(name)}.", remedy=f"There are: {', '.join(s.name for s in SCORES)}."
        )
    return named


def readings_of(names: Sequence[str]) -> list[str]:
    """The readings that the scores called ``names`` need, each once, in a fixed order."""
    wanted = {reading for name in names for reading in score_named(name).readings}
    return [reading for reading in ("alone", "given", "given after", "given final") if reading in wanted]
