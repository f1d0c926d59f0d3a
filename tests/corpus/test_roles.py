"""Who speaks: known roles, answers of a person, and the proposal for roles that nobody knows."""

from __future__ import annotations

import pytest

from core.corpus.formats.roles import (
    ASKED,
    LEFT_OUT,
    ROLES,
    RoleCount,
    RoleFound,
    RoleQuestion,
    answered,
    plain,
    roles_asked,
    with_answers,
)
from core.errors import InputError


def proposals(*conversations: str) -> dict[str, str]:
    """The proposals for conversations written as the roles of their turns."""
    counts = RoleCount()
    for roles in conversations:
        counts.add([(role, f"{role} says") for role in roles.split()], ROLES)
    return {role.name: role.proposal for role in counts.found(ROLES)}


@pytest.mark.parametrize(
    ("conversations", "expected"),
    [
        (["U A", "U A U A"], {"U": "user", "A": "assistant"}),
        (["U assistant", "U assistant U assistant"], {"U": "user", "assistant": "assistant"}),
        (["user A user A"], {"user": "user", "A": "assistant"}),
        (["S U A", "S U A U A"], {"S": "system", "U": "user", "A": "assistant"}),
        (["S user A", "user A"], {"S": "system", "user": "user", "A": "assistant"}),
        (["U assistant N"], {"U": "user", "assistant": "assistant", "N": "user"}),
        (["U A", "A U A", "U A"], {"U": "user", "A": "assistant"}),
        (["S U A", "U A N"], {"S": "system", "U": "user", "A": "assistant", "N": "user"}),
        (["A U A U A", "U A"], {"U": "user", "A": "assistant"}),
        (["U A U", "U A U"], {"U": "user", "A": "assistant"}),
        (["S U A", "S U A"], {"S": "system", "U": "user", "A": "assistant"}),
        (["S A", "S A"], {"S": "user", "A": "assistant"}),
        (
            ["UTILISATEUR ASSISTANTE NARRATRICE"],
            {"UTILISATEUR": "user", "ASSISTANTE": "assistant", "NARRATRICE": "user"},
        ),
        (["SYSTÈME ELLE LUI"], {"SYSTÈME": "system", "ELLE": "user", "LUI": "assistant"}),
        (["user function_call X"], {"user": "user", "function_call": "tool", "X": "assistant"}),
    ],
)
def test_a_proposal_follows_who_speaks_after_whom(conversations: list[str], expected: dict[str, str]) -> None:
    assert proposals(*conversations) == expected


def test_of_thousands_of_names_only_the_most_frequent_are_proposed_to_speak() -> None:
    conversations = [f"m{number} m{number + 1}" for number in range(0, 3000, 2)]
    given = proposals("often seldom", *conversations, "often seldom", "often seldom")
    assert (given["often"], given["seldom"]) == ("user", "assistant")
    assert sum(proposal != LEFT_OUT for proposal in given.values()) == ASKED
    assert len(given) == 3002


@pytest.mark.parametrize("written", ["user", " USER ", "<|user|>", "Human:", "### Human", "[User]"])
def test_a_known_role_is_known_however_it_is_decorated(written: str) -> None:
    assert ROLES[plain(written)] == "user"


def test_an_answer_makes_a_role_known_whatever_its_case() -> None:
    roles = with_answers({"Elève": " User ", "gpt": "leave-out", "X": "LEAVE_OUT"})
    assert (roles["elève"], roles["gpt"], roles["x"], roles["human"]) == ("user", LEFT_OUT, LEFT_OUT, "user")
    with pytest.raises(InputError, match="cannot be 'pirate'"):
        with_answers({"x": "pirate"})


def test_one_question_for_all_files_and_only_what_was_answered_is_kept() -> None:
    def question(file: str, *roles: RoleFound) -> RoleQuestion:
        return RoleQuestion(file, "JSONL", 1, roles)

    asked = roles_asked(
        [
            question("a", RoleFound("U", 2, "", "user", False), RoleFound("gpt", 2, "yes", "assistant", True)),
            question("b", RoleFound("u", 5, "hm", "assistant", False), RoleFound("Z", 1, "", "user", False)),
        ]
    )
    assert [(role.name, role.turns, role.sample) for role in asked] == [("u", 7, "hm"), ("gpt", 2, "yes"), ("Z", 1, "")]
    assert answered(asked, {"u": "user", "gpt": "assistant"}) == {"u": "user", "Z": LEFT_OUT}
    assert answered(asked, {"u": "user", "gpt": "user", "Z": "tool"}) == {"u": "user", "gpt": "user", "Z": "tool"}


def test_a_role_is_one_however_its_accents_are_written() -> None:
    composed, decomposed = "\u00c9l\u00e8ve", "E\u0301le\u0300ve"
    for given, written in ((composed, decomposed), (decomposed, composed)):
        assert with_answers({given: "user"})[plain(written)] == "user"
