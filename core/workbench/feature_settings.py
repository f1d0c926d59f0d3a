"""The feature settings that all pages share: component, tokenizer, embedder, bands, clustering, tagging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.bands import BAND_ROWS, Band
from core.errors import InputError, quoted
from core.features.clusters import Clustering
from core.features.embedders import is_given
from core.features.tags.tagging import Tagging
from core.parameters import LARGEST, Parameter, complete
from core.view import ALL_COMPONENTS


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """The settings of all features; the defaults are the paper's.

    ``embedder`` "" is the default embedder of this machine. ``low`` and ``high`` bound the corpus's mid band in
    ``unit``; its frequencies are counted over ``band_rows`` (corpus, training, pool). :meth:`complete` gives the band
    to every strategy and metric that declares it. Then come the parameters of projection and clustering; ``noise`` says
    how rows in no cluster are treated (outside, nearest, own); ``landmarks`` is the number of rows that a quick map is
    fitted on (0: all); ``cluster_column`` names the column of clusters where
    ``partition`` is "column". The fields from ``tagger`` on are the parameters of tagging; ``tag_edits`` names the
    version of the merges that the user made ("" for the computed ones).
    """

    component: str = "response"
    tokenizer: str = "mistral-32k"
    low: float = 10.0
    high: float = 500.0
    unit: str = "count"
    band_rows: str = "corpus"
    embedder: str = ""
    partition: str = "hdbscan"
    cluster_column: str = ""
    neighbors: int = 15
    components: int = 5
    min_dist: float = 0.0
    min_cluster_size: int = 20
    noise: str = "outside"
    seed: int = 42
    tagger: str = "phrases"
    tags_per_row: int = 4
    tag_spread: float = 0.3
    tag_longest: int = 3
    tag_model: str = ""
    tag_check_model: str = ""
    tag_rounds: int = 1
    tag_min_rows: int = 2
    tag_synonyms: str = "dbscan"
    tag_eps: float = 0.15
    tag_support: int = 40
    tag_confidence: float = 0.99
    tag_edits: str = ""
    landmarks: int = 0

    def __post_init__(self) -> None:
        if self.component not in ALL_COMPONENTS:
            raise InputError(f"A component is one of {', '.join(ALL_COMPONENTS)}, not {quoted(self.component)}.")
        if self.band_rows not in BAND_ROWS:
            raise InputError(f"The mid band is counted over {', '.join(BAND_ROWS)}, not {quoted(self.band_rows)}.")

    def with_(self, **changes: Any) -> FeatureSettings:
        """These settings with ``changes``, each cast to its field's type. Raises :class:`InputError` if that fails."""
        default = FeatureSettings()
        defaults = {field.name: getattr(default, field.name) for field in fields(default)}
        cast = {}
        for name, value in changes.items():
            if name not in defaults:
                raise InputError(f"There is no feature setting {quoted(name)}.")
            if isinstance(value, (Mapping, list, tuple)):
                raise InputError(f"{name} cannot be {quoted(value)}.")
            try:
                cast[name] = type(defaults[name])(value)
            except (TypeError, ValueError, OverflowError) as error:
                raise InputError(f"{name} cannot be {quoted(value)}.") from error
            if isinstance(cast[name], int) and abs(cast[name]) >= LARGEST:
                raise InputError(f"{name} cannot be as large as {quoted(value)}.", remedy="Take a smaller number.")
        return replace(self, **cast)

    @property
    def band(self) -> Band:
        """The corpus's mid band. Raises :class:`InputError` where its ends, for example from a link, are not a band."""
        return Band(self.low, self.high, self.unit)  # type: ignore[arg-type]  # the band refuses any other unit

    def start_of(self, parameter: Parameter) -> Any:
        """The initial value of a knob: an end of the corpus's band if it declares one, else its own default."""
        return getattr(self, parameter.band_end) if parameter.band_end else parameter.default

    def complete(self, parameters: Sequence[Parameter], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Every parameter with its checked value: that of ``values``, else the corpus's band, else its default.

        Strategies and metrics get the corpus's mid band only here. ``values`` come first: in this way the user gives a
        strategy another band, or one end of it. An end that ``values`` lack is the corpus's, in the corpus's unit. If
        ``values`` name another unit, that end is the parameter's default, because a number is never read in a unit
        other than its own. Raises :class:`InputError` for a bad value or an unknown name.
        """
        values = dict(values or {})
        band = self.band_in(parameters)
        units = [item.name for item in parameters if item.band_end == "unit" and item.name in values]
        starts = {} if any(values[name] != band[name] for name in units) else band
        return complete(parameters, {**starts, **values})

    def band_in(self, parameters: Sequence[Parameter]) -> dict[str, Any]:
        """The corpus's band under the names of the parameters that declare its ends; {} if no parameter does."""
        return {item.name: self.start_of(item) for item in parameters if item.band_end}

    @property
    def clustering(self) -> Clustering:
        """The settings of clustering, in the form that the features room uses."""
        return Clustering(
            embedder=self.embedder or None,
            partition=self.partition,
            column=self.cluster_column,
            neighbors=self.neighbors,
            components=self.components,
            min_dist=self.min_dist,
            min_cluster_size=self.min_cluster_size,
            seed=self.seed,
            landmarks=self.landmarks,
        )

    @property
    def tagging(self) -> Tagging:
        """The settings of tagging, in the form that the features room uses."""
        return Tagging(
            tagger=self.tagger,
            # Tags are texts of their own, for which given vectors have none, so the default embedder embeds them.
            # Phrases come before any embedding, and stay the same tags whichever embedder is chosen later.
            embedder=None if self.tagger == "phrases" or is_given(self.embedder) else self.embedder or None,
            per_row=self.tags_per_row,
            spread=self.tag_spread,
            longest=self.tag_longest,
            model=self.tag_model,
            check_model=self.tag_check_model,
            rounds=self.tag_rounds,
            min_rows=self.tag_min_rows,
            synonyms=self.tag_synonyms,
            eps=self.tag_eps,
            support=self.tag_support,
            confidence=self.tag_confidence,
        )

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it; ``band_rows`` and ``landmarks`` only where set, so that recipes stay as they were."""
        values = asdict(self)
        if self.band_rows == "corpus":
            del values["band_rows"]
        if not self.landmarks:
            del values["landmarks"]
        return values

    def changed(self) -> dict[str, Any]:
        """The settings that differ from the defaults, which a URL has to carry."""
        return {name: value for name, value in asdict(self).items() if value != getattr(FeatureSettings(), name)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> FeatureSettings:
        """The settings in ``values``; other keys are ignored, because a URL may hold more."""
        known = {field.name for field in fields(cls)}
        return cls().with_(**{name: value for name, value in values.items() if name in known})
