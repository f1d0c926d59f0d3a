"""The roles in conversations: the names that files use, and the questions to the user about unknown names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.corpus.formats.record import Roles
from core.errors import InputError

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
    """A role as it is looked up: lower case, without the signs that templates put around it (<|user|>, Human:)."""
    text = str(role).strip().lower()
    return text.strip("<|>#*[]: ") or text


def with_answers(answers: Mapping[str, str]) -> Roles:
    """The known roles together with the user's answers on others. Raises :class:`InputError` for an invalid answer."""
    if not answers:
        return ROLES
    said = {plain(role): " ".join(re.split("[-_ ]+", plain(answer))) for role, answer in answers.items()}
    for role, answer in said.items():
        if answer not in ANSWERS:
            raise InputError(f"The role {role[:80]!r} cannot be {answer[:80]!r}.", remedy=f"Say {', '.join(ANSWERS)}.")
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
            remedy=f"Say who each is: the Corpus page asks, and “load” takes --role {first[:40]!r}=user, or assistant, "
            "system, tool, leave-out.",
        )


@dataclass
class RoleCount:
    """Counts the roles of conversations that could not be read."""

    conversations: int = 0
    turns: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    places: dict[str, Counter[str]] = field(default_factory=dict)  # role: its places

    def add(self, said: Iterable[tuple[str, str]], roles: Roles) -> None:
        """Count one conversation of (role, text)."""
        self.conversations += 1
        turns = list(said)
        opening = turns[0][0] if len(turns) % 2 and _speaks_once_before_a_question(turns, roles) else None
        expected = "user"
        for name, text in turns:
            self.turns[name] += 1
            if name not in self.samples and text.strip():
                self.samples[name] = " ".join(text.split())[:200]
            place = roles.get(plain(name)) or ("opening" if name == opening else expected)
            self.places.setdefault(name, Counter())[place] += 1
            if place in ("user", "assistant"):
                expected = "assistant" if place == "user" else "user"

    def found(self, roles: Roles) -> tuple[RoleFound, ...]:
        """The roles, by descending number of turns, with a proposal for each by alternation."""
        ordered = sorted(self.turns.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            RoleFound(name, turns, self.samples.get(name, ""), self._proposal(name, roles), plain(name) in roles)
            for name, turns in ordered
        )

    def _proposal(self, name: str, roles: Roles) -> str:
        known = roles.get(plain(name))
        if known:
            return "tool" if known == "function_call" else known if known in ANSWERS else LEFT_OUT
        places = self.places[name]
        if places["opening"] == places.total() and self._others_alternate(name):
            return "system"
        lead = _lead(places)
        asked = any(_lead(others) > 0 for other, others in self.places.items() if other != name)
        return "user" if lead > 0 or (lead == 0 and not asked) else "assistant"

    def _others_alternate(self, name: str) -> bool:
        """Whether the other roles of the conversations take both the user's and the assistant's places."""
        rest = {place for other, places in self.places.items() if other != name for place in places}
        return {"user", "assistant"} <= rest


def _lead(places: Counter[str]) -> int:
    """How much more often a role stands in the user's place than in the assistant's."""
    return places["user"] + places["opening"] - places["assistant"]


def _speaks_once_before_a_question(turns: Sequence[tuple[str, str]], roles: Roles) -> bool:
    """Whether the first of ``turns`` may be a system prompt: its role occurs once, and no answer follows it."""
    (first, _), *rest = turns
    return len(rest) > 1 and all(name != first for name, _ in rest) and roles.get(plain(rest[0][0])) != "assistant"
