"""A study is made once, whole, and goes on where it was stopped; its file says what is wrong and on which line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import Cancelled, InputError
from core.jobs import job_names, queue
from core.progress import silent
from core.workbench.build import build
from core.workbench.saved_list import saved_list
from core.workbench.studies.further_sets import FurtherSets
from core.workbench.studies.presets import PRESETS, study_of_preset
from core.workbench.studies.study import Study
from core.workbench.studies.study_file import read_study, study_of_text, study_text
from core.workbench.studies.study_run import family, list_studies, run_study, standings
from core.workbench.subsets import list_subsets
from core.workspace import trash
from tests.corpora import corpus_of, records
from tests.jobs.in_process import do_queued


@pytest.fixture
def made(tmp_path: Path):
    return corpus_of(tmp_path / "home", records())


def small(corpus: str) -> Study:
    return Study(
        name="mine",
        corpus=corpus,
        strategies=("micro", "length"),
        components=("instruction", "response"),
        sizes=(10, 20),
        levels=3,
        features={"low": 2, "high": 60},
    )


def test_every_cell_is_built_and_saved_once_under_its_name(made) -> None:
    workspace, corpus = made
    study = small(corpus.id)
    assert len(study.cells) == 2 * 3 + 2 * 2 * 2 * 3  # draws at two sizes; strategies, components, sizes, levels
    result = run_study(workspace, study, silent)
    assert not result["troubles"]
    now = standings(workspace, study)
    assert all(standing.state == "saved" for standing in now)
    for standing in now:
        subset = standing.subset
        assert subset is not None
        assert subset.name == study.name_of(standing.cell)
        assert subset.rows == standing.cell.size
        assert build(workspace, standing.cell.recipe).recipe.ids_digest == subset.digest
    before = {subset.key: subset.made_at for subset in list_subsets(workspace)}
    run_study(workspace, study, silent)
    assert {subset.key: subset.made_at for subset in list_subsets(workspace)} == before


def test_a_study_that_was_stopped_makes_only_what_is_missing(made) -> None:
    workspace, corpus = made
    study = small(corpus.id)

    def stop(done: float, total: float, note: str = "") -> None:
        if total == len(study.cells) and done == 8:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_study(workspace, study, stop)
    first = {subset.key: subset.made_at for subset in list_subsets(workspace)}
    assert len(first) == 8
    run_study(workspace, study, silent)
    after = {subset.key: subset.made_at for subset in list_subsets(workspace)}
    assert first.items() <= after.items()
    assert all(standing.subset for standing in standings(workspace, study))


def test_a_cell_that_cannot_be_built_costs_one_line(made) -> None:
    workspace, corpus = made
    study = replace(small(corpus.id), sizes=(10, 100_000), components=("response",), strategies=("micro",))
    result = run_study(workspace, study, silent)
    now = standings(workspace, study, troubles=result["troubles"])
    assert {standing.state for standing in now if standing.cell.size == 10} == {"saved"}
    assert {standing.state for standing in now if standing.cell.size == 100_000} == {"cannot be built"}
    assert all("the request is for 100,000" in why for why in result["troubles"].values())


def test_the_job_of_a_study_is_the_same_work(made) -> None:
    workspace, corpus = made
    study = replace(small(corpus.id), sizes=(10,), components=("response",))
    queue.submit(workspace, job_names.STUDY, {"study": study.as_dict()}, title="Study mine")
    do_queued(workspace)
    assert all(standing.subset for standing in standings(workspace, study))
    assert list_studies(workspace, corpus.id) == [study]
    assert {line.study for line in saved_list(workspace)} == {"mine"}
    names = family(workspace, list_subsets(workspace))
    assert set(names.values()) == {"mine"}
    assert len(names) == len(study.cells)


def test_what_is_missing_is_computed_before_the_cells(tmp_path: Path) -> None:
    workspace, corpus = corpus_of(tmp_path / "home", records())
    for key in workspace.keys("features"):
        trash.discard(workspace, "features", key)
    study = replace(small(corpus.id), sizes=(10,), components=("instruction",), strategies=("micro",))
    assert study.needs("instruction") == ["tokens"]
    assert not run_study(workspace, study, silent)["troubles"]


def test_a_study_is_written_and_read_again(made, tmp_path: Path) -> None:
    workspace, corpus = made
    study = replace(
        small(corpus.id),
        pool={"categories": ["poem", 'with "quotes"'], "columns": [{"column": "score", "minimum": 2.0, "values": []}]},
        parameters={"micro": {"low": 3.0}},
        seeds=(3, 4),
        random=False,
        name="mine: ünïcode\\",
    )
    (tmp_path / "s.toml").write_text(study_text(study), encoding="utf-8")
    assert read_study(workspace, tmp_path / "s.toml").as_dict() == study.as_dict()
    named = study_text(study, corpus_name="made")
    assert 'corpus = "made"' in named
    assert study_of_text(workspace, named).key == study.key


WRONG = """name = "mine"
corpus = "made"
strategies = ["micro"]
sizes = [10]

[features]
low = 2

[parameters.micro]
high = 60
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sizes", "size", r"line 4: there is no 'size'"),
        ("low = 2", "lowest = 2", r"line 7: there is no 'lowest' in \[features\]"),
        ("high = 60", "hihg = 60", r"line 10: there is no 'hihg' in \[parameters\.micro\]"),
        ("[parameters.micro]", "[parameters.mikro]", r"line 9: there is no 'mikro' in \[parameters\]"),
        ("[10]", "[10.5]", "not a whole number"),
        ("[10]", "[]", "needs sizes"),
        ("[10]", "[10, 10]", "name one twice"),
        ('["micro"]', '["mikro"]', "'mikro' is none of the strategies"),
        ('"made"', '"other"', "is not a corpus"),
        ('"mine"', '"mine', "is not TOML"),
        ("low = 2", 'low = "x"', "low cannot be 'x'"),
        ('["micro"]', "[]\nrandom = 3", "true or false"),
        ("high = 60", 'high = 60\n[[sets]]\nstrategy = "length"\nlevel = 3', r"line 13: Further sets have no 'level'"),
        ("high = 60", 'high = 60\n[[sets]]\nstrategy = "lenght"', r"line 12: There is no strategy 'lenght'"),
        ("high = 60", "high = 60\n[[sets]]\nlevels = 3", r"line 11: Further sets name a strategy"),
        (
            "high = 60",
            'high = 60\n[[sets]]\nstrategy = "kcenter"\n[sets.parameters]\nstrat = "seeded"',
            "line 14: k-center",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(made, old: str, new: str, said: str) -> None:
    workspace, _ = made
    with pytest.raises(InputError, match=said):
        study_of_text(workspace, WRONG.replace(old, new, 1), file="s.toml")


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_papers_grids_are_studies(made, name: str) -> None:
    _, corpus = made
    study = study_of_preset(name, corpus=corpus.id, sizes=[20])
    assert study.cells
    assert Study.of(study.as_dict()) == study
    assert study_of_text(made[0], study_text(study)) == study
    names = [study.name_of(cell) for cell in study.cells]
    assert len(set(names)) == len(names) == {
        "macro-to-micro": 6 * 7 + 7, "novelsum": 53, "daar": 3 * 5 + 5, "mastery": 4 + 5,
    }[name]  # fmt: skip


def test_a_study_that_was_stored_before_there_were_further_sets_keeps_its_key() -> None:
    study = small("0123456789abcdef")
    assert study.key == "78a50b2cd58e6bee"
    assert "sets" not in study.as_dict()
    assert replace(study, sets=(FurtherSets(strategy="length", levels=3),)).key != study.key


def test_further_sets_are_at_every_size_and_component_and_none_is_made_twice(made) -> None:
    workspace, corpus = made
    study = replace(
        small(corpus.id),
        strategies=("micro",),
        random=False,
        levels=2,
        sets=(
            FurtherSets(strategy="length", parameters={"first": "shortest"}, component="response"),
            FurtherSets(strategy="micro", levels=2),  # the grid has these
            FurtherSets(strategy="length", levels=3, seeds=(5,)),
        ),
    )
    assert len(study.cells) == 2 * 2 * 2 + 2 + 2 * 2 * 3
    assert len({cell.key for cell in study.cells}) == len(study.cells)
    assert not run_study(workspace, study, silent)["troubles"]
    saved = {standing.subset.name for standing in standings(workspace, study) if standing.subset}
    assert "mine · length response 10 · first shortest · 100 %" in saved
    assert "mine · length instruction 20 · seed 5 · 50 %" in saved
    assert len(saved) == len(study.cells)


def test_a_study_from_the_command_line_says_how_each_cell_stands(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = made
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    (tmp_path / "s.toml").write_text(WRONG)
    assert main(["study", str(tmp_path / "s.toml"), "--list"]) == 0
    assert "0 of 14 subsets saved" in capsys.readouterr().out
    assert main(["study", str(tmp_path / "s.toml")]) == 0
    assert "14 of 14 subsets saved" in capsys.readouterr().out
    assert main(["study", "--preset", "macro-to-micro"]) == 1
    assert "--corpus" in capsys.readouterr().err
    out = tmp_path / "preset.toml"
    preset = ["study", "--preset", "macro-to-micro", "--corpus", "made", "--sizes", "10,20", "--feature", "low=2"]
    assert main([*preset, "--write", str(out)]) == 0
    assert len(read_study(workspace, out).cells) == 2 * 49


def test_a_study_leaves_for_a_trainer_by_its_name_with_every_member_once(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, corpus = made
    study = replace(small(corpus.id), strategies=("micro",), components=("response",), sizes=(10,))
    run_study(workspace, study, silent)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    out = tmp_path / "out"
    asked = ["--target", "trl", "--learning-rate", "1e-5", "--model", "org/model"]
    assert main(["export", "mine", *asked, "--out", str(out)]) == 0
    members = {(subset.recipe.strategy, subset.digest) for subset in list_subsets(workspace)}
    assert {path.name for path in out.glob("*.yaml")} == {f"{strategy}-{rows}-trl.yaml" for strategy, rows in members}
    assert len(members) == len(study.cells) and (out / "run_all.sh").is_file()


def test_a_study_names_examples_for_the_strategies_that_read_them(made, tmp_path: Path) -> None:
    workspace, corpus = made
    _, examples = corpus_of(workspace.home, records(20, seed=9), name="examples")
    study = replace(
        small(corpus.id), strategies=("micro", "composite"), components=("response",), sizes=(12,), levels=2,
        parameters={"composite": {"closeness": 2.0, "diversity": 0.5}}, target=examples.id,
    )  # fmt: skip
    assert {cell.strategy for cell in study.cells if cell.recipe.target} == {"composite"}
    written = study_text(study).replace(examples.id, "examples")
    assert study_of_text(workspace, written) == study
    assert not run_study(workspace, study, silent)["troubles"]  # the examples are embedded too
    assert all(standing.subset for standing in standings(workspace, study))
    without = replace(study, target="")
    assert "target" not in without.as_dict()
    assert without.key != study.key
    troubles = run_study(workspace, without, silent)["troubles"]
    assert len(troubles) == 2 and all("needs example rows" in why for why in troubles.values())


def test_a_member_that_a_trainer_cannot_read_costs_one_line_of_the_export(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, corpus = made
    ends = tuple(FurtherSets(strategy="length", parameters={"first": end}) for end in ("longest", "shortest"))
    run_study(workspace, replace(small(corpus.id), strategies=(), sizes=(10,), random=False, sets=ends), silent)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    asked = [
        "--target",
        "trl",
        "--learning-rate",
        "1e-5",
        "--model",
        "org/model",
        "--cutoff",
        "40",
        "--overlong",
        "drop",
    ]
    out = tmp_path / "out"
    assert main(["export", "mine", *asked, "--out", str(out)]) == 1
    told = capsys.readouterr()
    written = list(out.glob("*.yaml"))
    assert 0 < len(written) < 4
    assert f"{4 - len(written)} of 4 subsets not written." in told.err
