"""Names for clusters from an endpoint that speaks over a real socket: asked for once, kept, priced before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.corpus.cluster_edits import shown_names, values_of
from core.endpoint.client import Endpoint
from core.errors import Cancelled, NetworkError
from core.features.cluster_names import ClusterSample, messages_of
from core.features.cluster_naming import FOLDER, ask_names, kept_names, naming_cost, renamed_by, titles_of
from core.features.clusters import Clustering, Clusters
from core.features.keywords import Keyword
from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import endpoint, ok, without_own_keys

SAMPLES = [ClusterSample((f"word{number}",), (f"a text of cluster {number}",)) for number in range(6)]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)


def by_keyword(number: int, body: dict[str, Any]) -> Any:
    """The good endpoint: the name is the first keyword."""
    return ok(content="About " + body["messages"][-1]["content"].split()[1])


def asked(workspace: Workspace, samples: list[ClusterSample], url: str, **more: Any) -> list[str]:
    answers = ask_names(workspace, samples, endpoint=Endpoint(url=url, attempts=1, pause=0), model="m", **more)
    return [answer.name for answer in answers]


def test_each_cluster_is_asked_about_once_whichever_run_asks(workspace: Workspace) -> None:
    with endpoint(by_keyword) as (url, seen):
        assert asked(workspace, SAMPLES[:3], url) == ["About word0", "About word1", "About word2"]
        assert asked(workspace, SAMPLES, url) == [f"About word{number}" for number in range(6)]
        assert len(seen.bodies) == 6
        assert asked(workspace, [SAMPLES[4], SAMPLES[4], SAMPLES[1]], url)[2] == "About word1"
        assert len(seen.bodies) == 6
    assert kept_names(workspace, SAMPLES, "m") == [f"About word{number}" for number in range(6)]
    assert kept_names(workspace, SAMPLES, "another model") == [""] * 6


def test_a_reply_without_a_name_is_asked_for_again_now_and_in_the_next_run(workspace: Workspace) -> None:
    replies = iter(["Poems", "", "**", "Chess", "Notes"])
    with endpoint(lambda number, body: ok(content=next(replies))) as (url, seen):
        assert asked(workspace, SAMPLES[:3], url, concurrency=1) == ["Poems", "", "Chess"]
        assert len(seen.bodies) == 4
        assert asked(workspace, SAMPLES[:3], url) == ["Poems", "Notes", "Chess"]
        assert len(seen.bodies) == 5


def test_a_run_that_is_cancelled_goes_on_where_it_was(workspace: Workspace) -> None:
    def stop(done: float, total: float, note: str = "") -> None:
        if done >= 2:
            raise Cancelled

    with endpoint(by_keyword) as (url, seen):
        with pytest.raises(Cancelled):
            asked(workspace, SAMPLES, url, concurrency=1, progress=stop)
        (journal,) = (workspace.home / FOLDER).glob("*.jsonl")
        kept = [json.loads(line) for line in journal.read_text().splitlines() if line]
        assert 2 <= len(kept) < 6
        assert naming_cost(workspace, SAMPLES, "m").kept == len(kept)
        before = {body["messages"][-1]["content"] for body in seen.bodies[: len(kept)]}
        count = len(seen.bodies)
        assert asked(workspace, SAMPLES, url) == [f"About word{number}" for number in range(6)]
        assert not before & {body["messages"][-1]["content"] for body in seen.bodies[count:]}


def test_a_journal_that_was_cut_short_loses_one_answer(workspace: Workspace) -> None:
    with endpoint(by_keyword) as (url, seen):
        asked(workspace, SAMPLES[:2], url, concurrency=1)
        (journal,) = Path(workspace.home / FOLDER).glob("*.jsonl")
        journal.write_bytes(journal.read_bytes()[:-9])
        assert asked(workspace, SAMPLES[:2], url) == ["About word0", "About word1"]
        assert len(seen.bodies) == 3


def test_the_cost_is_that_of_the_questions_which_are_still_to_be_sent(workspace: Workspace) -> None:
    def letters(samples: list[ClusterSample]) -> int:
        return sum(sum(len(said["content"]) for said in messages_of(sample)) // 4 for sample in samples)

    before = naming_cost(workspace, [*SAMPLES, SAMPLES[0]], "m")
    assert (before.calls, before.kept, before.prompt_tokens) == (6, 0, letters(SAMPLES))
    with endpoint(by_keyword) as (url, _):
        asked(workspace, SAMPLES[:2], url)
    after = naming_cost(workspace, SAMPLES, "m")
    assert (after.calls, after.kept, after.prompt_tokens) == (4, 2, letters(SAMPLES[2:]))
    with endpoint(by_keyword) as (url, _):
        more = [ClusterSample((f"other{number}",), ()) for number in range(10)]
        asked(workspace, more, url)
    assert naming_cost(workspace, SAMPLES, "m").completion_tokens == 4 * 20  # as long as this model's replies were


def test_an_endpoint_that_refuses_every_question_is_named(workspace: Workspace) -> None:
    with endpoint(lambda number, body: (401, {}, b"{}")) as (url, seen):
        with pytest.raises(NetworkError, match="refuses"):
            asked(workspace, SAMPLES, url)
        assert len(seen.bodies) == 1


def test_names_replace_titles_of_their_clusters_only_and_never_twice() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2, -1], dtype=np.int32)
    clusters = Clusters("key", labels, Clustering())
    words = [[Keyword(word, 1.0)] for word in ("python", "soup", "chess")]
    titles = titles_of(clusters, words)
    assert titles == ["0 · python", "1 · soup", "2 · chess"]
    values = renamed_by(clusters, words, {0: "Programs", 1: "", 2: "Programs"})
    assert values.tolist() == ["Programs"] * 3 + ["1 · soup"] * 2 + ["2 · chess", None]
    assert values_of(labels, shown_names(titles)).tolist()[3:] == values.tolist()[3:]
