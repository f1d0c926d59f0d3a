"""Labels across sources: likeness and agreement against plain loops, planted clashes, and renaming."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.features import label_taxonomy
from core.features.label_taxonomy import EDGE, clashes, label_groups, labelled, relabelled
from core.several import Several

TOPICS = {"person": 0, "place": 1, "firm": 2, "Persons": 0}


def planted(count: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, sources and unit vectors: "place" means firms in the source "news"; "Persons" are persons."""
    draw = np.random.default_rng(4)
    labels = draw.choice(list(TOPICS), size=count).astype(object)
    sources = draw.choice(["web", "news", "book"], size=count).astype(object)
    topic = np.array([TOPICS[label] for label in labels])
    swapped = (sources == "news") & np.isin(labels, ["place", "firm"])
    topic[swapped] = 3 - topic[swapped]
    vectors = np.eye(8)[topic] + draw.normal(scale=0.2, size=(count, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels[7] = None
    return labels, sources, vectors


@pytest.mark.parametrize("most_rows", [None, 12])
def test_agreement_equals_nearest_means_row_by_row_and_finds_the_planted_clash(
    most_rows: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_taxonomy, "SUMMED", 70)
    labels, sources, vectors = planted()
    table = clashes(labelled(labels, sources, column="category"), vectors, most_rows=most_rows)
    for line in table.to_dict("records"):
        shares = []
        for mine, theirs in ((line["source"], line["other source"]), (line["other source"], line["source"])):
            means = {}
            for label in TOPICS:
                rows = [row for row in range(len(labels)) if labels[row] == label and sources[row] == theirs]
                mean = np.mean([vectors[row].astype(float) for row in rows], axis=0)
                means[label] = mean / np.linalg.norm(mean)
            own = [row for row in range(len(labels)) if labels[row] == line["label"] and sources[row] == mine]
            own = own[:most_rows]
            went = [max(sorted(means), key=lambda label: round(float(vectors[row] @ means[label]), 5)) for row in own]
            shares.append(np.mean([label == line["label"] for label in went]))
        assert line["agreement"] == pytest.approx(np.mean(shares), abs=0.02)
        example = line["example"]
        assert labels[example] == line["label"] and sources[example] == line["source"]
    bad = {(line["label"], line["source"], line["other source"]): line for line in table.to_dict("records")}
    assert bad["place", "book", "news"]["agreement"] < EDGE and bad["place", "book", "news"]["taken for"] == "firm"
    assert bad["place", "book", "web"]["agreement"] > EDGE


def test_like_names_with_like_rows_are_one_group_whatever_the_order_of_rows() -> None:
    labels, sources, vectors = planted()
    table = label_groups(labelled(labels, sources, column="category"), vectors).set_index("label")
    assert table.loc["person", "group"] == table.loc["Persons", "group"] != table.loc["place", "group"]
    assert table.loc["person", "like"] == "Persons"
    grams = [{("  person  ")[at : at + 3] for at in range(8)}, {("  persons  ")[at : at + 3] for at in range(9)}]
    spelt = len(grams[0] & grams[1]) / np.sqrt(len(grams[0]) * len(grams[1]))
    means = [vectors[[row for row in range(len(labels)) if labels[row] == name]].mean(axis=0)
             for name in ("person", "Persons")]  # fmt: skip
    content = means[0] @ means[1] / np.linalg.norm(means[0]) / np.linalg.norm(means[1])
    assert table.loc["person", "likeness"] == pytest.approx(0.5 * spelt + 0.5 * content, abs=1e-3)
    order = np.random.default_rng(0).permutation(len(labels))
    again = label_groups(labelled(labels[order], sources[order], column="category"), vectors[order])
    assert again.set_index("label")["likeness"].to_dict() == pytest.approx(table["likeness"].to_dict(), abs=1e-3)


def test_relabelling_touches_only_what_is_named() -> None:
    labels, sources, _ = planted()
    made = relabelled(labels, ["place"], " firm ", within=sources == "news")
    for row, label in enumerate(labels):
        assert made[row] == ("firm" if label == "place" and sources[row] == "news" else label)
    with pytest.raises(InputError, match="No row has the label"):
        relabelled(labels, ["nowhere"], "x")
    with pytest.raises(InputError, match="1 to"):
        relabelled(labels, ["place"], "  ")
    with pytest.raises(InputError, match="one label a row"):
        labelled(np.array([Several(["a", "b"])], dtype=object), np.array(["s"], dtype=object), column="c")


def test_one_name_in_two_spellings_is_one_group_however_far_its_rows_lie() -> None:
    labels = np.array(["Open QA", "open_qa", "closed-qa", "Closed QA", "story"] * 4, dtype=object)
    sources = np.array(["a", "b", "b", "a", "a"] * 4, dtype=object)
    vectors = np.tile(np.eye(5, dtype=np.float32), (4, 1))
    table = label_groups(labelled(labels, sources, column="category"), vectors, weight=0.1, least=0.9)
    group = table.set_index("label")["group"]
    assert group["Open QA"] == group["open_qa"] != group["story"]
    assert group["closed-qa"] == group["Closed QA"] != group["Open QA"]
    assert sorted(set(group)) == [0, 1, 2]
