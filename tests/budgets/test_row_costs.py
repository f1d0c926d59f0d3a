"""What a row costs: as many tokens as one finds by laying its own tokens out and cutting them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.budgets.units import ALL_TOKENS, MINUTES, ROWS, SUPERVISED, TOKENS
from core.corpus.corpus_text import CorpusText
from core.errors import FeatureMissing, InputError
from core.features.tokenizers import load
from core.features.tokens import compute_tokens
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from tests.corpora import corpus_of, records

THOUGHTFUL = [{**row, "thinking": "let me see " * (number % 4)} for number, row in enumerate(records(40))]


def slow_cost(read: str, learnt: str, *, unit: str, cutoff: int) -> int:
    """The tokens of one row, laid out in reading order and cut, those to learn counted one by one."""
    tokenizer = load("mistral-32k")
    laid_out: list[str] = []
    for kind, text in (("read", read), ("learnt", learnt)):
        laid_out += [kind for _ in tokenizer.encode_many([text])[1]]
    kept = laid_out[:cutoff] if cutoff else laid_out
    return sum(unit == ALL_TOKENS or kind == "learnt" for kind in kept)


@pytest.mark.parametrize("rows", [records(60), THOUGHTFUL], ids=["plain", "with thinking"])
@pytest.mark.parametrize("cutoff", [0, 12, 25])
def test_whole_rows_cost_what_a_trainer_reads_or_learns_of_them(
    tmp_path: Path, rows: list[dict[str, object]], cutoff: int
) -> None:
    _, corpus = corpus_of(tmp_path, rows)
    learnt = "response_with_thinking" if corpus.has_thinking else "response"
    for component in ("instruction", learnt):
        compute_tokens(CorpusText(corpus, component), "mistral-32k")
    view = CorpusView(corpus.workspace, corpus, FeatureSettings())
    texts = list(zip(corpus.text("instruction"), corpus.text(learnt), strict=True))
    for unit in (ALL_TOKENS, SUPERVISED):
        costs = view.costs(unit, row_cutoff=cutoff)
        assert costs is not None
        slow = [slow_cost(*texts[row], unit=unit, cutoff=cutoff) for row in view.positions]
        assert costs.tolist() == slow
    assert (view.costs(SUPERVISED, row_cutoff=cutoff) <= view.costs(ALL_TOKENS, row_cutoff=cutoff)).all()


def test_rows_cost_one_and_tokens_are_those_of_the_component(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, records(40))
    view = CorpusView(corpus.workspace, corpus, FeatureSettings())
    assert view.costs(ROWS) is None
    assert np.array_equal(view.costs(TOKENS), view.pool.tokens.lengths)


def test_tokens_that_are_not_counted_are_named_with_their_component(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, records(40))
    view = CorpusView(corpus.workspace, corpus, FeatureSettings())
    assert view.not_counted(TOKENS) is None
    assert view.not_counted(ALL_TOKENS) == "instruction"
    with pytest.raises(FeatureMissing, match="of the instruction"):
        view.costs(ALL_TOKENS)


@pytest.mark.parametrize(("unit", "cutoff"), [("words", 0), (MINUTES, 0), (ROWS, 5), (TOKENS, 5), (ALL_TOKENS, -1)])
def test_a_unit_that_no_recipe_holds_is_refused(tmp_path: Path, unit: str, cutoff: int) -> None:
    _, corpus = corpus_of(tmp_path, records(20))
    with pytest.raises(InputError) as refused:
        CorpusView(corpus.workspace, corpus, FeatureSettings()).costs(unit, row_cutoff=cutoff)
    assert refused.value.remedy
