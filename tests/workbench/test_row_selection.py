"""What a selection says it holds."""

from __future__ import annotations

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.row_positions import CorpusRows
from core.workbench.row_selection import facts_of
from core.workspace.artefacts import Workspace


def test_a_selection_names_its_clusters_its_sources_its_length_and_its_share_of_the_subset(
    workspace: Workspace,
) -> None:
    lines = [f'{{"instruction": "q{row}", "output": "{"x" * (row + 1)}", "source": "s{row % 2}"}}' for row in range(10)]
    corpus = ingest(workspace, [from_bytes("rows.jsonl", "\n".join(lines).encode())], name="rows")
    text = CorpusText(corpus, "response")
    lengths = np.array([len(row) for row in text.texts])
    rows = CorpusRows(np.flatnonzero(lengths <= 4))  # x, xx, xxx, xxxx of the sources s0, s1, s0, s1
    labels = np.where(lengths == 1, 0, np.where(lengths == 4, -1, 1)).astype(np.int32)
    subset = lengths % 2 == 0
    told = facts_of(
        text, rows, tokenizer="mistral-32k", labels=labels, name_of=lambda number: f"c{number}", subset=subset
    )
    assert told == [
        "clusters c1 (50 %), c-1 (25 %), c0 (25 %)",
        "sources s0 (50 %), s1 (50 %)",
        "median length 2.50 characters (5.50 in the corpus)",
        "40.0 % of the subset (2 rows)",
    ]
    assert facts_of(text, CorpusRows(np.array([], dtype=np.int64)), tokenizer="mistral-32k") == []
    one = facts_of(text, CorpusRows(rows[:1]), tokenizer="mistral-32k", labels=labels)
    assert one[0].startswith("cluster ") and len(one) == 3


def test_many_clusters_are_named_up_to_three(workspace: Workspace) -> None:
    lines = [f'{{"instruction": "q{row}", "output": "a{row}"}}' for row in range(8)]
    corpus = ingest(workspace, [from_bytes("rows.jsonl", "\n".join(lines).encode())], name="rows")
    labels = np.array([0, 0, 0, 1, 1, 2, 3, 4], dtype=np.int32)
    told = facts_of(
        CorpusText(corpus, "response"), CorpusRows(np.arange(8)), tokenizer="mistral-32k", labels=labels, name_of=str
    )
    assert told[0] == "clusters 0 (38 %), 1 (25 %), 2 (12 %) and 2 more"
