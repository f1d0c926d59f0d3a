"""The Judge page: from files of answers to a report and scores in the ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.endpoint.client import Endpoint
from core.evidence import ledger
from core.judging.answer_set import answers_named, list_answers
from core.judging.judge import Judge
from core.judging.judgement import Pairing, judge_match, list_judgements
from core.judging.prompt_set import list_prompts
from core.workbench.build import build
from core.workbench.judging.authors import subset_names
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.browser.hostile_texts import TEXTS
from tests.corpora import corpus_of, records
from tests.endpoint.stand_in import KEY, endpoint, without_own_keys
from tests.jobs.in_process import do_queued
from tests.judging.hostile_judgements import hostile_judgements
from tests.judging.stand_in_judge import answers_of, judging, outputs_file, prompts_of
from tests.tiny_models import tiny_model

pytestmark = pytest.mark.usefixtures("no_worker")  # what a press queues is done in the process of the test
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def made(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a corpus and two subsets of one size, one of them random."""
    without_own_keys(monkeypatch)
    workspace, corpus = corpus_of(home, records(60))
    for strategy in ("length", "random"):
        recipe = Recipe(corpus=corpus.id, strategy=strategy, size=10)
        save(workspace, build(workspace, recipe), name=f"the {strategy} 10")
    return workspace


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("pages/judge.py")
    return test.run()


def said(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.text, test.success, test.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def turned(test: AppTest, view: str) -> AppTest:
    test.segmented_control(key="ds.bound.judge-view.widget").set_value(view)
    test.run()
    assert not test.exception
    return test


def add(test: AppTest, file: Path, *, subset: str = "", own: bool = False) -> AppTest:
    version = test.session_state["judge.form"] if "judge.form" in test.session_state else 0  # noqa: SIM401
    form = f"judge.answers.{version}"
    test.file_uploader(key=f"{form}.file").set_value((file.name, file.read_bytes(), "application/json"))
    test.run()
    if subset:
        test.selectbox(key=f"{form}.subset").set_value(subset)
    test.text_input(key="judge.answers.base").set_value("llama")
    test.button(key="judge-add-answers").click().run()
    assert not test.exception
    return test


def test_files_of_answers_become_a_report_and_scores(
    made: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_JUDGE_KEY", KEY)
    prompts = prompts_of(Workspace(tmp_path / "elsewhere"), 24)
    random = outputs_file(tmp_path / "random.json", prompts, "from random rows", [0.0] * 24)
    length = outputs_file(tmp_path / "the length 10.json", prompts, "from long rows", [1.0] * 15 + [0.0] * 9)
    digests = {name: digest for digest, name in subset_names(made).items()}
    test = opened()
    assert not test.exception and "No answers yet" in said(test)
    test = add(test, random, subset=digests["the random 10"])
    assert "24 answers to random; 0 missing" in said(test)
    test = add(test, length)
    assert len(list_answers(made)) == 2 and len(list_prompts(made)) == 1
    assert answers_named(made, "from long rows").author.subset == digests["the length 10"]  # by the file's name
    table = test.dataframe[0].value
    assert [*table["answers of"]] == ["from long rows", "from random rows"] and [*table["random"]] == [False, True]
    test.button(key="judge-go").click().run()
    assert "Name the judge" in said(test)
    with endpoint(judging(place=0.3), key=KEY) as (url, seen):
        test.text_input(key="judge.url").set_value(url)
        test.text_input(key="judge.model").set_value("judge").run()
        test.number_input(key="judge.price-in").set_value(2.0)
        test.run()
        words = said(test)
        assert "**48 calls** to make, 0 verdicts there already" in words and "cost about" in words
        assert "50 means as good as random rows" in words and "The key is taken from DIVERSCOPE\\_JUDGE\\_KEY" in words
        assert test.selectbox(key="judge.mine").value == answers_named(made, "from long rows").key
        assert not seen.bodies
        test.button(key="judge-start").click().run()
        assert not test.exception
        do_queued(made)
        assert len(seen.bodies) == 48
    test.run()
    assert "**0 calls** to make, 48 verdicts there already" in said(test)
    test.button(key="judge-see").click().run()
    assert not test.exception
    (judgement,) = list_judgements(made)
    words = said(test)
    assert "#### 81.2" in words.replace("\\", "") and "50 is as good as from random rows" in words.replace("\\", "")
    assert not [button for button in test.button if button.key == "judge-log"]  # they are logged already
    scores = ledger.read(made).scores().set_index("measure")
    assert scores.loc["win score", "value"] == pytest.approx(100 * (15 + 4.5) / 24)
    assert scores.loc["win score", "subset"] == digests["the length 10"]
    verdicts = next(frame.value for frame in test.dataframe if "outcome" in frame.value.columns)
    assert len(verdicts) == 24 and [*verdicts["outcome"]].count("Good") == 15
    test.segmented_control(key=address.JUDGE_SHOWN.widget.name).set_value("Same").run()
    verdicts = next(frame.value for frame in test.dataframe if "outcome" in frame.value.columns)
    assert len(verdicts) == 9
    again = opened(judgement=judgement.key, verdicts="Same", **{"judge-view": "report"})
    assert not again.exception and "Win score" in said(again)
    assert len(next(frame.value for frame in again.dataframe if "outcome" in frame.value.columns)) == 9
    assert not [path for path in made.home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_another_judge_and_a_rerun_stand_beside_it(made: Workspace) -> None:
    prompts = prompts_of(made, 20)
    mine = answers_of(made, prompts, "mine", [0.6, -0.6] * 10)
    theirs = answers_of(made, prompts, "theirs", [0.0] * 20)
    pairing, judge = Pairing(prompts=prompts, answers=mine, against=theirs), Judge(model="judge")
    with endpoint(judging()) as (url, _):
        judge_match(made, pairing, judge, endpoint=Endpoint(url=url))
    with endpoint(judging(noise=0.8)) as (url, _):
        judge_match(made, pairing, replace(judge, rerun=2), endpoint=Endpoint(url=url))
    test = opened(**{"judge-view": "report"})
    assert not test.exception
    words = said(test)
    assert "Cohen's κ of Good, Same and Bad over 20 prompts" in words
    assert "the judge's drift between two runs" in words and "8 %" in words
    assert test.selectbox(key=address.JUDGE_BESIDE.widget.name).value in {
        judgement.key for judgement in list_judgements(made)
    }
    assert test.button(key="judge-log")  # judged by a script: not logged yet
    test.button(key="judge-log").click().run()
    assert len(ledger.read(made).scores()) > 0 and not test.exception


def test_games_without_a_verdict_are_asked_for_once_more(made: Workspace) -> None:
    prompts = prompts_of(made, 12)
    for name, quality in (("one", 1.0), ("two", 0.0)):
        answers_of(made, prompts, name, [quality] * 12)

    def mumbling(number: int, body: dict, reply: str) -> str:
        return "No idea." if "Question 3:" in body["messages"][1]["content"] else reply

    def asked(test: AppTest, url: str) -> AppTest:
        test.text_input(key="judge.url").set_value(url)
        test.text_input(key="judge.model").set_value("judge").run()
        return test

    with endpoint(judging(words=mumbling)) as (url, _):
        test = asked(opened(**{"judge-view": "judge"}), url)
        test.button(key="judge-start").click().run()
        do_queued(made)
    with endpoint(judging()) as (url, seen):
        test = asked(test, url)
        assert "2 games without a verdict can be asked for once more." in said(test)
        assert "**2 calls** to make, 22 verdicts there already" in said(test)
        test.button(key="judge-start").click().run()
        do_queued(made)
        assert len(seen.bodies) == 2
    test.run()
    assert "can be asked for once more" not in said(test) and not test.exception
    test.button(key="judge-see").click().run()
    assert not test.exception and "0 without a verdict" in said(test)


def test_a_fixed_opponent_is_warned_of_and_bad_words_are_refused(made: Workspace) -> None:
    prompts = prompts_of(made, 4)
    for name in ("one", "two"):
        answers_of(made, prompts, name, [0.0, 1.0, 0.5, 0.2])
    test = opened(**{"judge-view": "judge"})
    assert not test.exception
    assert "8B model scores about 1.0" in said(test).replace("\\", "")
    test.text_input(key="judge.model").set_value("judge").run()
    test.text_area(key="judge.question").set_value("{question}").run()
    assert not test.exception and "must hold {answer_a} once" in said(test).replace("\\", "")
    test.text_area(key="judge.question").set_value("{question} {answer_a} {answer_b} [[A>B]]").run()
    assert "**8 calls** to make" in said(test)
    assert [button.disabled for button in test.button if button.key == "judge-start"] == [True]


def test_an_endpoint_that_the_server_may_not_ask_is_refused(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_JUDGE_URL", "http://10.0.0.1/v1")
    prompts = prompts_of(made, 4)
    for name in ("one", "two"):
        answers_of(made, prompts, name, [0.0, 1.0, 0.5, 0.2])
    with endpoint(judging()) as (url, seen):
        test = opened(**{"judge-view": "judge"})
        test.text_input(key="judge.url").set_value(url)
        test.text_input(key="judge.model").set_value("judge").run()
        test.button(key="judge-start").click().run()
        do_queued(made)
        assert not seen.bodies and "may not ask" in said(test).replace("\\", "")


def test_a_local_model_answers_a_prompt_set(made: Workspace, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "trained-model")
    (tmp_path / "trained-model" / "manifest.json").write_text(
        json.dumps({"subset": "0123456789abcdef", "base": "b", "seed": 3})
    )
    prompts = prompts_of(made, 3)
    test = opened()
    test.text_input(key="judge.write.local").set_value(folder).run()
    test.number_input(key="judge.write.most").set_value(6).run()
    test.button(key="judge-write").click().run()
    assert not test.exception
    do_queued(made)
    test.run()
    (kept,) = list_answers(made, prompts.key)
    assert (kept.author.subset, kept.author.base, kept.author.seed) == ("0123456789abcdef", "b", 3)
    assert len(kept) == 3 and kept.artefact.manifest["made"]["how"] == "model"


def test_the_holdout_is_asked(made: Workspace) -> None:
    corpus_of(made.home, records(300, seed=4), name="held")
    test = opened()
    test.button(key="judge-add-holdout").click().run()
    assert not test.exception
    (kept,) = list_prompts(made)
    assert kept.name == "held holdout" and "held holdout" in said(test)
    assert len(list_answers(made, kept.key)) == 1


def test_hostile_texts_are_shown_as_they_are(made: Workspace) -> None:
    hostile_judgements(made, TEXTS)
    for view in ("answers", "judge", "report"):
        test = opened(**{"judge-view": view})
        assert not test.exception
        for element in (*test.markdown, *test.caption, *test.info, *test.warning, *test.success):
            assert TEXTS[0] not in element.value  # Markdown holds it escaped
