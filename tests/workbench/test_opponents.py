"""The default opponent: random rows of the same size, corpus and base model; and whose answers they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.endpoint.client import Endpoint
from core.errors import InputError
from core.evidence import ledger
from core.judging.judge import Judge
from core.judging.judgement import Pairing, judge_match
from core.workbench.build import build
from core.workbench.inspections import comparison
from core.workbench.inspections.evidence import load_evidence
from core.workbench.judging.authors import author_of, model_at, trained_models
from core.workbench.judging.judged_scores import log_judgement
from core.workbench.judging.opponents import default_opponent, opponent_note
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.endpoint.stand_in import endpoint
from tests.judging.stand_in_judge import answers_of, judging, prompts_of


@pytest.fixture
def subsets(tmp_path: Path) -> tuple[Workspace, dict[str, Subset]]:
    """Random draws of two sizes and a subset by length, of one corpus."""
    workspace, corpus = corpus_of(tmp_path / "home", records(80))
    recipes = {
        "length": Recipe(corpus=corpus.id, strategy="length", size=10),
        "random": Recipe(corpus=corpus.id, strategy="random", size=10),
        "random 2": Recipe(corpus=corpus.id, strategy="random", size=10, seed=2),
        "random 20": Recipe(corpus=corpus.id, strategy="random", size=20),
    }
    return workspace, {name: save(workspace, build(workspace, recipe), name=name) for name, recipe in recipes.items()}


def test_the_opponent_is_the_random_member_of_the_same_size_and_base(
    subsets: tuple[Workspace, dict[str, Subset]],
) -> None:
    workspace, saved = subsets
    prompts = prompts_of(workspace, 4)
    quality = [0.0] * 4

    def answers(name: str, subset: str, *, base: str = "llama", seed: int | None = 0):
        return answers_of(workspace, prompts, name, quality, subset=saved[subset].digest, base=base, seed=seed)

    mine = answers("mine", "length")
    assert default_opponent(workspace, mine) is None
    large = answers("large", "random 20")
    other_base = answers("other base", "random", base="qwen")
    assert default_opponent(workspace, mine) is None
    second = answers("second draw", "random 2")
    assert default_opponent(workspace, mine).key == second.key
    usual = answers("first draw", "random")
    assert default_opponent(workspace, mine).key == usual.key  # drawn with the lower seed
    other_seed = answers("mine, seed 3", "length", seed=3)
    same_seed = answers("second draw, seed 3", "random 2", seed=3)
    assert default_opponent(workspace, other_seed).key == same_seed.key  # trained with the same seed
    assert default_opponent(workspace, usual).key == second.key  # another draw for the random member itself
    fixed = answers_of(workspace, prompts, "gpt", quality)
    assert default_opponent(workspace, fixed) is None
    assert "8B model" in opponent_note(workspace, mine, fixed)
    assert "20 rows at random" in opponent_note(workspace, mine, large)
    assert opponent_note(workspace, mine, usual) == "50 means as good as random rows."
    assert other_base.author.base == "qwen"


def test_a_trained_models_record_says_whose_answers_they_are(subsets: tuple[Workspace, dict[str, Subset]]) -> None:
    workspace, saved = subsets
    folder = workspace.home / "trained" / "abc123"
    (folder / "model").mkdir(parents=True)
    facts = {
        "name": "tiny on length · seed 4",
        "subset": saved["length"].digest,
        "base": "/models/tiny",
        "base_model": {"name": "/models/tiny", "digest": "0123456789abcdef"},
        "seed": 4,
    }
    (folder / "manifest.json").write_text(json.dumps(facts))
    at = model_at(workspace, "abc123")
    assert (at.place, at.subset, at.seed) == (str(folder / "model"), saved["length"].digest, 4)
    assert at.base == "tiny (012345)" and at.proxy  # as the scores of its training say
    assert trained_models(workspace) == {"abc123": "tiny on length · seed 4 · length · seed 4"}
    assert model_at(workspace, str(folder / "model")).subset == at.subset
    assert model_at(workspace, "owner/model").place == "owner/model"
    assert author_of(workspace, "a", subset="random").subset == saved["random"].digest
    assert author_of(workspace, "a", subset="0123456789abcdef").subset == "0123456789abcdef"
    with pytest.raises(InputError, match="is not a saved subset"):
        author_of(workspace, "a", subset="unknown")


def test_scores_and_reruns_are_among_the_observations_of_compare(
    subsets: tuple[Workspace, dict[str, Subset]],
) -> None:
    workspace, saved = subsets
    comparison.measure(workspace, {"subsets": [subset.key for subset in saved.values()]})
    prompts = prompts_of(workspace, 12)
    mine = answers_of(
        workspace, prompts, "mine", [1.0] * 12, subset=saved["length"].digest, base="llama", seed=1, proxy=True
    )
    usual = answers_of(workspace, prompts, "usual", [0.0] * 12, subset=saved["random"].digest, base="llama", seed=1)
    pairing = Pairing(prompts=prompts, answers=mine, against=usual)
    judge = Judge(model="judge")
    for rerun, noise in ((1, 0.0), (2, 1.0)):
        with endpoint(judging(noise=noise)) as (url, _):
            made = judge_match(workspace, pairing, replace(judge, rerun=rerun), endpoint=Endpoint(url=url))
        log_judgement(workspace, made)
        log_judgement(workspace, made)  # a second time adds nothing
    scores = ledger.read(workspace).scores()
    assert (
        scores["proxy"].all()
        and len(scores) == len(scores["key"].unique())
        and {*scores["subset"]} == {saved["length"].digest}
    )
    seen = load_evidence(workspace).frame
    wins = seen[seen["measure"] == "win score"]
    assert len(wins) == 2 and {*wins["judge"]} == {"judge"} and {*wins["baseline"]} == {"usual"}
    assert {*wins["name"]} == {"length"} and {*wins["seed"]} == {1} and wins["score"].max() == 100
