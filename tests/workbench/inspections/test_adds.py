"""What files would add is what appending them does add; nothing is kept of the look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import SourceFile, from_bytes
from core.corpus.store import Corpus
from core.curation.append import append_files
from core.features.embedders import INSTANT
from core.features.embedding import compute_embeddings
from core.features.tokens import compute_tokens
from core.metrics.metric import Measuring
from core.metrics.random_band import random_band
from core.metrics.registry import measure
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.adds import Adds, what_files_add
from core.workbench.inspections.adds_words import gain_table, lines_of, verdict
from core.workbench.inspections.shard_rows import shard_beside
from core.workbench.inspections.shard_view import features_of
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace.artefacts import Workspace
from tests.corpora import records
from tests.tiny_models import small_carried_model

CHOICE = FeatureSettings(component="response", low=2, high=30, embedder=INSTANT)
ROWS = records(200)


def jsonl(name: str, rows: list[dict[str, object]]) -> SourceFile:
    return from_bytes(name, b"\n".join(map(orjson.dumps, rows)))


FRESH = [
    {"instruction": f"Name {place}.", "output": f"zebra quince {place} river nebula {'flute ' * (place % 4)}."}
    for place in range(60)
]
SHARD = jsonl(
    "shard.jsonl",
    [
        *ROWS[:5],
        *({**row, "output": f"{str(row['output']).upper()} !"} for row in ROWS[5:9]),
        *({**row, "output": "Something else altogether."} for row in ROWS[9:12]),
        *FRESH,
        *FRESH[:2],
    ],
)


@pytest.fixture(autouse=True)
def _small_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    small_carried_model(tmp_path, monkeypatch)
    yield


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = ingest(Workspace(tmp_path / "kept"), [jsonl("made.jsonl", ROWS)], holdout=Holdout(fraction=0.1))
    compute_tokens(CorpusText(made, "response"))
    compute_embeddings(CorpusText(made, "response"), INSTANT)
    return made


def view(corpus: Corpus) -> CorpusView:
    return CorpusView(corpus.workspace, corpus, CHOICE)


def looked_at(corpus: Corpus, **asked: object) -> Adds:
    return what_files_add(view(corpus), [SHARD], draws=5, **asked)  # type: ignore[arg-type]


def test_copies_are_counted_by_kind_and_nothing_is_kept(corpus: Corpus) -> None:
    before = sorted(path for path in corpus.workspace.home.rglob("*"))
    counts = looked_at(corpus).counts
    left = {path for path in corpus.workspace.home.rglob("*") if "partial" not in path.parts}
    assert left == {path for path in before if "partial" not in path.parts}
    assert list((corpus.workspace.home / "partial").iterdir()) == []
    grown = append_files(corpus, [SHARD])
    held_out = int(grown.corpus.holdout.sum() - corpus.holdout.sum())
    assert counts == {
        "read": 74, "new": 67, "again": 5, "inside": 2, "alike": 4, "other_answer": 3, "near": 4,
        "held_out": held_out, "rejected": 0,
    }  # fmt: skip
    assert grown.ingested.new == 67


def test_near_copies_of_rows_that_are_there_are_counted_by_words_in_common(corpus: Corpus) -> None:
    long = [row for row in ROWS if len(str(row["output"]).split()) > 20][:6]
    near = [{**row, "instruction": f"{row['instruction']} Please.", "output": f"{row['output']} Done."} for row in long]
    adds = what_files_add(view(corpus), [jsonl("near.jsonl", [*near, *FRESH[:3]])], draws=3)
    assert (adds.counts["near"], adds.counts["alike"], adds.counts["other_answer"]) == (6, 0, 0)


def test_rows_and_tokens_together_are_those_of_the_corpus_that_appending_gives(corpus: Corpus) -> None:
    with shard_beside(corpus, [SHARD]) as shard:
        seen = features_of(view(corpus), shard)
        together = seen.together
        grown = append_files(corpus, [SHARD]).corpus
        counted = compute_tokens(CorpusText(grown, "response"))
        pool = np.flatnonzero(~grown.holdout)
        assert np.array_equal(together.ids, grown.ids[pool])
        expected = counted.take(pool)
        assert np.array_equal(together.tokens.ids, expected.ids)
        assert np.array_equal(together.tokens.indptr, expected.indptr)
        assert np.array_equal(seen.frequency, counted.frequency)  # held-out rows are in the frequencies of a corpus
        vectors = np.asarray(compute_embeddings(CorpusText(grown, "response"), INSTANT))
        assert np.allclose(together.embeddings, vectors[pool], atol=1e-6)
        first = [str(source).split(", ")[0] for source in grown.column("source")[pool]]  # some came from both
        assert list(together.column("source")) == first


def test_the_gain_of_metrics_is_that_between_random_rows_before_and_after(corpus: Corpus) -> None:
    adds = looked_at(corpus, size=40, seed=3)
    gains = {gain.name: gain for gain in adds.metrics}
    grown = append_files(corpus, [SHARD]).corpus
    compute_tokens(CorpusText(grown, "response"))
    after = random_band(["ie"], pool=view(grown).pool, size=40, draws=5, seed=3)["ie"]
    before = random_band(["ie"], pool=view(corpus).pool, size=40, draws=5, seed=3)["ie"]
    assert gains["ie"].before == pytest.approx(before.span) and gains["ie"].after == pytest.approx(after.span)
    assert gains["ie"].gain == pytest.approx(after.mean - before.mean)
    assert "rows" not in gains and "tokens" not in gains  # the size is the same on both sides
    assert adds.alone_size == (67 - adds.counts["held_out"]) // 2
    ed = measure("ed", Measuring(view=view(corpus).pool.take(np.arange(40)))).value
    assert ed is not None and gains["ed"].before is not None


def test_types_that_enter_the_mid_band_are_those_of_the_grown_frequencies(corpus: Corpus) -> None:
    adds = looked_at(corpus)
    grown = append_files(corpus, [SHARD]).corpus
    before = np.asarray(compute_tokens(CorpusText(corpus, "response")).frequency)
    after = np.asarray(compute_tokens(CorpusText(grown, "response")).frequency)
    mid, mid_after = ((counts >= 2) & (counts <= 30) for counts in (before, after))
    assert adds.types is not None
    assert adds.types.unseen == int(((before == 0) & (after > 0)).sum())
    assert adds.types.enter == int((mid_after & ~mid).sum()) and adds.types.leave == int((mid & ~mid_after).sum())
    assert adds.types.carried == int((mid & (after > before)).sum())
    assert adds.types.examples and adds.types.beyond_subset is None


def test_new_rows_fall_into_the_clusters_they_resemble_and_strangers_lie_outside(corpus: Corpus) -> None:
    like = jsonl("like.jsonl", [{**row, "instruction": f"{row['instruction']} Again."} for row in ROWS[:60]])
    near = what_files_add(view(corpus), [like], draws=3).places
    far = what_files_add(
        view(corpus),
        [jsonl("far.jsonl", [{"instruction": f"{n}", "output": f"{n} % $ # {n} @"} for n in range(60)])],
        draws=3,
    ).places
    assert near is not None and far is not None
    assert near.inside + near.outside == 60 and near.outside <= 8  # these very texts: about 5 % lie outside
    assert far.outside > 50 and far.far
    assert sum(rows for _, _, rows in near.fallen) <= near.inside and near.reached >= len(near.fallen)


def test_novelty_is_measured_against_the_subset_that_is_named(corpus: Corpus) -> None:
    recipe = Recipe(corpus=corpus.id, choice=CHOICE.as_dict(), strategy="random", size=30)
    saved = save(corpus.workspace, build(corpus.workspace, recipe), name="few")
    adds = looked_at(corpus, subset=saved.key)
    assert adds.novelty is not None and adds.novelty.reference == "few"
    vectors = np.asarray(compute_embeddings(CorpusText(corpus, "response"), INSTANT)).astype(np.float64)
    chosen = corpus.positions_of(np.asarray(saved.ids))
    others = np.setdiff1d(np.arange(len(corpus)), chosen)
    twin = np.mean([1 - (vectors[chosen] @ vectors[row]).max() for row in others])
    assert adds.novelty.random == pytest.approx(twin, abs=1e-5)
    assert adds.novelty.mean > adds.novelty.high  # zebras and quinces
    assert adds.types is not None and adds.types.beyond_subset is not None
    assert any("against few" in line and "above" in line for line in lines_of(adds))


def test_files_of_known_rows_say_so_and_end_there(corpus: Corpus) -> None:
    adds = what_files_add(view(corpus), [jsonl("again.jsonl", [dict(row) for row in ROWS[:6]])], draws=3)
    assert adds.counts["new"] == 0 and adds.metrics == () and adds.types is None
    assert lines_of(adds) == ["6 rows read: 0 new, 6 in the corpus already, 0 twice in the files; 0 records rejected."]


def test_words_have_the_ids_of_one_vocabulary_on_both_sides(corpus: Corpus) -> None:
    words = CorpusView(corpus.workspace, corpus, CHOICE.with_(tokenizer="words"))
    adds = what_files_add(words, [SHARD], draws=3)
    grown = append_files(corpus, [SHARD]).corpus
    before = compute_tokens(CorpusText(corpus, "response"), "words")
    after = compute_tokens(CorpusText(grown, "response"), "words")
    assert adds.types is not None
    assert adds.types.unseen == after.vocabulary_size - before.vocabulary_size


def test_a_result_survives_json_and_its_table_says_what_is_chance(corpus: Corpus) -> None:
    from dataclasses import asdict

    adds = looked_at(corpus, size=40)
    again = Adds.of(orjson.loads(orjson.dumps(asdict(adds))))
    assert lines_of(again) == lines_of(adds) and gain_table(again) == gain_table(adds)
    assert {verdict(gain) for gain in adds.metrics} <= {"within chance", "more diverse", "less diverse", "changes"}
