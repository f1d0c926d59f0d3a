"""ShareGPT: conversations of {from, value}, with tools and calls as turns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.corpus.formats.record import Turn
from core.corpus.formats.turns import PICTURES
from core.corpus.formats.values import filled
from core.corpus.verbatim import Verbatim
from core.export.format import Problem
from core.export.trainers import readable
from core.export.trainers.trainer import Trainer

ROLES = {"user": "human", "assistant": "gpt", "tool": "observation"}  # function_call and system keep their names
OTHER_ORDER = Problem(
    "turns that do not alternate between question or tool result and answer or call",
    "LLaMA-Factory skips them",
    "train on them with a trainer that takes turns in any order, or leave them out of the pool",
    kept=True,
)


class ShareGPT(Trainer):
    """A list of conversations [{from, value, …}], with system and tools where any row has them.

    A turn keeps its other keys, and the parts of its content (thinking, pictures) are written beside it; the other keys
    of a leading system turn are named system_…. OpenAI's nested calls become flat calls, with a name and arguments.
    """

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        sides = (readable.ASKS, readable.ANSWERS)
        in_order = all(turn["role"] in sides[number % 2] for number, turn in enumerate(turns)) and len(turns) % 2 == 0
        return readable.unreadable(turns, tools) or (None if in_order else OTHER_ORDER)

    def record(self, texts: Verbatim) -> dict[str, Any]:
        turns = [
            {
                "from": ROLES.get(turn["role"], turn["role"]),
                "value": readable.call_text(turn["content"]) if turn["role"] == "function_call" else turn["content"],
                **readable.thought(texts, turn, beside),
                **_pictures(turn, beside),
                **{f"original_{key}" if key in ("from", "value") else key: value for key, value in beside.items()},
            }
            for turn, beside in zip(texts.turns, texts.beside, strict=True)
        ]
        beside_system = {f"system_{key}": value for key, value in texts.beside_system.items()}
        return {"conversations": turns, "system": texts.system, "tools": texts.tools, **beside_system}

    def config(self, stem: str, fields: Collection[str]) -> Mapping[str, bytes]:
        columns = {"messages" if field == "conversations" else field: field for field in fields}
        return readable.dataset_info(stem, {"formatting": "sharegpt", "columns": columns})


def _pictures(turn: Turn, beside: Mapping[str, Any]) -> dict[str, list[str]]:
    """The pictures of ``turn`` that stood in parts of its content: a field beside the turns is written as it came."""
    if "pictures" not in turn or "written" in turn or any(filled(beside.get(key)) for key in PICTURES):
        return {}
    return {"images": turn["pictures"]}


FORMAT = ShareGPT(
    name="sharegpt",
    title="ShareGPT JSON",
    suffix=".json",
    looks_like="conversations of {from, value}, with system and tools where any row has them; in a zip beside "
    "LLaMA-Factory's dataset_info.json",
    layout=("conversations", "system", "tools"),
    optional=frozenset({"system", "tools"}),
)
