"""Which taggers have tagged a corpus."""

from __future__ import annotations

from core.workspace.artefacts import Workspace


def made_before_phrases(workspace: Workspace, corpus_id: str) -> bool:
    """Whether keyphrases of the corpus are stored and no phrases, as a version left them that knew no phrases.

    A link or a session that names no tagger then means keyphrases, which were the usual tags of that version.
    """
    taggers = {
        artefact.manifest["tagger"]["tagger"]
        for artefact in workspace.list("features")
        if artefact.manifest.get("feature") == "raw-tags" and artefact.manifest.get("corpus") == corpus_id
    }
    return "keyphrases" in taggers and "phrases" not in taggers
