"""The stored hits of one benchmark: which rows are leaks, of which questions, and where the words stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.corpus.hits import Spans
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import Benchmark, has_benchmark, open_benchmark
from core.curation.leaks.find import find_leaks, hits_key
from core.curation.leaks.settings import LeakSearch
from core.errors import FeatureMissing
from core.progress import Progress, silent
from core.workspace.artefacts import Artefact

QUICK = 100_000  # rows up to which hits are found without a job: a few seconds
NAMING = 100  # texts that one n-gram may stand in to name them all; one in more names the first of them alone
REMEDY = "Open Leaks on the Corpus page, or run: python -m core leaks CORPUS --against FILE"


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows and the texts of the benchmark that they hold n-grams of, by row, the best text of each row first.

    ``text`` counts the questions and then the answers; ``share`` is the part of the text's distinct n-grams that stand
    in this component of the row, ``grams`` their number.
    """

    row: NDArray[np.int64]
    component: NDArray[np.int8]
    text: NDArray[np.int64]
    grams: NDArray[np.int64]
    share: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """(rows that are leaks,) where the pairs of each row begin: its best text, ascending by row."""
        return np.flatnonzero(np.diff(self.row, prepend=-1))

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows that are leaks, ascending."""
        return self.row[self.firsts]


@dataclass(frozen=True)
class CommonGram:
    """Words of the benchmark, an n-gram or several in a row, and how many rows and texts of it hold them."""

    words: str
    rows: int
    texts: int


@dataclass(frozen=True, eq=False)
class LeakHits:
    """Where rows of ``corpus`` hold n-grams of ``benchmark``."""

    corpus: Corpus
    benchmark: Benchmark
    search: LeakSearch
    artefact: Artefact

    def _array(self, name: str) -> NDArray[Any]:
        return np.asarray(self.artefact.array(name))

    @property
    def components(self) -> list[str]:
        """The components that were compared; a hit has the place of its own among them."""
        return list(self.artefact.manifest["components"])

    @cached_property
    def gram_rows(self) -> NDArray[np.int64]:
        """(grams,) how many rows hold each n-gram that any row holds."""
        return self._array("gram_rows")

    def _counting(self, common: int) -> NDArray[np.bool_]:
        """(hits,) those of n-grams that stand in no more than ``common`` rows; all for 0."""
        grams = self._array("gram")
        return self.gram_rows[grams] <= common if common else np.ones(len(grams), dtype=bool)

    def pairs(self, *, common: int = 0, share: float = 0.0) -> Pairs:
        """The rows that hold at least ``share`` of a text's n-grams, those of more than ``common`` rows set aside."""
        chosen = self._counting(common)
        grams, texts = len(self.gram_rows), len(self._array("text_grams"))
        place = self._array("row")[chosen].astype(np.int64) * 2 + self._array("component")[chosen]
        places, line = np.unique(place, return_inverse=True)
        holds = sparse.csr_matrix(
            (np.ones(len(line), dtype=np.int32), (line, self._array("gram")[chosen])), shape=(len(places), grams)
        )
        holds.sum_duplicates()
        holds.data[:] = 1
        shared = (holds @ self._held_by(grams, texts)).tocoo()
        part = shared.data / self._array("text_grams")[shared.col]
        enough = part >= share
        row, component = places[shared.row[enough]] // 2, places[shared.row[enough]] % 2
        text, count, part = shared.col[enough].astype(np.int64), shared.data[enough].astype(np.int64), part[enough]
        order = np.lexsort((component, text, -count, -part, row))
        return Pairs(row[order], component[order].astype(np.int8), text[order], count[order], part[order])

    def _held_by(self, grams: int, texts: int) -> sparse.csr_matrix:
        """(grams, texts) which texts hold which n-gram; of an n-gram of many texts the first alone."""
        gram, text = self._array("held_gram"), self._array("held_text")
        counts = np.bincount(gram, minlength=grams)
        first = np.diff(gram, prepend=-1) > 0
        kept = first | (counts[gram] <= NAMING)
        return sparse.csr_matrix((np.ones(int(kept.sum()), dtype=np.int32), (gram[kept], text[kept])), (grams, texts))

    def is_leak(self, *, common: int = 0, share: float = 0.0) -> NDArray[np.bool_]:
        """(rows of the corpus,) whether each is a leak."""
        leaks = np.zeros(len(self.corpus), dtype=bool)
        if share:
            leaks[self.pairs(common=common, share=share).rows] = True
        else:
            leaks[self._array("row")[self._counting(common)]] = True
        return leaks

    def spans(self, row: int, component: int, *, common: int = 0) -> Spans:
        """Where words of the benchmark stand in a component of the row, in characters of its text; overlaps joined."""
        rows = self._array("row")
        first, last = np.searchsorted(rows, [row, row + 1])
        chosen = (self._array("component")[first:last] == component) & self._counting(common)[first:last]
        return joined(self._array("start")[first:last][chosen], self._array("end")[first:last][chosen])

    def text(self, text: int) -> str:
        """A text of the benchmark: its questions, then its answers."""
        questions = self.benchmark.questions
        return questions[text].question if text < len(questions) else questions[text - len(questions)].answer

    def named(self, text: int) -> str:
        """What a text is called: the id that its file gave it, or its place; "answer of" that for an answer."""
        question = self.benchmark.questions[text % len(self.benchmark)]
        name = question.given or question.at
        return f"answer of {name}" if text >= len(self.benchmark) else name

    def common_grams(self, *, most: int = 20) -> list[CommonGram]:
        """The n-grams of most rows, the commonest first; neighbours in one text with equal counts are one."""
        texts_with = np.bincount(self._array("held_gram"), minlength=len(self.gram_rows))
        text, start, end = (self._array(f"gram_{name}") for name in ("text", "start", "end"))
        order = np.lexsort((start, text))
        rows, first, last = self.gram_rows[order], start[order], end[order]
        begins = np.ones(len(order), dtype=bool)
        begins[1:] = (np.diff(text[order]) != 0) | (first[1:] >= last[:-1]) | (np.diff(rows) != 0)
        begin = np.flatnonzero(begins)
        finish = np.append(begin[1:], len(order))[: len(begin)] - 1
        stretches = np.lexsort((np.arange(len(begin)), -rows[begin]))[:most]
        return [
            CommonGram(
                " ".join(self.text(int(text[order[begin[place]]]))[first[begin[place]] : last[finish[place]]].split()),
                int(rows[begin[place]]),
                int(texts_with[order[begin[place] : finish[place] + 1]].max()),
            )
            for place in stretches.tolist()
        ]

    def rows_by_limit(self, *, share: float = 0.0) -> list[tuple[int, int]]:
        """(limit, rows left out) for the limits at which their number changes; at the last no n-gram is set aside."""
        limits = np.unique(self.gram_rows)
        if len(limits) > MOST_LIMITS:
            limits = np.unique(limits[np.linspace(0, len(limits) - 1, MOST_LIMITS).astype(np.int64)])
        if share:
            return [(int(limit), len(self.pairs(common=int(limit), share=share).rows)) for limit in limits]
        rarest = np.full(len(self.corpus), np.iinfo(np.int64).max)
        np.minimum.at(rarest, self._array("row"), self.gram_rows[self._array("gram")])
        counts = np.searchsorted(np.sort(rarest), limits, side="right")
        return list(zip(limits.tolist(), counts.tolist(), strict=True))


MOST_LIMITS = 40  # points of the curve of limits


def joined(start: NDArray[np.integer], end: NDArray[np.integer]) -> Spans:
    """Spans in order, those that overlap or touch joined to one."""
    spans: Spans = []
    for first, last in sorted(zip(start.tolist(), end.tolist(), strict=True)):
        if spans and first <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], last)
        else:
            spans.append((first, last))
    return spans


def load_hits(
    corpus: Corpus, benchmark_key: str, search: LeakSearch, *, find: bool = False, progress: Progress = silent
) -> LeakHits:
    """The hits of a benchmark. Those of a small corpus are found now, those of a larger one where ``find`` is true.

    Raises :class:`FeatureMissing` where the benchmark is not in the workspace, or the hits have to be found first.
    """
    workspace = corpus.workspace
    key = hits_key(corpus.id, benchmark_key, search)
    if not has_benchmark(workspace, benchmark_key):
        raise FeatureMissing(
            "questions", owner=f"the benchmark {benchmark_key}", remedy=f"{REMEDY} with the benchmark's file."
        )
    benchmark = open_benchmark(workspace, benchmark_key)
    if not workspace.has("features", key):
        if not find and len(corpus) > QUICK:
            raise FeatureMissing("leaks", remedy=f"{REMEDY}.")
        find_leaks(corpus, [benchmark], search, progress=progress)
    return LeakHits(corpus, benchmark, search, workspace.open("features", key))
