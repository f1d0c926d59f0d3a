"""`tags`, `cluster`, `keywords`, `conflicts` and `difficulty` by the command line: what pages then find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.corpus.store import Corpus, open_corpus
from core.features.tags.tagging import tags_key
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_with_every_feature
from tests.endpoint.stand_in import endpoint, ok, without_own_keys


def has_tags(workspace: Workspace, corpus: Corpus, **chosen: object) -> bool:
    """Whether the tags that the Tags page would read with these settings are there."""
    choice = FeatureSettings(**chosen)  # type: ignore[arg-type]
    return workspace.has("features", tags_key(corpus.id, choice.component, choice.tagging))


@pytest.mark.usefixtures("carried_embedder")
def test_every_setting_of_keyphrases_and_of_merging_is_an_option(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    asked = ["tags", "made", "--per-row", "3", "--longest", "2", "--spread", "0.6", "--min-rows", "1", "--eps", "0.2"]
    asked += ["--support", "5", "--confidence", "0.8", "--synonyms", "hdbscan", "--tagger", "keyphrases"]
    assert main(asked) == 0
    chosen: dict[str, object] = {
        "tagger": "keyphrases",
        "tags_per_row": 3,
        "tag_longest": 2,
        "tag_spread": 0.6,
        "tag_min_rows": 1,
        "tag_eps": 0.2,
    }
    chosen |= {"tag_support": 5, "tag_confidence": 0.8, "tag_synonyms": "hdbscan"}
    assert has_tags(workspace, corpus, **chosen)
    for name in chosen:
        assert not has_tags(workspace, corpus, **{other: value for other, value in chosen.items() if other != name})
    view = CorpusView(workspace, corpus, FeatureSettings(**chosen)).whole  # type: ignore[arg-type]
    assert max(len(name.split()) for name in map(str, view.tags.names)) <= 2
    assert view.tags.matrix.getnnz(axis=1).max() <= 3


@pytest.mark.usefixtures("carried_embedder")
def test_a_checking_model_can_be_at_an_endpoint_of_its_own(made: tuple[Workspace, Corpus], capsys) -> None:
    workspace, corpus = made
    agreed = lambda number, body: ok(content="[]")  # noqa: E731  # no tag is confirmed
    with endpoint() as (url, seen), endpoint(agreed) as (check_url, checks):
        asked = ["tags", "made", "--url", url, "--model", "tagger", "--check-url", check_url, "--check-model", "judge"]
        assert main([*asked, "--min-rows", "1"]) == 0
    assert {body["model"] for body in seen.bodies} == {"tagger"}
    assert {body["model"] for body in checks.bodies} == {"judge"}
    assert has_tags(workspace, corpus, tagger="endpoint", tag_model="tagger", tag_check_model="judge", tag_min_rows=1)


@pytest.mark.usefixtures("carried_embedder")
def test_clusters_of_other_settings_and_the_words_that_name_them(workspace: Workspace, capsys) -> None:
    _, corpus, _ = corpus_with_every_feature(workspace.home, count=60)
    assert main(["cluster", "made", "--embedder", "own:drawn", "--partition", "column", "--column", "category"]) == 0
    assert main(["keywords", "made", "--embedder", "own:drawn", "--partition", "column", "--column", "category"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    sizes = {line[0]: int(line[1]) for line in lines if line and line[0] in ("poem", "note", "list")}
    categories, counts = np.unique(np.asarray(corpus.column("category"), dtype=str), return_counts=True)
    assert sizes == dict(zip(categories.tolist(), counts.tolist(), strict=True))
    assert all(len(line) > 2 for line in lines if line and line[0] in sizes)
    assert main(["keywords", "made", "--embedder", "own:drawn", "--partition", "kmeans"]) == 1  # none made yet


def test_a_model_names_clusters_whose_names_become_a_column_that_can_be_taken_back(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_own_keys(monkeypatch)
    _, corpus, _ = corpus_with_every_feature(workspace.home, count=60)
    of = ["--embedder", "own:drawn", "--partition", "column", "--column", "category"]
    column = "clusters of the response, edited"
    assert main(["cluster", "made", *of]) == 0
    with endpoint(lambda number, body: ok(content=f"Topic {number}")) as (url, seen):
        asked = ["name-clusters", "made", *of, "--url", url, "--model", "m"]
        assert main([*asked, "--cost"]) == 0
        assert "3 clusters to ask about, 0 names there already; about" in capsys.readouterr().out
        assert main(asked) == 1  # nobody is there to agree to the cost
        assert seen.bodies == []
        assert main([*asked, "--only", "1", "--yes"]) == 0
        assert len(seen.bodies) == 1
        named = open_corpus(workspace, corpus.id).column(column)
        categories = np.asarray(corpus.column("category"))
        assert len(set(named.tolist()) & set(categories.tolist())) == 2
        assert (named == "Topic 0").sum() == (named != categories).sum() > 0
        capsys.readouterr()
        assert main([*asked, "--yes"]) == 0
        assert len(seen.bodies) == 3
        said = capsys.readouterr().out
    assert "2 clusters to ask about, 1 name there already" in said and f"--restore “{column}”" in said
    renamed = open_corpus(workspace, corpus.id).column(column)
    assert set(renamed.tolist()) == {"Topic 0", "Topic 1", "Topic 2"}
    assert main(["columns", "made", "--restore", column]) == 0
    assert open_corpus(workspace, corpus.id).column(column).tolist() == named.tolist()


@pytest.mark.usefixtures("carried_embedder", "no_worker")
def test_conflicts_by_command_stand_on_the_clusters_page(workspace: Workspace, tmp_path: Path, capsys) -> None:
    _, corpus, choice = corpus_with_every_feature(workspace.home, count=60)
    csv = tmp_path / "pairs.csv"
    asked = ["conflicts", "made", "--column", "category", "--ceiling", "0.5", "--embedder", "own:drawn"]
    assert main([*asked, "--csv", str(csv)]) == 0
    total = int(capsys.readouterr().out.split()[0])
    vectors = np.asarray(CorpusView(workspace, corpus, choice).whole.embeddings, dtype=np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    category = np.asarray(corpus.column("category"), dtype=str)
    cosine = np.where(category[:, None] == category[None], -2.0, vectors @ vectors.T)
    near = {tuple(sorted((row, int(cosine[row].argmax())))) for row in range(len(corpus)) if cosine[row].max() >= 0.5}
    assert total == len(near) > 0
    assert len(csv.read_text(encoding="utf-8-sig").splitlines()) == 1 + total
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "clusters.py"), default_timeout=60)
    page.session_state["ds.choice"] = FeatureSettings(
        embedder="own:drawn", partition="column", cluster_column="category"
    )
    page.run()
    page.slider(key="conflicts.ceiling").set_value(0.5).run()
    assert not page.exception and not page.error
    assert any("second_category" in frame.value and len(frame.value) == total for frame in page.dataframe)


def test_merges_are_listed_undone_and_renamed_each_change_a_version(workspace: Workspace, capsys) -> None:
    _, corpus, choice = corpus_with_every_feature(workspace.home, count=60)
    own = ["--tagger", "own", "--model", "hand", "--min-rows", "10", "--support", "0", "--synonyms", "none"]
    assert main(["tags", "made", *own]) == 0
    capsys.readouterr()
    assert main(["merges", "made", *own]) == 0
    listed = capsys.readouterr().out
    dropped = next(line.split()[0] for line in listed.splitlines()[2:])
    assert main(["merges", "made", *own, "--undo", dropped, "--rename", "short", "brief"]) == 0
    version = capsys.readouterr().out.split("tag_edits=")[1].split()[0]
    changed = choice.with_(tag_min_rows=10, tag_edits=version)
    names = {str(name) for name in CorpusView(workspace, corpus, changed).whole.tags.names}
    before = {str(name) for name in CorpusView(workspace, corpus, choice.with_(tag_min_rows=10)).whole.tags.names}
    assert names == before - {"short"} | {"brief", dropped}
    assert main(["merges", "made", *own, "--edits", version]) == 0
    assert "renamed short → brief" in capsys.readouterr().out
    asked = ["choose", "made", "--strategy", "meso", "--size", "5", *(f"--feature={name}={value}" for name, value in {
        "tagger": "own", "tag_model": "hand", "tag_min_rows": 10, "tag_support": 0, "tag_synonyms": "none",
        "tag_edits": version}.items())]  # fmt: skip
    assert main(asked) == 0
    assert main(["merges", "made", *own, "--undo", "nonsense"]) == 1
    assert main(["merges", "made", "--tagger", "keyphrases"]) == 1


def test_difficulty_reads_as_many_layers_as_are_asked_for(
    made: tuple[Workspace, Corpus], models: dict[str, str]
) -> None:
    workspace, corpus = made
    asked = ["difficulty", "made", "--column", "category", "--model", models["first"], "--runs", "1", "--epochs", "1"]
    for layers in ("1", "3"):
        assert main([*asked, "--layers", layers]) == 0
    corpus = open_corpus(workspace, corpus.id)
    one, three = (np.asarray(corpus.column(name)) for name in ("el2n@category", "el2n@category (2)"))
    assert not np.array_equal(one, three)


def test_daar_takes_its_domains_from_examples_in_another_corpus(workspace: Workspace, tmp_path: Path, capsys) -> None:
    corpus_with_every_feature(workspace.home, count=60)
    examples = [{"instruction": f"Example {n}", "output": f"answer {n}", "kind": "ab"[n % 2]} for n in range(6)]
    (tmp_path / "examples.jsonl").write_bytes(b"\n".join(map(orjson.dumps, examples)))
    np.save(tmp_path / "drawn.npy", np.random.default_rng(3).standard_normal((6, 16)).astype(np.float32))
    assert main(["load", str(tmp_path / "examples.jsonl"), "--name", "examples", "--holdout", "0"]) == 0
    assert main(["vectors", "examples", str(tmp_path / "drawn.npy"), "--name", "drawn"]) == 0
    asked = ["choose", "made", "--strategy", "daar", "--feature", "embedder=own:drawn", "--size", "7", "--ids"]
    capsys.readouterr()
    assert main([*asked, "--set", "domains=examples", "--set", "column=kind", "--target", "examples"]) == 0
    toward = capsys.readouterr().out.split()
    assert len(toward) == 7
    assert main(asked) == 0
    assert capsys.readouterr().out.split() != toward
    assert main([*asked, "--set", "domains=examples", "--set", "column=kind"]) == 1
    assert "examples" in capsys.readouterr().err
