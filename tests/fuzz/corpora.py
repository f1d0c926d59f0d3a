"""Files of rows: a corpus whose counts add up and which its own export gives again, or a refusal."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Collection
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq

from core.corpus.formats.mapped import FieldMapping, MappingNeeded, MappingOffered
from core.corpus.formats.roles import RolesNeeded
from core.corpus.ingest import Holdout, Ingested, ingest_files
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile, from_bytes
from core.errors import DiverscopeError, InputError
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.several import words_of
from core.workspace.artefacts import Workspace
from tests.fuzz.fuzzer import Case, Fault, Target
from tests.fuzz.mutations import PACKED, changed, damaged, table_changed, tarred, zipped
from tests.fuzz.writing import as_delimited, as_lines, as_list, as_table, written

CASES = Path(__file__).parent.parent / "cases"
SEVERAL = ("Nested instances (self-instruct)", "Message trees (Open Assistant)")  # shapes of which a record is rows

TURNS: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Name a river."},
    {"role": "assistant", "content": "The Elbe.", "reasoning_content": "Any will do."},
    {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": "a.png"}]},
    {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look", "arguments": "{}"}}]},
    {"role": "tool", "content": "A bridge."},
    {"role": "assistant", "content": "<think>Seen.</think>A bridge."},
]
# Three records of every shape and of what lies beside its content.
SEEDS: dict[str, list[dict[str, Any]]] = {
    "alpaca": [
        {"instruction": f"Add {n}.", "input": "1 1" if n else "", "output": f"{n + 2}", "level": n, "topic": "sums",
         "tags": ["a", "b"], "meta": {"n": n, "ok": True}}
        for n in range(3)
    ],
    "history": [{"instruction": "More?", "output": f"Yes {n}.", "history": [["Hi", "Hello."]]} for n in range(3)],
    "messages": [{"messages": TURNS[n:], "source": f"s{n}", "score": n / 2} for n in (0, 1, 3)],
    "sharegpt": [
        {"conversations": [{"from": "human", "value": f"Hi {n}"}, {"from": "gpt", "value": "Hello."}], "system": "K."}
        for n in range(3)
    ],
    "strangers": [
        {"messages": [{"role": "ASKER", "content": f"Hi {n}"}, {"role": "REPLIER", "content": "Hello."}]}
        for n in range(3)
    ],
    "lists": [{"conversations": [f"Hi {n}", "Hello.", "More?", "No."]} for n in range(3)],
    "exchanges": [
        {"conversation": [{"system": "S", "input": f"Hi {n}", "output": "Hello."}, {"input": "More?", "output": "No."}]}
        for n in range(3)
    ],
    "gemini": [
        {"contents": [{"role": "user", "parts": [{"text": f"Hi {n}"}]}, {"role": "model", "parts": [{"text": "Yo"}]}]}
        for n in range(3)
    ],
    "tree": [
        {"prompt": {"role": "prompter", "text": f"Hi {n}", "replies": [
            {"role": "assistant", "text": "Hello.", "replies": [
                {"role": "prompter", "text": "More?", "replies": [{"role": "assistant", "text": "No."}]}]},
            {"role": "assistant", "text": "Hey."}]}}
        for n in range(3)
    ],
    "tree_message": [{"message_id": f"{n}", "parent_id": None, "role": "prompter", "text": "Hi"} for n in range(3)],
    "instances": [
        {"instruction": f"Add {n}.", "instances": [{"input": "1 1", "output": "2"}, {"input": "2 2", "output": "4"}]}
        for n in range(3)
    ],
    "own": [
        {"source": "a", "instruction": f"Hi {n}", "input": "", "response": "Hello.", "label": "greeting"}
        for n in range(3)
    ],
    "model_outputs": [
        {"instruction": f"Hi {n}", "dataset": "d", "output": "Hello.", "generator": "m"}
        for n in range(3)
    ],
    "prompt_completion": [{"prompt": f"Hi {n}", "completion": "Hello.<|endoftext|>", "label": n > 1} for n in range(3)],
    "prompt_turns": [
        {"prompt": TURNS[:2], "completion": [{"role": "assistant", "content": f"Elbe {n}"}]}
        for n in range(3)
    ],
    "question_answer": [
        {"question": f"Hi {n}", "answer": "4", "solution": "2 + 2 = 4", "id": 10**17 + n}
        for n in range(3)
    ],
    "preference": [{"prompt": f"Hi {n}", "chosen": "Hello.", "rejected": "No."} for n in range(3)],
    "model_answers": [{"question_id": n, "choices": [{"index": 0, "turns": ["Hello."]}]} for n in range(3)],
    "unknown": [{"aufgabe": f"Nenne {n} Flüsse.", "loesung": "Elbe, Donau, Rhein.", "nr": n} for n in range(3)],
}  # fmt: skip
NAMES = tuple(
    dict.fromkeys(
        (
            *(name for rows in SEEDS.values() for row in rows for name in row),
            "from", "value", "role", "content", "text", "parts", "turns", "replies", "id", "history", "thinking",
            "reasoning", "tools", "completion", "label",
            "category", "dataset", "system_prompt", "images", "=danger", "a.b", "row_id", "source", "weight", "train",
        )
    )
)  # fmt: skip


@cache
def seed_files() -> tuple[tuple[str, bytes], ...]:
    """The files of rows among the cases that the tests read, and a folder of ``save_to_disk``."""
    files = sorted(path for path in CASES.glob("[cd][0-9]*/*") if path.name != "expect.json")
    return tuple((path.name, path.read_bytes()) for path in files)


def make(draw: Random) -> Case:
    """Records with odd values in a good file; or a good file, packed or not, that is damaged; or several files."""
    options = {
        "turn": draw.random() < 0.25,
        "empty": draw.choice(("reject", "reject", "keep")),
        "invalid_utf8": draw.choice(("reject", "reject", "replace")),
    }
    kind = draw.random()
    if kind < 0.45:
        return _with_odd_records(draw, options)
    if kind < 0.6:
        return _with_odd_table(draw, options)
    if kind < 0.9:
        name, data = _seed(draw)
        others = [_seed(draw)[1] for _ in range(2)]
        if draw.random() < 0.3:
            data = draw.choice(PACKED)(data)
        return Case(files=((name, damaged(data, draw, others)),), options=options)
    files = [_seed(draw) for _ in range(draw.choice((2, 3)))]
    files = [(draw.choice(("x.json", "a/data-00000-of-00002.arrow", name)), data) for name, data in files]
    files = [(name, damaged(data, draw) if draw.random() < 0.5 else data) for name, data in files]
    kind = draw.random()
    if kind < 0.35:
        packed = zipped(files)
        return Case(files=(("a.zip", damaged(packed, draw) if draw.random() < 0.5 else packed),), options=options)
    if kind < 0.7:
        packed = tarred(files)
        return Case(files=(("a.tar", damaged(packed, draw) if draw.random() < 0.5 else packed),), options=options)
    return Case(files=tuple(files), options=options)


def _seed(draw: Random) -> tuple[str, bytes]:
    if draw.random() < 0.3:
        return draw.choice(seed_files())
    ending, data = written(SEEDS[draw.choice(list(SEEDS))], draw)
    return f"rows{ending}", data


def _with_odd_records(draw: Random, options: dict[str, Any]) -> Case:
    records: Any = list(SEEDS[draw.choice(list(SEEDS))])
    if draw.random() < 0.15:
        records += SEEDS[draw.choice(list(SEEDS))]
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        records = changed(records, draw, NAMES)
    if not isinstance(records, list) or len(records) < 2:
        return Case(files=(("rows.json", json.dumps(records).encode()),), options=options)
    if draw.random() < 0.6:
        opened = map(_opened, records)
        texts = tuple(_canonical(record if isinstance(record, dict) else {"messages": record}) for record in opened)
        name, data = draw.choice((("rows.jsonl", as_lines(records)), ("rows.json", as_list(records))))
        plain = not any(isinstance(record, str) for record in records)  # a text may hold a record
        return Case(files=((name, data),), options=options, records=len(records), written=texts if plain else None)
    ending, data = written(records, draw)
    return Case(files=((f"rows{ending}", data),), options=options)


def _with_odd_table(draw: Random, options: dict[str, Any]) -> Case:
    table = as_table(SEEDS[draw.choice(list(SEEDS))])
    for _ in range(draw.choice((1, 2, 3))):
        table = table_changed(table, draw, NAMES)
    return Case(files=(("rows.csv", as_delimited(table, draw.choice(",,;\t|"))),), options=options)


def attempt(case: Case, place: Path) -> None:
    """Load, count, load again, read as pages do, export, and load the export."""
    files = [from_bytes(name, data) for name, data in case.files]
    answers: dict[str, Any] = {
        "reading": ReadingOptions(
            multi_turn="turn" if case.options["turn"] else "conversation",
            empty=case.options["empty"],
            invalid_utf8=case.options["invalid_utf8"],
        )
    }
    workspace = Workspace(place / "first")
    made = _answering(workspace, files, answers)
    try:
        _adds_up(made, case, answers, files, place)
    except DiverscopeError as error:
        raise Fault(f"It was read, and then refused: {error}") from error


def _adds_up(made: Ingested, case: Case, answers: dict[str, Any], files: list[SourceFile], place: Path) -> None:
    _counts(made, case)
    again = ingest_files(made.corpus.workspace, files[::-1], holdout=Holdout(fraction=0.0), **answers)
    if again.corpus.id != made.corpus.id or not again.already_here:
        raise Fault(f"The same files gave the corpus {again.corpus.id}, before {made.corpus.id}.")
    if again.differing or again.new_columns or again.new_fields:
        raise Fault(f"The same files brought {again.differing}, {again.new_columns}, {again.new_fields} anew.")
    _as_pages_read(made)
    _exported(made, answers, place, case.written)


def _answering(workspace: Workspace, files: list[Any], answers: dict[str, Any]) -> Ingested:
    """The corpus, after the questions that a page would ask have got the answers that it proposes."""
    try:
        return ingest_files(workspace, files, holdout=Holdout(fraction=0.0), **answers)
    except RolesNeeded as asked:
        roles = {role.name: role.proposal for question in asked.questions for role in question.roles if not role.known}
        reading: ReadingOptions = answers["reading"]
        answers["reading"] = ReadingOptions(
            multi_turn=reading.multi_turn, empty=reading.empty, invalid_utf8=reading.invalid_utf8, roles=roles
        )
    except (MappingNeeded, MappingOffered) as asked:
        guesses = [view.guess for view in asked.previews if view.guess.as_json()]
        if not guesses or len(files) > 1:
            raise
        answers["mapping"] = guesses[0]
    return ingest_files(workspace, files, holdout=Holdout(fraction=0.0), **answers)


def _counts(made: Ingested, case: Case) -> None:
    report: Any = made.report
    files: list[dict[str, Any]] = report["files"]
    corpus = made.corpus
    _equal("rows kept", report["rows_kept"], len(corpus))
    _equal("rows read", report["rows_read"], report["rows_kept"] + report["exact_duplicates"])
    _equal("rows of the files", sum(file["rows"] for file in files), report["rows_read"])
    _equal("records of the files", sum(file["records"] for file in files), report["records_read"])
    _equal("rejected", len(made.rejected), report["rejected"])
    rejected: Counter[Any] = Counter()
    for entry in made.rejected:
        if not str(entry["reason"]).strip():
            raise Fault(f"A record is rejected without a reason: {entry}")
        rejected[entry["file"]] += int(str(entry.get("rows", 1)))
    for file in files:
        if file["refused"]:
            _equal(f"rows of {file['name']}, which is refused", file["rows"], 0)
            continue
        given = file["rows"] + rejected[file["name"]]
        if case.options["turn"] or {*SEVERAL} & {*file["shapes"]}:
            if given < file["records"]:
                raise Fault(f"Of {file['records']} records of {file['name']} only {given} are a row or rejected.")
        else:
            _equal(f"rows and rejected records of {file['name']}", given, file["records"])
    places = pq.read_table(corpus.artefact.path("positions.parquet"))
    _equal("places of rows", places.num_rows, report["rows_read"])
    _equal("multiplicities", int(corpus.column("multiplicity").sum()), report["rows_read"])
    for place in places.to_pylist():
        if not 1 <= place["record"] <= files[place["file"]]["records"]:
            raise Fault(f"A row stands at record {place['record']} of {files[place['file']]['records']}.")
    if case.records is not None and not (len(files) == 1 and files[0]["container"] not in ("JSONL", "JSON")):
        _equal("records", report["records_read"], case.records)


def _as_pages_read(made: Ingested) -> None:
    corpus = made.corpus
    positions = list(range(len(corpus)))
    rows = corpus.rows(positions)
    _equal("rows shown", len(rows), len(corpus))
    for component in ("instruction", "response", "both"):
        _equal(f"texts of {component}", len(corpus.text(component)), len(corpus))
    for name in corpus.columns:
        values = corpus.column(name).tolist()
        _equal(f"values of {name}", len(values), len(corpus))
        present = [words for value in values if isinstance(value, str) and (words := words_of(value))]
        if present:
            wanted = present[0][0]
            chosen = select(corpus, PoolSpec(columns=(ColumnFilter(column=name, values=(wanted,)),)))
            _equal(f"rows where {name} is {wanted[:80]!r}", len(chosen), sum(wanted in words for words in present))
    word = next((word for word in corpus.text("response")[0].split() if word.isascii() and word.isalnum()), "")[:80]
    wanted = [word.lower() in text.lower() for text in corpus.text("both")]
    if word and len(select(corpus, PoolSpec(text=word))) != sum(wanted):
        raise Fault(f"The search for {word!r} gives other rows than the texts hold.")


def _exported(made: Ingested, answers: dict[str, Any], place: Path, written: Collection[str] | None) -> None:
    corpus = made.corpus
    rows = rows_to_export(corpus, list(range(len(corpus))))  # type: ignore[arg-type]
    for row in rows if written is not None else ():
        if _canonical(row["original"]) not in written:
            raise Fault(f"A row is exported as {_canonical(row['original'])[:400]}, which no record is.")
    for name, format in FORMATS.items():
        try:
            exported = format.export(rows, recipe=b"{}", stem="rows")
        except InputError as error:
            if name in ("jsonl", "parquet"):  # which have a place for everything
                raise Fault(f"The export as {name} is refused: {error}") from error
            continue
        left_out = sum(len(ids) for problem, ids in exported.problems.items() if not problem.kept)
        _equal(f"rows of the export as {name}", exported.rows + left_out, len(corpus))
        # One line that no shape fits may as well be a wrapper around what it holds.
        if name == "jsonl" and not ("mapping" in answers and len(corpus) == 1):
            names = {name for row in rows for name in row["original"]}
            mapping: FieldMapping | None = answers.get("mapping")
            if mapping:  # columns that only rejected records had are not in the export
                known = {part: name for part, name in mapping.as_json().items() if {name, name.split(".")[0]} & names}
                answers = {**answers, "mapping": FieldMapping(**known)}
            files = [from_bytes("rows.jsonl", exported.data)]
            again = ingest_files(Workspace(place / "second"), files, holdout=Holdout(fraction=0.0), **answers)
            if again.corpus.id != made.corpus.id:
                raise Fault(
                    f"Of {len(corpus)} rows the export gives {len({*again.corpus.ids} & {*corpus.ids})} again and "
                    f"{len({*again.corpus.ids} - {*corpus.ids})} others."
                )


def _opened(record: Any) -> Any:
    """A record that is written as JSON or Python text is that record."""
    for parse in (json.loads, ast.literal_eval) if isinstance(record, str) else ():
        try:
            return parse(record)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return record


def _canonical(record: Any) -> str:
    return json.dumps(record, sort_keys=True)


def _equal(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Fault(f"{what}: {found}, not {expected}.")


TARGET = Target(name="corpora", make=make, attempt=attempt)
