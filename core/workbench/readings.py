"""Metric values of subsets and their random bands: measured once, stored under a key of all they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import device
from core.budgets.units import ROWS
from core.errors import InputError
from core.metrics.address import address_of
from core.metrics.metric import Measuring, Metric
from core.metrics.random_band import RandomBand, random_band
from core.metrics.reading import Reading, undefined
from core.metrics.registry import measure, metric
from core.parameters import complete
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.view import FEATURES, View
from core.workbench.corpus_view import CorpusView
from core.workspace import values
from core.workspace.digests import digest, digest_ids

MEASURED_TOKENS = "measured tokens"  # a unit of random bands alone: the tokens of the measured component
INSTANT_KEPT = 4_000  # readings of instant metrics that a measurer remembers
DRAWS = 20  # random subsets from which a band is computed
LENS = {"tokens": "tokenizer", "embeddings": "embedder", "clusters": "embedder"}


@dataclass(frozen=True, eq=False)
class Measurer:
    """Measures rows of a corpus on one component, whatever component they were selected on.

    ``corpus_view`` gives corpus, pool and features; ``component`` is the text that is measured. ``chosen`` holds
    parameters by metric that differ from the defaults; ``against`` is another corpus, with which metrics of embeddings
    compare instead of the pool.
    """

    corpus_view: CorpusView
    component: str
    chosen: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    against: CorpusView | None = None

    @cached_property
    def measured_view(self) -> CorpusView:
        """The view of the corpus with the same settings, on the measured component."""
        if self.component == self.corpus_view.choice.component:
            return self.corpus_view
        return CorpusView(
            self.corpus_view.workspace,
            self.corpus_view.corpus,
            self.corpus_view.choice.with_(component=self.component),
            band_of=self.corpus_view.band_of or self.corpus_view,
        )

    @cached_property
    def reference(self) -> View:
        """The pool on the measured component."""
        if self.measured_view is self.corpus_view:
            return self.corpus_view.pool
        return self.measured_view.whole.take(self.corpus_view.positions)

    @cached_property
    def other(self) -> Measurer | None:
        """The measurer of the corpus ``against``, on the measured component; None without one."""
        return Measurer(self.against, self.component) if self.against else None

    def compared(self, needs: Sequence[str]) -> View:
        """The rows with which a metric compares; for clusters always the pool, as they are numbered within a corpus."""
        return self.other.reference if self.other and "clusters" not in needs else self.reference

    @cached_property
    def pool_digest(self) -> str:
        return digest_ids(self.corpus_view.pool.ids)

    def view(self, rows: PoolRows) -> View:
        """The rows at positions ``rows`` of the pool, in row-id order."""
        return self.reference.take(np.sort(rows))

    def address(self, name: str) -> str:
        """The address of a metric on this component: response.ie@mistral-32k, or rows.… if it reads no text."""
        needs = metric(name).needs(complete(metric(name).parameters))
        measured_view = next((LENS[need] for need in needs if need in LENS), "")
        seen = getattr(self.corpus_view.choice, measured_view) if measured_view else ""
        if measured_view == "embedder" and not seen:
            from core.features.embedders import default_embedder

            seen = default_embedder()
        return address_of(metric(name), component=self.component, through=seen)

    def _names(self, chosen: Metric, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Everything besides the rows that a value of a metric depends on."""
        needs = list(chosen.needs(parameters))
        named: dict[str, Any] = {
            "metric": chosen.name,
            "version": chosen.version,
            "component": self.component,
            "parameters": dict(parameters),
            "corpus": self.corpus_view.corpus.id,
            "features": {
                need: self.measured_view.keys.get(need, "") for need in needs if need in FEATURES and need != "text"
            },
        }
        if "clusters" in needs:
            named["noise"] = self.corpus_view.choice.noise
        if "reference" in needs:
            named["reference"] = self.pool_digest
            if self.other and "clusters" not in needs:
                named["reference"] = self.other.pool_digest
                named["against"] = [self.other.corpus_view.corpus.id, *sorted(self.other.measured_view.keys.items())]
        return named

    def parameters(self, name: str) -> dict[str, Any]:
        """A metric's parameters: those chosen for it, else the corpus's mid band, else its defaults."""
        measured = metric(name)
        return self.corpus_view.choice.complete(measured.parameters, self.chosen.get(measured.name))

    def measured(
        self,
        rows: PoolRows,
        names: Sequence[str],
        *,
        stored_only: bool = False,
        seed: int = 0,
        progress: Progress = silent,
    ) -> dict[str, Reading]:
        """Readings of the rows at positions ``rows`` of the pool, from the store if they are there.

        Each slow metric is stored as it comes. An undefined reading is a result; a failed one is stored as a failure,
        for pages to show, and measured again by the next call. With ``stored_only`` a metric that has not been
        measured yet is left out, unless it is instant or lacks a feature.
        """
        named = digest_ids(self.corpus_view.pool.ids[rows])
        last = self._last  # read once: sessions share a measurer, and each of them sets it
        view = last[1] if last[0] == named else self.view(rows)
        self.__dict__["_last"] = (named, view)
        readings: dict[str, Reading] = {}
        for done, name in enumerate(names):
            chosen, parameters = metric(name), self.parameters(name)
            if chosen.instant and (known := self._instant.get((named, name, seed))) is not None:
                readings[name] = known
                continue
            key = digest({"value": 1, "ids": named, "seed": seed, **self._names(chosen, parameters)})
            stored = None if chosen.instant else self._stored_reading(key)
            if stored is not None and (stored_only or not stored.failed):
                readings[name] = stored
                continue
            there = self.reference.has_all(chosen.needs(parameters))
            if stored_only and there and not chosen.instant:
                continue
            progress(done, len(names), f"metrics measured, now {chosen.title}")
            readings[name] = self._measure(name, view, parameters, seed, progress)
            if there and not chosen.instant:
                values.put(self.corpus_view.workspace, key, readings[name].as_dict())
            if there and chosen.instant and not readings[name].failed:
                if len(self._instant) >= INSTANT_KEPT:
                    self._instant.clear()
                self._instant[named, name, seed] = readings[name]
        return readings

    @cached_property
    def _instant(self) -> dict[tuple[str, str, int], Reading]:
        """Readings of instant metrics by rows, metric and seed: parts of a page ask for the same rows one by one."""
        return {}

    @cached_property
    def _last(self) -> tuple[str, View]:
        """The rows that were measured last, by the digest of their ids: what was gathered of them is there."""
        return "", self.reference

    def _stored_reading(self, key: str) -> Reading | None:
        kept = values.get(self.corpus_view.workspace, key)
        return None if kept is None else Reading.of(kept)

    def _measure(self, name: str, view: View, parameters: Mapping[str, Any], seed: int, progress: Progress) -> Reading:
        needs = metric(name).needs(parameters)
        compared = self.compared(needs)
        if metric(name).of_a_part and len(view) == len(self.reference) and compared is self.reference:
            return undefined("it compares rows with the pool they were chosen from, and these are the whole pool")
        needs_device = "embeddings" in needs and not metric(name).instant
        return measure(
            name,
            Measuring(
                view=view,
                reference=compared,
                parameters=parameters,
                seed=seed,
                device=device.pick() if needs_device else "cpu",
                progress=progress,
            ),
        )

    def band(
        self,
        names: Sequence[str],
        *,
        size: int,
        unit: str = ROWS,
        row_cutoff: int = 0,
        within: PoolRows | None = None,
        stored_only: bool = False,
        progress: Progress = silent,
    ) -> dict[str, RandomBand]:
        """The band of each metric over random subsets of the same size or token budget.

        They are drawn from the pool, or from its rows ``within``, which compares a set at the size of a smaller one.
        ``unit`` and ``row_cutoff`` are those of a recipe; "measured tokens" are those of the measured component. A
        metric without a band gives the reason instead: an undefined band is a result, a failed one is drawn again by
        the next call. With ``stored_only`` bands that were never drawn and metrics that lack a feature are left out.
        """
        view = self.reference if within is None else self.view(within)
        named = self.pool_digest if within is None else digest_ids(view.ids)
        bands: dict[str, RandomBand] = {}
        missing: dict[str, str] = {}
        for name in names:
            depends = self._names(metric(name), self.parameters(name))
            cut = {"row_cutoff": row_cutoff} if row_cutoff else {}
            key = digest({"band": 1, "draws": DRAWS, "pool": named, "size": size, "unit": unit, **cut, **depends})
            stored = self._stored_band(key)
            if stored is not None and (stored_only or not stored.failed):
                bands[name] = stored
            elif not stored_only and view.has_all(metric(name).needs(self.parameters(name))):
                missing[name] = key
        # All metrics that compare with the same rows are measured on the same draws.
        for reference in {id(compared): compared for compared in map(self._compared, missing)}.values():
            alike = [name for name in missing if self._compared(name) is reference]
            try:
                drawn = random_band(
                    alike,
                    pool=view,
                    size=size,
                    cost=self._costs(unit, row_cutoff, within),
                    reference=reference,
                    draws=DRAWS,
                    parameters={name: self.parameters(name) for name in alike},
                    progress=progress,
                )
            except InputError as error:  # for example a budget smaller than a row
                drawn = dict.fromkeys(alike, RandomBand(mean=None, undefined=f"undefined because {error}"))
            for name in alike:
                self._store_band(missing[name], drawn[name])
            bands |= drawn
        return {name: bands[name] for name in names if name in bands}

    def _stored_band(self, key: str) -> RandomBand | None:
        kept = values.get(self.corpus_view.workspace, key)
        if kept is not None:
            return RandomBand(mean=float(kept["mean"]), low=float(kept["low"]), high=float(kept["high"]))
        reason = values.get(self.corpus_view.workspace, _reason_key(key))
        return None if reason is None else RandomBand(mean=None, **reason)

    def _store_band(self, key: str, band: RandomBand) -> None:
        if band.span is not None:
            values.put(self.corpus_view.workspace, key, dict(zip(("mean", "low", "high"), band.span)))
        else:
            reason = {"undefined": band.undefined, "failed": band.failed}
            values.put(self.corpus_view.workspace, _reason_key(key), reason)

    def _compared(self, name: str) -> View:
        return self.compared(metric(name).needs(self.parameters(name)))

    def _costs(self, unit: str, row_cutoff: int, within: PoolRows | None) -> NDArray[np.int64] | None:
        """(rows,) the tokens that each row costs if the size is a budget, else None."""
        if unit == MEASURED_TOKENS:
            costs: NDArray[np.int64] | None = self.reference.tokens.lengths
        else:
            costs = self.corpus_view.costs(unit, row_cutoff=row_cutoff)
        if costs is None:
            return None
        return np.asarray(costs if within is None else costs[np.sort(within)], dtype=np.int64)


def _reason_key(band_key: str) -> str:
    """The key under which the reason for a missing band is stored, apart from bands, which are three numbers."""
    return digest({"no band": band_key})
