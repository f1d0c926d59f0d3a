"""A subset that was just built on its way out: its rows as a format or a trainer reads them, its recipe beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.export.bundle import write_file
from core.export.format import Exported, Format
from core.export.records import rows_to_export
from core.export.trainers.hugging_face import CARD
from core.workbench.asked_training import AskedTraining
from core.workbench.build import Built
from core.workbench.dataset_card import card, part_of_built
from core.workbench.inspections.left_out import left_out
from core.workbench.recipe import Recipe
from core.workbench.saved_export import format_of, stem_of, unwritten
from core.workspace import atomic


@dataclass(frozen=True, kw_only=True)
class WrittenRows:
    """What was written: the file of rows, the file of their recipe, and what the format said of the rows."""

    path: Path
    recipe: Path
    exported: Exported
    title: str


def write_built(built: Built, out: Path, *, written_as: Format | AskedTraining, labels: bool = False) -> WrittenRows:
    """Write the rows of ``built`` to ``out``, their recipe and the trainer's own files beside them.

    ``out`` is a file, or a folder in which the file is named by strategy and digest: one that is there, or, for a
    training, any path without an ending. Raises :class:`InputError` where no row can be written.
    ``labels`` adds the labels and notes that a person wrote on the rows as two fields.
    """
    chosen = format_of(written_as, built.recipe)
    path = out
    if out.is_dir() or (isinstance(written_as, AskedTraining) and not out.suffix):
        path = out / f"{stem_of(built.recipe, built.recipe.ids_digest, written_as)}{chosen.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    recipe = built.recipe.as_json()
    beside_rows = {}
    if chosen.card:
        left, lost = left_out(built), unwritten(built.corpus_view.corpus, built.positions, chosen)
        beside_rows[CARD] = card([part_of_built(built, file=path.name, dropped=left.counts, unwritten=lost)])
    rows = rows_to_export(built.corpus_view.corpus, built.positions, labels=labels)
    exported = write_file(rows, path, format=chosen, recipe=recipe, beside=beside_rows)
    beside = _recipe_path(path, built.recipe.ids_digest, of_training=isinstance(written_as, AskedTraining))
    atomic.write_bytes(beside, recipe)
    return WrittenRows(path=path, recipe=beside, exported=exported, title=chosen.title)


def _recipe_path(path: Path, ids_digest: str, *, of_training: bool) -> Path:
    """The path ``STEM.recipe.json`` beside the rows; ``NAME.recipe.json`` if that is the recipe of other rows.

    A training's scripts look for the first alone.
    """
    usual = path.with_name(f"{path.stem}.recipe.json")
    if of_training:
        return usual
    sharing = any(file.stem == path.stem and file.name != path.name for file in path.parent.iterdir() if file.is_file())
    if not (usual.is_file() and sharing):
        return usual
    try:
        same = Recipe.read(usual).ids_digest == ids_digest
    except InputError:
        same = False
    return usual if same else path.with_name(f"{path.name}.recipe.json")
