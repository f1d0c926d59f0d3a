"""The same work by Diverscope and by the library that a user would pick instead, on the same data, in the same process.

A task is a generator of :class:`Task`: two functions without arguments and a phrase of how far their results agree. It
raises ImportError where its peer is not installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from tests.benchmarks.bench_greedy import sentences


@dataclass(frozen=True)
class Task:
    """``what`` is done, by ``ours`` and by ``peer``, a distribution's name; ``how`` it is called."""

    what: str
    peer: str
    how: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    agree: Callable[[Any, Any], str]


@dataclass(frozen=True, kw_only=True)
class PeerSizes:
    """How much each task reads; a share of 1 takes about two minutes of one core."""

    texts: int = 4_000
    embedded: int = 160
    signed: int = 1_500
    rows: int = 1_500
    chosen: int = 100
    sentences: int = 150


FULL = PeerSizes()
TINY = PeerSizes(texts=40, embedded=4, signed=20, rows=60, chosen=5, sentences=8)


def tokens(sizes: PeerSizes) -> Iterator[Task]:
    from core.features.tokenizers.mistral import Mistral32K
    from tests.benchmarks.bench_near_copies import texts_of

    texts = texts_of(sizes.texts)
    model = resources.files("mistral_common") / "data" / "tokenizer.model.v1"
    processor = import_module("sentencepiece").SentencePieceProcessor(model_proto=model.read_bytes())
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Task(
        f"token ids of {len(texts):,} texts", "sentencepiece", "encode_as_numpy",
        lambda: Mistral32K().encode_many(texts)[1],
        lambda: np.concatenate(processor.encode_as_numpy(texts, num_threads=threads)),
        lambda left, right: "the same ids" if np.array_equal(left, right) else "OTHER IDS",
    )  # fmt: skip


def embeddings(sizes: PeerSizes) -> Iterator[Task]:
    from sentence_transformers import SentenceTransformer

    from core.features.embedders import CARRIED, fetch_embedder
    from core.features.embedding import encode_texts

    texts = embedded_texts(sizes)
    folder = str(fetch_embedder(CARRIED).folder)
    model = SentenceTransformer(folder, device="cpu", local_files_only=True)
    yield Task(
        f"{CARRIED} of {len(texts):,} texts", "sentence-transformers", "encode",
        lambda: encode_texts(texts, embedder=CARRIED, device="cpu"),
        lambda: model.encode(texts, normalize_embeddings=True),
        cosine,
    )  # fmt: skip


def embeddings_by_openvino(sizes: PeerSizes) -> Iterator[Task]:
    """Our own optional backend: beside torch, and beside sentence-transformers where nothing has bfloat16."""
    from sentence_transformers import SentenceTransformer

    from core.features.backends import OPENVINO, backend, backend_of
    from core.features.embedders import CARRIED, fetch_embedder
    from core.features.embedding import encode_texts

    try:
        backend(OPENVINO)
    except InputError as error:
        raise ImportError(str(error)) from error
    texts = embedded_texts(sizes)

    def by(name: str, precision: str) -> Callable[[], Any]:
        def embed() -> Any:
            with backend_of(name):
                return encode_texts(texts, embedder=CARRIED, device="cpu", precision=precision)

        return embed

    yield Task(
        f"{CARRIED} of {len(texts):,} texts", OPENVINO, "as our backend, in the same type",
        by("torch", "auto"), by(OPENVINO, "auto"), cosine,
    )  # fmt: skip
    model = SentenceTransformer(str(fetch_embedder(CARRIED).folder), device="cpu", local_files_only=True)
    for name in ("torch", OPENVINO):
        yield Task(
            f"{CARRIED} of {len(texts):,} texts, ours by {name} in float32", "sentence-transformers", "encode",
            by(name, "float32"), lambda: model.encode(texts, normalize_embeddings=True), cosine,
        )  # fmt: skip


def embedded_texts(sizes: PeerSizes) -> list[str]:
    from tests.benchmarks.bench_embed import texts

    drawn = texts()
    return drawn[:: max(1, len(drawn) // sizes.embedded)][: sizes.embedded]


def cosine(left: Any, right: Any) -> str:
    return f"smallest cosine {float((np.asarray(left) * np.asarray(right)).sum(axis=1).min()):.4f}"


def embeddings_exported(sizes: PeerSizes, folder: Path) -> Iterator[Task]:
    """The embedder exported once and run by onnxruntime, which has float32 alone on x86."""
    import_module("onnx")
    import torch

    from core.features.embedders import CARRIED, fetch_embedder
    from core.features.embedding import encode_texts
    from core.features.encoder import load_encoder

    encoder = load_encoder(fetch_embedder(CARRIED), device="cpu", precision="float32")
    inner = encoder.model[0].auto_model

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states = self.inner(input_ids=ids, attention_mask=mask).last_hidden_state
            seen = mask.unsqueeze(-1).to(states.dtype)
            return torch.nn.functional.normalize((states * seen).sum(1) / seen.sum(1), dim=1)

    path = folder / "embedder.onnx"
    blank = torch.ones(2, 8, dtype=torch.long)
    free = {0: "texts", 1: "tokens"}
    inner.set_attn_implementation("eager")
    torch.onnx.export(
        Pooled().eval(), (blank, blank), str(path), dynamo=False, opset_version=17, input_names=["ids", "mask"],
        output_names=["vectors"], dynamic_axes={"ids": free, "mask": free, "vectors": {0: "texts"}},
    )  # fmt: skip
    inner.set_attn_implementation("sdpa")
    texts = embedded_texts(sizes)

    def in_batches(infer: Callable[[Any, Any], Any]) -> np.ndarray:
        """As ours: by length, 2,048 tokens a pass."""
        tokenized = encoder.model.tokenizer(texts, truncation=True, max_length=encoder.embedder.max_tokens)["input_ids"]
        order = sorted(range(len(texts)), key=lambda row: -len(tokenized[row]))
        vectors = np.empty((len(texts), encoder.dimensions), dtype=np.float32)
        while order:
            width = len(tokenized[order[0]])
            rows, order = order[: max(1, 2_048 // width)], order[max(1, 2_048 // width) :]
            ids = np.zeros((len(rows), width), dtype=np.int64)
            mask = np.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(tokenized[row])] = tokenized[row]
                mask[place, : len(tokenized[row])] = 1
            vectors[rows] = infer(ids, mask)
        return vectors

    onnxruntime = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    yield Task(
        f"{CARRIED} of {len(texts):,} texts, ours in float32 too", "onnxruntime", "exported, texts in our batches",
        lambda: encode_texts(texts, embedder=CARRIED, device="cpu", precision="float32"),
        lambda: in_batches(lambda ids, mask: session.run(None, {"ids": ids, "mask": mask})[0]), cosine,
    )  # fmt: skip


def signatures(sizes: PeerSizes) -> Iterator[Task]:
    from tests.benchmarks.bench_near_copies import signers, texts_of

    texts = texts_of(sizes.signed)
    found = dict(signers())
    if len(found) < 2:
        raise ImportError("neither rensa nor datasketch is installed")
    for name, sign in found.items():
        if name == "ours":
            continue
        peer, _, how = name.partition(" ")
        yield Task(
            f"MinHash signatures of {len(texts):,} texts, 128 permutations", peer, how.strip("()"),
            lambda: found["ours"](texts), lambda sign=sign: sign(texts), lambda left, right: "",
        )  # fmt: skip


def self_bleu(sizes: PeerSizes) -> Iterator[Task]:
    from sacrebleu.metrics import BLEU

    from core.metrics.metric import Measuring
    from core.metrics.registry import measure
    from tests.metrics.views import token_rows, view_of

    random = np.random.default_rng(0)
    lists = [random.zipf(1.3, 60).clip(max=5_000).tolist() for _ in range(sizes.sentences)]
    view = view_of([""] * len(lists), tokens=token_rows(lists, vocabulary=5_001))
    rows = [" ".join(map(str, row)) for row in lists]
    bleu = BLEU(smooth_method="floor", smooth_value=0.1, effective_order=True, tokenize="none", force=True)
    yield Task(
        f"Self-BLEU of {len(rows):,} texts", "sacrebleu", "sentence_score against all others",
        lambda: measure("bl", Measuring(view=view)).value,
        lambda: float(
            np.mean([bleu.sentence_score(row, rows[:at] + rows[at + 1 :]).score for at, row in enumerate(rows)])
        ),
        apart,
    )  # fmt: skip


def apart(left: float, right: float) -> str:
    return f"apart by {abs(left - right) / max(abs(right), 1e-12):.0e} of the value"


def vendi(sizes: PeerSizes) -> Iterator[Task]:
    peer = import_module("vendi_score.vendi")
    from core.metrics.metric import Measuring
    from core.metrics.registry import measure
    from tests.metrics.views import view_of

    vectors = sentences(sizes.rows, topics=max(2, sizes.rows // 10))
    view = view_of([""] * len(vectors), embeddings=vectors)
    yield Task(
        f"Vendi score of {len(vectors):,} × 384", "vendi-score", "score_K of all cosines",
        lambda: measure("vendi", Measuring(view=view)).value,
        lambda: float(peer.score_K(vectors.astype(np.float64) @ vectors.T)),
        apart,
    )  # fmt: skip


def facility(sizes: PeerSizes) -> Iterator[Task]:
    apricot = import_module("apricot")
    from core.selection.greedy.coverage import cover_graph, facility_greedy
    from core.selection.greedy.neighbours import nearest_neighbours

    vectors = sentences(sizes.rows, topics=max(2, sizes.rows // 10), seed=1)
    similarity = np.maximum(vectors.astype(np.float64) @ vectors.T, 0)

    def cover(rows: Any) -> float:
        return float(similarity[:, np.asarray(rows)].max(axis=1).sum())

    yield Task(
        f"facility location, {sizes.chosen} of {sizes.rows:,}, all pairs", "apricot-select", "lazy, precomputed",
        lambda: cover(
            facility_greedy(cover_graph(nearest_neighbours(vectors, k=len(vectors) - 1)), count=sizes.chosen)
            .chosen.order
        ),
        lambda: cover(
            apricot.FacilityLocationSelection(sizes.chosen, metric="precomputed", optimizer="lazy")
            .fit(np.maximum(vectors.astype(np.float64) @ vectors.T, 0)).ranking
        ),
        apart,
    )  # fmt: skip


def log_determinant(sizes: PeerSizes) -> Iterator[Task]:
    submodlib = import_module("submodlib")
    from core.selection.greedy.determinant import log_det_greedy

    vectors = sentences(sizes.rows, topics=max(2, sizes.rows // 10), seed=2)

    def value(rows: Any) -> float:
        base = vectors[np.asarray(rows)].astype(np.float64)
        return float(np.linalg.slogdet(np.eye(len(base)) + base @ base.T)[1])

    def theirs() -> float:
        kernel = (vectors @ vectors.T).astype(np.float32)
        function = submodlib.LogDeterminantFunction(n=len(vectors), mode="dense", lambdaVal=1.0, sijs=kernel)
        picked = function.maximize(budget=sizes.chosen, optimizer="LazyGreedy", show_progress=False)
        return value([row for row, _ in picked])

    yield Task(
        f"log-determinant, {sizes.chosen} of {sizes.rows:,} × 384", "submodlib-py", "LazyGreedy, dense",
        lambda: value(log_det_greedy(vectors, count=sizes.chosen, ridge=1.0).order), theirs, apart,
    )  # fmt: skip


def operators(sizes: PeerSizes) -> Iterator[Task]:
    """data-juicer's filter by length, row by row, as its operators work."""
    module = import_module("data_juicer.ops.filter.text_length_filter")
    from tests.benchmarks.bench_near_copies import texts_of

    texts = texts_of(sizes.signed)
    operator = module.TextLengthFilter(min_len=1, max_len=600)

    def theirs() -> int:
        rows = [{"text": text, "__dj__stats__": {}} for text in texts]
        return sum(bool(operator.process_single(operator.compute_stats_single(row))) for row in rows)

    yield Task(
        f"texts of at most 600 characters among {len(texts):,}", "py-data-juicer", "text_length_filter",
        lambda: int((np.fromiter(map(len, texts), dtype=np.int64) <= 600).sum()), theirs, apart,
    )  # fmt: skip


def groups(folder: Path) -> dict[str, Callable[[PeerSizes], Iterator[Task]]]:
    """Each group of tasks by the peers that it needs."""
    return {
        "sentencepiece": tokens,
        "sentence-transformers": embeddings,
        "openvino": embeddings_by_openvino,
        "onnxruntime": lambda sizes: embeddings_exported(sizes, folder),
        "datasketch, rensa": signatures,
        "sacrebleu": self_bleu,
        "vendi-score": vendi,
        "apricot-select": facility,
        "submodlib-py": log_determinant,
        "py-data-juicer": operators,
    }
