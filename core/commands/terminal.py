"""Input and output of commands: tables, a line of progress, files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.control_characters import unfiltered, visible
from core.errors import InputError


class Meter:
    """Progress as a line on standard error, renewed at most four times a second; silent if that is not a terminal."""

    def __init__(self) -> None:
        self._last = 0.0
        self._shown = False

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._last < 0.25:
            return
        self._last, self._shown = now, True
        share = f"{done:,.0f} of {total:,.0f}" if total else f"{done:,.0f}"
        self._print(f"\r\033[K{share} {visible(note, one_line=True)}")

    def end(self) -> None:
        """End the line, so that further output starts on a new one."""
        if self._shown:
            self._print("\r\033[K")

    def _print(self, line: str) -> None:
        print(line, end="", file=unfiltered(sys.stderr), flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A text table with aligned columns, numbers to the right; a line feed in a cell is shown as \\n."""
    head = [visible(name, one_line=True) for name in head]
    lines = [[visible(str(cell), one_line=True) for cell in row] for row in rows]
    widths = [max([len(head[i]), *(len(line[i]) for line in lines)]) for i in range(len(head))]
    right = [bool(lines) and all(_number(line[i]) for line in lines) for i in range(len(head))]

    def line_of(cells: Sequence[str]) -> str:
        made = [cell.rjust(widths[i]) if right[i] else cell.ljust(widths[i]) for i, cell in enumerate(cells)]
        return "  ".join(made).rstrip()

    return "\n".join([line_of(head), line_of(["-" * width for width in widths]), *map(line_of, lines)])


def _number(text: str) -> bool:
    return text.replace(",", "").replace(".", "").replace("-", "").replace("%", "").strip().isdigit() or text in (
        "",
        "—",
    )


def agreed() -> bool:
    """Whether the person at the terminal lets what was priced be sent. Raises :class:`InputError` without a person."""
    if not sys.stdin.isatty():
        raise InputError("Nobody is there to agree to the cost.", remedy="Add --yes, or --cost to see it only.")
    return input("Send them? [y/N] ").strip().lower() in ("y", "yes")


def file_bytes(path: Path) -> bytes:
    """The content of a file named on the command line. Raises :class:`InputError` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
