"""A kill costs seconds: what a chunk had finished is written every few seconds and read again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, open_corpus
from core.errors import Cancelled
from core.features import chunks, encoder, tokens
from core.features.embedders import CARRIED
from core.features.embedding import compute_embeddings
from core.features.models import layers, losses
from core.features.models.files import find_model
from core.features.models.layers import compute_layer_vectors
from core.features.models.losses import LossReading, compute_losses
from core.features.tags.store import compute_tags
from core.features.tags.tagging import Tagging
from core.workspace.artefacts import Workspace
from tests.corpora import WORDS
from tests.tiny_models import tiny_model

ROWS = 40


def _row(number: int) -> str:
    return f"Line {number}: " + " ".join(WORDS[number * place % 29] for place in range(2 + number % 7))


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    lines = "\n".join(f'{{"instruction": "Ask {row}", "output": "{_row(row)}"}}' for row in range(ROWS))
    return ingest(workspace, [from_bytes("a.jsonl", lines.encode())], name="lines")


def work(corpus: Corpus, kind: str, model: str) -> Any:
    """Compute the feature that is named ``kind``."""
    text = CorpusText(corpus, "response")
    if kind == "embeddings":
        return compute_embeddings(text, CARRIED, device="cpu", precision="float32")
    if kind == "losses":
        return compute_losses(corpus, find_model(model), LossReading(given=True, precision="float32"), device="cpu")
    if kind == "layers":
        return compute_layer_vectors(text, find_model(model), layers=2, max_tokens=64, device="cpu")
    return compute_tags(text, Tagging(tagger="keyphrases", embedder=CARRIED), device="cpu")


def row_by_row(pause: float) -> None:
    """Let every model read one row in a pass and ``pause`` before it, as a slow machine would."""

    def single(lengths: np.ndarray, **_: object) -> Iterator[np.ndarray]:
        for place in range(len(lengths)):
            time.sleep(pause)
            yield np.array([place])

    def passes(causal: object, lengths: np.ndarray) -> object:
        return single(lengths) if len(lengths) > 1 else [np.array([0])]

    encoder._batches = single  # type: ignore[assignment]
    losses._passes = layers._passes = passes  # type: ignore[assignment]


def slowly(home: str, corpus_id: str, kind: str, model: str) -> None:
    """What the process does that is killed."""
    chunks.EVERY = 0.2
    row_by_row(0.05)
    work(open_corpus(Workspace(Path(home)), corpus_id), kind, model)


@pytest.mark.parametrize("kind", ["embeddings", "losses", "layers", "tags"])
def test_a_killed_process_loses_seconds_of_a_chunk(
    workspace: Workspace, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    model = tiny_model(tmp_path / "model") if kind in ("losses", "layers") else ""
    if kind == "tags":
        compute_embeddings(CorpusText(corpus, "response"), CARRIED, device="cpu")
    code = f"from tests.features.test_chunks import slowly; slowly{(str(workspace.home), corpus.id, kind, model)!r}"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=settings.PROJECT_ROOT)
    try:
        deadline = time.monotonic() + 120
        while len(parts := list((workspace.home / "partial").rglob("*.part-*.npz"))) < 3:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert not list((workspace.home / "partial").rglob("*.npy"))  # no chunk was complete
    stored = sum(len(np.load(part)["positions"]) for part in parts)
    computed: list[int] = []
    wholly = chunks.chunk

    def counted(path: Path | None, *, compute: chunks.Compute, **rest: Any) -> Any:
        def counting(positions: np.ndarray) -> np.ndarray:
            computed.append(len(positions))
            return compute(positions)

        return wholly(path, compute=counting, **rest)

    monkeypatch.setattr(encoder, "chunk", counted)
    monkeypatch.setattr(chunks, "chunk", counted)
    resumed = work(corpus, kind, model)
    resumed_work = sum(computed)
    shutil.rmtree(workspace.home / "features")
    if kind == "tags":
        compute_embeddings(CorpusText(corpus, "response"), CARRIED, device="cpu")
    computed.clear()
    whole = work(corpus, kind, model)
    assert stored > 0 and sum(computed) - resumed_work >= stored
    assert not list((workspace.home / "partial").rglob("*.np?"))
    if isinstance(whole, np.ndarray) and isinstance(resumed, np.ndarray):
        np.testing.assert_allclose(resumed, whole, rtol=1e-4, atol=1e-5)
    else:
        assert resumed.names == whole.names and (resumed.matrix != whole.matrix).nnz == 0


def numbers(path: Path | None, *, stop_after: int | None = None, passes: int = 10) -> tuple[np.ndarray, list[int]]:
    """A chunk of 40 rows whose results are their squares, and the rows that were computed for it."""
    computed: list[int] = []

    def squares(positions: np.ndarray) -> np.ndarray:
        computed.extend(positions.tolist())
        return np.stack([positions.astype(float), positions.astype(float) ** 2], axis=1)

    def step(count: int) -> None:
        if stop_after is not None and len(computed) >= stop_after:
            raise Cancelled

    try:
        values = chunks.chunk(
            path, rows=40, width=2, dtype=np.float64, compute=squares, step=step,
            passes=lambda: np.array_split(np.arange(40)[::-1], passes),
        )  # fmt: skip
    except Cancelled:
        values = np.empty((0, 2))
    return values, computed


def test_work_that_is_stopped_again_and_again_is_done_once(tmp_path: Path) -> None:
    whole, _ = numbers(None)
    path, done = tmp_path / "partial" / "c.npy", []
    for passes in (10, 7, 40, 3, 10):  # also where other passes would be made
        values, computed = numbers(path, stop_after=9, passes=passes)
        done += computed
    values, computed = numbers(path)
    assert sorted(done + computed) == list(range(40))
    np.testing.assert_array_equal(values, whole)
    assert [part.name for part in path.parent.iterdir()] == ["c.npy"]
    again, computed = numbers(path)
    assert not computed
    np.testing.assert_array_equal(again, whole)


@pytest.mark.parametrize("damage", ["cut", "empty", "other width", "positions beyond", "no zip", "negative"])
def test_a_damaged_part_is_computed_again(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "c.npy"
    numbers(path, stop_after=9)
    (part,) = tmp_path.glob("*.part-*.npz")
    content = part.read_bytes()
    if damage in ("cut", "empty", "no zip"):
        part.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "no zip": b"x" * 100}[damage])
    else:
        positions = {"positions beyond": [0, 40], "negative": [-1, 3], "other width": [0, 1]}[damage]
        np.savez(part, positions=np.array(positions), values=np.zeros((2, 3 if damage == "other width" else 2)))
    np.testing.assert_array_equal(numbers(path)[0], numbers(None)[0])


def test_a_pass_of_a_large_model_on_a_cpu_is_small() -> None:
    lengths = np.full(64, 32, dtype=np.int64)
    small = [len(rows) for rows in chunks.batches(lengths, width=8, device="cpu", weights=1_000_000)]
    large = [len(rows) for rows in chunks.batches(lengths, width=8, device="cpu", weights=1_000_000_000)]
    huge = [len(rows) for rows in chunks.batches(lengths, width=8, device="cpu", weights=70_000_000_000)]
    assert (max(small), max(large), max(huge)) == (64, 6, 1)
    assert sum(small) == sum(large) == sum(huge) == 64


def test_blocks_of_tokens_end_after_so_many_rows_or_so_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "BLOCK_ROWS", 3)
    monkeypatch.setattr(tokens, "BLOCK_CHARACTERS", 10)
    assert tokens._block_ends(["a"] * 7) == [3, 6, 7]
    assert tokens._block_ends(["a" * 6, "b" * 6, "c", "d" * 50, ""]) == [1, 3, 4, 5]
    assert tokens._block_ends([]) == []
