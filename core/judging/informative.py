"""Which evaluation prompts to ask: those whose answers say most of a model's ability, by item response theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InputError
from core.judging.prompt_set import PromptSet, keep_prompts, prompt_id
from core.workspace.artefacts import Workspace

POINTS = 41  # of ability, over which information is averaged
NAMES = {
    "prompt": ("prompt", "instruction", "question", "id", "question_id"),
    "difficulty": ("difficulty", "b"),
    "discrimination": ("discrimination", "a"),
}


@dataclass(frozen=True, eq=False)
class ChosenPrompts:
    """``prompts`` is the stored set of the chosen; ``information`` (prompts of the set,) the expected information of
    each, nan where the file has no difficulty. ``error`` and ``error_of_all`` are the standard errors of an ability at
    the middle, 1 / √ of the summed information there, with the chosen and with all."""

    prompts: PromptSet
    information: NDArray[np.float64]
    error: float
    error_of_all: float


def expected_information(
    discrimination: NDArray[np.float64], difficulty: NDArray[np.float64], *, mean: float = 0.0, spread: float = 1.0
) -> NDArray[np.float64]:
    """(prompts,) Fisher information a² P (1 − P), P = 1 / (1 + exp(−a (θ − b))), averaged over θ ~ N(``mean``,
    ``spread``²).

    The two-parameter logistic model (Birnbaum 1968). Information adds up over prompts, so the best set of a size is
    that of the largest values; choosing by it is the model-based side of Active Evaluation Acquisition (arXiv
    2410.05952; from memory), which learns a policy instead. A larger ``spread`` asks prompts of more levels.
    """
    theta = np.linspace(-4, 4, POINTS)
    weight = np.exp(-(theta**2) / 2)
    abilities = mean + spread * theta
    chance = 1 / (1 + np.exp(-discrimination[:, None] * (abilities[None] - difficulty[:, None])))
    return np.asarray((discrimination[:, None] ** 2 * chance * (1 - chance)) @ (weight / weight.sum()))


def most_informative(
    workspace: Workspace, prompts: PromptSet, table: pd.DataFrame, *, count: int, name: str = "", mean: float = 0.0,
    spread: float = 1.0,
) -> ChosenPrompts:  # fmt: skip
    """Store the ``count`` prompts of a set that say most of an ability around ``mean``, as a set of its own.

    ``table`` has a line for each prompt: its words or the id that its file gave it (prompt), difficulty, and
    discrimination (1 where the column is not there). Ties go by the prompt's id. Raises :class:`InputError` for missing
    columns, numbers that are none, or fewer known prompts than ``count``.
    """
    found = {role: next((c for c in table if str(c).strip().lower() in names), None) for role, names in NAMES.items()}
    for role in ("prompt", "difficulty"):
        if found[role] is None:
            raise InputError(f"The table has no column {role}.", remedy=f"Call it one of: {', '.join(NAMES[role])}.")
    known: dict[str, tuple[float, float]] = {}
    slopes = pd.to_numeric(table[found["discrimination"]], errors="coerce") if found["discrimination"] else None
    levels = pd.to_numeric(table[found["difficulty"]], errors="coerce")
    for line, words in enumerate(table[found["prompt"]].astype(str)):
        steep = 1.0 if slopes is None else float(slopes.iloc[line])
        if np.isfinite(levels.iloc[line]) and np.isfinite(steep):
            known[words] = known[prompt_id(words)] = (steep, float(levels.iloc[line]))
    asked = list(prompts.prompts)
    pairs = [known.get(prompt.id) or known.get(prompt.given) or (np.nan, np.nan) for prompt in asked]
    slope, level = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    information = expected_information(slope, level, mean=mean, spread=spread)
    usable = np.flatnonzero(np.isfinite(information))
    if not 1 <= count <= len(usable):
        raise InputError(
            f"The table knows {len(usable):,} of the {len(asked):,} prompts, and {count:,} are asked for.",
            remedy="Name prompts by their words, or by the ids of the file that they came from.",
        )
    ordered = sorted(usable.tolist(), key=lambda place: (-round(float(information[place]), 9), asked[place].id))
    chosen = ordered[:count]
    here = expected_information(slope[usable], level[usable], mean=mean, spread=1e-9)
    in_chosen = np.isin(usable, chosen)
    kept = keep_prompts(
        workspace, [asked[place] for place in sorted(chosen)], name=name or f"{prompts.name}, {count} most informative",
        origin={"of": prompts.key, "count": count, "mean": mean, "spread": spread},
    )  # fmt: skip
    return ChosenPrompts(kept, information, float(here[in_chosen].sum() ** -0.5), float(here.sum() ** -0.5))
