"""A template is told from copies: a frame whose slots differ from row to row, against slips of the pen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.__main__ import main
from core.corpus.pool import PoolSpec
from core.curation.near_copies.differences import differing_pieces
from core.curation.near_copies.groups import load_groups
from core.curation.near_copies.ladder import curve, effect_of, group_of, ladder
from core.curation.near_copies.rule import rule_of
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies
from core.curation.near_copies.template import common_sequence, template_of
from core.curation.registry import prepare_rules
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from tests.corpora import corpus_of

ANIMALS = ["otter", "heron", "badger", "lynx", "raven", "marten", "beaver", "falcon"]
FRAME = "Write a short poem of four lines about the {} that lives by the old river and tell us at its end what it eats"
PLAIN = (
    "Explain in simple words how a steam engine turns heat into motion and name two machines that still use one now; "
    "then say why ships and trains gave it up, which fuel they burn today, and what an engineer of that time would "
    "find strange about a modern power station that still boils water"
)


def slips() -> list[str]:
    """One text eight times, in each another word replaced."""
    words = PLAIN.split()
    return [" ".join([*words[: 2 * place], "xx", *words[2 * place + 1 :]]) for place in range(8)]


def test_a_frame_with_a_slot_is_a_template() -> None:
    template = template_of([FRAME.format(animal) for animal in ANIMALS])
    assert template is not None
    assert template.text == FRAME.lower().format("[…]")
    assert set(template.fillers) == set(ANIMALS) and template.frame > 0.9


def test_slots_may_hold_several_words_or_stand_at_either_end() -> None:
    frame = FRAME.format("bird")
    template = template_of([f"{name} {frame} {name} or not {place}" for place, name in enumerate(ANIMALS)])
    assert template is not None
    assert template.text == f"[…] {frame.lower()} […] or not […]"
    assert template.fillers[0] == "otter · otter · 0"


def test_copies_with_slips_of_the_pen_are_no_template() -> None:
    assert template_of(slips()) is None
    assert template_of([PLAIN] * 9) is None
    assert template_of([PLAIN + "!" * number for number in range(9)]) is None


def test_few_rows_and_rows_with_little_in_common_are_no_template() -> None:
    assert template_of([FRAME.format(animal) for animal in ANIMALS[:4]]) is None
    assert template_of([f"about the {name} " + f"{name} {place} " * 9 for place, name in enumerate(ANIMALS)]) is None
    assert template_of(["", "", "", "", ""]) is None


def longest(one: list[int], other: list[int]) -> int:
    """The length of the longest common sequence, the slow way."""
    if not one or not other:
        return 0
    if one[0] == other[0]:
        return 1 + longest(one[1:], other[1:])
    return max(longest(one[1:], other), longest(one, other[1:]))


@given(st.lists(st.integers(0, 3), max_size=7), st.lists(st.integers(0, 3), max_size=7))
def test_common_sequences_are_common_and_longest(one: list[int], other: list[int]) -> None:
    common = common_sequence(np.array(one, dtype=np.int64), np.array(other, dtype=np.int64)).tolist()
    assert len(common) == longest(one, other)
    for whole in (one, other):
        rest = iter(whole)
        assert all(number in rest for number in common)


def test_words_that_differ_are_marked_and_the_pieces_make_up_the_text() -> None:
    one, other = "The  Danube, is\na river.", "the danube was a long river <b>"
    first, second = differing_pieces(one, other)
    assert ("".join(piece for piece, _ in first), "".join(piece for piece, _ in second)) == (one, other)
    assert [piece for piece, differs in first if differs] == ["is"]
    assert [piece for piece, differs in second if differs] == ["was", "long", "<b>"]
    assert differing_pieces("", "a")[0] == [] and differing_pieces("* a", "- a")[0][0] == ("*", True)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory):
    rows = [
        *({"instruction": FRAME.format(animal), "output": f"The {animal} eats."} for animal in ANIMALS),
        *({"instruction": text, "output": "By pressure."} for text in slips()),
        *({"instruction": f"Something else {number}", "output": "No."} for number in range(20)),
    ]
    return corpus_of(tmp_path_factory.mktemp("home"), rows)[1]


ASKED = NearCopies(rung="minhash", component="instruction", threshold=0.5)


def test_rows_of_a_template_stay_unless_they_count_as_copies(corpus) -> None:
    find_copies(corpus, ASKED)
    groups = load_groups(corpus, ASKED)
    asked = corpus.text("instruction")
    (template,) = groups.templates.tolist()
    assert {asked[row] for row in groups.rows_of(template)} == {FRAME.format(animal) for animal in ANIMALS}
    free = ~corpus.holdout
    copies = sum(free[row] for row in range(len(corpus)) if asked[row] in slips())
    effect = effect_of(corpus, ASKED)
    assert effect.removed == copies - 1 and effect.of_templates == len(ANIMALS)
    first, second = (group_of(corpus, effect, name, texts=asked) for name in effect.order.tolist())
    assert first.template is None and second.template is not None and "[…]" in second.template.text
    assert effect.standing[first.stays] < 0
    with_templates = NearCopies(rung="minhash", component="instruction", threshold=0.5, templates=True)
    in_frame = sum(free[row] for row in groups.rows_of(template))
    assert effect_of(corpus, with_templates).removed == copies - 1 + in_frame - 1
    view = CorpusView(corpus.workspace, corpus, FeatureSettings(), PoolSpec(rules=(rule_of(ASKED),)))
    assert len(view.positions) == int(free.sum()) - effect.removed


def test_the_curve_falls_and_says_what_the_rule_removes(corpus) -> None:
    find_copies(corpus, ASKED)
    table = curve(corpus, ASKED)
    assert (table["rows"].diff().dropna() <= 0).all()
    assert (table["threshold"].iloc[0], table["threshold"].iloc[-1]) == (0.5, 1.0)
    assert table["rows"].iloc[0] == 14 and table["rows"].iloc[-1] == 0
    lines = {line.rung: line for line in ladder(corpus, ASKED)}
    assert lines["minhash"].rows == effect_of(corpus, ASKED).removed and lines["minhash"].templates == 1
    assert lines["cosine"].rows is None and lines["exact"].rows == lines["same_instruction"].rows == 0


def test_the_rule_prepares_what_it_reads(corpus) -> None:
    rule = rule_of(NearCopies(rung="minhash", component="response", threshold=0.7))
    prepare_rules(corpus, (rule,))
    view = CorpusView(corpus.workspace, corpus, FeatureSettings(), PoolSpec(rules=(rule,)))
    assert len(view.positions) < int((~corpus.holdout).sum())


def test_the_command_prints_ladder_curve_groups_and_a_rule_that_the_pool_takes(
    corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(corpus.workspace.home))
    assert main(["near-copies", corpus.id, "--component", "both"]) == 0
    said = capsys.readouterr().out
    assert "not looked for yet" in said and "same_instruction" in said
    out = tmp_path / "left.csv"
    words = ["--rung", "minhash", "--component", "instruction", "--threshold", "0.5", "--csv", str(out)]
    assert main(["near-copies", corpus.id, *words]) == 0
    said = capsys.readouterr().out
    assert "8 rows of one template:" in said and "the […] that lives" in said and "[xx]" in said
    effect = effect_of(corpus, ASKED)
    assert len(out.read_text().splitlines()) == effect.removed + 1
    (option,) = [line.removeprefix("--pool ") for line in said.splitlines() if line.startswith("--pool ")]
    assert main(["choose", corpus.id, "--pool", option, "--strategy", "random", "--size", "3", "--ids"]) == 0
    assert len(capsys.readouterr().out.split()) == 3
