"""The roles in conversations: the names that files use, and the questions to the user about unknown names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import Any

from core.corpus.formats.record import Roles
from core.errors import InputError, quoted

ROLES: Roles = {
    "user": "user", "human": "user", "prompter": "user", "question": "user", "instruction": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "bot": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "claude": "assistant", "ai": "assistant", "answer": "assistant",
    "chatbot": "assistant",
    "system": "system", "developer": "system",
    "function_call": "function_call", "tool_call": "function_call", "tool_calls": "function_call",
    "function_calls": "function_call",
    "observation": "tool", "tool": "tool", "function": "tool", "tool_response": "tool", "function_response": "tool",
    "ipython": "tool", "environment": "tool", "tool_result": "tool", "function_result": "tool",
    "thinking": "thinking", "reasoning": "thinking", "thought": "thinking",
}  # fmt: skip
LEFT_OUT = "leave out"  # the answer for a role whose turns are not read
ANSWERS = ("user", "assistant", "system", "tool", LEFT_OUT)  # the user's possible answers for a role
UNKNOWN = "The roles are not known:"  # how the message begins, for a page that only has the message


def plain(role: object) -> str:
    """A role as it is looked up: lower case, accents composed, without the signs around it (<|user|>, Human:)."""
    text = unicodedata.normalize("NFC", str(role)).strip().lower()
    return text.strip("<|>#*[]: ") or text


def with_answers(answers: Mapping[str, str]) -> Roles:
    """The known roles together with the user's answers on others. Raises :class:`InputError` for an invalid answer."""
    if not answers:
        return ROLES
    said = {plain(role): " ".join(re.split("[-_ ]+", plain(answer))) for role, answer in answers.items()}
    for role, answer in said.items():
        if answer not in ANSWERS:
            raise InputError(
                f"The role {quoted(role)} cannot be {quoted(answer)}.", remedy=f"Say {', '.join(ANSWERS)}."
            )
    return {**ROLES, **said}


@dataclass(frozen=True)
class RoleFound:
    """A role in a file: how often it speaks, a sample line of it, and a proposal who it is."""

    name: str
    turns: int
    sample: str
    proposal: str
    known: bool


@dataclass(frozen=True)
class RoleQuestion:
    """A file with unknown roles: ``records`` records cannot be read until the user says who they are."""

    file: str
    container: str
    records: int
    roles: tuple[RoleFound, ...]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RoleQuestion:
        """The question that ``asdict`` wrote, from JSON."""
        return cls(**{**values, "roles": tuple(RoleFound(**role) for role in values["roles"])})

    @property
    def said(self) -> str:
        """The unknown roles with their turns, as one phrase."""
        unknown = [role for role in self.roles if not role.known]
        return ", ".join(f"{role.name} ({role.turns:,})" for role in unknown[:8]) + " …" * (len(unknown) > 8)


def roles_asked(questions: Iterable[RoleQuestion]) -> tuple[RoleFound, ...]:
    """The roles of all files, those who speak most first; a role of several files is one."""
    roles: dict[str, RoleFound] = {}
    for role in sorted((role for question in questions for role in question.roles), key=lambda role: -role.turns):
        first = roles.get(plain(role.name))
        if first is None:
            roles[plain(role.name)] = role
        else:
            roles[plain(role.name)] = replace(first, turns=first.turns + role.turns, sample=first.sample or role.sample)
    return tuple(sorted(roles.values(), key=lambda role: (-role.turns, role.name)))


def answered(roles: Iterable[RoleFound], chosen: Mapping[str, str]) -> dict[str, str]:
    """What has to be kept of the answers ``chosen``: those for unknown roles (left out where there is none), and those
    that make a known role another."""
    return {
        role.name: chosen.get(role.name, LEFT_OUT)
        for role in roles
        if not role.known or chosen.get(role.name, role.proposal) != role.proposal
    }


class RolesNeeded(InputError):
    """Raised for files with unknown roles; a page asks the ``questions``."""

    def __init__(self, questions: Sequence[RoleQuestion]) -> None:
        self.questions = tuple(questions)
        listed = "; ".join(f"{question.file} has {question.said}" for question in questions)
        first = next(role.name for question in questions for role in question.roles if not role.known)
        super().__init__(
            f"{UNKNOWN} {listed}",
            remedy=f"Say who each is: the Corpus page asks, and “load” takes --role {quoted(first)}=user, or "
            "assistant, system, tool, leave-out.",
        )


@dataclass
class RoleCount:
    """Counts the roles of conversations that could not be read."""

    conversations: int = 0
    turns: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    orders: Counter[tuple[str, ...]] = field(default_factory=Counter)  # who speaks after whom: conversations

    def add(self, said: Iterable[tuple[str, str]], roles: Roles) -> None:
        """Count one conversation of (role, text)."""
        self.conversations += 1
        order: list[str] = []
        for name, text in said:
            self.turns[name] += 1
            if name not in self.samples and text.strip():
                self.samples[name] = " ".join(text.split())[:200]
            if roles.get(plain(name), "user") in _ALTERNATING and len(order) < _TURNS:
                order.append(name)
        self.orders[tuple(order)] += 1

    def join(self, later: RoleCount) -> None:
        """Count the conversations of a later stretch of the file."""
        self.conversations += later.conversations
        self.turns.update(later.turns)
        self.samples = {**later.samples, **self.samples}
        self.orders.update(later.orders)

    def found(self, roles: Roles) -> tuple[RoleFound, ...]:
        """The roles, by descending number of turns, with a proposal for each by alternation."""
        ordered = sorted(self.turns.items(), key=lambda item: (-item[1], item[0]))
        first_orders = Counter(dict(islice(self.orders.items(), _ORDERS)))
        proposals = _proposals(first_orders, [name for name, _ in ordered], roles)
        return tuple(
            RoleFound(name, turns, self.samples.get(name, ""), proposals[name], plain(name) in roles)
            for name, turns in ordered
        )


_ALTERNATING = ("user", "assistant", "system")
_TURNS, _ORDERS = 12, 200  # turns of a conversation, and different orders of roles, that a proposal looks at
_ALIKE = 0.3  # what it counts for a role, for each conversation, that its name is like that of a known one
_JOINTLY = 5  # unknown roles whose proposals are tried in every combination; the next follow one by one
ASKED = 40  # roles the user is asked about, those with most turns; the turns of all others are left out


def _proposals(orders: Counter[tuple[str, ...]], names: Sequence[str], roles: Roles) -> dict[str, str]:
    """Who each of ``names`` is if question and answer alternate as well as they can; the most frequent names first."""
    who = {name: roles[plain(name)] for name in names if plain(name) in roles}
    unknown = [name for name in names if name not in who]
    for group in [unknown[:_JOINTLY], *([name] for name in unknown[_JOINTLY:ASKED])]:
        choices = (dict(zip(group, choice, strict=True)) for choice in product(_ALTERNATING, repeat=len(group)))
        who |= max(choices, key=lambda choice: _alternation(orders, {**who, **choice}))
    said = {name: who.get(name, LEFT_OUT).replace("function_call", "tool") for name in names}
    return {name: role if role in ANSWERS else LEFT_OUT for name, role in said.items()}


@lru_cache(maxsize=1024)
def _like(name: str) -> str:
    """Who a role is whose name begins like a known one (assistante, système); "" for none."""
    begins = "".join(char for char in unicodedata.normalize("NFKD", plain(name)) if not unicodedata.combining(char))[:4]
    return next((role for known, role in ROLES.items() if len(begins) == 4 and known.startswith(begins)), "")


def _alternation(orders: Counter[tuple[str, ...]], who: Mapping[str, str]) -> tuple[float, int]:
    """How well the conversations fit when the speakers are ``who``, and how often question and answer alternate.

    A conversation gains 1 when it begins with a question, 1 when it ends with an answer, 1 for each change between the
    two, and a little when it begins with a system prompt or a name is like that of a known role; it loses where a
    system prompt comes later. Roles not in ``who`` are passed over.
    """
    alike = sum(role == _like(name) for name, role in who.items())
    fit, changes = _ALIKE * alike * orders.total(), 0
    for order, conversations in orders.items():
        said = [who[name] for name in order if name in who]
        speakers = [role for role in said if role != "system"]
        prompts = len(said) - len(speakers)
        changed = sum(before != after for before, after in pairwise(speakers))
        ends = (speakers[0] == "user") + (speakers[-1] == "assistant") if speakers else 0
        leads = 0.1 if said[:1] == ["system"] and prompts == 1 else -prompts
        fit += conversations * (changed + ends + leads)
        changes += conversations * changed
    return fit, changes
