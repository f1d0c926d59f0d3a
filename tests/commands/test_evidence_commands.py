"""`scores`, `correlate`, `slopes`, `report` and `compare` by the command line: the numbers of the pages."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import api
from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.evidence import ledger
from core.evidence.entries import LoggedSubset
from core.features.tokens import compute_tokens
from core.settings import PROJECT_ROOT
from core.workbench.build import build
from core.workbench.inspections import comparison
from core.workbench.subset_cost import with_equal_tokens
from core.workbench.subsets import list_subsets, subset_named
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.evidence import logged_series, seeded
from tests.jobs.in_process import do_queued


@pytest.fixture
def home(workspace: Workspace) -> Path:
    return workspace.home


def printed(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    capsys.readouterr()
    assert main(list(command)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    capsys.readouterr()
    assert main(list(command)) == 1
    return capsys.readouterr().err


def lines_of(printed_lines: str) -> pd.DataFrame:
    return pd.DataFrame([orjson.loads(line) for line in printed_lines.splitlines()])


def page(name: str, **query: str) -> AppTest:
    """A page of the app under this address."""
    test = AppTest.from_file(str(PROJECT_ROOT / "app.py"), default_timeout=120)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    test.switch_page(f"pages/{name}.py")
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception, test.exception
    return test


def shown(test: AppTest, *columns: str) -> pd.DataFrame:
    """The table of the page that has these columns."""
    return next(table.value for table in test.dataframe if set(columns) <= set(table.value))


# Scores


def test_an_import_is_seen_first_and_logged_with_yes(home: Path, tmp_path: Path, capsys) -> None:
    workspace, subsets = Workspace(home), seeded.subsets(home)
    path = tmp_path / "scores.csv"
    path.write_text("subset,gsm8k\n" + "".join(f"{subset.name},{40 + n}\n" for n, subset in enumerate(subsets)))
    told = printed(capsys, "scores", "import", str(path), "--model", "base")
    assert "To be logged: 7 scores, 7 matched names." in told and "add --yes" in told and "same name" in told
    assert ledger.read(workspace).scores().empty
    assert "7 scores logged" in printed(capsys, "scores", "import", str(path), "--model", "base", "--yes")
    scores = ledger.read(workspace).scores()
    assert dict(zip(scores["label"], scores["subset"])) == {subset.name: subset.digest for subset in subsets}
    again = printed(capsys, "scores", "import", str(path), "--model", "base")
    assert "To be logged: 0 scores." in again and "In the ledger already: 7 scores." in again


def test_a_contradiction_is_told_before_it_is_logged(home: Path, tmp_path: Path, capsys) -> None:
    name = seeded.subsets(home)[0].name
    path = tmp_path / "scores.csv"
    path.write_text(f"subset,gsm8k\n{name},40\n")
    printed(capsys, "scores", "import", str(path), "--yes")
    path.write_text(f"subset,gsm8k\n{name},41\n")
    assert main(["scores", "import", str(path)]) == 0
    assert "41 contradicts the logged 40 (--replace)" in capsys.readouterr().err
    assert "1 replaced" in printed(capsys, "scores", "import", str(path), "--yes", "--replace")


def test_a_similar_name_is_told_with_the_option_that_matches_it(home: Path, tmp_path: Path, capsys) -> None:
    seeded.subsets(home)
    path = tmp_path / "scores.csv"
    path.write_text("run,gsm8k\ndeeper · 50 %,41\n")
    assert main(["scores", "import", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "unmatched" in out and "--match 'deeper · 50 %=deep · 50 %'" in err
    matched = printed(capsys, "scores", "import", str(path), "--match", "deeper · 50 %=deep · 50 %")
    assert "said so" in matched and "deep · 50 %" in matched


def test_every_file_that_the_page_imports_the_command_imports(home: Path, tmp_path: Path, capsys) -> None:
    from tests.evidence.score_files import write_scores

    seeded.subsets(home)
    written = write_scores(tmp_path / "files")
    assert main(["scores", "import", str(tmp_path / "files"), "--unseen", "--all-measures", "--yes"]) == 0, written
    assert len(ledger.read(Workspace(home)).scores()) > 20
    capsys.readouterr()


def test_a_number_is_added_matched_and_taken_back(home: Path, capsys) -> None:
    workspace, subsets = Workspace(home), seeded.subsets(home)
    about = ["--benchmark", "Arena-Hard", "--judge", "gpt", "--model", "base", "--seed", "3", "--stderr", "0.5"]
    assert "1 score logged" in printed(capsys, "scores", "add", "deep · 50 %", "51.5", *about)
    (score,) = ledger.read(workspace).scores().to_dict("records")
    assert (score["value"], score["judge"], score["seed"], score["stderr"]) == (51.5, "gpt", 3, 0.5)
    assert score["subset"] == subset_named(workspace, "deep · 50 %").digest
    listed = printed(capsys, "scores")
    assert "deep · 50 %" in listed and "51.5" in listed and "Arena-Hard" in listed
    assert "Taken back: Typed in" in printed(capsys, "scores", "undo")
    assert ledger.read(workspace).scores().empty
    assert "Nothing is logged" in refused(capsys, "scores", "undo")
    undoing = printed(capsys, "scores", "batches").splitlines()[-1].split()[0]
    printed(capsys, "scores", "undo", undoing)  # the undoing undone
    assert len(ledger.read(workspace).scores()) == 1
    assert "is not a saved subset" in refused(capsys, "scores", "add", "nobody", "1", "--benchmark", "x")
    assert subsets


def test_a_data_set_that_is_not_here_brings_its_metrics(home: Path, capsys) -> None:
    seeded.subsets(home)
    about = ["--benchmark", "Arena-Hard", "--not-here", "--series", "theirs", "--level", "50", "--size", "100"]
    printed(capsys, "scores", "add", "elsewhere", "44", *about, "--metric", "response.ie=6.25")
    (dataset,) = ledger.read(Workspace(home)).of(LoggedSubset)
    assert (dataset.name, dataset.level, dataset.size, dataset.metrics) == ("elsewhere", 50, 100, {"response.ie": 6.25})
    assert "--not-here" in refused(capsys, "scores", "add", "deep · 50 %", "1", "--benchmark", "x", "--level", "5")


def test_an_unmatched_name_waits_and_is_matched(home: Path, tmp_path: Path, capsys) -> None:
    workspace, subsets = Workspace(home), seeded.subsets(home)
    path = tmp_path / "scores.csv"
    path.write_text("run,gsm8k\nrun-17,41\n")
    printed(capsys, "scores", "import", str(path), "--yes")
    assert "run-17" in printed(capsys, "scores", "list", "--unmatched")
    assert "Unmatched names: run-17" in refused(capsys, "scores", "match", "run-18", "deep · 0 %")
    printed(capsys, "scores", "match", "run-17", subsets[0].key)
    assert set(ledger.read(workspace).scores()["subset"]) == {subsets[0].digest}
    assert main(["scores", "list", "--unmatched"]) == 0
    assert "No score is unmatched" in capsys.readouterr().err


def test_the_words_of_scores_may_be_left_out(tmp_path: Path, workspace: Workspace, capsys) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("subset,mmlu\none,41\n")
    assert printed(capsys, "scores", str(path)) == printed(capsys, "scores", "read", str(path))
    assert printed(capsys, "scores", "--benchmark", "x", str(path))
    assert main(["scores"]) == 0
    assert "No score is logged" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["scores", "--help"])
    assert left.value.code == 0 and "import" in capsys.readouterr().out


# The evidence


def test_the_correlations_are_those_of_the_page(home: Path, capsys) -> None:
    seeded.scored(home)
    command = lines_of(printed(capsys, "correlate", "--json"))
    table = shown(page("compare", view="correlations"), "metric", "pearson", "spearman", "kendall")
    names = [comparison.title(name) for name in command["metric"]]
    ours = command.assign(metric=names).set_index(["metric", "benchmark"])
    theirs = table.set_index(["metric", "benchmark"])
    assert len(ours) == len(theirs) > 4
    for estimate in ("pearson", "spearman", "kendall", "slope", "n", "subsets"):
        np.testing.assert_allclose(
            ours.loc[theirs.index, estimate].astype(float), theirs[estimate].astype(float), atol=1e-12
        )
    some = printed(capsys, "correlate", "--benchmark", "Arena-Hard", "--metric", "ie", "--picks")
    assert "AlpacaEval" not in some and "response.ie@mistral-32k" in some and "picked the best subset" in some
    assert "There are:" in refused(capsys, "correlate", "--metric", "nonsense")


def test_the_decision_accuracy_is_that_of_the_page(home: Path, capsys) -> None:
    seeded.scored(home)
    text = printed(capsys, "correlate", "--decision", "--benchmark", "Arena-Hard", "--metric", "ie")
    table = shown(page("compare", view="decision"), "accuracy", "pairs").set_index("metric")
    (line,) = [line for line in text.partition("in the order of the scores")[2].splitlines() if "response.ie@" in line]
    value = table.loc[comparison.title("response.ie@mistral-32k"), "accuracy"]
    assert f"{value:.4g}" in line.split() and "21" in line.split()  # 7 subsets are 21 pairs


@pytest.mark.usefixtures("no_worker")
def test_intervals_that_the_command_computes_stand_on_the_page(home: Path, capsys) -> None:
    seeded.three_series(home)
    command = lines_of(printed(capsys, "correlate", "--intervals", "--json")).set_index("metric")
    table = shown(page("compare", view="correlations"), "metric", "pearson_low", "units")
    for row in table.to_dict("records"):
        (address,) = [name for name in command.index if comparison.title(name) == row["metric"]]
        assert command.loc[address, "pearson_low"] == pytest.approx(row["pearson_low"], abs=1e-12, nan_ok=True)
    assert not do_queued(Workspace(home))  # nothing was left to compute


def test_the_slopes_are_those_of_the_page(home: Path, capsys) -> None:
    seeded.scored(home)
    command = lines_of(printed(capsys, "slopes", "--json")).set_index("benchmark")
    table = shown(page("compare", view="slopes"), "slope", "standing").set_index("benchmark")
    assert list(command.index) and set(command.index) == set(table.index)
    for benchmark in table.index:
        for name in ("slope", "low", "high", "seed_spread"):
            assert command.loc[benchmark, name] == pytest.approx(table.loc[benchmark, name], abs=1e-12)
    assert "stable" not in printed(capsys, "slopes", "--benchmark", "Arena-Hard") or "Arena" in str(command)


def test_what_was_never_measured_is_measured_before_it_is_correlated(home: Path, capsys) -> None:
    seeded.scored(home)
    before = set(lines_of(printed(capsys, "correlate", "--json"))["metric"])
    assert not any("mattr" in address for address in before)
    after = set(lines_of(printed(capsys, "correlate", "--measure", "mattr", "--json"))["metric"])
    assert any("response.mattr" in address for address in after)
    assert "nonsense" in refused(capsys, "correlate", "--measure", "nonsense")


def test_the_report_is_the_one_that_the_page_gives(home: Path, tmp_path: Path, capsys) -> None:
    from core.workbench.inspections.evidence import load_evidence
    from core.workbench.inspections.evidence_report import evidence_report, evidence_tables

    seeded.scored(home)
    out, tables = tmp_path / "report.html", tmp_path / "tables.zip"
    told = printed(capsys, "report", "--out", str(out), "--csv", str(tables))
    assert "28 scores of 7 saved subsets" in told
    evidence = load_evidence(Workspace(home))
    text = out.read_text(encoding="utf-8")
    assert len(text) == len(evidence_report(evidence, None)) and "Does diversity predict the score?" in text
    with zipfile.ZipFile(tables) as archive:
        names = {name.removesuffix(".csv").replace("-", " ") for name in archive.namelist()}
    assert names == set(evidence_tables(evidence, None))


def test_without_scores_the_commands_say_what_to_do(home: Path, tmp_path: Path, capsys) -> None:
    for command in ("correlate", "slopes"):
        assert "No score is logged yet" in refused(capsys, command)
    printed(capsys, "report", "--out", str(tmp_path / "empty.html"))
    seeded.subsets(home)
    printed(capsys, "scores", "add", "deep · 50 %", "51.5", "--benchmark", "Arena-Hard")
    assert "No metric differs" in refused(capsys, "correlate")


@pytest.mark.parametrize(
    ("address_says", "options"),
    [
        ({"group": "size,strategy,benchmark"}, ["--by", "size,strategy,benchmark"]),
        ({"group": "none"}, ["--by", ""]),
        ({"score": "z"}, ["--score", "z"]),
    ],
)
def test_groups_and_scores_are_chosen_as_on_the_page(
    home: Path, capsys, address_says: dict[str, str], options: list[str]
) -> None:
    logged_series.logged(home)
    command = lines_of(printed(capsys, "correlate", *options, "--json"))
    test = AppTest.from_file(str(PROJECT_ROOT / "pages" / "compare.py"), default_timeout=120)
    for name, value in {"view": "correlations", **address_says}.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    table = shown(test, "metric", "pearson", "kendall")
    assert len(table) == len(command) > 2
    command["metric"] = [comparison.title(name) for name in command["metric"]]
    order = [name for name in ("metric", "size", "strategy", "benchmark") if name in table and name in command]
    ours, theirs = (frame.sort_values(order).reset_index(drop=True) for frame in (command, table))
    for estimate in ("pearson", "spearman", "kendall", "n", "subsets", "series"):
        np.testing.assert_allclose(ours[estimate].astype(float), theirs[estimate].astype(float), atol=1e-12)


def test_pooled_slopes_and_pairs_are_printed_and_wrong_facts_refused(home: Path, capsys) -> None:
    logged_series.logged(home)
    pooled = lines_of(printed(capsys, "slopes", "--by", "size,benchmark", "--json"))
    assert set(pooled["series"]) == {3} and len(pooled) == 4
    told = printed(capsys, "correlate", "--pairs", "--metric", "ie")
    assert "How many pairs of subsets" in told and "accuracy" in told
    assert "There is no fact 'weather'" in refused(capsys, "correlate", "--by", "weather")
    assert "There is no benchmark 'nosuch'" in refused(capsys, "correlate", "--score", "z", "--benchmark", "nosuch")


# Side by side


def test_two_subsets_side_by_side_are_those_of_the_page(home: Path, tmp_path: Path, capsys) -> None:
    low, *_, high = seeded.subsets(home)
    out = tmp_path / "only-a.jsonl"
    told = orjson.loads(printed(capsys, "compare", high.key, low.key, "--json", "--rows", "only-a", "--out", str(out)))
    test = page("inspect", look="contrast", a=high.key, b=low.key, low="2", high="60", component="response")
    table = shown(test, "metric", "B − A").set_index("metric")
    ours = pd.DataFrame(told["metrics"]).set_index("title")
    assert set(ours.index) == set(table.index) and len(table) > 3
    for name in table.index:
        for column, theirs in (("a", "A"), ("b", "B"), ("gap", "B − A"), ("low", "95 % from"), ("high", "to")):
            assert ours.loc[name, column] == pytest.approx(table.loc[name, theirs], abs=1e-12, nan_ok=True)
    only = set(high.ids.tolist()) - set(low.ids.tolist())
    assert told["only_a"] == len(only) == len(out.read_bytes().splitlines())
    assert told["shifts"][0]["q"] <= told["shifts"][-1]["q"]
    text = printed(capsys, "compare", high.name, low.name)
    assert "Jaccard" in text and "What shifts" in text and high.digest in text


def test_a_subset_is_compared_with_a_random_draw(home: Path, capsys) -> None:
    high = seeded.subsets(home)[-1]
    text = printed(capsys, "compare", high.key, "random", "--seed", "3")
    assert "random, seed 3: 30 rows" in text
    assert "Give another" in refused(capsys, "compare", high.key)


def test_others_get_as_many_tokens_as_the_first_and_are_then_what_a_script_compares(home: Path, capsys) -> None:
    low, *_, high = seeded.subsets(home)
    corpus = open_corpus(Workspace(home), low.recipe.corpus)
    compute_tokens(CorpusText(corpus, "instruction"))
    told = orjson.loads(printed(capsys, "compare", low.key, high.key, "random", "--equal-tokens", "--json"))
    first = build(Workspace(home), low.recipe)
    for subset, recipe in zip(told["subsets"][1:], (high.recipe, replace(first.recipe, strategy="random", parameters={},
                                                                         position=1.0)), strict=True):  # fmt: skip
        slow = build(Workspace(home), with_equal_tokens(replace(recipe, ids_digest=""), first))
        assert (subset["rows"], subset["digest"]) == (len(slow.ids), slow.recipe.ids_digest)
    beside = api.compare(low, high, equal_tokens=True, within=Workspace(home))
    assert len(beside.sides.both) + len(beside.sides.only_b) == told["subsets"][1]["rows"]


def test_several_subsets_show_who_shares_which_rows(home: Path, capsys) -> None:
    subsets = seeded.subsets(home)
    told = orjson.loads(printed(capsys, "compare", *(subset.key for subset in subsets[::3]), "--json"))
    sets = [set(subset.ids.tolist()) for subset in subsets[::3]]
    first, second = (told["subsets"][number]["name"] for number in (0, 1))
    assert told["jaccard"][first][second] == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    assert sum(line["rows"] for line in told["intersections"]) == len(set.union(*sets))
    assert "Who shares which rows" in printed(capsys, "compare", *(subset.key for subset in subsets[::3]))


def test_equal_rows_and_a_lonely_option_are_refused(home: Path, capsys) -> None:
    subsets: list[Any] = seeded.subsets(home)
    seeded.again(home, name="twin")
    twin = next(s for s in list_subsets(Workspace(home)) if s.name.startswith("twin") and s.digest == subsets[0].digest)
    assert "hold the same rows" in refused(capsys, "compare", subsets[0].key, twin.key)
    assert "go together" in refused(capsys, "compare", subsets[0].key, subsets[1].key, "--rows", "both")


# Evidence that comes along


def test_the_runs_of_regmix_give_their_known_correlations(workspace: Workspace, capsys) -> None:
    asked = ["correlate", "--example", "regmix", "--metric", "source_entropy", "--json"]
    table = lines_of(printed(capsys, *asked)).set_index(["model", "benchmark"])["spearman"]
    mean = "all domains, their mean"
    for model, known in (("1M parameters", -0.828), ("60M parameters", -0.828), ("1B parameters", -0.555)):
        assert table[model, mean] == pytest.approx(known, abs=0.001)
    assert table["1B parameters", "pile_cc"] == pytest.approx(0.156, abs=0.001)
    fixed = ["--fixed", "share of pile_cc", "--ranks", "--benchmark", "pile_cc"]
    partial = lines_of(printed(capsys, *asked, *fixed)).set_index("model")["partial"]
    assert partial["1B parameters"] == pytest.approx(-0.388, abs=0.001)
    assert "No metric is called" in refused(capsys, *asked, "--fixed", "nonsense")
    assert "goes with --fixed" in refused(capsys, *asked, "--ranks")
    assert "Nothing of an example" in refused(capsys, *asked, "--measure", "ie")


def test_metrics_held_fixed_are_those_of_the_page(home: Path, capsys) -> None:
    seeded.scored(home)
    command = lines_of(printed(capsys, "correlate", "--fixed", "response.sl@mistral-32k", "--json"))
    test = AppTest.from_file(str(PROJECT_ROOT / "pages" / "compare.py"), default_timeout=120)
    test.session_state[address.COMPARE_VIEW.widget.name] = "more"
    test.session_state[address.COMPARE_MORE.widget.name] = "fixed"
    test.run()
    table = shown(test, "metric", "partial", "plain").set_index(["metric", "benchmark"])
    ours = command.assign(metric=[comparison.title(name) for name in command["metric"]])
    ours = ours.set_index(["metric", "benchmark"])
    for row in table.index:
        assert ours.loc[row, "partial"] == pytest.approx(table.loc[row, "partial"], abs=1e-12, nan_ok=True)


# What went wrong is said


def test_a_refused_import_says_why(home: Path, tmp_path: Path, capsys) -> None:
    seeded.subsets(home)
    folder = tmp_path / "empty"
    folder.mkdir()
    assert "There is no file of scores" in refused(capsys, "scores", "import", str(folder))
    path = tmp_path / "semicolons.csv"
    path.write_text("subset;a\nx;1,234\ny;2,345\n")
    assert "decimal" in refused(capsys, "scores", "import", str(path))
    assert "No such file" in refused(capsys, "correlate", "here.csv", "there.csv")


def test_a_series_says_which_name_of_yours_it_replaced(home: Path, capsys) -> None:
    seeded.subsets(home)
    asked = ["series", "made", "--strategy", "micro", "--size", "30", "--feature", "low=2", "--feature", "high=60"]
    printed(capsys, *asked, "--name", "first")
    printed(capsys, "subsets", "--rename", "first · 50 %", "my favourite")
    told = printed(capsys, *asked, "--name", "again")
    assert "again · 50 % was saved before as my favourite, and has the new name now." in told
