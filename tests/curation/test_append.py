"""A corpus to which files are appended is the one that all files together give, and only new rows are computed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.fields import attached_fields
from core.corpus.ingest import Holdout, ingest, ingest_files
from core.corpus.named_selections import keep_rows, kept_rows
from core.corpus.sources import SourceFile, from_bytes
from core.corpus.store import Corpus
from core.corpus.versions import growths, older_versions, versions
from core.curation.append import append_files
from core.errors import InputError
from core.features.embedders import INSTANT
from core.features.embedding import compute_embeddings, embeddings_key
from core.features.languages.columns import compute_languages, language_columns
from core.features.models.columns import keep_score, score_columns
from core.features.tokens import compute_tokens, tokens_key
from core.row_positions import places_of
from core.shards.engine import Engine, engine_of
from core.workspace.artefacts import Workspace
from tests.corpora import records
from tests.tiny_models import small_carried_model

NO_HOLDOUT = Holdout(fraction=0)


def jsonl(name: str, rows: Sequence[dict[str, object]]) -> SourceFile:
    return from_bytes(name, b"\n".join(map(orjson.dumps, rows)))


ROWS = records(120)
FIRST = jsonl("first.jsonl", [{**row, "source": "web"} for row in ROWS[:80]])
# Ten rows again from another source, one of them with another score; a field of its own, and one whose type differs.
SECOND = jsonl(
    "second.jsonl",
    [{**row, "source": "book", "own": place, "score": "high"} for place, row in enumerate(ROWS[70:110])],
)
THIRD = from_bytes(
    "third.csv",
    b"instruction,output,score\n" + b"".join(b"Say %d,It is %d,%d\n" % (n, n, n) for n in range(20)),
)


def workspace_of(tmp_path: Path, name: str) -> Workspace:
    return Workspace(tmp_path / name)


def grown(workspace: Workspace, *files: SourceFile, holdout: Holdout = NO_HOLDOUT) -> Corpus:
    corpus = ingest(workspace, files[:1], name="grown", holdout=holdout)
    for file in files[1:]:
        corpus = append_files(corpus, [file]).corpus
    return corpus


def rows_of(corpus: Corpus) -> dict[str, object]:
    """Every stored column but the holdout, and each row's places as text."""
    table = pq.read_table(corpus.rows_path)
    places = [
        sorted((place["file"], place["record"], place["line"]) for place in row["positions"])
        for row in corpus.rows(range(len(corpus)))  # type: ignore[arg-type]
    ]
    return {name: table[name].to_pylist() for name in table.column_names if name != "holdout"} | {"places": places}


def files_of(folder: Path) -> dict[str, str]:
    """The digest of every file of an artefact but its manifest."""
    return {
        path.name: hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    }


@pytest.mark.parametrize("order", [(FIRST, SECOND, THIRD), (THIRD, FIRST, SECOND), (SECOND, THIRD, FIRST)])
def test_files_appended_one_by_one_give_the_corpus_of_all_together(
    order: tuple[SourceFile, ...], tmp_path: Path
) -> None:
    one_by_one = grown(workspace_of(tmp_path, "grown"), *order)
    together = ingest(workspace_of(tmp_path, "together"), list(order), name="together", holdout=NO_HOLDOUT)
    assert one_by_one.id == together.id
    assert rows_of(one_by_one) == rows_of(together)
    assert one_by_one.artefact.manifest["columns"] == together.artefact.manifest["columns"]
    reports = [corpus.report for corpus in (one_by_one, together)]
    own = ("files", "seconds", "differing_copies", "differing_fields", "held_out")
    assert len({str({name: report[name] for name in report if name not in own}) for report in reports}) == 1
    assert sorted(file["name"] for file in reports[0]["files"]) == ["first.jsonl", "second.jsonl", "third.csv"]


@pytest.mark.parametrize("shards", [None, 3], ids=["whole", "by shards"])
@pytest.mark.parametrize("tokenizer", ["mistral-32k", "words"])
def test_tokens_of_a_grown_corpus_are_those_counted_from_nothing_to_the_byte(
    tokenizer: str, shards: int | None, tmp_path: Path
) -> None:
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], name="grown", holdout=NO_HOLDOUT)
    compute_tokens(CorpusText(first, "response"), tokenizer)
    corpus = append_files(first, [SECOND, THIRD]).corpus
    told: list[tuple[float, float]] = []
    with engine_of(Engine(kind="one", shards=shards)):
        compute_tokens(
            CorpusText(corpus, "response"), tokenizer, progress=lambda done, total, note="": told.append((done, total))
        )
    assert max(total for _, total in told) == len(corpus) - len(first)  # only new rows are tokenised
    other = ingest(workspace_of(tmp_path, "together"), [FIRST, SECOND, THIRD], holdout=NO_HOLDOUT)
    compute_tokens(CorpusText(other, "response"), tokenizer)
    key = tokens_key(corpus.id, "response", tokenizer)
    artefacts = [workspace.open("features", key) for workspace in (corpus.workspace, other.workspace)]
    assert files_of(artefacts[0].folder) == files_of(artefacts[1].folder)
    assert artefacts[0].manifest["rows_taken_over"] == len(first)
    assert "rows_taken_over" not in artefacts[1].manifest
    assert ("engine" in artefacts[0].manifest) == (shards is not None)
    assert not (corpus.workspace.home / "partial" / key).exists()


def test_tokens_come_from_several_corpora_that_share_rows_and_from_none_that_does_not(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "parts")
    for file in (FIRST, SECOND, THIRD):
        compute_tokens(CorpusText(ingest(workspace, [file], holdout=NO_HOLDOUT), "both"), "words")
    # Rows 60 to 89: parts of two corpora that hold other rows too, whose words are not among these.
    some = ingest(workspace, [jsonl("some.jsonl", [dict(row) for row in ROWS[60:90]])], holdout=NO_HOLDOUT)
    made = compute_tokens(CorpusText(some, "both"), "words")
    key = tokens_key(some.id, "both", "words")
    assert workspace.open("features", key).manifest["rows_taken_over"] == len(some)
    alone = ingest(
        workspace_of(tmp_path, "alone"), [jsonl("some.jsonl", [dict(row) for row in ROWS[60:90]])], holdout=NO_HOLDOUT
    )
    expected = compute_tokens(CorpusText(alone, "both"), "words")
    assert np.array_equal(made.ids, expected.ids) and np.array_equal(made.indptr, expected.indptr)
    files = [files_of(kept.open("features", key).folder) for kept in (workspace, alone.workspace)]
    assert files[0] == files[1]


@pytest.mark.parametrize("shards", [None, 3], ids=["whole", "by shards"])
def test_vectors_of_old_rows_are_taken_over_and_new_rows_get_those_they_have_alone(
    shards: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_carried_model(tmp_path, monkeypatch)
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], name="grown", holdout=NO_HOLDOUT)
    old = np.asarray(compute_embeddings(CorpusText(first, "response"), INSTANT))
    corpus = append_files(first, [SECOND, THIRD]).corpus
    with engine_of(Engine(kind="one", shards=shards)):
        made = np.asarray(compute_embeddings(CorpusText(corpus, "response"), INSTANT))
    assert np.array_equal(made[places_of(first.ids, among=corpus.ids)], old)
    other = ingest(workspace_of(tmp_path, "together"), [FIRST, SECOND, THIRD], holdout=NO_HOLDOUT)
    assert np.allclose(made, compute_embeddings(CorpusText(other, "response"), INSTANT), atol=1e-6)
    key = embeddings_key(corpus.id, "response", INSTANT)
    manifest = workspace.open("features", key).manifest
    assert manifest["rows_taken_over"] == len(first) and ("shards" in manifest) == (shards is not None)
    assert manifest["distinct_texts"] == len(set(CorpusText(corpus, "response").texts))
    assert not (workspace.home / "partial" / key).exists()


def test_a_new_row_with_the_text_of_an_old_one_shares_its_vector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_carried_model(tmp_path, monkeypatch)
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], holdout=NO_HOLDOUT)
    compute_embeddings(CorpusText(first, "response"), INSTANT)
    asked_anew = jsonl("anew.jsonl", [{**row, "instruction": f"{row['instruction']} Now."} for row in ROWS[:5]])
    corpus = append_files(first, [asked_anew]).corpus
    told: list[float] = []
    compute_embeddings(
        CorpusText(corpus, "response"), INSTANT, progress=lambda done, total, note="": told.append(total)
    )
    assert max(told) == 0  # no text was embedded
    vectors = np.asarray(compute_embeddings(CorpusText(corpus, "response"), INSTANT))
    texts = CorpusText(corpus, "response").texts
    twins = [(row, texts.index(text)) for row, text in enumerate(texts) if texts.index(text) != row]
    assert len(twins) == 5 and all(np.array_equal(vectors[row], vectors[first]) for row, first in twins)


def test_old_rows_keep_their_holdout_and_new_rows_are_drawn_alike_in_every_order(tmp_path: Path) -> None:
    rows = records(4_000, seed=3)
    files = [jsonl(f"{name}.jsonl", rows[start : start + 1_000]) for start, name in enumerate(range(4))]
    files = [jsonl(f"part-{part}.jsonl", rows[part * 1_000 : (part + 1) * 1_000]) for part in range(4)]
    holdout = Holdout(fraction=0.1, seed=5)
    made = []
    for place, order in enumerate(([0, 1, 2, 3], [0, 3, 1, 2], [0, 2, 3, 1])):
        workspace = workspace_of(tmp_path, str(place))
        first = ingest(workspace, [files[0]], holdout=holdout)
        corpus = grown(workspace, *(files[part] for part in order), holdout=holdout)
        assert np.array_equal(corpus.holdout[places_of(first.ids, among=corpus.ids)], first.holdout)
        made.append(corpus)
    all_at_once = append_files(ingest(workspace_of(tmp_path, "at-once"), [files[0]], holdout=holdout), files[1:]).corpus
    made.append(all_at_once)
    assert len({corpus.id for corpus in made}) == 1
    assert len({corpus.holdout.tobytes() for corpus in made}) == 1
    new = ~np.isin(all_at_once.ids, first.ids)
    assert 0.08 < all_at_once.holdout[new].mean() < 0.12


def test_new_rows_are_drawn_by_the_share_of_a_first_version_whose_holdout_met_its_limit(tmp_path: Path) -> None:
    rows = records(3_000, seed=4)
    first = ingest(
        workspace_of(tmp_path, "limited"), [jsonl("a.jsonl", rows[:1_000])], holdout=Holdout(fraction=0.2, limit=50)
    )
    corpus = append_files(first, [jsonl("b.jsonl", rows[1_000:])]).corpus
    assert int(first.holdout.sum()) == 50
    assert 60 < int(corpus.holdout.sum()) - 50 < 145  # about one in twenty of 2,000
    assert append_files(corpus, [THIRD]).corpus.artefact.manifest["holdout_share"] == 0.05


def test_what_was_attached_to_rows_goes_with_them(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], name="grown", holdout=NO_HOLDOUT)
    marks = np.arange(len(first), dtype=np.float64)
    attach_columns(workspace, first, pa.table({"id": pa.array(first.ids), "mark": marks}))
    words = pa.table({"id": pa.array(first.ids), "labels": pa.array([["a", "b"]] * len(first))})
    attach_columns(workspace, first, words)
    keep_rows(first, "liked", marks < 10)
    keep_score(
        first, marks / 2, name="half", title="Half", formula="mark / 2", source="", meaning="", settings={"of": "mark"}
    )
    again = [{**row, "source": "web", "later": {"deep": place}} for place, row in enumerate(ROWS[:80])]
    ingest_files(workspace, [jsonl("first.jsonl", again)])  # a field that no column holds
    made = append_files(first, [SECOND])
    corpus, places = made.corpus, places_of(first.ids, among=made.corpus.ids)
    new = np.setdiff1d(np.arange(len(corpus)), places)
    assert np.array_equal(corpus.column("mark")[places], marks) and np.isnan(corpus.column("mark")[new]).all()
    assert corpus.column("labels")[places[0]].words == ("a", "b") and corpus.column("labels")[new[0]] is None
    liked = kept_rows(corpus, "liked")
    assert liked is not None and np.array_equal(np.flatnonzero(liked), np.sort(places[:10]))
    fields = attached_fields(corpus, range(len(corpus)))  # type: ignore[arg-type]
    assert fields[places[3]]["later"] == attached_fields(first, range(len(first)))[3]["later"]  # type: ignore[arg-type]
    assert fields[new[0]]["later"] is None
    assert made.carried.columns == ("labels", "mark")
    assert made.carried.selections == ("liked",) and made.carried.scores == ("half",)
    (score,) = score_columns(corpus)
    assert (score.of_version, score.missing) == (first.id, len(new))
    keep_score(
        corpus, np.ones(len(corpus)), name="half", title="Half", formula="mark / 2", source="", meaning="",
        settings={"of": "mark"},
    )  # fmt: skip
    (score,) = score_columns(corpus)  # computed for all rows, it takes the place of the older version's
    assert (score.of_version, score.column) == ("", "half") and (corpus.column("half") == 1).all()
    assert np.array_equal(first.column("half"), marks / 2)


def test_languages_are_told_of_new_rows_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.features.languages import columns

    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], holdout=NO_HOLDOUT)
    names = compute_languages(first)
    corpus = append_files(first, [THIRD]).corpus
    assert language_columns(corpus) == {}
    read: list[str] = []
    tell = columns.languages_of_row
    monkeypatch.setattr(columns, "languages_of_row", lambda asked, told: read.append(asked) or tell(asked, told))
    compute_languages(corpus)
    assert len(read) == 20
    places = places_of(first.ids, among=corpus.ids)
    for name in names.values():
        assert corpus.column(name)[places].tolist() == first.column(name).tolist()


def test_versions_say_from_which_corpus_and_by_which_files_they_grew(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], name="grown", holdout=NO_HOLDOUT)
    second = append_files(first, [SECOND])
    third = append_files(second.corpus, [THIRD])
    assert (second.ingested.new, second.ingested.again) == (30, 10)
    assert second.said == "30 new rows; 10 records were there already. 110 rows now."
    assert older_versions(workspace, third.corpus.id) == [second.corpus.id, first.id]
    assert older_versions(workspace, first.id) == []
    lines = versions(workspace, second.corpus.id)
    assert [(line.name, line.rows) for line in lines] == [("grown", 80), ("grown (2)", 110), ("grown (3)", 130)]
    assert [step.files for step in lines[2].grown] == [("third.csv",)]
    assert growths(workspace, first.id) == []


def test_a_file_without_a_new_row_makes_no_version(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], name="grown")
    made = append_files(first, [jsonl("again.jsonl", [dict(row) for row in ROWS[:7]])])
    assert made.corpus.id == first.id and growths(workspace) == []
    assert made.said == "The files bring no new row: 7 records were there already."


def test_a_second_file_of_the_same_name_gets_a_number(tmp_path: Path) -> None:
    first = ingest(workspace_of(tmp_path, "grown"), [FIRST], holdout=NO_HOLDOUT)
    corpus = append_files(first, [jsonl("first.jsonl", [dict(row) for row in ROWS[100:]])]).corpus
    assert corpus.files == ["first.jsonl", "first.jsonl (2)"]
    new = np.flatnonzero(~np.isin(corpus.ids, first.ids))
    assert {place.rpartition(":")[0] for place in corpus.places_of(new)} == {"first.jsonl (2)"}  # type: ignore[arg-type]


def test_files_that_hold_no_row_are_refused_and_nothing_is_made(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "grown")
    first = ingest(workspace, [FIRST], holdout=NO_HOLDOUT)
    with pytest.raises(InputError, match=r"empty\.jsonl"):
        append_files(first, [from_bytes("empty.jsonl", b"")])
    assert workspace.keys("corpora") == [first.id]


def test_rows_that_were_loaded_together_before_say_that_their_holdout_differs(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, "both")
    rows = records(2_000, seed=9)
    parts = [jsonl("a.jsonl", rows[:1_000]), jsonl("b.jsonl", rows[1_000:])]
    ingest(workspace, parts, name="together", holdout=Holdout(fraction=0.1, seed=1))
    made = append_files(ingest(workspace, parts[:1], holdout=Holdout(fraction=0.1, seed=2)), parts[1:])
    assert made.ingested.already_here and made.holdout_differs > 0
    assert "another holdout status" in made.said
    assert [step.new for step in growths(workspace, made.corpus.id)] == [1_000]
