"""Files of vectors: matched, missing, unknown and broken add up, and what is stored is what stands in the file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.features.embedding import embeddings_key
from core.features.own_vectors import attach_vectors, given_embedders
from core.features.vector_files import read_vectors
from tests.fuzz.attaching import RECORDS, copied, first_lines, joined, table_case
from tests.fuzz.fuzzer import Case, Fault, Target
from tests.fuzz.mutations import damaged

NAMES = ("id", "row_id", "embedding", "embeddings", "vector", "emb", "x0", "x1", "dim_2", "text", "values", "0", "1")
DIMENSIONS = 4


def make(draw: Random) -> Case:
    """A table of lists, of a list's text or of a number a dimension; or an array; each odd or damaged."""
    kind = draw.random()
    if kind < 0.25:
        shape = draw.choice((*[(RECORDS, DIMENSIONS)] * 6, (12, DIMENSIONS), (RECORDS,), (RECORDS, 0), (RECORDS, 2, 2)))
        dtype = draw.choice(("<f4", "<f4", "<f8", "<f2", ">f4", "<i8", "<u1", "<c8", "?", "<U3"))
        array = np.random.default_rng(draw.randrange(1 << 32)).standard_normal(shape).astype(dtype)
        stream = io.BytesIO()
        np.save(stream, array)
        data = stream.getvalue()
        data = damaged(data, draw) if draw.random() < 0.7 else data
        join = draw.choice(("auto", "position", "id"))
        return Case(files=(("mine.npy", data),), options={"own": False, "join": join})
    if kind < 0.5:
        return table_case(draw, lambda number, _: json.dumps(_vector(number)), column="embedding", names=NAMES)
    return table_case(draw, lambda number, _: _vector(number), column="embedding", names=NAMES)


def _vector(number: int) -> list[float]:
    values: list[float] = [round(((number + 1) * (place + 3)) % 7 - 3 + 0.25, 3) for place in range(DIMENSIONS)]
    return values[:2] if number == 99 else values


def attempt(case: Case, place: Path) -> None:
    """Read, join, attach, and hold the stored vectors against the lines one by one."""
    (name, data), *_ = case.files
    corpus = copied(case.options["own"], place)
    file_vectors = read_vectors(data, name=name)
    lines, width = file_vectors.vectors.shape
    broken = {*(file_vectors.broken - 1).tolist()}
    if not np.isfinite(file_vectors.vectors).all() or any(file_vectors.vectors[line].any() for line in broken):
        raise Fault("A broken line has a vector.")
    for line, record in enumerate(map(json.loads, case.written or ())):
        values: Any = record.get("embedding") if isinstance(record, dict) else None
        if _is_vector(values, width):
            expected = np.array(values, dtype=np.float64).astype(np.float32)
            if np.isfinite(expected).all() and (line in broken or (file_vectors.vectors[line] != expected).any()):
                raise Fault(f"Line {line + 1} is {file_vectors.vectors[line]}, not {values}.")
    pairs = joined(corpus, case, lines=lines, ids=file_vectors.ids)
    attached = attach_vectors(
        corpus.workspace, corpus, "response", file_vectors, label="mine", join=case.options["join"]
    )
    if attached.matched + attached.missing != len(corpus) or attached.unknown != pairs.unknown:
        raise Fault(f"{attached} does not add up over {len(corpus)} rows.")
    if attached.broken != len(broken) or attached.broken > lines or attached.dimensions != width:
        raise Fault(f"{attached} does not describe {lines} lines of which {len(broken)} are broken.")
    key = embeddings_key(corpus.id, "response", attached.embedder)
    stored = corpus.workspace.open("features", key).array("embeddings")
    with_vector = 0
    for row, line in enumerate(first_lines(pairs, len(corpus))):
        vector = np.zeros(width) if line is None else file_vectors.vectors[line].astype(np.float64)
        length = float(np.sqrt((vector * vector).sum()))
        expected = vector / length if length else vector
        if not np.allclose(stored[row], expected, atol=1e-6):
            raise Fault(f"Row {row} has {stored[row]}, line {line} says {expected}.")
        with_vector += bool(stored[row].any())
    if with_vector != attached.matched:
        raise Fault(f"{attached.matched} rows are matched, {with_vector} have a vector.")
    if given_embedders(CorpusText(corpus, "response")) != [attached.embedder]:
        raise Fault("The vectors are not listed under their name.")


def _is_vector(values: Any, width: int) -> bool:
    numbers = isinstance(values, list) and all(isinstance(value, (int, float)) for value in values)
    return numbers and len(values) == width and not any(isinstance(value, bool) for value in values)


TARGET = Target(name="vectors", make=make, attempt=attempt)
