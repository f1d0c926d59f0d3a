"""What an older version of a corpus has is listed for the newer one, and computed there on demand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.curation.append import append_files
from core.features.clusters import Clustering, compute_clusters, load_clusters
from core.features.embedders import INSTANT
from core.features.languages.columns import compute_languages, language_columns
from core.features.tokens import compute_tokens, load_tokens
from core.progress import silent
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.renewals import renew, renewals
from core.workbench.saving import save
from core.workbench.subsets import list_subsets
from core.workbench.tasks.scoring import score
from core.workspace.artefacts import Workspace
from tests.corpora import records
from tests.tiny_models import small_carried_model, tiny_model

ROWS = records(160)


def test_features_of_an_older_version_are_listed_and_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_carried_model(tmp_path, monkeypatch)
    workspace = Workspace(tmp_path / "home")
    first = ingest(workspace, [from_bytes("a.jsonl", b"\n".join(map(orjson.dumps, ROWS[:120])))], name="grown")
    text = CorpusText(first, "response")
    compute_tokens(text)
    compute_languages(first)
    clustering = Clustering(embedder=INSTANT, partition="kmeans", groups=4)
    compute_clusters(text, clustering)
    corpus = append_files(first, [from_bytes("b.jsonl", b"\n".join(map(orjson.dumps, ROWS[120:])))]).corpus
    assert renewals(first) == []
    lines = {line.feature: line for line in renewals(corpus)}
    assert list(lines) == ["tokens", "languages", "embeddings", "clusters"]
    assert {feature: line.anew for feature, line in lines.items()} == {
        "tokens": False, "languages": False, "embeddings": False, "clusters": True,
    }  # fmt: skip
    assert {line.version for line in lines.values()} == {first.id}
    assert lines["clusters"].title == "Clusters and map of the response (kmeans, instant (preview))"
    assert load_clusters(CorpusText(corpus, "response"), clustering) is None
    renew(corpus)
    assert renewals(corpus) == []
    assert load_tokens(CorpusText(corpus, "response")) is not None and language_columns(corpus)
    made = load_clusters(CorpusText(corpus, "response"), clustering)
    assert made is not None and len(made.labels) == len(corpus)


def test_scores_by_a_model_are_renewed_for_new_rows_while_the_model_is_here(tmp_path: Path) -> None:
    workspace, model = Workspace(tmp_path / "home"), tiny_model(tmp_path / "model")
    first = ingest(
        workspace, [from_bytes("a.jsonl", b"\n".join(map(orjson.dumps, ROWS[:20])))], name="grown", holdout=0
    )
    (column,) = score(workspace, {"corpus": first.id, "model": model, "what": ["ifd"]}, silent)["columns"].values()
    before = dict(zip(first.ids.tolist(), first.column(column).tolist()))
    corpus = append_files(first, [from_bytes("b.jsonl", b"\n".join(map(orjson.dumps, ROWS[20:30])))]).corpus
    assert np.isnan(corpus.column(column)).sum() == 10
    (line,) = [line for line in renewals(corpus) if line.feature == "scores"]
    assert (line.title, line.anew, line.version) == (f"ifd by {model}", False, first.id)
    renew(corpus)
    values = corpus.column(column)
    assert not renewals(corpus) and np.isfinite(values).all()
    assert [values[place] for place, row in enumerate(corpus.ids.tolist()) if row in before] == pytest.approx(
        [before[row] for row in corpus.ids.tolist() if row in before]
    )
    grown = append_files(corpus, [from_bytes("c.jsonl", b"\n".join(map(orjson.dumps, ROWS[30:40])))]).corpus
    tiny_model(tmp_path / "model", seed=1)  # other weights under the same name
    (line,) = [line for line in renewals(grown) if line.feature == "scores"]
    assert not line.task
    assert np.isnan(grown.column(column)).sum() == 10


def test_subsets_of_an_older_version_are_subsets_of_the_newer_and_can_be_in_training_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    first = ingest(workspace, [from_bytes("a.jsonl", b"\n".join(map(orjson.dumps, ROWS[:120])))], name="grown")
    choice = FeatureSettings()
    recipe = Recipe(corpus=first.id, choice=choice.as_dict(), strategy="random", size=25)
    saved = save(workspace, build(workspace, recipe), name="in training")
    corpus = append_files(first, [from_bytes("b.jsonl", b"\n".join(map(orjson.dumps, ROWS[120:])))]).corpus
    assert [subset.key for subset in list_subsets(workspace, corpus.id)] == [saved.key]
    further = build(
        workspace, Recipe(corpus=corpus.id, choice=choice.as_dict(), strategy="random", size=40, given=saved.key)
    )
    assert len(further.ids) == 40 and not np.isin(further.ids, saved.ids).any()
    assert save(workspace, further, name="further").key not in {s.key for s in list_subsets(workspace, first.id)}
    again = build(workspace, saved.recipe)  # the older version stays as it is
    assert again.warnings == () and np.array_equal(np.sort(again.ids), np.sort(saved.ids))
    pool = CorpusView(workspace, corpus, choice).pool
    assert len(pool) > 120
