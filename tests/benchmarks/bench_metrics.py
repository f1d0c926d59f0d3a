"""What the metrics cost, beside the direct way or the peer's package, in one run."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core.metrics.metric import Measuring
from core.metrics.novelsum import novelsum_grid
from core.metrics.registry import measure, metrics
from core.view import TokenRows, View
from tests.benchmarks.figures import record

GRID = {"neighbours": (5, 10), "alphas": (0.0, 1.0, 2.0), "betas": (0.0, 0.25, 0.5)}


def timed(work: Callable[[], Any], *, times: int = 1) -> tuple[float, Any]:
    """The shortest of ``times`` runs in seconds, and the last result."""
    best, result = np.inf, None
    for _time in range(times):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def line(title: str, ours: float, theirs: float | None = None, beside: str = "", note: str = "") -> None:
    against = f"   {beside} {theirs:9.3f} s   ratio {theirs / ours:8.1f}×" if theirs is not None else ""
    print(f"{title:<52} {ours:9.3f} s{against}   {note}")
    record(title, ours)


def vectors_of(rows: int, *, dimensions: int = 384, seed: int = 0) -> np.ndarray:
    """Unit rows around 200 centres, some close together."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((200, dimensions), dtype=np.float32)
    vectors = rng.standard_normal((rows, dimensions), dtype=np.float32)
    for start in range(0, rows, 10_000):
        block = vectors[start : start + 10_000]
        block += centres[rng.integers(0, 200, len(block))]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def view_of(vectors: np.ndarray, **features: Any) -> View:
    return View(np.arange(1, len(vectors) + 1, dtype=np.uint64), "response", {}, {"embeddings": vectors, **features})


def tokens_of(rows: int, *, mean: int = 300, vocabulary: int = 32_000, seed: int = 0) -> TokenRows:
    """Zipf-like token rows."""
    rng = np.random.default_rng(seed)
    lengths = rng.gamma(2.0, mean / 2, rows).astype(np.int64) + 1
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    ids = np.minimum(vocabulary * rng.random(indptr[-1]) ** 6, vocabulary - 1).astype(np.int32)
    return TokenRows(indptr, ids, vocabulary, np.bincount(ids, minlength=vocabulary), "benchmark")


def transcribed(x: np.ndarray, pool: np.ndarray, *, k: int, alpha: float, beta: float) -> float:
    """NovelSum written down as it is defined: all distances at once, then row by row."""
    distances = 1 - x @ x.T
    total = 0.0
    for row in range(len(x)):
        near = np.sort(((pool - x[row]) ** 2).sum(axis=1))[1 : k + 1]
        ranks = np.empty(len(x))
        ranks[np.argsort(distances[row])] = np.arange(1, len(x) + 1)
        weights = 1 / ranks**alpha
        total += (weights * distances[row]).sum() / weights.sum() / (near.mean() + 1e-9) ** beta
    return total / len(x)


def novelsum_directly() -> None:
    x, y = vectors_of(1000, seed=1), vectors_of(20_000)
    ours, value = timed(lambda: novelsum_grid(view_of(x), reference=view_of(y)), times=3)
    theirs, direct = timed(lambda: transcribed(x, y, k=10, alpha=1.0, beta=0.5))
    agreement = f"agree to {abs(value[10, 1.0, 0.5] / direct - 1):.0e}"
    line("NovelSum 1,000 × 384 against 20,000, one cell", ours, theirs, "transcription", agreement)
    ours, values = timed(lambda: novelsum_grid(view_of(x), reference=view_of(y), **GRID), times=3)
    line(f"NovelSum 1,000 × 384 against 20,000, {len(values)} cells", ours, theirs * len(values), "as many times that")


def novelsum_whole() -> None:
    measure("novelsum", Measuring(view=view_of(vectors_of(50)), reference=view_of(vectors_of(100))))  # all loaded
    big = view_of(vectors_of(117_000))
    subset = big.take(np.sort(np.random.default_rng(0).permutation(117_000)[:10_000]))
    subset.embeddings  # noqa: B018 # gathered before the clock starts
    before = peak()
    whole, _value = timed(lambda: novelsum_grid(subset, reference=big, **GRID))
    memory = f"peak {peak():.2f} GiB with the vectors, {before:.2f} before"
    line("NovelSum 10,000 × 384 against 117,000, 18 cells", whole, note=memory)
    again, _value = timed(lambda: novelsum_grid(subset, reference=big, **GRID))
    line("  the same again, densities kept with the pool", again)
    facility, _value = timed(lambda: measure("facility_location", Measuring(view=subset, reference=big)))
    line("Facility location 10,000 × 384 of 117,000", facility)


def peak() -> float:
    """Highest resident size of the process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def vectors() -> None:
    from scipy.spatial.distance import pdist

    rows = vectors_of(5000)
    ours, near = timed(lambda: measure("ed", Measuring(view=view_of(rows))).value, times=3)
    theirs, exact = timed(lambda: pdist(rows, "cosine").mean())
    line("Embedding distance, 5,000 × 384", ours, theirs, "scipy pdist", f"agree to {abs(near / exact - 1):.0e}")

    def full() -> float:
        values = np.linalg.eigvalsh(rows.astype(np.float64) @ rows.T / len(rows))
        values = values[values > 1e-12]
        return float(np.exp(-(values @ np.log(values))))

    ours, near = timed(lambda: measure("vendi", Measuring(view=view_of(rows))).value, times=3)
    theirs, exact = timed(full)
    line("Vendi, 5,000 × 384, Gram", ours, theirs, "rows × rows", f"agree to {abs(near / exact - 1):.0e}")
    ten = vectors_of(10_000)
    for name in ("radius", "log_det", "distsum_l2", "knn", "inertia"):
        ours, _value = timed(lambda name=name: measure(name, Measuring(view=view_of(ten))))
        line(f"{metrics()[name].title}, 10,000 × 384", ours)


def texts() -> None:
    from lexicalrichness import LexicalRichness
    from sacrebleu.metrics import BLEU

    tokens = tokens_of(200, mean=100)
    view = view_of(vectors_of(200), tokens=tokens)
    measure("bl", Measuring(view=view))  # compiled before the clock starts
    ours, near = timed(lambda: measure("bl", Measuring(view=view)).value, times=3)
    rows = [" ".join(map(str, tokens.ids[a:b])) for a, b in zip(tokens.indptr[:-1], tokens.indptr[1:])]
    bleu = BLEU(smooth_method="floor", smooth_value=0.1, effective_order=True, tokenize="none", force=True)
    theirs, exact = timed(
        lambda: np.mean([bleu.sentence_score(row, rows[:i] + rows[i + 1 :]).score for i, row in enumerate(rows)])
    )
    line("Self-BLEU, 200 rows of 100 tokens", ours, theirs, "sacrebleu loop", f"agree to {abs(near - exact):.0e}")
    tokens = tokens_of(10_000)
    view = view_of(vectors_of(10_000), tokens=tokens)
    for name in ("bl", "nr", "self_repetition", "mattr", "mtld", "hdd", "vocd_d", "rouge_l"):
        ours, _value = timed(lambda name=name: measure(name, Measuring(view=view)))
        line(f"{metrics()[name].title}, 10,000 rows, {len(tokens.ids):,} tokens", ours)
    few = tokens.take(np.arange(300))
    small = view_of(vectors_of(300), tokens=few)
    lists = [few.ids[a:b].tolist() for a, b in zip(few.indptr[:-1], few.indptr[1:])]
    for name, shortest, arguments in (("mtld", 50, {}), ("mattr", 50, {"window_size": 50}), ("hdd", 42, {})):
        ours, near = timed(lambda name=name: measure(name, Measuring(view=small)).value, times=3)
        theirs, exact = timed(
            lambda name=name, shortest=shortest, arguments=arguments: np.mean(
                [
                    getattr(LexicalRichness(row, preprocessor=None, tokenizer=None), name)(**arguments)
                    for row in lists
                    if len(row) >= shortest
                ]
            )
        )
        line(f"{name.upper()}, 300 rows", ours, theirs, "lexicalrichness", f"agree to {abs(near / exact - 1):.0e}")


def instant() -> None:
    """The panel beside the slider: from the positions of 10,000 rows to all instant numbers."""
    pool = view_of(
        vectors_of(60_000),
        tokens=tokens_of(60_000),
        **{"column:source": np.array(["a", "b", "c"], dtype=object)[np.arange(60_000) % 3]},
    )
    rows = np.sort(np.random.default_rng(0).permutation(60_000)[:10_000])
    panel = [name for name, metric in metrics().items() if metric.instant]
    pool.tokens.counts  # noqa: B018 # a running app has it
    seconds: dict[str, float] = {}

    def answer() -> None:
        view = pool.take(rows)
        for feature in ("tokens", "embeddings", "column:source"):
            seconds[f"take {feature}"] = timed(lambda feature=feature: view.get(feature))[0]
        for name in panel:
            seconds[name] = timed(lambda name=name: measure(name, Measuring(view=view)))[0]

    whole, _value = timed(answer, times=5)
    taking = sum(value for name, value in seconds.items() if name.startswith("take"))
    record("Instant panel, 10,000 rows", whole * 1e3, "ms")
    print(f"{'Instant panel, 10,000 rows':<52} {whole * 1e3:9.1f} ms, of it {taking * 1e3:.1f} ms taking the rows")
    print("  " + ", ".join(f"{name} {value * 1e3:.1f}" for name, value in seconds.items()) + " ms")


def main() -> None:
    novelsum_whole()  # first, so that the peak of the memory is its own
    novelsum_directly()
    instant()
    texts()
    vectors()


if __name__ == "__main__":
    main()
