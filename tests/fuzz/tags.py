"""Files of tags: matched, missing and unknown add up, and each row carries the tags of its line."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from core.corpus.corpus_text import CorpusText
from core.features.tags.own import attach_tags, own_tags, read_tags
from core.features.tags.parse import LONGEST
from core.features.tags.store import compute_decisions, load_tags
from core.features.tags.tagging import Tagging
from tests.fuzz.attaching import copied, first_lines, joined, table_case
from tests.fuzz.fuzzer import Case, Fault, Target

NAMES = ("id", "row_id", "tags", "tag", "instags", "ins_tag", "labels", "keywords", "name", "explanation", "topic")
WORDS = ("maths", "code", "poem", "long  name", "a;b", "x|y", "1", "Ünï")


def make(draw: Random) -> Case:
    """A table of lists of tags, of InsTag's objects, or of text with a separator; each odd or damaged."""
    kind = draw.randrange(5)

    def tags_of(number: int, draw: Random) -> Any:
        words = [WORDS[(number * 3 + place) % len(WORDS)] for place in range(number % 4)]
        if kind == 0:
            return [{"tag": word, "explanation": "because"} for word in words]
        if kind == 1:
            return draw.choice((";", "|", ", ")).join(words)
        return json.dumps(words) if kind == 2 else words

    return table_case(draw, tags_of, column=draw.choice(("tags", "tags", "topic")), names=NAMES)


def attempt(case: Case, place: Path) -> None:
    """Read, join, attach, merge, and hold the stored tags against the lines one by one."""
    (name, data), *_ = case.files
    corpus = copied(case.options["own"], place)
    file_tags = read_tags(data, name=name)
    for line, record in enumerate(map(json.loads, case.written or ())):
        given = record.get("tags") if isinstance(record, dict) else None
        if isinstance(given, list) and given and all(isinstance(tag, str) for tag in given):
            clean = [" ".join(tag.encode("utf-8", "replace").decode().split())[:LONGEST] for tag in given]
            if file_tags.tags[line] != [*dict.fromkeys(tag for tag in clean if tag)]:
                raise Fault(f"Line {line + 1} has {file_tags.tags[line]}, not {given}.")
    pairs = joined(corpus, case, lines=len(file_tags.tags), ids=file_tags.ids)
    text = CorpusText(corpus, "response")
    attached = attach_tags(text, file_tags, label="mine", join=case.options["join"])
    if attached.matched + attached.missing != len(corpus) or attached.unknown != pairs.unknown:
        raise Fault(f"{attached} does not add up over {len(corpus)} rows.")
    tagging = Tagging(tagger="own", model=attached.model, min_rows=1, synonyms="none", support=0)
    stored = load_tags(text, tagging)
    first = first_lines(pairs, len(corpus))
    for row, line in enumerate(first):
        expected = [] if line is None else file_tags.tags[line]
        if stored is None or stored.of(row) != expected:
            raise Fault(f"Row {row} has other tags than line {line}, which has {expected}.")
    if attached.matched != sum(line is not None for line in first):
        raise Fault(f"{attached} counts other rows than have a line.")
    if attached.distinct != len({tag for row in range(len(corpus)) for tag in (stored.of(row) if stored else [])}):
        raise Fault(f"{attached} counts other tags than the rows have.")
    if own_tags(text) != [attached.model]:
        raise Fault("The tags are not listed under their name.")
    compute_decisions(text, tagging)


TARGET = Target(name="tags", make=make, attempt=attempt)
