"""Examples made where a targeted strategy asks for them: the corpus is made, and is the one that is chosen."""

from __future__ import annotations

from pathlib import Path

from core.corpus.corpus_list import list_corpora
from core.curation.leaks.benchmarks import BenchmarkItem, keep_benchmark
from core.workbench.example_rows import example_sets
from pages.parts.frame import session_keys
from tests.corpora import corpus_of, records
from tests.pages.subsets.test_subsets_page import opened, said


def test_examples_are_made_of_a_benchmark_and_chosen(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    test = opened(corpus=corpus.id, strategy="rds")
    assert "Made of a benchmark" in said(test)
    keep_benchmark(workspace, [BenchmarkItem("Name a river.", "The Rhine."), BenchmarkItem("1 + 1?", "2")], name="exam")
    test.run()
    (benchmark,) = example_sets(workspace)
    test.multiselect(key="examples.sets").set_value([benchmark]).run()
    test.text_input(key="examples.name").set_value("aims").run()
    test.button(key="examples.make").click().run()
    assert not test.exception and not test.error
    assert "2 examples" in "".join(element.value for element in test.success).replace("\\", "")
    (made,) = [info for info in list_corpora(workspace) if info.name == "aims"]
    assert test.session_state[session_keys.TARGET.name] == made.id
