"""The loop prefers the member that is like the held-out rows, trains each run once, and marks its scores a proxy's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.budgets.profile_store import profiles
from core.corpus.row_ids import show_id
from core.errors import Cancelled, InputError, NetworkError
from core.evidence import ledger
from core.evidence.proxy import CAUTION
from core.features.models.columns import keep_score
from core.features.models.files import find_model
from core.jobs import job_names, queue
from core.progress import silent
from core.training import decoder
from core.training.base import open_base
from core.training.held_out import ALL, MACRO
from core.training.run import Trained
from core.workbench.inspections.evidence import load_evidence
from core.workbench.loops import loop_base
from core.workbench.loops.loop_choices import base_choices, member_choices
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_estimate import estimate_loop
from core.workbench.loops.loop_ledger import BITS, NLL
from core.workbench.loops.loop_run import KIND, carry_out_loop, standing
from core.workbench.loops.loop_speed import loop_speeds
from core.workbench.tasks.model_vectors import make_vectors, vectors_request
from core.workspace import values
from core.workspace.artefacts import Workspace
from tests.devices import DEVICES
from tests.jobs.in_process import do_queued
from tests.workbench.loops.planted import SETTINGS, member, planted, request_of, two_members


@pytest.mark.parametrize("device", DEVICES)
def test_each_member_is_best_on_held_out_rows_of_its_own_kind(
    device: str, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_DEVICE", device)
    corpus = planted(workspace)
    request = request_of(two_members(workspace, corpus), tmp_path / "base", seeds=(0, 1))
    result = carry_out_loop(workspace, request.as_dict(), silent)
    runs = standing(workspace, request)
    assert runs is not None and all(run.trained for run in runs)
    for run in runs:
        assert run.trained is not None
        other = {"web": "book", "book": "web"}[run.run.member.name]
        scores = run.trained.scores
        assert scores[run.run.member.name].nll < scores[other].nll - 0.3, "the member's own source is foretold better"
        assert run.trained.trace.tokens[-1] == SETTINGS.tokens
        assert run.trained.trace.held_out[-1][1] < run.trained.trace.held_out[0][1]
    frame = ledger.read(workspace).scores()
    assert len(frame) == result["logged"] == 2 * 2 * 4 * 2  # members, seeds; mean, all and two sources; two measures
    assert frame["proxy"].all() and set(frame["measure"]) == {NLL, BITS} and (frame["direction"] == -1).all()
    web = frame[(frame["benchmark"] == "holdout: web") & (frame["measure"] == NLL)]
    means = web.groupby("label")["value"].mean()
    assert means["web"] < means["book"]
    evidence = load_evidence(workspace)
    assert evidence.caution == CAUTION and set(evidence.seen.frame["name"]) == {"web", "book"}
    curves = ledger.read(workspace).curves()
    assert len(curves) == 2 * 2 * 2 and all(curve.steps for curve in curves)
    files = find_model(request.base)
    assert set(frame["model"]) == {f"base ({files.digest[:6]})"}


def test_a_finished_run_is_not_trained_again_and_nothing_is_logged_twice(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = planted(workspace)
    members = two_members(workspace, corpus)
    first = request_of(members[:1], tmp_path / "base")
    carry_out_loop(workspace, first.as_dict(), silent)
    both = request_of(members, tmp_path / "base")
    told: list[str] = []
    result = carry_out_loop(workspace, both.as_dict(), lambda done, total, note="": told.append(note))
    assert result["logged"] == 8, "the second member's alone"
    again = carry_out_loop(workspace, both.as_dict(), silent)
    assert again["logged"] == 0 and len(ledger.read(workspace).batches) == 2
    assert any(note.startswith("run 2 of 2, book, seed 0") for note in told)


def test_trained_models_are_kept_under_a_manifest_that_names_where_they_come_from(
    workspace: Workspace, tmp_path: Path
) -> None:
    corpus = planted(workspace)
    (web, _) = members = two_members(workspace, corpus)
    request = request_of(members[:1], tmp_path / "base")
    carry_out_loop(workspace, request.as_dict(), silent)
    assert not workspace.list(KIND)
    kept = replace(request, keep_models=True)
    result = carry_out_loop(workspace, kept.as_dict(), silent)
    (artefact,) = workspace.list(KIND)
    assert result["artefacts"] == [[KIND, artefact.key]] and result["logged"] == 0
    manifest = artefact.manifest
    assert (manifest["subset"], manifest["seed"], manifest["budget"]) == (web.digest, 0, SETTINGS.tokens)
    assert manifest["base_model"]["digest"] == find_model(request.base).digest
    assert manifest["prompt"]["joint"] == "\n"
    model = open_base(find_model(str(artefact.path("model"))))
    data = LoopData.open(workspace, request.members)
    held = data.held_out_for(model, rows=500, cutoff=512)
    from core.training.held_out import score_held_out

    stored = manifest["scores"][ALL]["nll"]
    assert score_held_out(model, held)[ALL].nll == pytest.approx(stored, rel=1e-6), "what is kept is what was scored"
    from core.features.gradients.moments import read_moments
    from core.features.models.causal import load_causal

    moments = read_moments(load_causal(model.files, device="cpu", precision="float32"))
    (now,) = standing(workspace, kept) or ()
    assert now.trained is not None and moments.steps == now.trained.trace.step
    assert all(float(value.abs().max()) > 0 for value in (*moments.mean.values(), *moments.square.values()))
    asked = vectors_request(corpus.id, model=str(artefact.path("model")), kind="block", adam=True, dimensions=16)
    assert make_vectors(workspace, asked, silent)["embedder"].startswith("model:block-adam@")


def test_a_cancelled_loop_keeps_its_scores_and_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    corpus = planted(workspace)
    request = request_of(two_members(workspace, corpus), tmp_path / "base")

    def stop(done: float, total: float, note: str = "") -> None:
        if done > 1.5 * SETTINGS.tokens:
            raise Cancelled

    with pytest.raises(Cancelled):
        carry_out_loop(workspace, request.as_dict(), stop)
    assert set(ledger.read(workspace).scores()["label"]) == {"web"}
    now = standing(workspace, request)
    assert now is not None
    assert [run.trained is not None for run in now] == [True, False]
    assert carry_out_loop(workspace, request.as_dict(), silent)["logged"] == 8
    assert not list((workspace.home / "partial").glob("run-*")), "checkpoints of finished runs are gone"


def test_a_killed_loop_ends_bit_for_bit_as_one_that_was_not(workspace: Workspace, tmp_path: Path) -> None:
    corpus = planted(workspace)
    members = two_members(workspace, corpus)[:1]
    settings = replace(SETTINGS, tokens=20_000)
    request = request_of(members, tmp_path / "base", settings=settings)
    program = (
        "import sys; from core.training import fit; fit.SAVE_EVERY = 0.2; fit.SAVE_SHARE = 0; fit.TELL_EVERY = 0.1\n"
        "from core.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [
        "loop", "web", "--base", request.base, "--tokens", "20000", "--learning-rate", "0.01", "--batch-tokens", "300",
        "--precision", "float32", "--seeds", "0",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    (run,) = standing(workspace, request) or ()
    until = time.monotonic() + 120
    while not (run.run.folder / "checkpoint.safetensors").exists():
        assert process.poll() is None and time.monotonic() < until, "it ended before it was killed"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (stopped,) = standing(workspace, request) or ()
    assert stopped.trained is None and stopped.trace is not None and stopped.trace.step < stopped.steps
    carry_out_loop(workspace, request.as_dict(), silent)
    (resumed,) = standing(workspace, request) or ()
    whole = Workspace(tmp_path / "whole")
    corpus = planted(whole)
    same = request_of([member(whole, corpus, "web", pool={"sources": ["web"]})], tmp_path / "base", settings=settings)
    carry_out_loop(whole, same.as_dict(), silent)
    (unbroken,) = standing(whole, same) or ()
    assert resumed.trained is not None and unbroken.trained is not None
    assert resumed.trained.trace.losses == unbroken.trained.trace.losses
    assert resumed.trained.scores == unbroken.trained.scores


def test_without_a_holdout_rows_of_no_member_are_scored_and_named(workspace: Workspace, tmp_path: Path) -> None:
    corpus = planted(workspace, rows=300, holdout=0.0)
    members = two_members(workspace, corpus)
    data = LoopData.open(workspace, [subset.key for subset in members])
    name, rows = data.held_out
    assert name.startswith("rows in no member (") and not data.in_members[rows].any()
    carry_out_loop(workspace, request_of(members, tmp_path / "base").as_dict(), silent)
    assert ledger.read(workspace).scores()["benchmark"].str.startswith("rows in no member").all()
    everything = member(workspace, corpus, "all", size=290)
    with pytest.raises(InputError, match=r"holds out 0 rows .* too few to score on") as refused:
        _ = LoopData.open(workspace, [everything.key]).held_out
    assert "--holdout" in refused.value.remedy


def test_members_that_cannot_be_compared_are_refused_by_name(workspace: Workspace, tmp_path: Path) -> None:
    corpus = planted(workspace)
    silent_rows = [show_id(int(corpus.ids[row])) for row, text in enumerate(corpus.text("response")) if not text]
    mute = member(workspace, corpus, "mute", size=4, pool={"ids": silent_rows})
    web = two_members(workspace, corpus)[0]
    with pytest.raises(InputError, match="“mute” has no response token"):
        carry_out_loop(workspace, request_of([web, mute], tmp_path / "base").as_dict(), silent)
    other = planted(workspace, rows=200)
    with pytest.raises(InputError, match="2 corpora"):
        LoopData.open(workspace, [web.key, member(workspace, other, "other").key])
    with pytest.raises(NetworkError, match="nobody/nothing is not on this machine"):
        carry_out_loop(workspace, request_of([web], tmp_path / "base", base="nobody/nothing").as_dict(), silent)
    with pytest.raises(InputError, match="nothing to train on"):
        request_of([], tmp_path / "base")
    short = tmp_path / "short"
    from tests.tiny_models import tiny_model

    tiny_model(short, positions=16)
    with pytest.raises(InputError, match="reads 16 tokens, too few"):
        carry_out_loop(workspace, request_of([web], tmp_path / "base", base=str(short)).as_dict(), silent)


def test_a_base_that_does_not_fit_the_memory_is_refused_before_it_is_loaded(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_of(two_members(workspace, planted(workspace)), tmp_path / "base")
    monkeypatch.setattr("core.training.base.free_memory", lambda device: 1_000)
    with pytest.raises(InputError, match="memory") as refused:
        carry_out_loop(workspace, request.as_dict(), silent)
    assert "smaller base" in refused.value.remedy


@pytest.fixture
def quick_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small decoder that is warmed up in a second."""
    small = decoder.DecoderSettings(layers=1, width=64, pieces=400, warmup_tokens=3_000, batch_tokens=500, cutoff=64)
    monkeypatch.setattr(decoder, "LEAST_BYTES", 1_000)
    monkeypatch.setattr(loop_base, "DECODER", small)
    monkeypatch.setattr("core.workbench.loops.loop_data.WARM_BYTES", 20_000)


def test_the_small_decoder_is_warmed_up_on_other_rows_once_and_serves_later_loops(
    workspace: Workspace, tmp_path: Path, quick_decoder: None
) -> None:
    corpus = planted(workspace, rows=600)
    members = two_members(workspace, corpus)
    request = request_of(members, tmp_path / "unused", base="tiny")
    assert standing(workspace, request) is None
    estimate = estimate_loop(workspace, request)
    assert estimate.warm_up > 0 and estimate.warm_text == "rows of the corpus that are in no member"
    result = carry_out_loop(workspace, request.as_dict(), silent)
    (artefact,) = workspace.list("bases")
    ids = artefact.array("ids")
    data = LoopData.open(workspace, request.members)
    taken = np.concatenate([corpus.ids[data.in_members], corpus.ids[corpus.holdout]])
    assert len(ids) and not np.isin(ids, taken).any(), "neither a member's rows nor held-out ones"
    assert artefact.manifest["about"]["what"] == "rows of the corpus that are in no member"
    assert result["base"]["digest"] == find_model(str(artefact.path("model"))).digest
    inside = corpus.ids[~data.in_members & ~corpus.holdout]
    later = [show_id(int(row)) for row in inside if row not in set(ids.tolist())][:30]
    other = member(workspace, corpus, "later", size=20, pool={"ids": later})
    carry_out_loop(workspace, request_of([other], tmp_path / "unused", base="tiny").as_dict(), silent)
    assert len(workspace.list("bases")) == 1, "a loop over other rows takes the same base"
    by_key = request_of(members, tmp_path / "unused", base=artefact.key)
    assert carry_out_loop(workspace, by_key.as_dict(), silent)["logged"] == 0, "its key means the same base"
    done = estimate_loop(workspace, request)
    assert done.runs == 0
    assert done.steps == 20 and "A run has 20 steps." in done.words  # 6,000 tokens, 300 of them a step


def test_where_too_few_rows_are_left_the_demo_corpus_warms_the_decoder_up(workspace: Workspace) -> None:
    corpus = planted(workspace)
    data = LoopData.open(workspace, [member(workspace, corpus, "many", size=200).key])
    text = data.warm_text
    assert text.what == "the demo corpus" and not len(text.ids)
    assert sum(len(turn["content"]) for row in text.conversations for turn in row) > 500_000


def test_the_job_and_the_command_do_the_same(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = planted(workspace)
    request = request_of(two_members(workspace, corpus), tmp_path / "base")
    words = [
        "loop", "web", "book", "--base", request.base, "--tokens", "6000", "--learning-rate", "0.01", "--batch-tokens",
        "300", "--precision", "float32", "--seeds", "0",
    ]  # fmt: skip
    assert main([*words, "--estimate"]) == 0
    out = capsys.readouterr().out
    assert "2 of 2 runs are left" in out and "scored on holdout" in out and "rows packed" in out
    assert ledger.read(workspace).scores().empty
    queue.submit(workspace, job_names.LOOP, request.as_dict(), title="loop")
    (job,) = do_queued(workspace)
    done = queue.job(workspace, job.id)
    assert done.state == "done" and done.result is not None and done.result["logged"] == 16
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "0 scores logged" in printed and "DataDecide" in printed and "0 of 2 runs are left" in printed
    assert main(["loop", "nobody"]) == 1
    assert "not a saved subset" in capsys.readouterr().err


def test_a_profile_is_filled_from_a_training_whoever_carried_it_out(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = request_of(two_members(workspace, planted(workspace)), tmp_path / "base")
    assert loop_speeds(workspace) == []
    carried = carry_out_loop(workspace, request.as_dict(), silent)  # as a command and a script do it, without a job
    (speed,) = loop_speeds(workspace)
    runs = [Trained.of(values.get(workspace, key)) for key in carried["runs"]]
    assert speed.tokens_a_second == pytest.approx(
        sum(run.tokens_read for run in runs) / sum(run.trace.seconds for run in runs)
    )
    queue.submit(workspace, job_names.LOOP, request.as_dict(), title="loop")
    do_queued(workspace)
    assert loop_speeds(workspace) == [speed]  # the same runs once
    assert main(["profile", "inside", "--measured", "--price-an-hour", "2"]) == 0
    kept = profiles(workspace)["inside"]
    assert (kept.tokens_a_second, kept.cutoff, kept.measured) == (speed.tokens_a_second, speed.cutoff, speed.title)


def test_one_source_has_one_score(workspace: Workspace, tmp_path: Path) -> None:
    corpus = planted(workspace)
    (web, _) = two_members(workspace, corpus)
    request = request_of([web], tmp_path / "base")
    carry_out_loop(workspace, request.as_dict(), silent)
    groups = set(ledger.read(workspace).scores()["benchmark"])
    assert groups == {f"holdout, {MACRO}", f"holdout, {ALL}", "holdout: web", "holdout: book"}


def test_the_model_whose_probe_selected_and_stored_decoders_are_offered_as_bases(
    workspace: Workspace, quick_decoder: None
) -> None:
    corpus = planted(workspace, rows=600)
    keep_score(
        corpus, np.arange(len(corpus), dtype=np.float64), name="daar_entropy@probe", title="DaaR", formula="",
        source="", meaning="", settings={"model": {"name": "owner/probe", "digest": "0"}},
    )  # fmt: skip
    members = two_members(workspace, corpus)
    data = LoopData.open(workspace, [subset.key for subset in members])
    loop_base.base_for(data, "tiny")
    (decoder_kept,) = workspace.list("bases")
    offered = base_choices(corpus)
    assert list(offered)[:2] == ["tiny", "owner/probe"] and "probe selected" in offered["owner/probe"]
    assert "rows of the corpus that are in no member" in offered[decoder_kept.key]
    choices = member_choices(workspace, corpus.id)
    assert sorted(choice.title for choice in choices.values()) == ["book", "web"]
