"""The cards of strategies: each registered strategy has one, and every figure on them agrees with where it is from."""

from __future__ import annotations

import re

import pytest

from core.evidence.findings import mig_table
from core.evidence.findings.card import EVERY_STRATEGY, NOTHING_KNOWN
from core.evidence.findings.cards import card_of, cards
from core.evidence.observations import observe
from core.evidence.published import tables
from core.selection.registry import strategies
from core.workbench.inspections.strategy_evidence import known_of

EVERYONE = sorted(strategies())


@pytest.mark.parametrize("name", EVERYONE)
def test_every_strategy_has_a_card_that_says_something(name: str) -> None:
    card = card_of(name)
    assert card.findings or card.differs
    assert name in cards()


def test_no_card_is_of_a_strategy_that_there_is_not() -> None:
    assert set(cards()) <= set(EVERYONE)


@pytest.mark.parametrize("name", EVERYONE)
def test_every_finding_names_where_it_is_from(name: str) -> None:
    for finding in (*card_of(name).findings, *EVERY_STRATEGY):
        assert finding.stance in ("for", "against")
        assert finding.text.endswith("."), finding.text
        named = re.search(r"arXiv \d{4}\.\d{5}", finding.source) is not None
        assert named or (finding.source == "our reading of the literature" and not re.search(r"\d", finding.text))


def test_a_strategy_of_a_user_says_that_nothing_is_known() -> None:
    known = known_of("one_of_mine", observe(readings=_no_subsets(), scores=_no_scores()))
    assert known.published == [("", NOTHING_KNOWN, "")]
    assert known.standing.startswith("Not yet known to beat random here.")


def test_the_three_findings_against_every_selector_stand_on_each_card() -> None:
    sources = " ".join(finding.source for finding in EVERY_STRATEGY)
    assert all(number in sources for number in ("2503.01807", "2410.09335", "2503.04807"))


def test_the_slopes_of_micro_are_those_of_the_published_table() -> None:
    (on_response,) = [item for item in card_of("micro").speaks_for if "On the response" in item.text]
    printed = [row["value"] for row in tables()[2].rows if (row["strategy"], row["component"]) == ("micro", "response")]
    assert [float(value) for value in re.findall(r"\+(\d+\.\d+) at", on_response.text)] == printed
    (on_instruction,) = [item for item in card_of("micro").speaks_against if "On the instruction" in item.text]
    assert "−5.45 at 10,000 rows" in on_instruction.text


def test_the_table_of_mig_beside_random() -> None:
    assert mig_table.beside_random("QDIT") == {"Llama-3.1-8B": 1.31, "Mistral-7B-v0.3": 0.33, "Qwen2.5-7B": 1.18}
    assert mig_table.counted() == (7, 19)
    assert mig_table.sentence("QDIT", above=False) == ""
    assert mig_table.sentence("DEITA", above=False) == (
        "Points below a random draw of the same size: −0.82 with Mistral-7B-v0.3."
    )
    assert "disagrees" in mig_table.sentence("CaR", above=False)


def _no_subsets():  # type: ignore[no-untyped-def]
    import pandas as pd

    return pd.DataFrame({"subset": []})


def _no_scores():  # type: ignore[no-untyped-def]
    from pathlib import Path

    from core.evidence.ledger import Ledger
    from core.workspace.artefacts import Workspace

    return Ledger(workspace=Workspace(Path("nowhere")), batches=(), problems=(), entries=()).scores()
