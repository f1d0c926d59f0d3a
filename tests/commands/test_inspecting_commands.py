"""`measure SUBSET`, `curves`, `stability` and `threshold`: what pages say of the same, by command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.tokens import compute_tokens
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import passport
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.subsets import subset_named
from core.workspace.artefacts import Workspace

BAND = ["--feature", "low=2", "--feature", "high=60"]
FEW = ["--metric", "mattr", "--metric", "ie", "--metric", "types", "--component", "response"]


@pytest.fixture
def saved(made: tuple[Workspace, Corpus], tmp_path: Path, capsys) -> tuple[Workspace, Corpus]:
    """Two saved subsets of the corpus "made", one of them exported with its recipe."""
    for name, size in (("small", "8"), ("large", "20")):
        assert main(["choose", "made", "--strategy", "micro", *BAND, "--size", size, "--save", name]) == 0
    assert (
        main(["choose", "made", "--strategy", "micro", *BAND, "--size", "8", "--out", str(tmp_path / "s.jsonl")]) == 0
    )
    capsys.readouterr()
    return made


def measured(capsys, *things: str) -> dict:
    capsys.readouterr()
    assert main(["measure", *things, *FEW, *BAND, "--json"]) == 0
    return orjson.loads(capsys.readouterr().out)["response"]


def test_a_saved_subset_is_measured_by_name_key_digest_or_recipe(saved, tmp_path: Path, capsys) -> None:
    workspace, corpus = saved
    subset = subset_named(workspace, "small")
    by_name = measured(capsys, "small")
    assert by_name["things"] == [{"name": "small", "rows": 8, "tokens": by_name["things"][0]["tokens"]}]
    for name in (subset.key, subset.digest[:8], str(tmp_path / "s.recipe.json")):
        assert measured(capsys, name)["metrics"] == by_name["metrics"]
    seen = CorpusView(workspace, corpus, FeatureSettings(low=2, high=60))
    rows = seen.pool_positions_of(np.sort(subset.ids))
    for name, reading in Measurer(seen, "response").measured(rows, ["mattr", "ie", "types"]).items():
        (told,) = (line for line in by_name["metrics"].values() if line["metric"] == name)
        assert told["values"][0]["value"] == pytest.approx(reading.value)


def test_bands_differences_and_knobs_are_those_of_the_page(saved, capsys) -> None:
    workspace, corpus = saved
    two = measured(capsys, "small", "large", "--bands", "--equal")
    for line in two["metrics"].values():
        assert len(line["values"]) == 2
        assert set(line["values"][0]["bands"]) == {"rows", "measured tokens"}
    kinds = {line["metric"]: line["difference"]["kind"] for line in two["metrics"].values()}
    assert kinds == {"mattr": "as measured", "ie": "at equal size", "types": "at equal size"}
    seen = CorpusView(workspace, corpus, FeatureSettings(low=2, high=60))
    (band,) = Measurer(seen, "response").band(["ie"], size=8).values()
    (line,) = (line for line in two["metrics"].values() if line["metric"] == "ie")
    assert line["values"][0]["bands"]["rows"] == pytest.approx(list(band.span))
    wide, narrow = (measured(capsys, "small", "--set", f"mattr.window={size}")["metrics"] for size in (10, 40))
    assert wide != narrow
    assert main(["measure", "small", "--set", "mattr.nonsense=1"]) == 1
    assert "has no knob" in capsys.readouterr().err


def test_a_corpus_is_measured_as_a_pool_and_against_another(saved, tmp_path: Path, capsys) -> None:
    rows = [{"instruction": f"q{n}", "output": f"river {n} walnut"} for n in range(30)]
    (tmp_path / "more.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    assert main(["load", str(tmp_path / "more.jsonl"), "--name", "more"]) == 0
    pool = measured(capsys, "made", "--pool", "category=poem")
    assert 0 < pool["things"][0]["rows"] < measured(capsys, "made")["things"][0]["rows"]
    assert main(["measure", "small", *FEW, "--against", "more"]) == 0
    assert main(["measure", "nonsense"]) == 1
    assert "neither a file, nor a saved subset, nor a corpus" in capsys.readouterr().err
    assert main(["measure", str(tmp_path / "more.jsonl"), "--bands"]) == 1
    assert main(["measure", "small", "--at-tokens", "50"]) == 1
    assert main(["measure", "small", str(tmp_path / "more.jsonl")]) == 1


def test_curves_print_the_points_of_every_strategy_and_the_random_band(saved, capsys) -> None:
    asked = ["curves", "made", *BAND, "--strategies", "source_balanced,length", "--size", "8", "--metric", "ie"]
    assert main([*asked, "--at", "0,100"]) == 0
    out = capsys.readouterr().out
    assert out.count("\nmicro ") == 2 and out.count("\nlength ") == 2 and "random subsets" in out
    assert main([*asked, "--axis", "size", "--at", "5,10"]) == 0
    sizes = [line.split()[2] for line in capsys.readouterr().out.splitlines() if line.startswith("micro ")]
    assert sizes == ["5", "10"]
    assert main([*asked, "--at", "low"]) == 1


def test_curves_over_sizes_take_minutes_and_give_what_choosing_for_as_many_minutes_gives(saved, capsys) -> None:
    _, corpus = saved
    compute_tokens(CorpusText(corpus, "instruction"))
    assert main(["profile", "mine", "--tokens-a-second", "3", "--epochs", "2", "--cutoff", "25"]) == 0
    asked = ["made", *BAND, "--strategy", "length", "--unit", "minutes"]
    capsys.readouterr()
    assert main(["curves", *asked, "--axis", "size", "--at", "1.5,3"]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines() if line.startswith("length ")]
    assert "minutes" in out.splitlines()[0] and [float(line[2]) for line in lines] == pytest.approx([1.5, 3])
    for line in lines:
        assert main(["choose", *asked, "--size", line[2], "--ids"]) == 0
        assert len(capsys.readouterr().out.split()) == int(line[3])
    assert main(["curves", *asked, "--axis", "size"]) == 0  # sizes that fit the pool, found in tokens
    assert "\nlength " in capsys.readouterr().out


def test_stability_says_how_far_other_seeds_agree(saved, capsys) -> None:
    assert main(["stability", "made", "--strategy", "random", "--size", "8", "--seeds", "3"]) == 0
    words = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("seeds")).split()
    workspace, corpus = saved
    recipe = Recipe(corpus=corpus.id, strategy="random", size=8)
    drawn = [set(build(workspace, replace(recipe, seed=seed)).ids.tolist()) for seed in range(3)]
    agreed = [len(a & b) / len(a | b) for a, b in ((drawn[0], drawn[1]), (drawn[0], drawn[2]), (drawn[1], drawn[2]))]
    assert float(words[1]) == pytest.approx(np.mean(agreed), rel=1e-3)


def test_a_threshold_is_recorded_with_its_reason_and_travels_with_the_recipe(saved, capsys) -> None:
    workspace, corpus = saved
    asked = ["threshold", "made", *BAND, "--size", "8", "--threshold", "high", "--why", "function words begin there"]
    assert main([*asked, "--who", "Ada"]) == 0
    assert "function words begin there" in capsys.readouterr().out
    (entry,) = passport.entries(workspace, corpus.id)
    assert (entry.name, entry.value, entry.who) == ("high", 60.0, "Ada")
    assert main(["choose", "made", *BAND, "--size", "9", "--save", "after"]) == 0
    (carried,) = subset_named(workspace, "after").recipe.thresholds
    assert carried["why"] == "function words begin there"


def test_rows_in_training_are_named_as_every_saved_subset_is(saved, capsys) -> None:
    workspace, _ = saved
    kept = set(subset_named(workspace, "small").ids.tolist())
    assert main(["choose", "made", "--strategy", "random", "--size", "10", "--given", "small", "--ids"]) == 0
    chosen = {int(word, 16) for word in capsys.readouterr().out.split()}
    assert len(chosen) == 10 and not chosen & kept


def test_a_second_save_of_the_same_rows_names_the_first(saved, capsys) -> None:
    workspace, _ = saved
    first = subset_named(workspace, "small")
    asked = ["choose", "made", "--strategy", "micro", *BAND, "--size", "8", "--save"]
    assert main([*asked, "small"]) == 0
    assert "It was saved before." in capsys.readouterr().out
    assert main([*asked, "renamed"]) == 0
    assert "It was saved before as small, and has the new name now." in capsys.readouterr().out
    assert subset_named(workspace, "renamed").key == first.key
    size = str(len(CorpusView(workspace, saved[1], FeatureSettings()).pool_rows))
    assert main(["choose", "made", "--strategy", "length", "--size", size, "--save", "all by length"]) == 0
    capsys.readouterr()
    assert main(["choose", "made", "--strategy", "random", "--size", size, "--save", "all by chance"]) == 0
    assert "It holds the same rows as all by length" in capsys.readouterr().out
