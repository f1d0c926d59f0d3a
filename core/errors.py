"""The family of exceptions whose messages a user can act on."""

from __future__ import annotations


class DiverscopeError(Exception):
    """An error that a user can understand and correct.

    ``what`` says what is wrong, ``remedy`` what to do about it. Pages and the command line show both and no traceback;
    the log keeps the traceback.
    """

    def __init__(self, what: str, *, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class InputError(DiverscopeError):
    """A file, a path or a value that a user gave cannot be used."""


class FeatureMissing(DiverscopeError):
    """A strategy or a metric needs a feature that has not been computed yet."""

    def __init__(self, feature: str, *, remedy: str = "") -> None:
        super().__init__(f"The {feature} of these rows are not there yet.", remedy=remedy)
        self.feature = feature


class Infeasible(DiverscopeError):
    """A request that no answer can satisfy: more rows than the pool holds, quotas that exclude each other."""


class WorkspaceError(DiverscopeError):
    """The workspace cannot be read or written: disk full, a newer version, a file that is gone."""


class NetworkError(DiverscopeError):
    """A hub or an endpoint did not answer."""


class JobError(DiverscopeError):
    """A job failed; the message is the job's own."""


class Cancelled(DiverscopeError):
    """The user cancelled the work; what was finished is kept."""

    def __init__(self, what: str = "Cancelled. What was finished is kept.") -> None:
        super().__init__(what)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that the memory of the machine or of a graphics card was not enough."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"  # the second is torch's own
