"""The Study page: from the form to saved subsets, whole and after a stop."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.row_labels import write_labels
from core.export.formats import format_named
from core.progress import silent
from core.workbench.saved_export import saved_archive
from core.workbench.studies.further_sets import FurtherSets
from core.workbench.studies.study import Study
from core.workbench.studies.study_run import keep_study, list_studies, members_of, run_study, standings
from core.workbench.subsets import list_subsets
from tests.corpora import corpus_of, records
from tests.jobs.in_process import do_queued

pytestmark = pytest.mark.usefixtures("no_worker")  # what a press queues is done in the process of the test
ROOT = Path(__file__).resolve().parents[3]


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("pages/study.py")
    return test.run()


def said(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.text, test.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def small(test: AppTest) -> AppTest:
    """The form set to micro on the response, 12 rows, 3 levels."""
    test.multiselect(key="study-strategies").set_value(["micro"])
    test.multiselect(key="study-components").set_value(["response"])
    test.text_input(key="study-sizes").set_value("12")
    test.number_input(key="study-levels").set_value(3)
    return test.run()


def test_a_study_goes_from_the_form_to_saved_subsets(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    test = opened(low="2", high="60")
    assert not test.exception
    assert "No study yet" in said(test)
    assert "14 subsets, 7 random draws among them." in said(test)  # the levels of what stands on the slider
    assert "It takes" in said(test)
    assert test.text_input(key="study-sizes").value == "23"  # a tenth of the pool, as Subsets proposes
    test.selectbox(key="study-preset").set_value("macro-to-micro").run()
    assert "49 subsets, 7 random draws among them." in said(test)  # the paper's grid at one size
    test = small(test)
    assert "6 subsets, 3 random draws among them." in said(test)
    test.button(key="study-start").click().run()
    assert not test.exception
    do_queued(workspace)
    test.run()
    assert "6 of 6 subsets saved" in said(test)
    (study,) = list_studies(workspace, corpus.id)
    assert study.features == {"low": 2.0, "high": 60.0}
    assert all(standing.subset for standing in standings(workspace, study))
    assert len(list_subsets(workspace)) == 6
    grid = test.dataframe[0].value
    assert list(grid["saved"]) == ["3 of 3 draws", "3 of 3"]
    assert list(grid.loc[1, ["0 %", "50 %", "100 %"]]) == ["●", "●", "●"]


def test_what_the_form_cannot_say_is_said_beside_it(home: Path) -> None:
    corpus_of(home, records())
    test = small(opened(low="2", high="60"))
    for sizes, words in (
        ("twelve", "not a whole number"),
        ("0", "1 or more"),
        ("12 12", "name one twice"),
        ("", "needs sizes"),
    ):
        test.text_input(key="study-sizes").set_value(sizes).run()
        assert not test.exception
        assert words in said(test)
        assert not [button for button in test.button if button.key == "study-start"]
    test.text_input(key="study-sizes").set_value("1,0000").run()
    assert "not a whole number" in said(test)
    test.text_input(key="study-sizes").set_value("12 20").run()
    assert "12 subsets" in said(test)


def test_cells_that_cannot_be_built_are_named_with_the_reason(home: Path) -> None:
    workspace, _ = corpus_of(home, records())
    test = small(opened(low="2", high="60"))
    test.text_input(key="study-sizes").set_value("12 5000").run()
    test.button(key="study-start").click().run()
    do_queued(workspace)
    test.run()
    assert "6 of 12 subsets saved" in said(test)
    assert "cannot be built" in said(test)
    assert "the request is for 5,000" in said(test)


def test_an_address_opens_the_study_that_it_names(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    studies = [
        Study(
            name=name, corpus=corpus.id, strategies=("micro",), sizes=(12,), levels=2, features={"low": 2, "high": 60}
        )
        for name in ("first", "second")
    ]
    for study in studies:
        keep_study(workspace, study)
    for study in studies:
        test = opened(study=study.key)
        assert not test.exception
        assert test.selectbox(key="ds.bound.study.widget").value == study.key
    test.selectbox(key="ds.bound.study.widget").set_value(studies[0].key).run()
    assert test.query_params["study"] in (studies[0].key, [studies[0].key])


def test_a_study_is_exported_whole_from_its_page(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    study = Study(name="mine", corpus=corpus.id, strategies=("micro",), sizes=(12,), levels=2, features={"low": 2})
    run_study(workspace, study, silent)
    test = opened(study=study.key)
    assert not test.exception
    (button,) = [element for element in test.get("download_button") if element.proto.id.endswith("-study-export")]
    assert button.proto.label == "Export 4 subsets"
    assert "study-export-labels" not in [box.key for box in test.checkbox]  # nothing is written on rows yet
    row = int(members_of(workspace, "mine")[0].ids[0])
    write_labels(workspace, [row], add=["good"], note="read")
    test.run()
    assert test.checkbox(key="study-export-labels").value is False
    for labels in (False, True):
        archive = saved_archive(workspace, members_of(workspace, "mine"), format=format_named("jsonl"), labels=labels)
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            written = b"".join(files.read(name) for name in files.namelist() if name.endswith("jsonl.jsonl"))
        assert (b'"row labels"' in written) == labels and (b'"row note"' in written) == labels
    test.selectbox(key="study-export-format").set_value("trl").run()
    assert "Give a base model and a learning rate." in said(test)
    test.text_input(key="study-export-model").set_value("org/model")
    test.number_input(key="study-export-rate").set_value(1e-5).run()
    test.number_input(key="study-export-cutoff").set_value(20).run()
    assert not test.exception
    assert "more than 20 tokens" in said(test)


def test_a_papers_further_sets_are_named_in_the_form_and_told_apart_in_the_grid(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    test = opened()
    test.selectbox(key="study-preset").set_value("novelsum").run()
    assert not test.exception
    assert "53 subsets, 5 random draws among them." in said(test)
    assert "length, 5 positions" in said(test)
    test.selectbox(key="study-preset").set_value("daar").run()
    assert test.text_input(key="study-sizes").value == str(int((~corpus.holdout).sum()) // 5)
    assert "20 subsets, 5 random draws among them." in said(test)
    study = Study(
        name="mine", corpus=corpus.id, strategies=(), sizes=(12,), levels=1,
        sets=tuple(FurtherSets(strategy="length", parameters={"first": end}) for end in ("longest", "shortest")),
    )  # fmt: skip
    run_study(workspace, study, silent)
    grid = opened(study=study.key).dataframe[0].value
    assert list(grid["settings"]) == ["", "first longest", "first shortest"]


def test_a_study_takes_the_settings_of_its_strategies(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    test = small(opened(low="2", high="60"))
    test.multiselect(key="study-strategies").set_value(["micro", "joined"]).run()
    test.selectbox(key="joined.second").set_value("micro")
    test.slider(key="joined.weight").set_value(0.3).run()
    assert not test.exception
    assert "Set: joined: second micro, weight 0.3." in said(test).replace("\\", "")
    assert "instruction: tokens" in said(test)
    test.button(key="study-start").click().run()
    (study,) = list_studies(workspace, corpus.id)
    assert study.parameters == {"joined": {"second": "micro", "weight": 0.3}}
    assert study.features == {"low": 2.0, "high": 60.0}
    assert not study.target


def test_a_press_opens_the_train_page_with_the_study_chosen(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    first, study = (
        Study(name=name, corpus=corpus.id, strategies=strategies, sizes=(12,), levels=2, features={"low": 2})
        for name, strategies in (("before", ("length",)), ("mine", ("micro",)))
    )
    run_study(workspace, first, silent)
    run_study(workspace, study, silent)  # both have the same random draws
    test = opened(study=study.key)
    test.button(key="study-train").click().run()
    assert not test.exception
    chosen = test.multiselect(key="train-members")
    assert chosen.value == ["study mine"]
    assert "Study mine · 4 subsets" in chosen.options
