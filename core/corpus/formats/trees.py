"""Message trees (Open Assistant): a prompt with nested replies; each path to a last reply is read as a conversation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from core.corpus.formats.conversations import system_of
from core.corpus.formats.record import BadRecord, Parsed, Roles, Shape, UnknownRole
from core.corpus.formats.roles import plain
from core.corpus.formats.turns import conversation, said_under, speaker, turns_of
from core.corpus.formats.values import filled

REPLIES = ("replies", "children")
ROOTS = ("prompt", "root", "tree", "message", "thread")
LONGEST = 200_000  # most turns in all paths of a tree

_Node = Mapping[str, Any]


def _replies(node: _Node) -> list[Any] | None:
    return next((node[key] for key in REPLIES if isinstance(node.get(key), list)), None)


def _is_node(value: Any) -> bool:
    """Whether ``value`` is a message with its replies, rather than a record that happens to have a list of replies."""
    if not isinstance(value, Mapping) or said_under(value) is None:
        return False
    replies = _replies(value)
    return replies is not None and (speaker(value) is not None or any(map(_is_node, replies[:3])))


def _root_under(record: Mapping[str, Any]) -> str | None:
    return next((key for key in ROOTS if isinstance(record.get(key), Mapping) and _is_node(record[key])), None)


def _holds(record: Mapping[str, Any]) -> bool:
    return _is_node(record) or _root_under(record) is not None


def _paths(root: _Node) -> Iterator[list[_Node]]:
    """The paths from ``root`` to each message without a reply, in the order of the file."""
    waiting: list[list[_Node]] = [[root]]
    turns = 0
    while waiting:
        path = waiting.pop()
        replies = [reply for reply in _replies(path[-1]) or () if isinstance(reply, Mapping)]
        if not replies:
            turns += len(path)
            if turns > LONGEST:
                raise BadRecord(f"The paths of the tree have more than {LONGEST:,} turns.")
            yield path
        waiting += [[*path, reply] for reply in reversed(replies)]


def _answered(paths: Iterator[list[_Node]], roles: Roles) -> list[list[_Node]]:
    """``paths`` without last questions that have no answer, without repetitions and beginnings of other paths."""
    ended: dict[int, list[_Node]] = {}
    for path in paths:
        while path and roles.get(plain(speaker(path[-1]))) == "user":
            path = path[:-1]
        if path:
            ended[id(path[-1])] = path
    inside = {id(node) for path in ended.values() for node in path[:-1]}
    return [path for last, path in ended.items() if last not in inside]


def _parse(record: Mapping[str, Any], roles: Roles) -> list[Parsed]:
    key = _root_under(record)
    root = record[key] if key else record
    system = system_of(record)
    try:
        said = [
            [turn for place, node in enumerate(path) for turn in turns_of(node, place, roles)]
            for path in _answered(_paths(root), roles)
        ]
    except UnknownRole as error:
        raise UnknownRole(error.what, said=list(_spoken(root))) from None
    if not said:
        raise BadRecord("Nobody answers in the tree.")
    return [conversation(turns, system=system) for turns in said]


def _spoken(root: _Node) -> Iterator[tuple[str, str]]:
    """(role, text) of each message of the tree, a reply after the message to which it replies."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield str(speaker(node)), str(node.get(said_under(node) or ""))
        waiting += [reply for reply in reversed(_replies(node) or ()) if isinstance(reply, Mapping)]


def _needs_message(names: Collection[str]) -> bool:
    ids = {"message_id", "parent_id"} <= {*names} or {"id", "parent_id"} <= {*names}
    return ids and bool({"role", "text", "content"} & {*names})


def _is_message(record: Mapping[str, Any]) -> bool:
    return speaker(record) is not None and said_under(record) is not None and filled(record[said_under(record) or ""])


SHAPES = (
    Shape(
        name="tree",
        title="Message trees (Open Assistant)",
        looks_like='{"prompt": {"role": "prompter", "text": …, "replies": [{"role": "assistant", …}, …]}}',
        needs=lambda names: any(key in names for key in (*REPLIES, *ROOTS)),
        holds=_holds,
        loosely=_holds,
        parse=_parse,
        uses=lambda names: frozenset((*ROOTS, *REPLIES, "text", "content", "role")),
    ),
    Shape(
        name="tree_message",
        title="Single messages of trees (refused)",
        looks_like='{"message_id": …, "parent_id": …, "role": …, "text": …}',
        needs=_needs_message,
        holds=_is_message,
        loosely=_is_message,
        parse=lambda record, roles: [],
        uses=lambda names: frozenset(),
        refused="holds single messages of conversation trees, each naming the one it replies to (parent_id)",
        remedy="Take the same set as trees or threads, one conversation a line: there each path to a reply is a row.",
        mappable=False,
    ),
)
