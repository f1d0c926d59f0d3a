"""What of a row is read and what is learnt: turns of the assistant and their end, within the cutoff."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.base import Base
from core.training.encoding import ANSWER, CONTEXT, END, encode_rows
from tests.training.bases import tiny_base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    made = tiny_base(tmp_path_factory.mktemp("base"), positions=64)
    made.end = 1  # the tiny model has no end token of its own; any other id serves
    return made


def text_of(base: Base, ids: np.ndarray) -> str:
    return base.causal.tokenizer._backend.decode(ids.tolist(), skip_special_tokens=False)


def test_turns_of_the_assistant_are_learnt_with_their_end_and_all_others_only_read(base: Base) -> None:
    turns = [
        {"role": "system", "content": "river"}, {"role": "user", "content": "mountain"},
        {"role": "assistant", "content": "copper"}, {"role": "user", "content": "engine"},
        {"role": "assistant", "content": "violet harbour"},
    ]  # fmt: skip
    rows = encode_rows(base, [turns], cutoff=64)
    ids, kinds = rows.ids[0], rows.kinds[0]
    assert ids[0] == base.causal.begin and kinds[0] == CONTEXT
    assert text_of(base, ids[kinds == ANSWER]) == "copperviolet harbour"
    assert text_of(base, ids[kinds == CONTEXT][1:]) == "river\nmountain\nengine\n"
    assert (ids[kinds == END] == 1).all() and (kinds == END).sum() == 2
    assert rows.answer_bytes[0] == len("copper") + len("violet harbour")
    assert rows.learnt[0] == rows.answered[0] + 2


def test_a_long_row_keeps_a_quarter_before_its_first_answer(base: Base) -> None:
    long = [{"role": "user", "content": "river " * 60}, {"role": "assistant", "content": "copper " * 60}]
    short_prompt = [{"role": "user", "content": "river"}, {"role": "assistant", "content": "copper " * 60}]
    no_answer = [{"role": "user", "content": "river " * 90}, {"role": "assistant", "content": ""}]
    rows = encode_rows(base, [long, short_prompt, no_answer], cutoff=40)
    assert rows.lengths.tolist() == [40, 40, 40] and rows.cut.all()
    kinds = rows.kinds[0]
    assert int(np.argmax(kinds == ANSWER)) == 1 + 39 // 4
    assert (kinds == ANSWER).sum() == 30 and (kinds == END).sum() == 0
    assert rows.answer_bytes[0] < len("copper " * 60), "bytes of what was cut off do not count"
    assert rows.learnt[2] == 0


def test_the_cutoff_is_never_beyond_what_the_model_reads(base: Base) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "river " * 200}]
    assert encode_rows(base, [turns], cutoff=4_096).lengths.tolist() == [64]
    empty = encode_rows(base, [[{"role": "user", "content": ""}, {"role": "assistant", "content": ""}]], cutoff=64)
    assert empty.learnt.tolist() == [0]
