"""Conversations: reads turns under the many names that files use, and makes rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from core.corpus.clean import clean
from core.corpus.formats import parts
from core.corpus.formats.literals import structure
from core.corpus.formats.parts import call_texts, picture_names, read_content, text_of, thinking_of
from core.corpus.formats.record import BadRecord, Parsed, Roles, Turn, UnknownRole
from core.corpus.formats.roles import LEFT_OUT, ROLES, plain
from core.corpus.formats.values import filled, first_filled
from core.errors import quoted

SPEAKERS = ("role", "from", "speaker", "author", "sender")  # keys of an entry that hold its role
CONTENTS = ("content", "value", "text", "parts", "message", "utterance")  # and its content, in order of preference
CALLS = ("tool_calls", "function_calls", "function_call")
TOOLS = ("functions", "tools")  # keys of a system turn that declare tools
PICTURES = ("images", "image", "pictures", "videos", "video", "audios", "audio")
ASKED = ("instruction", "prompt", "query", "question", "user", "human", "q", "request", "input")
ANSWERED = (
    "output", "response", "completion", "answer", "assistant", "gpt", "bot", "model", "chatbot", "a", "reply",
)  # fmt: skip
SAID = frozenset({"role", "from", *CALLS})  # keys whose values turns say themselves
SHOWN = 60  # characters of unreadable turns in a message
SYSTEMS = ("system", "system_prompt")
_SPOKEN = {"user", "assistant", "system", "tool", "function_call"}
_BESIDE = {*parts.THINKING, *CALLS, *PICTURES, "refusal", "channel"}


def decoded(value: Any) -> Any:
    """Turns as a list; a CSV or Parquet column may hold them as JSON or Python text, or as a struct of lists."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        text, value = value, structure(value.strip())
        if value is None:
            raise BadRecord(f"The turns are no readable JSON or Python text: {text.strip()[:SHOWN]}")
    if isinstance(value, Mapping) and value and all(isinstance(column, list) for column in value.values()):
        value = [dict(zip(value, row, strict=False)) for row in zip(*value.values(), strict=False)]
    return value


def read_turns(value: Any, roles: Roles = ROLES) -> list[Turn]:
    """The turns of a conversation; entries that are strings alternate, user first.

    Entries are {role, content} or {from, value}, exchanges as {input, output} or [question, answer], or strings.
    Raises :class:`UnknownRole`, with all turns, where a role is not in ``roles``.
    """
    value = decoded(value)
    if not isinstance(value, (list, tuple)):
        raise BadRecord("The turns are no list.")
    turns: list[Turn] = []
    thought = False
    try:
        for index, item in enumerate(value):
            plain_turn = _plain_turn(item, roles)
            if plain_turn is not None:
                turns.append(plain_turn)
            else:
                entry = turns_of(item, index, roles)
                thought = thought or any(turn["role"] == "thinking" for turn in entry)
                turns += entry
    except UnknownRole as error:
        raise UnknownRole(error.what, said=[line for item in value for line in _said(item)]) from None
    return _with_thoughts(turns) if thought else turns


def _plain_turn(item: Any, roles: Roles) -> Turn | None:
    """The turn of an entry that is {role, content} or {from, value}, both texts, with nothing to read beside them.

    Most entries are: :func:`turns_of`, which reads all, gives the same turn more slowly.
    """
    if type(item) is not dict:
        return None
    said, content = item.get("role"), item.get("content")
    if said is None and "content" not in item:
        said, content = item.get("from"), item.get("value")
    if type(said) is not str or type(content) is not str or (len(item) > 2 and not _BESIDE.isdisjoint(item)):
        return None
    role = roles.get(said)
    return {"role": role, "content": content} if role in _SPOKEN else None


def turns_of(item: Any, index: int, roles: Roles = ROLES) -> list[Turn]:
    """The turns in the entry at ``index`` (from 0) of a conversation: words, calls, or both."""
    if isinstance(item, str):
        return [{"role": "assistant" if index % 2 else "user", "content": item}]
    if not isinstance(item, Mapping):
        if _is_exchange(item):
            return _exchange(item[0], item[1])
        raise BadRecord(f"Turn {index + 1} is no object.")
    said = speaker(item)
    if said is None:
        return _without_role(item, index, roles)
    role = roles.get(plain(said))
    if role is None:
        raise UnknownRole(f"Turn {index + 1} has the unknown role {quoted(said)}.")
    if role == LEFT_OUT:
        return []
    key = said_under(item)
    value = item[key] if key else None
    if isinstance(value, str) and _BESIDE.isdisjoint(item):
        return [{"role": role, "content": value}]
    return _entry(role, value, item)


def _is_exchange(item: Any) -> bool:
    """Whether an entry is [question, answer]."""
    pair = isinstance(item, (list, tuple)) and len(item) == 2
    return pair and not any(isinstance(side, (dict, list)) for side in item)


def speaker(item: Mapping[str, Any]) -> str | None:
    """The role that an entry names; None for none."""
    for key in SPEAKERS:
        said = item.get(key)
        if said is not None:
            inner = said.get("role") if isinstance(said, Mapping) else said
            return str(inner) if filled(inner) else None
    return None


def said_under(item: Mapping[str, Any]) -> str | None:
    """The key of an entry that holds its content; None for none."""
    for key in CONTENTS:
        if item.get(key) is not None:
            return key
    return None


def beside(item: Any) -> dict[str, Any]:
    """What stands in an entry beside who speaks, what is said and what is called: weights, names, ids, thinking."""
    if not isinstance(item, Mapping) or speaker(item) is None:
        return {}
    said = said_under(item)
    return {key: value for key, value in item.items() if key not in SAID and key != said}


def declared_tools(entries: Any) -> Any:
    """The tools that system turns declare besides their content; None for no tools."""
    for item in entries if isinstance(entries, (list, tuple)) else ():
        if isinstance(item, dict) and len(item) > 2:
            for key in TOOLS:
                if key in item and filled(item[key]):
                    return item[key]
    return None


def conversation(turns: Sequence[Turn], *, system: str = "", tools: Any = None) -> Parsed:
    """A whole conversation as one row.

    Instruction: all user turns joined by newlines; response: all assistant turns, or the calls if it ends with a call
    and has no words. System, function and tool turns stay in ``turns`` and count in neither, nor does thinking. A last
    question without an answer is left out. A single exchange without anything else is a plain row without turns.
    """
    kept = list(turns)
    if kept and kept[0]["role"] == "system":
        first = kept.pop(0)["content"]
        system = f"{system}\n{first}" if system and first != system else first
    length = len(kept)
    kept = answered_part(kept)
    roles = [turn["role"] for turn in kept]
    plain_row = roles == ["user", "assistant"] and "pictures" not in kept[0] and "pictures" not in kept[1]
    return Parsed(
        joined(kept, "user"),
        _answer(kept),
        system=system,
        tools=tools_text(tools),
        turns=None if plain_row or not kept else kept,
        thinking=thoughts(kept),
        unanswered=len(kept) < length,
    )


def answered_part(turns: Sequence[Turn]) -> list[Turn]:
    """``turns`` without last questions that have no answer; all turns if none is answered."""
    end = len(turns)
    if end and turns[-1]["role"] == "assistant" and _ends_in_words(turns[-1]["content"]):
        return list(turns)
    while end:
        start = next((place for place in reversed(range(end)) if _asks_anew(turns, place)), 0)
        if _is_answered(turns[start:end]):
            return list(turns[:end])
        end = start
    return list(turns)


def joined(turns: Sequence[Turn], role: str) -> str:
    """The contents of the turns of ``role``, joined by newlines."""
    return "\n".join([turn["content"] for turn in turns if turn["role"] == role])


def thoughts(turns: Sequence[Turn]) -> str:
    """The thinking of all ``turns``, joined by newlines."""
    return "\n".join([turn["thinking"] for turn in turns if len(turn) > 2 and "thinking" in turn])


def exchanges(parsed: Parsed) -> list[Parsed]:
    """A row for each exchange: the user's turns, and the assistant's answers until the user speaks again.

    Each row's ``turns`` run from the beginning to its own end, so that export can rebuild the turns before it. Turns of
    the assistant before the user's first are not an exchange of their own: they are in the turns of the first exchange.
    """
    if not parsed.turns:
        return [parsed]
    turns, starts = parsed.turns, [0]
    for index in range(len(turns)):
        if index and _asks_anew(turns, index):
            starts.append(index)
    if len(starts) > 1 and all(turn["role"] != "user" for turn in turns[: starts[1]]):
        del starts[0]
    rows = []
    for start, end in zip(starts, [*starts[1:], len(turns)], strict=True):
        own = turns[start:end]
        rows.append(
            Parsed(
                joined(own, "user"), _answer(own), "", parsed.system, parsed.tools, turns[:end], thoughts(own),
                parsed.unanswered and end == len(turns), parsed.opens,
            )
        )  # fmt: skip
    return rows


def tools_text(tools: Any) -> str:
    """Tool declarations as text: a string as it came, anything else as JSON with sorted keys."""
    if not filled(tools):
        return ""
    return tools if isinstance(tools, str) else orjson.dumps(tools, option=orjson.OPT_SORT_KEYS, default=str).decode()


def _entry(role: str, value: Any, item: Mapping[str, Any]) -> list[Turn]:
    """The turns of an entry: tool results, words with their thinking and pictures, calls."""
    content = read_content(value)
    words = "\n".join(filter(None, content.words))
    if filled(item.get("refusal")):
        words = f"{words}\n{text_of(item['refusal'])}" if words.strip() else text_of(item["refusal"])
    calls = [*content.calls, *(text for key in CALLS for text in call_texts(item.get(key)))]
    thinking = "\n".join(filter(None, (*content.thinking, thinking_of(item)[1]))).strip()
    if item.get("channel") == "analysis":
        thinking, words = "\n".join(filter(None, (thinking, words))), ""
    pictures = [*content.pictures, *(name for key in PICTURES for name in picture_names(item.get(key)))]
    said: list[Turn] = []
    if words or pictures or not (calls or content.results or item.get("channel") == "analysis"):
        said.append({"role": role, "content": words})
    if pictures:
        said[0]["pictures"] = pictures
    said += [{"role": "function_call", "content": text} for text in calls]
    if thinking and said:
        said[0]["thinking"] = thinking
    elif thinking:
        said.append({"role": "thinking", "content": thinking})
    results: list[Turn] = [{"role": "tool", "content": text} for text in content.results]
    return results + said


def _without_role(item: Mapping[str, Any], index: int, roles: Roles) -> list[Turn]:
    """The turns of an entry without a role: an exchange {input, output}, or roles as keys {human, assistant}."""
    asked, answered = first_filled(item, ASKED), first_filled(item, ANSWERED)
    if asked and answered:
        system = next((text_of(item[key]) for key in SYSTEMS if filled(item.get(key))), "")
        opening: list[Turn] = [{"role": "system", "content": system}] if system else []
        question = text_of(item[asked])
        if asked == "instruction" and filled(item.get("input")):
            question = f"{question}\n\n{text_of(item['input'])}"
        return [*opening, *_exchange(question, item[answered], item)]
    spoken = [key for key in item if plain(key) in roles and filled(item[key])]
    if spoken and all(not filled(value) for key, value in item.items() if key not in spoken):
        return [{"role": roles[plain(key)], "content": text_of(item[key])} for key in spoken]
    listed = ", ".join(map(str, item))
    raise BadRecord(f"Turn {index + 1} names no role; its fields: {listed[:80]}.")


def _exchange(asked: Any, answered: Any, item: Mapping[str, Any] | None = None) -> list[Turn]:
    question: Turn = {"role": "user", "content": text_of(asked)}
    answer: Turn = {"role": "assistant", "content": text_of(answered)}
    thinking = thinking_of(item)[1] if item else ""
    if thinking:
        answer["thinking"] = thinking
    return [question, answer] if filled(question["content"]) else [answer]


def _with_thoughts(turns: list[Turn]) -> list[Turn]:
    """``turns`` with thinking from turns of its own moved to the turn that follows it."""
    kept: list[Turn] = []
    waiting: list[str] = []
    for turn in turns:
        if turn["role"] == "thinking":
            waiting.append(turn["content"])
            continue
        if waiting and turn["role"] in ("assistant", "function_call"):
            turn["thinking"] = "\n".join(filter(None, (*waiting, turn.get("thinking", ""))))
            waiting = []
        kept.append(turn)
    if waiting and kept:
        kept[-1]["thinking"] = "\n".join(filter(None, (kept[-1].get("thinking", ""), *waiting)))
    return kept


def _ends_in_words(text: str) -> bool:
    """Whether ``text`` is surely more than white space and the marks that models end with."""
    last = text.rstrip()[-1:]
    return bool(last) and last != ">" and last.isprintable()


def _asks_anew(turns: Sequence[Turn], place: int) -> bool:
    """Whether a question begins at ``place``: the turn is the user's, and the one before is not."""
    return turns[place]["role"] == "user" and (place == 0 or turns[place - 1]["role"] != "user")


def _is_answered(exchange: Sequence[Turn]) -> bool:
    """Whether an exchange has an answer in words, or its last turn is a tool call."""
    if exchange[-1]["role"] == "function_call":
        return True
    return any(turn["role"] == "assistant" and clean(turn["content"]) for turn in exchange)


def _answer(turns: Sequence[Turn]) -> str:
    """The answer in ``turns``: the words; if there are none and the last turn is a call, the calls."""
    words = joined(turns, "assistant")
    return words if words or not turns or turns[-1]["role"] != "function_call" else joined(turns, "function_call")


def _said(item: Any) -> Iterator[tuple[str, str]]:
    """(role, text) of an entry, under whatever keys, to show to the user who is asked about the role."""
    if not isinstance(item, Mapping):
        return
    said, key = speaker(item), said_under(item)
    value = item[key] if key else ""
    if said is not None:
        yield said[:200], value if isinstance(value, str) else parts.json_text(value)
