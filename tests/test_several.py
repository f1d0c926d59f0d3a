"""The words of cells, counted by looking at each different cell once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.corpus.value_counts import counts_of_values, kinds_of_values
from core.several import Several, coded, overlaps, with_word, word_entries, words_of

CELLS = ("law", "", None, Several(("law", "history")), Several(("law, history",)), "history", Several(()))


def column(seed: int, *, shared: bool) -> np.ndarray:
    """Cells in a random order: equal ones are one object, as they are read from a file, or an object each."""
    picked = np.random.default_rng(seed).integers(len(CELLS), size=200)
    made = np.empty(len(picked), dtype=object)
    for row, place in enumerate(picked.tolist()):
        cell = CELLS[place]
        anew = Several(cell.words) if isinstance(cell, Several) else cell and "".join([*cell])
        made[row] = cell if shared else anew
    return made


@pytest.mark.parametrize("shared", [True, False])
def test_the_words_of_a_column_are_those_of_its_cells_one_by_one(shared: bool) -> None:
    values = column(3, shared=shared)
    names, rows, words = word_entries(values)

    slow = [(row, word) for row, cell in enumerate(values) for word in words_of(cell)]
    assert list(zip(rows.tolist(), [names[word] for word in words.tolist()], strict=True)) == slow
    assert names == sorted({word for _, word in slow})
    places, cells = coded(values)
    assert all(cells[place] is cell for place, cell in zip(places.tolist(), values, strict=True))
    for wanted in (["law"], ["law, history"], ["history", "none of them"], []):
        chosen = set(wanted)
        fits = [cell in chosen or any(word in chosen for word in words_of(cell)) for cell in values]
        assert with_word(values, wanted).tolist() == fits
    assert overlaps(values) and not overlaps(values[[cell in ("law", None) for cell in values]])


@pytest.mark.parametrize("shared", [True, False])
def test_values_of_words_are_counted_commonest_first(shared: bool) -> None:
    values = column(5, shared=shared)
    slow = Counter(word for cell in values for word in words_of(cell))
    assert list(counts_of_values(values).items()) == sorted(slow.items(), key=lambda item: (-item[1], item[0]))
    assert kinds_of_values(values) == len(slow)


def test_numbers_are_counted_by_their_first_fifteen_digits() -> None:
    values = np.array([0.3, 0.1 + 0.2, np.nan, 2.0, 2.0, -1.0])
    assert counts_of_values(values) == {"0.3": 2, "2": 2, "-1": 1}
    assert kinds_of_values(values) == 3


@pytest.mark.parametrize("kind", [object, np.float64])
def test_a_column_without_rows_has_no_values(kind: type) -> None:
    assert counts_of_values(np.empty(0, dtype=kind)) == {} and kinds_of_values(np.empty(0, dtype=kind)) == 0
