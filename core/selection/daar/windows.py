"""Captions that say which rows the five 20 % windows of a DaaR score hold."""

from __future__ import annotations

SHARES = ("0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %")

# From position 0 of the slider to position 1.
CAPTIONS = {
    "inter": (
        "least similar to the other domains: the most domain-specific rows",
        "rather domain-specific",
        "in between",
        "rather near the other domains",
        "most similar to the other domains",
    ),
    "intra": (
        "nearest the centre of their own domain: the most typical rows",
        "rather typical of their domain",
        "in between",
        "rather far from the centre of their domain",
        "farthest from the centre of their own domain: its edge and its outliers",
    ),
    "entropy": (
        "the probe is surest of their domain",
        "the probe is rather sure of their domain",
        "in between",
        "the probe hesitates between domains",
        "the probe is least sure of their domain: the paper trains on this fifth",
    ),
}
# Whether position 1 of the slider takes the highest values first.
HIGHEST_FIRST = {"inter": True, "intra": False, "entropy": True}


def captions(score: str) -> tuple[tuple[str, str], ...]:
    """The five windows of ``score`` (inter, intra, entropy) from 0–20 % to 80–100 %, each with what it holds.

    The paper's "Inter-D (80–100)" holds the rows most similar to other domains, although the folder in its code is
    named the other way round; intra follows the code's order, nearest to the centre first.
    """
    return tuple(zip(SHARES, CAPTIONS[score], strict=True))


def ends() -> str:
    """One line on both ends of every score's slider."""
    said = [f"{score}: 0–20 % {texts[0]}, 80–100 % {texts[-1]}" for score, texts in CAPTIONS.items()]
    return "; ".join(said)
