"""How answers are drawn: who answers, how it writes, in which words it is asked, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.fingerprint import mix
from core.corpus.store import Corpus
from core.endpoint.client import Sampling
from core.errors import InputError, quoted
from core.features.models.generate import VERSION as WRITING_VERSION
from core.features.models.generate import Writing
from core.workspace.digests import digest

VERSION = 1
MOST = 256  # answers to one prompt
PLACE = "{question}"  # where a phrasing has the row's prompt
PLAIN = (PLACE,)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How each prompt is answered ``draws`` times.

    ``model`` is the name behind ``url``, or with no ``url`` a folder, a GGUF file, a hub id or a packaged model on this
    machine. More ``draws`` say more of a row and cost as much more; those that are there are never asked for again. A
    higher ``temperature`` makes answers differ more. ``max_tokens`` cuts an answer. Draw k is drawn with ``seed`` + k
    (an endpoint may ignore the seed) and asked in the words of phrasing k, and again from the first after the last.
    ``log_probabilities`` asks an endpoint for those of the tokens; a model here always gives them. ``rows`` > 0 asks
    about so many rows, drawn by their ids and ``rows_seed`` from those outside the holdout; a larger number has the
    rows of a smaller one.
    """

    model: str
    url: str = ""
    draws: int = 4
    temperature: float = 0.7
    max_tokens: int = 256
    seed: int = 0
    system: str = ""
    phrasings: tuple[str, ...] = PLAIN
    log_probabilities: bool = True
    template: str = "auto"
    precision: str = "auto"
    rows: int = 0
    rows_seed: int = 0

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise InputError("No model is named.", remedy="Give its name at the endpoint, or a folder with a model.")
        if not 1 <= self.draws <= MOST:
            raise InputError(f"A prompt is answered between 1 and {MOST} times, not {self.draws:,}.")
        if self.rows < 0:
            raise InputError(f"{self.rows:,} rows cannot be asked about.", remedy="0 asks about all rows.")
        without = [phrasing for phrasing in self.phrasings if PLACE not in phrasing]
        if without or not self.phrasings:
            raise InputError(
                f"The phrasing {quoted(without[0] if without else '')} has no place for the row's prompt.",
                remedy=f"Write {PLACE} where the prompt belongs.",
            )
        if not self.temperature and self.draws > len(self.phrasings):
            raise InputError(
                f"At temperature 0 all {self.draws} answers to a prompt are the same.",
                remedy="Give a temperature such as 0.7, one draw, or as many phrasings as draws.",
            )
        self.sampling(0)
        self.writing()

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Drawing:
        """The settings in a request; its other keys are ignored."""
        names = {field.name for field in fields(cls)}
        given = {name: value for name, value in request.items() if name in names}
        if "phrasings" in given:
            given["phrasings"] = tuple(map(str, given["phrasings"])) or PLAIN
        return cls(**{"model": "", **given})

    def request(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return {**asdict(self), "phrasings": list(self.phrasings)}

    def sampling(self, draw: int) -> Sampling:
        """How an endpoint is asked for one draw."""
        return Sampling(
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            seed=self.seed + draw if self.temperature else None,
            log_probabilities=self.log_probabilities,
        )

    def writing(self) -> Writing:
        """How a model on this machine writes; of its draws, :func:`core.features.models.generate.generate_texts`."""
        return Writing(
            temperature=self.temperature,
            max_new_tokens=self.max_tokens,
            seed=self.seed,
            template=self.template,
            system=self.system,
            precision=self.precision,
        )

    def asked(self, prompt: str, draw: int) -> str:
        """The words of draw ``draw`` of ``prompt``."""
        return self.phrasings[draw % len(self.phrasings)].replace(PLACE, prompt)

    def identity(self, model_digest: str = "") -> dict[str, Any]:
        """All that decides an answer but the prompt's words and the number of its draw.

        ``model_digest`` names the content of a model on this machine; of an endpoint the model's name counts, not the
        address. Whether log-probabilities come along changes no answer, and is left out.
        """
        common = {"temperature": self.temperature, "max_tokens": self.max_tokens, "system": self.system}
        seed = {"seed": self.seed} if self.temperature else {}
        if self.url:
            return {"version": VERSION, "endpoint": self.model, **common, **seed}
        here = {"template": self.template, "precision": self.precision, "writing": WRITING_VERSION}
        return {"version": VERSION, "model": model_digest, **common, **seed, **here}


@dataclass(frozen=True, kw_only=True, eq=False)
class Prompts:
    """The prompts of the rows that are asked about: ``rows`` (asked,) ascending positions, and the ``texts`` of each.

    ``empty`` counts the rows without a prompt, which nobody is asked about.
    """

    rows: NDArray[np.int64]
    texts: Sequence[str]
    empty: int


def prompts_of(corpus: Corpus, drawing: Drawing) -> Prompts:
    """What ``drawing`` asks about: the instruction of each row, with its input; of a conversation all user turns."""
    texts = corpus.text("instruction")
    filled = np.array([bool(text.strip()) for text in texts], dtype=bool)
    chosen = filled
    if drawing.rows:
        candidates = np.flatnonzero(filled & ~np.asarray(corpus.holdout))
        order = np.argsort(mix(corpus.ids[candidates], seed=drawing.rows_seed), kind="stable")
        chosen = np.zeros(len(filled), dtype=bool)
        chosen[candidates[order[: drawing.rows]]] = True
    rows = np.flatnonzero(chosen).astype(np.int64)
    return Prompts(rows=rows, texts=[texts[row] for row in rows.tolist()], empty=int((~filled).sum()))


def text_key(text: str) -> str:
    """The name of a text by its content, 16 hexadecimal digits."""
    return digest(["asked", text])
