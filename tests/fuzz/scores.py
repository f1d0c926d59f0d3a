"""Score files: each file read, refused or passed over by name, and every score a number that stands in its file."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from core.errors import InputError
from core.evidence import ledger
from core.evidence.import_plan import Meanings, to_entries
from core.evidence.importers import registry
from core.evidence.importers.proposal import Options, ProposedScore
from core.evidence.importers.sources import Source, Tree, open_tree, open_uploads
from core.workspace.artefacts import Workspace
from tests.evidence.score_files import write_scores
from tests.fuzz.fuzzer import Case, Fault, Target
from tests.fuzz.mutations import PACKED, changed, damaged, table_changed, tarred, zipped
from tests.fuzz.writing import as_delimited

CASES = Path(__file__).parent.parent / "cases"
# Importers whose scores are means, shares or sums over the lines of a file.
REDUCING = (
    "MT-Bench judgements", "MT-Bench pairs", "Arena-Hard judgements", "LiveBench results", "OpenDataArena scores",
    "TensorBoard events", "W&B export", "AlpacaEval leaderboard",
)  # fmt: skip
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
GROUPED = re.compile(r"\d[\d.,'’_\u00a0\u2009\u202f ]*\d")
NAMES = (
    "subset", "model", "run", "score", "acc", "acc,none", "acc_stderr,none", "win_rate", "seed", "step", "loss",
    "eval_loss", "benchmark", "value", "dataset", "metric", "mode", "name", "results", "configs", "tag", "wall_time",
    "question_id", "judge", "turn", "date", "n", "length_controlled_winrate", "standard_error", "mmlu", "size", "level",
    "_step", "_runtime",
)  # fmt: skip


@cache
def seed_trees() -> tuple[tuple[tuple[str, bytes], ...], ...]:
    """Folders of score files as tools write them: every importer's format is among them (a test sees to it)."""
    with tempfile.TemporaryDirectory() as folder:
        folders = sorted(write_scores(Path(folder)).iterdir())
        folders += [path for path in sorted(CASES.iterdir()) if path.is_dir() and path.name[0] not in "cd"]
        return tuple(_files(path) for path in folders)


def _files(path: Path) -> tuple[tuple[str, bytes], ...]:
    if path.is_file():
        return ((path.name, path.read_bytes()),)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return tuple((file.relative_to(path).as_posix(), file.read_bytes()) for file in files)


def make(draw: Random) -> Case:
    """The files of one folder, one or two of them changed; as a folder, as uploads, or packed."""
    files = list(draw.choice(seed_trees()))
    for _ in range(draw.choice((1, 1, 2))):
        at = draw.randrange(len(files))
        name, data = files[at]
        files[at] = (name, _changed(name, data, draw))
    if draw.random() < 0.1:
        at = draw.randrange(len(files))
        other = draw.choice(draw.choice(seed_trees()))
        files[at] = (files[at][0], other[1])  # another's content under this name
    options: dict[str, Any] = {
        "repeats": draw.choice(("refuse", "refuse", "seeds")),
        "scale": draw.choice(("", "", "as they are", "times 100", "leave out")),
        "decimal": draw.choice(("", "", "", ".", ",")),
        "as": draw.choice(("folder", "folder", "uploads", "archive")),
    }
    if options["as"] == "archive":
        packed = draw.choice((zipped, tarred))(files)
        ending = ".tar" if packed[257:262] == b"ustar" else ".zip"
        return Case(
            files=((f"runs{ending}", damaged(packed, draw) if draw.random() < 0.5 else packed),), options=options
        )
    return Case(files=tuple(files), options=options)


def _changed(name: str, data: bytes, draw: Random) -> bytes:
    """``data`` with a change of its structure where it has one, else of its bytes."""
    times = draw.choice((1, 1, 2, 4))
    if draw.random() < 0.6:
        try:
            if name.endswith(".json"):
                document = json.loads(data)
                for _ in range(times):
                    document = changed(document, draw, NAMES)
                return json.dumps(document, indent=draw.choice((None, 1))).encode()
            if name.endswith(".jsonl"):
                records: Any = [json.loads(line) for line in data.splitlines() if line.strip()]
                for _ in range(times):
                    records = changed(records, draw, NAMES)
                records = records if isinstance(records, list) else [records]
                return b"".join(json.dumps(record).encode() + b"\n" for record in records)
            if name.endswith(".csv"):
                table = [line.split(",") for line in data.decode().splitlines()]
                for _ in range(times):
                    table = table_changed(table, draw, NAMES)
                return as_delimited(table, draw.choice(",,,;\t"))
        except ValueError:
            pass
    if draw.random() < 0.05:
        return draw.choice(PACKED)(data)
    return damaged(data, draw, [draw.choice(draw.choice(seed_trees()))[1]])


def attempt(case: Case, place: Path) -> None:
    """Read the tree twice, hold every score against its file, log them, and read them back."""
    options = Options(repeats=case.options["repeats"], scale=case.options["scale"], decimal=case.options["decimal"])
    if case.options["as"] == "folder":
        for name, data in case.files:
            path = place / "runs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        opened = open_tree(place / "runs")
    else:
        opened = open_uploads(case.files)
    with opened as tree:
        result = registry.read_tree(tree, {"": options})
        _adds_up(tree, result)
        again = registry.read_tree(tree, {"": options})
        if _said(again) != _said(result):
            raise Fault("Read again, the files give something else.")
        for part in result.files:
            for score in part.scores + part.repeated + part.older:
                _stands_in(score, tree.by_path.get(part.file), part.importer)
    _logged(result, Workspace(place / "home"))


def _said(result: registry.TreeImport) -> str:
    return repr((result.whole.scores, result.whole.curves, result.whole.rejected, result.failed, result.passed_over))


def _adds_up(tree: Tree, result: registry.TreeImport) -> None:
    """Each file is read, refused or passed over, once; each score is counted once."""
    endings = Counter(part.file for part in result.files)
    problems = Counter(path for path, _ in tree.problems)
    endings.update(path for path, _ in result.failed)
    endings.subtract(problems)
    hidden = Counter(path for path, _ in tree.hidden)
    endings.update(entry.path for entry in result.passed_over)
    endings.subtract(hidden)
    given = Counter(source.path for source in tree.sources)
    if +endings != given:
        raise Fault(f"Of the files {given - endings} have no ending, {endings - given} too many.")
    for path, why in (*result.failed, *((entry.path, entry.why) for entry in result.passed_over)):
        if not why.strip():
            raise Fault(f"{path} is left out without a reason.")
    if result.contradicting < 0:
        raise Fault(f"{result.contradicting} scores contradict each other.")


def _stands_in(score: ProposedScore, source: Source | None, importer: str) -> None:
    if not math.isfinite(score.value) or (score.stderr is not None and not math.isfinite(score.stderr)):
        raise Fault(f"{score} is not a number.")
    if not score.subject.strip() or not score.benchmark.strip() or not score.measure.strip():
        raise Fault(f"{score} does not say what it is a score of.")
    if importer in REDUCING or "mean over" in score.field or source is None:
        return
    numbers = _numbers(source)
    value = abs(score.value)
    if not any(
        math.isclose(value, number * by, rel_tol=1e-9, abs_tol=1e-12) for number in numbers for by in (1, 100, 0.01)
    ):
        raise Fault(f"{score.value} of {score.field} ({importer}) does not stand in {source.path}.")


def _numbers(source: Source) -> set[float]:
    """Every number that may be read in a file, whichever its decimal mark; without signs."""
    with source.open() as file:
        data = file.read()
    text = data.replace(b"\0", b"").decode("utf-8", "replace").replace("−", "-")  # also of wide encodings
    texts = {*NUMBER.findall(text)}
    for group in GROUPED.findall(text):
        for whole in (group, *re.split(r"[ \u00a0\u2009\u202f]", group), *group.split(",")):
            bare = re.sub(r"[\s'’_\u00a0\u2009\u202f]", "", whole)
            texts |= {*NUMBER.findall(bare.replace(",", ""))}
            texts |= {*NUMBER.findall(bare.replace(".", "").replace(",", "."))}
    numbers = {abs(float(number)) for number in texts}
    return {number for number in numbers if math.isfinite(number)}


def _logged(result: registry.TreeImport, workspace: Workspace) -> None:
    try:
        scores, others = to_entries(result.whole, meanings=Meanings(digests={}))
    except InputError:  # a question is open
        return
    if scores:
        ledger.add_scores(workspace, scores, title="fuzz")
    if others:
        ledger.append(workspace, others, title="curves")
    read = ledger.read(workspace)
    if read.problems:
        raise Fault(f"The ledger cannot be read: {read.problems}")
    table = read.scores()
    if len(table) != len({score.key for score in scores}):
        raise Fault(f"Of {len(scores)} scores {len(table)} are in the ledger.")


TARGET = Target(name="scores", make=make, attempt=attempt)
