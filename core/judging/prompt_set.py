"""Prompt sets: the questions that models answer and a judge compares the answers to."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from core.errors import InputError, listed_in_short, quoted
from core.workspace import atomic
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

KIND = "prompts"
VERSION = 1


@dataclass(frozen=True)
class Prompt:
    """One question. ``id`` is made from its words; ``given`` is the id that the file gave it, "" for none."""

    id: str
    text: str
    given: str = ""

    @classmethod
    def of(cls, text: str, given: str = "") -> Prompt:
        return cls(prompt_id(text), text, given)


def prompt_id(text: str) -> str:
    """The id of a question: the same for the same words, whatever the white space between them."""
    return digest(["prompt", " ".join(unicodedata.normalize("NFC", text).split())])


@dataclass(frozen=True, eq=False)
class PromptSet:
    """A stored prompt set. ``name`` is the benchmark under which scores are logged."""

    artefact: Artefact

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def name(self) -> str:
        return str(self.artefact.manifest["name"])

    def __len__(self) -> int:
        return int(self.artefact.manifest["prompts"])

    @cached_property
    def prompts(self) -> list[Prompt]:
        """The questions, in the order of the file."""
        lines = self.artefact.path("prompts.jsonl").read_bytes().splitlines()
        return [Prompt(**orjson.loads(line)) for line in lines]

    @cached_property
    def by_id(self) -> dict[str, Prompt]:
        return {prompt.id: prompt for prompt in self.prompts}


def keep_prompts(
    workspace: Workspace, prompts: Sequence[Prompt], *, name: str, origin: dict[str, Any] | None = None
) -> PromptSet:
    """Store a prompt set under a key made of its questions; the same questions are stored once.

    A question that stands twice counts once, and empty ones are left out. Raises :class:`InputError` where none is
    left.
    """
    distinct: dict[str, Prompt] = {}
    for prompt in prompts:
        if prompt.text.strip():
            distinct.setdefault(prompt.id, prompt)
    if not distinct:
        raise InputError("There is no prompt.", remedy="Give a file with a field “instruction” or “prompt”.")
    key = digest(["prompts", VERSION, sorted(distinct)])
    if not workspace.has(KIND, key):
        manifest = {
            "name": " ".join(name.split())[:120] or "prompts",
            "version": VERSION,
            "prompts": len(distinct),
            "repeated": len(prompts) - len(distinct),
            "origin": origin or {},
        }
        lines = [orjson.dumps(prompt.__dict__) for prompt in distinct.values()]
        with workspace.create(KIND, key, manifest) as folder:
            atomic.write_bytes(folder / "prompts.jsonl", b"\n".join(lines))
    return PromptSet(workspace.open(KIND, key))


def list_prompts(workspace: Workspace) -> list[PromptSet]:
    """The stored prompt sets, newest first."""
    return [PromptSet(artefact) for artefact in workspace.list(KIND)]


def open_prompts(workspace: Workspace, key: str) -> PromptSet:
    """The prompt set with this key. Raises :class:`core.errors.WorkspaceError` when it is gone."""
    return PromptSet(workspace.open(KIND, key))


def prompts_named(workspace: Workspace, name: str) -> PromptSet:
    """The prompt set with this name, or whose key begins with it. Raises :class:`InputError` otherwise."""
    known = list_prompts(workspace)
    for fits in (lambda kept: kept.name == name, lambda kept: kept.key.startswith(name)):
        fitting = [kept for kept in known if name and fits(kept)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            listed = listed_in_short(kept.key for kept in fitting)
            raise InputError(f"{quoted(name)} fits several prompt sets.", remedy=f"Give a key: {listed}.")
    listed = listed_in_short(f"{kept.key} ({kept.name})" for kept in known)
    raise InputError(f"{quoted(name)} is not a prompt set.", remedy=f"There are: {listed}.")
