"""Jobs that give every row a score: from a language model, from its first layers, or from a training log."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus, open_corpus
from core.errors import FeatureMissing, InputError, quoted
from core.features.models.columns import keep_score
from core.features.models.files import ModelFiles, fetch_model
from core.progress import Progress, part_of
from core.selection.daar import domains as daar_domains
from core.selection.daar.domains import Domains
from core.selection.daar.entropy import mean_entropy
from core.selection.daar.probe import el2n, regress, train_probe
from core.selection.greedy.points import labels
from core.view import REMEDIES, View
from core.workspace.artefacts import Workspace

DAAR = {
    "inter": (
        "DaaR inter-domain similarity",
        "φ_inter(x) = Σ over the other domains j of cos(x, C_j), C_j the mean vector of domain j",
        "High: near other domains. Low: far from all but its own.",
    ),
    "intra": (
        "DaaR intra-domain similarity",
        "φ_intra(x) = cos(x, C_k), C_k the mean vector of the row's own domain",
        "High: typical of its domain. Low: at its edge.",
    ),
    "entropy": (
        "DaaR entropy reward",
        "H(x) = −Σ_k p_k ln p_k over the domains, p from an MLP trained to tell them apart",
        "High: the probe is unsure of the domain. Low: clearly of one domain.",
    ),
}
PAPER = "Diversity as a Reward (arXiv 2502.04380)"
DIET = (
    "On a probe over frozen vectors, after Deep Learning on a Data Diet (arXiv 2107.07075), which trains whole networks"
)


def score(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Score rows by a model: {"corpus", "model", "what": [names], "after", "final", "max_tokens", "precision"}."""
    from core.features.models.losses import LossReading, compute_losses
    from core.features.models.scores import ROLES, readings_of, score_named

    corpus = open_corpus(workspace, request["corpus"])
    names = [str(name) for name in request["what"]]
    if not names:
        raise InputError("No score is chosen.")
    readings = readings_of(names)
    for reading in readings:
        if reading in ROLES and not request.get(ROLES[reading]):
            raise InputError(
                "The learning percentage compares checkpoints, and one of them is not named.",
                remedy="Give the model after training as “after” (and the last one as “final”).",
            )
    limits: dict[str, Any] = {
        "max_tokens": int(request.get("max_tokens") or 1024),
        "precision": str(request.get("precision") or "auto"),
    }
    found, models, cut = {}, {}, 0
    for reading in readings:
        models[reading] = fetch_model(str(request[ROLES.get(reading, "model")]))
        found[reading] = compute_losses(
            corpus, models[reading], LossReading(given=reading != "alone", **limits), progress=progress
        )
        cut = max(cut, int(found[reading][:, 3].sum()))
    kept = {}
    for name in names:
        one = score_named(name)
        used = [models[reading] for reading in one.readings]
        kept[name] = keep_score(
            corpus,
            one.of(*(np.asarray(found[reading]) for reading in one.readings)),
            name=f"{name}@{_called(used)}",
            title=one.title,
            formula=one.formula,
            source=one.source,
            meaning=one.meaning,
            settings={"models": [model.identity for model in used], **limits},
        )
    return {"columns": kept, "rows": len(corpus), "truncated": cut}


def daar(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Compute DaaR's scores on a model's vectors, and store them and the domain of every row as columns.

    The request is {"corpus", "component", "model", "what": [inter, intra, entropy], "column": domains or "", "parts",
    "partition_seed", "layers": of the probe, "epochs", "probes", "seed", "regressor", "examples": a corpus of labelled
    examples or ""}. Inter and intra read the embedding layer, the entropy the first ``layers`` layers, averaged over
    probes. With "examples", such as a model's own, "column" is theirs: their means are the centres from which k-means
    labels the rows.
    """
    from core.features.models.layers import compute_layer_vectors

    corpus, component = open_corpus(workspace, request["corpus"]), request["component"]
    files = fetch_model(str(request["model"]))
    names = [str(name) for name in request.get("what") or DAAR]
    unknown = [name for name in names if name not in DAAR]
    if unknown:
        raise InputError(f"There is no DaaR score {quoted(unknown[0])}.", remedy=f"There are: {', '.join(DAAR)}.")
    seed, layers, epochs = int(request.get("seed", 0)), int(request.get("layers", 3)), int(request.get("epochs", 1))
    probes, partition_seed = int(request.get("probes", 3)), int(request.get("partition_seed", 0))
    column, parts = str(request.get("column") or ""), int(request.get("parts") or 8)
    vectors = np.asarray(compute_layer_vectors(CorpusText(corpus, component), files, progress=progress))
    if not np.any(vectors):
        raise InputError("Every vector is zero, because no text of this component has a token.")
    example_corpus = open_corpus(workspace, str(request["examples"])) if request.get("examples") else None
    if example_corpus is None:
        domains = _domains(corpus, column, vectors, parts=parts, seed=partition_seed)
    else:
        seen = compute_layer_vectors(CorpusText(example_corpus, component), files, progress=progress)
        domains = _domains_by_examples(example_corpus, column, vectors, np.asarray(seen))
    usable = np.abs(vectors).max(axis=1) > 0
    domain = np.where(usable, domains.domain, -1).astype(np.int32)
    near = daar_domains.cosines(vectors, daar_domains.centres_of(vectors, domains))
    settings = {"model": files.identity, "component": component, "column": column, "parts": parts}
    settings["partition_seed"] = partition_seed
    if example_corpus is not None:
        settings["examples"] = example_corpus.id
    values: dict[str, NDArray[np.float64]] = {}
    extra: dict[str, Any] = {}
    notice = ""
    for name in names:
        if name == "entropy":
            states = np.asarray(
                compute_layer_vectors(CorpusText(corpus, component), files, layers=layers, progress=progress)
            )
            training: dict[str, Any] = {"epochs": epochs, "seed": seed, "device": devices.pick(), "progress": progress}
            entropies = mean_entropy(states, domain, classes=len(domains.names), probes=probes, **training)
            extra = {"layers": layers, "epochs": epochs, "probes": probes, "seed": seed}
            extra["regressor"] = bool(request.get("regressor"))
            read = regress(states, entropies.values, **training) if extra["regressor"] else entropies.values
            values[name] = np.where(usable, read, np.nan)
            extra["accuracy"] = round(entropies.accuracy, 4) if entropies.accuracy == entropies.accuracy else None
            notice = entropies.notice
        else:
            values[name] = (daar_domains.inter if name == "inter" else daar_domains.intra)(near, domain)
    kept = {}
    for name in names:
        title, formula, meaning = DAAR[name]
        kept[name] = keep_score(
            corpus,
            values[name],
            name=f"daar_{name}@{files.short}",
            title=title,
            formula=f"{formula}; vectors: {_vectors(name, files, layers)}",
            source=PAPER,
            meaning=meaning,
            settings={**settings, **(extra if name == "entropy" else {})},
        )
    names_of = np.array([*domains.names, None], dtype=object)
    kept["domain"] = keep_score(
        corpus,
        names_of[domain],
        name=f"daar_domain@{files.short}",
        title="DaaR domain",
        formula=f"k-means on the embedding layer's mean vectors, begun from the means of {example_corpus.name}"
        if example_corpus is not None
        else "the label column's value; the nearest centre for a row without one"
        if column
        else f"k-means on the embedding layer's mean vectors, k = {len(domains.names)}",
        source=PAPER,
        meaning="The domain whose centre the scores are about.",
        settings=settings,
    )
    return {"columns": kept, "domains": dict(zip(domains.names, domains.sizes.tolist())), "notice": notice, **extra}


def difficulty(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """EL2N and last-layer gradient norm: {"corpus", "component", "column", "embedder" or "model", "epochs", "runs"}.

    Each is the mean over ``runs`` probes from different seeds, as the paper averages over networks.
    """
    from core.features.embedding import load_embeddings
    from core.features.models.layers import compute_layer_vectors

    corpus, component = open_corpus(workspace, request["corpus"]), request["component"]
    column = str(request.get("column") or "")
    codes, names = labels(View(corpus.ids, component, {f"column:{column}": lambda: corpus.column(column)}), column)
    if len(names) > 1_000:
        raise InputError(f"The column {quoted(column)} has {len(names):,} values: too many for a classifier.")
    if request.get("model"):
        files = fetch_model(str(request["model"]))
        layers = int(request.get("layers", 3))
        states = compute_layer_vectors(CorpusText(corpus, component), files, layers=layers, progress=progress)
        about: dict[str, Any] = {"model": files.identity, "layers": layers}
    else:
        vectors = load_embeddings(CorpusText(corpus, component), request.get("embedder") or None)
        if vectors is None:
            raise FeatureMissing("embeddings", remedy=REMEDIES["embeddings"])
        states, about = vectors, {"embedder": str(request.get("embedder") or "default")}
    epochs, runs = int(request.get("epochs") or 3), int(request.get("runs") or 5)
    totals = np.zeros((2, len(corpus)))
    accuracy = []
    for run in range(runs):
        probed = train_probe(
            np.asarray(states),
            codes,
            classes=len(names),
            epochs=epochs,
            seed=run,
            device=devices.pick(),
            progress=part_of(progress, done=run, total=runs, note="probes trained"),
        )
        gap = el2n(probed.probabilities, codes)
        totals += np.array([gap, gap * probed.norms]) / runs
        accuracy.append(probed.accuracy)
    settings = {**about, "component": component, "column": column, "epochs": epochs, "runs": runs}
    told = {
        "el2n": ("EL2N", totals[0], "‖p − y‖₂ of a probe's probabilities p and the label y"),
        "grad_norm": ("Last-layer gradient norm", totals[1], "‖p − y‖₂ · ‖[h, 1]‖₂, h the input of the last layer"),
    }
    kept = {}
    for name, (title, values, formula) in told.items():
        kept[name] = keep_score(
            corpus,
            values,
            name=f"{name}@{column}",
            title=title,
            formula=f"{formula}; mean over {runs} probes after {epochs} epochs",
            source=DIET,
            meaning="High: the label is hard to predict (or wrong: the paper drops the top few per cent). Low: easy.",
            settings=settings,
        )
    told_accuracy = None if np.isnan(accuracy).any() else round(float(np.mean(accuracy)), 4)
    return {"columns": kept, "classes": len(names), "accuracy": told_accuracy}


def _domains(corpus: Corpus, column: str, vectors: NDArray[np.float32], *, parts: int, seed: int) -> Domains:
    if not column:
        return daar_domains.pseudo(vectors, parts=parts, seed=seed).without_singles()[0]
    codes, names = labels(View(corpus.ids, "both", {f"column:{column}": lambda: corpus.column(column)}), column)
    domains, singles = daar_domains.labelled(codes, names, vectors).without_singles()
    if not domains.names:
        raise InputError(f"Each of the {singles:,} values of {quoted(column)} has one row: no domain has a centre.")
    return domains


def _domains_by_examples(
    examples: Corpus, column: str, vectors: NDArray[np.float32], example_vectors: NDArray[np.float32]
) -> Domains:
    if not column:
        raise InputError("Which column of the examples holds their domain is not said.", remedy="Name it: category.")
    labels_of = View(examples.ids, "both", {f"column:{column}": lambda: examples.column(column)})
    codes, names = labels(labels_of, column)
    usable = (codes >= 0) & (np.abs(example_vectors).max(axis=1) > 0)
    if not usable.any():
        raise InputError(f"No row of {examples.name} has a domain in {quoted(column)}.")
    made = daar_domains.from_examples(vectors, example_vectors[usable], codes[usable], names)
    domains, singles = made.without_singles()
    if not domains.names:
        raise InputError(f"Each of the {singles:,} domains of {examples.name} has one row here: there is no centre.")
    return domains


def _vectors(name: str, files: ModelFiles, layers: int) -> str:
    if name == "entropy":
        return f"token means after the first {layers} layers of {files.short}"
    return f"token means of the embedding layer of {files.short}"


def _called(models: list[ModelFiles]) -> str:
    """The models of a score in the form that its column's name has: each once, in the order of use."""
    return "→".join(dict.fromkeys(model.short for model in models))
