"""What columns together say, on the page and by the commands: kinds of memorisation, similarity and loss."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.corpus.columns import attach_columns
from core.workbench.row_scores.memorisation import kinds
from pages.parts.frame import address, session_keys
from tests.corpora import store_embeddings

COLUMN = "memorisation@ppl@small"


@pytest.fixture
def scored(made, carried_embedder, no_worker):
    workspace, corpus = made
    draw = np.random.default_rng(0)
    values = {"copies@response": draw.integers(1, 12, len(corpus)).astype(float), "ppl@small": draw.random(len(corpus))}
    table = pa.table({"id": pa.array(corpus.ids), **{name: pa.array(column) for name, column in values.items()}})
    attach_columns(workspace, corpus, table)
    vectors = draw.standard_normal((len(corpus), 384))
    store_embeddings(workspace, corpus.id, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return corpus


def slow(copies: np.ndarray, loss: np.ndarray, *, more_than: int, share: float) -> list[str | None]:
    known = sorted(loss[row] for row in range(len(loss)) if np.isfinite(loss[row]) and np.isfinite(copies[row]))
    edge = known[int(np.ceil(share * (len(known) - 1)))]
    labels: list[str | None] = []
    for row in range(len(loss)):
        if not (np.isfinite(loss[row]) and np.isfinite(copies[row])):
            labels.append(None)
        elif copies[row] > more_than:
            labels.append("recite")
        else:
            labels.append("reconstruct" if loss[row] < edge else "recollect")
    return labels


def test_kinds_equal_the_rule_row_by_row() -> None:
    draw = np.random.default_rng(3)
    copies, loss = draw.integers(1, 9, 200).astype(float), draw.random(200)
    copies[2], loss[5] = np.nan, np.nan
    assert kinds(copies, loss, more_than=4, share=0.3).tolist() == slow(copies, loss, more_than=4, share=0.3)


def test_the_page_makes_the_column_and_draws_whether_similarity_follows(scored) -> None:
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    page.session_state[session_keys.SEEN.name] = True
    page.query_params[address.SCORES_FROM.name] = "columns"
    page.run()
    assert not page.exception and not page.error
    assert any("pairs. About 0" in element.value for element in page.markdown)
    page.button(key="scores.kinds.press").click().run()
    assert not page.exception and not page.error
    expected = slow(scored.column("copies@response"), scored.column("ppl@small"), more_than=5, share=0.25)
    assert scored.column(COLUMN).tolist() == expected


def test_the_commands_say_the_same(scored, capsys) -> None:
    asked = ["--copies", "copies@response", "--loss", "ppl@small", "--more-than", "8", "--share", "0.5"]
    assert main(["memorisation", scored.id, *asked]) == 0
    assert "reconstruct" in capsys.readouterr().out
    expected = slow(scored.column("copies@response"), scored.column("ppl@small"), more_than=8, share=0.5)
    assert scored.column(COLUMN).tolist() == expected
    assert main(["follows", scored.id, "--column", "ppl@small"]) == 0
    assert "spearman" in capsys.readouterr().out
    assert main(["follows", scored.id, "--column", "nothing"]) == 1
    assert main(["memorisation", scored.id, "--copies", "nothing", "--loss", "ppl@small"]) == 1
