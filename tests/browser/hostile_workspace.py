"""A workspace of hostile texts: rows, files, columns, clusters, tags, subsets, scores, judgements, jobs, deleted
corpora."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import orjson

from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.evidence import ledger
from core.evidence.entries import Run, Score
from core.features.own_vectors import attach_vectors
from core.features.tags.own import TagFile, attach_tags
from core.features.tags.store import compute_decisions
from core.features.vector_files import VectorFile
from core.jobs import job_names, queue
from core.progress import silent
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import comparison, passport
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series
from core.workbench.subsets import list_subsets
from core.workbench.tasks import features as tasks
from core.workspace import names, trash
from core.workspace.artefacts import Workspace
from tests.browser.hostile_texts import TEXTS
from tests.judging.hostile_judgements import hostile_judgements

LINES = tuple(text for text in TEXTS if "\n" not in text)  # what a name may be
NAME = " ".join(LINES)[:180]
COLUMN = LINES[0]
SETTINGS = FeatureSettings(
    component="response", low=1, high=60, embedder="own:drawn", partition="column", cluster_column=COLUMN, tagger="own",
    tag_model="hand", tag_min_rows=1, tag_synonyms="none", tag_support=0,
)  # fmt: skip


def records(count: int = 120) -> list[dict[str, object]]:
    """Rows of hostile instructions, responses and roles, with hostile columns and values."""
    numbers = np.random.default_rng(3)
    made: list[dict[str, object]] = []
    for number in range(count):
        first, second = numbers.choice(TEXTS, size=2)
        row: dict[str, object] = {
            "instruction": f"{first}\nNumber {number}.",
            "output": f"{second} {LINES[number % 4]} the {number}",
            "source": LINES[number % 3],
            "category": LINES[4 + number % 3],
            COLUMN: LINES[number % 7],
            LINES[2]: float(number % 11),
            "nested": {LINES[1]: [first, {"url": second}]},
        }
        if number % 10 == 0:
            row["history"] = [[first, second]]
        made.append(row)
    return made


def hostile_workspace(home: Path) -> tuple[Workspace, str]:
    """Make it; returns the workspace, and the query of the pages' addresses that opens every feature of its corpus."""
    workspace = Workspace(home)
    data = b"\n".join([*map(orjson.dumps, records()), b'{"instruction": "https://evil.example', b"www.evil.example"])
    corpus = ingest(workspace, [from_bytes(f"{NAME[:60].replace('/', '∕')}.jsonl", data)], name=NAME)
    ids = [show_id(row_id) for row_id in corpus.ids]
    for component in ("instruction", "response"):
        text = CorpusText(corpus, component)
        tasks.tokens(workspace, {"corpus": corpus.id, "component": component, "tokenizer": SETTINGS.tokenizer}, silent)
        vectors = np.random.default_rng(1).standard_normal((len(corpus), 8)).astype(np.float32)
        own = VectorFile(vectors=vectors, ids=ids, broken=np.empty(0, dtype=np.int64))
        attach_vectors(workspace, corpus, component, own, label="drawn")
        tag = cycle(LINES)
        attach_tags(text, TagFile(tags=[[next(tag), next(tag)] for _ in ids], ids=ids), label="hand")
        compute_decisions(text, SETTINGS.tagging)
    recipe = Recipe(corpus=corpus.id, choice=SETTINGS.changed(), strategy="micro", size=20)
    build_series(workspace, recipe, name=LINES[0])
    build_series(workspace, replace(recipe, strategy="random"), name=LINES[4])
    subsets = list_subsets(workspace)
    comparison.measure(workspace, {"subsets": [subset.key for subset in subsets]})
    for subset, text in zip(subsets, cycle(LINES), strict=False):
        names.set_note(workspace, "subsets", subset.key, text)
    scores = [
        Score(
            run=Run(label=text, subset=subset.digest, model=text, trainer={"framework": text}, seed=seed),
            benchmark=LINES[0],
            measure=LINES[2],
            unit="%",
            judge=LINES[4],
            baseline=LINES[6],
            value=45 + subset.recipe.position + seed / 9,
        )
        for subset, text in zip(subsets, cycle(LINES), strict=False)
        for seed in range(2)
    ]
    ledger.add_scores(workspace, scores, title=NAME)
    micro = next(subset for subset in subsets if subset.recipe.strategy == "micro")
    request = {"recipe": micro.recipe.as_dict(), "threshold": "high", "who": NAME, "why": NAME}
    passport.record(workspace, request, silent)
    hostile_judgements(workspace, TEXTS, subset=micro.digest)
    queue.submit(workspace, job_names.TOKENS, {"corpus": NAME, "component": "response"}, title=NAME)  # it fails
    gone = ingest(workspace, [from_bytes("gone.jsonl", orjson.dumps(records(1)[0]))], name=NAME[:90])
    trash.discard(workspace, "corpora", gone.id)
    return workspace, urlencode({"corpus": corpus.id, **SETTINGS.changed()})
