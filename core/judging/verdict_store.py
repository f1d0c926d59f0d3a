"""The verdicts that a judge has given, kept by their content: no game is asked twice, whichever job asks for it."""

from __future__ import annotations

from dataclasses import asdict

from core.endpoint.journal import JournalFile
from core.judging.judge import GameVerdict, Judge
from core.workspace.artefacts import Workspace

FOLDER = "verdicts"


class VerdictStore:
    """The verdicts of one judge in ``<home>/verdicts/<judge>.jsonl``, by :meth:`Judge.verdict_key`."""

    def __init__(self, workspace: Workspace, judge: Judge) -> None:
        self._file = JournalFile(workspace.home / FOLDER / f"{judge.key}.jsonl")

    def read(self) -> dict[str, GameVerdict]:
        """All verdicts; of several on one game the last counts."""
        verdicts: dict[str, GameVerdict] = {}
        for record in self._file.records():
            try:
                verdict = GameVerdict.of(record)
            except (TypeError, KeyError):
                continue
            verdicts[verdict.key] = verdict
        return verdicts

    def add(self, verdict: GameVerdict) -> None:
        """Write one verdict. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        self._file.add(asdict(verdict))
