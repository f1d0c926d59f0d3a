"""Single entries into the ledger by name: a score that was typed, what a label means, a batch that is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from core.errors import InputError, in_short, quoted
from core.evidence import ledger
from core.evidence.entries import Match
from core.evidence.ledger import Batch, Clashes, Ledger
from core.evidence.typed_scores import NUMBERS, TEXTS, TypedRun, typed_datasets
from core.workbench.inspections.evidence import Evidence, load_evidence
from core.workbench.subsets import subset_named
from core.workspace.artefacts import Workspace

TYPED = "Typed in"


def digest_named(evidence: Evidence, name: str) -> str:
    """The rows that a name means: of a logged data set, or of a saved subset by name, key or digest.

    Raises :class:`InputError` where it means none.
    """
    if name in evidence.choices:
        return evidence.choices[name]
    return subset_named(evidence.workspace, name).digest


def add_score(
    workspace: Workspace,
    name: str,
    value: float,
    run: TypedRun,
    *,
    stderr: float | None = None,
    not_here: Mapping[str, object] | None = None,
    replace: bool = False,
) -> Clashes:
    """Log one number about a saved subset or a logged data set.

    ``not_here`` is given for a data set that is not here: its facts (``series``, ``strategy``, ``component``,
    ``size``, ``level``), and under ``metrics`` the values of metrics that are known of it. A value that contradicts a
    logged one is left out, or counts with ``replace``. Raises :class:`InputError` for a name that means nothing here.
    """
    evidence = load_evidence(workspace)
    conflicts: Literal["keep", "replace"] = "replace" if replace else "keep"
    if not_here is None:
        digest = digest_named(evidence, name)
        label = next((known.name for known in evidence.known if known.digest == digest), name)
        score = run.score(label=label, subset=digest, value=value, stderr=stderr)
        return ledger.add_scores(workspace, [score], title=TYPED, conflicts=conflicts)
    facts = dict(not_here)
    metrics: dict[str, float] = dict(facts.pop("metrics", {}) or {})  # type: ignore[call-overload]
    if unknown := set(facts) - {*TEXTS, *NUMBERS}:
        raise InputError(f"A data set has no {quoted(sorted(unknown)[0])}.")
    line = {**dict.fromkeys((*TEXTS, *NUMBERS)), **facts, **metrics, "name": name, "score": value, "stderr": stderr}
    scores, others = typed_datasets(pd.DataFrame([line]), run, metrics=list(metrics), known=evidence.known)
    return ledger.add_scores(workspace, scores, title=TYPED, others=others, conflicts=conflicts)


def match_label(workspace: Workspace, label: str, name: str) -> str:
    """Say that ``label`` in score files means the subset or data set ``name``; gives the key of the batch.

    Raises :class:`InputError` where no logged score has this label.
    """
    evidence = load_evidence(workspace)
    labels = sorted(set(evidence.ledger.scores()["label"]))
    if label not in labels:
        unmatched = sorted(set(evidence.ledger.unmatched(subset.digest for subset in evidence.subsets)["label"]))
        listed = ", ".join(map(in_short, unmatched[:10])) or "none"
        raise InputError(f"No logged score is of {quoted(label)}.", remedy=f"Unmatched names: {listed}.")
    match = Match(label=label, subset=digest_named(evidence, name))
    return ledger.append(workspace, [match], title=f"{label} is {name}")


def take_back(workspace: Workspace, name: str = "") -> Batch:
    """Take back the batch with this key, or the beginning of its key or digest; without a name the last that counts.

    The key of an undoing brings its batch back. Raises :class:`InputError` where there is no such batch.
    """
    batch = _batch(ledger.read(workspace), name)
    ledger.undo(workspace, batch.key)
    return batch


def _batch(logged: Ledger, name: str) -> Batch:
    if not name:
        live = [batch for batch in logged.batches if batch.live and not batch.undoes]
        if not live:
            raise InputError("Nothing is logged that could be taken back.")
        return live[-1]
    fitting = [batch for batch in logged.batches if name in (batch.key, batch.key.partition("-")[2])]
    fitting = fitting or [batch for batch in logged.batches if batch.key.startswith(name)]
    if len(fitting) != 1:
        many = f"fits {len(fitting):,} batches" if fitting else "is no batch of the ledger"
        raise InputError(f"{quoted(name)} {many}.", remedy="python -m core scores batches lists them.")
    return fitting[0]
