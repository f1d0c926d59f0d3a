"""Tags in the workspace: rounds, versions, keys, and the meso strategy on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.corpus.corpus_text import CorpusText
from core.endpoint.client import Endpoint
from core.errors import InputError
from core.features.tags import store
from core.features.tags.answers import Models
from core.features.tags.tagging import Tagging, raw_tags_key, tags_key
from core.selection.plan import Request
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.view import View
from core.workbench.tasks.tagging import models_of
from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import KEY, endpoint, ok, text_of, words_of
from tests.features.tags.conftest import SmallCorpus

TEXTS = ("apple tart", "apple pie", "", "apple tart", "plum jam", "plum cake", "pear cake")
ASKING = Tagging(tagger="endpoint", model="m", synonyms="none", support=0, min_rows=1)


def models(url: str) -> Models:
    return Models(endpoint=Endpoint(url=url, timeout=5.0, pause=0.01, attempts=3), model="m")


def lost(number: int, body: dict[str, Any]) -> Any:
    return ok(content="hm") if "plum" in text_of(body) else words_of(number, body)


def test_equal_texts_are_asked_once_and_empty_ones_never(workspace: Workspace) -> None:
    corpus = SmallCorpus(workspace, TEXTS)
    with endpoint() as (url, seen):
        raw = store.compute_tags(CorpusText(corpus, "response"), ASKING, models=models(url))
        again = store.compute_tags(CorpusText(corpus, "response"), ASKING, models=models(url))
    assert sorted(seen.texts) == sorted({text for text in TEXTS if text})
    assert [raw.of(row) for row in range(7)] == [text.split() for text in TEXTS] == [again.of(row) for row in range(7)]
    assert raw.names == sorted(raw.names) and raw.explanations["apple"] == "about apple"
    manifest = raw.manifest
    assert manifest["empty_rows"] == 1 and manifest["prompt_tokens"] == 500 and manifest["tokens_counted"]
    assert not (workspace.home / "partial" / raw.key).exists()


def test_failures_are_listed_and_the_next_round_asks_for_them_alone(workspace: Workspace) -> None:
    corpus = SmallCorpus(workspace, TEXTS)
    with endpoint(lost) as (url, _):
        raw = store.compute_tags(CorpusText(corpus, "response"), ASKING, models=models(url))
    assert [failure["rows"] for failure in raw.failures] == [[4], [5]]
    assert raw.failures[0] == {
        "rows": [4], "stage": "tag", "reason": "no list of tags in the reply", "snippet": "hm",
    }  # fmt: skip
    second = replace(ASKING, rounds=2)
    with endpoint() as (url, seen):
        better = store.compute_tags(CorpusText(corpus, "response"), second, models=models(url))
    assert sorted(seen.texts) == ["plum cake", "plum jam"]
    assert [better.of(row) for row in range(7)] == [text.split() for text in TEXTS] and not better.failures
    assert len(raw.failures) == 2  # the first round is as it was


def test_no_key_reaches_the_workspace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", KEY)
    with endpoint(lost, key=KEY) as (url, _):
        store.compute_tags(CorpusText(SmallCorpus(workspace, TEXTS), "response"), ASKING, models=models(url))
    for path in workspace.home.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes()


def test_keys_follow_what_decides_the_tags() -> None:
    key = raw_tags_key("c", "response", ASKING)
    assert key == raw_tags_key("c", "response", replace(ASKING, min_rows=9, eps=0.3, per_row=9))
    others = [replace(ASKING, model="other"), replace(ASKING, check_model="k"), replace(ASKING, rounds=2)]
    assert len({key, *(raw_tags_key("c", "response", other) for other in others)}) == 4
    base = tags_key("c", "response", ASKING)
    assert base == tags_key("c", "response", replace(ASKING, eps=0.3, confidence=0.9))  # neither is used here
    assert base != tags_key("c", "response", replace(ASKING, min_rows=9))
    assert tags_key("c", "response", ASKING, edits=f"{base}-abc") == "abc"
    assert tags_key("c", "instruction", ASKING, edits=f"{base}-abc") == tags_key("c", "instruction", ASKING)


def test_edits_are_versions_beside_the_computed_decisions(workspace: Workspace) -> None:
    corpus: Any = SmallCorpus(workspace, TEXTS)
    with endpoint() as (url, _):
        raw = store.compute_tags(CorpusText(corpus, "response"), ASKING, models=models(url))
    assert store.load_type_rows(CorpusText(corpus, "response"), ASKING) is None
    decisions = store.compute_decisions(CorpusText(corpus, "response"), ASKING)
    edits = store.save_edit(CorpusText(corpus, "response"), ASKING, decisions.renamed("plum", "prune", known=raw.names))
    before = store.load_type_rows(CorpusText(corpus, "response"), ASKING)
    after = store.load_type_rows(CorpusText(corpus, "response"), ASKING, edits=edits)
    assert before is not None and after is not None
    assert "plum" in before.names and "plum" not in after.names and "prune" in after.names
    assert [name for name, _ in store.versions(CorpusText(corpus, "response"), ASKING)] == [edits]
    assert (
        store.save_edit(CorpusText(corpus, "response"), ASKING, decisions.renamed("plum", "prune", known=raw.names))
        == edits
    )


def test_an_endpoint_that_is_not_named_is_asked_for(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="not named"):
        store.compute_tags(CorpusText(SmallCorpus(workspace, TEXTS), "response"), ASKING)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not tagged"):
        store.compute_decisions(CorpusText(SmallCorpus(workspace, TEXTS), "response"), ASKING)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not the address"):
        models_of({"url": "", "model": "m"})


def test_meso_covers_tags_evenly_and_leaves_untagged_rows_outside(workspace: Workspace) -> None:
    corpus: Any = SmallCorpus(workspace, TEXTS)
    with endpoint() as (url, _):
        store.compute_tags(CorpusText(corpus, "response"), ASKING, models=models(url))
    store.compute_decisions(CorpusText(corpus, "response"), ASKING)
    types = store.load_type_rows(CorpusText(corpus, "response"), ASKING)
    view = View(np.arange(7, dtype=np.uint64), "response", {"tags": lambda: types})
    meso = strategy("meso")
    assert meso.needs({}) == ("tags",)
    plan = meso.prepare(Preparation(view=view, parameters={"untyped": False}))
    answer = plan.answer(Request(size=3, position=1.0))
    assert answer.realised["k"] == 6 and 2 not in answer.rows  # six of seven tags fit into three rows of two
    assert plan.outside == {"without a tag": 1}
    kept = meso.prepare(Preparation(view=view, parameters={"untyped": True}))
    assert not kept.outside
    nothing = View(np.arange(2, dtype=np.uint64), "response", {"tags": lambda: types.take(np.array([2, 2]))})
    with pytest.raises(InputError, match="No row"):
        meso.prepare(Preparation(view=nothing, parameters={"untyped": False}))


@pytest.mark.parametrize(
    "wrong", [{"tagger": "x"}, {"synonyms": "x"}, {"eps": 2}, {"per_row": 0}, {"confidence": 0.1}, {"min_rows": 0}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Tagging(**wrong)
