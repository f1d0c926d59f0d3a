"""DaaR: scores equal the paper's sums row by row, windows hold what their captions say, the probe learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.progress import silent
from core.selection.daar import domains as among
from core.selection.daar.entropy import mean_entropy
from core.selection.daar.probe import el2n, entropy, train_probe
from core.selection.daar.windows import captions
from core.selection.plan import Request
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.workbench.tasks import scoring
from tests.devices import DEVICES
from tests.selection.pools import blobs, prepared, view_of


def named(rows: int = 90, domains: int = 3) -> np.ndarray:
    return np.array([f"d{row % domains}" for row in range(rows)], dtype=object)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def by_hand(vectors: np.ndarray, label: np.ndarray, kind: str) -> list[float]:
    centres = {name: vectors[label == name].astype(float).mean(0) for name in sorted(set(label))}
    totals = []
    for vector, own in zip(vectors.astype(float), label):
        if kind == "intra":
            totals.append(cosine(vector, centres[own]))
        else:
            totals.append(sum(cosine(vector, centre) for name, centre in centres.items() if name != own))
    return totals


@pytest.mark.parametrize(("kind", "first"), [("inter", "highest"), ("intra", "lowest")])
def test_windows_slide_inside_every_domain(kind, first):
    vectors, label = blobs(90, seed=3), named()
    plan = prepared("daar", view_of(vectors, column_kind=label), score=kind, domains="column", column="kind")
    values = by_hand(vectors, label, kind)
    for window, position in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        got = set(plan.answer(Request(size=18, position=position)).rows.tolist())
        wanted = set()
        for name in set(label):
            own = sorted(np.flatnonzero(label == name), key=lambda row: values[row], reverse=first == "lowest")
            wanted |= {int(row) for row in own[window * 6 : window * 6 + 6]}
        assert got == wanted, captions(kind)[window]


def test_the_scores_of_a_model_are_its_embedding_layers(models, made):
    from core.features.models.files import find_model
    from core.features.models.layers import load_layer_vectors

    workspace, corpus = made
    request = {"corpus": corpus.id, "component": "both", "model": models["first"], "column": "category"}
    columns = scoring.daar(workspace, request, silent)["columns"]
    vectors = load_layer_vectors(CorpusText(corpus, "both"), find_model(models["first"]))
    for kind in ("inter", "intra"):
        wanted = by_hand(np.asarray(vectors), corpus.column("category"), kind)
        np.testing.assert_allclose(corpus.column(columns[kind]), wanted, atol=1e-6)
    column = corpus.column(columns["entropy"])
    assert ((column >= 0) & (column <= np.log(3) + 1e-9)).all()
    assert corpus.column(columns["domain"]).tolist() == corpus.column("category").tolist()


def test_a_measured_column_is_ranked_without_vectors():
    rng = np.random.default_rng(0)
    score, label = rng.random(60), named(60)
    view = view_of(None, column_score=score, column_kind=label)
    plan = prepared("daar", view, measured="score")
    assert plan.order.tolist() == np.argsort(-score).tolist()
    assert plan.prefix == 12
    grouped = prepared("daar", view, measured="score", score="intra", column="kind")
    rows = grouped.answer(Request(size=6)).rows
    wanted = [
        row for name in sorted(set(label)) for row in sorted(np.flatnonzero(label == name), key=lambda r: score[r])[:2]
    ]
    assert sorted(rows.tolist()) == sorted(wanted)


def test_the_target_domain_gives_half_of_itself_and_a_tenth_of_the_others():
    rng = np.random.default_rng(1)
    score, label = rng.random(300), named(300)
    plan = prepared(
        "daar", view_of(None, column_score=score, column_kind=label), measured="score", column="kind", target="d1"
    )
    assert plan.prefix == 70
    rows = plan.answer(Request(size=70)).rows
    for name, share in (("d0", 10), ("d1", 50), ("d2", 10)):
        own = sorted(np.flatnonzero(label == name), key=lambda row: -score[row])[:share]
        assert sorted(row for row in rows.tolist() if label[row] == name) == sorted(own)
    with pytest.raises(InputError, match="no domain 'nowhere'"):
        prepared(
            "daar",
            view_of(None, column_score=score, column_kind=label),
            measured="score",
            column="kind",
            target="nowhere",
        )


@pytest.mark.parametrize("device", DEVICES)
def test_the_probe_is_torn_exactly_between_two_domains(device):
    rng = np.random.default_rng(2)
    middle = np.zeros((4, 8))
    middle[np.arange(4), np.arange(4)] = 1
    vectors = np.concatenate([middle[row % 4] + 0.05 * rng.normal(size=8) for row in range(800)]).reshape(800, 8)
    vectors[:20] = (middle[0] + middle[1]) / 2 + 0.02 * rng.normal(size=(20, 8))
    label = np.arange(800) % 4
    label[:20] = np.arange(20) % 2
    probed = train_probe(vectors.astype(np.float32), label, classes=4, epochs=6, device=device)
    torn = entropy(probed.probabilities)
    assert torn[:20].min() > np.quantile(torn[20:], 0.95)
    assert probed.accuracy > 0.9
    assert probed.history.shape == (6, 800)
    gaps = el2n(probed.probabilities, label)
    for row in range(0, 800, 97):
        wanted = probed.probabilities[row] - np.eye(4)[label[row]]
        assert gaps[row] == pytest.approx(np.linalg.norm(wanted))
    again = train_probe(vectors.astype(np.float32), label, classes=4, epochs=6, device=device)
    np.testing.assert_allclose(again.probabilities, probed.probabilities, atol=1e-5)


def test_entropy_and_gradient_norm_equal_autograd():
    rng = np.random.default_rng(5)
    chances = rng.dirichlet(np.ones(5), size=30)
    chances[0] = [1, 0, 0, 0, 0]
    for row, value in zip(chances, entropy(chances)):
        assert value == pytest.approx(float(torch.distributions.Categorical(torch.tensor(row)).entropy()), abs=1e-6)
    hidden, weight, bias = torch.randn(7), torch.randn(5, 7, requires_grad=True), torch.zeros(5, requires_grad=True)
    logits = weight @ hidden + bias
    torch.nn.functional.cross_entropy(logits[None], torch.tensor([2])).backward()
    full = float(torch.sqrt(weight.grad.pow(2).sum() + bias.grad.pow(2).sum()))
    told = torch.softmax(logits, 0).detach().double().numpy()[None]
    norm = float(torch.sqrt(hidden.double().pow(2).sum() + 1))
    assert el2n(told, np.array([2]))[0] * norm == pytest.approx(full, rel=1e-4)


def test_rows_without_a_label_join_the_nearest_centre():
    vectors = blobs(120, centres=3, spread=0.2, seed=4)
    whole = among.pseudo(vectors, parts=3, seed=0)
    few = np.where(np.arange(120) < 30, whole.domain, -1).astype(np.int32)
    assert (among.labelled(few, whole.names, vectors).domain == whole.domain).mean() > 0.95


def test_examples_of_a_second_corpus_start_the_domains():
    from core.parameters import complete
    from core.selection.strategy import Preparation

    vectors = blobs(150, centres=3, spread=0.2, seed=4)
    truth = among.pseudo(vectors, parts=3, seed=0).domain
    rows = np.concatenate([np.flatnonzero(truth == part)[:3] for part in range(3)])
    target = view_of(vectors[rows], column_kind=np.array([f"t{truth[row]}" for row in rows], dtype=object))
    chosen = strategy("daar")
    parameters = complete(chosen.parameters, {"domains": "examples", "column": "kind", "score": "intra"})
    assert set(chosen.needs(parameters)) == {"embeddings", "target"}
    plan = chosen.prepare(Preparation(view=view_of(vectors), parameters=parameters, target=target))
    assert (plan.groups == truth).all() and plan.names == ["t0", "t1", "t2"]
    with pytest.raises(InputError, match="needs example rows"):
        chosen.prepare(Preparation(view=view_of(vectors), parameters=parameters))


@pytest.mark.parametrize("score", ["inter", "intra", "entropy"])
def test_domains_that_say_nothing_are_named(score):
    vectors = blobs(40, seed=6)
    label = np.array(["a"] * 20 + ["b"] * 19 + ["alone"], dtype=object)
    settings = {"score": score, "domains": "column", "column": "kind"}
    plan = prepared("daar", view_of(vectors, column_kind=label), **settings)
    assert plan.outside == {"the only row of its domain": 1}
    assert 39 not in plan.order and len(plan.order) == 39
    single = view_of(vectors, column_kind=np.array(["a"] * 40, dtype=object))
    if score != "intra":
        with pytest.raises(InputError, match="only one domain"):
            prepared("daar", single, **settings)
    with pytest.raises(InputError, match="a single row"):
        prepared("daar", view_of(vectors, column_kind=np.arange(40).astype(str).astype(object)), **settings)
    with pytest.raises(InputError, match="No row has a domain"):
        prepared("daar", view_of(vectors, column_kind=np.array([None] * 40, dtype=object)), **settings)
    vectors[3] = 0
    assert prepared("daar", view_of(vectors, column_kind=label), **settings).outside["all-zero vector"] == 1


@pytest.mark.parametrize("value", [2.0, np.nan])
def test_a_measured_column_that_cannot_order_is_refused(value):
    with pytest.raises(InputError, match=r"in every row|holds no number"):
        prepared("daar", view_of(None, column_score=np.full(9, value)), measured="score")


def test_the_plan_comes_back_and_the_seed_alone_decides():
    vectors = blobs(150, seed=8)
    for score in ("inter", "entropy"):
        plan = prepared("daar", view_of(vectors), score=score)
        again = RankedPlan.restore(*plan.state())
        other = prepared("daar", view_of(vectors), score=score)
        for position in (0.0, 0.4, 1.0):
            request = Request(size=30, position=position)
            rows = plan.answer(request).rows.tolist()
            assert rows == again.answer(request).rows.tolist() == other.answer(request).rows.tolist()


def test_given_rows_are_not_chosen_again():
    plan = prepared("daar", view_of(blobs(60, seed=8)), score="intra", given=[1, 2, 3])
    assert not {1, 2, 3} & set(plan.order.tolist())


def test_the_subset_seed_leaves_the_pseudo_domains_as_they_are():
    view = view_of(blobs(150, seed=8))
    for score in ("inter", "intra"):
        assert (
            prepared("daar", view, score=score, seed=1).order.tolist()
            == prepared("daar", view, score=score).order.tolist()
        )
    other = prepared("daar", view, score="intra", partition_seed=1)
    assert other.groups.tolist() != prepared("daar", view, score="intra").groups.tolist()


def test_the_entropy_is_the_mean_over_probes_that_no_other_seed_shares():
    vectors = blobs(200, seed=8)
    labels = among.pseudo(vectors, parts=4, seed=0).domain
    labels[:3] = -1
    torn = mean_entropy(vectors, labels, classes=4, epochs=1, probes=3, seed=2)
    entropies = [
        entropy(train_probe(vectors, labels, classes=4, epochs=1, seed=seed).probabilities) for seed in (6, 7, 8)
    ]
    wanted = np.mean(entropies, axis=0)
    np.testing.assert_allclose(torn.values, wanted, atol=1e-6)
    tops = [set(3 + np.argsort(-values[3:])[:39]) for values in entropies]
    shared = [
        len(single & two) / len(single | two)
        for single, two in ((tops[0], tops[1]), (tops[0], tops[2]), (tops[1], tops[2]))
    ]
    assert torn.agreement == pytest.approx(np.mean(shared), abs=0.03)
    four = mean_entropy(vectors, labels, classes=4, epochs=1, probes=4, seed=2)
    assert (torn.half, four.half) == (1, 2)
    entropies = [
        entropy(train_probe(vectors, labels, classes=4, epochs=1, seed=seed).probabilities) for seed in range(8, 12)
    ]
    halves = [np.mean([entropies[run] for run in lot], axis=0)[3:] for lot in ((0, 1), (2, 3), (1, 2), (3, 0))]
    tops = [set(np.argsort(-values)[:39]) for values in halves]
    shared = [len(tops[single] & tops[two]) / len(tops[single] | tops[two]) for single, two in ((0, 1), (2, 3))]
    assert four.agreement == pytest.approx(np.mean(shared), abs=0.03)
    assert torn.chance == pytest.approx(1 / 9, abs=0.01)


def test_more_probes_make_the_order_steadier_and_little_agreement_is_said():
    vectors = blobs(400, width=24, centres=8, spread=0.8, seed=1)
    labels = among.pseudo(vectors, parts=4, seed=0).domain

    def alike(probes: int) -> float:
        single, two = (
            mean_entropy(vectors, labels, classes=4, epochs=3, probes=probes, seed=seed).values for seed in (1, 2)
        )
        return float(np.corrcoef(single, two)[0, 1])

    assert alike(8) > alike(1) + 0.1
    view = view_of(vectors)
    plan = RankedPlan.restore(*prepared("daar", view, epochs=5).state())
    (said,) = plan.answer(Request(size=50)).warnings
    assert "top fifth" in said and "by chance" in said
    assert not prepared("daar", view, probes=1).notice
    assert not prepared("daar", view, score="intra").notice
