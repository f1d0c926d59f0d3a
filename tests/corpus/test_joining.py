"""Lines of a file find the rows they belong to."""

from __future__ import annotations

import numpy as np
import pytest

from core.corpus.joining import join_lines
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError


def record_number(corpus: Corpus, row: int) -> set[int]:
    """Which records a row came from, read off its text (see conftest)."""
    number = int(corpus.text("instruction")[row].split()[1])
    return {0, 1} if number == 0 else {number}


def test_line_i_belongs_to_record_i_whatever_the_order_of_the_rows(corpus: Corpus) -> None:
    result = join_lines(corpus, join="position", lines=60)
    assert len(result.rows) >= 59
    for row, line in zip(result.rows.tolist(), result.lines.tolist(), strict=True):
        assert line in record_number(corpus, row)
    first = result.first(len(corpus))
    twice = next(row for row in range(len(corpus)) if record_number(corpus, row) == {0, 1})
    assert first[twice] == 0
    assert (first >= 0).all()


def test_ids_may_be_numbers_or_digits_and_unknown_ones_are_counted(corpus: Corpus) -> None:
    ids = [show_id(int(corpus.ids[4])), int(corpus.ids[0]), 7, show_id(int(corpus.ids[4]))]
    result = join_lines(corpus, join="id", lines=4, ids=ids)
    assert result.rows.tolist() == [4, 0, 4]
    assert result.lines.tolist() == [0, 1, 3]
    assert result.unknown == 1
    first = result.first(len(corpus))
    assert first[[0, 4]].tolist() == [1, 0]
    assert (np.delete(first, [0, 4]) == -1).all()


@pytest.mark.parametrize("bad", ["not an id", -3, 1.5, None, 1 << 70])
def test_what_cannot_be_a_row_id_is_named(corpus: Corpus, bad: object) -> None:
    with pytest.raises(InputError, match="row id"):
        join_lines(corpus, join="id", lines=1, ids=[bad])


def test_another_number_of_lines_is_refused(corpus: Corpus) -> None:
    with pytest.raises(InputError, match=r"59 rows, rows\.jsonl had 60 records"):
        join_lines(corpus, join="position", lines=59)


def test_with_several_files_one_must_be_named(two_files: Corpus) -> None:
    with pytest.raises(InputError, match="not clear which file"):
        join_lines(two_files, join="position", lines=10)
    result = join_lines(two_files, join="position", lines=12, file="two.jsonl")
    texts = two_files.text("instruction")
    assert {int(texts[row].split()[1]) for row in result.rows.tolist()} <= set(range(500, 512))


def test_no_row_in_common_is_refused(corpus: Corpus) -> None:
    with pytest.raises(InputError, match="No row"):
        join_lines(corpus, join="id", lines=1, ids=[5])
