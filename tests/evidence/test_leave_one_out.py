"""Leaving one source out: means by hand, intervals, and what is missing is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import InputError
from core.evidence.leave_one_out import leave_one_out
from core.evidence.mixture import join

SHARES = pd.DataFrame({
    "run": list("abcdefg"),
    "web": [0.5, 0.4, 0.0, 0.0, 0.6, 1.0, 0.7],
    "book": [0.3, 0.3, 0.6, 0.5, 0.0, 0.0, 0.3],
    "news": [0.2, 0.3, 0.4, 0.5, 0.4, 0.0, 0.0],
})  # fmt: skip
METRICS = pd.DataFrame({"run": list("abcdefg"), "mmlu": [50.0, 52.0, 55.0, 56.0, 40.0, 30.0, 51.0]})


def test_effects_equal_the_differences_of_means() -> None:
    table = leave_one_out(join(SHARES, METRICS), "mmlu").set_index("source")
    assert table["effect"].to_dict() == {"web": 55.5 - 51, "news": 0.0, "book": 40.0 - 51}
    assert table.index[0] == "web"  # the one that hurts comes first
    error = np.sqrt(np.var([55, 56], ddof=1) / 2 + np.var([50, 52], ddof=1) / 2)
    assert table.loc["web", "high"] == pytest.approx(4.5 + 1.96 * error)
    assert np.isnan(table.loc["book", "low"]) and table.loc["book", "runs without it"] == 1


def test_runs_that_leave_nothing_out_say_so() -> None:
    with pytest.raises(InputError, match="share of every source"):
        leave_one_out(join(SHARES[2:], METRICS), "mmlu")
    with pytest.raises(InputError, match="lacks a single source"):
        leave_one_out(join(SHARES[:2], METRICS), "mmlu")


def test_the_command_prints_them(tmp_path, capsys) -> None:
    SHARES.to_csv(tmp_path / "shares.csv", index=False)
    METRICS.to_csv(tmp_path / "metrics.csv", index=False)
    files = [str(tmp_path / "shares.csv"), str(tmp_path / "metrics.csv")]
    assert main(["mixture", *files, "--higher-is-better", "--leave-one-out"]) == 0
    out = capsys.readouterr().out
    assert "above 0 says that the source hurts" in out and "-11" in out
