"""The settings of tagging: which tagger, and how tags are merged. They name a set of tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.errors import InputError, quoted
from core.features.embedding import embeddings_key
from core.features.tags import corpus_phrases, prompt
from core.workspace.digests import digest

VERSION = 1
TAGGERS = {
    "phrases": "Phrases that the texts themselves use, by their statistics in the corpus (offline, no model)",
    "keyphrases": "Keyphrases of the text itself (approximate; works offline)",
    "endpoint": "A language model behind an OpenAI-compatible endpoint (the paper's)",
    "own": "Tags from your own file",
}
OFFLINE = ("phrases", "keyphrases")  # taggers that need neither a model's name nor a file
SYNONYMS = {
    "dbscan": "DBSCAN: tags joined by a chain of close neighbours (our default, not the paper's)",
    "hdbscan": "HDBSCAN: groups of any density (the paper's; minutes from 20,000 tags on)",
    "none": "No merging by meaning",
}


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How rows are tagged; where the paper gives a number it is the default (2505.24768, D.2), but for
    ``synonyms``: the paper merges by HDBSCAN (eps 0.15, min samples 2), we by DBSCAN, which is quick for any number.

    Phrases and keyphrases: at most ``per_row`` phrases for each row, of up to ``longest`` words; of keyphrases, a
    larger ``spread`` (0 to 1) picks phrases that differ more and fit less.
    Endpoint: ``model`` tags, ``check_model`` ("" for none) confirms each tag;
    ``rounds`` above 1 asks again for the rows that failed before. Own: ``model`` is the name given to the file's tags.
    Merging: tags in fewer than ``min_rows`` rows are dropped (InsTag: 20, on a corpus of a million); ``synonyms``
    joins tags closer than ``eps`` (cosine distance): a larger ``eps`` merges more, and less similar, tags. An
    association rule needs ``support`` rows and ``confidence``; 0 rows turns rules off (InsTag: 40 and 0.99).
    """

    tagger: str = "phrases"
    embedder: str | None = None
    per_row: int = 4
    spread: float = 0.3
    longest: int = 3
    model: str = ""
    check_model: str = ""
    rounds: int = 1
    min_rows: int = 2
    synonyms: str = "dbscan"
    eps: float = 0.15
    support: int = 40
    confidence: float = 0.99

    def __post_init__(self) -> None:
        for name, value, known in (("tagger", self.tagger, TAGGERS), ("synonyms", self.synonyms, SYNONYMS)):
            if value not in known:
                raise InputError(f"{name} is one of {', '.join(known)}, not {quoted(value)}.")
        for name, number, low, high in (
            ("per_row", self.per_row, 1, 20),
            ("spread", self.spread, 0, 1),
            ("longest", self.longest, 1, 4),
            ("rounds", self.rounds, 1, 99),
            ("min_rows", self.min_rows, 1, 1_000_000),
            ("eps", self.eps, 0, 1),
            ("support", self.support, 0, 10_000_000),
            ("confidence", self.confidence, 0.5, 1),
        ):
            if not low <= number <= high:
                raise InputError(f"{name} is between {low} and {high:,}, not {number}.")

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Tagging:
        """The settings in a request; its other keys are ignored."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in request.items() if name in names})

    def request(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return asdict(self)

    @property
    def ready(self) -> bool:
        """Whether all settings that the tagger needs are given."""
        return self.tagger in OFFLINE or bool(self.model)

    @property
    def before(self) -> Tagging | None:
        """The settings of the round before, whose failures this round asks again; None for the first round."""
        return replace(self, rounds=self.rounds - 1) if self.rounds > 1 else None

    def identity(self, corpus_id: str, component: str) -> dict[str, Any]:
        """Everything that decides the raw tags: of an endpoint the model's name, not its address."""
        if self.tagger == "endpoint":
            return {
                "tagger": "endpoint",
                "model": self.model,
                "check_model": self.check_model,
                "prompt": prompt.VERSION,
                "rounds": self.rounds,
            }
        if self.tagger == "own":
            return {"tagger": "own", "model": self.model}
        if self.tagger == "phrases":
            return {
                "tagger": "phrases",
                "version": corpus_phrases.VERSION,
                "per_row": self.per_row,
                "longest": self.longest,
            }
        return {
            "tagger": "keyphrases",
            "embeddings": embeddings_key(corpus_id, component, self.embedder),
            "per_row": self.per_row,
            "spread": self.spread,
            "longest": self.longest,
        }


def raw_tags_key(corpus_id: str, component: str, tagging: Tagging) -> str:
    """The key of the raw tags, as the tagger gave them."""
    return digest(["raw-tags", VERSION, corpus_id, component, tagging.identity(corpus_id, component)])


def tags_key(corpus_id: str, component: str, tagging: Tagging, *, edits: str = "") -> str:
    """The key of the decisions that turn raw tags into types.

    ``edits`` names a version that the user changed, as :func:`core.features.tags.store.save_edit` returned it; the
    name of a version of other tags is ignored.
    """
    settings: list[object] = [tagging.min_rows, tagging.synonyms, tagging.support]
    if tagging.synonyms != "none":
        settings += [tagging.eps, tagging.embedder]
    if tagging.support:
        settings.append(tagging.confidence)
    base = digest(["tags", VERSION, raw_tags_key(corpus_id, component, tagging), *settings])
    of, _, edited = edits.partition("-")
    return edited if edited and of == base else base
