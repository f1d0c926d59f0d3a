"""Small corpora made from a seed, in a workspace of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson

from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.embedders import CARRIED
from core.features.embedding import embeddings_key
from core.progress import silent
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
