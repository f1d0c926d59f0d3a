"""The map of a grown corpus: the older version's map as it was, with the new rows placed among their nearest rows."""

from __future__ import annotations

import numpy as np

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.corpus.versions import older_versions
from core.counted import counted
from core.errors import DiverscopeError, FeatureMissing
from core.features.embedding import compute_embeddings
from core.features.landmarks.graph import nearest_landmarks
from core.features.landmarks.layout import placed
from core.features.projection import (
    Layout,
    Projection,
    feature_manifest,
    layout_key,
    load_layout,
    load_pca,
    read_layout,
)
from core.progress import Progress, silent
from core.row_positions import places_of
from core.workspace.digests import digest

VERSION = 1
METHOD = "placed"


def load_map(text: CorpusText, projection: Projection) -> Layout | None:
    """The layout that a map is drawn from: its own UMAP in two dimensions, else an older version's with the new rows
    placed on it, else the PCA, else None."""
    return (
        load_layout(text, projection, dimensions=2) or load_placed_map(text, projection) or load_pca(text, projection)
    )


def placed_map_key(corpus_id: str, component: str, projection: Projection) -> str:
    """The key of the map of a grown corpus; one corpus has one, whichever older version gave it."""
    return digest(["placed-map", VERSION, layout_key(corpus_id, component, projection, dimensions=2)])


def load_placed_map(text: CorpusText, projection: Projection) -> Layout | None:
    """The stored map with new rows placed on it, or None."""
    key = placed_map_key(text.corpus_id, text.component, projection)
    return read_layout(text.workspace.open("features", key)) if text.workspace.has("features", key) else None


def older_map(text: CorpusText, projection: Projection) -> tuple[CorpusText, Layout] | None:
    """The nearest older version that has a fitted map with these settings, and that map; None where none has."""
    for older in older_versions(text.workspace, text.corpus_id):
        if not text.workspace.has("corpora", older):
            continue
        try:
            before = CorpusText(open_corpus(text.workspace, older), text.component)
            layout = load_layout(before, projection, dimensions=2) or load_placed_map(before, projection)
        except DiverscopeError:  # a newer version's, or damaged
            continue
        if layout is not None and layout.method != "pca":
            return before, layout
    return None


def compute_placed_map(
    text: CorpusText, projection: Projection, *, progress: Progress = silent, device: str = "auto"
) -> Layout:
    """The map with new rows placed on it, stored or placed now.

    Rows that the older version has stand where they stood. A new row is placed by the rule of maps by landmarks
    (:func:`core.features.landmarks.layout.placed`), with all old rows as the landmarks: among its 8 nearest ones by
    cosine. So nothing that is new to the corpus gets a region of its own: such rows lie at the edge of what is nearest
    to them, until all rows are laid out anew. Vectors that are missing are computed first. O(new rows · old rows).
    Raises :class:`FeatureMissing` where no older version has a map with these settings.
    """
    stored = load_placed_map(text, projection)
    if stored is not None:
        return stored
    older = older_map(text, projection)
    if older is None:
        raise FeatureMissing("a map of an older version", remedy="Compute the map of this one: Cluster on its page.")
    before, layout = older
    vectors = compute_embeddings(
        text, projection.embedder, progress=progress, device=device, max_tokens=projection.max_tokens,
        precision=projection.precision,
    )  # fmt: skip
    places = places_of(text.corpus.ids, among=before.corpus.ids)  # (rows,) in the older version, −1 for a new row
    old, new = np.flatnonzero(places >= 0), np.flatnonzero(places < 0)
    coordinates = np.empty((len(text), 2), dtype=np.float32)
    coordinates[old] = layout.coordinates[places[old]]
    if len(new):
        near, distances = nearest_landmarks(
            np.ascontiguousarray(vectors[new]),
            np.ascontiguousarray(vectors[old]),
            device=devices.pick(device),
            progress=progress,
        )
        coordinates[new] = placed(
            np.ascontiguousarray(coordinates[old]),
            near,
            distances,
            min_dist=projection.min_dist,
            seed=projection.seed,
            progress=progress,
        )
    stand = "row stands" if len(new) == 1 else "rows stand"
    manifest = feature_manifest("placed-map", text, projection) | {
        "dimensions": 2,
        "method": METHOD,
        "older": before.corpus_id,
        "older_layout": layout.key,
        "rows": len(text),
        "rows_placed": len(new),
        "note": f"The map is that of the older version {before.corpus.name}; {len(new):,} new {stand} among the old "
        f"rows nearest to {'it' if len(new) == 1 else 'them'}. Laid out anew, {counted(len(text), 'row')} make a map "
        "of their own.",
    }
    key = placed_map_key(text.corpus_id, text.component, projection)
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "coordinates.npy", coordinates, allow_pickle=False)
    return read_layout(text.workspace.open("features", key))
