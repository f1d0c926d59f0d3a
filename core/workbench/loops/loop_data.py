"""The rows of a loop: those of each member, those that are held out, and those that warm a small decoder up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus import demo
from core.corpus.store import Corpus, open_corpus
from core.counted import counted
from core.errors import InputError, in_short
from core.row_positions import CorpusRows
from core.several import words_of
from core.training.base import Base
from core.training.encoding import EncodedRows, encode_rows
from core.training.held_out import HeldOut
from core.workbench.subsets import Subset, open_subset
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest, digest_ids

FEWEST_HELD_OUT = 20  # rows with responses; with fewer, a score says little
WARM_BYTES = 1_600_000  # of text that a small decoder is warmed up on, where there is so much


@dataclass(frozen=True, eq=False)
class WarmText:
    """Text to warm a decoder up on: its turns by row, the ids of rows of the corpus, a digest, and what they are."""

    conversations: list[Any]
    ids: NDArray[np.uint64]
    digest: str
    what: str


@dataclass(frozen=True, eq=False)
class LoopData:
    """The members of a loop, which are of one corpus, and the rows that belong to none of them."""

    workspace: Workspace
    corpus: Corpus
    members: tuple[Subset, ...]

    @classmethod
    def open(cls, workspace: Workspace, keys: Sequence[str]) -> LoopData:
        """Open the members. Two with the same rows count as one; raises :class:`InputError` for several corpora."""
        subsets: dict[str, Subset] = {}
        for key in keys:
            subset = open_subset(workspace, key)
            subsets.setdefault(subset.digest, subset)
        corpora = {subset.recipe.corpus for subset in subsets.values()}
        if len(corpora) > 1:
            raise InputError(
                f"The members are of {counted(len(corpora), 'corpus', 'corpora')}: their held-out rows differ.",
                remedy="Run a loop for each corpus.",
            )
        return cls(workspace, open_corpus(workspace, corpora.pop()), tuple(subsets.values()))

    def rows_of(self, member: Subset) -> CorpusRows:
        """The member's rows, in row-id order."""
        return CorpusRows(np.sort(self.corpus.positions_of(np.asarray(member.ids))))

    @cached_property
    def in_members(self) -> NDArray[np.bool_]:
        """(rows,) which rows of the corpus are in any member."""
        inside = np.zeros(len(self.corpus), dtype=np.bool_)
        for member in self.members:
            inside[self.rows_of(member)] = True
        return inside

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """(rows,) which rows have a response."""
        return self.corpus.characters("response") > 0

    def response_characters(self, member: Subset) -> int:
        """Characters of the member's responses."""
        return int(self.corpus.characters("response")[self.rows_of(member)].sum())

    @cached_property
    def held_out(self) -> tuple[str, CorpusRows]:
        """What the held-out rows are called in scores, and the rows, in an order drawn by a fixed seed.

        They are the corpus's holdout. Of a corpus without one they are up to 500 rows that are in no member, and the
        name holds their digest. Raises :class:`InputError` where there are fewer than :data:`FEWEST_HELD_OUT`.
        """
        held = np.flatnonzero(self.corpus.holdout & self.answered)
        if len(held) >= FEWEST_HELD_OUT:
            return "holdout", CorpusRows(np.random.default_rng(0).permutation(held))
        outside = np.flatnonzero(~self.in_members & self.answered)
        if len(outside) < FEWEST_HELD_OUT:
            raise InputError(
                f"The corpus holds out {counted(len(held), 'row')} with a response, and {len(outside):,} are in no "
                "member: too few to score on.",
                remedy="Load it again with a holdout (load --holdout 0.02), or choose smaller members.",
            )
        drawn = np.random.default_rng(0).permutation(outside)[:500]
        return f"rows in no member ({digest_ids(self.corpus.ids[drawn])[:6]})", CorpusRows(drawn)

    def held_out_for(self, base: Base, *, rows: int, cutoff: int) -> HeldOut:
        """The first ``rows`` of the held-out rows, encoded for ``base``."""
        name, places = self.held_out
        chosen = CorpusRows(places[:rows])
        cells = self.corpus.column("source")
        encoded = encode_rows(base, self._turns(chosen), cutoff=cutoff)
        if not encoded.answered.sum():
            raise InputError("No held-out row has a response token.", remedy="Load the corpus with another holdout.")
        return HeldOut(name, encoded, [words_of(cells[row]) for row in chosen])

    def encoded(self, member: Subset, base: Base, *, cutoff: int) -> EncodedRows:
        """The member's rows, encoded for ``base``. Raises :class:`InputError` where none has a response token."""
        made = encode_rows(base, self._turns(self.rows_of(member)), cutoff=cutoff)
        if not made.learnt.sum():
            raise InputError(
                f"“{in_short(member.name)}” has no response token to learn.", remedy="Leave it out of the members."
            )
        return made

    @cached_property
    def warm_text(self) -> WarmText:
        """What a small decoder is warmed up on, never a held-out row.

        Rows that are in no member where there are enough, else the demo corpus, else (in a loop over that corpus) its
        own training rows, the members' among them.
        """
        held = np.zeros(len(self.corpus), dtype=np.bool_)
        held[self.held_out[1]] = True
        held |= self.corpus.holdout
        chosen = self._warm_rows(np.flatnonzero(~held & ~self.in_members & self.answered))
        if self._bytes(chosen) >= WARM_BYTES / 2:
            return self._own_text(chosen, "rows of the corpus that are in no member")
        if "demo" not in (self.corpus.artefact.manifest.get("origin") or {}):
            turns = list(demo_turns())
            if turns:
                return WarmText(turns, np.empty(0, np.uint64), digest([demo.VERSION, turns]), "the demo corpus")
        chosen = self._warm_rows(np.flatnonzero(~held & self.answered))
        return self._own_text(chosen, "training rows of the corpus, the members' among them")

    def _own_text(self, rows: CorpusRows, what: str) -> WarmText:
        ids = self.corpus.ids[rows]
        return WarmText(self._turns(rows), ids, digest_ids(ids), what)

    def _warm_rows(self, rows: NDArray[np.int64]) -> CorpusRows:
        """Of ``rows``, drawn by a fixed seed, as many as hold :data:`WARM_BYTES`, in row-id order."""
        drawn = np.random.default_rng(1).permutation(rows)
        sizes = np.cumsum(self._sizes[drawn])
        return CorpusRows(np.sort(drawn[: int(np.searchsorted(sizes, WARM_BYTES)) + 1]))

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        """(rows,) characters of each row: its instruction and response."""
        return self.corpus.characters("both")

    def _bytes(self, rows: CorpusRows) -> int:
        return int(self._sizes[rows].sum())

    def _turns(self, rows: CorpusRows) -> list[Any]:
        return [turns for turns, _ in self.corpus.conversations(rows)]


def demo_turns() -> Iterator[list[dict[str, str]]]:
    """The turns of rows of the demo corpus, up to :data:`WARM_BYTES` of text; nothing is stored."""
    size = 0
    for record in demo.records():
        asked = f"{record['instruction']}\n\n{record['input']}".strip()
        size += len(asked) + len(record["response"])
        yield [{"role": "user", "content": asked}, {"role": "assistant", "content": record["response"]}]
        if size >= WARM_BYTES:
            return
