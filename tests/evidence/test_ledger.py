"""The ledger keeps every number, whoever writes beside it, and takes back what was a mistake."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import orjson
import pytest

from core.errors import InputError, WorkspaceError
from core.evidence import ledger
from core.evidence.entries import Curve, LoggedSubset, Match, Origin, Run, Score, Series, from_record, to_record
from core.workspace.artefacts import Workspace


def score(label: str = "a", value: float = 50.0, **changes: object) -> Score:
    run = Run(label=label, model=str(changes.pop("model", "m")), seed=changes.pop("seed", 0))  # type: ignore[arg-type]
    values: dict[str, object] = {"benchmark": "AlpacaEval", "measure": "win rate", "unit": "%", **changes}
    return Score(run=run, value=value, **values)  # type: ignore[arg-type]


def test_every_kind_of_entry_survives_the_trip_through_json() -> None:
    run = Run(label="a", subset="0" * 16, model="m", trainer={"epochs": 3}, seed=1)
    entries = [
        Series(pool="p", strategy="micro", component="response", size=10, seed=1, parameters={"low": 10}),
        LoggedSubset(digest="0" * 16, name="a", level=50, size=10, metrics={"response.ie": 7.5}),
        run,
        Score(run=run, benchmark="b", measure="m", value=1.5, origin=Origin(file="f.json", field="x", reader="csv")),
        Curve(run=run, measure="loss", steps=(1.0, 2.0), values=(3.0, 2.0)),
        Match(label="a", subset="0" * 16),
    ]
    for entry in entries:
        assert from_record(orjson.loads(orjson.dumps(to_record(entry)))) == entry


def test_a_score_keeps_its_file_and_field(workspace: Workspace) -> None:
    origin = Origin(file="scores.csv", field="line 3, column AlpacaEval", reader="score table")
    ledger.append(workspace, [score(origin=origin, stderr=1.25, n=805)], title="one")
    row = ledger.read(workspace).scores().iloc[0]
    assert (row["file"], row["field"], row["reader"]) == ("scores.csv", "line 3, column AlpacaEval", "score table")
    assert (row["value"], row["stderr"], row["n"]) == (50.0, 1.25, 805)


def test_two_judges_never_mix(workspace: Workspace) -> None:
    ledger.append(workspace, [score(judge="gpt-4", value=40.0), score(judge="qwen", value=60.0)], title="two judges")
    result = ledger.read(workspace)
    assert sorted(result.scores()["value"]) == [40.0, 60.0]
    assert not result.clashes([score(judge="nemotron", value=1.0)]).conflicting


def test_undo_takes_a_batch_back_and_undo_of_undo_brings_it_back(workspace: Workspace) -> None:
    first = ledger.append(workspace, [score("a")], title="first")
    ledger.append(workspace, [score("b")], title="second")
    taken_back = ledger.undo(workspace, first)
    assert ledger.read(workspace).scores()["label"].tolist() == ["b"]
    ledger.undo(workspace, taken_back)
    assert sorted(ledger.read(workspace).scores()["label"]) == ["a", "b"]
    assert len(ledger.read(workspace).batches) == 4
    with pytest.raises(WorkspaceError):
        ledger.undo(workspace, "0-0")


def test_repeated_and_conflicting_scores_are_noticed(workspace: Workspace) -> None:
    ledger.add_scores(workspace, [score("a", 50.0)], title="first")
    clashes = ledger.add_scores(workspace, [score("a", 50.0), score("a", 51.0), score("b", 1.0)], title="again")
    assert [entry.run.label for entry in clashes.repeated] == ["a"]
    assert [(new.value, old.value) for new, old in clashes.conflicting] == [(51.0, 50.0)]
    frame = ledger.read(workspace).scores().set_index("label")["value"]
    assert frame.to_dict() == {"a": 50.0, "b": 1.0}


def test_replacing_counts_the_new_value_until_it_is_undone(workspace: Workspace) -> None:
    ledger.add_scores(workspace, [score("a", 50.0)], title="first")
    ledger.add_scores(workspace, [score("a", 51.0)], title="second", conflicts="replace")
    assert ledger.read(workspace).scores()["value"].tolist() == [51.0]
    ledger.undo(workspace, ledger.read(workspace).batches[-1].key)
    assert ledger.read(workspace).scores()["value"].tolist() == [50.0]


def test_a_fraction_and_its_percentage_are_one_score_with_a_notice(workspace: Workspace) -> None:
    ledger.add_scores(workspace, [score("a", 54.0, unit="%")], title="first")
    clashes = ledger.read(workspace).clashes([score("a", 0.54, unit="fraction"), score("b", 0.6, unit="fraction")])
    assert len(clashes.repeated) == 1 and not clashes.conflicting
    assert clashes.notices == ["AlpacaEval win rate is logged in %, here it is in fraction."]


def test_a_label_is_matched_later_and_the_newest_word_counts(workspace: Workspace) -> None:
    ledger.append(workspace, [score("res-micro-50")], title="scores")
    assert ledger.read(workspace).unmatched({"d" * 16})["why"].tolist() == ["nobody said which subset this is"]
    ledger.append(workspace, [Match(label="res-micro-50", subset="c" * 16)], title="match")
    ledger.append(workspace, [Match(label="res-micro-50", subset="d" * 16)], title="match again")
    result = ledger.read(workspace)
    assert result.scores()["subset"].tolist() == ["d" * 16]
    assert result.unmatched({"d" * 16}).empty


def test_the_score_of_a_deleted_subset_stays_and_is_listed(workspace: Workspace) -> None:
    run = Run(label="gone", subset="e" * 16)
    ledger.append(workspace, [Score(run=run, benchmark="b", measure="m", value=1.0)], title="one")
    result = ledger.read(workspace)
    assert len(result.scores()) == 1
    assert result.unmatched({"d" * 16})["why"].tolist() == ["the subset is gone"]


def test_a_dataset_never_seen_is_logged_with_metrics_by_hand(workspace: Workspace) -> None:
    digest = LoggedSubset.unseen("Tulu 3")
    ledger.append(workspace, [LoggedSubset(digest=digest, name="Tulu 3", metrics={"both.vendi": 12.0})], title="given")
    ledger.append(workspace, [LoggedSubset(digest=digest, name="Tulu 3", metrics={"both.ie": 8.0})], title="later")
    row = ledger.read(workspace).subsets().iloc[0]
    assert (row["name"], row["both.vendi"], row["both.ie"]) == ("Tulu 3", 12.0, 8.0)
    assert ledger.read(workspace).unmatched([]).empty


def test_a_damaged_or_newer_batch_is_named_and_the_others_count(workspace: Workspace) -> None:
    damaged = ledger.append(workspace, [score("a")], title="damaged")
    newer = ledger.append(workspace, [score("b")], title="newer")
    ledger.append(workspace, [score("c")], title="good")
    (workspace.folder("ledger", damaged) / "entries.jsonl").write_bytes(b'{"kind": "score", "run"')
    manifest = workspace.folder("ledger", newer) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"format": 1', b'"format": 99'))
    result = ledger.read(workspace)
    assert result.scores()["label"].tolist() == ["c"]
    assert len(result.problems) == 2 and any("newer" in problem for problem in result.problems)


def test_nothing_and_nan_are_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError):
        ledger.append(workspace, [], title="nothing")
    with pytest.raises(InputError, match="must be a number"):
        score(value=float("nan"))


def _write_many(home: str, writer: int) -> None:
    for number in range(10):
        ledger.append(Workspace(Path(home)), [score(f"{writer}-{number}")], title="parallel")


def test_processes_that_write_at_once_lose_nothing(workspace: Workspace) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(workspace.home), number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(ledger.read(workspace).scores()) == 30


def test_batches_stand_in_the_order_of_writing_though_the_clock_was_put_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    ledger.append(workspace, [score("a", 1.0), Match(label="a", subset="1" * 16)], title="first")
    for days in (1, 400, 20_000):
        monkeypatch.setattr(time, "time_ns", lambda days=days: now - days * 86_400 * 10**9)
        batch = ledger.append(
            workspace, [score("a", 1.0 + days), Match(label="a", subset=f"{days:016x}")], title=f"{days}"
        )
        seen = ledger.read(workspace)
        assert seen.batches[-1].key == batch and seen.matches == {"a": f"{days:016x}"}
        assert [entry.value for entry in seen.of(Score)] == [1.0 + days]
    taken_back = ledger.undo(workspace, batch)
    assert ledger.read(workspace).matches == {"a": f"{400:016x}"}
    ledger.undo(workspace, taken_back)
    assert ledger.read(workspace).matches == {"a": f"{20_000:016x}"}
    assert [found.key for found in ledger.read(workspace).batches] == sorted(workspace.keys(ledger.KIND))


def test_a_ledger_that_did_not_change_is_not_read_again_and_one_that_did_is(workspace: Workspace) -> None:
    first = ledger.append(workspace, [score("a")], title="first")
    seen = ledger.read(workspace)
    assert ledger.read(workspace) is seen
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(ledger.undo, (workspace, first))
    assert not ledger.read(workspace).of(Score) and seen.of(Score)
    lines = workspace.folder(ledger.KIND, first) / "entries.jsonl"
    lines.write_text("{")
    assert "damaged" in ledger.read(workspace).problems[0]
    lines.unlink()
    assert "damaged" in ledger.read(workspace).problems[0]
