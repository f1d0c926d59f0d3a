"""The fuzzer with a fixed range of cases, every input that once broke something, and what its seeds cover."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from core.corpus.formats.registry import CONTAINERS
from core.corpus.formats.shapes import SHAPES, shape_of
from core.errors import InputError
from core.evidence.importers import registry
from core.evidence.importers.sources import open_tree
from tests.fuzz import corpora, scores
from tests.fuzz.fuzzer import KEPT, Case, Fault, Target, outcome
from tests.fuzz.targets import TARGETS
from tests.fuzz.writing import WRITERS

# Cases of a target in `make test`: a few seconds of each.
CASES = {
    "corpora": 90,
    "scores": 100,
    "vectors": 120,
    "tags": 120,
    "columns": 120,
    "recipes": 60,
    "answers": 120,
    "benchmarks": 120,
}


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_read_with_counts_that_add_up_or_refused(name: str) -> None:
    target = TARGETS[name]
    endings: Counter[str] = Counter()
    for number in range(CASES[name]):
        case = target.case(number)
        try:
            endings[outcome(target, case)] += 1
        except Exception as error:
            raise AssertionError(f"python -m tests.fuzz {name} --seed {number}") from error
    assert min(endings["kept"], endings["refused"]) > 0.02 * CASES[name], endings  # both endings are reached


@pytest.mark.parametrize("folder", sorted(KEPT.glob("*/*")), ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_an_input_that_once_broke_something_does_so_no_more(folder: Path) -> None:
    outcome(TARGETS[folder.parent.name], Case.kept(folder))


@pytest.mark.parametrize("name", TARGETS)
def test_a_number_names_one_case(name: str, tmp_path: Path) -> None:
    case = TARGETS[name].case(7)
    assert case == TARGETS[name].case(7) != TARGETS[name].case(8)
    case.keep(tmp_path / "case", why="a test")
    kept = Case.kept(tmp_path / "case")
    assert (kept.files, kept.options) == (case.files, case.options)


def test_a_fault_an_exception_and_a_refusal_are_told_apart() -> None:
    case = Case(files=(("a", b"a"),))

    def target(error: Exception | None) -> Target:
        def attempt(_: Case, place: Path) -> None:
            assert place.is_dir() and not [*place.iterdir()]
            if error:
                raise error

        return Target(name="t", make=lambda draw: case, attempt=attempt)

    assert outcome(target(None), case) == "kept"
    assert outcome(target(InputError("No.")), case) == "refused"
    for error in (Fault("wrong"), ValueError("other")):
        with pytest.raises(type(error)):
            outcome(target(error), case)
    with pytest.raises(Fault, match="The message has 1 char"):
        outcome(target(InputError(" ")), case)


def test_the_seeds_have_every_container_shape_and_format_of_scores(tmp_path: Path) -> None:
    assert {*WRITERS} >= {suffix for container in CONTAINERS for suffix in container.suffixes} - {".ndjson"}
    found = {shape.name for rows in corpora.SEEDS.values() for row in rows if (shape := shape_of(row))}
    assert found == {shape.name for shape in SHAPES}
    names = set()
    for number, files in enumerate(scores.seed_trees()):
        for name, data in files:
            path = tmp_path / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with open_tree(tmp_path / str(number)) as tree:
            names |= {part.importer for part in registry.read_tree(tree).files if part.scores}
        shutil.rmtree(tmp_path / str(number))
    assert names == {importer.name for importer in registry.IMPORTERS}
