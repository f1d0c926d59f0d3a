"""The scores of rows that need no model: what each is, what it reads, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.curation.normalised import normalised
from core.errors import FeatureMissing, InputError, quoted
from core.features.embedding import load_embeddings
from core.progress import Progress
from core.view import REMEDIES
from core.workbench.row_scores import copy_scores, text_scores
from core.workbench.row_scores.label_scores import label_artefact
from core.workbench.row_scores.near_scores import near_cosines

Reads = Literal["text", "embeddings", "label"]


@dataclass(frozen=True, kw_only=True)
class RowScore:
    """One score. ``of`` takes the component, the values of the label column (None for none), the embedder, progress."""

    name: str
    title: str
    reads: Reads
    of: Callable[[CorpusText, NDArray[Any] | None, str | None, Progress], NDArray[np.float32]]
    formula: str
    source: str
    meaning: str


def _each(of: Callable[[str], float], note: str) -> Callable[..., NDArray[np.float32]]:
    return lambda text, label, embedder, progress: text_scores.each(text.texts, of, note=note, progress=progress)


def _copies(same: Callable[[str], str], text: CorpusText, *_: Any) -> NDArray[np.float32]:
    times = np.ones(len(text.corpus), dtype=np.int64)
    if "multiplicity" in text.corpus.columns:
        times = np.nan_to_num(text.corpus.column("multiplicity"), nan=1).astype(np.int64)
    return copy_scores.copies(text.texts, times, same=same)


def _near(place: int, text: CorpusText, _: Any, embedder: str | None, progress: Progress) -> NDArray[np.float32]:
    vectors = load_embeddings(text, embedder)
    if vectors is None:
        raise FeatureMissing("embeddings", remedy=REMEDIES["embeddings"])
    cosines = near_cosines(np.asarray(vectors), progress=progress)[:, place]
    return np.asarray(1 - cosines if place == 0 else cosines, dtype=np.float32)


def _label(text: CorpusText, label: NDArray[Any] | None, _: str | None, progress: Progress) -> NDArray[np.float32]:
    if label is None:
        raise InputError("The label artefact needs a label column.", remedy="Name the column that holds the labels.")
    return label_artefact(text.texts, label, progress=progress)


ROW_SCORES = (
    RowScore(
        name="words", title="Length in words", reads="text", of=_each(text_scores.length, "rows measured"),
        formula="words of the component; each character of a script without spaces is a word",
        source="Long Is More for Alignment (arXiv 2402.04833) keeps the longest",
        meaning="High: long. Length moves most other scores, so look at it first.",
    ),
    RowScore(
        name="compressibility", title="Compressibility", reads="text",
        of=_each(text_scores.compressibility, "rows compressed"),
        formula="1 − compressed bytes / bytes, zlib at level 6; none below 100 bytes",
        source="after the compression ratio of Shaib et al. (arXiv 2403.00553), for one row",
        meaning="High: the row repeats itself (lists, tables, loops). Low: every part is new. Long rows compress more.",
    ),
    RowScore(
        name="mtld", title="Variety of words (MTLD)", reads="text",
        of=lambda text, label, embedder, progress: text_scores.word_variety(text.texts, progress=progress),
        formula="mean length of stretches whose types / tokens stay above 0.72, read both ways; none below 10 words",
        source="McCarthy and Jarvis (2010), MTLD",
        meaning="High: words are rarely repeated. Low: few words over and over. It hardly follows length.",
    ),
    RowScore(
        name="flesch", title="Reading ease (Flesch)", reads="text", of=_each(text_scores.flesch, "rows read"),
        formula="206.835 − 1.015 · words / sentences − 84.6 · syllables / words; English rows, syllables estimated",
        source="Flesch (1948), A new readability yardstick",
        meaning="High (60 and more): plain words and short sentences. Below 30: academic. Other languages have none.",
    ),
    RowScore(
        name="lix", title="Reading difficulty (LIX)", reads="text", of=_each(text_scores.lix, "rows read"),
        formula="words / sentences + 100 · words of more than 6 letters / words; Latin script only",
        source="Björnsson (1968), Läsbarhet",
        meaning="Below 30: easy. Above 55: hard. For Latin letters; compare within one language.",
    ),
    RowScore(
        name="novelty", title="Novelty to the rest", reads="embeddings", of=partial(_near, 0),
        formula="1 − cosine to the nearest other row of the corpus, exact",
        source="the distance that k-center and DEITA (arXiv 2312.15685) keep above a threshold",
        meaning="Near 0: another row says almost the same. High: alone; that is rare, or noise.",
    ),
    RowScore(
        name="density", title="Density around the row", reads="embeddings", of=partial(_near, 1),
        formula="mean cosine to the 10 nearest other rows, exact",
        source="information density (Settles and Craven 2008), among the nearest rows only; our construction",
        meaning="High: in the thick of a theme. Low: between themes.",
    ),
    RowScore(
        name="label_artefact", title="Label artefact (z)", reads="label", of=_label,
        formula="largest (p/n − p₀) / √(p₀ (1 − p₀) / n) of the row's words for its label, over words in n ≥ 20 "
        "labelled rows",
        source="Gardner et al., Competency Problems (arXiv 2104.08646), section 3; the bound on n is ours",
        meaning="High: one word gives the label away, so a model may learn the word. Near 0: none does.",
    ),
    RowScore(
        name="copies", title="Copies, exact", reads="text", of=partial(_copies, str),
        formula="records of the files whose component has exactly this text, itself included",
        source="deduplication as in Lee et al. (arXiv 2107.06499), counted instead of removed",
        meaning="1: only once. High: boilerplate, or an answer given to many questions.",
    ),
    RowScore(
        name="copies_normalised", title="Copies, but for case and signs", reads="text",
        of=partial(_copies, normalised),
        formula="as above, after NFKC, without case, punctuation and repeated spaces",
        source="deduplication as in Lee et al. (arXiv 2107.06499), counted instead of removed",
        meaning="1: only once. Above the exact count: near copies by spelling.",
    ),
)  # fmt: skip
FIRST = ("words", "compressibility", "mtld", "flesch", "copies_normalised")  # those that a page proposes: all quick
BY_NAME: Mapping[str, RowScore] = {score.name: score for score in ROW_SCORES}


def row_score(name: str) -> RowScore:
    """The score called ``name``. Raises :class:`InputError`, which lists the known ones."""
    if name not in BY_NAME:
        raise InputError(f"There is no score {quoted(name)}.", remedy=f"There are: {', '.join(BY_NAME)}.")
    return BY_NAME[name]
