"""Small corpora made from a seed, in a workspace of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson

from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.clusters import compute_clusters
from core.features.embedders import CARRIED
from core.features.embedding import embeddings_key
from core.features.own_vectors import attach_vectors
from core.features.tags.own import TagFile, attach_tags
from core.features.tags.store import compute_decisions
from core.features.tokens import compute_tokens
from core.features.vector_files import VectorFile
from core.progress import silent
from core.workbench.feature_settings import FeatureSettings
from core.workbench.tasks import features as tasks
from core.workspace.artefacts import Workspace

WORDS = tuple(
    " ".join(
        (
            "river mountain copper engine violet harbour quantum walnut protein ledger canyon lantern marble orbit",
            "pigeon saffron tundra velvet willow zephyr anchor beacon cactus dagger ember falcon garnet hazel indigo",
        )
    ).split(" ")
)


def records(count: int = 240, *, seed: int = 7) -> list[dict[str, object]]:
    """Alpaca records whose words follow a Zipf-like law, with extra fields of several kinds."""
    generator = np.random.default_rng(seed)
    weights = 1 / np.arange(1, len(WORDS) + 1)
    made: list[dict[str, object]] = []
    for number in range(count):
        words = generator.choice(WORDS, size=int(generator.integers(4, 30)), p=weights / weights.sum())
        made.append(
            {
                "instruction": f"Write line {number} about {words[0]}.",
                "input": "with care" if number % 5 == 0 else "",
                "output": " ".join(words) + f" number {number}.",
                "category": ("poem", "note", "list")[number % 3],
                "score": float(number % 11),
                "tags": [str(words[1]), "x"],
                "nested": {"number": number, "ok": number % 2 == 0},
                "=danger": "=1+1",
            }
        )
    return made


def corpus_of(home: Path, rows: list[dict[str, object]], *, name: str = "made") -> tuple[Workspace, Corpus]:
    """The records as a corpus in a fresh workspace, their response tokens counted."""
    workspace = Workspace(home)
    data = b"\n".join(orjson.dumps(row) for row in rows)
    corpus = ingest(workspace, [from_bytes(f"{name}.jsonl", data)], name=name)
    tasks.tokens(workspace, {"corpus": corpus.id, "component": "response", "tokenizer": "mistral-32k"}, silent)
    return workspace, corpus


def corpus_with_every_feature(home: Path, count: int = 240) -> tuple[Workspace, Corpus, FeatureSettings]:
    """A corpus of two sources and three categories, and a choice through which both sides have every feature.

    Tokens are counted; vectors and tags are a user's own, so that no model is needed; a column holds the clusters.
    """
    rows = [{**row, "source": ("web", "book")[number % 2]} for number, row in enumerate(records(count))]
    workspace, corpus = corpus_of(home, rows)
    tags = [[str(text).split()[0], ("short", "long")[len(str(text)) > 90]] for text in corpus.text("response")]
    choice = FeatureSettings(
        low=2, high=60, embedder="own:drawn", partition="column", cluster_column="category", tagger="own",
        tag_model="hand", tag_min_rows=1, tag_synonyms="none", tag_support=0,
    )  # fmt: skip
    for seed, component in enumerate(("instruction", "response")):
        vectors = np.random.default_rng(seed).standard_normal((len(corpus), 16)).astype(np.float32)
        own = VectorFile(vectors=vectors, ids=None, broken=np.empty(0, dtype=np.int64))
        attach_vectors(corpus.workspace, corpus, component, own, label="drawn")
        attach_tags(CorpusText(corpus, component), TagFile(tags=tags, ids=None), label="hand")
        compute_tokens(CorpusText(corpus, component), choice.tokenizer)
        compute_decisions(CorpusText(corpus, component), choice.tagging)
        compute_clusters(CorpusText(corpus, component), choice.clustering)
    return workspace, corpus, choice


def question_lines(count: int, *, start: int = 0) -> bytes:
    """JSON Lines of short questions; record 1 repeats record 0 and record 2 has no answer."""
    numbers = [start + at - (at == 1) for at in range(count)]
    rows = [
        {"instruction": f"Question {number}", "output": "" if at == 2 else f"Answer {number}"}
        for at, number in enumerate(numbers)
    ]
    return b"\n".join(orjson.dumps(row) for row in rows)


def store_embeddings(workspace: Workspace, corpus_id: str, vectors: np.ndarray) -> None:
    """Vectors as if they had been embedded, so that what follows can be tested without a model."""
    manifest = {"feature": "embeddings", "distinct_texts": len(np.unique(vectors, axis=0)), "rows": len(vectors)}
    with workspace.create("features", embeddings_key(corpus_id, "response", CARRIED), manifest) as folder:
        np.save(folder / "embeddings.npy", vectors.astype(np.float32))
