"""New rows as a view, and the view of a corpus's rows and new rows together, with the features of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core import device
from core.corpus.corpus_text import CorpusText
from core.features.embedders import INSTANT, is_given
from core.features.embedding import compute_embeddings, load_embeddings
from core.features.tokenizers.words import Words
from core.features.tokens import compute_tokens, load_tokenizer
from core.gather import gather
from core.progress import Progress, silent
from core.view import TokenRows, View
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.shard_rows import Shard


@dataclass(frozen=True, kw_only=True, eq=False)
class ShardFeatures:
    """A corpus and new rows with tokens and vectors of both, by one tokenizer and one embedder.

    ``corpus_tokens`` and ``corpus_vectors`` (rows, d) are of all rows of the corpus, ``tokens`` and ``vectors`` of the
    new rows. ``frequency`` (types,) counts both together: by it the views are measured, so that one mid band holds.
    """

    corpus_view: CorpusView
    shard: Shard
    embedder: str
    corpus_tokens: TokenRows
    tokens: TokenRows
    corpus_vectors: NDArray[np.float32]
    vectors: NDArray[np.float32]

    @cached_property
    def frequency(self) -> NDArray[np.int64]:
        own = np.bincount(self.tokens.ids, minlength=self.corpus_tokens.vocabulary_size)
        return np.asarray(self.corpus_tokens.frequency) + own

    @cached_property
    def pool(self) -> View:
        """The pool of the corpus, with the features that both have."""
        rows = self.corpus_view.positions
        return self._view(
            self.corpus_view.corpus.ids[rows], self._counted(self.corpus_tokens, rows), self.corpus_vectors[rows],
            [str(word) for word in self.corpus_view.corpus.column("source")[rows].tolist()],
        )  # fmt: skip

    @cached_property
    def new_rows(self) -> View:
        """The new rows that would not be held out."""
        rows = np.flatnonzero(self.shard.training)
        places = self.shard.new[rows]
        return self._view(
            self.shard.corpus.ids[places], self._counted(self.tokens, rows), self.vectors[rows],
            [str(word) for word in self.shard.corpus.column("source")[places].tolist()],
        )  # fmt: skip

    @cached_property
    def together(self) -> View:
        """The pool and the new rows in row-id order; frequencies are counted over both."""
        first, second = self.pool, self.new_rows
        ids = np.concatenate([first.ids, second.ids])
        order = np.argsort(ids)
        indptr = np.concatenate([first.tokens.indptr, second.tokens.indptr[1:] + first.tokens.indptr[-1]])
        joined, tokens = gather(indptr, np.concatenate([first.tokens.ids, second.tokens.ids]), order)
        whole = replace(first.tokens, indptr=joined, ids=tokens, taken_from=None)
        sources = [*first.column("source").tolist(), *second.column("source").tolist()]
        vectors = np.concatenate([first.embeddings, second.embeddings])[order]
        return self._view(ids[order], whole, vectors, [sources[place] for place in order.tolist()])

    def _counted(self, tokens: TokenRows, rows: NDArray[np.int64]) -> TokenRows:
        return replace(tokens.take(rows), frequency=self.frequency)

    def _view(
        self, ids: NDArray[np.uint64], tokens: TokenRows, vectors: NDArray[np.float32], sources: list[str]
    ) -> View:
        loaders = {
            "tokens": lambda: tokens,
            "embeddings": lambda: vectors,
            "column:source": lambda: np.array(sources, dtype=object),
        }
        return View(ids, self.corpus_view.choice.component, loaders)


def features_of(corpus_view: CorpusView, shard: Shard, *, progress: Progress = silent) -> ShardFeatures:
    """Tokens and vectors of the corpus, stored or computed now, and of the new rows.

    The embedder is the chosen one where the corpus has its vectors, else the instant one, by which both take seconds.
    Vectors from a file, or of a model, are not used: new rows have none.
    """
    choice = corpus_view.choice
    text = CorpusText(corpus_view.corpus, choice.component)
    own = CorpusText(shard.corpus, choice.component)
    corpus_tokens = compute_tokens(text, choice.tokenizer, progress=progress)
    tokens = compute_tokens(own, choice.tokenizer, progress=progress)
    if isinstance(words := load_tokenizer(own, choice.tokenizer), Words):
        corpus_tokens, tokens = _same_words(corpus_tokens, load_tokenizer(text, choice.tokenizer), tokens, words)
    stored = None if is_given(choice.embedder) else load_embeddings(text, choice.embedder or None)
    embedder = INSTANT if stored is None else choice.embedder
    named = embedder or None
    vectors = compute_embeddings(text, named, progress=progress, device=device.pick()) if stored is None else stored
    added = compute_embeddings(own, named, progress=progress, device=device.pick())
    return ShardFeatures(
        corpus_view=corpus_view,
        shard=shard,
        embedder=embedder,
        corpus_tokens=corpus_tokens,
        tokens=tokens.take(shard.new),
        corpus_vectors=np.asarray(vectors),
        vectors=np.array(added[shard.new]),
    )


def _same_words(first: TokenRows, known: object, second: TokenRows, other: Words) -> tuple[TokenRows, TokenRows]:
    """Both with the ids of one vocabulary: the corpus's words, then those that it lacks."""
    number = {word: place for place, word in enumerate(getattr(known, "vocabulary", None) or ())}
    places = np.array([number.setdefault(word, len(number)) for word in other.vocabulary or ()], dtype=np.int32)
    frequency = np.zeros(len(number), dtype=np.int64)
    frequency[: len(first.frequency)] = first.frequency
    grown = replace(first, vocabulary_size=len(number), frequency=frequency)
    ids = places[np.asarray(second.ids)]
    own = np.bincount(ids, minlength=len(number)).astype(np.int64)
    return grown, replace(second, ids=ids, vocabulary_size=len(number), frequency=own, taken_from=None)
