"""What kind of row each is, as columns: tool calls, words of thinking, share of code. Turns every corpus has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from core.corpus.formats.record import Turn
from core.corpus.store import Corpus
from core.features.languages.code_lines import parts_of
from core.features.models.columns import keep_score, score_columns
from core.progress import Progress, silent
from core.row_positions import CorpusRows

VERSION = 1
ROWS_AT_ONCE = 2_000
_INSIDE = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)  # thinking that stands within the answer
SOURCE = "counted in each row's turns"
# Column → (title, how it is computed, what it means).
KINDS: Mapping[str, tuple[str, str, str]] = {
    "tool_calls": (
        "Tool calls",
        "calls of tools or functions in the assistant's turns; a turn may hold several",
        "0: none is called. The tools that a row only declares do not count.",
    ),
    "thinking_words": (
        "Words of thinking",
        "words between spaces of what is thought before the answers, in a field of its own or between <think> marks",
        "0: nothing is thought aloud. High: long chains of thought.",
    ),
    "code_share": (
        "Share of code in the response",
        "characters of fenced blocks and of lines that look like code / characters of the answers, spaces aside",
        "0: prose alone. 1: code alone. Short lines of calls and assignments may be taken for one another.",
    ),
}


def kind_columns(corpus: Corpus) -> dict[str, str]:
    """{kind of :data:`KINDS`: the column that holds it}; {} before they are counted."""
    there: dict[str, str] = {}
    for column in score_columns(corpus):  # the newest first
        if column.settings.get("version") == VERSION and column.settings.get("kind_of_row") in KINDS:
            there.setdefault(str(column.settings["kind_of_row"]), column.column)
    return {kind: there[kind] for kind in KINDS} if len(there) == len(KINDS) else {}


def compute_kinds(corpus: Corpus, *, progress: Progress = silent) -> dict[str, str]:
    """Count the kinds of every row and store them as columns; returns :func:`kind_columns`. Thousands of rows a second.

    A column is called as its kind, with a number where the corpus has such a column of its own.
    """
    if there := kind_columns(corpus):
        return there
    values = np.zeros((len(corpus), len(KINDS)), dtype=np.float64)
    for first in range(0, len(corpus), ROWS_AT_ONCE):
        positions = CorpusRows(np.arange(first, min(first + ROWS_AT_ONCE, len(corpus)), dtype=np.int64))
        values[positions] = kinds_of([turns for turns, _ in corpus.conversations(positions)])
        progress(int(positions[-1]) + 1, len(corpus), "rows read")
    thinking = list(KINDS).index("thinking_words")
    if corpus.has_thinking:  # of single exchanges it stands beside the turns
        pairs = zip(corpus.text("response_with_thinking"), corpus.text("response"), strict=True)
        beside = [len(whole.split()) - len(answer.split()) for whole, answer in pairs]
        values[:, thinking] = np.maximum(values[:, thinking], beside)
    for place, (kind, (title, formula, meaning)) in enumerate(KINDS.items()):
        keep_score(
            corpus, values[:, place], name=kind, title=title, formula=formula, source=SOURCE, meaning=meaning,
            settings={"kind_of_row": kind, "version": VERSION},
        )  # fmt: skip
    return kind_columns(corpus)


def kinds_of(conversations: Sequence[Sequence[Turn]]) -> NDArray[np.float64]:
    """(conversations, kinds) the values of :data:`KINDS`, in its order, from the turns of each."""
    return np.array([_kinds(turns) for turns in conversations], dtype=np.float64).reshape(-1, len(KINDS))


def _kinds(turns: Sequence[Turn]) -> tuple[float, float, float]:
    calls = sum(_calls(turn["content"]) for turn in turns if turn["role"] == "function_call")
    answers = [turn["content"] for turn in turns if turn["role"] == "assistant"]
    inside = [thought for answer in answers for thought in _INSIDE.findall(answer)]
    thought = sum(len(text.split()) for text in (*(turn.get("thinking", "") for turn in turns), *inside))
    parts = [parts_of(answer) for answer in answers]
    code, prose = sum(part.code_characters for part in parts), sum(part.prose_characters for part in parts)
    return calls, thought, code / (code + prose) if code else 0.0


def _calls(content: str) -> int:
    """How many calls a turn of calls holds: the objects of a JSON list or of lines, else one."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        lines = [line for line in content.splitlines() if line.strip()]
        return len(lines) if len(lines) > 1 and all(map(_is_object, lines)) else 1
    return max(1, len(value)) if isinstance(value, list) else 1


def _is_object(line: str) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
