"""One answer of a model, and the files in which all of them are kept by content, so that nothing is asked twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.endpoint.journal import JournalFile
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

FOLDER = "sampled-answers"
Asked = tuple[str, int]  # the key of the words that are asked, and the number of the draw


@dataclass(frozen=True, kw_only=True)
class DrawnAnswer:
    """An answer to the words with the key ``asked``, or why there is none (``failed``).

    ``finish`` says why it ended ("stop", "length" where it was cut, or what the endpoint says). ``log_probability`` is
    the sum over its ``told`` tokens, natural logarithm, None where nobody gave it. ``counted``: whether the endpoint
    itself counted the tokens.
    """

    asked: str
    draw: int
    text: str = ""
    finish: str = ""
    failed: str = ""
    log_probability: float | None = None
    told: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    counted: bool = True
    seconds: float = 0.0

    @property
    def key(self) -> Asked:
        return self.asked, self.draw

    @property
    def mean_log_probability(self) -> float | None:
        """Of a token, nats."""
        return None if self.log_probability is None or not self.told else self.log_probability / self.told


class AnswerStore:
    """The answers of one model and one way of writing, in ``<home>/sampled-answers/``, each written as it comes."""

    def __init__(self, workspace: Workspace, identity: dict[str, Any]) -> None:
        self._file = JournalFile(workspace.home / FOLDER / f"{digest(['sampled-answers', identity])}.jsonl")

    @property
    def size(self) -> int:
        """Bytes that are written; it grows with every answer."""
        return self._file.size

    def read(self) -> dict[Asked, DrawnAnswer]:
        """The answers that did not fail, by what was asked and the number of the draw."""
        answers: dict[Asked, DrawnAnswer] = {}
        for record in self._file.records():
            try:
                answer = DrawnAnswer(**record)
            except TypeError:
                continue
            if not answer.failed:
                answers[answer.key] = answer
        return answers

    def add(self, answer: DrawnAnswer) -> None:
        """Write one answer. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        self._file.add(asdict(answer))
