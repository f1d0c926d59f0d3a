"""How far two embedders agree on a component: shared nearest neighbours, ranks of distances, trust in their maps."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.features.projection import Projection, load_layout
from core.workspace import values
from core.workspace.digests import digest

VERSION = 1
NEAR = 10
ASKED = 500  # rows whose neighbours among all rows are compared
PAIRS = 20_000  # pairs of rows whose distances are ranked
TRUSTED = 1_500  # rows on which the trustworthiness of a map is measured


@dataclass(frozen=True, kw_only=True)
class EmbedderAgreement:
    """``overlap`` is the share of the :data:`NEAR` nearest rows that both name, 0 to 1; ``spearman`` that of cosine
    distances of drawn pairs, −1 to 1. ``trusted`` are the trustworthiness (Venna & Kaski 2001; 0 to 1) of each one's
    own map, None where it is not laid out. ``rows`` were asked for their neighbours; ``chance`` is the overlap of two
    embedders that have nothing to do with each other."""

    overlap: float
    spearman: float
    rows: int
    chance: float
    trusted: tuple[float | None, float | None]


def embedder_agreement(text: CorpusText, first: Projection, second: Projection) -> EmbedderAgreement | None:
    """The agreement of two stored embeddings of a component, kept once computed; None where one is not there.

    Rows and pairs are drawn with a seed. O(:data:`ASKED` · rows · d): a second at 117,000 rows.
    """
    keys = [item.embeddings_key(text.corpus_id, text.component) for item in (first, second)]
    if not all(text.workspace.has("features", key) for key in keys):
        return None
    layouts = [load_layout(text, item, dimensions=2) for item in (first, second)]
    maps = [layout.key if layout is not None else "" for layout in layouts]
    key = digest({"embedder agreement": VERSION, "embeddings": keys, "maps": maps})
    known = values.get(text.workspace, key)
    if known is not None:
        return EmbedderAgreement(**{**known, "trusted": tuple(known["trusted"])})
    vectors = [text.workspace.open("features", stored).array("embeddings") for stored in keys]
    rows = len(vectors[0])
    random = np.random.default_rng(0)
    asked = np.sort(random.choice(rows, min(ASKED, rows), replace=False))
    near = [nearest(of_one, asked) for of_one in vectors]
    shared = [len(np.intersect1d(one, other)) for one, other in zip(*near, strict=True)]
    width = near[0].shape[1]
    trusted = [
        map_trust(of_one, layout.coordinates) if layout is not None else None
        for of_one, layout in zip(vectors, layouts, strict=True)
    ]
    agreement = EmbedderAgreement(
        overlap=float(np.mean(shared)) / max(1, width),
        spearman=distance_ranks(vectors[0], vectors[1], random.integers(0, rows, (PAIRS, 2))),
        rows=len(asked),
        chance=width / max(1, rows - 1),
        trusted=(trusted[0], trusted[1]),
    )
    values.put(text.workspace, key, asdict(agreement))
    return agreement


def nearest(vectors: NDArray[np.float32], asked: NDArray[np.int64], *, near: int = NEAR) -> NDArray[np.int64]:
    """(asked, near) positions of the nearest other rows by cosine, nearest first; fewer where there are fewer rows."""
    near = min(near, len(vectors) - 1)
    close = np.asarray(vectors[asked]) @ np.asarray(vectors).T  # (asked, rows)
    close[np.arange(len(asked)), asked] = -np.inf
    return np.argsort(-close, axis=1, kind="stable")[:, :near]


def distance_ranks(first: NDArray[np.float32], second: NDArray[np.float32], pairs: NDArray[np.int64]) -> float:
    """Spearman's correlation of the cosine similarities of ``pairs`` (pairs, 2), rows beside themselves left out."""
    from scipy.stats import spearmanr

    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    close = [(vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1) for vectors in (first, second)]
    return float(spearmanr(*close).statistic) if len(pairs) > 2 else float("nan")


def map_trust(vectors: NDArray[np.float32], coordinates: NDArray[np.float32]) -> float | None:
    """The trustworthiness of a map at ten neighbours, on rows drawn with a seed; None with too few rows."""
    from sklearn.manifold import trustworthiness

    rows = np.sort(np.random.default_rng(0).choice(len(vectors), min(TRUSTED, len(vectors)), replace=False))
    if len(rows) <= 2 * NEAR:
        return None
    return float(trustworthiness(np.asarray(vectors[rows]), coordinates[rows], n_neighbors=NEAR, metric="cosine"))
