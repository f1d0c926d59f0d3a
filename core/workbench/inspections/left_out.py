"""Every row of a corpus that a subset does not hold, with the reason: held out, filtered, covered, over a quota, …."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.corpus import originals
from core.corpus.curation_rule import NAMES
from core.corpus.pool import EXCLUDED, HELD_OUT, failed_filters
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus, open_corpus
from core.curation.leaks.settings import LeakRule
from core.errors import DiverscopeError
from core.row_positions import CorpusRows, PoolRows
from core.selection.left_out import KINDS, LeftOutKind
from core.workbench.build import Built, build, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.pool_leaks import leak_rules, why_leaks
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace

Kind = Literal["held_out", "filtered", "excluded", "in_training", "over_quota", "not_chosen"] | LeftOutKind
WORDS: Mapping[Kind, str] = {
    "held_out": "held out",
    "filtered": "filtered by",
    "excluded": "excluded",
    "in_training": "in training already",
    "over_quota": "over the quota of",
    "not_chosen": "left out by the strategy",
    "outside": "outside the strategy",
    "covered": "covered by row",
    "uncovered": "no type in common with a kept row",
    "before_window": "ranked before what the slider takes",
    "after_window": "ranked after what the slider takes",
    "passed_over": "passed over for a rule or the budget",
    "other_group": "ranked outside what the slider takes of its group",
    "not_drawn": "not drawn",
    "other": "left out by the strategy",
}
NONE = np.uint64(0)
RECORDS_AT_ONCE = 65_536
LEAKS = NAMES["leaks"]


@dataclass(frozen=True, eq=False, kw_only=True)
class LeftOut:
    """The rows that a subset does not hold, in ascending order of their positions in the corpus.

    ``reasons`` are the distinct (kind, detail) pairs, the detail being a filter, a quota's column or what the plan
    calls the rows outside it; ``which`` (rows,) says which of them each row has. ``covering`` (rows,) uint64 are the
    ids of the kept rows that cover them, or stay of several copies, where ``covered`` (rows,) is true. ``note`` says
    why the strategy's own reasons are missing, "" where they are there.
    """

    positions: CorpusRows
    reasons: Sequence[tuple[Kind, str]]
    which: NDArray[np.int32]
    covering: NDArray[np.uint64]
    covered: NDArray[np.bool_]
    note: str = ""
    leak_rules: tuple[LeakRule, ...] = ()  # those of the pool

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by reason in words, most first; rows that are covered count together."""
        counts: Counter[str] = Counter()
        for (kind, detail), rows in zip(self.reasons, np.bincount(self.which, minlength=len(self.reasons)).tolist()):
            counts.update({worded(kind, detail): rows} if rows else {})
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def words(self) -> list[str]:
        """(rows,) each row's reason in words, with the id of the covering row."""
        return [
            worded(*self.reasons[reason], covering=int(row_id) if covered else None)
            for reason, row_id, covered in zip(
                self.which.tolist(), self.covering.tolist(), self.covered.tolist(), strict=True
            )
        ]


def worded(kind: Kind, detail: str = "", *, covering: int | None = None) -> str:
    """A reason in a few words: "filtered by source", "covered by row 00ff…"; without ``covering`` "covered".

    Of a near-copy it says which row stays: "filtered by near-copies, row 00ff… stays".
    """
    if kind == "covered":
        return "covered" if covering is None else f"{WORDS[kind]} {show_id(covering)}"
    if kind == "filtered" and covering is not None:
        return f"{WORDS[kind]} {detail}, row {show_id(covering)} stays"
    if kind == "outside" and detail:
        return detail
    return f"{WORDS[kind]} {detail}".strip()


def left_out_of_pool(built: Built, rows: PoolRows) -> LeftOut:
    """The reasons of ``rows`` of the pool, none of which the subset holds.

    Rules go before what the plan says, and a row whose group has all the rows that a quota allows is over that quota.
    """
    view, answer, request = built.corpus_view, built.answer, built.request
    said = built.plan.left_out(rows, answer)
    outside = _outside(built)
    pairs: list[tuple[Kind, str]] = [(kind, outside if kind == "outside" else "") for kind in KINDS]
    which = said.codes.astype(np.int32)

    def name(kind: Kind, detail: str, mask: NDArray[np.bool_]) -> None:
        which[mask] = len(pairs)
        pairs.append((kind, detail))

    for quota in request.quotas:
        kept = quota.groups[answer.rows]
        counts = np.bincount(kept[kept >= 0], minlength=len(quota.names))
        full = np.array([counts[group] >= quota.maximum.get(group, counts[group] + 1) for group in range(len(counts))])
        own = quota.groups[rows]
        name(
            "over_quota", quota.title, (own >= 0) & full[np.maximum(own, 0)] if len(full) else np.zeros(len(rows), bool)
        )
    name("excluded", "", np.isin(rows, request.excluded))
    name("in_training", "", np.isin(rows, request.given))
    covered = said.covering >= 0
    covering = np.where(covered, view.pool.ids[np.maximum(said.covering, 0)], NONE) if len(view.pool) else _none(rows)
    return LeftOut(
        positions=view.corpus_positions(rows), reasons=pairs, which=which, covering=covering, covered=covered
    )


def left_out(built: Built) -> LeftOut:
    """Every row of the corpus that the subset does not hold: held out, dropped by the pool's filters, or not chosen."""
    view = built.corpus_view
    return _joined(_outside_pool(view, keep=built.positions), left_out_of_pool(built, built.left_out))


def left_out_of(workspace: Workspace, subset: Subset) -> LeftOut:
    """Every row of the corpus that a saved subset does not hold.

    The strategy's reasons come from a rebuild that gives the same rows. Where it cannot (a feature is gone, or the
    rows would differ), rows of the pool are "left out by the strategy" and the note says why.
    """
    try:
        built = build(workspace, subset.recipe)
        if built.recipe.ids_digest == subset.digest:
            return left_out(built)
        note = "The recipe gives other rows today, so the strategy's reasons are not known."
    except DiverscopeError as error:
        note = f"The strategy's reasons are not known: {error}"
    corpus = open_corpus(workspace, subset.recipe.corpus)
    kept = corpus.positions_of(np.asarray(subset.ids))
    try:
        dropped = _outside_pool(open_recipe(workspace, subset.recipe), keep=kept)
    except DiverscopeError:  # a filter by a length or a column that is gone
        held = CorpusRows(np.setdiff1d(np.flatnonzero(corpus.holdout), kept))
        dropped = _alike(held, "held_out")
    rest = np.setdiff1d(np.arange(len(corpus)), np.concatenate((kept, dropped.positions)))
    return replace(_joined(dropped, _alike(CorpusRows(rest), "not_chosen")), note=note)


def dropped_lines(corpus: Corpus, dropped: LeftOut, *, text: bool = False) -> bytes:
    """JSON Lines, one for each row left out: ``id``, ``at`` (file:line), ``reason``, ``detail``, ``covered_by``.

    ``reason`` is a kind such as "held_out" or "covered", ``detail`` the filter or the quota's column, ``covered_by``
    the id of the kept row that covers it, or of the copy that stays, ``leak`` the benchmark and question that it holds,
    with the matched words; the last three are there where a row has them. ``text`` adds instruction and response.
    """
    return b"".join(originals.json_lines(_records(corpus, dropped, text)))


def _records(corpus: Corpus, dropped: LeftOut, text: bool) -> Iterator[dict[str, Any]]:
    instructions, responses = (corpus.text("instruction"), corpus.text("response")) if text else ([], [])
    leaks = why_leaks(corpus, dropped.leak_rules)

    def block(start: int) -> Iterator[tuple[int, int, str, int, int, bool]]:
        some = slice(start, start + RECORDS_AT_ONCE)
        positions = CorpusRows(dropped.positions[some])
        rows = (positions.tolist(), corpus.ids[positions].tolist(), corpus.places_of(positions))
        said = (array[some].tolist() for array in (dropped.which, dropped.covering, dropped.covered))
        return zip(*rows, *said, strict=True)

    columns = chain.from_iterable(map(block, range(0, len(dropped), RECORDS_AT_ONCE)))
    for position, row_id, place, reason, covering, covered in columns:
        kind, detail = dropped.reasons[reason]
        record: dict[str, Any] = {"id": show_id(row_id), "at": place, "reason": kind}
        if detail:
            record["detail"] = detail
        if covered:
            record["covered_by"] = show_id(covering)
        if (kind, detail) == ("filtered", LEAKS) and position in leaks:
            leak = leaks[position]
            record["leak"] = {
                "benchmark": leak.benchmark,
                "question": leak.question,
                "component": leak.component,
                "by": leak.by,
                "share": round(leak.share, 4),
                "words": leak.words,
            }
        if text:
            record |= {"instruction": instructions[position], "response": responses[position]}
        yield record


def _outside_pool(view: CorpusView, *, keep: CorpusRows) -> LeftOut:
    """The rows of the corpus that its pool does not hold, but for those of ``keep``."""
    failed, names, standing = failed_filters(view.corpus, view.spec, view.window_lengths, view.rule_outcomes)
    failed[keep] = -1
    failed[view.positions] = -1  # rows in training stand in the pool whatever its filters say
    positions = np.flatnonzero(failed >= 0)
    kinds: dict[str, Kind] = {HELD_OUT: "held_out", EXCLUDED: "excluded"}
    pairs: list[tuple[Kind, str]] = [(kinds[name], "") if name in kinds else ("filtered", name) for name in names]
    stay = standing[positions]
    by_another = (stay >= 0) & (stay != positions)  # a leak stands for itself
    return LeftOut(
        positions=CorpusRows(positions),
        reasons=pairs,
        which=failed[positions].astype(np.int32),
        covering=np.where(by_another, view.corpus.ids[np.maximum(stay, 0)], NONE),
        covered=by_another,
        leak_rules=leak_rules(view.spec.rules),
    )


def _alike(positions: CorpusRows, kind: Kind) -> LeftOut:
    """Rows that are all left out for the one reason."""
    return LeftOut(
        positions=positions,
        reasons=[(kind, "")],
        which=np.zeros(len(positions), dtype=np.int32),
        covering=_none(positions),
        covered=np.zeros(len(positions), dtype=bool),
    )


def _joined(first: LeftOut, second: LeftOut) -> LeftOut:
    order = np.argsort(np.concatenate((first.positions, second.positions)), kind="stable")

    def both(one_side: NDArray[np.generic], other_side: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.concatenate((one_side, other_side))[order]

    return LeftOut(
        positions=CorpusRows(both(first.positions, second.positions)),  # type: ignore[arg-type]
        reasons=[*first.reasons, *second.reasons],
        which=both(first.which, second.which + np.int32(len(first.reasons))),  # type: ignore[arg-type]
        covering=both(first.covering, second.covering),  # type: ignore[arg-type]
        covered=both(first.covered, second.covered),  # type: ignore[arg-type]
        leak_rules=first.leak_rules or second.leak_rules,
    )


def _outside(built: Built) -> str:
    """What the plan calls the rows outside it; "" where it has several names for them."""
    names = list(built.plan.outside)
    return names[0] if len(names) == 1 else ""


def _none(rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    return np.full(len(rows), NONE, dtype=np.uint64)
