"""The Train page: from the form to scores on Compare, its estimate, its curves, and what it says of what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.budgets.profile_store import put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.evidence import ledger
from core.jobs import job_names, queue
from core.workbench.loops.asked_loop import asked_loop
from core.workspace.artefacts import Workspace
from tests.jobs.in_process import do_queued
from tests.tiny_models import tiny_model
from tests.workbench.loops.planted import planted, two_members

ROOT = Path(__file__).resolve().parents[3]


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("pages/train.py")
    test.run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.text, test.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def widget(test: AppTest, kind: str, start: str):
    """The widget whose key begins with ``start``: those that follow a proposal have it in their key."""
    (found,) = [element for element in getattr(test, kind) if str(element.key).startswith(start)]
    return found


def test_a_training_goes_from_the_form_to_the_ledger(workspace: Workspace, tmp_path: Path, no_worker: None) -> None:
    corpus = planted(workspace)
    base = tiny_model(tmp_path / "base", layers=2)
    test = opened()
    assert "is trained on each saved subset here" in said(test)
    members = two_members(workspace, corpus)
    test = opened()
    assert "Nothing is trained yet" in said(test) and "Choose what to train on" in said(test)
    assert sorted(test.multiselect(key="train-members").options) == ["book", "web"]
    test.multiselect(key="train-members").set_value([f"subset {subset.key}" for subset in members]).run()
    test.selectbox(key="train-base").set_value("").run()
    test.text_input(key="train-model").set_value(base)
    widget(test, "number_input", "train-tokens").set_value(2_000)
    test.text_input(key="train-seeds").set_value("0")
    test.number_input(key="train-batch").set_value(300)
    test.run()
    widget(test, "number_input", "train-rate").set_value(0.01)
    test.run()
    assert not test.exception and not test.error
    assert "2 runs of 2,000 tokens" in said(test) and "Scored on holdout" in said(test)
    test.button(key="train-estimate").click().run()
    do_queued(workspace)
    test.run()
    assert "2 of 2 runs are left" in said(test) and "each attending to itself alone" in said(test)
    test.button(key="train-start").click().run()
    assert not test.exception
    do_queued(workspace)
    test.run()
    assert not test.exception and not test.error
    table = test.dataframe[-1].value
    assert list(table["member"]) == ["web", "book"] and list(table["steps"]) == ["done", "done"]
    assert table["loss a token"].notna().all() and "DataDecide" in said(test)
    frame = ledger.read(workspace).scores()
    assert set(frame["label"]) == {"web", "book"} and frame["proxy"].all()
    (job,) = [job for job in queue.jobs(workspace) if job.task == "loop"]
    again = opened(loop=job.id)
    assert list(again.dataframe[-1].value["member"]) == ["web", "book"]


def test_a_waiting_training_shows_its_runs_and_can_be_cancelled(
    workspace: Workspace, tmp_path: Path, no_worker: None
) -> None:
    corpus = planted(workspace)
    members = two_members(workspace, corpus)
    base = tiny_model(tmp_path / "base", layers=2)
    test = opened()
    test.multiselect(key="train-members").set_value([f"subset {members[0].key}"]).run()
    test.selectbox(key="train-base").set_value("").run()
    test.text_input(key="train-model").set_value(base)
    test.run()
    test.button(key="train-start").click().run()
    assert list(test.dataframe[-1].value["steps"]) == ["waits"] * 3, "three seeds"
    test.button(key="train-job.cancel").click().run()
    test.run()
    assert not test.exception
    (job,) = [job for job in queue.jobs(workspace) if job.task == "loop"]
    assert job.state == "cancelled"
    assert [button for button in test.button if button.key == "train-job.resume"]


@pytest.mark.parametrize(
    ("seeds", "words"), [("zero", "not a whole number"), ("", "different whole numbers"), ("1 1", "different")]
)
def test_what_the_form_cannot_say_is_said_below_it(
    workspace: Workspace, no_worker: None, seeds: str, words: str
) -> None:
    corpus = planted(workspace)
    members = two_members(workspace, corpus)
    test = opened()
    test.multiselect(key="train-members").set_value([f"subset {members[0].key}"]).run()
    test.text_input(key="train-seeds").set_value(seeds).run()
    assert not test.exception and words in said(test)
    assert not [button for button in test.button if button.key == "train-start"]


def test_a_corpus_without_rows_to_score_on_says_what_to_do(workspace: Workspace, no_worker: None) -> None:
    from tests.workbench.loops.planted import member

    corpus = planted(workspace, rows=60, holdout=0.0)
    subset = member(workspace, corpus, "most", size=55)
    test = opened()
    test.multiselect(key="train-members").set_value([f"subset {subset.key}"]).run()
    assert not test.exception and "too few to score on" in said(test) and "Load it again" in said(test)


def test_a_base_that_is_not_here_is_said_by_the_job(workspace: Workspace, no_worker: None) -> None:
    corpus = planted(workspace)
    members = two_members(workspace, corpus)
    test = opened()
    test.multiselect(key="train-members").set_value([f"subset {members[0].key}"]).run()
    test.selectbox(key="train-base").set_value("").run()
    assert "Name the model" in said(test)
    test.text_input(key="train-model").set_value("nobody/nothing")
    test.run()
    test.button(key="train-start").click().run()
    do_queued(workspace)
    test.run()
    assert not test.exception and "nobody/nothing is not on this machine" in said(test)


def test_a_run_is_as_long_as_so_many_minutes_and_what_it_costs_stands_beside_it(
    workspace: Workspace, tmp_path: Path, no_worker: None
) -> None:
    members = two_members(workspace, planted(workspace))
    base = tiny_model(tmp_path / "base", layers=2)
    test = opened()
    test.multiselect(key="train-members").set_value([f"subset {subset.key}" for subset in members])
    test.selectbox(key="train-base").set_value("")
    test.selectbox(key="train-unit").set_value("minutes").run()
    test.text_input(key="train-model").set_value(base).run()
    assert "need a trainer profile" in said(test) and "train-start" not in [button.key for button in test.button]
    profile = TrainerProfile(name="mine", tokens_a_second=20, price_an_hour=3, currency="EUR", epochs=4)
    put_profile(workspace, profile)
    test.run()
    test.number_input(key="train-minutes").set_value(1.5).run()
    test.text_input(key="train-seeds").set_value("0 1").run()
    assert not test.exception and not test.error
    assert "4 runs of 1,800 tokens" in said(test)
    assert "mine: 6.00 minutes · 0.300 EUR" in said(test)
    test.button(key="train-estimate").click().run()
    (job,) = [job for job in queue.jobs(workspace) if job.task == job_names.LOOP_ESTIMATE]
    asked = asked_loop(
        workspace, [subset.key for subset in members], base=base, size=1.5, unit="minutes", seeds=(0, 1),
        learning_rate=job.request["settings"]["learning_rate"],
    )  # fmt: skip
    assert job.request == asked.as_dict() and asked.settings.counted == "all"
    do_queued(workspace)
    test.run()
    assert "at the price of mine" in said(test)
