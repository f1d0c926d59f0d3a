"""One component of a corpus: what features are computed from, and what their artefacts are named after."""

from __future__ import annotations

from dataclasses import dataclass

from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace


@dataclass(frozen=True)
class CorpusText:
    """The text of a ``component`` ("instruction", "response" or "both") of every row of ``corpus``, in row-id order."""

    corpus: Corpus
    component: str

    @property
    def workspace(self) -> Workspace:
        """Where the corpus and its features lie."""
        return self.corpus.workspace

    @property
    def corpus_id(self) -> str:
        return self.corpus.id

    def __len__(self) -> int:
        """Rows of the corpus."""
        return len(self.corpus)

    @property
    def texts(self) -> list[str]:
        """One string a row. Raises :class:`core.errors.InputError` for a component there is not."""
        return self.corpus.text(self.component)
