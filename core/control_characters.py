"""Shows control characters as escapes, so that text from a file cannot steer the terminal that it is printed to."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import TracebackType
from typing import Any, TextIO

# C0 but tab and line feed, delete and C1, embeddings, overrides and isolates of the writing direction, and halves of
# surrogate pairs, which cannot be encoded.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE = re.compile(r"[\t\n\u2028\u2029]")


def visible(text: str, *, one_line: bool = False) -> str:
    r"""``text`` with every control character as \u and four hexadecimal digits.

    Tab and line feed stay, except with ``one_line``, which shows them as \t and \n. JSON stays JSON of the same value.
    """
    shown = _CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", text)
    if one_line:
        shown = _LINE.sub(lambda gap: {"\t": "\\t", "\n": "\\n"}.get(gap[0], f"\\u{ord(gap[0]):04x}"), shown)
    return shown


class VisibleStream:
    """A text stream that writes to ``stream``, control characters as escapes; ``stream`` itself still takes them."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(visible(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class VisibleFormatter(logging.Formatter):
    """Formats log records, tracebacks included, with control characters as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def log_to_terminal(name: str) -> None:
    """Print the warnings and errors of the logger ``name`` on standard error, control characters as escapes."""
    handler = logging.StreamHandler()
    handler.setFormatter(VisibleFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger(name).addHandler(handler)


@contextmanager
def visible_output() -> Iterator[None]:
    """Print control characters as escapes within the block, and in the traceback of an error that leaves it."""
    output: Any = VisibleStream(sys.stdout)
    errors: Any = VisibleStream(sys.stderr)
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            yield
        except Exception:
            sys.excepthook = _print_visibly  # the interpreter prints the traceback after the block has ended
            raise


def unfiltered(stream: TextIO) -> TextIO:
    """The stream that takes control characters of our own, such as the one that clears a line."""
    return stream.stream if isinstance(stream, VisibleStream) else stream


def _print_visibly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    print(visible("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)
