"""Files are appended to a corpus: the result is a new version, which shares what did not change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.corpus.formats.mapped import FieldMapping
from core.corpus.ingest import Ingested, ingest_files
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile
from core.corpus.store import Corpus
from core.corpus.versions import note_growth
from core.counted import counted
from core.curation.carrying import Carried, carry_over
from core.progress import Progress, silent
from core.row_positions import places_of

NUMBERED = re.compile(r" \([0-9]{1,4}\)$")  # what tells a version's name from that of the one before


@dataclass(frozen=True, kw_only=True)
class Appended:
    """A corpus ``grown_from`` an older one by files; ``ingested`` holds it, and what was read.

    Where the files bring no new row, the corpus is the older one itself. ``holdout_differs`` counts the old rows whose
    holdout status is not that of the older version: only where the same rows were in the workspace already, loaded
    together, whose holdout was drawn over all of them.
    """

    ingested: Ingested
    grown_from: Corpus
    carried: Carried
    holdout_differs: int = 0

    @property
    def corpus(self) -> Corpus:
        """The new version."""
        return self.ingested.corpus

    @property
    def said(self) -> str:
        """What came of it, in a sentence or two."""
        new, again = counted(self.ingested.new, "new row"), counted(self.ingested.again, "record")
        were = "was" if self.ingested.again == 1 else "were"
        if self.corpus.id == self.grown_from.id:
            return f"The files bring no new row: {again} {were} there already."
        lines = [f"{new}; {again} {were} there already. {counted(len(self.corpus), 'row')} now."]
        if self.holdout_differs:
            lines.append(
                f"These rows were in the workspace already, loaded together: {counted(self.holdout_differs, 'row')} of "
                f"the older version {'has' if self.holdout_differs == 1 else 'have'} another holdout status there."
            )
        return " ".join(lines)


def append_files(
    corpus: Corpus,
    files: Sequence[SourceFile],
    *,
    name: str = "",
    mapping: FieldMapping | Mapping[str, FieldMapping] | None = None,
    reading: ReadingOptions | None = None,
    origin: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Appended:
    """The corpus of the rows of ``corpus`` and of ``files``, noted as grown from it; ``corpus`` stays as it is.

    Without ``name`` it has the name of ``corpus`` and a number. Whether rows are conversations or turns, and the
    holdout, are those of ``corpus``; ``reading`` says the rest. Old
    rows keep their holdout status, new rows are each drawn by themselves, so the order of appending does not matter.
    Attached columns, selections and scores go with their rows. What is computed row by row is taken over when it is
    asked for. Raises as :func:`core.corpus.ingest.ingest_files`.
    """
    workspace = corpus.workspace
    made = ingest_files(
        workspace,
        files,
        name=name.strip() or NUMBERED.sub("", corpus.name),
        mapping=mapping,
        reading=reading_beside(corpus, reading or ReadingOptions()),
        origin=origin,
        onto=corpus,
        progress=progress,
    )
    if made.corpus.id == corpus.id:
        return Appended(ingested=made, grown_from=corpus, carried=Carried())
    note_growth(corpus, made.corpus, files=made.added, new=made.new, again=made.again)
    places = places_of(corpus.ids, among=made.corpus.ids)
    return Appended(
        ingested=made,
        grown_from=corpus,
        carried=carry_over(corpus, made.corpus),
        holdout_differs=int((made.corpus.holdout[places] != corpus.holdout).sum()),
    )


def reading_beside(corpus: Corpus, reading: ReadingOptions) -> ReadingOptions:
    """``reading`` as files are read beside the rows of ``corpus``: turns and known roles are those of the corpus."""
    stored: dict[str, Any] = dict(corpus.artefact.manifest.get("reading") or {})
    roles = {**corpus.roles, **reading.roles}
    return replace(reading, multi_turn=stored.get("multi_turn", reading.multi_turn), roles=roles)
