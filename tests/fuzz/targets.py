"""The only place that lists the fuzzer's targets: a new one is a file with a ``TARGET``, and one line here."""

from __future__ import annotations

from tests.fuzz import answers, benchmarks, columns, corpora, recipes, scores, tags, vectors
from tests.fuzz.fuzzer import Target

TARGETS: dict[str, Target] = {
    module.TARGET.name: module.TARGET
    for module in (corpora, scores, vectors, tags, columns, recipes, answers, benchmarks)
}
