"""The Clusters page, run as Streamlit runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.clusters import Clustering, compute_clusters
from core.features.embedders import CARRIED
from core.features.keywords import compute_keywords
from core.features.projection import layout_key, load_layout
from core.jobs import job_names, queue
from core.workspace.artefacts import Workspace
from pages.parts.frame.corpus_map import MapContents, map_table
from pages.parts.frame.figures import csv
from pages.parts.frame.session_keys import CLUSTER
from tests.corpora import store_embeddings

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x] pumpernickel"
SETTINGS = Clustering(embedder=CARRIED)


pytestmark = pytest.mark.usefixtures("no_worker", "carried_embedder")


@pytest.fixture
def rows(workspace: Workspace, blobs: tuple[np.ndarray, np.ndarray]) -> Corpus:
    """As many rows as there are vectors, one of them hostile."""
    records = [
        {"instruction": f"Question {row}", "output": HOSTILE if row == 5 else f"Answer about thing {row}"}
        for row in range(len(blobs[0]))
    ]
    data = b"\n".join(json.dumps(record).encode() for record in records)
    return ingest(workspace, [from_bytes("rows.jsonl", data)], name=HOSTILE)


@pytest.fixture
def embedded(workspace: Workspace, rows: Corpus, blobs: tuple[np.ndarray, np.ndarray]) -> Corpus:
    store_embeddings(workspace, rows.id, blobs[0])
    return rows


@pytest.fixture
def projected(workspace: Workspace, embedded: Corpus, blobs: tuple[np.ndarray, np.ndarray]) -> Corpus:
    """With a layout in 5 and in 2 dimensions, so that no UMAP is fitted here."""
    for dimensions in (5, 2):
        key = layout_key(embedded.id, "response", SETTINGS, dimensions=dimensions)
        with workspace.create("features", key, {"feature": "layout", "method": "umap", "note": ""}) as folder:
            np.save(folder / "coordinates.npy", blobs[0][:, :dimensions])
    return embedded


@pytest.fixture
def clustered(workspace: Workspace, projected: Corpus) -> Corpus:
    clusters = compute_clusters(CorpusText(projected, "response"), SETTINGS)
    compute_keywords(CorpusText(projected, "response"), clusters)
    return projected


def run(**session: Any) -> AppTest:
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "clusters.py"), default_timeout=60)
    for name, value in session.items():
        page.session_state[name] = value
    return page.run()


def said(page: AppTest) -> str:
    kinds = (page.text, page.caption, page.markdown, page.info, page.warning, page.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def fine(page: AppTest) -> AppTest:
    assert not page.exception
    assert not page.error, [error.value for error in page.error]
    return page


def test_without_embeddings_the_page_invites_and_says_which_embedder_and_why(rows: Corpus) -> None:
    page = fine(run())
    assert page.button(key="clusters.start").label == "Embed and cluster"
    assert "because this is a test" in said(page).replace("\\", "")


def test_the_button_starts_one_job_that_names_its_embedder(workspace: Workspace, rows: Corpus) -> None:
    page = fine(fine(run()).button(key="clusters.start").click().run())
    jobs = queue.jobs(workspace)
    assert [job.task for job in jobs] == [job_names.CLUSTER]
    assert jobs[0].request["embedder"] == CARRIED
    assert jobs[0].request["min_cluster_size"] == 20
    assert page.button(key="clusters.job.cancel").label == "Cancel"


def test_cancelled_work_can_be_resumed(workspace: Workspace, rows: Corpus) -> None:
    fine(run()).button(key="clusters.start").click().run()
    queue.cancel(workspace, queue.jobs(workspace)[0].id)
    page = fine(run())
    page.button(key="clusters.job.resume").click().run()
    assert sorted(job.state for job in queue.jobs(workspace)) == ["cancelled", "queued"]


def test_embeddings_alone_show_their_pca_at_once(embedded: Corpus) -> None:
    page = fine(run())
    assert page.button(key="clusters.start").label == "Project and cluster"
    assert "PCA of 360 rows" in said(page)


def test_clusters_noise_and_what_becomes_of_it_are_stated(workspace: Workspace, clustered: Corpus) -> None:
    clusters = compute_clusters(CorpusText(clustered, "response"), SETTINGS)
    assert clusters.noise_rows > 0
    page = fine(run())
    assert f"{len(clusters.sizes)} clusters" in said(page)
    assert f"{clusters.noise_rows} rows of noise ({100 * clusters.noise_share:.1f} %)" in said(page)
    assert "left out" in said(page)
    assert "UMAP of 360 rows" in said(page)
    table = page.dataframe[0].value
    assert table["Rows"].tolist() == clusters.sizes.tolist()
    page.selectbox(key="clusters.noise.outside").select("own").run()
    assert "one more cluster" in said(fine(page))
    assert page.query_params["noise"] == "own"


def test_another_least_size_clusters_again_without_a_button(workspace: Workspace, clustered: Corpus) -> None:
    page = fine(run())
    slider = next(element for element in page.select_slider if element.key.startswith("clusters.least."))
    slider.set_value(50).run()
    fine(page)
    assert [job.request["min_cluster_size"] for job in queue.jobs(workspace)] == [50]
    assert page.query_params["min_cluster_size"] == "50"


def test_the_same_choice_is_read_back_from_the_session(workspace: Workspace, clustered: Corpus) -> None:
    from core.workbench.feature_settings import FeatureSettings

    compute_clusters(CorpusText(clustered, "response"), Clustering(embedder=CARRIED, min_cluster_size=30))
    page = fine(run(**{"ds.choice": FeatureSettings(min_cluster_size=30, noise="nearest")}))
    assert page.selectbox(key="clusters.noise.nearest").value == "nearest"
    assert any(element.key.startswith("clusters.least.30.") for element in page.select_slider)


def test_rows_of_a_cluster_are_read_as_plain_text(workspace: Workspace, clustered: Corpus) -> None:
    clusters = compute_clusters(CorpusText(clustered, "response"), SETTINGS)
    position = clustered.text("response").index(HOSTILE)
    page = fine(run(**{CLUSTER.name: (clusters.key, max(0, int(clusters.labels[position])))}))
    assert "rows picked" in said(page)
    (picked,) = [frame.value for frame in page.dataframe if "Text" in frame.value]
    ids, texts = clustered.ids.tolist(), clustered.text("response")
    known = {show_id(row_id): text[:240] for row_id, text in zip(ids, texts, strict=True)}
    assert [known[row_id] for row_id in picked["Id"]] == picked["Text"].tolist()
    assert len(page.code) >= 1  # the card shows texts as code, which is read as nothing else
    for element in [*page.markdown, *page.caption]:
        assert "<img" not in element.value
        assert ":red[x]" not in element.value


def test_a_picked_cluster_is_dropped_when_the_rows_are_clustered_again(workspace: Workspace, clustered: Corpus) -> None:
    first = compute_clusters(CorpusText(clustered, "response"), SETTINGS)
    compute_clusters(CorpusText(clustered, "response"), replace(SETTINGS, min_cluster_size=50))
    page = fine(run(**{CLUSTER.name: (first.key, 0)}))
    assert f"**{first.sizes[0]}** rows picked" in said(page)

    def least(size: int) -> AppTest:
        slider = next(element for element in page.select_slider if element.key.startswith("clusters.least."))
        return fine(slider.set_value(size).run())

    assert "rows picked" not in said(least(50))
    assert f"**{first.sizes[0]}** rows picked" in said(least(SETTINGS.min_cluster_size))


def test_the_map_s_csv_names_rows_as_every_page_does(workspace: Workspace, clustered: Corpus) -> None:
    layout = load_layout(CorpusText(clustered, "response"), SETTINGS, dimensions=2)
    assert layout is not None
    table = map_table(clustered.ids, MapContents(layout=layout, embedder="", colours={}))
    lines = csv(table).decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["row", *map(show_id, clustered.ids.tolist())]


@pytest.mark.parametrize("colour", ["Source", "Length", "Cluster"])
def test_the_map_can_be_coloured_by(clustered: Corpus, colour: str) -> None:
    page = fine(run())
    page.selectbox(key="clusters.colour.True").select(colour).run()
    fine(page)


def test_a_map_that_is_all_noise_says_what_to_do(workspace: Workspace, projected: Corpus) -> None:
    from core.workbench.feature_settings import FeatureSettings

    compute_clusters(CorpusText(projected, "response"), Clustering(embedder=CARRIED, min_cluster_size=150))
    page = fine(run(**{"ds.choice": FeatureSettings(min_cluster_size=150)}))
    assert "Lower min" in said(page)


def test_an_embedder_that_cannot_be_is_refused_with_a_message(rows: Corpus) -> None:
    page = run(**{f"clusters.embedder.{CARRIED}": "./nowhere"})
    assert not page.exception
    assert any("no folder" in error.value.replace("\\", "") for error in page.error)
