"""The languages of all rows of a corpus, as columns: of the whole row, of its instruction and of its response."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus, open_corpus
from core.errors import DiverscopeError
from core.features.chunks import chunk, discard
from core.features.languages.identify import CODE, UNDETERMINED, VERSION, languages_of_row
from core.features.languages.names import FOLDED, NAMES
from core.features.models.columns import keep_score, score_columns
from core.progress import Progress, silent
from core.row_positions import places_of
from core.workspace.digests import digest

COLUMNS = {"both": "language", "instruction": "instruction_language", "response": "response_language"}
TITLES = {
    "both": "Language of the row",
    "instruction": "Language of the instruction",
    "response": "Language of the response",
}
TOLD = (CODE, UNDETERMINED, *sorted({NAMES[code] for code in NAMES if code not in FOLDED}))
CHUNK_ROWS = 20_000  # rows in one file of what is finished
PASS_ROWS = 500
FORMULA = (
    "by the script where one language writes it (Chinese, Japanese, Korean, Thai, Greek, Tamil), else py3langid's most "
    "likely language if its probability is at least 0.3; program code is left out first. A question or an answer whose "
    "own words are not enough (below 0.85) has the language of the row, where that is sure and could be theirs"
)
MEANING = "“code”: program code and hardly any prose. “undetermined”: too short, or a list of names."


def language_columns(corpus: Corpus) -> dict[str, str]:
    """{component: the column with its language}, of "both", "instruction" and "response"; {} before they are told.

    Columns that an earlier version told count until the languages are told anew.
    """
    told = _told(corpus)
    return told.get(VERSION) or next((told[version] for version in sorted(told, reverse=True)), {})


def columns_of_languages(corpus: Corpus) -> set[str]:
    """Every column that says a language, of whatever version."""
    return {column.column for column in score_columns(corpus) if column.settings.get("languages_of") in COLUMNS}


def _told(corpus: Corpus) -> dict[int, dict[str, str]]:
    """{version: {component: column}}, of the versions that told all components."""
    by_version: dict[int, dict[str, str]] = {}
    for column in score_columns(corpus):  # the newest first
        component, version = column.settings.get("languages_of"), column.settings.get("version")
        if component in COLUMNS and isinstance(version, int):
            by_version.setdefault(version, {}).setdefault(str(component), column.column)
    whole = {version: told for version, told in by_version.items() if len(told) == len(COLUMNS)}
    return {version: {component: told[component] for component in COLUMNS} for version, told in whole.items()}


def compute_languages(corpus: Corpus, *, progress: Progress = silent) -> dict[str, str]:
    """Tell the language of every row and store the columns; returns :func:`language_columns`.

    The names are ``language``, ``instruction_language`` and ``response_language``, with a number where the corpus has
    such a column of its own. Each row is read by itself, so batches and interruptions change nothing. Finished rows
    are written every few seconds under ``<home>/partial/``; a killed job goes on there. Rows that another corpus of the
    workspace has, such as an older version, keep the languages told there.
    """
    if there := _told(corpus).get(VERSION):
        return there
    partial = corpus.workspace.home / "partial" / digest(["languages", VERSION, corpus.id])
    texts = {component: corpus.text(component) for component in ("instruction", "response")}
    number = {name: place for place, name in enumerate(TOLD)}
    total, done = len(corpus), 0
    known = _told_elsewhere(corpus, number)
    told = np.empty((total, len(COLUMNS)), dtype=np.float32)

    def step(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total, "rows read")

    progress(0, total, "rows read")
    for first in range(0, total, CHUNK_ROWS):
        rows = min(CHUNK_ROWS, total - first)

        def compute(positions: NDArray[np.int64], first: int = first) -> NDArray[np.float32]:
            numbers = np.empty((len(positions), len(COLUMNS)), dtype=np.float32)
            for place, row in enumerate((positions + first).tolist()):
                if known[row, 0] >= 0:
                    numbers[place] = known[row]
                    continue
                languages = languages_of_row(texts["instruction"][row], texts["response"][row])
                numbers[place] = [number[language] for language in languages]
            return numbers

        told[first : first + rows] = chunk(
            partial / f"{first}-{rows}.npy",
            rows=rows,
            width=len(COLUMNS),
            dtype=np.float32,
            passes=lambda rows=rows: np.split(np.arange(rows), range(PASS_ROWS, rows, PASS_ROWS)),  # type: ignore[misc]
            compute=compute,
            step=step,
        )
        done = first + rows
        progress(done, total, "rows read")
    names = np.array(TOLD, dtype=object)
    for place, (component, name) in enumerate(COLUMNS.items()):
        keep_score(
            corpus,
            names[told[:, place].astype(np.int64)],
            name=name,
            title=TITLES[component],
            formula=FORMULA,
            source="py3langid 0.4.0, after Lui and Baldwin 2012 (langid.py)",
            meaning=MEANING,
            settings={"languages_of": component, "version": VERSION},
        )
    discard(partial)
    return language_columns(corpus)


def _told_elsewhere(corpus: Corpus, number: dict[str, int]) -> NDArray[np.int64]:
    """(rows, 3) the ``number`` of each language that another corpus has of the same row, −1 where none has."""
    known = np.full((len(corpus), len(COLUMNS)), -1, dtype=np.int64)
    for other_id in corpus.workspace.keys("corpora"):
        try:
            other = corpus if other_id == corpus.id else open_corpus(corpus.workspace, other_id)
            names = _told(other).get(VERSION, {})
            places = places_of(corpus.ids, among=other.ids)
            rows = np.flatnonzero((places >= 0) & (known[:, 0] < 0))
            for place, component in enumerate(COLUMNS if names and len(rows) else ()):
                words = other.column(names[component])[places[rows]].tolist()
                known[rows, place] = [number.get(word, -1) for word in words]
        except DiverscopeError:  # a newer version's, or damaged
            continue
    return known
