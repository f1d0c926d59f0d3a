"""A file of one's own attached on the pages, run as Streamlit runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.features.own_vectors import given_embedders
from core.features.tags.own import TagFile, attach_tags, own_tags
from core.jobs import queue
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys

pytestmark = pytest.mark.usefixtures("no_worker", "carried_embedder")


def page(name: str, corpus: Corpus, **choice: str) -> AppTest:
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / f"{name}.py"), default_timeout=60)
    test.session_state[session_keys.CORPUS.name] = corpus.id
    test.session_state[session_keys.CHOICE.name] = FeatureSettings().with_(**choice)
    test.session_state[session_keys.SEEN.name] = True
    return test.run()


def attach(test: AppTest, key: str, path: Path, *, label: str, join: str) -> AppTest:
    test.text_input(key=f"{key}.path").set_value(str(path))
    test.text_input(key=f"{key}.label").set_value(label)
    test.button_group(key=f"{key}.join").set_value([join])
    test.run()
    return test.button(key=f"{key}.attach").click().run()


def test_vectors_attached_on_the_clusters_page_stand_beside_the_embedders(
    workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "vectors.npy"
    np.save(path, np.random.default_rng(0).normal(size=(60, 8)))
    test = attach(page("clusters", corpus), "clusters.own", path, label="big model", join="position")
    assert not test.exception
    assert not test.error
    assert "with vectors of 8 dimensions" in test.success[0].value
    assert given_embedders(CorpusText(corpus, "response")) == ["own:big-model"]
    box = next(box for box in test.selectbox if box.label == "Embedder")
    assert box.value == "own:big-model"
    assert any("Project and cluster" in button.label for button in test.button)


def test_a_file_outside_the_roots_is_refused(workspace: Workspace, corpus: Corpus) -> None:
    test = attach(page("clusters", corpus), "clusters.own", Path("/etc/passwd"), label="x", join="position")
    assert "outside the folders" in test.error[0].value


def test_another_component_says_that_its_vectors_are_missing(
    workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    test = page("clusters", corpus, embedder="own:elsewhere")
    assert not test.exception
    assert any("There are no vectors elsewhere" in info.value for info in test.info)


def test_a_column_becomes_the_partition(workspace: Workspace, corpus: Corpus) -> None:
    test = page("clusters", corpus, partition="column")
    assert any("Which column holds the clusters" in info.value for info in test.info)
    test = page("clusters", corpus, partition="column", cluster_column="source")
    assert not test.exception
    assert any("clusters**" in line.value for line in test.markdown)


def test_tags_attached_on_the_tags_page_are_merged_by_a_job(
    workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "tags.jsonl"
    rows = [{"id": show_id(int(row)), "tags": ["cat", f"kind {at % 3}"]} for at, row in enumerate(corpus.ids)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    test = attach(page("tags", corpus, tagger="own"), "tags.own.form", path, label="hand", join="id")
    assert not test.exception
    assert not test.error
    assert own_tags(CorpusText(corpus, "response")) == ["hand"]
    asked = queue.jobs(workspace)
    assert [job.request["model"] for job in asked] == ["hand"]


def offered(test: AppTest) -> set[str]:
    return {button.label.replace("\\", "") for button in test.button if button.label.startswith("Use ")}


def test_a_fresh_session_names_the_tags_that_are_there_and_turns_to_them(
    workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    rows = [[f"kind {at % 3}"] for at in range(len(corpus))]
    assert not offered(page("tags", corpus))
    for label in ("hand", "other hand"):
        given = TagFile(tags=rows, ids=[show_id(int(row)) for row in corpus.ids])
        attach_tags(CorpusText(corpus, "response"), given, label=label, join="id")
    test = page("tags", corpus)
    assert not test.exception
    assert offered(test) == {"Use your file “hand”", "Use your file “other-hand”"}
    assert any("The response has other tags too" in line.value for line in test.caption)
    next(button for button in test.button if "“hand”" in button.label).click().run()
    assert not test.exception
    choice = test.session_state[session_keys.CHOICE.name]
    assert (choice.tagger, choice.tag_model) == ("own", "hand")
    assert offered(test) == {"Use your file “other-hand”"}
    assert any("In use: your file “hand”" in line.value for line in test.caption)
    assert not offered(page("tags", corpus, component="both"))
