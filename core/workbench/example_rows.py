"""Examples for targeted strategies, from what a workspace holds already: benchmarks, answers, saved subsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from core.corpus import sources
from core.corpus.holdout import Holdout
from core.corpus.ingest import ingest
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.leaks.benchmarks import list_benchmarks, open_benchmark
from core.errors import InputError, quoted
from core.judging.answer_set import list_answers, open_answers
from core.judging.prompt_set import list_prompts, open_prompts
from core.progress import Progress, silent
from core.workbench.saved_export import saved_rows
from core.workbench.subsets import list_subsets, open_subset
from core.workspace.artefacts import Workspace

TASK = "task"  # the column that says which set an example is of
ROLES = ("system", "user", "assistant")


def example_sets(workspace: Workspace) -> dict[str, str]:
    """What examples can be made of: {"benchmark:KEY", "answers:KEY" or "subset:KEY": its name and its number}.

    Questions without an answer make no row, so a benchmark has as many as are answered, and a prompt set stands here
    with each model that answered it.
    """
    known = {
        f"benchmark:{made.key}": f"benchmark {made.name} ({counted(made.answered, 'question')} with an answer)"
        for made in list_benchmarks(workspace)
        if made.answered
    }
    prompts = {made.key: made.name for made in list_prompts(workspace)}
    known |= {
        f"answers:{made.key}": f"prompts {prompts[made.prompts]}, answered by {made.name} ({counted(len(made), 'row')})"
        for made in list_answers(workspace)
        if made.prompts in prompts
    }
    return known | {
        f"subset:{made.key}": f"subset {made.name} ({counted(made.rows, 'row')})" for made in list_subsets(workspace)
    }


def make_examples(workspace: Workspace, sets: Sequence[str], *, name: str = "", progress: Progress = silent) -> Corpus:
    """A corpus of the rows of ``sets`` (keys of :func:`example_sets`), none held out, each with its set as its task.

    A row that stands in several sets counts once, with the task of the first. Raises :class:`InputError` where no set
    is named, one is not there, or none of them has a row with a response.
    """
    if not sets:
        raise InputError("No set of examples is chosen.", remedy="Choose a benchmark, answers or a saved subset.")
    known = example_sets(workspace)
    files = []
    for one_set in dict.fromkeys(sets):
        if one_set not in known:
            raise InputError(
                f"There are no examples called {quoted(one_set)}.",
                remedy="The command examples lists what there is.",
            )
        kind, _, key = one_set.partition(":")
        title, records = _records(workspace, kind, key)
        lines = b"\n".join(orjson.dumps({**record, TASK: title}) for record in records)
        files.append(sources.from_bytes(f"{kind}-{key}.jsonl", lines))
    holdout = Holdout(fraction=0.0, limit=0)
    return ingest(workspace, files, name=name.strip() or "examples", holdout=holdout, progress=progress)


def _records(workspace: Workspace, kind: str, key: str) -> tuple[str, Iterator[dict[str, Any]]]:
    """The name of a set, and its rows as records that the readers of a corpus know."""
    if kind == "benchmark":
        benchmark = open_benchmark(workspace, key)
        asked = [item for item in benchmark.questions if item.answer]
        return benchmark.name, ({"instruction": item.question, "output": item.answer} for item in asked)
    if kind == "answers":
        made = open_answers(workspace, key)
        prompts = open_prompts(workspace, made.prompts)
        outputs = made.outputs
        return prompts.name, (
            {"instruction": prompt.text, "output": outputs[prompt.id]}
            for prompt in prompts.prompts
            if outputs.get(prompt.id)
        )
    subset = open_subset(workspace, key)
    corpus, positions = saved_rows(workspace, subset)
    return subset.name, ({"messages": _turns(row)} for row in corpus.rows(positions))


def _turns(row: dict[str, Any]) -> list[dict[str, str]]:
    """The turns of a row that a person or the assistant said."""
    turns = [{"role": turn["role"], "content": turn["content"] or ""} for turn in row["turns"] or ()]
    turns = [turn for turn in turns if turn["role"] in ROLES]
    if turns:
        return turns
    asked = "\n\n".join(part for part in (row["instruction"], row["input"]) if part)
    system = [{"role": "system", "content": row["system"]}] if row["system"] else []
    return [*system, {"role": "user", "content": asked}, {"role": "assistant", "content": row["response"] or ""}]
