"""Leaks: how many planted questions are found in each way, and how many words a second are compared."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.curation.leaks.grams import GramTable, gram_tables
from core.curation.leaks.words import words_of
from tests.benchmarks.figures import record
from tests.curation.leaks.planted import PLANTS

QUESTIONS, WORDS_A_QUESTION = 2_000, 45
ROWS, WORDS_A_ROW, CHUNK = 1_000_000, 100, 4_000
VOCABULARY = 30_000


def main() -> None:
    """Plant each question in every way among other rows, then compare a million rows with the clock."""
    generator = np.random.default_rng(0)
    spelled = np.array(["".join(generator.choice(list("abcdefghijklmnopqrstuvwxyz"), size=size))
                        for size in generator.integers(2, 9, size=VOCABULARY)])  # fmt: skip
    questions = [_question(generator, spelled) for _ in range(QUESTIONS)]
    for ngram, any_number in ((13, False), (8, False), (13, True), (8, True)):
        tables = gram_tables(words_of(questions, any_number=any_number), ngram=ngram)
        compared = f"{ngram} words{', any number' if any_number else ''}"
        for way, plant in PLANTS.items():
            rows = [f"{_text(generator, spelled, 20)} {plant(question)}" for question in questions]
            recall = float(_is_leak(rows, tables, any_number=any_number).mean())
            record(f"recall: {compared}, {way}", recall, "share")
            print(f"  {compared}, {way:30s} {recall:7.2%} found", flush=True)
        others = [_text(generator, spelled, WORDS_A_ROW) for _ in range(20_000)]
        found = int(_is_leak(others, tables, any_number=any_number).sum())
        record(f"other rows found: {compared}", found, "rows of 20,000")
        print(f"  {compared}, rows without a question: {found:,} of 20,000 found", flush=True)
    chunk = [_text(generator, spelled, WORDS_A_ROW) for _ in range(CHUNK)]
    tables = gram_tables(words_of(questions), ngram=13)
    for threads in (1, 2):
        begun, spent = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: _is_leak(chunk, tables, any_number=False).sum(), range(ROWS // CHUNK)))
        clock, spent = time.perf_counter() - begun, time.process_time() - spent
        record(f"rows a second, {WORDS_A_ROW} words, {threads} threads", ROWS / clock, "rows/s")
        print(
            f"  {ROWS:,} rows of {WORDS_A_ROW} words, {threads} threads: {clock:.1f} s on the clock, {spent:.1f} s of"
        )
        print(f"    processor time, {ROWS / clock:,.0f} rows a second", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    record("peak memory", peak, "GB")
    print(f"  {len(questions):,} questions, {sum(map(len, tables)):,} n-grams; peak memory {peak:.2f} GB", flush=True)


def _text(generator: np.random.Generator, spelled: np.ndarray, words: int) -> str:
    """Words with frequencies that fall as those of a language do."""
    places = np.minimum(generator.zipf(1.3, size=words), len(spelled)) - 1
    return " ".join(spelled[places])


def _question(generator: np.random.Generator, spelled: np.ndarray) -> str:
    """A question with a number after every fifth to ninth word, as those of arithmetic have."""
    words = _text(generator, spelled, WORDS_A_QUESTION).split()
    for place in range(int(generator.integers(5, 10)), len(words), int(generator.integers(5, 10))):
        words[place] = str(generator.integers(2, 900))
    return f"{' '.join(words).capitalize()}?"


def _is_leak(rows: list[str], tables: list[GramTable], *, any_number: bool) -> np.ndarray:
    """(rows,) whether each holds an n-gram of the questions."""
    words = words_of(rows, any_number=any_number)
    leaks = np.zeros(len(rows), dtype=bool)
    for table in tables:
        first = np.flatnonzero(table.found_in(words) >= 0)
        leaks[np.searchsorted(words.indptr, first, side="right") - 1] = True
    return leaks


if __name__ == "__main__":
    main()
