"""New rows of a grown corpus are placed on the older version's map: the old rows stand still, the map says so."""

from __future__ import annotations

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.curation.append import append_files
from core.errors import FeatureMissing
from core.features.clusters import Clustering
from core.features.own_vectors import attach_vectors
from core.features.placed_map import compute_placed_map, load_map, load_placed_map, older_map, placed_map_key
from core.features.projection import Projection, feature_manifest, layout_key
from core.features.vector_files import VectorFile
from core.row_positions import places_of
from core.workbench.renewals import renewals
from core.workspace.artefacts import Workspace
from tests.corpora import records

ROWS = records(90, seed=4)
MAP = Projection(embedder="own:mine")
CENTRES = np.eye(6)[:3]  # of three kinds of rows, in their vectors
PLACES = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]])  # and on the older map


def kinds_of(corpus: Corpus) -> NDArray[np.int64]:
    return np.array([["poem", "note", "list"].index(str(name)) for name in corpus.column("category")])


def bring(corpus: Corpus) -> None:
    """Vectors of a file, each near the centre of its row's kind; the same row has the same vector in every version."""
    noise = [np.random.default_rng(int(row) % 2**32).normal(scale=0.05, size=6) for row in corpus.ids.tolist()]
    vectors = (CENTRES[kinds_of(corpus)] + np.array(noise)).astype(np.float32)
    file = VectorFile(vectors=vectors, ids=corpus.ids.tolist(), broken=np.empty(0, dtype=np.int64))
    attach_vectors(corpus.workspace, corpus, "response", file, label="mine")


def lay_out(corpus: Corpus) -> NDArray[np.float32]:
    """A fitted map of the corpus as the workspace holds one: each kind around a place of its own."""
    spread = np.random.default_rng(1).normal(scale=0.5, size=(len(corpus), 2))
    coordinates = (PLACES[kinds_of(corpus)] + spread).astype(np.float32)
    text = CorpusText(corpus, "response")
    manifest = feature_manifest("layout", text, MAP) | {"dimensions": 2, "method": "umap", "note": ""}
    with corpus.workspace.create("features", layout_key(corpus.id, "response", MAP, dimensions=2), manifest) as folder:
        np.save(folder / "coordinates.npy", coordinates)
    return coordinates


def grown(workspace: Workspace, new: list[dict[str, object]]) -> tuple[Corpus, Corpus]:
    files = [from_bytes(f"{name}.jsonl", b"\n".join(map(orjson.dumps, rows))) for name, rows in
             (("first", ROWS[:60]), ("second", new))]  # fmt: skip
    first = ingest(workspace, files[:1], name="grown", holdout=Holdout(fraction=0))
    second = append_files(first, files[1:]).corpus
    bring(first)
    bring(second)
    return first, second


def test_old_rows_stand_still_and_new_rows_stand_among_those_of_their_kind(workspace: Workspace) -> None:
    first, second = grown(workspace, ROWS[60:])
    before = lay_out(first)
    text = CorpusText(second, "response")
    assert load_placed_map(text, MAP) is None and older_map(text, MAP) is not None
    made = compute_placed_map(text, MAP)
    places = places_of(first.ids, among=second.ids)
    assert np.array_equal(made.coordinates[places], before)
    new = np.setdiff1d(np.arange(len(second)), places)
    away = np.linalg.norm(made.coordinates[new][:, None] - PLACES, axis=2)  # (new rows, kinds)
    assert np.array_equal(away.argmin(axis=1), kinds_of(second)[new]) and away.min(axis=1).max() < 5
    assert made.method == "placed"
    assert made.note.startswith("The map is that of the older version grown; 30 new rows stand among the old rows")
    shown = load_map(text, MAP)
    assert shown is not None and shown.key == made.key == placed_map_key(second.id, "response", MAP)


def test_a_new_row_is_placed_the_same_whatever_order_its_file_has(tmp_path: object) -> None:
    made = []
    for name, rows in (("one", ROWS[60:]), ("other", ROWS[:59:-1])):
        first, second = grown(Workspace(tmp_path / name), rows)  # type: ignore[operator]
        lay_out(first)
        made.append(np.array(compute_placed_map(CorpusText(second, "response"), MAP).coordinates))
    assert np.array_equal(*made)


def test_a_map_of_its_own_takes_the_place_of_the_placed_one(workspace: Workspace) -> None:
    first, second = grown(workspace, ROWS[60:])
    lay_out(first)
    compute_placed_map(CorpusText(second, "response"), MAP)
    lay_out(second)
    shown = load_map(CorpusText(second, "response"), MAP)
    assert shown is not None and shown.method == "umap"
    assert not any(line.feature == "map" for line in renewals(second))


def test_without_an_older_map_nothing_is_placed(workspace: Workspace) -> None:
    first, second = grown(workspace, ROWS[60:])
    assert older_map(CorpusText(second, "response"), MAP) is None
    with pytest.raises(FeatureMissing, match="a map of an older version"):
        compute_placed_map(CorpusText(second, "response"), MAP)
    lay_out(first)
    other = Clustering(embedder="own:mine", neighbors=30)
    assert older_map(CorpusText(second, "response"), other) is None  # a map with other settings is another map


def test_the_command_and_the_renewals_place_new_rows(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = grown(workspace, ROWS[60:])
    lay_out(first)
    (line,) = [line for line in renewals(second) if line.feature == "map"]
    assert not line.anew and "new rows placed on the older one" in line.title
    assert main(["place", second.id, "--embedder", "own:mine"]) == 0
    assert "30 new rows stand among the old rows" in capsys.readouterr().out
    assert not any(line.feature == "map" for line in renewals(second))


def test_the_page_places_new_rows_by_a_press_and_says_so(workspace: Workspace) -> None:
    from core.jobs import job_names, queue
    from tests.jobs.running import wait
    from tests.pages.frame.addresses import fine, opened

    first, second = grown(workspace, ROWS[60:])
    lay_out(first)
    page = opened("clusters", {"corpus": second.id, "embedder": "own:mine"})
    fine(page.button(key="clusters.place").click().run())
    (job,) = [job for job in queue.jobs(workspace) if job.task == job_names.PLACED_MAP]
    assert wait(workspace, job.id).state == "done"
    page = fine(page.run())
    assert any("map is that of the older version grown" in info.value for info in page.info)
    assert not any(button.key == "clusters.place" for button in page.button)
