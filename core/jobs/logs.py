"""A job's log: its warnings and every traceback, with secrets removed."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.control_characters import VisibleFormatter

_SECRET_NAME = re.compile(r"TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_SECRET_SHAPES = re.compile(
    r"\b(?:hf|sk|gh[pousr]|xox[abp])[-_][A-Za-z0-9_-]{12,}"  # access tokens of hubs and endpoints
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"  # name:password@ in an address
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{8,}"
)
HIDDEN = "•••"


def redacted(text: str) -> str:
    """``text`` without the values of secret environment variables and without anything that looks like a token."""
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name) and not value.isdigit():
            text = text.replace(value, HIDDEN)
    return _SECRET_SHAPES.sub(HIDDEN, text)


class _Redacting(VisibleFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


@contextmanager
def job_log(path: Path) -> Iterator[logging.Logger]:
    """Append the log messages and warnings of the block to the file ``path``; yields the logger of jobs."""
    root = logging.getLogger()
    try:
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:  # work on without a log where there is no space for it
        handler = logging.StreamHandler()
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.INFO)
    level = root.level
    root.addHandler(handler)
    root.setLevel(min(level, logging.INFO) if level else logging.INFO)
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            yield logging.getLogger("diverscope.jobs")
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
