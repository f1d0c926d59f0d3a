"""The jobs that did not end well or have not begun, and the packing of it all into one archive."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import settings
from core.corpus.sources import from_bytes
from core.corpus.tasks import keep_uploads
from core.jobs import queue, supervisor
from core.jobs.lease import holder
from tests.jobs.running import wait
from tests.old_workspace import make_rows
from tests.old_workspace.make_choices import ENDPOINT
from tests.old_workspace.make_place import INSTRUCTION, Maker
from tests.tags.stand_in import endpoint, ok

KEYWORDS, TOKENS = "core.features.tasks:keywords", "core.workbench.tasks:tokens"
TAG, INGEST = "core.features.tags.task:tag", "core.corpus.tasks:ingest"
LEFT_OUT = ("cache.duckdb*", "*.lock", "queue.bell", "worker.*")  # caches, locks, and what the worker says of itself
MACHINE = (b"/work", b"/tmp", b"/opt", b"/root", b"/home", b"/usr")  # where this machine keeps things
TEXTS = (".json", ".jsonl", ".txt", ".py", ".csv")
STARTED = 60.0  # seconds in which a worker has to show itself


def failed(maker: Maker) -> None:
    """Words are asked for of clusters that are not there."""
    clustering = INSTRUCTION.with_(neighbors=9).clustering
    request = {"corpus": maker.workshop.id, "component": "instruction", **clustering.request()}
    job = queue.submit(maker.workspace, KEYWORDS, request, title="Name the clusters of workshop")
    assert wait(maker.workspace, job.id, STARTED).state == "failed"


def cancelled(maker: Maker) -> None:
    """A job that was taken out of the queue before a worker had it."""
    maker.rest()
    request = {"corpus": maker.examples.id, "component": "both", "tokenizer": "tekken-131k"}
    job = queue.submit(maker.workspace, TOKENS, request, title="Count the tokens of examples (both, tekken-131k)")
    assert queue.cancel(maker.workspace, job.id).state == "cancelled"


def interrupted(maker: Maker) -> None:
    """Tagging whose worker was killed twice, by which it has some answers, and no worker takes it up again."""
    asked = ENDPOINT.with_(tag_rounds=1)
    with endpoint(lambda number, body: ok(["patient", "short"]) if number < 8 else ("slow", 900, ok())) as (url, _):
        request: dict[str, Any] = {
            "corpus": maker.examples.id, "component": "instruction", **asked.tagging.request(), "url": url,
            "check_url": "", "concurrency": 1,
        }  # fmt: skip
        job = queue.submit(maker.workspace, TAG, request, title="Tag the instruction of examples")
        for resumes in (0, 1):
            supervisor.ensure_worker(maker.workspace)
            until(lambda: _runs(maker, job.id, resumes))  # noqa: B023 - asked at once
            until(lambda: len(_answers(maker)) > 3)
            living = holder(maker.workspace)
            assert living is not None
            os.kill(living.pid, signal.SIGKILL)
            until(lambda: holder(maker.workspace) is None)
    assert queue.job(maker.workspace, job.id).state == "interrupted"


def _runs(maker: Maker, job_id: str, resumes: int) -> bool:
    now = queue.job(maker.workspace, job_id)
    return now.state == "running" and now.resumes == resumes


def _answers(maker: Maker) -> list[str]:
    return [
        line
        for path in (maker.workspace.home / "partial").glob("*/answers.jsonl")
        for line in path.read_text().splitlines()
    ]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + STARTED
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("It did not come about.")
        time.sleep(0.1)


def queued(maker: Maker) -> None:
    """Two jobs that wait: a file to be read, and tokens to be counted."""
    uploads = keep_uploads(maker.workspace, [from_bytes("late.csv", make_rows.table(make_rows.notes(12, seed=41)))])
    request: dict[str, Any] = {
        "uploads": uploads, "name": "late", "mapping": None,
        "reading": {"multi_turn": "conversation", "empty": "reject", "invalid_utf8": "replace"},
        "holdout": {"fraction": 0.0, "seed": 0},
    }  # fmt: skip
    queue.submit(maker.workspace, INGEST, request, title="Read late.csv")
    request = {"corpus": maker.examples.id, "component": "both", "tokenizer": "words"}
    queue.submit(maker.workspace, TOKENS, request, title="Count the tokens of examples (both, words)")


def packed(maker: Maker, archive: Path) -> int:
    """Write workspace and exports into one archive, without caches, locks and this machine's paths; its bytes."""
    staged = maker.place / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(maker.workspace.home, staged / "home", ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.copytree(maker.place / "exports", staged / "exports")
    for path in staged.rglob("log.txt"):
        path.write_text(_by_module(path.read_text(encoding="utf-8")), encoding="utf-8")
    files = sorted(path for path in staged.rglob("*") if path.is_file())
    told = {path: path.read_bytes() for path in files}
    assert not [(path, word) for path, text in told.items() for word in MACHINE if word in text]
    host = re.compile(rb"\b" + re.escape(socket.gethostname().encode()) + rb"\b")
    assert not [path for path, text in told.items() if path.suffix in TEXTS and host.search(text)]
    with tarfile.open(archive, "w:xz", preset=9) as tar:
        for path in files:
            entry = tarfile.TarInfo(str(path.relative_to(staged)))
            entry.size, entry.mtime = path.stat().st_size, int(path.stat().st_mtime)
            tar.addfile(entry, io.BytesIO(told[path]))
    return archive.stat().st_size


def _by_module(log: str) -> str:
    """A job's log with code named by its module, as nobody else has this machine's folders."""
    for folder in (settings.PROJECT_ROOT, Path(sys.prefix), Path(sys.base_prefix)):
        inside = re.escape(str(folder))
        log = re.sub(rf'File "{inside}/([^"]+)\.py"', lambda path: f'File "{path[1].replace("/", ".")}"', log)
        log = log.replace(f"{folder}/", "")
    return log
