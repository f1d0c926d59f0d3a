"""One component of a corpus: features are computed from its text, and their artefacts are named after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace


@dataclass(frozen=True)
class CorpusText:
    """The text of one ``component`` ("instruction", "response", …) of each row of a corpus, in row-id order."""

    corpus: Corpus
    component: str

    @property
    def workspace(self) -> Workspace:
        """The workspace that holds the corpus and its features."""
        return self.corpus.workspace

    @property
    def corpus_id(self) -> str:
        return self.corpus.id

    def __len__(self) -> int:
        """Rows of the corpus."""
        return len(self.corpus)

    @property
    def texts(self) -> Sequence[str]:
        """The text of each row. Raises :class:`core.errors.InputError` for an unknown component."""
        return self.corpus.text(self.component)
