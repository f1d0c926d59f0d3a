"""UMAP with its compiled code kept on the disk, as that of our own kernels is: compiled once a machine, then read.

UMAP compiles its functions anew in every process, which takes half a minute. Numba keeps compiled code where a function
asks for it, and its files know the version of Numba, the processor and the source, so that the code which is read is
the code that would be compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from umap import UMAP

_importing = Lock()


def umap_class() -> type[UMAP]:
    """The class ``umap.UMAP``; the first call in a process imports it."""
    with _importing, _compiled_code_kept():
        from umap import UMAP
    return UMAP


@contextmanager
def _compiled_code_kept() -> Iterator[None]:
    """Within this context, functions that are given to ``numba.njit`` have their compiled code kept on the disk."""
    import numba

    plain = numba.njit

    def njit(*arguments: Any, **options: Any) -> Any:
        if len(arguments) == 1 and callable(arguments[0]) and not options:
            return _kept(plain, (), {}, arguments[0])
        if arguments and callable(arguments[0]):
            return _kept(plain, arguments[1:], options, arguments[0])
        return lambda function: _kept(plain, arguments, options, function)

    numba.njit = njit
    try:
        yield
    finally:
        numba.njit = plain


def _kept(plain: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], function: Any) -> Any:
    """The function compiled by ``plain``, its code kept where there is a place to write to."""
    try:
        return plain(*arguments, **{"cache": True, **options})(function)
    except RuntimeError:  # no folder can be written to
        return plain(*arguments, **options)(function)
