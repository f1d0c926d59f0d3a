"""The entropy of each row's domain under several probes: its mean, and how far the probes agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.progress import Progress, part_of, silent
from core.selection.daar.probe import entropy, train_probe

TOP = 0.2  # the paper trains on this share of the pool
STEADY = 0.5  # a warning is given when probes agree in less than this share of their top fifth


@dataclass(frozen=True, eq=False, kw_only=True)
class DomainEntropy:
    """``values`` (rows,) are the mean entropies in nats, ``accuracy`` is the probes' mean accuracy on held-out rows.

    ``agreement`` compares two halves of the probes, ``half`` probes each: it is the Jaccard index of the top fifths of
    the labelled rows under either half, averaged over several halvings (nan for one probe). ``chance`` is that index
    for random fifths. The mean of all probes is more stable than that of half of them.
    """

    values: NDArray[np.float64]
    accuracy: float
    agreement: float
    chance: float
    half: int

    @property
    def notice(self) -> str:
        """A warning that another seed would change the order much; "" where it would not."""
        if not self.agreement < STEADY:
            return ""
        lots = "Two probes" if self.half == 1 else f"Two groups of {self.half} probes"
        return (
            f"{lots} from different seeds share {self.agreement:.0%} of their top fifth ({self.chance:.0%} by chance), "
            "so another seed gives a rather different subset. More probes make the order more stable."
        )


def mean_entropy(
    vectors: NDArray[np.floating],
    labels: NDArray[np.integer],
    *,
    classes: int,
    epochs: int,
    probes: int,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress = silent,
) -> DomainEntropy:
    """The entropy of each row, averaged over ``probes`` probes from different seeds; each probe takes equally long.

    On a few thousand rows the seed largely decides the order of a single probe; more probes make the mean more stable.
    No two values of ``seed`` share a probe. Averaging is ours: the paper (arXiv 2502.04380) trains one probe. Raises
    :class:`InputError` when fewer than two classes have rows, and for ``probes`` below 1.
    """
    if probes < 1:
        raise InputError(f"The entropy needs at least one probe, not {probes}.")
    entropies, right = [], []
    for run in range(probes):
        step = part_of(progress, done=run, total=probes, note="probes trained")
        probed = train_probe(
            vectors, labels, classes=classes, epochs=epochs, seed=seed * probes + run, device=device, progress=step
        )
        entropies.append(entropy(probed.probabilities))
        right.append(probed.accuracy)
    rows = np.flatnonzero(labels >= 0)
    size = max(1, round(TOP * len(rows)))
    half = probes // 2
    shared = []
    for start in range(probes if half else 0):
        lots = (np.arange(start, start + half) % probes, np.arange(start + half, start + 2 * half) % probes)
        first_top, second_top = (_top(np.mean([entropies[run][rows] for run in lot], axis=0), size) for lot in lots)
        shared.append(len(first_top & second_top) / len(first_top | second_top))
    share = size / len(rows)
    return DomainEntropy(
        values=np.mean(entropies, axis=0),
        accuracy=float(np.mean(right)),
        agreement=float(np.mean(shared)) if shared else float("nan"),
        chance=share / (2 - share),
        half=half,
    )


def _top(values: NDArray[np.float64], size: int) -> set[int]:
    return set(np.argsort(-values, kind="stable")[:size].tolist())
