"""The question that asks a language model for the name of a cluster, and the name in its reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.view import texts_at
from core.workspace.digests import digest

VERSION = 1  # of the question: a higher one asks about every cluster anew
ROWS, CHARACTERS = 5, 240  # of each cluster that are shown, and of each row
LONGEST = 50  # characters of a name
ASKED = (
    "You name groups of texts. Answer with a name of two to five words that fits most of the texts and tells them from "
    "other groups. Answer with the name only."
)


@dataclass(frozen=True)
class ClusterSample:
    """What a model is shown of a cluster: its ``keywords`` and the beginnings of a few of its ``texts``."""

    keywords: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def key(self) -> str:
        """The digest of the question: clusters that are shown alike are asked about once."""
        return digest(["cluster-name", VERSION, messages_of(self)])


def samples_of(
    labels: NDArray[np.int32],
    clusters: Sequence[int],
    texts: Sequence[str],
    keywords: Sequence[Sequence[str]] = (),
) -> list[ClusterSample]:
    """What a model is shown of each of ``clusters``: its keywords and evenly spaced rows.

    ``labels`` (rows,) are the rows' clusters, ``keywords`` (clusters,) those of every cluster. The rows are the same
    each time, as rows stand in the order of their ids.
    """
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    samples = []
    for cluster in clusters:
        rows = order[np.searchsorted(ordered, cluster) : np.searchsorted(ordered, cluster, side="right")]
        shown = rows[np.linspace(0, len(rows) - 1, num=min(ROWS, len(rows))).astype(np.int64)] if len(rows) else rows
        beginnings = tuple(" ".join(text[: 2 * CHARACTERS].split())[:CHARACTERS] for text in texts_at(texts, shown))
        samples.append(ClusterSample(tuple(keywords[cluster]) if cluster < len(keywords) else (), beginnings))
    return samples


def messages_of(sample: ClusterSample) -> list[dict[str, str]]:
    """The question about one cluster, as the messages of a chat."""
    lines = [f"Keywords: {', '.join(sample.keywords)}"] if sample.keywords else []
    lines += [f"Text {number}: {text}" for number, text in enumerate(sample.texts, start=1)]
    return [{"role": "system", "content": ASKED}, {"role": "user", "content": "\n".join(lines)}]


def name_in(reply: str) -> str:
    """The name in a reply: its first line without quotes, marks and a label; "" if there is none."""
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    label, colon, rest = first.partition(":")
    first = rest if colon and label.strip(" *#").casefold() in ("name", "answer", "title") else first
    return " ".join(first.strip(" \t*#\"'“”`.").split())[:LONGEST].strip()
