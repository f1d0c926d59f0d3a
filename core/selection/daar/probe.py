"""The probe: a small classifier of domains on frozen vectors, and the entropy of its answer for each row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.progress import Progress, silent

STEPS = 200  # steps of an epoch, if that makes batches of 16 to 512 rows
NARROW = 256  # width of the layer before the last
HELD_OUT = 0.03
LEAST_HELD_OUT = 20  # fewer rows give no accuracy


@dataclass(frozen=True, eq=False, kw_only=True)
class Probed:
    """The trained probe's output for every row.

    ``probabilities`` (rows, classes); ``norms`` (rows,) the length of the last layer's input with its bias;
    ``history`` (epochs, rows) the probability of the row's own class after each epoch; ``accuracy`` on held-out rows,
    nan when they are too few.
    """

    probabilities: NDArray[np.float64]
    norms: NDArray[np.float64]
    history: NDArray[np.float64]
    accuracy: float


def train_probe(
    vectors: NDArray[np.floating],
    labels: NDArray[np.integer],
    *,
    classes: int,
    epochs: int,
    seed: int = 0,
    rate: float = 1e-3,
    device: str = "cpu",
    progress: Progress = silent,
) -> Probed:
    """Train the probe on ``vectors`` (rows, d) with classes ``labels`` (rows,), -1 for none, and apply it to every row.

    An MLP d → 2d → d → d/2 → 256 → classes with ReLU between, cross-entropy, Adam; 3 % of the labelled rows are held
    out to measure its accuracy. More ``epochs`` make it surer of every row, so that fewer rows have a high entropy.
    Source: DaaR (arXiv 2502.04380), section 4.2; about 200 batches an epoch at learning rate 1e-3 replace the paper's
    batch of 1 at 1e-5 (reconstruction). Raises :class:`InputError` when fewer than two classes have rows.
    """
    import torch

    labelled = np.flatnonzero(labels >= 0)
    if len(np.unique(labels[labelled])) < 2:
        raise InputError(
            "There is only one domain: the probe needs two to tell apart.",
            remedy="Choose a column with two values or more, or pseudo-domains.",
        )
    draws = np.random.default_rng(seed)
    shuffled = draws.permutation(labelled)
    held_out = shuffled[: int(len(shuffled) * HELD_OUT)]
    training = shuffled[len(held_out) :]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(vectors.shape[1], classes).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    data = _scaled(vectors)
    targets = torch.from_numpy(np.asarray(labels, dtype=np.int64))
    history, batch = [], batch_of(len(training))
    for epoch in range(epochs):
        network.train()
        order = draws.permutation(training)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            optimiser.zero_grad()
            told = network(torch.from_numpy(data[rows]).to(device))
            torch.nn.functional.cross_entropy(told, targets[rows].to(device)).backward()
            optimiser.step()
            progress(epoch * len(order) + start, epochs * len(order), "rows the probe learned from")
        probabilities, norms = _read(network, data, device)
        history.append(np.where(labels >= 0, probabilities[np.arange(len(data)), np.maximum(labels, 0)], np.nan))
    right = probabilities[held_out].argmax(axis=1) == labels[held_out]
    return Probed(
        probabilities=probabilities,
        norms=norms,
        history=np.array(history),
        accuracy=float(right.mean()) if len(held_out) >= LEAST_HELD_OUT else float("nan"),
    )


def entropy(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(rows,) H(x) = −Σ_k p_k ln p_k in nats: 0 if the probe is sure, ln(classes) if all classes are equally likely."""
    safe = np.where(probabilities > 0, probabilities, 1.0)
    return np.maximum(-(safe * np.log(safe)).sum(axis=1), 0.0)


def el2n(probabilities: NDArray[np.float64], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """(rows,) ‖p − y‖₂, y the one-hot label; nan for a row without one. Source: Data Diet (arXiv 2107.07075)."""
    gap = probabilities.copy()
    gap[np.arange(len(gap)), np.maximum(labels, 0)] -= 1.0
    return np.where(labels >= 0, np.sqrt((gap * gap).sum(axis=1)), np.nan)


def regress(
    vectors: NDArray[np.floating],
    values: NDArray[np.float64],
    *,
    epochs: int,
    seed: int = 0,
    rate: float = 1e-3,
    device: str = "cpu",
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """(rows,) predictions of ``values`` by an MLP of the probe's shape with one output, trained on them (MSE).

    The paper's second stage; it only smooths the probe's values, so it is an option.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(vectors.shape[1], 1).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    data, draws = _scaled(vectors), np.random.default_rng(seed)
    wanted, batch = torch.from_numpy(values.astype(np.float32)), batch_of(len(data))
    for epoch in range(epochs):
        order = draws.permutation(len(data))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            optimiser.zero_grad()
            told = network(torch.from_numpy(data[rows]).to(device))[:, 0]
            torch.nn.functional.mse_loss(told, wanted[rows].to(device)).backward()
            optimiser.step()
            progress(epoch * len(order) + start, epochs * len(order), "rows the regressor learned from")
    with torch.inference_mode():
        parts = [
            network(torch.from_numpy(data[at : at + 8192]).to(device))[:, 0].double().cpu().numpy()
            for at in range(0, len(data), 8192)
        ]
    return np.concatenate(parts)


def batch_of(rows: int) -> int:
    """Rows of a training step: small where rows are few, to take many steps, else large enough for the device."""
    return max(16, min(512, rows // STEPS))


def _network(width: int, outputs: int) -> Any:
    from torch import nn

    sizes = [width, 2 * width, width, max(1, width // 2), NARROW]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(NARROW, outputs))


def _scaled(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """``vectors`` scaled by one factor to a mean square of 1, because layers differ in scale by orders of magnitude."""
    scale = float(np.sqrt(np.mean(np.square(vectors, dtype=np.float64))))
    return np.ascontiguousarray(np.asarray(vectors) / max(scale, 1e-30), dtype=np.float32)


def _read(network: Any, data: NDArray[np.float32], device: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import torch

    network.eval()
    chances, norms = [], []
    with torch.inference_mode():
        for start in range(0, len(data), 8192):
            hidden = network[:-1](torch.from_numpy(data[start : start + 8192]).to(device))
            chances.append(torch.softmax(network[-1](hidden).double(), dim=1).cpu().numpy())
            norms.append(torch.sqrt((hidden.double() ** 2).sum(1) + 1).cpu().numpy())
    return np.concatenate(chances), np.concatenate(norms)
