"""A run gives the same again, goes on from its checkpoint bit for bit, and says so when it cannot."""

from __future__ import annotations

import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled, InputError, WorkspaceError
from core.training import fit as fitting
from core.training.base import Base, open_base
from core.training.checkpoint import NAME, load_checkpoint
from core.training.encoding import ANSWER
from core.training.fit import optimizer_of, stands
from core.training.held_out import ALL, MACRO, HeldOut, row_losses, score_held_out
from core.training.run import Trained, save_model, train
from core.training.settings import ProxySettings
from tests.devices import DEVICES
from tests.training.bases import drawn_rows, tiny_base

SETTINGS = ProxySettings(tokens=1_500, learning_rate=1e-2, batch_tokens=100)


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return tiny_base(tmp_path / "base")


def rows_for(base: Base, count: int = 40, *, seed: int = 0):
    lengths = np.random.default_rng(seed).integers(4, 40, size=count).tolist()
    return drawn_rows(lengths, vocabulary=base.causal.vocabulary, seed=seed)


def held_for(base: Base) -> HeldOut:
    rows = rows_for(base, 12, seed=9)
    return HeldOut("holdout", rows, [("web",) if row % 2 else ("book", "web") for row in range(12)])


def weights_of(base: Base) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in base.model.named_parameters()}


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_learns_and_the_same_seed_gives_the_same_bits(base: Base, tmp_path: Path) -> None:
    runs, weights = [], []
    for number, (seed, threads) in enumerate(((0, 2), (0, 1), (1, 2))):
        torch.set_num_threads(threads)
        try:
            runs.append(train(base, rows_for(base), held_for(base), SETTINGS, seed=seed, folder=tmp_path / str(number)))
        finally:
            torch.set_num_threads(2)
        weights.append(weights_of(base))
    assert runs[0].trace.losses[-1] < runs[0].trace.losses[0]
    assert runs[0].trace.losses == runs[1].trace.losses and equal(weights[0], weights[1]), "whatever the threads"
    assert runs[0].scores == runs[1].scores
    assert runs[2].trace.losses != runs[0].trace.losses
    assert runs[0].trace.tokens[-1] == SETTINGS.tokens
    assert runs[0].trace.held_out[0][0] == 0 and len(runs[0].trace.held_out) == 9
    assert Trained.of(runs[0].as_dict()) == runs[0]


@pytest.mark.parametrize("device", DEVICES)
def test_every_step_on_a_device_is_the_processors_but_for_rounding(device: str, base: Base, tmp_path: Path) -> None:
    settings = replace(SETTINGS, precision="float32")
    runs, weights = [], []
    for place in ("cpu", device):
        opened = open_base(base.files, device=place)
        held = held_for(opened)
        runs.append(train(opened, rows_for(opened), held, settings, seed=0, folder=tmp_path / str(len(runs))))
        weights.append({name: weight.cpu() for name, weight in weights_of(opened).items()})
    assert runs[0].trace.tokens == runs[1].trace.tokens and len(runs[0].trace.losses) > 5
    np.testing.assert_allclose(runs[1].trace.losses, runs[0].trace.losses, rtol=1e-3)
    assert runs[1].scores[MACRO].nll == pytest.approx(runs[0].scores[MACRO].nll, rel=1e-3)
    for name, weight in weights[0].items():
        np.testing.assert_allclose(weights[1][name], weight, atol=2e-2)


def test_a_run_that_was_cancelled_goes_on_bit_for_bit(base: Base, tmp_path: Path) -> None:
    whole = train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=tmp_path / "whole")
    wanted = weights_of(base)

    def stop(done: float, total: float, note: str = "") -> None:
        if done > 700:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=tmp_path / "run", progress=stop)
    assert (tmp_path / "run" / NAME).is_file()
    base.restore()
    state = load_checkpoint(tmp_path / "run", base.model, optimizer_of(base, SETTINGS))
    assert state is not None and 0 < len(state["losses"]) < len(whole.trace.losses)
    again = train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=tmp_path / "run")
    assert again.trace.losses == whole.trace.losses and equal(weights_of(base), wanted)
    assert again.scores == whole.scores and again.trace.held_out == whole.trace.held_out


def test_a_damaged_checkpoint_counts_as_none(base: Base, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    whole = train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=tmp_path / "whole")
    folder.mkdir()
    (folder / NAME).write_bytes(b"\0" * 100)
    assert train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=folder).scores == whole.scores


def test_held_out_scores_are_those_of_one_row_after_the_other(base: Base) -> None:
    held = held_for(base)
    rows = held.encoded
    nats = np.zeros(len(rows))
    with torch.inference_mode():
        for row, (ids, kinds) in enumerate(zip(rows.ids, rows.kinds, strict=True)):
            told = torch.log_softmax(base.model(input_ids=torch.from_numpy(ids[None].astype(np.int64))).logits[0], -1)
            nats[row] = -sum(float(told[place - 1, ids[place]]) for place in np.flatnonzero(kinds == ANSWER))
    np.testing.assert_allclose(row_losses(base, rows), nats, rtol=1e-5)
    scores = score_held_out(base, held)
    counts = rows.answered
    assert scores[ALL].nll == pytest.approx(nats.sum() / counts.sum())
    assert scores[ALL].bits == pytest.approx(nats.sum() / np.log(2) / rows.answer_bytes.sum())
    book = np.arange(0, 12, 2)
    assert scores["book"].nll == pytest.approx(nats[book].sum() / counts[book].sum()) and scores["book"].rows == 6
    assert scores["web"] == scores[ALL], "every row is of the web, some of a book too"
    assert scores[MACRO].nll == pytest.approx((scores["book"].nll + scores["web"].nll) / 2)


def test_how_a_run_stands_is_told_while_it_runs(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "TELL_EVERY", 0.0)
    seen = []

    def watch(done: float, total: float, note: str = "") -> None:
        seen.append(stands(tmp_path / "run"))

    train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=tmp_path / "run", progress=watch)
    assert seen[0] is None
    traces = [told for told in seen if told is not None]
    assert [trace.step for trace, _ in traces] == sorted(trace.step for trace, _ in traces)
    assert traces[-1][0].step == traces[-1][1] == len(traces[-1][0].losses)


def test_a_rate_that_is_too_high_is_named(base: Base, tmp_path: Path) -> None:
    settings = ProxySettings(tokens=3_000, learning_rate=9.0, batch_tokens=100, warmup=0.0)
    with torch.no_grad():
        next(iter(base.model.parameters())).fill_(float("nan"))
    base._own[next(iter(base._own))].fill_(float("nan"))
    with pytest.raises(InputError, match="no number"):
        train(base, rows_for(base), held_for(base), settings, seed=0, folder=tmp_path / "run")


def test_a_full_disk_at_a_checkpoint_stops_the_run_with_a_plain_word(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(fitting, "SAVE_SHARE", 0)
    folder = tmp_path / "run"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))  # as on a disk with 10,000 bytes left
    try:
        with pytest.raises(WorkspaceError, match="checkpoint could not be written") as refused:
            train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "Free some space" in refused.value.remedy
    assert not [path for path in folder.iterdir() if "checkpoint" in path.name]


def test_the_trained_model_is_a_folder_that_opens_again(base: Base, tmp_path: Path) -> None:
    from core.features.models.files import find_model

    train(base, rows_for(base), held_for(base), SETTINGS, seed=0, folder=tmp_path / "run")
    save_model(base, tmp_path / "model")
    again = open_base(find_model(str(tmp_path / "model")))
    assert equal(weights_of(again), weights_of(base))
    assert again.causal.encode(["river"])[0].tolist() == base.causal.encode(["river"])[0].tolist()
