"""What was measured, logged and recorded in the old workspace, asked for on the app's own pages where they offer it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.sources import from_bytes
from core.corpus.store import open_corpus
from core.corpus.tasks import keep_uploads
from core.evidence import ledger, matching
from core.evidence.entries import Match, Origin, Run, Score, Series, Subset
from core.evidence.importers import registry, sources
from core.jobs import queue
from core.workbench.build import build
from core.workbench.passport import stamped
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.subsets import list_subsets, open_subset
from core.workspace import trash
from tests.old_workspace import make_rows
from tests.old_workspace.make_place import RESPONSE, Maker

INGEST, TOKENS = "core.corpus.tasks:ingest", "core.workbench.tasks:tokens"
PREPARE, PREPARE_ALL = "core.workbench.tasks:prepare", "core.workbench.overlap:prepare_all"
MEASURE, BANDS = "core.workbench.tasks:measure", "core.workbench.tasks:bands"
PASSPORT, FILE = "core.workbench.passport:record", "core.workbench.comparison:measure_file"
SLOW = ("nr", "cr", "bl", "mtld", "ttr", "novelsum", "knn", "vendi")
REASONS = {
    "micro": ("high", "function words end about here"),
    "macro": ("min_cluster_size", "smaller ones split a topic"),
    "meso": ("tag_eps", "beyond it “oven” met “pastry”"),
    "mods": ("threshold", "half of the rows are good enough"),
    "micro in a length window": ("pool.length.tokens.minimum", "shorter answers say nothing"),
}


def opened(page: str, **query: str) -> AppTest:
    """A page at an address, through the choice that most of the workspace was made with."""
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "app.py"), default_timeout=300)
    for name, value in {**{name: str(value) for name, value in RESPONSE.changed().items()}, **query}.items():
        test.query_params[name] = value
    test.switch_page(f"pages/{page}.py")
    return well(test.run())


def well(test: AppTest) -> AppTest:
    assert not test.exception and not test.error, (test.exception, test.error)
    return test


def pressed(
    maker: Maker, page: str, key: str, *, options: dict[str, list[str]] | None = None, ends: str = "done", **query: str
) -> None:
    """Choose ``options`` in the page's lists, press its button ``key``, and wait for the work that this starts."""
    before = [job.id for job in queue.jobs(maker.workspace)]
    test = opened(page, corpus=maker.workshop.id, **query)
    for box, values in (options or {}).items():
        well(test.multiselect(key=box).set_value(values).run())
    test.button(key=key).click().run()
    assert not test.exception, test.exception
    maker.finish()
    started = [job for job in queue.jobs(maker.workspace) if job.id not in before]
    assert started and {job.state for job in started} == {ends}, started


def readings(maker: Maker) -> None:
    """Readings with their random bands, curves over level and size, agreement, conflicts, stability."""
    wanted = {"measure-wanted": list(SLOW)}
    micro, macro = maker.subsets["micro"], maker.subsets["macro"]
    on_slider = opened("subsets", corpus=maker.workshop.id, n="24").session_state["ds.recipe"]
    request = {"recipe": on_slider, "component": "response", "metrics": ["nr", "cr", "bl"]}
    maker.run(MEASURE, request, title="Measure micro")  # the page's button works in a fragment, which no script presses
    maker.run(BANDS, {**request, "size": 24, "unit": "rows"}, title="Random bands")
    pressed(maker, "measure", "measure-start", options=wanted, of=micro)
    wanted = {"measure-wanted": [*SLOW, "category_entropy"]}  # whose details no file took at that commit
    pressed(maker, "measure", "measure-start", options=wanted, of=micro, ends="failed")
    sides = {"measure-view": "Side by side", "of": macro, "with": "pool"}
    pressed(maker, "measure", "measure-start", options={"measure-wanted": ["nr", "cr", "knn"]}, **sides)
    for query in ({}, {"measure-axis": "Size", "curve": "ed"}):
        pressed(maker, "measure", "measure-curve-start", **{"measure-view": "Curves", **query})
    opened("compare", corpus=maker.workshop.id)  # measures what was saved, unasked
    maker.finish()
    pressed(
        maker, "measure", "agree-start", options={"agree-wanted": ["ie", "ttr", "nr", "ed"]},
        **{"measure-view": "Agreement"},
    )  # fmt: skip
    pressed(maker, "clusters", "conflicts.find")
    for subset in (micro, macro):
        pressed(maker, "inspect", "stability-start", look="stability", stability=subset)


def prepared_by_jobs(maker: Maker) -> None:
    """Plans that jobs prepared, as pages ask for them where a pool is large."""
    recipes = [
        open_subset(maker.workspace, maker.subsets[name]).recipe for name in ("novelselect", "facility location")
    ]
    bare = [replace(recipe, ids_digest="", rows=0, seed=21) for recipe in recipes]
    maker.run(PREPARE, {"recipe": bare[0].as_dict()}, title="Prepare NovelSelect")
    maker.run(
        PREPARE_ALL, {"recipes": [recipe.as_dict() for recipe in bare]}, title="Prepare NovelSelect, Facility location"
    )


def passport(maker: Maker) -> None:
    """Five thresholds with their reasons, and a subset that carries its own."""
    for name, (threshold, why) in REASONS.items():
        recipe = open_subset(maker.workspace, maker.subsets[name]).recipe
        bare = replace(recipe, ids_digest="", rows=0, thresholds=())
        request = {"recipe": bare.as_dict(), "threshold": threshold, "who": "Ada", "why": why}
        maker.run(PASSPORT, request, title=f"Sensitivity of {threshold}")
    asked = Recipe.of({**open_subset(maker.workspace, maker.subsets["micro"]).recipe.as_dict(), "size": 30})
    built = build(maker.workspace, replace(asked, ids_digest="", rows=0))
    kept = replace(built, recipe=stamped(maker.workspace, built.recipe))
    maker.subsets["micro with its reasons"] = save(maker.workspace, kept, name="micro with its reasons").key


def scores(maker: Maker) -> None:
    """Scores from files, typed in, of datasets that are not here; one batch replaced, one undone, one matched."""
    levels = {subset.name: subset for subset in list_subsets(maker.workspace) if subset.name.startswith("levels")}
    lines = ["subset,model,seed,arena,quiz"]
    for place, name in enumerate(sorted(levels, key=lambda name: levels[name].recipe.position)):
        for seed in (1, 2):
            lines.append(f"{name},tiny-1,{seed},{40 + 2.5 * place + 0.4 * seed:.2f},{0.31 + 0.02 * (place % 4):.3f}")
    lines.append("somebody else's rows,tiny-1,1,39.5,0.3")
    log = "\n".join(
        orjson.dumps({"current_steps": step, "loss": round(2.4 / (1 + step / 40), 4), "lr": 1e-4}).decode()
        for step in range(10, 130, 10)
    )
    imported(maker, {"scores.csv": "\n".join(lines).encode()}, title="Import of scores.csv")
    imported(maker, {"first-run/trainer_log.jsonl": log.encode()}, title="Import of trainer_log.jsonl")
    micro, macro = (open_subset(maker.workspace, maker.subsets[name]) for name in ("micro", "macro"))
    typed = [typed_score(subset.name, subset.digest, value) for subset, value in ((micro, 51.0), (macro, 47.5))]
    ledger.add_scores(maker.workspace, typed, title="Typed in")
    again = [replace(typed[0], value=52.25)]
    ledger.add_scores(maker.workspace, again, title="Typed in", conflicts="replace")
    wrong = [replace(typed[1], benchmark="quiz", unit="fraction", value=0.9)]
    ledger.add_scores(maker.workspace, wrong, title="Typed in by mistake")
    ledger.undo(maker.workspace, ledger.read(maker.workspace).batches[-1].key)
    family = Series(pool="elsewhere", strategy="unknown", component="response", size=500)
    for place, name in enumerate(("far data A", "far data B")):
        unseen = Subset(
            digest=Subset.unseen(name), name=name, size=500, level=50.0 * place, strategy="unknown",
            component="response", series=family.key, metrics={"response.ie@mistral-32k": 7.1 + place},
        )  # fmt: skip
        score = typed_score(name, unseen.digest, 33.0 + place)
        ledger.add_scores(maker.workspace, [score], title="Typed in", others=[family, unseen])
    match = Match(label="somebody else's rows", subset=Subset.unseen("far data A"))
    ledger.append(maker.workspace, [match], title="somebody else's rows is far data A")


def typed_score(label: str, digest: str, value: float) -> Score:
    run = Run(label=label, subset=digest, model="tiny-1", seed=1)
    return Score(run=run, benchmark="arena", measure="score", value=value, judge="a judge", unit="%", stderr=1.5,
                 origin=Origin())  # fmt: skip


def imported(maker: Maker, files: dict[str, bytes], *, title: str) -> None:
    """Read score files and log what is in them, names matched where they are sure."""
    with sources.open_uploads(list(files.items())) as tree:
        files_read = registry.read_tree(tree)
    whole = files_read.whole
    assert not files_read.failed and not whole.questions, files_read
    known = [matching.Known(name=subset.name, digest=subset.digest) for subset in list_subsets(maker.workspace)]
    sure = [named for named in matching.suggest(whole.scores, known=known) if named.sure]
    scores, others = matching.to_entries(
        whole, matches={named.label: named.subset for named in sure}, how={named.label: named.how for named in sure}
    )
    ledger.add_scores(maker.workspace, scores, title=title, others=others)


def evidence(maker: Maker) -> None:
    """A dataset measured from its file, and a corpus that is here measured as one."""
    data = make_rows.json_list(make_rows.examples(16, seed=15))
    uploads = keep_uploads(maker.workspace, [from_bytes("trained.json", data)])
    request: dict[str, Any] = {"uploads": uploads, "name": "trained.json", "tokenizer": "mistral-32k"}
    maker.run(FILE, request, title="Measure trained.json as a dataset")
    request = {"corpus": maker.examples.id, "tokenizer": "mistral-32k"}
    maker.run("core.workbench.comparison:measure_corpus", request, title="Measure examples as a dataset")


def thrown_away(maker: Maker) -> None:
    """A third corpus, one row a turn, with tokens, a plan and a subset: loaded by a job, then put into the trash."""
    talks = from_bytes("turns.jsonl", make_rows.json_lines(make_rows.talks(9, seed=31)))
    request = {
        "uploads": keep_uploads(maker.workspace, [talks]), "name": "turns", "mapping": None,
        "reading": {"multi_turn": "turn", "empty": "reject", "invalid_utf8": "replace"},
        "holdout": {"fraction": 0.0, "seed": 0},
    }  # fmt: skip
    made = maker.run(INGEST, request, title="Read turns.jsonl")
    corpus = open_corpus(maker.workspace, dict(made.result or {})["corpus"])
    request = {"corpus": corpus.id, "component": "response", "tokenizer": "words"}
    maker.run(TOKENS, request, title="Count the tokens of turns (response, words)")
    asked = Recipe(corpus=corpus.id, choice={"tokenizer": "words"}, strategy="length", size=5)
    gone = save(maker.workspace, build(maker.workspace, asked), name="longest turns")
    trash.discard(maker.workspace, "subsets", gone.key)
    trash.discard(maker.workspace, "corpora", corpus.id, along=trash.dependents(maker.workspace, corpus.id))


def measured_at_last(maker: Maker) -> None:
    """What was saved last is measured, as the Compare page does unasked; then the intervals of the correlations."""
    for _ in range(2):
        opened("compare", corpus=maker.workshop.id)
        maker.finish()
    pressed(maker, "compare", "statistics-start", view="Correlations")
