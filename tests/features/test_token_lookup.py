"""Tokens are looked up by rank and by text, and so are the rows that hold them: as a slow count over all rows says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bands import Band
from core.features.band_moves import band_moves, same_split
from core.features.bands import mid_types_per_row
from core.features.token_lookup import around, commonest_first, rows_a_token, rows_with, search
from core.features.tokenizers import load
from core.view import TokenRows

SIZE = 12
ROWS = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=9), min_size=1, max_size=12)
ENDS = st.tuples(st.floats(0, 12), st.floats(0, 12)).map(sorted)


def token_rows(rows: list[list[int]]) -> TokenRows:
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    return TokenRows(indptr, ids, SIZE, np.bincount(ids, minlength=SIZE).astype(np.int64))


@settings(max_examples=60)
@given(ROWS, st.sets(st.integers(0, SIZE - 1), min_size=1))
def test_the_rows_that_hold_a_token_are_those_that_a_count_of_each_row_finds(rows: list, wanted: set[int]) -> None:
    ids = np.array(sorted(wanted))
    places, times = rows_with(token_rows(rows), ids)
    counts = {place: sum(token in wanted for token in row) for place, row in enumerate(rows)}
    expected = sorted(((-count, place) for place, count in counts.items() if count))
    assert list(zip(places.tolist(), times.tolist(), strict=True)) == [(place, -count) for count, place in expected]
    assert rows_a_token(token_rows(rows), ids).tolist() == [sum(token in row for row in rows) for token in ids]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(-5, 60), st.integers(1, 8))
def test_the_tokens_around_a_rank_are_consecutive_and_hold_it(counts: list[int], rank: int, count: int) -> None:
    frequency = np.array(counts, dtype=np.int64)
    ordered = commonest_first(frequency)
    assert ordered.tolist() == sorted((n for n, c in enumerate(counts) if c), key=lambda n: (-counts[n], n))
    near = around(ordered, rank, count=count).tolist()
    assert len(near) == min(count, len(ordered))
    if near:
        start = ordered.tolist().index(near[0])
        assert near == ordered.tolist()[start : start + len(near)]
        assert ordered[min(max(rank, 1), len(ordered)) - 1] in near


def test_a_text_is_cut_into_its_tokens_and_then_come_tokens_that_contain_it() -> None:
    tokenizer = load("mistral-32k")
    indptr, ids = tokenizer.encode_many(["the cat sat with other cats", "concatenate the category"])
    tokens = TokenRows(indptr, ids, tokenizer.vocabulary_size, np.bincount(ids, minlength=tokenizer.vocabulary_size))
    ordered = commonest_first(tokens.frequency)
    pieces = tokenizer.pieces(range(tokenizer.vocabulary_size))

    def find(text: str) -> tuple[list[str], list[str]]:
        own, holding = search(text, tokenizer=tokenizer, pieces=pieces, ordered=ordered, count=20)
        assert not set(own.tolist()) & set(holding.tolist())
        return [pieces[token] for token in own], [pieces[token] for token in holding]

    own, holding = find("cat")
    assert own[0] == " cat"
    assert all("cat" in piece for piece in holding)
    assert {piece for piece in (pieces[token] for token in ordered) if "cat" in piece} == {
        piece for piece in (*own, *holding) if "cat" in piece
    }
    assert find("CAT")[1]  # case is ignored
    assert find("␣the")[0] == [" the"]
    assert find("  ") == ([], [])


@pytest.mark.parametrize("count", [1, 2])
def test_no_more_tokens_are_found_than_asked(count: int) -> None:
    tokenizer = load("mistral-32k")
    _, ids = tokenizer.encode_many(["one lone stone alone on the bone"])
    frequency = np.bincount(ids, minlength=tokenizer.vocabulary_size)
    pieces = tokenizer.pieces(range(tokenizer.vocabulary_size))
    _, holding = search("on", tokenizer=tokenizer, pieces=pieces, ordered=commonest_first(frequency), count=count)
    assert len(holding) <= count


@settings(max_examples=80)
@given(ROWS, ENDS, ENDS)
def test_moves_between_two_bands_are_those_of_a_count_by_hand(rows: list, before: list, now: list) -> None:
    tokens, old, new = token_rows(rows), Band(*before), Band(*now)
    frequency = np.asarray(tokens.frequency)
    moves = band_moves(
        old, new, tokens,
        types_before=mid_types_per_row(old, tokens), types_now=mid_types_per_row(new, tokens),
    )  # fmt: skip

    def name(band: Band, token: int) -> str:
        times = frequency[token]
        return "high" if times > band.high else "mid" if times >= band.low else "low"

    moved = {t: (name(old, t), name(new, t)) for t in range(SIZE) if frequency[t] and name(old, t) != name(new, t)}
    assert {int(token): (move.start, move.end) for move in moves.tokens for token in move.ids} == moved
    assert same_split(old, new, frequency) == (not moved)
    for move in moves.tokens:
        ids = set(move.ids.tolist())
        assert move.occurrences == sum(token in ids for row in rows for token in row)
        assert move.rows == sum(bool(ids & set(row)) for row in rows)
        assert move.ids.tolist() == sorted(ids, key=lambda token: (-frequency[token], token))
    sides = Counter()
    for place, row in enumerate(rows):
        a, b = (len({t for t in row if name(band, t) == "mid"}) for band in (old, new))
        side = "in" if not a and b else "out" if a and not b else "more" if b > a else "fewer" if b < a else ""
        sides[side] += 1
        assert all((place in places) == (kind == side) for kind, places in moves.sides.items())
    for places in moves.sides.values():
        change = np.abs(moves.now - moves.before)[places]
        assert (np.diff(change) <= 0).all()
