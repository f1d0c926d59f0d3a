"""The quick ways through a conversation give what the thorough ones give."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.clean import clean
from core.corpus.formats.record import BadRecord, Turn
from core.corpus.formats.roles import ROLES
from core.corpus.formats.turns import _plain_turn, answered_part, turns_of

WORDS = st.sampled_from(
    ["", " ", "yes", "no. ", "</s>", "<|im_end|>\n", "a<|im_end|>", "\ufeff", "x>", "\x00", "は い"]
)
ENTRY = st.dictionaries(
    st.sampled_from(
        ["role", "from", "content", "value", "weight", "thinking", "tool_calls", "refusal", "images", "channel"]
    ),
    st.one_of(st.none(), WORDS, st.sampled_from(["user", "gpt", "Human", "tool", "thinking", "analysis", "nobody"]),
              st.just([{"name": "f"}])),
    max_size=5,
)  # fmt: skip
TURN = st.builds(
    lambda role, content: {"role": role, "content": content},
    st.sampled_from(["user", "assistant", "tool", "function_call", "system"]),
    WORDS,
)


@given(ENTRY)
@settings(max_examples=600, deadline=None)
def test_a_plain_entry_is_read_as_any_entry_is(entry: dict[str, Any]) -> None:
    quick = _plain_turn(entry, ROLES)
    if quick is not None:
        assert turns_of(entry, 0, ROLES) == [quick]


@given(ENTRY)
@settings(max_examples=600, deadline=None)
def test_an_entry_gives_turns_or_says_why_it_gives_none(entry: dict[str, Any]) -> None:
    try:
        turns = turns_of(entry, 0, ROLES)
    except BadRecord as error:
        assert error.what
        return
    assert all(isinstance(turn["content"], str) and turn["role"] in {*ROLES.values()} for turn in turns)


def answered_slowly(turns: list[Turn]) -> list[Turn]:
    """The exchanges up to the last one that says something, or ends in a call."""
    exchanges: list[list[Turn]] = []
    for turn in turns:
        begins = turn["role"] == "user" and not (exchanges and exchanges[-1][-1]["role"] == "user")
        if begins or not exchanges:
            exchanges.append([])
        exchanges[-1].append(turn)
    for end in range(len(exchanges), 0, -1):
        words = [clean(turn["content"]) for turn in exchanges[end - 1] if turn["role"] == "assistant"]
        if any(words) or exchanges[end - 1][-1]["role"] == "function_call":
            return [turn for exchange in exchanges[:end] for turn in exchange]
    return turns


@given(st.lists(TURN, max_size=9))
@settings(max_examples=600, deadline=None)
def test_last_questions_without_an_answer_are_left_out(turns: list[Turn]) -> None:
    assert answered_part(turns) == answered_slowly(turns)
