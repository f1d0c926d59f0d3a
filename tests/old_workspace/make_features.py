"""Everything that is computed once for a corpus of the old workspace, and what its owner attached from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from core.corpus.column_files import column_table
from core.corpus.column_trash import delete_column
from core.corpus.columns import attach_columns
from core.corpus.corpus_list import list_corpora, rename_corpus
from core.corpus.fingerprint import show_id
from core.corpus.ingest import Holdout, ingest_files
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.models.cartography import keep_cartography, read_log
from core.features.own_vectors import attach_vectors
from core.features.projection import load_pca
from core.features.tags import store
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import read_vectors
from core.workbench.choice import Choice
from tests.models.tiny import tiny_model
from tests.old_workspace import make_rows
from tests.old_workspace.make_place import EMBEDDER, INSTRUCTION, MODELS, OWN_VECTORS, RESPONSE, Maker
from tests.tags.stand_in import endpoint, ok, text_of

TOKENS, EMBED, CLUSTER = (f"core.workbench.tasks:{name}" for name in ("tokens", "embed", "cluster"))
KEYWORDS, TAG = "core.features.tasks:keywords", "core.features.tags.task:tag"
SCORE, DAAR, DIFFICULTY = (f"core.workbench.scoring:{name}" for name in ("score", "daar", "difficulty"))


def corpora(maker: Maker) -> None:
    """The two corpora; the large one renamed, then loaded once more with fields that it did not have."""
    files = make_rows.workshop_files()
    made = ingest_files(
        maker.workspace, [from_bytes(name, data) for name, data in files.items()], name="first name",
        holdout=Holdout(fraction=0.03, seed=5),
    )  # fmt: skip
    rename_corpus(maker.workspace, made.corpus.id, "workshop", version=0)
    again = [{**record, "shelf": number % 6, "trail": [number]} for number, record in enumerate(_lines(files))]
    files = {**files, "guides.jsonl": make_rows.json_lines(again)}
    later = ingest_files(maker.workspace, [from_bytes(name, data) for name, data in files.items()])
    assert later.already_here and later.new_columns == ("shelf",), later
    small = [from_bytes("examples.json", make_rows.json_list(make_rows.examples(30, seed=4)))]
    second = ingest_files(maker.workspace, small, name="examples", holdout=Holdout(fraction=0.0))
    for info in list_corpora(maker.workspace):
        maker.corpora[info.name] = made.corpus if info.id == made.corpus.id else second.corpus


def _lines(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in files["guides.jsonl"].splitlines() if line.endswith(b"}")]


def tokens(maker: Maker) -> None:
    for corpus, component, tokenizer in (
        (maker.workshop, "response", "mistral-32k"),
        (maker.workshop, "response", "tekken-131k"),
        (maker.workshop, "response", "words"),
        (maker.workshop, "instruction", "mistral-32k"),
        (maker.workshop, "both", "mistral-32k"),
        (maker.examples, "response", "mistral-32k"),
        (maker.examples, "instruction", "mistral-32k"),
    ):
        request = {"corpus": corpus.id, "component": component, "tokenizer": tokenizer}
        maker.run(TOKENS, request, title=f"Count the tokens of {corpus.name} ({component}, {tokenizer})")


def vectors(maker: Maker) -> None:
    """Embeddings of the responses, and vectors from a file for the instructions."""
    for corpus in (maker.workshop, maker.examples):
        request = {"corpus": corpus.id, "component": "response", "embedder": EMBEDDER}
        maker.run(EMBED, request, title=f"Embed {corpus.name} (response)")
    corpus, generator = maker.workshop, np.random.default_rng(6)
    centres = {name: generator.normal(size=12) for name in make_rows.TOPICS}
    lines = []
    for row, topic in zip(corpus.ids, corpus.column("topic").tolist(), strict=True):
        drawn = centres[topic] + generator.normal(scale=0.35, size=12)
        lines.append({"id": show_id(int(row)), "vector": [round(value, 3) for value in drawn.tolist()]})
    lines.pop(7)  # one row stays without a vector
    by_hand = read_vectors(make_rows.json_lines(lines), name="by-hand.jsonl")
    made = attach_vectors(maker.workspace, corpus, "instruction", by_hand, label="by hand", join="id")
    assert made.embedder == OWN_VECTORS and made.missing == 1, made


def clusters(maker: Maker) -> None:
    """Every partition of the responses, one of the instructions; words of the clusters; a map of each."""
    load_pca(maker.workspace, maker.examples, "response", RESPONSE.clustering)
    corpus = maker.workshop
    for choice in (
        RESPONSE,
        RESPONSE.with_(min_cluster_size=8),
        RESPONSE.with_(partition="kmeans"),
        RESPONSE.with_(partition="evoc"),
        RESPONSE.with_(partition="column", cluster_column="topic"),
        INSTRUCTION,
    ):
        asked: dict[str, Any] = {"corpus": corpus.id, "component": choice.component, **choice.clustering.request()}
        asked = asked if choice.partition == "hdbscan" else {**asked, "map": True}
        maker.run(CLUSTER, asked, title=f"Cluster {corpus.name} ({choice.component})")
        maker.run(KEYWORDS, asked, title=f"Name the clusters of {corpus.name}")
        load_pca(maker.workspace, corpus, choice.component, choice.clustering)


def tags(maker: Maker) -> None:
    """Keyphrases with merges that a person changed, tags from a file, and tags of an endpoint in two rounds."""
    corpus = maker.workshop
    for choice in (RESPONSE, RESPONSE.with_(tag_synonyms="none", tags_per_row=3)):
        _tag(maker, choice)
    raw = store.load_tags(maker.workspace, corpus, "response", RESPONSE.tagging)
    decisions = store.load_decisions(maker.workspace, corpus, "response", RESPONSE.tagging)
    assert raw is not None and decisions is not None
    shown = sorted(decisions.shown(raw.names))
    edited = decisions.renamed(shown[0], "a name by hand", known=raw.names)
    store.save_edit(maker.workspace, corpus, "response", RESPONSE.tagging, edited)
    edited = edited.renamed(shown[1], shown[2], known=raw.names)
    edited = edited.undone(next(iter(sorted(edited.dropped))), known=raw.names)
    maker.edits = store.save_edit(maker.workspace, corpus, "response", RESPONSE.tagging, edited)
    topics = corpus.column("topic").tolist()
    lines = [
        {"id": show_id(int(row)), "tags": f"{topic};{len(text) % 4} part;{topic[:3]} things"}
        for row, topic, text in zip(corpus.ids, topics, corpus.text("response"), strict=True)
    ]
    attach_tags(
        maker.workspace, corpus, "response", read_tags(make_rows.json_lines(lines[:-5]), name="desk.jsonl"),
        label="desk", join="id",
    )  # fmt: skip
    _tag(maker, RESPONSE.with_(tagger="own", tag_model="desk"))
    asked = INSTRUCTION.with_(tagger="endpoint", tag_model="invented-tagger", tag_check_model="invented-checker")
    with endpoint(answering) as (url, _):
        for rounds in (1, 2):
            _tag(maker, asked.with_(tag_rounds=rounds), url=url, check_url="", concurrency=2)


def _tag(maker: Maker, choice: Choice, **more: Any) -> None:
    corpus = maker.workshop
    request = {"corpus": corpus.id, "component": choice.component, **choice.tagging.request(), **more}
    maker.run(TAG, request, title=f"Tag the {choice.component} of {corpus.name}")


def answering(number: int, body: dict[str, Any]) -> Any:
    """An invented model: tags a text by its longer words, confirms all but one, and fails on some texts."""
    words = sorted({word.strip(".,").lower() for word in text_of(body).split() if len(word) > 6})
    if body["model"] == "invented-checker":
        return ok(content=orjson.dumps(words[1:5]).decode())
    return ok(content="no list") if "triangle" in words else ok(words[:4])


def columns(maker: Maker) -> None:
    """Columns from files, by id and by position; one replaced and one deleted, which wait in the trash."""
    corpus, generator = maker.workshop, np.random.default_rng(8)
    lines = ["id,quality,depth,group,passing"]
    for place, row in enumerate(corpus.ids.tolist()):
        quality, depth = generator.beta(4, 2), generator.normal(3, 1)
        lines.append(f"{show_id(row)},{quality:.4f},{depth:.3f},{'red' if place % 3 else 'blue'},{place % 2}")
    _attach(maker, "\n".join(lines[:-4]).encode(), name="quality.csv")
    for values in (["old", "new"], ["one", "two", "three"]):
        lines = ["id,verdict", *(f"{show_id(row)},{values[row % len(values)]}" for row in corpus.ids.tolist())]
        _attach(maker, "\n".join(lines).encode(), name="verdict.csv", replace=True)
    spoken = "\n".join(["spoken", *(str(number % 9) for number in range(14))]).encode()
    attach_columns(
        maker.workspace, corpus, column_table(spoken, name="spoken.csv"), join="position", file="talks.jsonl"
    )
    delete_column(maker.workspace, corpus, "passing")


def _attach(maker: Maker, data: bytes, *, name: str, replace: bool = False) -> None:
    attach_columns(maker.workspace, maker.workshop, column_table(data, name=name), replace=replace)


def scores(maker: Maker) -> None:
    """Scores of three tiny causal models, DaaR's, the difficulty of a label, and a training log."""
    for number, name in enumerate(MODELS.values()):
        folder = maker.place / "models" / f"models--{name.replace('/', '--')}" / "snapshots" / f"{number:040x}"
        folder.mkdir(parents=True)
        tiny_model(folder, seed=number)
    corpus = maker.workshop
    base = {"corpus": corpus.id, "model": MODELS["before"]}
    asked = {**base, "what": ["ppl", "ifd", "mink"], "max_tokens": 1024}
    maker.run(SCORE, asked, title=f"Score {corpus.name}")
    others = {"after": MODELS["after"], "final": MODELS["final"]}
    asked = {**base, "what": ["learned", "learned_share"], "max_tokens": 256, **others}
    maker.run(SCORE, asked, title=f"Score {corpus.name}")
    asked = {
        **base, "component": "response", "what": ["inter", "intra", "entropy"], "column": "topic", "parts": 8,
        "layers": 2, "epochs": 1, "probes": 2, "regressor": False,
    }  # fmt: skip
    maker.run(DAAR, asked, title=f"DaaR of {corpus.name}")
    asked = {
        "corpus": corpus.id, "component": "response", "column": "category", "model": "", "embedder": EMBEDDER,
        "epochs": 2, "runs": 2,
    }  # fmt: skip
    maker.run(DIFFICULTY, asked, title=f"Label difficulty of {corpus.name}")
    keep_cartography(maker.workspace, corpus, read_log(_log(corpus), name="epochs.csv"), name="epochs.csv")


def _log(corpus: Corpus) -> bytes:
    generator = np.random.default_rng(9)
    lines = ["id,epoch,p_gold,correct"]
    for row in corpus.ids[:100].tolist():
        for epoch in range(3):
            gold = float(np.clip(generator.beta(2 + epoch, 2), 0, 1))
            lines.append(f"{show_id(row)},{epoch},{gold:.4f},{int(gold > 0.5)}")
    return "\n".join([*lines, "ffffffffffffffff,0,0.5,1"]).encode()


def strategy_file(home: Path) -> None:
    """A strategy of the owner's own, as the README describes one."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    code = readme.split("```python\n", 1)[1].split("```", 1)[0]
    (home / "strategies").mkdir(parents=True)
    (home / "strategies" / "middling.py").write_text(code, encoding="utf-8")


def default_embedder_too(maker: Maker) -> None:
    """Tags of a session that never named an embedder: the same raw tags under decisions of their own."""
    _tag(maker, replace(RESPONSE, embedder=""))
