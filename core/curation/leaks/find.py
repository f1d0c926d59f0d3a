"""Compares the rows of a corpus with benchmarks, and stores where they hold the same n-grams."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import Benchmark
from core.curation.leaks.grams import GramTable, gram_tables
from core.curation.leaks.settings import LeakSearch
from core.curation.leaks.words import TextWords, words_of
from core.progress import Progress, silent
from core.view import WITH_THINKING
from core.workspace.digests import digest

VERSION = 1
AT_ONCE = 2_000_000  # characters compared at a time: about 100 MB for each thread
THREADS = 4

Hits = NDArray[np.int64]  # (hits, 4): row of the chunk, gram, first and last-but-one character


def hits_key(corpus_id: str, benchmark: str, search: LeakSearch) -> str:
    """The artefact's key: the corpus, the benchmark's content, and what is compared."""
    return digest(["leaks", VERSION, corpus_id, benchmark, asdict(search)])


def components_of(corpus: Corpus) -> tuple[str, str]:
    """The components that are compared: the instruction, and the response with its thinking where there is any."""
    return "instruction", WITH_THINKING["response"] if corpus.has_thinking else "response"


def find_leaks(
    corpus: Corpus, benchmarks: Sequence[Benchmark], search: LeakSearch, *, progress: Progress = silent
) -> int:
    """Compare the rows outside the holdout with the ``benchmarks``; returns how many of these were not stored yet.

    Exact: a row is a hit where ``search.ngram`` words in a row are those of a question, or all words of a shorter one,
    as :mod:`core.curation.leaks.folding` compares words. Time grows with the words of the corpus, at millions a second,
    and hardly with the benchmarks. Memory: the texts of the corpus, 100 MB for each of up to 4 threads, 60 bytes a word
    of the benchmarks, and 24 bytes a hit.
    """
    missing = [known for known in benchmarks if not _stored(corpus, known, search)]
    if not missing:
        return 0
    started = time.time()
    compared = [_texts(known, search) for known in missing]
    words = [words_of(texts, any_number=search.any_number) for texts in compared]
    tables = [_tables(known_words, search, len(known)) for known, known_words in zip(missing, words, strict=True)]
    rows = np.flatnonzero(~corpus.holdout)
    parts: list[list[NDArray[np.int64]]] = [[] for _ in missing]
    components = components_of(corpus)
    for number, component in enumerate(components):
        texts = corpus.text(component)
        chunks = list(_chunks(texts, rows))

        def look(chunk: NDArray[np.int64], texts: Sequence[str] = texts) -> list[Hits]:
            read = words_of([texts[row] for row in chunk.tolist()], any_number=search.any_number)
            return [_hits(read, known) for known in tables]

        done = 0
        with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
            for chunk, hits in zip(chunks, pool.map(look, chunks), strict=True):
                for place, hit in enumerate(hits):
                    where = np.full(len(hit), number, dtype=np.int64)
                    parts[place].append(np.column_stack((chunk[hit[:, 0]], where, hit[:, 1:])))
                done += len(chunk)
                progress(number * len(rows) + done, len(components) * len(rows), "rows compared")
    for place, known in enumerate(missing):
        hits = np.concatenate((np.empty((0, 5), dtype=np.int64), *parts[place]))
        _store(corpus, known, search, hits, tables[place], words[place], compared[place], time.time() - started)
    return len(missing)


def _stored(corpus: Corpus, benchmark: Benchmark, search: LeakSearch) -> bool:
    return corpus.workspace.has("features", hits_key(corpus.id, benchmark.key, search))


def _texts(benchmark: Benchmark, search: LeakSearch) -> list[str]:
    """The texts of a benchmark that are looked for: its questions, then its answers."""
    questions = benchmark.questions
    answers = [asked.answer for asked in questions] if search.answers else []
    return [*(asked.question for asked in questions), *answers]


def _tables(words: TextWords, search: LeakSearch, questions: int) -> list[GramTable]:
    """The tables of a benchmark; of an answer that is shorter than an n-gram nothing is looked for."""
    counts = words.counts
    short_answers = (np.arange(len(counts)) >= questions) & (counts < search.ngram)
    return gram_tables(words, ngram=search.ngram, without=np.flatnonzero(short_answers))


def _chunks(texts: Sequence[str], rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows whose texts have about :data:`AT_ONCE` characters together."""
    sizes = np.fromiter((len(texts[row]) for row in rows.tolist()), dtype=np.int64, count=len(rows))
    edges = np.flatnonzero(np.diff(np.cumsum(sizes) // AT_ONCE)) + 1
    yield from (part for part in np.split(rows, edges) if len(part))


def _hits(words: TextWords, tables: Sequence[GramTable]) -> Hits:
    """Where the texts hold grams of the tables; grams are numbered through all tables."""
    parts, before = [np.empty((0, 4), dtype=np.int64)], 0
    for table in tables:
        grams = table.found_in(words)
        first = np.flatnonzero(grams >= 0)
        text = np.searchsorted(words.indptr, first, side="right") - 1
        last = first + table.length - 1
        parts.append(np.column_stack((text, grams[first] + before, words.start[first], words.end[last])))
        before += len(table)
    return np.concatenate(parts)


def _store(
    corpus: Corpus,
    benchmark: Benchmark,
    search: LeakSearch,
    hits: NDArray[np.int64],
    tables: Sequence[GramTable],
    words: TextWords,
    texts: Sequence[str],
    seconds: float,
) -> None:
    """Write the hits by row, component and place, with what is known of each gram that was found."""
    order = np.lexsort((hits[:, 3], hits[:, 1], hits[:, 0]))
    hits = hits[order]
    before = np.cumsum([0, *map(len, tables)])
    grams, renamed = np.unique(hits[:, 2], return_inverse=True)
    held_gram = np.concatenate([np.empty(0, dtype=np.int64), *(t.occurrence_gram + b for t, b in zip(tables, before))])
    held_text = np.concatenate([np.empty(0, dtype=np.int64), *(t.occurrence_text for t in tables)])
    text_grams = np.bincount(held_text, minlength=len(texts))  # (texts,) distinct grams of each
    there = np.isin(held_gram, grams)
    held_gram, held_text = np.searchsorted(grams, held_gram[there]), held_text[there]
    order = np.lexsort((held_text, held_gram))
    first_word = np.concatenate([np.empty(0, dtype=np.int64), *(t.at for t in tables)])[grams]
    lengths = np.repeat([t.length for t in tables] or [0], [len(t) for t in tables] or [0])[grams]
    text = np.searchsorted(words.indptr, first_word, side="right") - 1
    last_word = first_word + lengths - 1
    rows_of_gram = np.unique(hits[:, 0] * max(1, len(grams)) + renamed) % max(1, len(grams))
    arrays = {
        "row": hits[:, 0],
        "component": hits[:, 1].astype(np.int8),
        "gram": renamed.astype(np.int32),
        "start": hits[:, 3].astype(np.int32),
        "end": hits[:, 4].astype(np.int32),
        "gram_rows": np.bincount(rows_of_gram, minlength=len(grams)),  # rows that hold each gram
        "gram_text": text.astype(np.int32),  # the first text that holds it, and where
        "gram_start": words.start[first_word].astype(np.int32),
        "gram_end": words.end[last_word].astype(np.int32),
        "held_gram": held_gram[order].astype(np.int32),  # which texts hold which gram, each pair once
        "held_text": held_text[order].astype(np.int32),
        "text_grams": text_grams.astype(np.int32),
    }
    manifest = {
        "feature": "leaks",
        "version": VERSION,
        "corpus": corpus.id,
        "benchmark": benchmark.key,
        **asdict(search),
        "components": list(components_of(corpus)),
        "rows": int((~corpus.holdout).sum()),
        "hits": len(hits),
        "seconds": round(seconds, 3),
    }
    with corpus.workspace.create("features", hits_key(corpus.id, benchmark.key, search), manifest) as folder:
        for name, values in arrays.items():
            np.save(folder / f"{name}.npy", values)
