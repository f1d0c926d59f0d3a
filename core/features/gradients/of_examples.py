"""Which vectors of examples are compared with a model's vectors of the rows that may be chosen."""

from __future__ import annotations

from core.corpus.corpus_text import CorpusText
from core.features.embedders import MODEL
from core.features.embedding import embeddings_key

EXAMPLES = "examples"  # in the manifest of vectors: the name of those that examples have, where it is another


def embedder_of_examples(text: CorpusText, embedder: str) -> str:
    """The embedder by which examples are read that are compared with the rows of ``text`` by ``embedder``.

    It is the same, except for Adam's steps: they are compared with the plain gradients of the examples, as in LESS
    (arXiv 2402.04333, section 3).
    """
    if not embedder.startswith(MODEL):
        return embedder
    key = embeddings_key(text.corpus_id, text.component, embedder)
    if not text.workspace.has("features", key):
        return embedder
    return str(text.workspace.open("features", key).manifest.get(EXAMPLES) or embedder)
