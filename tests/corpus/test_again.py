"""What a second copy of a row, or a second loading of the same rows, says beside the content is kept and told."""

from __future__ import annotations

import numpy as np
import orjson
import pyarrow as pa
import pytest

from core.corpus.columns import attach_columns
from core.corpus.fields import attached_fields
from core.corpus.ingest import Ingested, ingest_files
from core.corpus.sources import SourceFile, from_bytes
from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace

ROWS = [{"instruction": f"Ask {row}", "output": f"Answer {row}", "own": row} for row in range(5)]


def jsonl(rows: list[dict[str, object]], name: str = "a.jsonl") -> SourceFile:
    return from_bytes(name, b"\n".join(map(orjson.dumps, rows)))


def load(workspace: Workspace, *files: SourceFile) -> Ingested:
    return ingest_files(workspace, list(files))


def fields_of(corpus: Corpus) -> dict[str, dict[str, object]]:
    result = zip(corpus.text("response"), attached_fields(corpus, range(len(corpus))), strict=True)
    return dict(result)


def test_fields_of_every_kind_that_come_later_are_kept_as_they_came(workspace: Workspace) -> None:
    load(
        workspace,
        from_bytes("a.csv", b"instruction,output\n" + b"\n".join(b"Ask %d,Answer %d" % (n, n) for n in (1, 2))),
    )
    rows = [
        {"instruction": "Ask 1", "output": "Answer 1", "score": 1, "tags": ["x", {"y": 1}], "label": "poem", "turn": 7},
        {"instruction": "Ask 2", "output": "Answer 2", "score": 2, "source": "web"},
    ]
    made = load(workspace, jsonl(rows))
    assert made.already_here
    assert made.new_fields == ("label", "score", "source", "tags", "turn")
    assert made.new_columns == ("label", "score", "source (original)", "turn (original)")
    result = fields_of(made.corpus)
    assert result["Answer 1"] == {"score": 1, "tags": ["x", {"y": 1}], "label": "poem", "turn": 7, "source": None}
    assert result["Answer 2"] == {"score": 2, "tags": None, "label": None, "turn": None, "source": "web"}
    assert np.nansum(made.corpus.column("turn (original)")) == 7.0
    third = load(workspace, jsonl(rows))
    assert (third.new_fields, third.new_columns, third.not_taken) == ((), (), "")


@pytest.mark.parametrize(
    "later",
    [
        [{"id": "x7"}, {"id": "x8"}],
        [{"id": 11}, {"id": 12}],
        [{"id": "x7", "score": 1.5}, {"id": "x8", "score": 2.5}],
        [{"row_id": "x7", "index": 4}, {"row_id": "x8", "index": 3}],
    ],
)
def test_ids_that_come_later_are_a_field_like_any_other(workspace: Workspace, later: list[dict[str, object]]) -> None:
    rows: list[dict[str, object]] = [{"instruction": f"q{row}", "output": f"a{row}"} for row in (1, 2)]
    load(workspace, jsonl(rows))
    both = [row | fields for row, fields in zip(rows, later, strict=True)]
    made = load(workspace, jsonl(both))
    assert made.already_here
    assert made.new_columns == made.new_fields == tuple(sorted(later[0]))
    assert fields_of(made.corpus) == {"a1": later[0], "a2": later[1]}
    for name in later[0]:
        shown = dict(zip(made.corpus.text("response"), made.corpus.column(name).tolist(), strict=True))
        assert shown == {"a1": later[0][name], "a2": later[1][name]}
    again = load(workspace, jsonl(both))
    assert (again.new_fields, again.not_taken) == ((), "")


def test_values_that_contradict_the_first_loading_are_told(workspace: Workspace) -> None:
    load(workspace, jsonl(ROWS))
    again = load(workspace, jsonl([{**row, "own": 0, "late": row["own"]} for row in ROWS]))
    assert dict(again.differing) == {"own": 4}
    assert "own in 4 rows" in again.not_taken
    late = load(workspace, jsonl([{**row, "late": "one"} for row in ROWS]))
    assert dict(late.differing) == {"late": 5}
    assert not load(workspace, from_bytes("a.csv", b"instruction,output,own\nAsk 0,Answer 0,0\n")).not_taken


def test_attached_columns_count_among_what_came_later(workspace: Workspace) -> None:
    corpus = load(workspace, jsonl(ROWS)).corpus
    values = pa.array([1.5, None, 2.0, 3.0, 4.0])
    attach_columns(
        corpus.workspace, corpus, pa.table({"id": corpus.ids, "score": values, "note": ["a", None, "c", "d", "e"]})
    )
    assert attached_fields(corpus, [2, 1]) == [{"note": "c", "score": 2.0}, {"note": None, "score": None}]


def test_copies_that_differ_in_other_fields_are_counted_and_listed_with_their_place(workspace: Workspace) -> None:
    first = [{"instruction": "q", "output": "a", "score": 1, "label": "x"}, {"instruction": "r", "output": "b"}]
    second = [
        {"instruction": "q", "output": "a ", "label": "x", "score": 1},  # white space and order say nothing else
        {"instruction": "q", "output": "a", "score": 2, "label": "x"},
        {"instruction": "q", "output": "a", "score": 1, "label": "y"},
    ]
    made = load(workspace, jsonl(first, "a.jsonl"), jsonl(second, "b.jsonl"))
    assert made.report["exact_duplicates"] == 3
    assert made.report["differing_copies"] == 2
    assert made.report["differing_fields"] == {"label": 1, "score": 1}
    listed = [orjson.loads(line) for line in made.corpus.copies.splitlines()]
    assert [(entry["file"], entry["line"], entry["fields"]) for entry in listed] == [
        ("b.jsonl", 2, ["score"]),
        ("b.jsonl", 3, ["label"]),
    ]
    assert listed[0]["content"] == second[1]
    assert listed[0]["kept"] == {"file": "a.jsonl", "line": 1}
    assert listed == list(made.copies)


def test_a_number_of_a_csv_file_is_the_number_of_a_json_file(workspace: Workspace) -> None:
    csv = from_bytes("b.csv", b"instruction,output,score,empty\nq,a,2,\n")
    made = load(workspace, jsonl([{"instruction": "q", "output": "a", "score": 2.0}]), csv)
    assert (made.report["exact_duplicates"], made.report["differing_copies"]) == (1, 0)
