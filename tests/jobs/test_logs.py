"""A job's log keeps traces and keeps secrets out."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest

from core.jobs.logs import HIDDEN, job_log, redacted


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcdef123456789", f"Authorization: Bearer {HIDDEN}"),
        ("https://me:hunter2@example.org/x", f"https://{HIDDEN}@example.org/x"),
        ("token hf_abcdefghijklmnop was refused", f"token {HIDDEN} was refused"),
        ("row 12: sk8er boi, https://example.org", "row 12: sk8er boi, https://example.org"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_and_text_is_not(text: str, clean: str) -> None:
    assert redacted(text) == clean


def test_secret_variables_of_the_environment_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "correct horse battery")
    monkeypatch.setenv("MY_KEY_COUNT", "12345678")
    monkeypatch.setenv("EDITOR_NAME", "something-long")
    text = redacted("correct horse battery, 12345678, something-long")
    assert text == f"{HIDDEN}, 12345678, something-long"


def test_logs_warnings_and_traces_of_the_block_are_kept_and_later_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with job_log(path) as log:
        log.info("began")
        warnings.warn("careful", UserWarning, stacklevel=1)
        try:
            raise ValueError("broken")
        except ValueError:
            log.exception("failed")
    logging.getLogger("diverscope.jobs").warning("afterwards")
    text = path.read_text()
    assert "began" in text and "careful" in text and "ValueError: broken" in text and "Traceback" in text
    assert "afterwards" not in text
