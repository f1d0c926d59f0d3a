"""Balance weights equal the softmax by hand, and the domain that helps the wanted ones gets most."""

from __future__ import annotations

import numpy as np
import pytest

from core.__main__ import main
from core.errors import InputError
from core.features.balance_weights import balance_weights
from tests.corpora import corpus_of, records, store_embeddings


def planted() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(2)
    domains = draw.choice(["a", "b", "c"], size=120).astype(object)
    base = {"a": [1, 0, 0, 0], "b": [0.8, 0.6, 0, 0], "c": [0, 0, 1, 0]}
    vectors = np.array([base[name] for name in domains]) + draw.normal(scale=0.1, size=(120, 4))
    domains[5] = None
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), domains


def test_weights_are_the_softmax_of_what_each_domain_helps() -> None:
    vectors, domains = planted()
    table = balance_weights(vectors, domains, wanted={"a": 3, "c": 1}, sharpness=4).set_index("domain")
    with pytest.raises(InputError, match="Wanted shares"):
        balance_weights(vectors, domains, wanted={"a": float("inf"), "c": 1})
    means = {name: np.mean([v for v, d in zip(vectors.astype(float), domains) if d == name], axis=0) for name in "abc"}
    helps = {name: 4 * (0.75 * means[name] @ means["a"] + 0.25 * means[name] @ means["c"]) for name in "abc"}
    total = sum(np.exp(value) for value in helps.values())
    assert table["weight"].to_dict() == pytest.approx({n: np.exp(v) / total for n, v in helps.items()}, rel=1e-4)
    assert table.index[0] == "a" and table["rows"].sum() == 119
    order = np.random.default_rng(0).permutation(120)
    again = balance_weights(vectors[order], domains[order], wanted={"a": 3, "c": 1}, sharpness=4).set_index("domain")
    assert again["weight"].to_dict() == pytest.approx(table["weight"].to_dict(), abs=1e-6)


def test_one_domain_and_unknown_wishes_are_refused() -> None:
    vectors, domains = planted()
    with pytest.raises(InputError, match="2 to"):
        balance_weights(vectors, np.where(domains == "a", "a", None))
    with pytest.raises(InputError, match="no domain"):
        balance_weights(vectors, domains, wanted={"z": 1})


def test_the_command_prints_weights_and_quotas(workspace, carried_embedder, capsys) -> None:
    workspace, corpus = corpus_of(workspace.home, records(60))
    vectors = np.random.default_rng(0).standard_normal((len(corpus), 384))
    store_embeddings(workspace, corpus.id, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    assert main(["balance", corpus.id, "--column", "category", "--want", "poem=2"]) == 0
    out = capsys.readouterr().out
    assert "--quota 'category=poem:" in out and "%" in out
    assert main(["balance", corpus.id, "--column", "score"]) == 1
