"""What a person should know of the records that were read: said in the report of their file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.corpus.answer_marks import MARKS_OF_TURNS, mark_of
from core.corpus.formats.pairs import ANSWERS
from core.corpus.formats.record import Parsed, Roles
from core.corpus.formats.roles import RoleCount, RoleQuestion, plain
from core.corpus.formats.turns import decoded, speaker
from core.counted import counted

if TYPE_CHECKING:
    from core.corpus.record_columns import RecordColumns

_NAMED = 8  # roles named in a remark
_MARKED_TURN = re.compile(rf"[\"'](?:{'|'.join(MARKS_OF_TURNS)})[\"']")  # in turns that are text
_NO_MARKS = frozenset(MARKS_OF_TURNS).isdisjoint


@dataclass
class Remarks:
    """Counts what is worth a remark while a file is read."""

    unanswered: int = 0
    pictures: int = 0
    with_pictures: int = 0
    unknown_roles: RoleCount = field(default_factory=RoleCount)
    _marks: dict[str, dict[str, int]] = field(default_factory=dict)  # field: what it says, and how often
    _turn_marks: dict[str, Counter[str]] = field(default_factory=dict)  # the same of the answers among turns
    _beside: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def add(self, later: Remarks) -> None:
        """Count what a later stretch of the file gave."""
        self.unanswered += later.unanswered
        self.pictures += later.pictures
        self.with_pictures += later.with_pictures
        self.unknown_roles.join(later.unknown_roles)
        for name, said in later._marks.items():
            marks = self._marks.setdefault(name, {})
            for value, times in said.items():
                marks[value] = marks.get(value, 0) + times
        for name, counts in later._turn_marks.items():
            self._turn_marks.setdefault(name, Counter()).update(counts)
        for pair, counts in later._beside.items():
            self._beside.setdefault(pair, Counter()).update(counts)

    def see(self, columns: RecordColumns, record: Mapping[str, Any], parsed: Sequence[Parsed], *, roles: Roles) -> None:
        """Look at the fields of one record, and of its turns, that mark an answer, or stand beside it."""
        if columns.turns:
            self._see_turns(record[columns.turns], roles)
        for name in columns.marks:
            value = record[name]
            if isinstance(value, (str, int, float, type(None))):
                counts = self._marks.setdefault(name, {})
                said = value if isinstance(value, str) else repr(value)  # 1 is not true
                counts[said] = counts.get(said, 0) + 1
        for name in columns.beside:
            text = record[name]
            if isinstance(text, str) and text.strip() and parsed:
                beside = self._beside.setdefault((columns.answer, name), Counter())
                beside["records"] += 1
                beside["longer"] += len(text.strip()) > len(parsed[0].response.strip())

    def _see_turns(self, turns: Any, roles: Roles) -> None:
        if isinstance(turns, str) and not _MARKED_TURN.search(turns):
            return
        entries = decoded(turns)
        for entry in entries if isinstance(entries, (list, tuple)) else ():
            if type(entry) is not dict or len(entry) < 3 or _NO_MARKS(entry):
                continue
            if roles.get(plain(speaker(entry))) == "assistant":
                for name in MARKS_OF_TURNS:
                    if isinstance(entry.get(name), (str, int, float)):
                        counts = self._turn_marks.setdefault(name, Counter())
                        counts[mark_of(str(entry[name]), field=name)] += 1

    def question(self, file: str, container: str, roles: Roles) -> RoleQuestion:
        """What a person is asked about the roles of a file that nobody could read."""
        counts = self.unknown_roles
        return RoleQuestion(file, container, counts.conversations, counts.found(roles))

    def unknown(self, roles: Roles) -> dict[str, int]:
        """The roles that nobody knows, with their turns, those who speak most first."""
        return {role: turns for role, turns in self.unknown_roles.turns.most_common() if plain(role) not in roles}

    def lines(self, roles: Roles) -> list[str]:
        """The remarks as sentences; none where there is nothing to say."""
        return [*self._role_lines(roles), *self._content_lines(), *self._mark_lines(), *self._answer_lines()]

    def _role_lines(self, roles: Roles) -> list[str]:
        unknown = self.unknown(roles)
        if not unknown:
            return []
        named = ", ".join(f"{role} ({turns:,})" for role, turns in list(unknown.items())[:_NAMED])
        records = counted(self.unknown_roles.conversations, "record was", "records were")
        return [
            f"{records} set aside for roles that nobody knows: {named}"
            f"{' …' * (len(unknown) > _NAMED)}. Load the file again and say who each is (--role NAME=user)."
        ]

    def _content_lines(self) -> list[str]:
        lines = []
        if self.unanswered:
            lines.append(
                f"A last question without an answer stands in {counted(self.unanswered, 'conversation')}: it is not "
                "asked, so it counts in no text and no column, and leaves only with the records as they came."
            )
        if self.pictures:
            rows = counted(self.with_pictures, "row has", "rows have")
            media = counted(self.pictures, "picture or other medium", "pictures or other media")
            lines.append(
                f"{rows} {media}: they are named with the row, counted in a column “pictures”, and are no words."
            )
        return lines

    def _mark_lines(self) -> list[str]:
        lines = []
        for name, said in self._marks.items():
            counts: Counter[str] = Counter()
            for value, times in said.items():
                counts[mark_of(value, field=name)] += times
            total = counts.total() - counts["nothing"]
            left_out = f"A filter on the column {name} leaves them out: they were read like the others."
            if counts["bad"]:
                lines.append(f"“{name}” says of {counts['bad']:,} of {total:,} answers that they are bad. {left_out}")
            elif counts["0"] and counts["0"] + counts["1"] == total and (counts["1"] or name != "label"):
                lines.append(f"“{name}” is 0 for {counts['0']:,} of {total:,} answers. Where 0 means bad: {left_out}")
        for name, counts in self._turn_marks.items():
            if counts["bad"]:
                lines.append(
                    f"“{name}” of a turn says of {counts['bad']:,} of {counts.total() - counts['nothing']:,} answers "
                    "that they are not to be learnt. They were read like the others."
                )
        return lines

    def _answer_lines(self) -> list[str]:
        lines = []
        for (answer, name), counts in self._beside.items():
            if name in ANSWERS or 2 * counts["longer"] > counts["records"]:
                records = counted(counts["records"], "record")
                lines.append(
                    f"The answer was read from “{answer}”. In {records} “{name}” stands beside it, longer in "
                    f"{counts['longer']:,}, and was kept as a column; to learn that one, map response = {name}."
                )
        return lines
