"""The language of rows: how often it is right on labelled sentences, and how many rows a second are told."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np
import orjson

from core.features.languages.columns import COLUMNS
from core.features.languages.identify import CODE, UNDETERMINED, told_alone
from core.features.languages.names import NAMES
from tests.benchmarks.figures import record
from tests.corpora import records

SENTENCES = Path(__file__).parents[1] / "features" / "languages" / "sentences.json"
ROWS = 20_000


def main() -> None:
    """Whole sentences, their first three words, and made-up rows with a clock."""
    labelled = [(NAMES[code], text) for code, texts in orjson.loads(SENTENCES.read_bytes()).items() for text in texts]
    cut = [(language, " ".join(text.split()[:3])) for language, text in labelled if len(text.split()) > 5]
    for name, pairs in (("sentences of 29 languages", labelled), ("their first three words", cut)):
        told = [(language, told_alone(text).language) for language, text in pairs]
        known = [pair for pair in told if pair[1] != UNDETERMINED]
        share, right = len(known) / len(told), np.mean([language == name for language, name in known])
        record(f"{name}: told", share, "share")
        record(f"{name}: right of the told", right, "share")
        print(f"  {name:28s} {share:6.1%} told, {right:6.1%} of them right", flush=True)
    made = [f"{row['instruction']}\n{row['output']}" for row in records(ROWS)]
    started = time.perf_counter()
    languages = [told_alone(text).language for text in made for _ in COLUMNS]
    rate = ROWS / (time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    record("rows a second, three texts each", rate, "rows/s")
    record("peak memory", peak, "GB")
    print(f"  {rate:,.0f} rows a second, three texts each; {peak:.2f} GB; code {languages.count(CODE):,}", flush=True)


if __name__ == "__main__":
    main()
