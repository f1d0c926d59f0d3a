"""The Clusters page, run as Streamlit runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.named_selections import keep_rows, kept_names, kept_rows
from core.corpus.pool import PoolSpec, select
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features import projection
from core.features.clusters import Clustering, compute_clusters
from core.features.embedders import CARRIED, INSTANT
from core.features.keywords import compute_keywords
from core.features.projection import LANDMARKS, Layout, compute_layout, layout_key, load_layout
from core.jobs import job_names, queue
from core.row_positions import CorpusRows
from core.workbench.feature_settings import FeatureSettings
from core.workbench.row_selection import RowSelection
from core.workspace.artefacts import Workspace
from pages.parts.clusters.summary import how_made
from pages.parts.frame.corpus_map import MapContents, map_table
from pages.parts.frame.figures import csv
from pages.parts.frame.session_keys import CHOICE, NAMING, NAMING_MODEL, NAMING_URL, SELECTION
from tests.corpora import store_embeddings
from tests.endpoint.stand_in import endpoint, ok, without_own_keys
from tests.jobs.in_process import do_queued
from tests.pages.frame.addresses import carried, opened, put, shown_again
from tests.pages.reading import read_texts

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
    kinds = (page.text, page.caption, page.markdown, page.success, page.info, page.warning, page.error)
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


def test_openvino_is_offered_where_it_is_installed_and_named_in_the_job(
    workspace: Workspace, rows: Corpus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DIVERSCOPE_BACKEND", raising=False)
    with monkeypatch.context() as absent:
        absent.setitem(sys.modules, "openvino", None)
        without = carried(fine(run()))["backend"]
        assert without.disabled and "requirements-openvino.txt" in without.help
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    (tmp_path / "openvino").mkdir()
    (tmp_path / "openvino" / "__init__.py").touch()  # a package of that name, of which nothing is run
    monkeypatch.syspath_prepend(str(tmp_path))
    page = fine(put(fine(run()), "backend", "openvino"))
    assert page.query_params["backend"] == "openvino"
    page = opened("clusters", {"corpus": rows.id, "backend": "openvino"})
    assert carried(page)["backend"].value == "openvino"
    page = fine(page.button(key="clusters.embed").click().run())
    (job,) = queue.jobs(workspace)
    assert (job.task, job.request["backend"]) == (job_names.EMBED, "openvino")
    assert page.button(key="clusters.embedding.cancel").label == "Cancel"


def test_the_instant_map_is_one_press(workspace: Workspace, rows: Corpus) -> None:
    page = fine(fine(run()).button(key="clusters.instant").click().run())
    (job,) = queue.jobs(workspace)
    assert (job.task, job.request["embedder"], job.request["landmarks"]) == (job_names.CLUSTER, "instant", 8_192)
    assert page.button(key="clusters.job.cancel").label == "Cancel"
    assert "instant (preview)" in said(page)


def test_a_preview_names_itself_says_how_far_it_agrees_and_gives_way_to_the_full_map(
    workspace: Workspace, clustered: Corpus, blobs: tuple[np.ndarray, np.ndarray]
) -> None:
    text, quick = CorpusText(clustered, "response"), Clustering(embedder=INSTANT, landmarks=200)
    manifest = {"feature": "embeddings", "distinct_texts": len(clustered), "embedder": {"name": INSTANT}}
    with workspace.create("features", quick.embeddings_key(clustered.id, "response"), manifest) as folder:
        np.save(folder / "embeddings.npy", np.ascontiguousarray(blobs[0][:, :20]))
    compute_keywords(text, compute_clusters(text, quick))
    compute_layout(text, quick, dimensions=2)
    selected = RowSelection(clustered.id, CorpusRows(np.array([3, 7, 11], dtype=np.int64)), "by a test")
    choice = FeatureSettings(embedder=INSTANT, landmarks=200)
    page = fine(run(**{CHOICE.name: choice, SELECTION.name: selected}))
    told = said(page)
    assert "**Preview**" in told
    assert any("A sample of 200 rows is laid out" in (line.help or "") for line in page.markdown)
    assert "ten nearest rows are the same" in told and "Trustworthiness of the maps" in told
    page = fine(page.button(key="clusters.full.show").click().run())
    assert "taken the preview" in said(page) and "**Preview**" not in said(page)
    assert page.session_state[SELECTION.name].rows.tolist() == [3, 7, 11]


def test_a_session_that_chose_nothing_looks_at_the_instant_map_where_it_is_the_only_one(
    workspace: Workspace, rows: Corpus, blobs: tuple[np.ndarray, np.ndarray]
) -> None:
    text, quick = CorpusText(rows, "response"), Clustering(embedder=INSTANT, landmarks=LANDMARKS)
    manifest = {"feature": "embeddings", "distinct_texts": len(rows), "embedder": {"name": INSTANT}}
    with workspace.create("features", quick.embeddings_key(rows.id, "response"), manifest) as folder:
        np.save(folder / "embeddings.npy", np.ascontiguousarray(blobs[0][:, :20]))
    compute_keywords(text, compute_clusters(text, quick))
    compute_layout(text, quick, dimensions=2)
    page = fine(run())
    assert page.session_state[CHOICE.name].embedder == INSTANT and "**Preview**" in said(page)
    compute_clusters(text, SETTINGS)
    assert fine(run()).session_state[CHOICE.name].embedder == ""


def test_the_full_map_asked_for_replaces_the_preview_by_itself(
    workspace: Workspace, clustered: Corpus, blobs: tuple[np.ndarray, np.ndarray]
) -> None:
    text, quick = CorpusText(clustered, "response"), Clustering(embedder=CARRIED, landmarks=200)
    compute_keywords(text, compute_clusters(text, quick))
    compute_layout(text, quick, dimensions=2)
    flat = workspace.folder("features", layout_key(clustered.id, "response", SETTINGS, dimensions=2))
    flat.rename(flat.with_name("away"))
    page = fine(run(**{CHOICE.name: FeatureSettings(landmarks=200)}))
    page = fine(page.button(key="clusters.full").click().run())
    assert [job.request.get("landmarks") for job in queue.jobs(workspace) if job.task == job_names.CLUSTER] == [None]
    assert "**Preview**" in said(page) and page.button(key="clusters.full.job.cancel").label == "Cancel"
    flat.with_name("away").rename(flat)
    page = fine(page.run())
    assert "taken the preview" in said(page) and "**Preview**" not in said(page)


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


def test_landmarks_are_advised_from_a_size_on_and_not_where_they_are_chosen(
    embedded: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Landmarks" not in said(fine(run()))
    monkeypatch.setattr(projection, "WHOLE_UP_TO", len(embedded) - 1)
    assert "More than 359 rows take long to lay out" in said(fine(run()))
    assert "take long to lay out" not in said(fine(run(**{CHOICE.name: FeatureSettings(landmarks=300)})))


def test_the_map_shows_the_clusters_once_they_are_there_and_a_colour_that_was_chosen_stays(
    workspace: Workspace, projected: Corpus
) -> None:
    page = fine(run())
    colour = carried(page)["map-colour"]
    assert colour.value == "Source"
    clusters = compute_clusters(CorpusText(projected, "response"), SETTINGS)
    compute_keywords(CorpusText(projected, "response"), clusters)
    page = fine(page.run())
    assert carried(page)["map-colour"].value == "Cluster"
    put(page, "map-colour", "Length")
    assert carried(fine(page.run()))["map-colour"].value == "Length"


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


def selected(corpus: Corpus, rows: np.ndarray | list[int], said: str = "by a test") -> dict[str, Any]:
    """The session in which ``rows`` of ``corpus`` are selected."""
    return {SELECTION.name: RowSelection(corpus.id, CorpusRows(np.asarray(rows, dtype=np.int64)), said)}


def test_rows_of_a_selection_are_read_as_plain_text(workspace: Workspace, clustered: Corpus) -> None:
    position = clustered.text("response").index(HOSTILE)
    page = fine(run(**selected(clustered, [position, (position + 1) % len(clustered)], HOSTILE)))
    assert "2 rows selected" in said(page)
    (picked,) = [frame.value for frame in page.dataframe if "Text" in frame.value]
    ids, texts = clustered.ids.tolist(), clustered.text("response")
    known = {show_id(row_id): text[:240] for row_id, text in zip(ids, texts, strict=True)}
    assert [known[row_id] for row_id in picked["Id"]] == picked["Text"].tolist()
    assert read_texts(page)  # which its component makes into text nodes
    for element in [*page.markdown, *page.caption]:
        shown = element.value.replace("\\<", "").replace("\\:", "")  # escaped: Markdown shows the character
        assert "<img" not in shown
        assert ":red" not in shown


def test_the_table_of_clusters_stays_and_counts_what_is_selected(workspace: Workspace, clustered: Corpus) -> None:
    clusters = compute_clusters(CorpusText(clustered, "response"), SETTINGS)
    rows = np.flatnonzero(clusters.labels == 1)[:7]
    page = fine(run(**selected(clustered, rows)))
    table = page.dataframe[0].value
    assert table["Selected"].tolist() == [7 if number == 1 else 0 for number in range(len(clusters.sizes))]
    assert "Selected" not in fine(run()).dataframe[0].value


def test_a_selection_of_another_corpus_is_not_this_one_s(workspace: Workspace, clustered: Corpus) -> None:
    other = RowSelection("another", CorpusRows(np.array([0, 1])), "by a test")
    page = fine(run(**{SELECTION.name: other}))
    assert "selected" not in said(page)


def test_a_selection_is_the_pool_and_the_pool_is_whole_again_when_it_is_undone(clustered: Corpus) -> None:
    free = np.flatnonzero(~clustered.holdout)[:30]
    page = fine(run(**selected(clustered, free)))
    page.button(key="clusters-to-pool").click().run()
    assert "The pool is the selection" in said(fine(page))
    spec = PoolSpec.of(page.session_state["ds.pool"])
    assert select(clustered, spec).tolist() == free.tolist()
    assert kept_names(clustered.columns) == ["1"]
    page.button(key="clusters-undo").click().run()
    assert page.session_state["ds.pool"] == {}
    assert kept_names(clustered.columns) == []
    page.button(key="clusters-redo").click().run()
    assert select(clustered, PoolSpec.of(page.session_state["ds.pool"])).tolist() == free.tolist()


def test_an_excluded_selection_is_left_out_of_the_pool(clustered: Corpus) -> None:
    page = fine(run(**selected(clustered, np.arange(30))))
    page.button(key="clusters-exclude").click().run()
    kept = set(select(clustered, PoolSpec.of(page.session_state["ds.pool"])).tolist())
    assert kept == set(np.flatnonzero(~clustered.holdout).tolist()) - set(range(30))


def test_pins_and_quotas_of_a_selection_are_rules_of_every_subset(clustered: Corpus) -> None:
    page = fine(run(**selected(clustered, [3, 4])))
    page.button(key="clusters-pin").click().run()
    assert page.session_state["ds.pinned"] == [show_id(row_id) for row_id in clustered.ids[[3, 4]].tolist()]
    page.number_input(key="clusters-quota-least").set_value(1)
    page.run()
    page.button(key="clusters-quota").click().run()
    quotas = page.session_state[f"ds.quotas.{clustered.id}"]
    assert quotas == {"selection: 1": {"column": "selection: 1", "minimum": {"in": 1}, "maximum": {}}}
    page.button(key="clusters-undo").click().run()
    page.button(key="clusters-undo").click().run()
    assert page.session_state["ds.pinned"] == []
    assert page.session_state[f"ds.quotas.{clustered.id}"] == {}


def test_rows_are_added_to_a_named_selection_which_is_a_column_and_a_colour(clustered: Corpus) -> None:
    page = fine(run(**selected(clustered, [3, 4])))
    page.button(key="clusters-keep").click().run()
    assert kept_rows(clustered, "1").nonzero()[0].tolist() == [3, 4]
    page.button(key="clusters-undo").click().run()
    assert kept_names(clustered.columns) == []
    keep_rows(clustered, HOSTILE, np.arange(len(clustered)) == 3)
    page = fine(run(**selected(clustered, [4])))
    page.button(key="clusters-keep").click().run()
    fine(page)
    assert kept_rows(clustered, HOSTILE).nonzero()[0].tolist() == [3, 4]
    put(put(page, "map-colour", "column"), "map-column", f"selection: {HOSTILE}")
    fine(page)
    page.session_state[SELECTION.name] = selected(clustered, [9])[SELECTION.name]
    page.run().button(key="clusters-keep").click().run()
    assert kept_rows(clustered, HOSTILE).nonzero()[0].tolist() == [3, 4, 9]
    page.button(key="clusters-kept-0").click().run()
    assert "3 rows selected" in said(fine(page))
    page.button(key="clusters-drop-0").click().run()
    assert kept_rows(clustered, HOSTILE) is None


def test_the_map_s_csv_names_rows_as_every_page_does(workspace: Workspace, clustered: Corpus) -> None:
    layout = load_layout(CorpusText(clustered, "response"), SETTINGS, dimensions=2)
    assert layout is not None
    table = map_table(clustered.ids, MapContents(layout=layout, embedder="", colours={}))
    lines = csv(table).decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["row", *map(show_id, clustered.ids.tolist())]


@pytest.mark.parametrize("colour", ["Source", "Length", "Cluster"])
def test_the_map_can_be_coloured_by(clustered: Corpus, colour: str) -> None:
    page = fine(run())
    fine(put(page, "map-colour", colour))


def test_a_map_that_is_all_noise_says_what_to_do(workspace: Workspace, projected: Corpus) -> None:
    from core.workbench.feature_settings import FeatureSettings

    compute_clusters(CorpusText(projected, "response"), Clustering(embedder=CARRIED, min_cluster_size=150))
    page = fine(run(**{"ds.choice": FeatureSettings(min_cluster_size=150)}))
    assert "Lower min" in said(page)


def test_an_embedder_that_cannot_be_is_refused_with_a_message(rows: Corpus) -> None:
    page = run(**{f"clusters.embedder.{CARRIED}": "./nowhere"})
    assert not page.exception
    assert any("no folder" in error.value.replace("\\", "") for error in page.error)


def test_words_and_patterns_light_the_rows_that_hold_them(clustered: Corpus) -> None:
    page = fine(run())
    page.text_input(key="clusters.find").set_value("pumpernickel").run()
    assert "1 row selected" in said(fine(page))
    put(page, "map-find-by", "pattern")
    assert "/pumpernickel/" in said(fine(page))  # looked for anew, as the way has changed
    page.text_input(key="clusters.find").set_value("thing 1[0-3]$").run()
    assert "4 rows selected" in said(fine(page))
    page.text_input(key="clusters.find").set_value("(").run()
    assert page.error
    page.text_input(key="clusters.find").set_value("").run()
    assert "selected" not in said(fine(page))


def test_a_row_s_nearest_rows_are_selected_and_said(clustered: Corpus, blobs: tuple[np.ndarray, np.ndarray]) -> None:
    page = fine(run(**selected(clustered, [11])))
    page.button(key="clusters-nearest").click().run()
    assert "11 rows selected" in said(fine(page))
    assert "10 rows ringed, cosine" in said(page).replace("\\", "")
    near = set(np.argsort(-(blobs[0] @ blobs[0][11]), kind="stable")[:11].tolist())
    assert set(page.session_state[SELECTION.name].rows.tolist()) == near | {11}


def test_edited_clusters_are_a_column_and_undo_brings_the_computed_ones_back(clustered: Corpus) -> None:
    clusters = compute_clusters(CorpusText(clustered, "response"), SETTINGS)
    first = np.flatnonzero(clusters.labels == 0)
    page = fine(run(**selected(clustered, first)))
    page.text_input(key="clusters.name.0").set_value("my cluster").run()
    button = next(button for button in page.button if button.label == "Rename")
    button.click().run()
    column = "clusters of the response, edited"
    assert (page.session_state["ds.choice"].partition, page.session_state["ds.choice"].cluster_column) == (
        "column",
        column,
    )
    values = clustered.column(column)
    assert np.flatnonzero(values == "my cluster").tolist() == first.tolist()
    assert [value is None for value in values] == (clusters.labels < 0).tolist()
    assert "my cluster" in fine(page).dataframe[0].value["Name"].tolist()
    page.button(key="clusters-undo").click().run()
    assert page.session_state["ds.choice"].partition == "hdbscan"
    assert column not in clustered.columns
    assert compute_clusters(CorpusText(clustered, "response"), SETTINGS).key == clusters.key


def test_another_component_s_map_stands_beside_with_the_same_selection(
    workspace: Workspace, clustered: Corpus, blobs: tuple[np.ndarray, np.ndarray]
) -> None:
    key = layout_key(clustered.id, "instruction", SETTINGS, dimensions=2)
    with workspace.create("features", key, {"feature": "layout", "method": "umap", "note": ""}) as folder:
        np.save(folder / "coordinates.npy", blobs[0][:, 2:4])
    page = fine(run(**selected(clustered, [1, 2, 3])))
    put(page, "map-beside", "instruction")
    assert said(fine(page)).count("UMAP of 360 rows") == 2
    assert page.dataframe[0].value["Selected"].sum() <= 3


def test_an_endpoint_names_clusters_by_a_job_whose_cost_is_said_first_and_undo_brings_the_names_back(
    workspace: Workspace, clustered: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_own_keys(monkeypatch)
    clusters = compute_clusters(CorpusText(clustered, "response"), SETTINGS)
    before = fine(run()).dataframe[0].value["Keywords"].tolist()
    with endpoint(lambda number, body: ok(content=f"Topic {number}")) as (url, asked):
        page = fine(run(**{NAMING_URL.name: url, NAMING_MODEL.name: "m", "clusters.edits.0": True}))
        count = len(clusters.sizes)
        assert f"{count} questions: about" in said(page)
        page.button(key="clusters.naming.start").click().run()
        assert asked.bodies == []
        job = page.session_state[NAMING.name]["job"]
        assert queue.job(workspace, job).task == job_names.NAME_CLUSTERS
        assert fine(page).button(key="clusters.naming.job.cancel").label == "Cancel"
        do_queued(workspace)
        assert len(asked.bodies) == count
        page = fine(page.run())
    assert f"Named {count} clusters by m" in said(page)
    values = clustered.column("clusters of the response, edited")
    assert {values[row] for row in np.flatnonzero(clusters.labels >= 0)} == {f"Topic {n}" for n in range(count)}
    assert fine(page).dataframe[0].value["Name"].tolist()[0].startswith("Topic")
    page.button(key="clusters-undo").click().run()
    assert "clusters of the response, edited" not in clustered.columns
    assert fine(page).dataframe[0].value["Keywords"].tolist() == before
    page = fine(run(**{NAMING_URL.name: url, NAMING_MODEL.name: "m", "clusters.edits.0": True}))
    assert f"Nothing is sent: {count} names are there already" in said(page)


def test_without_an_endpoint_the_menu_says_what_naming_needs(
    clustered: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_own_keys(monkeypatch)
    page = fine(run())
    assert "Give an endpoint and a model" in said(page)
    assert all(button.key != "clusters.naming.start" for button in page.button)


def test_clusters_of_a_column_have_names_and_no_job_counts_their_keywords_unasked(
    workspace: Workspace, projected: Corpus
) -> None:
    choice = FeatureSettings(partition="column", cluster_column="source")
    page = fine(run(**{CHOICE.name: choice}))
    assert queue.jobs(workspace) == []
    assert "Tick clusters to select their rows." in said(page) and "on their way" not in said(page)
    page.button(key="clusters.words.count").click().run()
    assert [job.task for job in queue.jobs(workspace)] == [job_names.KEYWORDS]
    do_queued(workspace)
    assert "Keywords" in fine(page.run()).dataframe[0].value
    assert "frequent in a cluster and rare in others" in said(page)


@pytest.mark.parametrize(
    ("settings_", "formula"),
    [
        ({"min_cluster_size": 12, "neighbors": 9}, "min_cluster_size 12"),
        ({"partition": "kmeans"}, "k-means(vectors"),
        ({"partition": "evoc", "min_cluster_size": 7}, "EVoC(vectors; min_cluster_size 7"),
        ({"partition": "column", "column": "source"}, "the values of “source”"),
        ({"landmarks": 300}, "UMAP(300 landmarks"),
    ],
)
def test_the_clusters_are_explained_by_the_settings_in_use(settings_: dict[str, Any], formula: str) -> None:
    layout = Layout("key", np.zeros((3, 2), dtype=np.float32), "landmarks" if "landmarks" in settings_ else "umap", "")
    meaning, formulas, _ = how_made(Clustering(embedder=CARRIED, **settings_), layout)
    assert formula in formulas and f"n_neighbors {settings_.get('neighbors', 15)}" in formulas
    assert ("HDBSCAN" in formulas) == ("partition" not in settings_)
    assert ("landmarks" in meaning) == ("landmarks" in settings_)
    assert "found for all rows before" not in meaning
    assert "found for all rows before" in how_made(Clustering(embedder=CARRIED, **settings_), layout, exact=True)[0]


def test_the_address_of_the_map_shows_it_again_with_what_was_found_on_it(
    workspace: Workspace, clustered: Corpus, blobs: tuple[np.ndarray, np.ndarray]
) -> None:
    key = layout_key(clustered.id, "instruction", SETTINGS, dimensions=2)
    with workspace.create("features", key, {"feature": "layout", "method": "umap", "note": ""}) as folder:
        np.save(folder / "coordinates.npy", blobs[0][:, 2:4])
    keep_rows(clustered, "kept", np.arange(len(clustered)) < 50)
    page = opened("clusters", {"corpus": clustered.id})
    for name, value in (("map-colour", "column"), ("map-column", "selection: kept"), ("map-beside", "instruction"),
                        ("map-find-by", "pattern")):  # fmt: skip
        put(page, name, value)
    page.text_input(key="clusters.find").set_value("thing 1[0-3]$").run()
    assert "4 rows selected" in said(fine(page))
    url = shown_again("clusters", page)
    assert {name: value for name, value in url.items() if name.startswith("map-")} == {
        "map-colour": "column", "map-column": "selection: kept", "map-beside": "instruction",
        "map-find": "thing 1[0-3]$", "map-find-by": "pattern",
    }  # fmt: skip
    without = {name: value for name, value in url.items() if name != "selected"}  # which another session does not know
    assert "4 rows selected" in said(opened("clusters", without))
