"""Prompt sets, models' answers and a judge's verdicts, for scripts. Keys come from the environment alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.api.corpora import workspace
from core.errors import InputError, quoted
from core.judging.answer_set import AnswerSet, list_answers
from core.judging.judge import Judge
from core.judging.judgement import Judgement, list_judgements, open_judgement
from core.judging.prompt_set import Prompt, PromptSet, keep_prompts, list_prompts, prompts_named
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace


def add_prompts(questions: str | Path | Sequence[str], *, name: str = "", within: Workspace | None = None) -> PromptSet:
    """Store a prompt set: questions, or a file (JSON, JSONL, CSV, Parquet) with an instruction or prompt a record.

    ``name`` is the benchmark under which scores are logged, by default the file's. The same questions are stored once.

    >>> prompts = api.add_prompts(["What is a delta?", "What is a valve?"], name="two")
    >>> len(prompts)
    2
    """
    from core.judging.answer_files import read_prompts

    kept = within or workspace()
    if isinstance(questions, (str, Path)):
        file = _file(questions)
        return keep_prompts(kept, read_prompts(file), name=name or file.stem, origin={"file": file.name})
    return keep_prompts(kept, [Prompt.of(question) for question in questions], name=name or "prompts")


def prompt_sets(*, within: Workspace | None = None) -> list[PromptSet]:
    """The stored prompt sets, newest first.

    >>> [prompts.name for prompts in api.prompt_sets()]
    ['two']
    """
    return list_prompts(within or workspace())


def add_answers(
    path: str | Path,
    *,
    prompts: str = "",
    name: str = "",
    subset: str = "",
    base: str = "",
    seed: int | None = None,
    within: Workspace | None = None,
) -> AnswerSet:
    """Store a model's answers from a file, such as AlpacaEval's outputs, matched to a prompt set by the questions.

    Without ``prompts`` the file's own questions are the prompt set. ``subset`` (a name or digest), ``base`` and
    ``seed`` say what the model was trained on, from and with.

    >>> len(api.add_answers("mine.json", prompts="two", name="once more"))  # answers two questions
    2
    """
    from core.workbench.judging.added_answers import add_answers as add

    kept = within or workspace()
    chosen = prompts_named(kept, prompts) if prompts else None
    return add(kept, _file(path), prompts=chosen, name=name, subset=subset, base=base, seed=seed)


def answer(
    prompts: str,
    model: str,
    *,
    url: str = "",
    name: str = "",
    within: Workspace | None = None,
    progress: Progress = silent,
    **asked: Any,
) -> AnswerSet:
    """Have a model answer a prompt set; answers that are there are not asked for again.

    ``model`` is a trained model's key, a folder, a GGUF file or a hub id, or with ``url`` the name at an
    OpenAI-compatible endpoint, whose key is ``DIVERSCOPE_ANSWERS_KEY`` of the environment. ``asked``: subset, base,
    training_seed, system, temperature, max_tokens, seed, template, precision, concurrency.

    >>> made = api.answer("two", "some-model", url=url, max_tokens=20)
    >>> made.name, len(made)
    ('some-model', 2)
    """
    from core.judging.answer_set import open_answers
    from core.workbench.tasks.judging import answer as carry_out

    kept = within or workspace()
    request = {"prompts": prompts_named(kept, prompts).key, "model": model, "url": url, "name": name, **asked}
    return open_answers(kept, carry_out(kept, request, progress)["artefacts"][0][1])


def answers(prompts: str = "", *, within: Workspace | None = None) -> list[AnswerSet]:
    """The stored answers, newest first; of one prompt set where it is named.

    >>> sorted(kept.name for kept in api.answers("two"))
    ['mine', 'theirs']
    """
    kept = within or workspace()
    return list_answers(kept, prompts_named(kept, prompts).key if prompts else None)


def judge(
    answers: str,
    *,
    model: str,
    url: str,
    against: str = "",
    order: str = "both",
    rounds: int = 1,
    concurrency: int = 8,
    log: bool = True,
    within: Workspace | None = None,
    progress: Progress = silent,
    **words: Any,
) -> Judgement:
    """Have a model at an OpenAI-compatible endpoint compare answers with an opponent's, in both orders; log the score.

    Without ``against`` the opponent is the model trained on the random subset of the same size. Verdicts that are there
    are not asked for again. The endpoint's key is ``DIVERSCOPE_JUDGE_KEY`` of the environment. ``words``: further
    fields of :class:`core.judging.judge.Judge` (system, question, temperature, max_tokens, rerun).
    :func:`judging_cost` says first how much is sent.

    >>> judgement = api.judge("mine", against="theirs", model="some-judge", url=url)
    >>> [round(value) for what, value in api.judged(judgement)[["what", "value"]].values if what == "win score"]
    [50]
    """
    from core.workbench.judging.asked_judging import asked_judging
    from core.workbench.tasks.judging import judge as carry_out

    kept = within or workspace()
    request = asked_judging(
        kept, answers, Judge(model=model, **words), against=against, url=url, order=order, rounds=rounds,
        concurrency=concurrency, log=log,
    )  # fmt: skip
    return open_judgement(kept, carry_out(kept, request, progress)["artefacts"][0][1])


def judging_cost(
    answers: str, *, model: str, against: str = "", order: str = "both", within: Workspace | None = None, **words: Any
) -> dict[str, int]:
    """What :func:`judge` would send: prompts, calls, kept (verdicts there already) and about how many tokens.

    >>> cost = api.judging_cost("mine", model="judge", against="theirs")
    >>> cost["prompts"], cost["calls"], cost["kept"]
    (2, 4, 0)
    """
    from core.judging.cost import judging_cost as cost_of
    from core.workbench.judging.asked_judging import asked_judging
    from core.workbench.tasks.judging import pairing_of

    kept = within or workspace()
    request = asked_judging(kept, answers, Judge(model=model, **words), against=against, order=order)
    cost = cost_of(kept, pairing_of(kept, request), Judge.of(request))
    return {
        "prompts": cost.prompts, "calls": cost.calls, "kept": cost.kept, "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
    }  # fmt: skip


def judgements(*, within: Workspace | None = None) -> list[Judgement]:
    """The stored judgements, newest first.

    >>> api.judgements()
    []
    """
    return list_judgements(within or workspace())


def judged(judgement: Judgement, *, within: Workspace | None = None) -> pd.DataFrame:
    """The numbers of a judgement's report: win score, its length-controlled one, biases, each with its interval.

    >>> table = api.judged(api.judge("mine", against="theirs", model="some-judge", url=url))
    >>> list(table.columns[:4])
    ['what', 'value', 'low', 'high']
    """
    from core.judging.report import report

    return report(within or workspace(), judgement).table()


def _file(path: str | Path) -> Any:
    from core import settings
    from core.corpus.sources import from_path

    files = from_path(str(path), roots=settings.command_roots())
    if len(files) != 1:
        raise InputError(f"{quoted(str(path))} is not one file.", remedy="Give one file.")
    return files[0]
