"""The tokens of whole rows: those that the cutoff of an export counts, so that both name the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.ingest import Holdout, ingest
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.corpus.verbatim import verbatim
from core.errors import FeatureMissing, InputError
from core.export.row_tokens import count_row_tokens, cut_by_context, row_token_column, row_tokens
from core.export.trainers.cutoff import Cutoff
from core.row_positions import CorpusRows
from core.workspace.artefacts import Workspace
from tests.corpora import records

LIMIT = 40


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    """Single exchanges, conversations with a system prompt and tools, and rows that think."""
    chats = [
        {
            "messages": [
                {"role": "system", "content": "Answer in few words."},
                *(
                    {"role": ("user", "assistant")[turn % 2], "content": f"turn {turn} " + "word " * (number % 9)}
                    for turn in range(2 * (1 + number % 4))
                ),
            ],
            "tools": '[{"name": "find"}]' if number % 3 == 0 else "",
        }
        for number in range(30)
    ]
    thinking = [
        {"instruction": f"Think {number}", "output": f"<think>{'so ' * number}</think>Done {number}."}
        for number in range(20)
    ]
    data = b"\n".join(map(orjson.dumps, [*records(60), *chats, *thinking]))
    return ingest(workspace, [from_bytes("rows.jsonl", data)], holdout=Holdout(fraction=0.1))


def test_rows_that_are_too_long_are_those_that_the_export_says(corpus: Corpus) -> None:
    every = CorpusRows(np.arange(len(corpus), dtype=np.int64))
    counts = row_tokens(corpus, every, "mistral-32k")
    cutoff = Cutoff(limit=LIMIT, rule="drop", tokenizer="mistral-32k", trainer_does="cuts")
    dropped = [not cutoff.pieces(verbatim(row))[0] for row in corpus.rows(every)]
    assert (counts > LIMIT).tolist() == dropped and 5 < sum(dropped) < len(corpus) - 5


def test_the_calculator_counts_rows_outside_the_holdout_and_the_column_names_them(corpus: Corpus) -> None:
    with pytest.raises(FeatureMissing, match="context CORPUS"):
        cut_by_context(corpus, LIMIT, "mistral-32k")
    column = count_row_tokens(corpus, "mistral-32k")
    assert column == row_token_column(corpus, "mistral-32k") == count_row_tokens(corpus, "mistral-32k")
    counts = corpus.column(column)[~corpus.holdout]
    cut = cut_by_context(corpus, LIMIT, "mistral-32k")
    assert (cut.rows, cut.of) == (int((counts > LIMIT).sum()), len(counts))
    assert cut.lost == int(sum(max(0, count - LIMIT) for count in counts)) and cut.longest == counts.max()
    longer = select(corpus, PoolSpec(columns=(ColumnFilter(column=column, minimum=LIMIT + 1),)))
    assert len(longer) == cut.rows
    assert cut_by_context(corpus, int(counts.max()), "mistral-32k").rows == 0
    with pytest.raises(InputError):
        cut_by_context(corpus, 0, "mistral-32k")


def test_the_command_prints_the_rows_that_a_context_cuts(
    corpus: Corpus, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["context", corpus.id, "--length", str(LIMIT), "10000", "--rows", "2"]) == 0
    said = capsys.readouterr().out
    cut = cut_by_context(corpus, LIMIT, "mistral-32k")
    assert f"{cut.rows:,}" in said and "10,000            0" in said.replace("  ", "  ")
    option = said.split("--pool '")[1].split("'")[0]
    out = tmp_path / "out.jsonl"
    fits = cut.of - cut.rows
    assert (
        main(["choose", corpus.id, "--strategy", "random", "--size", str(fits), "--pool", option, "--out", str(out)])
        == 0
    )
    assert len(out.read_bytes().splitlines()) == fits
    assert main(["row-kinds", corpus.id]) == 0
    assert "thinking_words" in capsys.readouterr().out
