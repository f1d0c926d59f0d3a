"""The loop, a small model trained on each member of a comparison and scored on held-out rows, for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.api.corpora import workspace
from core.corpus.store import Corpus
from core.progress import Progress, silent
from core.workbench.loops.asked_loop import asked_loop
from core.workbench.loops.loop_request import TINY
from core.workspace.artefacts import Workspace


def train(
    names: str | Sequence[str],
    *,
    base: str = TINY,
    tokens: int | None = None,
    learning_rate: float | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    device: str = "auto",
    keep_models: bool = False,
    within: Workspace | None = None,
    progress: Progress = silent,
    **settings: Any,
) -> pd.DataFrame:
    """Train the same model on every subset that ``names`` mean, and log its held-out scores, marked as a proxy's.

    ``names`` are saved subsets, series or studies; ``base`` is "tiny" (a small decoder, warmed up on other rows), a
    folder, a GGUF file or a hub id. Every run learns ``tokens`` response tokens, proposed from the members where None;
    in their place ``size`` and ``unit`` say it in supervised_tokens, all_tokens, minutes or money by a trainer
    ``profile``. ``settings``: these and counted, batch_tokens, warmup, weight_decay, cutoff, held_out_rows, precision.
    A run that is finished is not trained again, one that was stopped goes on. Minutes to hours: :func:`training_time`
    says first.

    Gives a row for each run: member, subset (digest), seed, before and nll (nats a response token on held-out rows,
    before and after), mean_of_sources, bits (a byte), epochs, seconds. Raises :class:`core.errors.InputError` for names
    that mean nothing and settings out of range.

    >>> table = api.train("twenty", base=small_model, tokens=300, seeds=[0], batch_tokens=100, held_out_rows=5)
    >>> table[["member", "seed"]].values.tolist(), bool(table["nll"][0] > 0)
    ([['twenty', 0]], True)
    """
    from core.training.held_out import ALL, MACRO
    from core.workbench.loops.loop_run import carry_out_loop, standing

    kept = within or workspace()
    request = asked_loop(
        kept, [names] if isinstance(names, str) else list(names), base=base, tokens=tokens, seeds=seeds, device=device,
        learning_rate=learning_rate, keep_models=keep_models, **settings,
    )  # fmt: skip
    carry_out_loop(kept, request.as_dict(), progress)
    return pd.DataFrame([
        {
            "member": now.run.member.name, "subset": now.run.member.digest, "seed": now.run.seed,
            "before": now.trained.trace.held_out[0][1], "nll": now.trained.scores[ALL].nll,
            "mean_of_sources": now.trained.scores[MACRO].nll, "bits": now.trained.scores[ALL].bits,
            "epochs": now.trained.epochs, "seconds": now.trained.trace.seconds,
        }
        for now in standing(kept, request) or ()
        if now.trained is not None
    ])  # fmt: skip


def training_time(names: str | Sequence[str], *, within: Workspace | None = None, **asked: Any) -> str:
    """How long :func:`train` would take with the same arguments, measured by a few steps; nothing is trained.

    >>> api.training_time("twenty", base=small_model, tokens=300, seeds=[0]).endswith(".")
    True
    """
    from core.workbench.loops.loop_estimate import estimate_loop

    kept = within or workspace()
    request = asked_loop(kept, [names] if isinstance(names, str) else list(names), **asked)
    return estimate_loop(kept, request).words


def dynamics(
    corpus: Corpus, *, base: str = TINY, rows: int = 2_000, epochs: int = 5, seeds: Sequence[int] = (0,),
    progress: Progress = silent, **settings: Any,
) -> pd.DataFrame:  # fmt: skip
    """Train a model on rows of ``corpus`` and keep how each was learnt as columns; minutes to hours.

    ``rows`` are drawn by a fixed seed, 0 takes all; more ``epochs`` tell ambiguous rows from hard ones better; the
    measures are means over ``seeds``. ``settings``: learning_rate, batch_tokens, cutoff, precision, device. Sources:
    arXiv 2009.10795 (confidence, variability, correctness), 1812.05159 (forgetting), 1905.10854 (learnt_at).

    Gives a row for each trained row: id, confidence, variability, correctness, forgetting, learnt_at, region. Raises
    :class:`core.errors.InputError` for settings out of range.

    >>> learnt = api.dynamics(corpus, base=small_model, rows=20, epochs=2, batch_tokens=100)
    >>> sorted(set(learnt["region"]))
    ['ambiguous', 'easy', 'hard']
    """
    from core.workbench.loops.training_dynamics import DynamicsRequest, training_dynamics

    asked = DynamicsRequest(
        corpus=corpus.id, base=base, rows=rows, epochs=epochs, seeds=tuple(int(seed) for seed in seeds), **settings
    )
    columns = training_dynamics(corpus.workspace, asked.as_dict(), progress)["columns"]
    table = pd.DataFrame({"id": corpus.ids, **{name: corpus.column(column) for name, column in columns.items()}})
    return table[table["confidence"].notna()].reset_index(drop=True)
