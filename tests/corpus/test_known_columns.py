"""Files of other systems become columns: each format as documented, and refusals that say what was looked for."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from core.__main__ import main
from core.corpus.known_columns import KNOWN, known_table
from core.corpus.row_ids import show_id
from core.errors import InputError


def lines_of(*records: dict[str, object]) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


def test_magpies_words_become_levels_and_its_other_tags_words() -> None:
    data = lines_of(
        {
            "id": "a",
            "difficulty": "Very Hard",
            "quality": "good",
            "task_category": "Math",
            "instruct_reward": 1.5,
        },
        {"id": "b", "difficulty": "easy", "quality": None, "task_category": "", "instruct_reward": -2},
    )
    table = known_table(data, name="tags.jsonl", kind="magpie").to_pydict()
    assert table["magpie_difficulty"] == [5.0, 2.0] and table["magpie_quality"] == [4.0, None]
    assert (
        table["magpie_task"] == ["Math", None] and table["magpie_reward"] == [1.5, -2.0] and table["id"] == ["a", "b"]
    )
    with pytest.raises(InputError, match="no level of Magpie"):
        known_table(lines_of({"id": "a", "difficulty": "fiendish"}), name="tags.jsonl", kind="magpie")


def test_factors_of_several_test_examples_are_averaged_for_each_row() -> None:
    data = b"id,test_id,alpha,beta\nr1,t1,0.9,0.1\nr1,t2,0.7,\nr2,t1,1.1,-0.2\n"
    table = known_table(data, name="factors.csv", kind="gptfluence").to_pydict()
    assert table["id"] == ["r1", "r2"] and table["gptfluence_alpha"] == pytest.approx([0.8, 1.1])
    assert table["gptfluence_beta"] == pytest.approx([0.1, -0.2])
    with pytest.raises(InputError, match="no rows"):
        known_table(b"test_id,alpha\nt1,0.9\nt2,0.7\n", name="factors.csv", kind="gptfluence")


def test_loads_of_experts_give_entropy_and_the_busiest_whether_listed_or_apart() -> None:
    listed = known_table(lines_of({"gate_load": [1, 3]}, {"gate_load": [5, 0]}), name="g.jsonl", kind="experts")
    apart = known_table(b"expert_0,expert_1\n1,3\n5,0\n", name="g.csv", kind="experts")
    for table in (listed.to_pydict(), apart.to_pydict()):
        assert table["gate_entropy"] == pytest.approx([-(0.25 * np.log(0.25) + 0.75 * np.log(0.75)), 0.0])
        assert table["gate_expert"] == ["expert 1", "expert 0"] and table["gate_share"] == [0.75, 1.0]
    with pytest.raises(InputError, match="not all 0"):
        known_table(b"expert_0,expert_1\n0,0\n", name="g.csv", kind="experts")


def test_datamodel_weights_have_a_column_for_each_target() -> None:
    data = b"id,squad,lambada\nx,0.5,-1\ny,,2\n"
    table = known_table(data, name="w.csv", kind="dsdm").to_pydict()
    assert table["dsdm_squad"] == [0.5, None] and table["dsdm_lambada"] == [-1.0, 2.0]
    buffer = io.BytesIO()
    np.save(buffer, np.array([0.1, 0.2]))
    assert known_table(buffer.getvalue(), name="cs.npy", kind="dsdm").to_pydict() == {"dsdm_cs": [0.1, 0.2]}


@pytest.mark.parametrize("kind", [kind.name for kind in KNOWN])
def test_a_file_of_anything_else_is_refused_with_what_was_looked_for(kind: str) -> None:
    known = next(entry for entry in KNOWN if entry.name == kind)
    with pytest.raises(InputError) as refused:
        known_table(b"id,colour\na,red\nb,blue\n", name="other.csv", kind=kind)
    assert known.looks_for in str(refused.value)


def test_the_command_attaches_them_by_row_id(made, tmp_path, capsys) -> None:
    _, corpus = made
    path = tmp_path / "tags.jsonl"
    path.write_bytes(
        lines_of(*({"id": show_id(int(row)), "difficulty": "hard", "quality": "poor"} for row in corpus.ids[:5]))
    )
    assert main(["columns", corpus.id, str(path), "--as", "magpie"]) == 0
    assert np.nansum(corpus.column("magpie_difficulty")) == 20 and np.isnan(corpus.column("magpie_quality")[6])
    assert main(["columns", corpus.id, str(path), "--as", "experts"]) == 1
    assert "gate_load" in capsys.readouterr().err
