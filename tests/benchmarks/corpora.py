"""Corpora of any size for the benchmarks: seeded rows made of the demo corpus's own sentences."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from core.corpus.demo import records

BLOCK = 10_000  # rows that are drawn at a time
SENTENCES = 6  # of a response, on average
COPIES = 0.01  # share of rows that come again word for word
NEAR_COPIES = 0.02  # share of rows that are an earlier row with one sentence more
NAMES = 400_000  # made-up names, each of two words of the demo corpus, drawn as words of a language are: by Zipf's law
NAMES_A_ROW = 3
_SENTENCE = re.compile(r"(?<=[.:])\s+|\n\s*\n")


def rows(count: int, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """``count`` records: a question of the demo corpus with a topic beside it, and sentences of its answers.

    A response has one to twenty sentences, some 650 characters on average, and ends with three names of a long-tailed
    vocabulary, so that responses of one sentence differ. A hundredth of the rows are copies of an earlier one, two
    hundredths an earlier one with a sentence more. Fields: instruction, response, source (the package), category,
    object, score. The same packages, count and seed give the same records.
    """
    real = list(records())
    sentences = [part.strip() for record in real for part in _SENTENCE.split(record["response"]) if len(part) > 20]
    topics = sorted({word for record in real for word in re.findall(r"[a-z]{4,}", record["response"])})
    generator = np.random.default_rng(seed)
    names = [
        "_".join(topics[word] for word in pair) for pair in generator.integers(len(topics), size=(NAMES, 2)).tolist()
    ]
    shares = np.cumsum(1 / np.arange(1, NAMES + 1))
    made = 0
    while made < count:
        size = min(BLOCK, count - made)
        of_question, of_answer = generator.integers(len(real), size=(2, size)).tolist()
        lengths = np.clip(generator.geometric(1 / SENTENCES, size), 1, 20)
        drawn = iter(generator.integers(len(sentences), size=int(lengths.sum()) + size).tolist())
        words = generator.integers(len(topics), size=(size, 2)).tolist()
        places = np.searchsorted(shares, generator.random((size, NAMES_A_ROW)) * shares[-1])
        closing = [", ".join(names[name] for name in row) for row in np.minimum(places, NAMES - 1).tolist()]
        fates, scores = generator.random(size).tolist(), generator.normal(3.0, 1.0, size).round(3).tolist()
        earlier: list[dict[str, Any]] = []
        for place in range(size):
            if earlier and fates[place] < COPIES:
                yield earlier[place % len(earlier)]
                continue
            if earlier and fates[place] < COPIES + NEAR_COPIES:
                first = earlier[place % len(earlier)]
                yield {**first, "response": f"{first['response']} {sentences[next(drawn)]}"}
                continue
            asked, answered = real[of_question[place]], real[of_answer[place]]
            topic = " and ".join(topics[word] for word in words[place])
            record = {
                "instruction": f"{asked['instruction']} Say what it has to do with {topic}.",
                "response": " ".join(
                    [*(sentences[next(drawn)] for _ in range(lengths[place])), f"See {closing[place]}."]
                ),
                "source": answered["source"],
                "category": answered["category"],
                "object": answered["object"],
                "score": scores[place],
            }
            earlier.append(record)
            yield record
        made += size


def write(path: Path, count: int, *, seed: int = 0) -> None:
    """Write ``count`` rows to ``path`` as JSON Lines."""
    with open(path, "wb") as file:
        for record in rows(count, seed=seed):
            file.write(orjson.dumps(record) + b"\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.corpora", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write(options.path, options.rows, seed=options.seed)
