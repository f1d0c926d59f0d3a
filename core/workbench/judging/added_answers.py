"""Answers added from a file: matched to a prompt set, and to the saved subset that the model was trained on."""

from __future__ import annotations

from core.corpus.sources import SourceFile
from core.judging.answer_files import generator_of, read_answers
from core.judging.answer_set import AnswerSet, Made, keep_answers, match_answers
from core.judging.prompt_set import Prompt, PromptSet, keep_prompts
from core.workbench.judging.authors import author_of, subset_names
from core.workspace.artefacts import Workspace


def add_answers(
    workspace: Workspace,
    file: SourceFile,
    *,
    prompts: PromptSet | None = None,
    name: str = "",
    subset: str = "",
    base: str = "",
    seed: int | None = None,
    prompts_name: str = "",
) -> AnswerSet:
    """Store the answers of ``file``. Without ``prompts`` its own questions are the prompt set.

    ``name`` is by default the model that the file names, else the file's name. Where no ``subset`` is given, a saved
    subset with the name of the file or of the answers, or whose digest stands in one of them, is taken.
    """
    records = read_answers(file)
    if prompts is None:
        questions = [Prompt.of(record.question, record.given) for record in records]
        prompts = keep_prompts(workspace, questions, name=prompts_name or file.stem, origin={"file": file.name})
    named = name.strip() or generator_of(records) or file.stem
    chosen = subset or guessed_subset(workspace, named, file.stem)
    author = author_of(workspace, named, subset=chosen, base=base, seed=seed)
    matched = match_answers(records, prompts.prompts)
    return keep_answers(workspace, prompts, author, matched, Made(how="file", facts={"file": file.name}))


def guessed_subset(workspace: Workspace, *names: str) -> str:
    """The digest of the saved subset that one of ``names`` means, "" for none or several."""
    known = subset_names(workspace)
    fitting = {digest for digest, saved in known.items() for name in names if digest in name or saved == name.strip()}
    return fitting.pop() if len(fitting) == 1 else ""
