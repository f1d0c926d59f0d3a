"""The rows of the old workspace: invented by a seeded generator, so that nothing here was written by anybody."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import orjson

TOPICS = {
    "garden": "tomato trellis compost seedling pruning mulch rosebush watering orchard beetle greenhouse shovel",
    "kitchen": "dough simmer saucepan cinnamon oven marinade whisk pepper broth pastry skillet garlic",
    "weather": "thunder drizzle barometer humidity blizzard forecast gust rainfall cloudbank frost monsoon heatwave",
    "sailing": "rudder anchor jib harbour tide compass mooring keel spinnaker windward lighthouse buoy",
    "numbers": "fraction divisor remainder integer decimal triangle equation quotient multiple square median sum",
    "music": "violin chord tempo melody cello rehearsal octave drummer choir rhythm trumpet encore",
    "railway": "locomotive platform signal timetable carriage conductor junction freight ticket tunnel sleeper depot",
    "astronomy": "telescope nebula orbit comet eclipse galaxy meteor planet crater lens equinox satellite",
}
SHARED = "morning neighbour letter careful summer window small bright quiet heavy early second"
VERBS = "checks moves mends counts brings keeps finds draws turns holds tests names"
KINDS = {
    "explain": "Explain how the {a} and the {b} go together.",
    "list": "List what a person needs for a {a} beside the {b}.",
    "poem": "Write two lines about a {a} and a {b}.",
    "compare": "Compare the {a} with the {b} for a beginner.",
    "plan": "Plan a {c} afternoon with one {a} and three {b} steps.",
}
SENTENCES = (
    "The {a} {v} the {b} before the {c} {d} begins.",
    "A {c} {a} rarely {v} without a {b}.",
    "First the {a}, then the {b}, and last the {d}.",
    "Nobody {v} a {b} as {c} as this {a}.",
    "When the {d} is {c}, one {a} {v} two of the {b}.",
)
SOURCES = ("guides", "forum", "manual")
OTHER_SCRIPT = ("река гора лес ветер снег дождь", "мост дом окно письмо утро поле")


class Writer:
    """Sentences about one topic after another, from one seed."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.topics = {name: words.split() for name, words in TOPICS.items()}

    def words(self, topic: str) -> dict[str, str]:
        """One draw of the words that a sentence takes: commoner ones stand first in their topic's list."""
        own = self.topics[topic]
        weights = 1 / np.arange(2, len(own) + 2)
        first, second = self.generator.choice(own, size=2, replace=False, p=weights / weights.sum()).tolist()
        third, fourth = self.generator.choice(SHARED.split(), size=2, replace=False).tolist()
        return {"a": first, "b": second, "c": third, "d": fourth, "v": str(self.generator.choice(VERBS.split()))}

    def asked(self, topic: str, kind: str) -> str:
        return KINDS[kind].format(**self.words(topic))

    def answered(self, topic: str, sentences: int) -> str:
        templates = self.generator.choice(SENTENCES, size=sentences).tolist()
        return " ".join(template.format(**self.words(topic)) for template in templates)


def guides(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Alpaca records with a source, a category, numbers, a flag and a field that is no scalar.

    Every twelfth is nearly the one before it under another category; every eleventh has an input.
    """
    writer, made = Writer(seed), []
    for number in range(count):
        topic, kind = list(TOPICS)[number % len(TOPICS)], list(KINDS)[(number // 3) % len(KINDS)]
        record = {
            "instruction": writer.asked(topic, kind),
            "input": f"It is about {topic}." if number % 11 == 0 else "",
            "output": writer.answered(topic, 1 + int(writer.generator.integers(0, 5))),
            "source": SOURCES[number % 3],
            "category": kind,
            "rating": float(1 + number % 5) + 0.25 * (number % 4),
            "effort": int(writer.generator.integers(1, 90)),
            "topic": topic,
            "reviewed": number % 4 == 0,
            "links": [f"note {number}", topic],
        }
        if number % 12 == 11:
            before = made[-1]
            record |= {"instruction": before["instruction"], "output": before["output"] + " Indeed.", "category": kind}
            record["category"] = next(other for other in KINDS if other != before["category"])
        made.append(record)
    for number, words in enumerate(OTHER_SCRIPT):
        drawn = writer.generator.choice(words.split(), size=9).tolist()
        made.append(
            {
                "instruction": f"Расскажи про {drawn[0]}.", "input": "", "output": " ".join(drawn) + ".",
                "source": "forum", "category": "explain", "rating": 2.0, "effort": 10 + number, "topic": "weather",
            }
        )  # fmt: skip
    return made


def talks(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Conversations of one to three exchanges; some with a system turn, some with a tool that is called."""
    writer, made = Writer(seed), []
    for number in range(count):
        topic = list(TOPICS)[(3 * number + 1) % len(TOPICS)]
        messages: list[dict[str, Any]] = []
        if number % 2 == 0:
            messages.append({"role": "system", "content": f"You help with {topic}, in short sentences."})
        for exchange in range(1 + number % 3):
            messages.append({"role": "user", "content": writer.asked(topic, list(KINDS)[(number + exchange) % 5])})
            if number % 3 == 2 and exchange == 0:
                call = {"id": f"call_{number}", "type": "function"}
                call["function"] = {"name": "look_up", "arguments": orjson.dumps({"about": topic}).decode()}
                messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
                said = writer.answered(topic, 1)
                messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": said})
            messages.append({"role": "assistant", "content": writer.answered(topic, 1 + (number + exchange) % 3)})
        record: dict[str, Any] = {"messages": messages, "category": "talk", "rating": float(number % 6), "topic": topic}
        if number % 3 == 2:
            about = {"type": "object", "properties": {"about": {"type": "string"}}}
            record["tools"] = [{"type": "function", "function": {"name": "look_up", "parameters": about}}]
        made.append(record)
    return made


def notes(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Short questions and answers, as a table holds them."""
    writer = Writer(seed)
    return [
        {
            "prompt": writer.asked(topic, "compare" if number % 2 else "list"),
            "completion": writer.answered(topic, 1 + number % 2),
            "category": "note",
            "stars": number % 7,
            "topic": topic,
        }
        for number in range(count)
        for topic in [list(TOPICS)[(5 * number + 2) % len(TOPICS)]]
    ]


def examples(count: int, *, seed: int) -> list[dict[str, Any]]:
    """A small Alpaca list about three of the topics, each record with its domain."""
    writer = Writer(seed)
    return [
        {"instruction": writer.asked(topic, "explain"), "output": writer.answered(topic, 2), "domain": topic}
        for number in range(count)
        for topic in [("garden", "music", "numbers")[number % 3]]
    ]


def json_lines(records: list[dict[str, Any]]) -> bytes:
    return b"\n".join(orjson.dumps(record) for record in records)


def json_list(records: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(records, option=orjson.OPT_INDENT_2)


def table(records: list[dict[str, Any]]) -> bytes:
    """The records as CSV with a header."""
    written = io.StringIO()
    writer = csv.DictWriter(written, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return written.getvalue().encode()


def workshop_files() -> dict[str, bytes]:
    """The files of the large corpus: with copies, one of them differing, a broken line and an empty answer."""
    first, second, third = guides(96, seed=1), talks(14, seed=2), notes(16, seed=3)
    copies = [dict(first[4]), {**first[9], "rating": 0.5, "category": "plan"}, {**first[13], "output": ""}]
    lines = json_lines([*first, *copies]) + b'\n{"instruction": "cut off", "outp'
    return {"guides.jsonl": lines, "talks.jsonl": json_lines(second), "notes.csv": table(third)}
