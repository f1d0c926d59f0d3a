"""How near each row is to each task, a task being a group of examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.errors import InputError, quoted

DECIMALS = 6
MOST_TASKS = 1_000


def task_directions(
    examples: NDArray[np.float32], tasks: Sequence[str | None] | None
) -> tuple[NDArray[np.float32], list[str]]:
    """(tasks, d) unit vectors, the direction of the mean of each task's ``examples`` (m, d), and the tasks' names.

    ``tasks`` (m,) names the task of each example, None for none of them; None lets all be one task. Names are sorted.
    Raises :class:`InputError` where no example has a task, there are more than :data:`MOST_TASKS`, or the examples of
    one cancel out.
    """
    if tasks is None:
        names, codes = ["all examples"], np.zeros(len(examples), dtype=np.int64)
    else:
        names = sorted({str(name) for name in tasks if name is not None})
        number = {name: place for place, name in enumerate(names)}
        codes = np.array([-1 if name is None else number[str(name)] for name in tasks], dtype=np.int64)
    if not names:
        raise InputError("No example has a task.", remedy="Choose a column that the examples have values in.")
    if len(names) > MOST_TASKS:
        raise InputError(
            f"The examples have {len(names):,} different tasks.", remedy="Choose a column with fewer values."
        )
    means = np.stack([examples[codes == place].astype(np.float64).mean(axis=0) for place in range(len(names))])
    sizes = np.linalg.norm(means, axis=1)
    if (sizes < 1e-9).any():
        raise InputError(
            f"The examples of {quoted(names[int(np.argmin(sizes))])} point to opposite sides and cancel out.",
            remedy="Divide them into several tasks.",
        )
    return (means / sizes[:, None]).astype(np.float32), names


@full_precision()
def influences(
    vectors: NDArray[np.float32], directions: NDArray[np.float32], *, device: str = "cpu"
) -> NDArray[np.float64]:
    """(rows, tasks) the cosine of each of ``vectors`` (rows, d) with each of ``directions`` (tasks, d), unit vectors.

    Rounded to six decimals, so that neither the block nor the number of threads shows. O(rows · tasks · d).
    """
    import torch

    aims = torch.from_numpy(directions).to(device)
    values = np.empty((len(vectors), len(directions)))
    step = block_rows(width=2 * vectors.shape[1], device=device)
    for start in range(0, len(vectors), step):
        block = torch.from_numpy(np.ascontiguousarray(vectors[start : start + step])).to(device)
        values[start : start + step] = (block @ aims.T).cpu().numpy()
    return np.round(values, DECIMALS)
