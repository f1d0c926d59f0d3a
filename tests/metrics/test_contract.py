"""Every registered metric keeps the contract, and a metric that breaks one of its promises is told which."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.__main__ import main
from core.metrics.contract import MEASURED, PROMISES, check_metric
from core.metrics.registry import metrics

SOUND = """
import numpy as np

from core.device import block_rows
from core.errors import InputError
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading
from core.parameters import Parameter


def measure(measuring: Measuring) -> Reading:
    tokens = measuring.view.tokens
    if len(measuring.view) < 2:
        raise InputError("One row has no evenness.")
    counts = np.bincount(tokens.ids)
    shares = counts[counts > 0] / counts.sum()
    value = float(1 - (shares**2).sum())
    return Reading(value=value)


METRICS = [
    Metric(
        name="simpson", title="Simpson's index", family="token distribution", direction=1, measure=measure,
        formula="1 - the sum of squared shares of the tokens.", source="a test", unit="share",
        needs=lambda parameters: ("tokens",), length_dependent=False,
        parameters=(Parameter(name="knob", title="Knob", kind="bool", default=False, help="Nothing happens."),),
    )
]
"""
VALUE = "    value = float(1 - (shares**2).sum())\n"

# What is replaced in the sound metric, by what, and the beginning of the promise that this breaks.
BREAKAGES = {
    "no source": ('source="a test"', 'source=""', "It states its name"),
    "a knob without help": ("Nothing happens.", "", "It states its name"),
    "reads what it does not name": ('("tokens",)', '("text",)', "It has a value"),
    "misses a feature without a message": (
        "    tokens = ",
        "    assert measuring.view.has('tokens')\n    tokens = ",
        "It reads only the features",
    ),
    "the first row decides": (
        VALUE,
        VALUE + "    value = value / (1 + tokens.lengths[0])\n",
        "The same rows",
    ),
    "draws without a seed": (VALUE, VALUE + "    value -= 0.1 * np.random.random()\n", "The same rows"),
    "beyond its range": (VALUE, VALUE + "    value += 0.5\n", "Every value is a number"),
    "no number": (VALUE, VALUE + "    value = value if value > 0.8 else float('nan')\n", "Every value is a number"),
    "a detail that no file can hold": (
        "return Reading(value=value)",
        "return Reading(value=value, detail={'types': set(tokens.ids.tolist())})",
        "Its value and its detail",
    ),
    "points the other way": ("direction=1", "direction=-1", "Its direction is right"),
    "hides that size matters": (
        VALUE,
        VALUE + "    value /= len(measuring.view)\n",
        "It changes with the number",
    ),
    "hides that length matters": (VALUE, VALUE + "    value /= tokens.lengths.mean()\n", "It changes with the length"),
    "threads decide": (
        VALUE,
        VALUE + "    import torch\n    value /= torch.get_num_threads()\n",
        "The number of threads",
    ),
    "blocks decide": (VALUE, VALUE + "    value /= min(9, block_rows(width=9))\n", "The size of a block"),
    "falls over one row": ('raise InputError("One row', 'raise ValueError("One row', "For one row or two"),
}


def checked(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    ended = main(["check-metric", str(path)])
    return ended, capsys.readouterr().out


@pytest.mark.parametrize("name", list(metrics()))
def test_a_registered_metric_keeps_every_promise(name: str) -> None:
    outcomes = check_metric(metrics()[name])
    assert [outcome.promise for outcome in outcomes] == [MEASURED, *PROMISES]
    assert not [str(outcome) for outcome in outcomes if not outcome.kept]


def test_a_sound_metric_of_ones_own_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text(SOUND)
    ended, said = checked(tmp_path / "mine.py", capsys)
    assert ended == 0 and "FAIL" not in said
    assert said.count("pass  ") == 1 + len(PROMISES)


@pytest.mark.parametrize(("old", "new", "promise"), BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_promise_is_told(old: str, new: str, promise: str, tmp_path: Path, capsys) -> None:
    assert SOUND.count(old) == 1
    (tmp_path / "mine.py").write_text(SOUND.replace(old, new))
    ended, said = checked(tmp_path / "mine.py", capsys)
    assert ended == 1
    failed = [line for line in said.splitlines() if line.startswith("FAIL  ")]
    assert any(line.startswith(f"FAIL  {promise}") for line in failed), said


@pytest.mark.parametrize("text", ["", "METRICS = []", "METRICS = [1]", "1 / 0", "raise SystemExit(2)"])
def test_a_file_without_metrics_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text(text)
    assert main(["check-metric", str(tmp_path / "mine.py")]) == 1
    assert capsys.readouterr().err
