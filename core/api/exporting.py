"""Rows on their way to a trainer, for scripts."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.api.corpora import workspace
from core.errors import InputError
from core.export.format import Exported, Format
from core.export.formats import format_named
from core.workbench.asked_training import AskedTraining, asked_training
from core.workbench.build import Built
from core.workbench.built_export import write_built
from core.workbench.row_order import RowOrder
from core.workbench.saved_export import format_of, stem_of, subsets_named, write_saved
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace


def export(
    subset: Built | Subset,
    path: str | Path,
    *,
    format: str = "",
    trainer: str = "",
    dropped: bool = True,
    text: bool = False,
    labels: bool = False,
    order: str = "chosen",
    **training: Any,
) -> Path:
    """Write the rows of a subset and what stands beside them; gives the path of the file of rows.

    ``format`` is one of ``python -m core formats``, "jsonl" by default. ``trainer`` (llama-factory, trl, axolotl,
    ms-swift, openrlhf) writes rows, configuration and scripts in its place; ``training`` are the answers to what it
    asks: ``learning_rate`` and ``model``, which nobody but you knows, and where the paper's settings are not wanted
    ``template``, ``cutoff`` (tokens), ``overlong`` (keep, cut, split, drop), ``epochs``, ``batch``. ``path`` is a file,
    or a folder in which the file is named by strategy and digest (for a trainer any path without an ending).

    ``STEM.recipe.json`` stands beside the rows, and of a saved subset ``STEM.dropped.jsonl``, every row of the corpus
    outside it with the reason, unless ``dropped`` is off; ``text`` adds their texts. ``labels`` adds the labels and
    notes that were written on the rows as two fields. ``order`` of a saved subset's rows: "rising:COLUMN" or
    "falling:COLUMN" of numbers, "largest:COLUMN" of words; trainers shuffle unless told otherwise. Rows that the format
    has no place for are left out with a warning, and named in ``STEM.left_out.jsonl``.

    >>> len(api.export(subset, "twenty.jsonl").read_text().splitlines())
    20
    >>> file = api.export(api.open_subset("twenty"), "runs", trainer="trl", learning_rate=1e-5, model="org/model-8b")
    >>> file.with_suffix(".yaml").exists(), file.with_name("run_all.sh").exists()
    (True, True)
    """
    written_as = _written_as(format, trainer, training)
    if isinstance(subset, Built):
        if order != "chosen":
            raise InputError("Rows that are not saved leave in the order chosen.", remedy="Save the subset first.")
        made = write_built(subset, Path(path), written_as=written_as, labels=labels)
        _warn(made.exported)
        return made.path
    return _write_saved(subset, Path(path), written_as, dropped=dropped, text=text, labels=labels, order=order)


def export_all(
    name: str | Sequence[Subset],
    folder: str | Path,
    *,
    format: str = "",
    trainer: str = "",
    dropped: bool = True,
    text: bool = False,
    labels: bool = False,
    order: str = "chosen",
    within: Workspace | None = None,
    **training: Any,
) -> list[Path]:
    """Write every member of a saved series or study, or of a list of saved subsets, into one folder.

    The rest is as in :func:`export`. Of a trainer one ``run_all.sh`` trains on all members, each once.

    >>> made = api.series(view, "micro", called="levels", size=20, levels=3)
    >>> len(api.export_all("levels", "levels"))
    3
    """
    written_as = _written_as(format, trainer, training)
    members = subsets_named(within or workspace(), name) if isinstance(name, str) else list(name)
    if not members:
        raise InputError("There is no subset to export.")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    asked: dict[str, Any] = {"dropped": dropped, "text": text, "labels": labels, "order": order}
    return [_write_saved(subset, target, written_as, **asked) for subset in members]


def _written_as(format: str, trainer: str, training: dict[str, Any]) -> Format | AskedTraining:
    asked = asked_training(trainer, training, option="trainer")
    if asked and format:
        raise InputError("A trainer has a format of its own.", remedy="Leave format or trainer out.")
    return asked or format_named(format or "jsonl")


def _write_saved(
    subset: Subset,
    path: Path,
    written_as: Format | AskedTraining,
    *,
    dropped: bool,
    text: bool,
    labels: bool,
    order: str = "chosen",
) -> Path:
    kept = Workspace(subset.artefact.folder.parents[1])
    if path.is_dir() or (isinstance(written_as, AskedTraining) and not path.suffix):
        suffix = format_of(written_as, subset.recipe).suffix
        path = path / f"{stem_of(subset.recipe, subset.digest, written_as)}{suffix}"
    written = write_saved(
        kept, subset, path, format=written_as, dropped=dropped, text=text, labels=labels, order=RowOrder.read(order)
    )
    _warn(written.exported)
    for message in written.told:
        warnings.warn(message, stacklevel=3)
    return path


def _warn(exported: Exported) -> None:
    for message in exported.messages:
        warnings.warn(message, stacklevel=3)
