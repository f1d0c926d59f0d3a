"""Stored layouts of a component's embeddings: PCA, the neighbour graph, and UMAP in few dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.errors import InputError, quoted
from core.features.embedders import find_embedder
from core.features.embedding import compute_embeddings, embeddings_key
from core.features.landmarks.graph import chosen_landmarks, nearest_landmarks
from core.features.landmarks.layout import landmark_layout, placed
from core.features.layout import pca, umap_layout
from core.features.neighbour_graph import graph_of_vectors, self_first
from core.features.neighbours import nearest_neighbours
from core.progress import Progress, silent
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest

VERSION = 1
LANDMARKS_VERSION = 1
LANDMARKS = 8_192  # of a preview
WHOLE_UP_TO = (
    200_000  # rows; more are better fitted on landmarks: one thread lays them out, and all their graph is held
)
LEAST_LANDMARKS, MOST_LANDMARKS = 100, 50_000
MOST_SEED = 2**31 - 1  # that UMAP takes
FROM_GRAPH = "from_graph"  # in a manifest: whether neighbours are those of the exact graph of all rows


@dataclass(frozen=True, kw_only=True)
class Projection:
    """How embeddings are projected to few coordinates; the defaults are the paper's (D.1: UMAP, BERTopic's settings).

    More ``neighbors`` (UMAP's name) show more of the global structure, fewer show more detail. More ``components`` keep
    more of the structure and make density harder to see. A larger ``min_dist`` loosens clumps; HDBSCAN needs 0.
    ``max_tokens`` and ``precision`` belong to the embedding. ``landmarks`` 0 lays out every row; any other number lays
    out so many rows and places the others among their nearest ones (:mod:`core.features.landmarks`): more of them are
    slower and truer.
    """

    embedder: str | None = None
    max_tokens: int | None = None
    precision: str = "auto"
    neighbors: int = 15
    components: int = 5
    min_dist: float = 0.0
    seed: int = 42
    landmarks: int = 0

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("neighbors", self.neighbors, 2, 200),
            ("components", self.components, 2, 100),
            ("min_dist", self.min_dist, 0, 0.99),
            ("seed", self.seed, 0, MOST_SEED),
        ):
            if not low <= value <= high:
                raise InputError(f"{name} is between {low} and {high}, not {quoted(value)}.")
        if self.landmarks and not LEAST_LANDMARKS <= self.landmarks <= MOST_LANDMARKS:
            raise InputError(
                f"landmarks is 0, for all rows, or between {LEAST_LANDMARKS:,} and {MOST_LANDMARKS:,}, "
                f"not {quoted(self.landmarks)}."
            )

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        """The settings in a request; its other keys are ignored."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in request.items() if name in names})

    def request(self) -> dict[str, Any]:
        """The settings as JSON values, for a job's request, a recipe or a manifest.

        ``landmarks`` only where there are any, so that requests and manifests stay as they were.
        """
        values = asdict(self)
        return values if self.landmarks else {name: value for name, value in values.items() if name != "landmarks"}

    @property
    def by_landmarks(self) -> list[object]:
        """What the keys of layouts and clusters hold of the landmarks: nothing where every row is laid out."""
        return ["landmarks", LANDMARKS_VERSION, self.landmarks] if self.landmarks else []

    def embeddings_key(self, corpus_id: str, component: str) -> str:
        return embeddings_key(corpus_id, component, self.embedder, max_tokens=self.max_tokens, precision=self.precision)


@dataclass(frozen=True, eq=False)
class Layout:
    """Coordinates of every row in row-id order, (rows, dimensions) float32, and how they were computed."""

    key: str
    coordinates: NDArray[np.float32]
    method: str  # "umap", "landmarks", "pca", or "placed" of a grown corpus
    note: str  # why it is not the UMAP that was requested, else empty


def layout_key(corpus_id: str, component: str, projection: Projection, *, dimensions: int) -> str:
    """The key of the UMAP layout in ``dimensions``; ``projection.components`` does not enter it."""
    embeddings = projection.embeddings_key(corpus_id, component)
    settings = [dimensions, projection.neighbors, projection.min_dist, projection.seed, *projection.by_landmarks]
    return digest(["layout", VERSION, embeddings, *settings])


def load_layout(text: CorpusText, projection: Projection, *, dimensions: int) -> Layout | None:
    """The stored UMAP layout, memory-mapped, or None when it is not computed yet."""
    key = layout_key(text.corpus_id, text.component, projection, dimensions=dimensions)
    return read_layout(text.workspace.open("features", key)) if text.workspace.has("features", key) else None


def compute_layout(
    text: CorpusText,
    projection: Projection,
    *,
    dimensions: int,
    progress: Progress = silent,
    device: str = "auto",
) -> Layout:
    """The UMAP layout in ``dimensions`` (2 for the map, ``projection.components`` for clusters), stored or fitted now.

    Neighbours are those of the exact graph of all rows where that is stored and wide enough, which shards may have made
    (:mod:`core.features.neighbour_graph`), else searched; they are kept and shared by all dimensions. Missing
    embeddings are computed first. With fewer distinct texts than UMAP needs neighbours the rows are laid out by PCA,
    and the note says so.
    """
    key = layout_key(text.corpus_id, text.component, projection, dimensions=dimensions)
    if text.workspace.has("features", key):
        return read_layout(text.workspace.open("features", key))
    vectors = _embeddings(text, projection, progress=progress, device=device)
    embedded = text.workspace.open("features", projection.embeddings_key(text.corpus_id, text.component)).manifest
    method, note = "umap", ""
    if (distinct := int(embedded["distinct_texts"])) <= projection.neighbors:
        method = "pca"
        note = (
            f"There are {distinct} distinct texts, too few for UMAP with {projection.neighbors} neighbours: "
            "this is their PCA."
        )
        found = pca(vectors, dimensions=dimensions)
    elif projection.landmarks:
        method = "landmarks"
        found = _by_landmarks(text, projection, vectors, dimensions=dimensions, progress=progress, device=device)
    else:
        graph = _graph(text, projection, vectors, progress=progress, device=device)
        found = umap_layout(
            vectors,
            graph,
            dimensions=dimensions,
            min_dist=projection.min_dist,
            seed=projection.seed,
            progress=progress,
        )
    manifest = feature_manifest("layout", text, projection) | {
        "dimensions": dimensions,
        "method": method,
        "note": note,
    }
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "coordinates.npy", found, allow_pickle=False)
    return read_layout(text.workspace.open("features", key))


def load_pca(text: CorpusText, projection: Projection) -> Layout | None:
    """The PCA layout of stored embeddings in two dimensions, computed and stored if needed; None without embeddings."""
    embeddings = projection.embeddings_key(text.corpus_id, text.component)
    key = digest(["pca", VERSION, embeddings])
    if not text.workspace.has("features", key):
        if not text.workspace.has("features", embeddings):
            return None
        found = pca(text.workspace.open("features", embeddings).array("embeddings"))
        manifest = feature_manifest("pca", text, projection) | {
            "method": "pca",
            "note": "",
            "dimensions": 2,
        }
        with text.workspace.create("features", key, manifest) as folder:
            np.save(folder / "coordinates.npy", found, allow_pickle=False)
    return read_layout(text.workspace.open("features", key))


def _embeddings(
    text: CorpusText,
    projection: Projection,
    *,
    progress: Progress,
    device: str,
) -> NDArray[np.float32]:
    return compute_embeddings(
        text,
        projection.embedder,
        progress=progress,
        device=device,
        max_tokens=projection.max_tokens,
        precision=projection.precision,
    )


def load_neighbours(text: CorpusText, projection: Projection) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
    """Positions and cosine distances (rows, neighbours) of each row's nearest, itself first; None where not stored."""
    key = _graph_key(text, projection)
    if not text.workspace.has("features", key):
        return None
    stored = text.workspace.open("features", key)
    return stored.array("positions"), stored.array("distances")


def _graph_key(text: CorpusText, projection: Projection) -> str:
    embeddings = projection.embeddings_key(text.corpus_id, text.component)
    return digest(["neighbours", VERSION, embeddings, projection.neighbors, projection.seed])


def _graph(
    text: CorpusText,
    projection: Projection,
    vectors: NDArray[np.float32],
    *,
    progress: Progress,
    device: str,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    key = _graph_key(text, projection)
    if not text.workspace.has("features", key):
        exact = _exact_neighbours(text, projection)
        positions, distances = exact or nearest_neighbours(
            vectors,
            neighbours=projection.neighbors,
            seed=projection.seed,
            device=devices.pick(device),
            progress=progress,
        )
        manifest = feature_manifest("neighbours", text, projection) | {FROM_GRAPH: exact is not None}
        with text.workspace.create("features", key, manifest) as folder:
            np.save(folder / "positions.npy", positions, allow_pickle=False)
            np.save(folder / "distances.npy", distances, allow_pickle=False)
    stored = text.workspace.open("features", key)
    return np.array(stored.array("positions")), np.array(stored.array("distances"))


def _exact_neighbours(text: CorpusText, projection: Projection) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
    """Each row's nearest from the exact graph of all rows, where that is stored and has as many."""
    graph = graph_of_vectors(text.workspace, projection.embeddings_key(text.corpus_id, text.component))
    return None if graph is None else self_first(graph, projection.neighbors)


def uses_graph(text: CorpusText, projection: Projection) -> bool:
    """Whether the neighbours of a stored layout of every row came from the exact graph of all rows."""
    key = _graph_key(text, projection)
    if projection.landmarks or not text.workspace.has("features", key):
        return False
    return bool(text.workspace.open("features", key).manifest.get(FROM_GRAPH))


@dataclass(frozen=True, eq=False)
class Among:
    """Where every row stands among the landmarks.

    ``rows`` (landmarks,) are the landmarks' positions, ascending; ``near`` and ``distances`` (rows, k) are each row's
    nearest landmarks, nearest first, and their cosine distances.
    """

    rows: NDArray[np.int64]
    near: NDArray[np.int32]
    distances: NDArray[np.float32]


def among_landmarks(
    text: CorpusText,
    projection: Projection,
    *,
    progress: Progress = silent,
    device: str = "auto",
) -> Among:
    """The landmarks and every row's nearest ones, stored or compared now; layouts and clusters share them."""
    embeddings = projection.embeddings_key(text.corpus_id, text.component)
    key = digest(["landmarks", LANDMARKS_VERSION, embeddings, projection.landmarks, projection.seed])
    if not text.workspace.has("features", key):
        vectors = _embeddings(text, projection, progress=progress, device=device)
        rows = chosen_landmarks(len(vectors), landmarks=projection.landmarks, seed=projection.seed)
        near, distances = nearest_landmarks(vectors, vectors[rows], device=devices.pick(device), progress=progress)
        with text.workspace.create("features", key, feature_manifest("landmarks", text, projection)) as folder:
            np.save(folder / "rows.npy", rows, allow_pickle=False)
            np.save(folder / "near.npy", near, allow_pickle=False)
            np.save(folder / "distances.npy", distances, allow_pickle=False)
    stored = text.workspace.open("features", key)
    return Among(stored.array("rows"), stored.array("near"), stored.array("distances"))


def _by_landmarks(
    text: CorpusText,
    projection: Projection,
    vectors: NDArray[np.float32],
    *,
    dimensions: int,
    progress: Progress,
    device: str,
) -> NDArray[np.float32]:
    """(rows, dimensions) float32: the landmarks where their own layout has them, every other row among them."""
    among = among_landmarks(text, projection, progress=progress, device=device)
    fixed = np.ascontiguousarray(vectors[among.rows])
    near = nearest_neighbours(
        fixed, neighbours=min(projection.neighbors, len(fixed)), seed=projection.seed, device=devices.pick(device)
    )
    laid = landmark_layout(
        fixed, near, dimensions=dimensions, min_dist=projection.min_dist, seed=projection.seed, progress=progress
    )
    made = placed(
        laid, among.near, among.distances, min_dist=projection.min_dist, seed=projection.seed, progress=progress
    )
    made[among.rows] = laid
    return made


def feature_manifest(feature: str, text: CorpusText, projection: Projection) -> dict[str, Any]:
    """The manifest of a feature made from embeddings: its text, the embedder, and the settings."""
    return {
        "feature": feature,
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "embeddings": projection.embeddings_key(text.corpus_id, text.component),
        "embedder": find_embedder(projection.embedder).identity,
        "settings": projection.request(),
    }


def read_layout(stored: Artefact) -> Layout:
    """The layout that an artefact holds."""
    return Layout(stored.key, stored.array("coordinates"), stored.manifest["method"], stored.manifest["note"])
