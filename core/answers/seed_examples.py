"""A model's own examples of domains, as DaaR writes them: a few at first, then one after another beside old ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.curation.normalised import normalised
from core.endpoint.json_reply import object_in
from core.errors import InputError, quoted

DOMAIN = "category"  # the column of the examples that holds their domain
MOST_DOMAINS = 64
LONGEST = 8_000  # characters of an example that a later question shows
ROLE = "You write varied, realistic examples of instruction data. You answer with JSON alone."
FORM = '{"instruction": "…", "response": "…"}'
Reply = Callable[[str], str | None]  # to a question: "" for one that failed, None for one that was not asked yet


@dataclass(frozen=True, kw_only=True)
class SeedPlan:
    """Which examples a model is asked for.

    ``domains`` are (name, description) pairs; where there are none, the model names ``invented`` of them first. It
    writes ``first`` examples of a domain at once, then one in each of ``rounds`` rounds, shown ``anchors`` drawn by
    ``seed`` from those before: more rounds make centres steadier and cost a question a domain each. An example stays
    if its cosine with those that stay is below ``likeness``: a lower one keeps fewer, more varied ones, and asks
    nothing anew. Source: DaaR (arXiv 2502.04380), section 4.1: 5 at first, 3 anchors, 0.85 (0.9 for mathematics), 30
    rounds, of which its code's README calls 10 enough. There anchors are drawn from the examples that stayed; here from
    all that differ, so that ``likeness`` can change afterwards.
    """

    domains: tuple[tuple[str, str], ...] = ()
    invented: int = 6
    first: int = 5
    rounds: int = 10
    anchors: int = 3
    likeness: float = 0.85
    seed: int = 0

    def __post_init__(self) -> None:
        names = [normalised(name) for name, _ in self.domains]
        if "" in names:
            raise InputError("A domain has no name.", remedy="Write NAME: DESCRIPTION, one a line.")
        if len(set(names)) < len(names):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise InputError(f"The domain {quoted(twice)} is named twice.", remedy="Give each a name of its own.")
        if len(names) > MOST_DOMAINS:
            raise InputError(f"{len(names):,} domains are named; at most {MOST_DOMAINS} can be.")
        if not 2 <= self.invented <= MOST_DOMAINS:
            raise InputError(f"A model names between 2 and {MOST_DOMAINS} domains, not {self.invented:,}.")
        if not 1 <= self.first <= 20:
            raise InputError(f"Between 1 and 20 examples are written at once, not {self.first:,}.")
        if not 0 <= self.rounds <= 200:
            raise InputError(f"There are between 0 and 200 rounds, not {self.rounds:,}.")
        if not 1 <= self.anchors <= 10:
            raise InputError(f"Between 1 and 10 examples are shown, not {self.anchors:,}.")
        if not 0 < self.likeness <= 1:
            raise InputError(
                f"The cosine below which an example is new is above 0 and at most 1, not {self.likeness:g}."
            )

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> SeedPlan:
        """The plan in a request; its other keys are ignored."""
        names = {field.name for field in fields(cls)}
        given = {name: value for name, value in request.items() if name in names}
        if "domains" in given:
            given["domains"] = tuple((str(name).strip(), str(about).strip()) for name, about in given["domains"])
        return cls(**given)

    def request(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return {**asdict(self), "domains": [list(domain) for domain in self.domains]}

    @property
    def questions(self) -> int:
        """How many questions it takes in all."""
        return (self.domains == ()) + (len(self.domains) or self.invented) * (1 + self.rounds)


@dataclass(frozen=True, kw_only=True)
class SeedGrowth:
    """What the replies so far give: ``examples`` by domain, (instruction, response) in the order they came.

    ``missing`` are the questions that can be asked now, ``answered`` and ``left`` how many were and are to be asked,
    ``unread`` how many replies held no example.
    """

    examples: Mapping[str, Sequence[tuple[str, str]]]
    missing: Sequence[str]
    answered: int
    left: int
    unread: int


def grown(plan: SeedPlan, reply: Reply) -> SeedGrowth:
    """How far ``plan`` is carried out by the replies that are there; the same replies give the same growth.

    Raises :class:`InputError` for a single domain, and where the model named none.
    """
    domains, answered, unread = plan.domains, 0, 0
    if len(domains) == 1:
        raise InputError("There is only one domain.", remedy="Name two or more, or none: the model names them.")
    if not domains:
        said = reply(domains_question(plan.invented))
        if said is None:
            first = [domains_question(plan.invented)]
            return SeedGrowth(examples={}, missing=first, answered=0, left=plan.questions, unread=0)
        domains = domains_in(said)[: plan.invented]
        answered = 1
        if len(domains) < 2:
            raise InputError(
                "The model named no domains that could be read.",
                remedy="Name them yourself (NAME: DESCRIPTION), or choose a larger model.",
            )
    examples: dict[str, list[tuple[str, str]]] = {}
    missing: list[str] = []
    left = 0
    for name, about in domains:
        known: dict[str, tuple[str, str]] = {}
        for step in range(1 + plan.rounds):
            asked = first_question(name, about, plan.first) if not step else _further(plan, name, about, known, step)
            said = reply(asked)
            if said is None:
                missing.append(asked)
                left += 1 + plan.rounds - step
                break
            answered += 1
            new = examples_in(said)[: 1 if step else plan.first]
            unread += not new
            for example in new:
                known.setdefault(normalised("\n".join(example)), example)
        examples[name] = list(known.values())
    return SeedGrowth(examples=examples, missing=missing, answered=answered, left=left, unread=unread)


def _further(plan: SeedPlan, name: str, about: str, known: Mapping[str, tuple[str, str]], step: int) -> str:
    draws = np.random.default_rng([plan.seed, step, *name.encode("utf-8", "replace")])
    before = list(known.values())
    places = draws.permutation(len(before))[: plan.anchors].tolist()
    return further_question(name, about, [before[place] for place in places], number=step)


def domains_question(count: int) -> str:
    """Asks which domains instruction data covers."""
    return (
        f"{ROLE}\n\nName {count} domains that instruction data for language models covers and that differ clearly from "
        'each other, each with one line that describes it. Answer as {"domains": [{"name": "…", "description": "…"}]}.'
    )


def _of_domain(name: str, about: str) -> str:
    return f"{ROLE}\n\nDomain: {name}\n" + (f"Description: {about}\n" if about else "")


def first_question(name: str, about: str, count: int) -> str:
    """Asks for the first examples of a domain."""
    return (
        f"{_of_domain(name, about)}\nWrite {count} examples of this "
        f'domain that differ in subject, form and length. Answer as {{"examples": [{FORM}]}}.'
    )


def further_question(name: str, about: str, anchors: Sequence[tuple[str, str]], *, number: int) -> str:
    """Asks for one more example, beside some that are there."""
    shown = "\n\n".join(
        f"Instruction: {instruction[:LONGEST]}\nResponse: {response[:LONGEST]}" for instruction, response in anchors
    )
    return (
        _of_domain(name, about)
        + (f"\nExamples that are there:\n\n{shown}\n" if shown else "")
        + f"\nWrite new example number {number} of this domain, on another subject than these and in another form. "
        f"Answer as {FORM}."
    )


def domains_in(reply: str) -> tuple[tuple[str, str], ...]:
    """The (name, description) pairs of a reply, each name once."""
    told = object_in(reply) or {}
    found: dict[str, tuple[str, str]] = {}
    for entry in told.get("domains") or () if isinstance(told.get("domains"), list) else ():
        name, about = (entry.get("name"), entry.get("description")) if isinstance(entry, dict) else (entry, "")
        if isinstance(name, str) and normalised(name):
            found.setdefault(normalised(name), (name.strip()[:80], str(about or "").strip()[:400]))
    return tuple(found.values())


def examples_in(reply: str) -> list[tuple[str, str]]:
    """The (instruction, response) pairs of a reply; one without either is left out."""
    told = object_in(reply) or {}
    entries = told.get("examples") if isinstance(told.get("examples"), list) else [told]
    pairs = []
    for entry in entries or ():
        if not isinstance(entry, dict):
            continue
        instruction, response = entry.get("instruction"), entry.get("response", entry.get("output"))
        if isinstance(instruction, str) and isinstance(response, str) and instruction.strip() and response.strip():
            pairs.append((instruction.strip(), response.strip()))
    return pairs


def that_differ(vectors: NDArray[np.floating], *, likeness: float) -> NDArray[np.bool_]:
    """(examples,) whether each stays: its cosine with every earlier one that stays is below ``likeness``.

    ``vectors`` (examples, d) are unit vectors of one domain's examples, in the order they came.
    """
    stays = np.zeros(len(vectors), dtype=np.bool_)
    for place in range(len(vectors)):
        stays[place] = not stays.any() or float((vectors[stays] @ vectors[place]).max()) < likeness
    return stays
