"""Pictures, videos and sounds in a field beside the turns, as LLaVA and LLaMA-Factory write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.corpus.formats.literals import structure
from core.corpus.formats.parts import picture_names
from core.corpus.formats.record import Turn
from core.corpus.formats.values import filled

# The mark in the words where a medium stood, and the fields of a record that hold such media.
FIELDS = {"<image>": ("images", "image"), "<video>": ("videos", "video"), "<audio>": ("audios", "audio")}
_FIELDS = frozenset(name for names in FIELDS.values() for name in names)


def with_pictures_beside(turns: Sequence[Turn], record: Mapping[str, Any]) -> list[Turn] | None:
    """``turns`` with the media in fields of ``record``, and without the marks for them; None where there are none.

    A medium goes to the turn with its mark, in order, or else to the user's first turn. A turn that says nothing but
    marks keeps them. None also where turns hold media of their own: the field names the same ones.
    """
    if not turns or _FIELDS.isdisjoint(record) or any("pictures" in turn for turn in turns):
        return None
    media = {mark: _names(record, fields) for mark, fields in FIELDS.items()}
    media = {mark: names for mark, names in media.items() if names}
    if not media:
        return None
    made: list[Turn] = [{**turn} for turn in turns]
    first = next((turn for turn in made if turn["role"] == "user"), made[0])
    for mark, names in media.items():
        left = list(names)
        for turn in made:
            marks = turn["content"].count(mark)
            _show(turn, left[:marks])
            del left[:marks]
        _show(first, left)
    pattern = re.compile("|".join(f"{mark}\\s?" for mark in media))
    for turn in made:
        words = pattern.sub("", turn["content"]).strip()
        if words and any(mark in turn["content"] for mark in media):
            turn["written"], turn["content"] = turn["content"], words
        elif "pictures" in turn:
            turn["written"] = turn["content"]
    return made


def _show(turn: Turn, names: list[str]) -> None:
    if names:
        turn["pictures"] = [*turn.get("pictures", ()), *names]


def _names(record: Mapping[str, Any], fields: Sequence[str]) -> list[str]:
    """The names of the media under the first of ``fields`` that holds names, addresses or data of them."""
    for field in fields:
        value = record.get(field)
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = structure(value.strip()) or value
        media = value if isinstance(value, (list, tuple)) else [value]
        if filled(value) and all(isinstance(medium, (str, bytes, Mapping)) for medium in media):
            return picture_names(value)
    return []
