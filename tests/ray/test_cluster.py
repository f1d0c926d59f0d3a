"""A cluster of two nodes gives what one process gives, and survives the death of a worker and of its driver."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.gathering import Bounds
from core.corpus.ingest import ingest_files
from core.corpus.sources import opened
from core.corpus.store import Corpus
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies, pairs_key
from core.errors import Cancelled, JobError
from core.features.embedding import compute_embeddings, embeddings_key
from core.features.tokens import compute_tokens, tokens_key
from core.shards.engine import Engine, engine_of
from core.shards.ray_runner import LOCAL, NO_STATISTICS
from core.shards.run import run_shards
from core.shards.shard import shards_of
from core.shards.stretches import reading_engine
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.shards.test_features_by_shards import files_of, forget
from tests.shards.test_runners import computed, joined, of

pytestmark = [pytest.mark.ray, pytest.mark.timeout(1_200)]
ROWS = int(os.environ.get("DIVERSCOPE_RAY_ROWS", "2000"))
SHARDS = 6


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster of two nodes with a core each, which nobody but this machine reaches."""
    os.environ |= {**LOCAL, **NO_STATISTICS, "RAY_AUTH_TOKEN": "0" * 64, "RAY_worker_niceness": "0"}
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    yield cluster.address
    ray.shutdown()
    cluster.shutdown()


def test_a_cluster_has_two_nodes_and_listens_to_this_machine_only(address: str) -> None:
    from core.shards.ray_runner import connected

    ray = connected(address)
    assert [node["Alive"] for node in ray.nodes()] == [True, True]
    assert {node["NodeManagerAddress"] for node in ray.nodes()} == {"127.0.0.1"}


def test_files_to_near_copies_are_the_same_as_in_one_process(address: str, tmp_path: Path) -> None:
    rows = records(ROWS)
    for place in range(ROWS // 4):
        rows[ROWS // 2 + place]["output"] = str(rows[place]["output"]) + (" again" if place % 2 else "")
    workspace, corpus = corpus_of(tmp_path / "home", rows)
    text, copies = CorpusText(corpus, "both"), NearCopies(rung="minhash", component="both")
    keys = {
        "tokens": tokens_key(corpus.id, "both", "mistral-32k"),
        "vectors": embeddings_key(corpus.id, "both", "instant"),
        "copies": pairs_key(corpus, copies),
    }

    def made(engine: Engine) -> dict[str, dict[str, bytes]]:
        with engine_of(engine):
            compute_tokens(text)
            compute_embeddings(text, "instant")
            find_copies(corpus, copies)
        assert engine.kind == "one" or workspace.open("features", keys["tokens"]).manifest["shards"] == SHARDS
        files = {name: files_of(workspace, key) for name, key in keys.items()}
        for key in keys.values():
            forget(workspace, key)
        return files

    expected, by_ray = made(Engine(kind="one")), made(Engine(kind="ray", address=address, shards=SHARDS))
    assert by_ray["tokens"] == expected["tokens"] and by_ray["copies"] == expected["copies"]
    assert by_ray["vectors"] == expected["vectors"]  # of the instant embedder to the bit
    assert len(by_ray["copies"]["first.npy"]) > 200


def test_stretches_of_a_large_file_make_the_same_corpus_wherever_they_are_read(address: str, tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, records(ROWS))))
    bounds = Bounds(rows=200, size=1 << 16, stretch=1 << 15)
    made = {}
    for kind in ("one", "ray"):
        workspace = Workspace(tmp_path / kind)
        with reading_engine(Engine(kind=kind, address=address if kind == "ray" else "")):  # type: ignore[arg-type]
            corpus = ingest_files(workspace, [opened(path, path.name)], name="large", bounds=bounds).corpus
        made[kind] = (corpus.id, Path(corpus.rows_path).read_bytes())
    assert made["ray"] == made["one"]


def test_a_killed_worker_costs_its_shard_only(address: str, corpus: Corpus, tmp_path: Path) -> None:
    folders = of(corpus, "dies_once", tmp_path, 3, with_engine=Engine(kind="ray", address=address))
    assert joined(folders) == [len(text) for text in corpus.text("response")]
    assert (tmp_path / "seen" / "flag").exists() and len(computed(tmp_path)) == 3


def test_a_shard_over_which_every_worker_dies_is_named(address: str, corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"3 workers died over .*dies of rows 0 to 29"):
        of(corpus, "dies", tmp_path, 2, with_engine=Engine(kind="ray", address=address))
    assert computed(tmp_path) == [29]


def test_an_error_of_ours_crosses_the_cluster(address: str, corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"rows 0 to 58: These rows cannot be read. Take others."):
        of(corpus, "refuses", tmp_path, 1, with_engine=Engine(kind="ray", address=address))


def test_cancelling_stops_the_work(address: str, corpus: Corpus, tmp_path: Path) -> None:
    def stop(done: float, total: float, note: str = "") -> None:
        if list((tmp_path / "seen").glob("pid-*")):
            raise Cancelled

    with pytest.raises(Cancelled):
        of(corpus, "waits", tmp_path, 1, with_engine=Engine(kind="ray", address=address), progress=stop)
    again = of(corpus, "lengths", tmp_path, 2, with_engine=Engine(kind="ray", address=address))  # the cores are free
    assert joined(again) == [len(text) for text in corpus.text("response")]


def test_a_killed_driver_goes_on_with_what_is_left(address: str, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    words = [str(corpus.workspace.home), corpus.id, address, str(tmp_path)]
    driver = subprocess.Popen([sys.executable, "-m", "tests.ray.driver", *words], cwd=settings.PROJECT_ROOT)
    try:
        while not list((tmp_path / "shards").glob("*/marker.json")):
            assert driver.poll() is None
            time.sleep(0.05)
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    (tmp_path / "seen" / "go").touch()
    folders = run_shards(
        "tests.shards.tasks:second_waits",
        shards_of(corpus, count=2),
        {"seen": str(tmp_path / "seen")},
        home=tmp_path / "shards",
        engine=Engine(kind="ray", address=address),
    )
    assert joined(folders) == [len(text) for text in corpus.text("response")]
    assert computed(tmp_path).count(0) == 1  # the driver's shard was taken as it was
