"""Every registered strategy keeps the contract, and a strategy that breaks one of its promises is told which."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.selection.contract import PREPARED, check_strategy, in_words, refused, settings_to_try
from core.selection.promises import PROMISES, Trial
from core.selection.registry import strategies, strategy
from core.trial.rows import trial_view

EVERY = [(strategy, parameters) for strategy in strategies().values() for parameters in settings_to_try(strategy)]
NAMES = [f"{strategy.name}: {in_words(strategy, parameters)}" for strategy, parameters in EVERY]

SOUND = """
import numpy as np

from core.device import block_rows
from core.parameters import Parameter
from core.selection.plan import Answer, Reason
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy


class Mine(RankedPlan):
    pass


def prepare(preparation: Preparation) -> RankedPlan:
    view = preparation.view
    merit = view.column("score") + view.tokens.lengths
    order = np.lexsort((view.ids, -merit))
    return Mine(order=order, rows=len(view), tail="the rest", outside={})


STRATEGY = Strategy(
    name="mine", title="Mine", level="ranked", kind="ranked", summary="Long rows of a high score.",
    formula="score + tokens, falling", source="a test", tail="the rest", prepare=prepare,
    needs=lambda parameters: ("tokens", "column:score"),
    parameters=(Parameter(name="knob", title="Knob", kind="bool", default=False, help="Nothing happens."),),
)
"""
PLAIN = "class Mine(RankedPlan):\n    pass"
ORDER = "    order = np.lexsort((view.ids, -merit))"


def asking(change: str) -> str:
    """A plan that asks for something else than it is asked for."""
    return (
        "from dataclasses import replace\nclass Mine(RankedPlan):\n    def answer(self, request):\n"
        f"        return super().answer(replace(request, {change}))\n"
    )


def answering(rows: str) -> str:
    """A plan that gives ``rows``, an expression of the right ones."""
    return (
        "class Mine(RankedPlan):\n    def answer(self, request):\n        right = super().answer(request)\n"
        f"        rows = right.rows\n        return Answer(rows={rows}, realised=right.realised)\n"
    )


STORING = (
    "class Mine(RankedPlan):\n    def state(self):\n        arrays, values = super().state()\n"
    "        return {**arrays, 'order': arrays['order'][::-1]}, values\n"
)
SAYING = "class Mine(RankedPlan):\n    def why(self, row, answer):\n        return Reason(chosen=True, facts=())\n"

# What is replaced in the sound strategy, by what, and the beginning of the promise that this breaks.
BREAKAGES = {
    "no formula": ("score + tokens, falling", " ", "It states its name"),
    "a knob without help": ("Nothing happens.", "", "It states its name"),
    "another kind": ('kind="ranked", summary', 'kind="typed", summary', "It states its name"),
    "reads what it does not name": ('"tokens", "column:score"', '"tokens",', "It can be prepared"),
    "asserts": ("merit = view", "assert view.has('tokens'); merit = view", "It reads only the features"),
    "draws without a seed": (ORDER, "    order = np.random.permutation(len(view))", "The same rows loaded"),
    "writes into the rows": (ORDER, "    view.column('score')[:] *= -1\n" + ORDER, "The same rows loaded"),
    "one row less": (PLAIN, answering("rows[1:]"), "It gives exactly as many"),
    "a row twice": (PLAIN, answering("np.append(rows[1:], rows[-1])"), "It gives exactly as many"),
    "the size decides": (PLAIN, answering("rows[:: 1 if request.size < 20 else -1]"), "If it is ranked"),
    "loses rows": (ORDER, ORDER + "[:100]", "Rows that no answer can hold"),
    "forgets pins": (PLAIN, asking("pinned=request.pinned[:0]"), "Pinned rows are chosen"),
    "forgets exclusions": (PLAIN, asking("excluded=request.excluded[:0]"), "Excluded rows are not chosen"),
    "chooses what is given": (PLAIN, asking("given=request.given[:0]"), "Rows that are in training"),
    "forgets quotas": (PLAIN, asking("quotas=()"), "Quotas are kept"),
    "overspends": (PLAIN, asking("cost=None, size=min(request.size, 40)"), "A token budget"),
    "threads decide": (ORDER, "    import torch\n" + ORDER + "[:: 3 - 2 * torch.get_num_threads()]", "The number of"),
    "blocks decide": (ORDER, ORDER + "[:: 1 if block_rows(width=9) > 9 else -1]", "The size of a block"),
    "is stored otherwise": (PLAIN, STORING, "A plan that was stored"),
    "says in of every row": (PLAIN, SAYING, "It says correctly whether a row"),
    "falls over an empty pool": (ORDER, ORDER + "; top = merit.max()", "For a pool of no row"),
    "breaks at one value of a knob": (
        ORDER,
        ORDER + "[: 90 if preparation.parameters['knob'] else None]",
        "Rows that no answer can hold",
    ),
}


def checked(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    ended = main(["check-strategy", str(path), *more])
    return ended, capsys.readouterr().out


@pytest.mark.parametrize(("strategy", "parameters"), EVERY, ids=NAMES)
def test_a_registered_strategy_keeps_every_promise(strategy, parameters) -> None:
    if parameters != settings_to_try(strategy)[0] and refused(strategy, parameters):
        return  # two choices that do not go together, as the strategy itself says
    outcomes = check_strategy(strategy, parameters)
    assert [outcome.promise for outcome in outcomes] == [PREPARED, *PROMISES]
    assert not [str(outcome) for outcome in outcomes if not outcome.kept]


@pytest.mark.parametrize("name", list(strategies()))
def test_rows_read_in_small_blocks_are_chosen_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the promise of blocks, for those modules that cut blocks of a size of their own."""
    chosen = strategy(name)
    trial = Trial(chosen, settings_to_try(chosen)[0], trial_view())
    trial.plan  # noqa: B018
    for module in [module for name, module in sys.modules.items() if name.startswith("core.selection.")]:
        if hasattr(module, "BLOCK"):
            monkeypatch.setattr(module, "BLOCK", 7)
    assert not trial.differs(trial.prepare())


def test_a_sound_strategy_of_ones_own_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text(SOUND)
    ended, said = checked(tmp_path / "mine.py", capsys)
    assert ended == 0 and "FAIL" not in said
    assert said.count("pass  ") == 1 + len(PROMISES)


@pytest.mark.parametrize(("old", "new", "promise"), BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_promise_is_told(old: str, new: str, promise: str, tmp_path: Path, capsys) -> None:
    assert SOUND.count(old) == 1
    (tmp_path / "mine.py").write_text(SOUND.replace(old, new))
    ended, said = checked(tmp_path / "mine.py", capsys)
    assert ended == 1
    failed = [line for line in said.splitlines() if line.startswith("FAIL  ")]
    assert any(line.startswith(f"FAIL  {promise}") for line in failed), said


def test_the_knobs_with_which_a_promise_broke_are_named_and_can_be_set(tmp_path: Path, capsys) -> None:
    old, new, _ = BREAKAGES["breaks at one value of a knob"]
    (tmp_path / "mine.py").write_text(SOUND.replace(old, new))
    assert "knob=True" in checked(tmp_path / "mine.py", capsys)[1]
    assert checked(tmp_path / "mine.py", capsys, "--set", "knob=false")[0] == 0
    assert checked(tmp_path / "mine.py", capsys, "--set", "knob=true")[0] == 1


def test_a_file_that_is_none_or_does_not_load_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.py").write_text("raise SystemExit(3)\n")
    for path in (tmp_path / "mine.py", tmp_path / "nowhere.py"):
        assert main(["check-strategy", str(path)]) == 1
        assert not capsys.readouterr().out


def test_the_trial_pool_has_the_cases_that_trip_strategies() -> None:
    pool = trial_view()
    assert len(np.unique(pool.embeddings, axis=0)) < len(pool)  # copies
    assert (np.linalg.norm(pool.embeddings, axis=1) == 0).any()
    assert (pool.clusters == -1).any()
    assert (np.diff(pool.tags.matrix.indptr) == 0).any()
    assert (pool.column("category") == None).any()  # noqa: E711
    assert len(np.unique(pool.column("score"))) < len(pool)  # ties
    assert (pool.tokens.lengths == 1).any()
