"""What each rung of the ladder would leave out: now, at every threshold, and group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.near_copies.groups import CopyGroups, groups_are_told, load_groups
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.curation.near_copies.staying import left_out, preference
from core.curation.near_copies.store import are_found, load_copies
from core.curation.near_copies.template import Template, places_read, template_of
from core.progress import Progress, silent
from core.row_positions import CorpusRow, CorpusRows
from core.view import texts_at

STEP = 0.01  # between two thresholds of the curve


@dataclass(frozen=True, eq=False)
class Effect:
    """What a rule leaves out of a corpus's rows that are not held out.

    ``standing`` (rows,) is the row that stays for each row that is left out, −1 for all others; ``groups`` those of the
    rung; ``ranks`` (rows,) how the rule prefers rows, 0 before all others; ``order`` the names of the groups, those
    that lose most rows first, then templates.
    """

    settings: NearCopies
    groups: CopyGroups
    standing: NDArray[np.int64]
    ranks: NDArray[np.int64]
    order: NDArray[np.int64]

    @property
    def removed(self) -> int:
        """Rows that are left out."""
        return int((self.standing >= 0).sum())

    @property
    def of_templates(self) -> int:
        """Rows of groups that are templates."""
        return int(np.isin(self.groups.of_row, self.groups.templates).sum())


@dataclass(frozen=True, eq=False)
class CopyGroup:
    """A group to look at: ``rows`` as the rule prefers them, the one that stays first and held-out ones last;
    ``template`` where they were made from one."""

    rows: CorpusRows
    template: Template | None

    @property
    def stays(self) -> CorpusRow:
        return CorpusRow(int(self.rows[0]))


def effect_of(corpus: Corpus, settings: NearCopies, *, progress: Progress = silent) -> Effect:
    """What the rule leaves out. Raises :class:`core.errors.FeatureMissing` where the pairs are not found yet."""
    groups = load_groups(corpus, settings, progress=progress)
    copies = groups.of_row if settings.templates else groups.copies
    ranks = preference(corpus, settings)
    standing = left_out(copies, ranks, ~corpus.holdout, most=settings.most)
    names, sizes = np.unique(groups.of_row[groups.of_row >= 0], return_counts=True)
    losing = np.zeros(len(names), dtype=np.int64)
    lost, counts = np.unique(groups.of_row[standing >= 0], return_counts=True)
    losing[np.searchsorted(names, lost)] = counts
    return Effect(settings, groups, standing, ranks, names[np.lexsort((names, -sizes, -losing))])


def texts_of(corpus: Corpus, settings: NearCopies) -> Sequence[str]:
    """(rows,) the texts by which a person compares rows: those of the component, or whole rows where only the
    instruction was compared."""
    return corpus.text(settings.component if RUNGS[settings.rung].of_component else "both")


def group_of(corpus: Corpus, effect: Effect, name: int, *, texts: Sequence[str]) -> CopyGroup:
    """One group of an effect, to be looked at; ``texts`` are those of :func:`texts_of`."""
    rows = effect.groups.rows_of(name)
    template = None
    if name in effect.groups.templates:
        template = template_of(texts_at(texts, rows[places_read(len(rows))]))
    return CopyGroup(CorpusRows(rows[np.lexsort((effect.ranks[rows], corpus.holdout[rows]))]), template)


def curve(corpus: Corpus, settings: NearCopies) -> pd.DataFrame:
    """Columns threshold and rows: how many rows are copies of another at each threshold of the rung, templates with
    them; one line for a rung without a threshold."""
    forest, rung = load_copies(corpus, settings), RUNGS[settings.rung]
    if not rung.measure:
        return pd.DataFrame({"threshold": [1.0], "rows": [forest.edges_from(1.0)]})
    thresholds = np.round(np.arange(rung.least, 1 + STEP / 2, STEP), 6)
    return pd.DataFrame({"threshold": thresholds, "rows": [forest.edges_from(float(at)) for at in thresholds]})


@dataclass(frozen=True)
class LadderLine:
    """A rung with what it leaves out at ``threshold`` (None: it has none); no numbers where it is not found yet."""

    rung: str
    title: str
    threshold: float | None
    rows: int | None = None
    groups: int | None = None
    templates: int | None = None


def ladder(corpus: Corpus, settings: NearCopies) -> list[LadderLine]:
    """What each rung leaves out at its threshold.

    The chosen rung has the threshold of ``settings``, each other its usual one; component and which rows stay are those
    of ``settings``.
    """
    lines = []
    for name, rung in RUNGS.items():
        asked = settings if name == settings.rung else replace(settings, rung=name, threshold=0.0)
        line = LadderLine(name, rung.title, asked.threshold if rung.measure else None)
        if are_found(corpus, asked) and groups_are_told(corpus, asked):
            effect = effect_of(corpus, asked)
            line = replace(line, rows=effect.removed, groups=len(effect.order), templates=len(effect.groups.templates))
        lines.append(line)
    return lines
