"""What a model is shown of a cluster, and the name in its reply."""

from __future__ import annotations

import numpy as np
import pytest

from core.features.cluster_names import CHARACTERS, ROWS, messages_of, name_in, samples_of

LABELS = np.array([0] * 30 + [1, -1], dtype=np.int32)
TEXTS = [f"text {row} " + "word " * 200 for row in range(32)]


def slow_rows(cluster: int) -> list[int]:
    """The twin: evenly spaced rows of a cluster, by a plain search."""
    inside = [row for row, label in enumerate(LABELS.tolist()) if label == cluster]
    count = min(ROWS, len(inside))
    return [inside[int(place * (len(inside) - 1) / max(1, count - 1))] for place in range(count)]


def test_a_sample_holds_few_short_rows_of_its_cluster_only() -> None:
    first, second, none = samples_of(LABELS, [0, 1, 5], TEXTS, [["python", "code"], []])
    for cluster, sample in ((0, first), (1, second), (5, none)):
        assert [text.split()[1] for text in sample.texts] == [str(row) for row in slow_rows(cluster)]
        assert all(len(text) <= CHARACTERS for text in sample.texts)
    assert len(first.texts) == ROWS and len(second.texts) == 1 and none.texts == ()
    assert (first.keywords, second.keywords, none.keywords) == (("python", "code"), (), ())
    said = messages_of(first)[-1]["content"]
    assert "python, code" in said and "text 31" not in said


def test_a_question_is_known_by_what_it_shows() -> None:
    first, again = (samples_of(LABELS, [0], TEXTS, [["python"]])[0] for _ in range(2))
    assert first.key == again.key
    assert first.key != samples_of(LABELS, [0], TEXTS, [["chess"]])[0].key != samples_of(LABELS, [1], TEXTS)[0].key


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("Python programming", "Python programming"),
        ('\n **"Home cooking"**\nbecause …', "Home cooking"),
        ("Name: Chess openings.", "Chess openings"),
        ("", ""),
        ("x" * 200, "x" * 50),
    ],
)
def test_a_name_is_read_out_of_a_reply(reply: str, name: str) -> None:
    assert name_in(reply) == name
