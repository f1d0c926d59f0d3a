"""Tags from a file go with the rows into a corpus that was grown from theirs."""

from __future__ import annotations

from core.corpus.corpus_text import CorpusText
from core.corpus.versions import older_versions
from core.errors import InputError
from core.features.tags.raw_tags import RowTags, read_raw, tags_by_row, write_raw
from core.features.tags.tagging import VERSION, Tagging, raw_tags_key
from core.features.taken_over import donors
from core.workspace.digests import digest


def taken_over_tags(text: CorpusText, tagging: Tagging, key: str) -> RowTags:
    """The tags from a file that older versions of the corpus have of its rows, stored under ``key``.

    New rows have none. Raises :class:`InputError` where no older version has tags of that name.
    """
    older = older_versions(text.workspace, text.corpus_id)
    given = donors(text.corpus, lambda corpus_id: raw_tags_key(corpus_id, text.component, tagging), among=older)
    if not given:
        raise InputError(
            f"This component has no tags named {tagging.model}.", remedy="Attach them from a file on the Tags page."
        )
    rows: list[list[str]] = [[] for _ in range(len(text))]
    for donor in given:
        there = read_raw(donor.artefact)
        for row, place in zip(donor.rows.tolist(), donor.places.tolist(), strict=True):
            rows[row] = there.of(place)
    indptr, ids, names = tags_by_row(rows)
    manifest = {
        "feature": "raw-tags",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "content": digest(rows),
        "rows": len(rows),
        "rows_without": len(rows) - sum(len(donor.rows) for donor in given),
        "rows_taken_over": sum(len(donor.rows) for donor in given),
        "tags": len(ids),
        "distinct_tags": len(names),
        "tagger": tagging.identity(text.corpus_id, text.component),
    }
    with text.workspace.create("features", key, manifest) as folder:
        write_raw(folder, indptr, ids, names)
    return read_raw(text.workspace.open("features", key))
