"""NovelSelect on a graphics card: the search of ``novelty`` without one wait of the host for the card a choice.

The host asks for a run of *steps* and reads how many rows they chose once, at the end of the run. A step has a fixed
shape, so that nothing in it depends on a value that only the card knows:

1. take the ``few`` rows with the highest bounds among those whose score beside the rows chosen so far is not known;
2. score them in double precision, which also makes their bounds exact and lays their sketches anew;
3. the best row whose score is known is chosen if its score is above every bound that is left. Where it is not, the
   choice is written into a place that nobody reads, and the next step scores the next few rows: a bound that is too
   high costs a step, never a choice;
4. tell every row of the choice: one product with all vectors, and what the sketch says the score can have grown by.

The sketch. A row's distances to the chosen rows lie in bins of ascending, not overlapping distances: ``edges`` where
one ends and the next begins, ``total`` the sum in each, ``ends`` the rank of the last one. One more distance δ that
falls into a bin has at least the rank p of the bin's first, so it adds at most w_p·δ, and every distance in its bin
and beyond is pushed down one rank, which takes at least Σ total · (w_r − w_(r+1)) at the ranks r where bins end. The
difference bounds the growth (for δ inside its bin, taking all of the bin as pushed can only raise it: those below δ
lose less than δ does for each rank that p is too low). Products in single precision are off by less than
:data:`ROUNDING`, which is added to a distance where it raises the bound and taken off where it lowers it, so bounds
hold whatever the order in which a device sums. Choices are those of ``novelty``: ties go to the lowest row.

The floor. A choice reads the vectors once (396,000 rows of 384: 608 MB, 0.2 ms at 3 TB/s) and the sketches about three
times (64 bins: 0.4 GB each, 0.4 ms); each time the chosen rows have doubled all rows are scored (10,000 choices: 16,000
distances a row, 6.5 billion in all, to be sorted). About 60 kernels a step keep a card's queue full as long as one
takes longer than the host needs to ask for it, about 5 µs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress

if TYPE_CHECKING:
    import torch

BINS = 64
SINGLE = 24  # the nearest distances have a bin each; the other bins end at geometric ranks
STEPS = 64  # of a run, at most
FEWEST, FIRST, MOST = 16, 64, 2_048  # rows that a step scores
SAFETY = 1e-5  # relative: what single precision may take from a bound
ROUNDING = 4e-6  # absolute: of a cosine of unit vectors in single precision
TIE = 1e-10  # relative: exact scores this close are ties


class DeviceSearch:
    """The chosen rows and every row's sketch and bound, all of it on the card.

    ``vectors`` (n, d) float32 of unit length, ``sigma`` (n,) their densities, ``quality`` (n,) or None multiplies the
    score, ``room`` is how many rows can be chosen, those before the search included.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        sigma: NDArray[np.float64],
        quality: NDArray[np.float64] | None,
        power: float,
        room: int,
        device: str,
    ) -> None:
        import torch

        def there(values: NDArray[np.float64]) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float64)).to(device)

        def full(shape: tuple[int, ...], value: float, kind: torch.dtype) -> torch.Tensor:
            return torch.full(shape, value, dtype=kind, device=device)

        rows, width = vectors.shape
        self.rows, self.room, self.device = rows, room, device
        ranks = max(room, BINS)
        weight = np.arange(1, ranks + 2, dtype=np.float64) ** -power
        self.space = torch.from_numpy(vectors).to(device)  # (n, d)
        self.sigma = there(sigma)  # (n,)
        self.quality = there(np.ones(rows) if quality is None else quality)  # (n,)
        self.weight = there(weight)  # (ranks + 1,) w_r
        self.fall = there(weight[:-1] - weight[1:]).float()  # (ranks,) w_r − w_(r+1)
        self.mass = there(np.concatenate(([0.0], np.cumsum(weight))))  # (ranks + 2,)
        self.cuts = torch.from_numpy(bin_ends(room)).to(device)  # (room + 1, bins + 1) where bins end by rows chosen
        self.every = torch.arange(max(rows, room + 1), device=device)
        self.bins = torch.arange(BINS, device=device)
        # The last place of what is chosen is for choices that do not count.
        self.picked = full((room + 1,), -1, torch.int64)
        self.worth = full((room + 1,), 0, torch.float64)  # weighted mean novelty at the time of the choice
        self.pushed = full((room + 1, width), 0, torch.float64)
        self.pushed_sigma = full((room + 1,), 0, torch.float64)
        self.size = full((1,), 0, torch.int64)  # rows chosen, as the card knows
        self.chosen = 0  # the same, as the host knows between two runs
        self.free = full((rows,), 1, torch.bool)
        self.bound = full((rows,), 0, torch.float64)  # at least the score beside the chosen rows
        self.score = full((rows,), 0, torch.float64)  # exact beside the first ``scored`` of them
        self.scored = full((rows,), -1, torch.int64)
        self.edges = full((rows, BINS - 1), torch.inf, torch.float32)
        self.ends = full((rows, BINS + 1), 0, torch.int64)  # [:, 0] is where the first bin begins, 0
        self.total = full((rows, BINS), 0, torch.float32)
        self.few = FIRST
        self.step_rows = block_rows(width=16 * BINS, device=device)  # rows that are told of a choice at once
        self.sorted_scores = 0

    def take(self, rows: NDArray[np.int64]) -> None:
        """Count ``rows`` as chosen, in their order."""
        import torch

        at = torch.from_numpy(np.asarray(rows, dtype=np.int64)).to(self.device)
        place = slice(self.chosen, self.chosen + len(rows))
        self.picked[place] = at
        self.pushed[place] = self.space[at].double()
        self.pushed_sigma[place] = self.sigma[at]
        self.free[at] = False
        self.size += len(rows)
        self.chosen += len(rows)

    def choose(self, count: int, progress: Progress) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Choose ``count`` more rows: (count,) which, in order, and the weighted mean novelty that each had."""
        import torch

        begun, until = self.chosen, self.chosen + count
        with torch.inference_mode(), full_precision():
            if self.chosen < until:
                self.renew()
            renewed = self.chosen
            while self.chosen < until:
                due = max(1, 2 * renewed)
                steps = min(STEPS, until - self.chosen, max(1, due - self.chosen))
                for step in range(steps):
                    self._step(self.chosen + step)
                before, self.chosen = self.chosen, int(self.size)  # the one wait of a run
                self._suit(self.chosen - before, steps)
                if renewed < due <= self.chosen < until:
                    self.renew()
                    renewed = self.chosen
                progress(self.chosen - begun, count, "rows chosen")
        return self.picked[begun:until].cpu().numpy(), self.worth[begun:until].cpu().numpy()

    def renew(self) -> None:
        """Score all rows, and lay their sketches anew."""
        step = block_rows(width=16 * max(self.chosen, BINS), device=self.device)
        for begin in range(0, self.rows, step):
            self._score(self.every[begin : min(begin + step, self.rows)], self.chosen)

    def left(self) -> NDArray[np.float64]:
        """(n,) weighted mean novelty of every row beside all that were chosen, -inf for those."""
        import torch

        with torch.inference_mode(), full_precision():
            self.renew()
            mean = self.quality * self.score / self.mass[self.chosen].clamp(min=1e-300)
            return torch.where(self.free, mean, -torch.inf).cpu().numpy()

    def _suit(self, taken: int, steps: int) -> None:
        """More rows a step where many steps chose none, fewer where all did; no more than the card's memory holds."""
        if taken < 0.8 * steps:
            self.few = min(MOST, 2 * self.few, block_rows(width=32 * max(self.chosen, BINS), device=self.device))
        elif taken >= 0.95 * steps and steps >= STEPS // 2:
            self.few = max(FEWEST, self.few * 3 // 4)

    def _step(self, most: int) -> None:
        """Score a few rows and choose the best, if it is; at most ``most`` rows are chosen before."""
        import torch

        unknown = self.free & (self.scored != self.size)
        reach = torch.where(unknown, self.quality * self.bound, -torch.inf)  # (n,)
        few = min(self.few, self.rows)
        top, rows = torch.topk(reach, min(few + 1, self.rows))
        self._score(rows[:few], most)
        self.sorted_scores += few
        known = self.free & (self.scored == self.size)
        value = torch.where(known, self.quality * self.score, -torch.inf)
        best = value.max()
        row = torch.where(value >= best * (1 - TIE), self.every[: self.rows], self.rows).min().clamp(max=self.rows - 1)
        sure = torch.isfinite(best)
        if len(top) > few:
            sure = sure & (top[few] * (1 + SAFETY) < best * (1 - TIE))
        self._tell(row.view(1), sure, best)

    def _tell(self, row: torch.Tensor, sure: torch.Tensor, best: torch.Tensor) -> None:
        """Choose ``row`` where it is ``sure``, and raise every row's bound by what that can add to its score."""
        import torch

        slot = torch.where(sure, self.size, self.room)
        point, own = self.space.index_select(0, row), self.sigma.index_select(0, row)  # (1, d), (1,)
        self.picked.index_copy_(0, slot, row)
        self.worth.index_copy_(0, slot, best / self.mass.index_select(0, self.size).clamp(min=1e-300))
        self.pushed.index_copy_(0, slot, point.double())
        self.pushed_sigma.index_copy_(0, slot, own)
        self.free.index_copy_(0, row, self.free.index_select(0, row) & ~sure)
        for begin in range(0, self.rows, self.step_rows):
            block = slice(begin, begin + self.step_rows)
            ends, total = self.ends[block], self.total[block]
            apart = 1 - (self.space[block] @ point.T)[:, 0]  # (block,)
            scale = (self.sigma[block] + own).float()
            high = (apart + ROUNDING).clamp(min=0) * scale
            low = (apart - ROUNDING).clamp(min=0) * scale
            part = (self.edges[block] <= high[:, None]).sum(dim=1, keepdim=True)  # (block, 1) the bin
            pushed = self.bins >= part  # (block, bins)
            lost = total * self.fall[(ends[:, 1:] - 1).clamp_(min=0)]
            lost = torch.where(pushed, lost, 0).sum(dim=1, dtype=torch.float64)
            grown = self.weight[ends.gather(1, part)[:, 0]] * high.double() - lost
            self.bound[block] += torch.where(sure, grown, 0)
            total.scatter_add_(1, part, torch.where(sure, low, 0)[:, None])
            ends[:, 1:] += pushed & sure
        self.size += sure

    def _score(self, rows: torch.Tensor, most: int) -> None:
        """Score ``rows`` beside the chosen ones, of which there are at most ``most``, and lay their sketches anew."""
        import torch

        most = max(1, most)
        counts = self.every[:most] < self.size  # (most,)
        cosines = self.space.index_select(0, rows).double() @ self.pushed[:most].T  # (rows, most)
        distances = (1 - cosines).clamp_(min=0)
        distances *= self.sigma.index_select(0, rows)[:, None] + self.pushed_sigma[:most]
        ordered = torch.where(counts, distances, torch.inf).sort(dim=1).values
        filled = torch.where(counts, ordered, 0)
        score = filled @ self.weight[:most]
        ends = self.cuts.index_select(0, self.size).expand(len(rows), -1)  # (rows, bins + 1)
        inner = ends[:, 1:-1]
        edges = ordered.gather(1, inner.clamp(max=most - 1))
        sums = torch.nn.functional.pad(filled.cumsum(dim=1), (1, 0)).gather(1, ends)
        self.edges.index_copy_(0, rows, torch.where(inner < self.size, edges, torch.inf).float())
        self.ends.index_copy_(0, rows, ends)
        self.total.index_copy_(0, rows, sums.diff(dim=1).clamp_(min=0).float())
        self.bound.index_copy_(0, rows, score)
        self.score.index_copy_(0, rows, score)
        self.scored.index_copy_(0, rows, self.size.expand(len(rows)))


def bin_ends(room: int) -> NDArray[np.int64]:
    """(room + 1, bins + 1) the ranks between which bins lie when so many rows are chosen: 0, …, their number.

    The first :data:`SINGLE` bins have a rank each, the others end at geometric ranks, since rank weights fall so.
    """
    sizes = np.arange(room + 1)[:, None]
    first = np.arange(SINGLE + 1)[None]
    share = np.arange(1, BINS - SINGLE + 1)[None] / (BINS - SINGLE)
    beyond = np.floor(SINGLE * (np.maximum(sizes, SINGLE) / SINGLE) ** share + 1e-9)
    ends = np.minimum(np.concatenate((np.broadcast_to(first, (room + 1, SINGLE + 1)), beyond), axis=1), sizes)
    ends[:, -1] = sizes[:, 0]
    return ends.astype(np.int64)
