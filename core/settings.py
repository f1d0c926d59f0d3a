"""Settings from the environment: where data are stored and what may be read."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from core.errors import InputError, quoted

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_SITE = re.compile(r"https?://(\*\.)?[\w.-]+(:(\d+|\*))?", re.ASCII)
LOCAL_ADDRESSES = ("127.0.0.1", "localhost", "::1")


def home() -> Path:
    """The workspace folder: ``DIVERSCOPE_HOME``, else ``data/workspace`` in the project."""
    value = os.environ.get("DIVERSCOPE_HOME")
    return Path(value).expanduser().resolve() if value else PROJECT_ROOT / "data" / "workspace"


def cache_home() -> Path:
    """The folder of what any workspace can use and any process can make again: ``DIVERSCOPE_CACHE``, else
    ``data/cache`` in the project."""
    value = os.environ.get("DIVERSCOPE_CACHE")
    return Path(value).expanduser().resolve() if value else PROJECT_ROOT / "data" / "cache"


def data_roots(address: str = "127.0.0.1") -> tuple[Path, ...]:
    """Folders whose files a page may read.

    ``DIVERSCOPE_DATA_ROOTS`` (separated as PATH is), else the user's home when the server is bound to this
    machine only, else none.
    """
    value = os.environ.get("DIVERSCOPE_DATA_ROOTS")
    if value is not None:
        return tuple(Path(part).expanduser().resolve() for part in value.split(os.pathsep) if part.strip())
    return (Path.home().resolve(),) if address in LOCAL_ADDRESSES else ()


def command_roots() -> tuple[Path, ...]:
    """Folders whose files a command may read: those in ``DIVERSCOPE_DATA_ROOTS``, else all that its user may read.

    Roots limit what a page reads for others; the user of the command line can read these files anyway.
    """
    return data_roots() if os.environ.get("DIVERSCOPE_DATA_ROOTS") is not None else (Path(os.path.abspath(os.sep)),)


def typed_path(text: str | Path) -> Path:
    """The path that a user typed, ``~`` replaced. Raises :class:`InputError` for text that no file can be called."""
    try:
        path = Path(text).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError):
            path.stat()
    except (OSError, ValueError, RuntimeError) as error:  # too long, NUL bytes, a closed folder, links in a circle
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{quoted(str(text))} cannot be opened as a path: {reason}.", remedy="Check it.") from error
    return path


def allowed_path(path: str | Path, *, address: str = "127.0.0.1", roots: tuple[Path, ...] | None = None) -> Path:
    """``path`` resolved, if it lies under an allowed root; links that lead outside are refused.

    ``roots`` are by default those of :func:`data_roots`. Raises :class:`InputError`, which names the roots, otherwise.
    """
    resolved = typed_path(path).resolve()
    roots = data_roots(address) if roots is None else roots
    if any(resolved == root or root in resolved.parents for root in roots):
        return resolved
    listed = ", ".join(str(root) for root in roots) or "none"
    raise InputError(
        f"{path} is outside the folders this server may read ({listed}).",
        remedy="Set DIVERSCOPE_DATA_ROOTS to the folders it may read, then start the app again.",
    )


def frame_ancestors() -> str:
    """The sites that may show the app in a frame, as a Content-Security-Policy writes them.

    ``DIVERSCOPE_FRAME_ANCESTORS``: 'self' (the default: pages of the app's own host), 'none', or addresses such as
    ``https://notes.example:8888``, separated by spaces. Raises :class:`InputError` for anything else.
    """
    sites = os.environ.get("DIVERSCOPE_FRAME_ANCESTORS", "").split() or ["self"]
    if sites in (["self"], ["none"]):
        return f"'{sites[0]}'"
    for site in sites:
        if not _SITE.fullmatch(site):
            raise InputError(
                f"DIVERSCOPE_FRAME_ANCESTORS names {quoted(site)}, which is not the address of a site.",
                remedy="Give self, none, or addresses such as https://notes.example:8888, separated by spaces.",
            )
    return " ".join(["'self'", *sites])


def strategy_folder() -> Path | None:
    """The folder of the user's own strategies (``DIVERSCOPE_STRATEGIES``), or None."""
    value = os.environ.get("DIVERSCOPE_STRATEGIES")
    return Path(value).expanduser().resolve() if value else None


def offline() -> bool:
    """Whether the hub must not be asked (``HF_HUB_OFFLINE`` or ``DIVERSCOPE_OFFLINE`` set to 1)."""
    return any(os.environ.get(name, "") in ("1", "true", "yes") for name in ("HF_HUB_OFFLINE", "DIVERSCOPE_OFFLINE"))
