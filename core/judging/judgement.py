"""A judgement: one model's answers compared with an opponent's by one judge, game by game, stored as an artefact."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Literal

import orjson

from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate
from core.errors import InputError
from core.judging.answer_set import AnswerSet
from core.judging.judge import GameVerdict, Judge, JudgeAt
from core.judging.prompt_set import PromptSet
from core.judging.verdict_store import VerdictStore
from core.judging.verdicts import PLACES, Place
from core.progress import Progress, silent
from core.workspace import atomic
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

KIND = "judgements"
VERSION = 1
Order = Literal["both", "first", "second"]
ORDERS: dict[str, str] = {
    "both": "both orders, as the paper judges",
    "first": "the judged answer first: half the calls, and the judge's liking for a place stays in the score",
    "second": "the judged answer second",
}


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """What is judged: ``answers`` against ``against`` on the prompts of ``prompts`` that both answered."""

    prompts: PromptSet
    answers: AnswerSet
    against: AnswerSet
    order: Order = "both"

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise InputError(f"The order is one of {', '.join(ORDERS)}, not {self.order}.")
        if self.answers.key == self.against.key:
            raise InputError("A model cannot be its own opponent.", remedy="Choose the answers of another model.")
        if {self.answers.prompts, self.against.prompts} != {self.prompts.key}:
            raise InputError(
                f"{self.answers.name} and {self.against.name} answered different prompt sets.",
                remedy="Add both files of answers to the same prompt set.",
            )
        if not self.shared:
            raise InputError(f"{self.answers.name} and {self.against.name} have no prompt in common.")

    @cached_property
    def shared(self) -> list[str]:
        """Ids of the prompts that both answered, in the order of the prompt set."""
        mine, theirs = self.answers.outputs, self.against.outputs
        return [prompt.id for prompt in self.prompts.prompts if prompt.id in mine and prompt.id in theirs]

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the judged answer stands in the games of a prompt."""
        return PLACES if self.order == "both" else ("first",) if self.order == "first" else ("second",)

    @property
    def games(self) -> list[tuple[str, Place]]:
        """(prompt, place of the judged answer) of every game; the games of a prompt stand together."""
        return [(prompt, place) for prompt in self.shared for place in self.places]

    def texts(self, prompt: str, place: Place) -> tuple[str, str, str]:
        """(question, answer A, answer B) of a game."""
        mine, theirs = self.answers.outputs[prompt], self.against.outputs[prompt]
        shown = (mine, theirs) if place == "first" else (theirs, mine)
        return (self.prompts.by_id[prompt].text, *shown)


@dataclass(frozen=True, eq=False)
class Judgement:
    """A stored judgement."""

    artefact: Artefact

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def judge(self) -> Judge:
        return Judge.of(self.artefact.manifest["judge"])

    @property
    def order(self) -> Order:
        return self.artefact.manifest["order"]

    @property
    def title(self) -> str:
        facts = self.artefact.manifest
        rerun = f" · rerun {self.judge.rerun}" if self.judge.rerun > 1 else ""
        order = "" if self.order == "both" else f" · shown {self.order}"
        return (
            f"{facts['answers_name']} against {facts['against_name']} · {facts['prompts_name']} · {self.judge.name}"
            f"{order}{rerun}"
        )

    @cached_property
    def games(self) -> list[tuple[str, Place, GameVerdict]]:
        """(prompt, place of the judged answer, verdict) of every game."""
        lines = map(orjson.loads, self.artefact.path("games.jsonl").read_bytes().splitlines())
        return [(line["prompt"], line["place"], GameVerdict.of(line)) for line in lines]


def judgement_key(pairing: Pairing, judge: Judge, rounds: int) -> str:
    """The key: who judges, what is judged, and in how many rounds failed games were asked again."""
    return digest(["judgement", VERSION, judge.key, pairing.answers.key, pairing.against.key, pairing.order, rounds])


def last_round(workspace: Workspace, pairing: Pairing, judge: Judge) -> Judgement | None:
    """The judgement of the last round that was judged; None before the first."""
    made, rounds = None, 1
    while workspace.has(KIND, key := judgement_key(pairing, judge, rounds)):
        made, rounds = Judgement(workspace.open(KIND, key)), rounds + 1
    return made


@dataclass(frozen=True, kw_only=True)
class _Games:
    """The questions of a pairing."""

    pairing: Pairing
    at: JudgeAt
    store: VerdictStore
    keys: Mapping[str, tuple[str, Place]]  # key of a verdict → its game
    rounds: int
    noun: str = "game"
    done: str = "games judged"
    hint: str = "Check the judge's name and words; a smaller model may not end with a verdict."

    @property
    def endpoint(self) -> Endpoint:
        return self.at.endpoint

    def ask(self, key: str, endpoint: Endpoint, gate: Gate) -> GameVerdict:
        at = replace(self.at, endpoint=endpoint)
        question, first, second = self.pairing.texts(*self.keys[key])
        return replace(at.verdict(question, first, second, key=key, gate=gate), asked=self.rounds)

    def refusal(self, key: str, reason: str) -> GameVerdict:
        return GameVerdict(key=key, failed=reason, asked=self.rounds)

    def keep(self, key: str, answer: GameVerdict) -> None:
        self.store.add(answer)


def verdict_keys(pairing: Pairing, judge: Judge) -> dict[str, tuple[str, Place]]:
    """The key of each game's verdict; games of the same words share one."""
    return {judge.verdict_key(*pairing.texts(*game)): game for game in pairing.games}


def settled(verdicts: Mapping[str, GameVerdict], *, rounds: int) -> dict[str, GameVerdict]:
    """The ``verdicts`` that need no question: those given, and those that failed in this round or a later one."""
    return {key: kept for key, kept in verdicts.items() if not kept.failed or kept.asked >= rounds}


def judge_match(
    workspace: Workspace,
    pairing: Pairing,
    judge: Judge,
    *,
    endpoint: Endpoint,
    rounds: int = 1,
    concurrency: int = 8,
    progress: Progress = silent,
) -> Judgement:
    """The judgement, stored or made now; asks only for verdicts that this judge has not given.

    ``rounds`` above 1 asks once more for the games that have no verdict. Raises as
    :func:`core.endpoint.asking.ask_many` does; what was answered is kept, and a later call goes on there.
    """
    key = judgement_key(pairing, judge, rounds)
    if workspace.has(KIND, key):
        return Judgement(workspace.open(KIND, key))
    started = time.time()
    store = VerdictStore(workspace, judge)
    keys = verdict_keys(pairing, judge)
    kept = settled(store.read(), rounds=rounds)
    verdicts = {name: kept[name] for name in keys if name in kept}
    before = len(verdicts)
    games = _Games(pairing=pairing, at=JudgeAt(judge=judge, endpoint=endpoint), store=store, keys=keys, rounds=rounds)
    ask_many(games, list(keys), answers=verdicts, concurrency=concurrency, progress=progress)
    lines = []
    for prompt, place in pairing.games:
        verdict = verdicts[judge.verdict_key(*pairing.texts(prompt, place))]
        lines.append(orjson.dumps({"prompt": prompt, "place": place, **asdict(verdict)}))
    manifest = {
        "version": VERSION,
        "judge": asdict(judge),
        "answers": pairing.answers.key,
        "answers_name": pairing.answers.name,
        "against": pairing.against.key,
        "against_name": pairing.against.name,
        "prompts": pairing.prompts.key,
        "prompts_name": pairing.prompts.name,
        "order": pairing.order,
        "rounds": rounds,
        "games": len(pairing.games),
        "asked": len(keys) - before,
        "without_verdict": sum(bool(verdict.failed) for verdict in verdicts.values()),
        "prompt_tokens": sum(verdict.prompt_tokens for verdict in verdicts.values()),
        "completion_tokens": sum(verdict.completion_tokens for verdict in verdicts.values()),
        "tokens_counted": all(verdict.counted for verdict in verdicts.values()),
        "url": endpoint.url,
        "seconds": round(time.time() - started, 1),
    }
    with workspace.create(KIND, key, manifest) as folder:
        atomic.write_bytes(folder / "games.jsonl", b"\n".join(lines))
    return Judgement(workspace.open(KIND, key))


def list_judgements(workspace: Workspace) -> list[Judgement]:
    """The stored judgements, newest first."""
    return [Judgement(artefact) for artefact in workspace.list(KIND)]


def open_judgement(workspace: Workspace, key: str) -> Judgement:
    """The judgement with this key, or whose key begins with it. Raises :class:`InputError` for none or several."""
    fitting = [name for name in workspace.keys(KIND) if key and name.startswith(key)]
    if len(fitting) != 1:
        raise InputError(
            f"{len(fitting)} judgements have a key that begins with {key[:40]}.",
            remedy="judgements lists them.",
        )
    return Judgement(workspace.open(KIND, fitting[0]))
