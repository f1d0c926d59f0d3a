"""What a search for leaks came to: counts by benchmark, and rows with the matched words marked in both texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.corpus.hits import Spans
from core.corpus.originals import json_lines
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.curation.leaks.grams import gram_tables
from core.curation.leaks.hits import joined
from core.curation.leaks.neighbours import COMPONENT, load_neighbours
from core.curation.leaks.rule import LeaksOf, leaks_by_benchmark
from core.curation.leaks.settings import LeakRule, LeakSearch
from core.curation.leaks.words import words_of
from core.row_positions import CorpusRows

By = Literal["words", "meaning"]


@dataclass(frozen=True)
class LeakCount:
    """One benchmark: its ``questions``, how many of them stand in rows, and the ``rows`` that are leaks.

    ``instruction`` and ``response`` count the rows that hold words of it there, a row with both in each; ``near`` are
    left out by meaning alone.
    """

    key: str
    name: str
    questions: int
    leaked: int
    rows: int
    instruction: int
    response: int
    near: int


@dataclass(frozen=True)
class LeakedRow:
    """A row that is a leak, with the question of which it holds most.

    ``text`` is the component's, its ``spans`` the matched words in characters; ``asked`` is the question or answer.
    ``share`` is the part of the question's n-grams that the row holds, ``by`` meaning the cosine.
    """

    row: int
    benchmark: str
    question: str
    component: str
    by: By
    share: float
    text: str
    spans: Spans
    asked: str

    @property
    def words(self) -> str:
        """The matched words, as they stand in the row."""
        return " … ".join(self.text[start:end] for start, end in self.spans)


def leak_counts(corpus: Corpus, rule: LeakRule) -> list[LeakCount]:
    """The counts of each benchmark of the rule, in its order."""
    return [_count(part, rule) for part in leaks_by_benchmark(corpus, rule)]


def _count(part: LeaksOf, rule: LeakRule) -> LeakCount:
    pairs = part.hits.pairs(common=rule.common, share=rule.share)
    sides = [len(np.unique(pairs.row[pairs.component == place])) for place in range(2)]
    return LeakCount(
        key=part.benchmark.key,
        name=part.benchmark.name,
        questions=len(part.benchmark),
        leaked=len(np.unique(pairs.text % len(part.benchmark))),
        rows=int(part.every.sum()),
        instruction=sides[0],
        response=sides[1],
        near=int(part.near.sum()),
    )


def leaked_rows(
    corpus: Corpus, rule: LeakRule, *, key: str = "", first: int = 0, most: int | None = None
) -> tuple[list[LeakedRow], int]:
    """The rows that the rule leaves out, those that hold most of a question first, and how many there are in all.

    ``key`` names one of its benchmarks, "" all of them; ``first`` and ``most`` a part of the list. A row that is a leak
    of several benchmarks is listed for each.
    """
    parts = [part for part in leaks_by_benchmark(corpus, rule) if key in ("", part.benchmark.key)]
    pairs = [part.hits.pairs(common=rule.common, share=rule.share) for part in parts]
    places: list[tuple[int, int]] = []  # the benchmark, and the pair or −1 − row of one that is near
    shares: list[float] = []
    for number, (part, of_part) in enumerate(zip(parts, pairs, strict=True)):
        near = np.flatnonzero(part.near).tolist()
        cosines = load_neighbours(corpus, part.benchmark.key, rule.embedder).cosine[near] if near else []
        places += [(number, place) for place in of_part.firsts.tolist()] + [(number, -1 - row) for row in near]
        # By meaning alone come after those that hold words.
        shares += [*of_part.share[of_part.firsts].tolist(), *(float(cosine) - 2 for cosine in cosines)]
    order = np.argsort(-np.array(shares), kind="stable")[first : None if most is None else first + most]
    listed = []
    for number, at in (places[place] for place in order.tolist()):
        part, of_part = parts[number], pairs[number]
        if at < 0:
            listed.append(_near(corpus, rule, part, -1 - at))
            continue
        row, component, text = int(of_part.row[at]), int(of_part.component[at]), int(of_part.text[at])
        name = part.hits.components[component]
        listed.append(
            LeakedRow(
                row=row,
                benchmark=part.benchmark.name,
                question=part.hits.named(text),
                component=name,
                by="words",
                share=float(of_part.share[at]),
                text=corpus.text(name)[row],
                spans=part.hits.spans(row, component, common=rule.common),
                asked=part.hits.text(text),
            )
        )
    return listed, len(places)


def _near(corpus: Corpus, rule: LeakRule, part: LeaksOf, row: int) -> LeakedRow:
    near = load_neighbours(corpus, part.benchmark.key, rule.embedder)
    question = int(near.question[row])
    return LeakedRow(
        row=row,
        benchmark=part.benchmark.name,
        question=part.hits.named(question),
        component=COMPONENT,
        by="meaning",
        share=float(near.cosine[row]),
        text=corpus.text(COMPONENT)[row],
        spans=[],
        asked=part.hits.text(question),
    )


def candidates(
    corpus: Corpus, rule: LeakRule, key: str, embedder: str, *, least: float, most: int = 200
) -> list[LeakedRow]:
    """Rows whose instruction is nearest in meaning to a question and that the rule does not leave out, nearest first.

    A higher ``least`` cosine gives fewer. Raises :class:`core.errors.FeatureMissing` where neighbours are not found.
    """
    (part,) = [part for part in leaks_by_benchmark(corpus, rule) if part.benchmark.key == key]
    rows = load_neighbours(corpus, key, embedder).nearest(least, most=len(corpus))
    by_meaning = LeakRule(benchmarks=(key,), cosine=least or 0.01, embedder=embedder)
    return [_near(corpus, by_meaning, part, row) for row in rows.tolist() if not part.every[row]][:most]


def asked_spans(asked: str, text: str, search: LeakSearch) -> Spans:
    """Where words of a question stand in a row's ``text``, in characters of the question."""
    question = words_of([asked], any_number=search.any_number)
    length = min(search.ngram, len(question))
    if not length:
        return []
    start, end = [], []
    for table in gram_tables(words_of([text], any_number=search.any_number), ngram=length):
        if table.length == length:
            first = np.flatnonzero(table.found_in(question) >= 0)
            start += question.start[first].tolist()
            end += question.end[first + length - 1].tolist()
    return joined(np.array(start, dtype=np.int64), np.array(end, dtype=np.int64))


def leak_of_row(corpus: Corpus, rule: LeakRule) -> dict[int, LeakedRow]:
    """Row → why the rule leaves it out: the question of which it holds most, of all benchmarks."""
    rows, _ = leaked_rows(corpus, rule)
    return {leak.row: leak for leak in reversed(rows)}


def leak_lines(corpus: Corpus, rule: LeakRule) -> bytes:
    """JSON Lines, one for each row and benchmark.

    Each has ``id``, ``at`` (file:line), ``benchmark``, ``question``, ``component``, ``by``, ``share`` and the matched
    ``words``.
    """
    rows, _ = leaked_rows(corpus, rule)
    return b"".join(json_lines(_records(corpus, rows)))


def _records(corpus: Corpus, rows: Sequence[LeakedRow]) -> Iterator[dict[str, Any]]:
    positions = CorpusRows(np.array([leak.row for leak in rows], dtype=np.int64))
    places = corpus.places_of(positions) if len(rows) else []
    for leak, row_id, place in zip(rows, corpus.ids[positions].tolist(), places, strict=True):
        yield {
            "id": show_id(row_id),
            "at": place,
            "benchmark": leak.benchmark,
            "question": leak.question,
            "component": leak.component,
            "by": leak.by,
            "share": round(leak.share, 4),
            "words": leak.words,
        }
