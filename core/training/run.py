"""One run: the base, trained on the rows of one member with one seed, and what it scores on held-out rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.features.gradients.moments import AdamMoments, write_moments
from core.progress import Progress, silent
from core.training.base import Base
from core.training.encoding import EncodedRows
from core.training.fit import Trace, fit
from core.training.held_out import HeldOut, Likelihood, likelihoods_of, mean_loss, score_held_out
from core.training.plan import plan_training
from core.training.settings import ProxySettings
from core.workspace import atomic

if TYPE_CHECKING:
    import torch

LOOK_TOKENS = 4_000  # held-out tokens that a point of the curve reads
TOKENIZER_FILES = frozenset({
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model", "vocab.json",
    "merges.txt", "added_tokens.json", "chat_template.jinja",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A finished run.

    ``scores`` are the held-out likelihoods by group; ``epochs`` says how often the rows were gone through,
    ``tokens_read`` how many tokens, prompts included.
    """

    trace: Trace
    scores: dict[str, Likelihood]
    epochs: float
    tokens_read: int

    def as_dict(self) -> dict[str, Any]:
        scores = {name: asdict(score) for name, score in self.scores.items()}
        return {
            "trace": self.trace.as_dict(), "scores": scores, "epochs": self.epochs, "tokens_read": self.tokens_read,
        }  # fmt: skip

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Trained:
        return cls(
            trace=Trace.of(values["trace"]),
            scores=likelihoods_of(values["scores"]),
            epochs=float(values["epochs"]),
            tokens_read=int(values["tokens_read"]),
        )


def train(
    base: Base,
    encoded: EncodedRows,
    held: HeldOut,
    settings: ProxySettings,
    *,
    seed: int,
    folder: Path,
    ended: Callable[[torch.optim.Optimizer], None] | None = None,
    progress: Progress = silent,
) -> Trained:
    """Train ``base`` on ``encoded`` from its own weights, and score ``held``. The model then holds the trained weights.

    The seed shuffles the rows (and draws dropout, where the base has any). ``folder`` keeps the checkpoint, and
    ``ended`` is given the optimizer: see :func:`core.training.fit.fit`, whose errors it raises.
    """
    plan = plan_training(encoded, settings, seed=seed)
    base.restore()
    looked = held.some(LOOK_TOKENS)
    trace = fit(
        base, encoded, plan, settings, seed=seed, folder=folder, look=lambda: mean_loss(base, looked), ended=ended,
        progress=progress,
    )  # fmt: skip
    return Trained(
        trace=trace,
        scores=score_held_out(base, held),
        epochs=plan.epochs,
        tokens_read=int(sum(step[:, 1].sum() for step in plan.steps)),
    )


def save_model(base: Base, folder: Path, *, moments: AdamMoments | None = None) -> None:
    """Write the model as it is now, and its tokenizer's files, to ``folder``, in the format of transformers.

    ``moments`` are those of Adam on its last block, written beside it for gradients as LESS reads them.
    """
    with atomic.explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        base.model.save_pretrained(folder, safe_serialization=True)
        assert base.files.folder is not None
        for path in sorted(base.files.folder.iterdir()):
            if path.name in TOKENIZER_FILES:
                shutil.copyfile(path, folder / path.name)
        if moments is not None:
            write_moments(folder, moments)
