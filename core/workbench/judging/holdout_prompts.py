"""A prompt set from a corpus's holdout: questions that no subset of the corpus was trained on, with their answers."""

from __future__ import annotations

import numpy as np

from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError
from core.judging.answer_set import AnswerRecord, AnswerSet, Author, Made, keep_answers, match_answers
from core.judging.prompt_set import Prompt, PromptSet, keep_prompts
from core.row_positions import CorpusRows
from core.workspace.artefacts import Workspace


def keep_holdout(workspace: Workspace, corpus: Corpus, *, most: int, name: str = "") -> tuple[PromptSet, AnswerSet]:
    """The first ``most`` questions of the holdout by row id, which is a random order, and the corpus's own answers.

    Rows of more than one exchange and rows with a system prompt or tools are left out: their question cannot be asked
    alone. Raises :class:`InputError` where none is left.
    """
    rows = [
        row
        for row in corpus.rows(CorpusRows(np.flatnonzero(corpus.holdout)))
        if not row["turns"] and not row["system"] and not row["tools"]
    ][: max(1, most)]
    if not rows:
        raise InputError(
            f"{corpus.name} has no holdout of single questions.",
            remedy="The holdout is chosen when a corpus is loaded; add prompts from a file instead.",
        )
    questions = [f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"] for row in rows]
    ids = [show_id(int(row["id"])) for row in rows]
    prompts = keep_prompts(
        workspace,
        [Prompt.of(question, given) for question, given in zip(questions, ids, strict=True)],
        name=name or f"{corpus.name} holdout",
        origin={"corpus": corpus.id},
    )
    records = [
        AnswerRecord(output=row["response"], question=question) for row, question in zip(rows, questions, strict=True)
    ]
    author = Author(name=f"{corpus.name}'s own answers")
    matched = match_answers(records, prompts.prompts)
    return prompts, keep_answers(workspace, prompts, author, matched, Made(how="corpus", facts={"corpus": corpus.id}))
