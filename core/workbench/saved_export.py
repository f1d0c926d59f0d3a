"""A saved subset on its way out: exactly the rows that were saved, their recipe, and the rows that were dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson

from core.corpus.store import Corpus, open_corpus
from core.counted import counted
from core.errors import InputError, WorkspaceError
from core.export.bundle import bundled_files, joined_files, problems_of, write_file, zipped
from core.export.format import Exported, Format
from core.export.records import rows_to_export
from core.export.trainers.hugging_face import CARD
from core.progress import Progress, silent
from core.row_positions import CorpusRows
from core.workbench.asked_training import AskedTraining
from core.workbench.dataset_card import CardPart, card, measure_for_card, part_of_saved
from core.workbench.inspections.left_out import LeftOut, dropped_lines, left_out_of
from core.workbench.recipe import Recipe
from core.workbench.row_order import AS_CHOSEN, RowOrder, cautions
from core.workbench.studies.study_run import members_of
from core.workbench.subsets import Subset, list_subsets, subset_named
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids


def format_of(written_as: Format | AskedTraining, recipe: Recipe) -> Format:
    """The format in which the rows of ``recipe`` leave."""
    return written_as.format(recipe) if isinstance(written_as, AskedTraining) else written_as


@dataclass(frozen=True, eq=False, kw_only=True)
class Written:
    """What an export wrote: the file of rows, what the format said of them, and the rows dropped ({} for none)."""

    subset: Subset
    path: Path
    exported: Exported
    dropped: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    told: tuple[str, ...] = ()  # of the order of the rows, and what to mind in training on them


def saved_rows(workspace: Workspace, subset: Subset) -> tuple[Corpus, CorpusRows]:
    """The corpus of a saved subset, and the positions of its rows in the order chosen.

    Raises :class:`WorkspaceError` where the corpus is gone, or where its ids are not those that were saved.
    """
    corpus = open_corpus(workspace, subset.recipe.corpus)
    ids = np.asarray(subset.ids)
    if digest_ids(ids) != subset.digest:
        raise WorkspaceError(f"The row ids of {subset.name} are damaged.", remedy="Build its recipe again.")
    positions = corpus.positions_of(ids)
    if len(positions) < len(ids):
        missing = counted(len(ids) - len(positions), "row")
        raise WorkspaceError(f"{corpus.name} does not hold {missing} of {subset.name}.")
    return corpus, positions


def stem_of(recipe: Recipe, digest: str, written_as: Format | AskedTraining) -> str:
    """The name of the file of rows without its suffix: strategy, digest (for a training in full), format."""
    if isinstance(written_as, AskedTraining):
        return f"{recipe.strategy}-{digest}-{written_as.target.name}"
    return f"{recipe.strategy}-{digest[:8]}-{written_as.name}"


def saved_archive(
    workspace: Workspace,
    subsets: Sequence[Subset],
    *,
    format: Format | AskedTraining,
    dropped: bool = True,
    text: bool = False,
    labels: bool = False,
    order: RowOrder = AS_CHOSEN,
) -> bytes:
    """A zip of saved subsets: of each its rows in ``format``, its recipe, and ``STEM.dropped.jsonl`` with its counts.

    The rows stand in ``order``. Of several the trainer's own files (``dataset_info.json``) name all. ``labels`` adds
    the labels and notes that a person wrote on the rows as two fields. Raises :class:`InputError` where no row of a
    subset can be written in ``format``.
    """
    files: dict[str, bytes] = {}
    parts: list[CardPart] = []
    for subset in subsets:
        corpus, positions = saved_rows(workspace, subset)
        stem, chosen = stem_of(subset.recipe, subset.digest, format), format_of(format, subset.recipe)
        left = left_out_of(workspace, subset) if dropped else None
        own = bundled_files(
            rows_to_export(corpus, order.of(corpus, positions), labels=labels),
            format=chosen,
            recipe=subset.recipe.as_json(),
            stem=stem,
            beside=dropped_files(corpus, left, stem=stem, text=text) if left is not None else {},
        )
        files = joined_files(files, own)
        if chosen.card:
            parts.append(_part(workspace, subset, corpus, positions, chosen, file=f"{stem}{chosen.suffix}", left=left))
    return zipped({**files, CARD: card(parts)} if parts else files)


def write_card(
    workspace: Workspace, written: Sequence[Written], folder: Path, *, format: Format, progress: Progress = silent
) -> None:
    """Write README.md, the card of all files of rows that were ``written`` into ``folder``.

    What the card shows of a subset is measured first, with the random bands of its size; both are stored.
    """
    parts = []
    for done, export in enumerate(written):
        progress(done, len(written), "cards: subsets measured")
        measure_for_card(workspace, export.subset)
        corpus, positions = saved_rows(workspace, export.subset)
        lost = unwritten(corpus, positions, format)
        parts.append(
            part_of_saved(workspace, export.subset, file=export.path.name, dropped=export.dropped, unwritten=lost)
        )
    atomic.write_bytes(folder / CARD, card(parts))


def unwritten(corpus: Corpus, positions: CorpusRows, format: Format) -> dict[str, int]:
    """How many of the rows at ``positions`` a format leaves out, by what it cannot hold."""
    problems = problems_of(corpus, positions, format=format)
    return {problem.what: rows for problem, rows in problems.items() if not problem.kept}


def _part(
    workspace: Workspace,
    subset: Subset,
    corpus: Corpus,
    positions: CorpusRows,
    format: Format,
    *,
    file: str,
    left: LeftOut | None,
) -> CardPart:
    lost = unwritten(corpus, positions, format)
    return part_of_saved(workspace, subset, file=file, dropped=left.counts if left else {}, unwritten=lost)


def write_saved(
    workspace: Workspace,
    subset: Subset,
    path: Path,
    *,
    format: Format | AskedTraining,
    dropped: bool = True,
    text: bool = False,
    labels: bool = False,
    order: RowOrder = AS_CHOSEN,
) -> Written:
    """Write a saved subset to ``path`` with its recipe beside it, and the dropped rows where ``dropped`` says so.

    ``labels`` adds the labels and notes that a person wrote on the rows as two fields; the rows stand in ``order``.
    A ``path`` that ends in ``.zip`` gets all files in one archive. Raises :class:`InputError` where no row can be
    written in ``format``.
    """
    corpus, positions = saved_rows(workspace, subset)
    recipe = subset.recipe.as_json()
    left = left_out_of(workspace, subset) if dropped else None
    beside = {f"{path.stem}.recipe.json": recipe} if path.suffix != ".zip" else {}
    if left is not None:
        beside |= dropped_files(corpus, left, stem=path.stem, text=text)
    chosen = format_of(format, subset.recipe)
    if chosen.card and path.suffix == ".zip":  # beside several files stands one card, which write_card makes
        file = f"{path.stem}{chosen.suffix}"
        beside[CARD] = card([_part(workspace, subset, corpus, positions, chosen, file=file, left=left)])
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = rows_to_export(corpus, order.of(corpus, positions), labels=labels)
    epochs = format.settings.epochs if isinstance(format, AskedTraining) else 1
    told = (*order.said(corpus, positions), *cautions(corpus, positions, epochs=epochs))
    exported = write_file(rows, path, format=chosen, recipe=recipe, beside=beside)
    return Written(
        subset=subset,
        path=path,
        exported=exported,
        dropped=left.counts if left else {},
        note=left.note if left else "",
        told=told,
    )


def dropped_files(corpus: Corpus, left: LeftOut, *, stem: str, text: bool = False) -> dict[str, bytes]:
    """``STEM.dropped.jsonl``, a line for each row of the corpus outside the subset, and its counts by reason."""
    counts = {"rows": len(left), "by_reason": left.counts, **({"note": left.note} if left.note else {})}
    return {
        f"{stem}.dropped.jsonl": dropped_lines(corpus, left, text=text),
        f"{stem}.dropped.json": orjson.dumps(counts, option=orjson.OPT_INDENT_2),
    }


def subsets_named(workspace: Workspace, name: str) -> list[Subset]:
    """The saved subset that ``name`` names, or the members of the series or study that it names, by position and seed.

    A series is named by its key (or the beginning of it), or by what its members' names share: "mine" for "mine · 0 %"
    to "mine · 100 %"; a study by its name. Raises :class:`InputError` where it names none of them.
    """
    known = list_subsets(workspace)
    shared = re.compile(re.escape(name) + r" · (?:[0-9.]+ %|seed [0-9]+)")
    by_name = [subset for subset in known if shared.fullmatch(subset.name)] if name else []
    by_key = [subset for subset in known if len(name) >= 6 and subset.recipe.series.startswith(name)]
    try:
        return [subset_named(workspace, name)]
    except InputError:
        members = by_name or by_key or (members_of(workspace, name) if name else [])
        if not members:
            raise
        return in_order(members)


def in_order(subsets: Sequence[Subset]) -> list[Subset]:
    """Members of series in the order of their positions, then of their seeds."""
    return sorted(subsets, key=lambda subset: (subset.recipe.series, subset.recipe.position, subset.recipe.seed))
