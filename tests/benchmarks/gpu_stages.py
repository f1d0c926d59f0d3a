"""What ``bench_gpu`` times: one function a stage, at sizes that a card does in minutes or that a test does in seconds.

A stage is (title, work, agree): ``work(device)`` computes, ``agree`` says how far the results of two devices lie apart.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.corpus.store import Corpus
from core.errors import Cancelled
from core.features.embedders import CARRIED
from core.workspace.artefacts import Workspace

METRICS = (
    "novelsum", "vendi", "log_det", "distsum_l2", "knn", "facility_location", "inertia", "partition_entropy", "ed",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StageSizes:
    """How much each stage reads, so that all of them together take less than eight minutes on one card."""

    rows: int = 117_000
    width: int = 384
    subset: int = 10_000
    chosen: int = 2_000
    part: int = 20_000  # rows of the stages that are slow on a CPU
    pool: int = 396_000  # NovelSelect on the GPU alone
    picked: int = 10_000
    patience: float = 150.0  # seconds after which that NovelSelect is stopped and told as far as it came
    texts: int = 20_000
    texts_beside: int = 500
    model_rows: int = 600
    layers: int = 12
    model_width: int = 768
    tokens: int = 400_000
    tokens_beside: int = 4_000
    examples: int = 200
    prepared: bool = True  # whether stages run that are prepared for a minute first: UMAP's code, instant vectors


FULL = StageSizes()
TINY = StageSizes(
    rows=400, width=16, subset=120, chosen=20, part=200, pool=500, picked=40, patience=float("inf"),
    texts=12, texts_beside=12, model_rows=12, layers=1, model_width=64, tokens=600, tokens_beside=600, examples=5,
    prepared=False,
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """``work`` on a device; ``done`` over its seconds is a rate in ``unit``. ``beside`` is less of it, for the CPU."""

    title: str
    work: Callable[[str], Any]
    agree: Callable[[Any, Any], str] | None = None
    done: float = 0.0
    unit: str = ""
    beside: Callable[[], Any] | None = None
    beside_done: float = 0.0
    twice: bool = True  # the first of two runs compiles and loads, the second is timed
    on_cpu: bool = True


def largest_gap(left: Any, right: Any) -> str:
    gap = np.max(np.abs(np.asarray(left, dtype=float) - np.asarray(right, dtype=float)))
    return f"largest difference {gap:.1e}"


def same_picks(left: Any, right: Any) -> str:
    alike = np.asarray(left) == np.asarray(right)
    return f"{int(alike.sum()):,} of {alike.size:,} the same"


def least_cosine(left: Any, right: Any) -> str:
    shared = min(len(left), len(right))
    return f"smallest cosine {float((left[:shared] * right[:shared]).sum(axis=1).min()):.5f}"


class Made:
    """The inputs that stages share, each made when it is first asked for, in a folder that is gone afterwards."""

    def __init__(self, sizes: StageSizes, folder: Path) -> None:
        self.sizes, self.folder = sizes, folder

    @cached_property
    def vectors(self) -> np.ndarray:
        from tests.benchmarks.bench_greedy import sentences

        return sentences(self.sizes.rows, width=self.sizes.width, topics=min(400, self.sizes.rows // 10))

    @cached_property
    def texts(self) -> list[str]:
        from tests.corpora import WORDS

        random = np.random.default_rng(0)
        lengths = np.clip(random.lognormal(4.2, 0.9, self.sizes.texts), 3, 400).astype(int)
        return [" ".join(random.choice(WORDS, size=length)) for length in lengths.tolist()]

    @cached_property
    def model(self) -> str:
        """A folder with a causal model of drawn weights; what it says means nothing, how long it takes does."""
        from core.training.decoder import DecoderSettings, untrained

        settings = DecoderSettings(layers=self.sizes.layers, width=self.sizes.model_width)
        untrained(self.folder / "model", self.texts, settings)
        return str(self.folder / "model")

    @cached_property
    def records(self) -> list[dict[str, object]]:
        from tests.corpora import records

        return records(self.sizes.model_rows)

    def corpus(self, name: str) -> Corpus:
        """The rows in a workspace of their own, so that nothing that another device computed is there."""
        import orjson

        from core.corpus.ingest import ingest
        from core.corpus.sources import from_bytes

        workspace = Workspace(Path(tempfile.mkdtemp(prefix=name, dir=self.folder)))
        file = from_bytes("rows.jsonl", b"\n".join(map(orjson.dumps, self.records)))
        return ingest(workspace, [file], name=name)


def stages(made: Made) -> Iterator[Stage]:
    """All stages, in order; inputs are made as each is reached."""
    yield from model_stages(made)
    yield from vector_stages(made)


def model_stages(made: Made) -> Iterator[Stage]:
    from core.corpus.corpus_text import CorpusText
    from core.features.embedding import encode_texts
    from core.features.gradients.settings import VectorSettings
    from core.features.gradients.store import compute_vectors
    from core.features.models.files import find_model
    from core.features.models.losses import LossReading, compute_losses

    sizes, texts = made.sizes, made.texts
    few = texts[: sizes.texts_beside]
    yield Stage(
        f"embedding, {CARRIED}",
        lambda device: encode_texts(texts, embedder=CARRIED, device=device),
        least_cosine,
        done=len(set(texts)), unit="texts/s",
        beside=lambda: encode_texts(few, embedder=CARRIED, device="cpu", precision="float32"),
        beside_done=len(set(few)),
    )  # fmt: skip
    reading = LossReading(given=True, max_tokens=256, precision="float32")
    yield Stage(
        "losses of a causal model, float32",
        lambda device: compute_losses(made.corpus("losses"), find_model(made.model), reading, device=device)[:, 1],
        largest_gap, done=sizes.model_rows, unit="rows/s", twice=False,
    )  # fmt: skip
    settings = VectorSettings(kind="adapters", dimensions=64, rank=4, max_tokens=256, precision="float32")
    yield Stage(
        "gradients of rows, float32",
        lambda device: np.array(
            compute_vectors(
                CorpusText(made.corpus("gradients"), "response"), find_model(made.model), settings, device=device
            ).array("embeddings"),
            dtype=np.float32,
        ),
        least_cosine, done=sizes.model_rows, unit="rows/s", twice=False,
    )  # fmt: skip
    yield Stage(
        "proxy training",
        lambda device: trained(made, device, sizes.tokens),
        done=sizes.tokens, unit="tokens/s", twice=False,
        beside=lambda: trained(made, "cpu", sizes.tokens_beside), beside_done=sizes.tokens_beside,
    )  # fmt: skip


def trained(made: Made, device: str, tokens: int) -> list[float]:
    """The losses of a training of the model of drawn weights on the rows."""
    from core.features.models.files import find_model
    from core.training.base import open_base
    from core.training.encoding import encode_rows
    from core.training.held_out import HeldOut
    from core.training.run import train
    from core.training.settings import ProxySettings

    base = open_base(find_model(made.model), device=device)
    turns = [
        [{"role": "user", "content": row["instruction"]}, {"role": "assistant", "content": row["output"]}]
        for row in made.records
    ]
    encoded = encode_rows(base, turns, cutoff=256)
    held = HeldOut("rows", encode_rows(base, turns[:10], cutoff=256), [("made",)] * 10)
    settings = ProxySettings(tokens=tokens, learning_rate=3e-4, batch_tokens=min(8_192, tokens // 4), counted="all")
    folder = Path(tempfile.mkdtemp(prefix="training", dir=made.folder))
    return train(base, encoded, held, settings, seed=0, folder=folder).trace.losses


def vector_stages(made: Made) -> Iterator[Stage]:
    from core.features.by_shards.neighbour_shards import nearest_of
    from core.features.neighbours import nearest_neighbours as graph
    from core.selection.greedy.determinant import log_det_greedy
    from core.selection.greedy.farthest import farthest_first
    from core.selection.greedy.neighbours import nearest_neighbours
    from core.selection.greedy.novelty import density, novel_select
    from core.selection.targeted.candidates import nearest_candidates
    from core.selection.targeted.transport import density as crowding

    sizes, vectors = made.sizes, made.vectors
    part, examples = vectors[: sizes.part], vectors[:: max(1, sizes.rows // sizes.examples)][: sizes.examples]
    yield Stage(
        f"10 nearest of {sizes.rows:,} × {sizes.width}",
        lambda device: nearest_neighbours(vectors, k=10, device=device).names,
        same_picks,
    )
    yield Stage(
        f"15 nearest of {sizes.part:,} for the map",
        lambda device: graph(part, neighbours=15, device=device)[1],
        largest_gap,
    )
    asking = np.arange(min(8_192, sizes.part))
    yield Stage(
        f"32 nearest of {len(asking):,} among {sizes.part:,}, as a shard finds them",
        lambda device: nearest_of(part, asking, count=32, device=device)[0],
        same_picks,
    )
    sigma = density(part)
    yield Stage(
        f"NovelSelect, {sizes.part:,} to {sizes.chosen:,}",
        lambda device: novel_select(part, sigma, count=sizes.chosen, device=device).chosen.order,
        same_picks,
    )
    yield Stage(
        f"NovelSelect, {sizes.pool:,} to {sizes.picked:,}, with density",
        lambda device: novel_of_a_pool(sizes, device),
        twice=False, on_cpu=False,
    )  # fmt: skip
    yield Stage(
        f"k-center, {sizes.rows:,} to {sizes.chosen:,}",
        lambda device: farthest_first(vectors, count=sizes.chosen, device=device).order,
        same_picks,
    )
    yield Stage(
        f"log-determinant, {sizes.rows:,} to {sizes.chosen:,}",
        lambda device: log_det_greedy(vectors, count=sizes.chosen, device=device).order,
        same_picks,
    )
    yield Stage(
        f"TSDS, nearest of {sizes.rows:,} to {len(examples):,} examples",
        lambda device: nearest_candidates(examples, vectors, k=min(500, sizes.rows // 2), device=device).rows,
        same_picks,
    )
    yield Stage(
        f"TSDS, density of {sizes.part:,}",
        lambda device: crowding(part, radius=0.75, neighbours=1_000, device=device),
        largest_gap,
    )
    yield from metric_stages(sizes, vectors)


def novel_of_a_pool(sizes: StageSizes, device: str) -> dict[str, Any]:
    """NovelSelect with its density on a large pool; stopped when patience ends, it says how far it came."""
    from core.selection.greedy.novelty import density, novel_select
    from tests.benchmarks.bench_greedy import sentences

    vectors = sentences(sizes.pool, width=sizes.width, topics=min(400, sizes.pool // 10))
    started, came = time.perf_counter(), 0
    sigma = density(vectors, device=device)
    dense = time.perf_counter() - started

    def progress(done: float, total: float, note: str = "") -> None:
        nonlocal came
        came = int(done)
        if time.perf_counter() - started > sizes.patience:
            raise Cancelled

    made = None
    with contextlib.suppress(Cancelled):
        made = novel_select(vectors, sigma, count=sizes.picked, device=device, progress=progress)
    return {
        "picked": came,
        "density_seconds": round(dense, 2),
        "seconds": round(time.perf_counter() - started, 2),
        "rows_scored": None if made is None else made.sorted_scores,
    }


def metric_stages(sizes: StageSizes, vectors: np.ndarray) -> Iterator[Stage]:
    """The vector metrics of a subset of the pool."""
    from core.metrics.metric import Measuring
    from core.metrics.registry import measure
    from core.view import View

    pool = View(np.arange(sizes.rows, dtype=np.uint64), "response", {"embeddings": lambda: vectors})
    for name in METRICS:

        def value(device: str, name: str = name) -> float:
            subset = pool.take(np.arange(sizes.subset, dtype=np.int64))
            reading = measure(name, Measuring(view=subset, reference=pool, seed=0, device=device))
            return float("nan") if reading.value is None else reading.value

        yield Stage(f"{name}, {sizes.subset:,} of {sizes.rows:,}", value, largest_gap)


def cpu_stages(made: Made) -> Iterator[Stage]:
    """What no GPU does, so that one sees what is left."""
    from core.curation.near_copies.minhash import similar_texts
    from core.features.embedders import INSTANT
    from core.features.embedding import encode_texts
    from core.features.layout import pca, umap_layout
    from core.features.neighbours import nearest_neighbours as graph
    from core.features.partition import hdbscan_labels
    from core.features.tokenizers import token_counts
    from core.selection.greedy.coverage import cover_graph, facility_greedy
    from core.selection.greedy.neighbours import nearest_neighbours

    sizes = made.sizes
    part = made.vectors[: sizes.part]
    near = nearest_neighbours(part, k=min(64, len(part) - 1))
    yield Stage(
        f"facility location after its graph, {sizes.part:,} to {sizes.chosen:,}",
        lambda device: facility_greedy(cover_graph(near), count=sizes.chosen).chosen.order,
    )
    yield Stage(
        "near-copies by MinHash",
        lambda device: similar_texts(made.texts, least=0.5),
        done=len(made.texts), unit="texts/s",
    )  # fmt: skip
    yield Stage(
        "tokens of 32,000 pieces",
        lambda device: token_counts("mistral-32k", made.texts),
        done=len(made.texts), unit="texts/s",
    )  # fmt: skip
    yield Stage(f"HDBSCAN of {sizes.part:,} in five dimensions", lambda device: hdbscan_labels(pca(part, dimensions=5)))
    if sizes.prepared:
        yield Stage(
            "instant embedder",
            lambda device: encode_texts(made.texts, embedder=INSTANT, device="cpu"),
            done=len(set(made.texts)), unit="texts/s",
        )  # fmt: skip
        neighbours = graph(part, neighbours=15)
        yield Stage(
            f"UMAP of {sizes.part:,} to two dimensions, its code compiled",
            lambda device: umap_layout(part, neighbours, dimensions=2, min_dist=0.1, seed=0),
        )
