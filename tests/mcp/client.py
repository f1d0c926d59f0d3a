"""A client of the SDK that talks to the server in a process of its own, as an assistant's program does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters

from core.settings import PROJECT_ROOT


class ToolFailed(Exception):
    """The server answered with a tool error; the message is the one that the assistant reads."""


class Talk:
    """A conversation with a running server; calls wait for their answers."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal, self.client = portal, client

    def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a tool. Raises :class:`ToolFailed` with the server's message for a tool error."""
        return _read(self._portal.call(self.client.call_tool, tool, arguments))

    def at_once(self, asked: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        """The answers of calls that are all sent before the first is answered."""
        answers: dict[int, Any] = {}

        async def one(place: int, tool: str, arguments: dict[str, Any]) -> None:
            answers[place] = await self.client.call_tool(tool, arguments)

        async def all_of_them() -> None:
            async with anyio.create_task_group() as tasks:
                for place, (tool, arguments) in enumerate(asked):
                    tasks.start_soon(one, place, tool, arguments)

        self._portal.call(all_of_them)
        return [_read(answers[place]) for place in range(len(asked))]

    def tools(self) -> Any:
        """The tools that the server lists."""
        return self._portal.call(self.client.list_tools).tools


@contextmanager
def served(home: Path, roots: Path) -> Iterator[Talk]:
    """A server in its own process, with this workspace and these data roots, until the block ends."""
    env = {"DIVERSCOPE_HOME": str(home), "DIVERSCOPE_DATA_ROOTS": str(roots), "HF_HUB_OFFLINE": "1"}
    server = StdioServerParameters(command=sys.executable, args=["-m", "core", "mcp"], env=env, cwd=str(PROJECT_ROOT))
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(server)) as client,
    ):
        yield Talk(portal, client)


def _read(result: Any) -> dict[str, Any]:
    (content,) = result.content
    if result.is_error:
        raise ToolFailed(content.text)
    told: dict[str, Any] = json.loads(content.text)
    assert told == result.structured_content
    return told
