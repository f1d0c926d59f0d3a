"""All containers and record shapes that are read, in the order in which they are tried."""

from __future__ import annotations

from typing import Literal

from core.corpus import packings
from core.corpus.formats import arrow, delimited, json_document, json_lines, parquet
from core.corpus.formats.container import Container
from core.corpus.formats.shapes import SHAPES

# The first container that recognises a file reads it, so the special ones come before the general.
CONTAINERS: tuple[Container, ...] = tuple(
    module.CONTAINER
    for module in (
        json_document,
        json_lines,
        delimited,
        parquet,
        arrow,
    )
)


def is_refusal(message: str) -> bool:
    """Whether ``message`` says that a file has one of the refused shapes which a mapping could still read."""
    return any(shape.refused and shape.mappable and shape.refused in message for shape in SHAPES)


def container_table() -> list[tuple[str, str]]:
    """(name, what it looks like) of each container, and how they may be packed."""
    packed = ", ".join(packing.suffix for packing in packings.PACKINGS)
    return [
        *((" / ".join(container.names), container.looks_like) for container in CONTAINERS),
        ("packed", f"any of these as {packed} or in a {' or '.join(packings.ARCHIVE_SUFFIXES)}"),
    ]


def readable(*, last: Literal["and", "or"]) -> str:
    """The containers and packings in one phrase; ``last`` is the word before the last container."""
    *names, final = (name for container in CONTAINERS for name in container.names)
    *suffixes, final_suffix = packings.SUFFIXES
    return f"{', '.join(names)} {last} {final}, also packed as {', '.join(suffixes)} or {final_suffix}"


def shape_table() -> list[tuple[str, str]]:
    """(title, what it looks like) of each record shape."""
    return [(shape.title, shape.looks_like) for shape in SHAPES]
