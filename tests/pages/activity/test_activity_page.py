"""The Activity page, run as Streamlit runs it."""

from __future__ import annotations

from pytest import fixture
from streamlit.testing.v1 import AppTest

from core import settings
from core.jobs import queue, record
from core.workspace import trash
from core.workspace.artefacts import Workspace
from tests.jobs.running import wait

HOSTILE = "<script>alert(1)</script> **bold** :red[x] $x$"


@fixture
def page(workspace: Workspace) -> AppTest:
    return AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "activity.py"), default_timeout=60)


def texts(page: AppTest) -> str:
    return "\n".join(element.value for kind in (page.text, page.caption, page.markdown) for element in kind)


def test_an_empty_workspace_invites(page: AppTest) -> None:
    page.run()
    assert not page.exception and not page.error
    said = texts(page)
    assert "Nothing is being computed" in said
    assert "No job has ended yet" in said
    assert "Nothing deleted" in said
    assert "The workers sleep" in said
    assert "Features are computed by one process up to 500,000 rows, beyond them a pool of" in said


def test_a_waiting_job_starts_a_worker_and_can_be_cancelled(workspace: Workspace, page: AppTest) -> None:
    job = queue.submit(workspace, "tests.jobs.tasks:until_told", {}, title=HOSTILE)
    page.run()
    assert not page.exception and not page.error
    page.button(key=f"cancel.{job.id}").click().run()
    ended = wait(workspace, job.id, 60)
    assert ended.state == "cancelled"
    page.run()
    assert "Cancelled" in texts(page)
    shown = next(element.value for element in page.markdown if "script" in element.value)
    assert r"\<script\>" in shown and r"\*\*bold" in shown and r"\:red\[x\]" in shown and r"\$x\$" in shown
    assert all("<script>" not in element.value for element in page.markdown)


def test_a_failed_job_shows_its_message_its_log_and_goes_again(workspace: Workspace, page: AppTest) -> None:
    job = queue.submit(workspace, "tests.jobs.tasks:refuse", {}, title="Read a file")
    wait(workspace, job.id, 60)
    page.run()
    said = texts(page)
    assert "This file is empty. Choose another one." in said
    assert not any("Traceback" in element.value for element in page.text)
    assert any("Traceback" in element.value for element in page.code)  # in the log's popover only
    page.button(key=f"resume.{job.id}").click().run()
    told = [toast.value for toast in page.toast]  # it may fail before the page is drawn
    assert wait(workspace, f"{job.id}-2", 60).attempt == 2
    page.run()
    told += [toast.value for toast in page.toast]
    assert told == ["Not finished: **Read a file**. The Activity page says why."]
    page.button(key=f"forget.{job.id}").click().run()
    assert [left.id for left in queue.jobs(workspace)] == [f"{job.id}-2"]


def test_an_interrupted_job_is_resumed_by_a_press(workspace: Workspace, page: AppTest) -> None:
    job = queue.submit(workspace, "tests.jobs.tasks:add", {"a": 1, "b": 2}, title="Sum")
    with record.queue_lock(workspace):
        record.change(workspace, job.id, state="running", worker="dead", resumes=1)
    page.run()
    assert "Interrupted" in texts(page)
    page.button(key=f"resume.{job.id}").click().run()
    assert wait(workspace, job.id, 60).state == "done"


def test_the_end_of_asked_work_is_told_once_on_any_page(workspace: Workspace) -> None:
    job = queue.submit(workspace, "tests.jobs.tasks:add", {"a": 1, "b": 2}, title=f"Sum {HOSTILE}")
    wait(workspace, job.id, 60)
    other = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "corpus.py"), default_timeout=60)
    other.session_state["ds.awaited"] = [job.id]  # as the page that started it leaves it
    other.run()
    (toast,) = other.toast
    assert toast.value.startswith("Done: **Sum") and "<script>" not in toast.value
    other.run()
    assert not other.toast


def test_a_deleted_corpus_is_restored_and_removed_for_good_from_the_page(workspace: Workspace, page: AppTest) -> None:
    for kind, key in (("corpora", "c1"), ("features", "f1")):
        with workspace.create(kind, key, {"name": HOSTILE, "corpus": "c1", "rows": 1, "sources": 1}) as folder:
            (folder / "values.bin").write_bytes(b"\0" * 5_000)
    first = trash.discard(workspace, "corpora", "c1", along=trash.dependents(workspace, "c1"))
    page.run()
    assert not page.exception
    assert f"Corpora: {HOSTILE}" in [element.value for element in page.text]
    assert "with 1 thing computed from it" in texts(page)
    page.button(key=f"restore.{first.stamp}").click().run()
    assert workspace.has("corpora", "c1") and workspace.has("features", "f1")
    second = trash.discard(workspace, "corpora", "c1")
    page.run()
    page.button(key=f"purge.{second.stamp}").click().run()
    assert trash.deletions(workspace) == [] and not workspace.has("corpora", "c1")
    assert not page.exception and not page.error


def test_disk_use_is_listed_by_kind(workspace: Workspace, page: AppTest) -> None:
    with workspace.create("features", "f1", {}) as folder:
        (folder / "values.bin").write_bytes(b"\0" * 2_000_000)
    passport = workspace.home / "passports" / "c1" / "e1.json"
    passport.parent.mkdir(parents=True)
    passport.write_bytes(b"{}")
    page.run()
    table = page.dataframe[0].value
    assert "Passports of thresholds" in table["what"].tolist()
    assert table["what"].tolist()[0] == "Features (tokens, embeddings, clusters)"
    assert table["size"].tolist()[0] == "2 MB"
    assert "free on its disk" in texts(page)
