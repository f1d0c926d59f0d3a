"""A corpus as views: its rows with every feature that has been computed, and the keys of these features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.budgets.row_costs import components_counted, row_costs
from core.component_words import component_phrase
from core.corpus.corpus_text import CorpusText
from core.corpus.curation_rule import RuleOutcome
from core.corpus.pool import PoolSpec, select
from core.corpus.store import Corpus
from core.curation.registry import outcomes_of
from core.errors import FeatureMissing, InputError, in_short
from core.features import clusters, embedding, tokens
from core.features.tags import store as tags
from core.features.tags.tagging import tags_key
from core.row_positions import CorpusRow, CorpusRows, PoolRow, PoolRows, places_of
from core.selection.registry import strategy
from core.selection.whitening import view_as_read, whitened_needs
from core.view import COMPONENTS, FEATURES, REMEDIES, TokenRows, View, of_need
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import open_subset
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest, digest_ids


@dataclass(frozen=True, eq=False)
class CorpusView:
    """A corpus with one set of feature settings: ``whole`` is all its rows, ``pool`` those that a subset may hold.

    Features are loaded at their first use and shared between the two views. A feature that is not computed yet is
    absent from both; once it is computed, make a new CorpusView. ``given`` is the key of a saved subset whose rows are
    in training already: they are in the pool whatever its filters say, so that they count as chosen, but are never
    chosen again.
    """

    workspace: Workspace
    corpus: Corpus
    choice: FeatureSettings
    spec: PoolSpec = field(default_factory=PoolSpec)
    given: str = ""
    band_of: CorpusView | None = None  # whose pool the mid band is counted over, where it is another view's

    @cached_property
    def keys(self) -> dict[str, str]:
        """{feature: key} for the features that are computed.

        A key is that of the artefact, except for tokens whose frequencies are counted over a part of the corpus: that
        key names the part too, because bands and plans differ with it.
        """
        keys = {feature: key for feature, key in feature_keys(self.corpus, self.choice).items() if self._has(key)}
        if "tokens" in keys and self.choice.band_rows != "corpus":
            counted = digest_ids(self.corpus.ids[self.band_positions])
            keys["tokens"] = digest({"tokens": keys["tokens"], "counted over": counted})
        return keys

    @cached_property
    def others(self) -> dict[str, CorpusView]:
        """Component → the same rows and settings with it, for the components that are not the chosen one."""
        return {
            component: replace(self, choice=with_component(self.choice, component), band_of=self.band_of or self)
            for component in COMPONENTS
            if component != self.choice.component
        }

    def key_of(self, need: str) -> str | None:
        """The key of a feature that a strategy reads, of this component or another; None where it is not there."""
        component, feature = of_need(need)
        view = self.others.get(component) if component else None
        return (view or self).keys.get(feature)

    @cached_property
    def band_positions(self) -> CorpusRows:
        """(rows,) positions in the corpus of the rows over which the mid band's frequencies are counted."""
        if self.choice.band_rows == "corpus":
            return CorpusRows(np.arange(len(self.corpus), dtype=np.int64))
        if self.choice.band_rows == "training":
            return CorpusRows(np.flatnonzero(~self.corpus.holdout).astype(np.int64))
        return (self.band_of or self).positions

    def _has(self, key: str) -> bool:
        return self.workspace.has("features", key)

    @property
    def corpus_text(self) -> CorpusText:
        """The chosen component of the corpus."""
        return CorpusText(self.corpus, self.choice.component)

    def lengths(self, unit: Literal["tokens", "characters"], *, component: str = "") -> NDArray[np.int64]:
        """(rows,) lengths of the corpus's rows: tokens of the chosen tokenizer, or characters.

        They are those of ``component``, "" for the chosen one. Raises :class:`core.errors.FeatureMissing` where tokens
        are not counted.
        """
        text = CorpusText(self.corpus, component or self.choice.component)
        if unit == "characters":
            return self.corpus.characters(text.component)
        if text.component == self.choice.component:
            return np.asarray(self.whole.tokens.lengths, dtype=np.int64)
        counted = tokens.load_tokens(text, self.choice.tokenizer)
        if counted is None:
            raise FeatureMissing(
                "tokens", remedy=f"Count the tokens of {component_phrase(text.component)} on the Tokens page.",
                component=text.component,
            )  # fmt: skip
        return np.asarray(counted.lengths, dtype=np.int64)

    def costs(self, unit: str, *, row_cutoff: int = 0) -> NDArray[np.int64] | None:
        """(pool rows,) int64: what each row of the pool takes of a size: :func:`core.budgets.row_costs.row_costs`."""
        if (unit, row_cutoff) not in self._costs:
            self._costs[unit, row_cutoff] = row_costs(
                lambda component: self.lengths("tokens", component=component)[self.positions],
                unit,
                component=self.choice.component,
                thinking=self.corpus.has_thinking,
                row_cutoff=row_cutoff,
            )
        return self._costs[unit, row_cutoff]

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What others derive from this view and keep as long as it lives."""
        return {}

    @cached_property
    def _costs(self) -> dict[tuple[str, int], NDArray[np.int64] | None]:
        return {}

    def not_counted(self, unit: str) -> str | None:
        """The first component whose tokens a size in ``unit`` counts and that are not counted yet; None for none."""
        wanted = components_counted(unit, component=self.choice.component, thinking=self.corpus.has_thinking)
        return next((component for component in wanted if not self.counts_tokens(component)), None)

    def counts_tokens(self, component: str) -> bool:
        """Whether the tokens of ``component`` are counted by the chosen tokenizer."""
        return self._has(tokens.tokens_key(self.corpus.id, component, self.choice.tokenizer))

    @cached_property
    def whole(self) -> View:
        """Every row of the corpus, the holdout included."""
        return View(self.corpus.ids, self.choice.component, self._loaders())

    @property
    def window_lengths(self) -> NDArray[np.int64] | None:
        """(rows,) the tokens of the corpus's rows that the pool's length window counts; None where none are counted."""
        if not self.spec.needs_lengths or self.spec.length is None:
            return None
        text = CorpusText(self.corpus, self.spec.length.of or self.choice.component)
        if text.component == self.choice.component:
            there = self._has(tokens.tokens_key(self.corpus.id, text.component, self.choice.tokenizer))
            counted: TokenRows | None = self._stored_tokens if there else None
        else:
            counted = tokens.load_tokens(text, self.choice.tokenizer)
        return None if counted is None else np.asarray(counted.lengths, dtype=np.int64)

    @cached_property
    def rule_outcomes(self) -> list[RuleOutcome]:
        """What each rule of the pool leaves out. Raises :class:`FeatureMissing` where that has to be found first."""
        return outcomes_of(self.corpus, self.spec.rules)

    @cached_property
    def positions(self) -> CorpusRows:
        """(pool rows,) positions in the corpus of the rows in the pool, ascending."""
        chosen = select(self.corpus, self.spec, lengths=self.window_lengths, outcomes=self.rule_outcomes)
        return CorpusRows(np.union1d(chosen, self._trained())) if self.given else chosen

    def _trained(self) -> CorpusRows:
        """(rows,) positions in the corpus of the rows in training. Raises :class:`InputError` for another corpus's."""
        subset = open_subset(self.workspace, self.given)
        rows = self.corpus.positions_of(np.asarray(subset.ids))
        if len(rows) < subset.rows:
            raise InputError(
                f"Rows in training, “{in_short(subset.name)}”, are of another corpus: "
                f"{subset.rows - len(rows):,} of {subset.rows:,} are not in this one.",
                remedy="Choose a subset of this corpus, or load both as one corpus.",
            )
        return rows

    @cached_property
    def pool(self) -> View:
        """The rows that a subset may hold."""
        return self.whole.take(self.positions)

    def pool_as_read(self, recipe: Recipe) -> View:
        """The pool as the recipe's strategy reads it: :attr:`pool`, or with whitened vectors, which are made once."""
        chosen = strategy(recipe.strategy)
        names = whitened_needs(chosen, recipe.parameters)
        if not names:
            return self.pool
        if names not in self._whitened:
            self._whitened[names] = view_as_read(chosen, recipe.parameters, self.pool)
        return self._whitened[names]

    @cached_property
    def _whitened(self) -> dict[tuple[str, ...], View]:
        return {}

    @property
    def pool_rows(self) -> PoolRows:
        """(pool rows,) the positions in the pool of all its rows: 0, 1, 2, …"""
        return PoolRows(np.arange(len(self.pool), dtype=np.int64))

    def pool_position_of(self, row_id: int) -> PoolRow | None:
        """The position in the pool of the row with this id, or None."""
        positions = self.pool_positions_of(np.array([row_id], dtype=np.uint64))
        return PoolRow(int(positions[0])) if len(positions) else None

    def pool_positions_of(self, ids: NDArray[np.uint64]) -> PoolRows:
        """The pool positions of the rows with these ids, in the order of ``ids``; ids outside the pool are left out."""
        places = places_of(ids, among=self.pool.ids)
        return PoolRows(places[places >= 0])

    def pool_position(self, row: CorpusRow) -> PoolRow | None:
        """The position in the pool of the corpus's ``row``, or None."""
        (place,) = places_of(np.array([row]), among=self.positions)
        return PoolRow(int(place)) if place >= 0 else None

    def corpus_position(self, row: PoolRow) -> CorpusRow:
        """The position in the corpus of the pool's ``row``."""
        return CorpusRow(int(self.positions[row]))

    def corpus_positions(self, rows: PoolRows) -> CorpusRows:
        """The positions in the corpus of the pool's ``rows``, in the order of ``rows``."""
        return CorpusRows(self.positions[rows])

    def _loaders(self) -> Mapping[str, Callable[[], Any]]:
        corpus, choice, text = self.corpus, self.choice, self.corpus_text
        loaders: dict[str, Callable[[], Any]] = {
            f"column:{name}": partial(corpus.column, name) for name in corpus.columns
        }
        loaders["text"] = lambda: text.texts
        keys = self.keys
        if "tokens" in keys:
            loaders["tokens"] = self._tokens
        if "embeddings" in keys:
            loaders["embeddings"] = lambda: embedding.load_embeddings(text, choice.embedder or None)
        if "clusters" in keys:
            loaders["clusters"] = self._labels
        if "tags" in keys:
            loaders["tags"] = lambda: tags.load_type_rows(text, choice.tagging, edits=choice.tag_edits)
        for component, other in self.others.items():
            for feature in FEATURES:
                if feature == "text" or feature in other.keys:
                    loaders[f"{component}.{feature}"] = partial(_feature_of, other, feature)
        return loaders

    @cached_property
    def _stored_tokens(self) -> TokenRows:
        stored = tokens.load_tokens(self.corpus_text, self.choice.tokenizer)
        if stored is None:
            raise FeatureMissing("tokens", remedy=REMEDIES["tokens"])
        return stored

    def _tokens(self) -> TokenRows:
        """Every row's tokens, their frequencies counted over :attr:`band_positions`."""
        if self.choice.band_rows == "corpus":
            return self._stored_tokens
        return self._stored_tokens.counted_over(self.band_positions)

    def _labels(self) -> NDArray[np.int32]:
        stored = clusters.load_clusters(self.corpus_text, self.choice.clustering)
        if stored is None:
            raise FeatureMissing("clusters", remedy=REMEDIES["clusters"])
        return clusters.cluster_labels(self.corpus_text, stored, noise=self.choice.noise)


def _feature_of(view: CorpusView, feature: str) -> Any:
    return view.whole.get(feature)


def with_component(choice: FeatureSettings, component: str) -> FeatureSettings:
    """The settings for another component of the same rows; a version of tags that was changed is of one component."""
    return choice if component == choice.component else choice.with_(component=component, tag_edits="")


def feature_keys(corpus: Corpus, choice: FeatureSettings) -> dict[str, str]:
    """{feature: the key that its artefact has, or will have once it is computed}."""
    corpus_id = corpus.id
    return {
        "tokens": tokens.tokens_key(corpus_id, choice.component, choice.tokenizer),
        "embeddings": embedding.embeddings_key(corpus_id, choice.component, choice.embedder or None),
        "clusters": clusters.clusters_key(corpus_id, choice.component, clusters.resolved(corpus, choice.clustering)),
        "tags": tags_key(corpus_id, choice.component, choice.tagging, edits=choice.tag_edits),
    }
