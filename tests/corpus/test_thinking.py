"""Thinking and pictures beside the words: content of a row with a place of its own, counted only where it is chosen."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.pool import LengthWindow, PoolSpec, select
from core.corpus.row_ids import show_id
from core.corpus.store import open_corpus
from core.errors import InputError
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.features.tokens import compute_tokens, load_tokens
from core.row_positions import CorpusRows
from core.view import ALL_COMPONENTS, COMPONENTS
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.loaded import load, rows_of, told

FIRST = CorpusRows(np.array([0]))
ASKED = {"role": "user", "content": "Is 119 prime?"}


@pytest.mark.parametrize(
    "answer",
    [
        {"role": "assistant", "content": "No.", "reasoning_content": "7 divides it."},
        {"role": "assistant", "content": "No.", "reasoning": {"text": "7 divides it."}},
        {
            "role": "assistant",
            "content": "No.",
            "reasoning_details": [
                {"type": "reasoning.text", "text": "7 divides it.", "format": "unknown", "index": 0},
                {"type": "reasoning.encrypted", "data": "b3BlbnJvdXRlcg=="},
            ],
        },
        {"role": "assistant", "content": "No.", "thinking": " 7 divides it.\n"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "7 divides it."}, {"text": "No."}]},
        {"role": "assistant", "content": [{"type": "reasoning", "value": "7 divides it."}, {"value": "No."}]},
        {"role": "model", "parts": [{"text": "7 divides it.", "thought": True}, {"text": "No."}]},
    ],
)  # fmt: skip
def test_thinking_is_the_same_row_however_it_is_written(answer: dict[str, Any], workspace: Workspace) -> None:
    (row,) = rows_of(load(workspace, {"messages": [ASKED, answer]}))
    pair = load(workspace, {"instruction": "Is 119 prime?", "output": "No.", "thinking": "7 divides it."})
    assert (row["instruction"], row["response"], row["thinking"]) == ("Is 119 prime?", "No.", "7 divides it.")
    assert pair.corpus.ids.tolist() == [row["id"]]
    plain = load(workspace, {"instruction": "Is 119 prime?", "output": "No."})
    assert plain.corpus.ids.tolist() != [row["id"]]


def test_thinking_in_turns_and_channels_of_its_own_stands_at_the_answer_it_led_to(workspace: Workspace) -> None:
    first = [ASKED, {"role": "thinking", "content": "7."}, {"role": "assistant", "content": "No."}]
    second = [
        ASKED,
        {"role": "assistant", "channel": "analysis", "content": "7."},
        {"role": "assistant", "channel": "final", "content": "No."},
    ]
    made = load(workspace, {"messages": first}, {"messages": second})
    (row,) = rows_of(made)
    assert (row["response"], row["thinking"], row["multiplicity"]) == ("No.", "7.", 2)


def test_a_switch_is_no_thinking_and_stays_a_column(workspace: Workspace) -> None:
    made = load(workspace, {"prompt": "a", "completion": "b", "reasoning": "on"})
    (row,) = rows_of(made)
    assert row["thinking"] == ""
    assert made.corpus.column("reasoning").tolist() == ["on"]


FIRST_READER = ["74279235c3f5d6f8", "965a724e70c45022", "d463b34b18f6ef51"]


def test_rows_without_thinking_and_pictures_keep_the_ids_of_the_first_reader(workspace: Workspace) -> None:
    """Ids as version 1 of the reader gave them, written down before there was a second."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "tool", "content": "c"}]
    made = load(
        workspace,
        {"instruction": "a", "input": "i", "output": "b", "system": "s"},
        {"messages": [*turns, {"role": "assistant", "content": "d"}]},
        {"messages": turns[:2], "tools": [{"name": "f"}]},
    )
    assert sorted(map(show_id, made.corpus.ids)) == FIRST_READER
    assert made.corpus.artefact.manifest["reader"] == made.corpus.reader == 1
    assert load(workspace, {"prompt": "a", "completion": "b", "thinking": "c d e"}).corpus.reader == 2


def test_a_recipe_names_the_second_reader_where_it_named_the_rows_and_only_there(workspace: Workspace) -> None:
    plain = load(workspace, *({"prompt": f"q {row}", "completion": "a"} for row in range(9))).corpus
    thought = load(
        workspace, *({"prompt": f"q {row}", "completion": "a", "think": f"{row}."} for row in range(9))
    ).corpus
    for corpus, reader in ((plain, 1), (thought, 2)):
        built = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=4))
        written = built.recipe.as_dict()
        assert written.get("reader", 1) == built.recipe.reader == reader
        assert ("reader" in written) == (reader == 2)
        assert Recipe.of(written) == built.recipe
        assert not build(workspace, Recipe.of(written)).warnings


def test_a_row_that_an_older_version_stored_keeps_its_id_and_its_texts_as_they_came(workspace: Workspace) -> None:
    """A corpus made before thinking counted: the same rows under the ids of the first reader."""
    record = {"messages": [ASKED, {"role": "assistant", "content": "No. ", "reasoning_content": "7 divides it."}]}
    corpus = load(workspace, {"instruction": "Is 119 prime?", "output": "No."}).corpus
    folder = workspace.folder("corpora", corpus.id)
    table = pq.read_table(folder / "rows.parquet")
    place = table.column_names.index("original")
    pq.write_table(
        table.set_column(place, "original", pa.array([orjson.dumps(record).decode()])), folder / "rows.parquet"
    )
    old = open_corpus(workspace, corpus.id)
    (row,) = old.rows(FIRST)
    assert (row["id"], row["thinking"], old.reader, old.components) == (corpus.ids[0], "", 1, COMPONENTS)
    (line,) = json.loads(FORMATS["sharegpt"].write(rows_to_export(old, FIRST), b"{}"))
    assert line["conversations"][1] == {"from": "gpt", "value": "No. ", "reasoning_content": "7 divides it."}


def test_thinking_counts_in_a_component_only_where_it_is_chosen(workspace: Workspace) -> None:
    made = load(
        workspace,
        {"prompt": "a", "completion": "b", "thinking": "seven or eight"},
        {"prompt": "c", "completion": "d"},
    )
    corpus = made.corpus
    assert corpus.components == ALL_COMPONENTS
    assert sorted(corpus.text("response")) == ["b", "d"]
    assert sorted(corpus.text("response_with_thinking")) == ["d", "seven or eight\nb"]
    assert sorted(corpus.text("both_with_thinking")) == ["a\nseven or eight\nb", "c\nd"]
    assert sorted(corpus.column("thinking_characters").tolist()) == [0, 14]
    lengths = {}
    for component in ALL_COMPONENTS:
        text = CorpusText(corpus, component)
        compute_tokens(text, "mistral-32k")
        lengths[component] = int(load_tokens(text, "mistral-32k").lengths.sum())
    assert lengths["response_with_thinking"] > lengths["response"]
    assert lengths["both_with_thinking"] - lengths["both"] >= 3
    within = {name: select(corpus, PoolSpec(text="eight", within=name, with_holdout=True)) for name in ALL_COMPONENTS}
    assert {name: len(rows) for name, rows in within.items()} == {
        "instruction": 0, "response": 0, "both": 0, "response_with_thinking": 1, "both_with_thinking": 1,
    }  # fmt: skip
    window = LengthWindow(minimum=5, unit="characters", component="response_with_thinking")
    assert len(select(corpus, PoolSpec(length=window, with_holdout=True))) == 1


def test_pictures_of_every_spelling_are_named_counted_and_no_words(workspace: Workspace) -> None:
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "input_image", "image_url": "b.png"},
        {"type": "image", "path": "c.png"},
        {"type": "audio", "audio": {"path": "d.wav", "bytes": None}},
        {"inline_data": {"mime_type": "image/png", "data": "e" * 400}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "f" * 400}},
    ]
    question = {"role": "user", "content": [*parts, {"type": "text", "text": "What is it?"}]}
    made = load(workspace, {"messages": [question, {"role": "assistant", "content": "A cup."}]})
    (row,) = rows_of(made)
    names = [picture["name"] for picture in row["pictures"]]
    assert names[:4] == ["https://example.org/a.png", "b.png", "c.png", "d.wav"]
    assert len(names) == 6 and all(len(name) < 60 for name in names)
    assert (row["instruction"], made.corpus.column("pictures").tolist(), made.corpus.reader) == (
        "What is it?",
        [6.0],
        2,
    )
    assert "1 row has 6 pictures or other media" in told(made)


def test_the_text_and_length_of_single_rows_are_those_of_the_whole_component(workspace: Workspace) -> None:
    made = load(
        workspace,
        {"instruction": "Ünder 😀?", "input": "given", "output": "No.", "thinking": "7 divides it."},
        {"instruction": "Bare", "output": "Yes."},
        {"messages": [ASKED, {"role": "assistant", "content": "No."}, ASKED, {"role": "assistant", "content": "Nò."}]},
    ).corpus
    without = load(workspace, {"instruction": "a", "input": "b", "output": "cd"}).corpus

    for corpus in (made, without):
        for component in ALL_COMPONENTS:
            texts, wanted = corpus.text(component), np.arange(len(corpus))[::-1]
            assert corpus.texts_at(component, CorpusRows(wanted)) == texts[::-1]
            assert corpus.characters(component).tolist() == [len(text) for text in texts]
    with pytest.raises(InputError, match="no component"):
        made.characters("title")
