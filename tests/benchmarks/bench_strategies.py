"""Every strategy on one corpus of the workspace: seconds to prepare, milliseconds to answer, peak memory.

``DIVERSCOPE_BENCH_CORPUS`` names the corpus (its features have to be computed); without it there is nothing to do.
``DIVERSCOPE_BENCH_COMPONENT`` is response or instruction, ``DIVERSCOPE_BENCH_TARGET`` a second corpus of examples,
``DIVERSCOPE_BENCH_FEATURES`` settings of features such as "partition=kmeans,seed=7", ``DIVERSCOPE_BENCH_LABEL`` the
column of labels (default: source), ``DIVERSCOPE_BENCH_ONLY`` names of strategies.
"""

from __future__ import annotations

import os
import resource
import time
from dataclasses import replace
from typing import Any

from core.budgets.sizing import default_size
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.errors import DiverscopeError
from core.parameters import complete
from core.selection.registry import strategies
from core.selection.strategy import Strategy
from core.workbench.build import answer_of, prepared
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.benchmarks.figures import record

POSITIONS = (1.0, 0.75, 0.5, 0.25, 0.0)


def main() -> None:
    name = os.environ.get("DIVERSCOPE_BENCH_CORPUS", "")
    if not name:
        print("set DIVERSCOPE_BENCH_CORPUS to a corpus of the workspace")
        return
    workspace = Workspace.default()
    corpus = corpus_named(workspace, name)
    component = os.environ.get("DIVERSCOPE_BENCH_COMPONENT", "response")
    target_name = os.environ.get("DIVERSCOPE_BENCH_TARGET", "")
    target = corpus_named(workspace, target_name).id if target_name else ""
    features = dict(pair.split("=", 1) for pair in os.environ.get("DIVERSCOPE_BENCH_FEATURES", "").split(",") if pair)
    corpus_view = CorpusView(workspace, corpus, FeatureSettings(component=component).with_(**features), PoolSpec())
    label = os.environ.get("DIVERSCOPE_BENCH_LABEL", "source")
    only = [name for name in os.environ.get("DIVERSCOPE_BENCH_ONLY", "").split(",") if name]
    size = default_size(len(corpus_view.pool))
    print(
        f"{corpus.name}, {component}: {len(corpus_view.pool):,} rows in the pool, N = {size:,}, "
        f"at {sorted(corpus_view.keys)}"
    )
    numeric = [column for column in corpus.columns if column.endswith("_characters")]
    for result in strategies().values():
        if only and result.name not in only:
            continue
        chosen = knobs(result, numeric, label)
        recipe = Recipe(
            corpus=corpus.id,
            choice=corpus_view.choice.as_dict(),
            strategy=result.name,
            parameters=chosen,
            size=size,
            target=target if "target" in result.needs(complete(result.parameters, chosen)) else "",
        )
        try:
            before = time.perf_counter()
            whole, plan = prepared(corpus_view, recipe)
            seconds = time.perf_counter() - before
            answers = []
            for position in POSITIONS:
                before = time.perf_counter()
                answer = answer_of(corpus_view, replace(whole, position=position), plan)
                answers.append(1000 * (time.perf_counter() - before))
                assert len(answer.rows) == size
        except DiverscopeError as error:
            print(f"  {result.name:20} {error}")
            continue
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        record(f"{result.name}, {component}: prepared", seconds)
        record(f"{result.name}, {component}: answer", sorted(answers)[len(answers) // 2], "ms")
        print(
            f"  {result.name:20} prepared in {seconds:7.2f} s, answers in {sorted(answers)[len(answers) // 2]:6.1f} ms "
            f"(worst {max(answers):6.1f}), peak so far {peak:.1f} GiB",
            flush=True,
        )


def knobs(strategy: Strategy, numeric: list[str], label: str) -> dict[str, Any]:
    """The strategy's defaults, and a column where it has to have one."""
    chosen: dict[str, Any] = {}
    for parameter in strategy.parameters:
        if parameter.kind == "numeric_column" and not parameter.optional and parameter.default is None:
            chosen[parameter.name] = numeric[0]
        elif parameter.kind == "columns":
            chosen[parameter.name] = numeric if "score" in parameter.title.lower() else [label]
        elif parameter.kind == "column" and parameter.default == "category":
            chosen[parameter.name] = label
    return chosen
