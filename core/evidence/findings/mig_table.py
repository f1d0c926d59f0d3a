"""Table 1 of MIG (arXiv 2504.13835): seven selectors and a random draw of 50,000 rows of Tulu-3, on three base models.

Only the average of each row is carried: the mean of the paper's averages over knowledge and over preference benchmarks,
in points. As printed; the two cells in :data:`ODD` do not agree with the other cells of their own row.
"""

from __future__ import annotations

SOURCE = "MIG (arXiv 2504.13835), Table 1: 50,000 rows of Tulu-3, average over nine benchmarks"
RANDOM = "Random"
AVERAGE = {
    "Llama-3.1-8B": {
        RANDOM: 51.81, "ZIP": 47.44, "IFD": 51.08, "#InsTag": 51.17, "DEITA": 52.83, "CaR": 53.10, "QDIT": 53.12,
        "MIG": 55.32,
    },
    "Mistral-7B-v0.3": {
        RANDOM: 48.51, "ZIP": 41.37, "#InsTag": 49.88, "DEITA": 47.69, "CaR": 46.58, "QDIT": 48.84, "MIG": 51.73,
    },
    "Qwen2.5-7B": {
        RANDOM: 57.32, "ZIP": 55.87, "#InsTag": 58.48, "DEITA": 58.11, "CaR": 58.43, "QDIT": 58.50, "MIG": 59.81,
    },
}  # fmt: skip
ODD = {("Mistral-7B-v0.3", "CaR"), ("Qwen2.5-7B", RANDOM)}


def beside_random(method: str) -> dict[str, float]:
    """Base model → points by which ``method`` is above (below: negative) a random draw of the same size."""
    return {
        model: round(averages[method] - averages[RANDOM], 2)
        for model, averages in AVERAGE.items()
        if method in averages
    }


def counted() -> tuple[int, int]:
    """How many of the table's comparisons with random are below it, and how many there are."""
    differences = [
        difference
        for method in {name for averages in AVERAGE.values() for name in averages} - {RANDOM}
        for difference in beside_random(method).values()
    ]
    return sum(difference < 0 for difference in differences), len(differences)


def sentence(method: str, *, above: bool) -> str:
    """The differences on one side of random in words, "" where there are none."""
    chosen = {model: value for model, value in beside_random(method).items() if (value > 0) == above}
    if not chosen:
        return ""
    listed = ", ".join(f"{'+' if above else '−'}{abs(value):.2f} with {model}" for model, value in chosen.items())
    odd = any((model, name) in ODD for model in chosen for name in (method, RANDOM))
    note = " One of the cells behind it disagrees with its own row in the paper." if odd else ""
    side = "above" if above else "below"
    return f"Points {side} a random draw of the same size: {listed}.{note}"
