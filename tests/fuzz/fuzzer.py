"""What a target of the fuzzer is, and how one of its cases is made, tried, bounded and kept."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Literal

from core.errors import LONGEST_WHAT, DiverscopeError

KEPT = Path(__file__).parent / "regressions"  # inputs that once broke something, by target
FAILED = Path(__file__).parent / "failures"  # where a new one is put; not in the repository
SECONDS = 5.0  # of computing that one input may take
PATIENCE = 60  # seconds by the clock after which an input counts as one that never ends
MEMORY = 3 << 30  # bytes of address space that one input may add
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

Ending = Literal["kept", "refused"]


class Fault(AssertionError):
    """An ending that is not allowed; the message says what does not add up."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files as somebody might give them.

    ``options`` are values of JSON that the target passes on. ``records``: how many records the first file must be read
    as holding, where that is known, and ``written`` those records as JSON.
    """

    files: tuple[tuple[str, bytes], ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    records: int | None = None
    written: tuple[str, ...] | None = None

    def keep(self, folder: Path, *, why: str) -> None:
        """Write the files and all else that is needed to try them again."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, (_, data) in enumerate(self.files):
            (folder / f"{number}.bin").write_bytes(data)
        about = {"names": [name for name, _ in self.files], "options": self.options, "why": why}
        (folder / "case.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def kept(cls, folder: Path) -> Case:
        """The case that :meth:`keep` wrote, without what was known of its records."""
        about = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        files = [(name, (folder / f"{number}.bin").read_bytes()) for number, name in enumerate(about["names"])]
        return cls(files=tuple(files), options=about["options"])


@dataclass(frozen=True, kw_only=True)
class Target:
    """One kind of input: ``make`` draws a case, ``attempt`` reads it in an empty folder.

    ``attempt`` returns when the file was read and everything adds up, lets one of our own errors through when it was
    refused, and raises :class:`Fault` for a wrong result. Any other exception is a fault, too.
    """

    name: str
    make: Callable[[Random], Case]
    attempt: Callable[[Case, Path], None]

    def case(self, number: int) -> Case:
        """The case with this number: the same one on every machine."""
        return self.make(Random(f"{self.name}:{number}"))


def outcome(target: Target, case: Case) -> Ending:
    """Try ``case``. Raises what is no allowed ending: too much time or memory, a wrong result, another's exception."""
    with tempfile.TemporaryDirectory(prefix="diverscope-fuzz-", dir=IN_MEMORY) as folder, _bounded():
        before = time.process_time()
        ending: Ending = "kept"
        try:
            target.attempt(case, Path(folder))
        except DiverscopeError as error:
            ending = "refused"
            if not error.what.strip() or len(error.what) > LONGEST_WHAT:
                raise Fault(f"The message has {len(error.what)} characters: {error.what[:200]!r}") from error
        spent = time.process_time() - before
        if spent > SECONDS:
            raise Fault(f"It took {spent:.1f} s of computing; {SECONDS:g} s are allowed.")
    return ending


@contextmanager
def _bounded() -> Iterator[None]:
    """Stop what never ends, and let what asks for gigabytes fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limited = sys.platform == "linux" and signal.getsignal(signal.SIGALRM) is not None
    if limited:
        now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, hard))
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        if limited:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _too_long(_: int, __: FrameType | None) -> None:
    raise Fault(f"It did not end within {PATIENCE} s.")
