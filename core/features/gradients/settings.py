"""Which vectors a causal model gives the rows, and the name by which they are chosen as an embedder is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.corpus.joining import plain_label
from core.errors import InputError, quoted
from core.features.embedders import MODEL
from core.features.gradients.moments import moments_digest
from core.features.models.causal import PRECISIONS
from core.features.models.files import ModelFiles
from core.workspace.digests import digest

VERSION = 1
GRADIENTS = ("adapters", "block")
KINDS = {
    "adapters": "gradients of the response's loss, of low-rank adapters on every block",
    "block": "gradients of the response's loss, of the last block's matrices",
    "states": "hidden states, each token weighted by its position (RDS+)",
}
MOST_DIMENSIONS = 32_768


@dataclass(frozen=True, kw_only=True)
class VectorSettings:
    """How a model's vectors are made.

    ``kind`` is one of :data:`KINDS`. ``dimensions`` is that of the random projection of a gradient: as it grows,
    cosines come nearer to those of the whole gradients (their error falls as 1 / √dimensions) and files grow. ``rank``
    is that of the adapters: as it grows, they see more of each matrix's gradient. Both mean nothing for states.
    ``seed`` draws the adapters and the projection; only vectors of one seed can be compared. ``max_tokens`` cuts a row:
    a larger limit reads more and takes longer. ``precision`` is one of :data:`core.features.models.causal.PRECISIONS`.
    ``adam`` turns each gradient of the last block into the step that Adam would make from its moments beside the model,
    as LESS does with the rows that may be chosen; their examples keep plain gradients.
    """

    kind: str = "adapters"
    dimensions: int = 1_024
    rank: int = 8
    seed: int = 0
    max_tokens: int = 1_024
    precision: str = "auto"
    adam: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"A model's vectors are {', '.join(KINDS)}, not {quoted(self.kind)}.")
        if not 8 <= self.dimensions <= MOST_DIMENSIONS:
            raise InputError(f"A projection has between 8 and {MOST_DIMENSIONS:,} dimensions, not {self.dimensions:,}.")
        if not 1 <= self.rank <= 256:
            raise InputError(f"Adapters have a rank between 1 and 256, not {self.rank:,}.")
        if not 16 <= self.max_tokens <= 32_768:
            raise InputError(f"Between 16 and 32,768 tokens of a row are read, not {self.max_tokens:,}.")
        if self.precision not in PRECISIONS:
            raise InputError(f"Precision is one of {', '.join(PRECISIONS)}, not {quoted(self.precision)}.")

    @property
    def of_gradients(self) -> bool:
        """Whether these are gradients, which belong to a row's response given its instruction."""
        return self.kind in GRADIENTS

    def as_dict(self) -> dict[str, Any]:
        """The settings that have an effect."""
        values = asdict(self)
        if not self.of_gradients:
            del values["dimensions"], values["rank"], values["seed"]
        elif self.kind == "block":
            del values["rank"]
        if not self.adam:
            del values["adam"]
        return values

    @property
    def of_examples(self) -> VectorSettings:
        """The settings of the examples that these vectors are compared with: without Adam's moments."""
        return replace(self, adam=False)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> VectorSettings:
        """The settings among ``values``; other keys are ignored. Raises :class:`InputError` for a bad one."""
        given = {}
        for field in fields(cls):
            if values.get(field.name) in (None, ""):
                continue
            try:
                given[field.name] = type(field.default)(values[field.name])  # type: ignore[misc]
            except (TypeError, ValueError) as error:
                raise InputError(f"{field.name} cannot be {quoted(values[field.name])}.") from error
        return cls(**given)


def vectors_name(files: ModelFiles, settings: VectorSettings) -> str:
    """The name of the vectors among embedders: their kind, the model, and a digest of its content and the settings.

    Two corpora whose vectors have one name can be compared, and one can be the other's target. Raises
    :class:`InputError` where Adam's moments are asked for and not there, or of other vectors than the last block's.
    """
    if settings.adam and settings.kind != "block":
        raise InputError(
            "Adam's moments are those of the last block's weights, which these vectors do not read.",
            remedy="Choose the kind block, or leave Adam's moments out.",
        )
    model = files.digest or f"absent:{files.name}"
    moments = [moments_digest(files)] if settings.adam else []
    content = digest(["model vectors", VERSION, model, settings.as_dict(), *moments])[:8]
    kind = f"{settings.kind}-adam" if settings.adam else settings.kind
    return f"{MODEL}{kind}@{plain_label(files.short, otherwise='model')}-{content}"
