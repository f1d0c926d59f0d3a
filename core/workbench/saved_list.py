"""The saved subsets as a person looks through them: facts of each, search, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.corpus.corpus_list import list_corpora
from core.errors import InputError, quoted
from core.workbench.studies.study_run import family
from core.workbench.subsets import Subset, list_subsets, percent
from core.workspace import names, trash
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class SavedLine:
    """One saved subset in the list; ``tokens`` is None where they were not counted when it was saved."""

    key: str
    name: str
    note: str
    corpus: str  # its id
    corpus_name: str  # "" where the corpus is in the trash
    rows: int
    tokens: int | None
    strategy: str
    component: str
    position: float  # 0 to 1
    seed: int
    series: str
    study: str  # the name of the study that it belongs to, "" for none
    made_at: float  # seconds since 1970
    digest: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each of ``words``, in lower case, stands in one of its facts."""
        if not words:
            return True
        facts = (
            self.name,
            self.note,
            self.corpus_name,
            self.strategy,
            self.component,
            self.key,
            self.series,
            self.study,
        )
        text = " ".join((*facts, self.digest, percent(self.position), f"seed {self.seed}")).lower()
        return all(word in text for word in words)


def saved_list(workspace: Workspace, corpus: str | None = None, *, search: str = "") -> list[SavedLine]:
    """The saved subsets, newest first: of one corpus where its id is given, and those that hold all words searched."""
    known = {info.id: info.name for info in list_corpora(workspace)}
    notes = names.notes(workspace, "subsets")
    words = search.lower().split()
    subsets = list_subsets(workspace, corpus)
    studies = family(workspace, subsets)
    lines = [
        _line(subset, known, note=notes.get(subset.key, ""), study=studies.get(subset.key, "")) for subset in subsets
    ]
    return [line for line in lines if line.holds(words)]


def saved_table(
    lines: Sequence[SavedLine], *, moment: Callable[[float], str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and cells of the list as text; ``moment`` writes the time of saving."""
    head: tuple[str, ...] = (
        "subset", "name", "rows", "tokens", "strategy", "component", "position", "seed", "series", "study", "saved",
        "digest", "note",
    )  # fmt: skip
    cells: list[tuple[str, ...]] = [
        (
            line.key,
            line.name,
            f"{line.rows:,}",
            "" if line.tokens is None else f"{line.tokens:,}",
            line.strategy,
            line.component,
            percent(line.position),
            str(line.seed),
            line.series,
            line.study,
            moment(line.made_at),
            line.digest,
            " ".join(line.note.split()),
        )
        for line in lines
    ]
    return head, cells


def delete(workspace: Workspace, keys: Sequence[str]) -> trash.Deletion:
    """Move saved subsets to the trash, together; :func:`core.workspace.trash.restore` brings them back.

    Scores of theirs in the ledger stay, and wait. Raises :class:`core.errors.WorkspaceError` for one that is gone.
    """
    first, *others = dict.fromkeys(keys)
    return trash.discard(workspace, "subsets", first, along=[workspace.open("subsets", key) for key in others])


def restore(workspace: Workspace, name: str) -> list[str]:
    """Bring back the deletion that holds the subset with this key or name; gives the names of all that came back.

    Raises :class:`InputError` where the trash holds none.
    """
    for deletion in trash.deletions(workspace):
        items = [item for item in deletion.items if item.kind == "subsets"]
        if any(name in (item.key, item.name) for item in items):
            trash.restore(workspace, deletion.stamp)
            return [item.name or item.key for item in items]
    waiting = [item.name or item.key for deletion in trash.deletions(workspace) for item in deletion.items
               if item.kind == "subsets"]  # fmt: skip
    raise InputError(
        f"The trash holds no subset {quoted(name)}.", remedy=f"It holds: {', '.join(waiting[:10]) or 'none'}."
    )


def _line(subset: Subset, corpora: dict[str, str], *, note: str, study: str) -> SavedLine:
    recipe, manifest = subset.recipe, subset.artefact.manifest
    tokens = manifest.get("tokens", manifest.get("realised", {}).get("tokens"))
    return SavedLine(
        key=subset.key,
        name=subset.name,
        note=note,
        corpus=recipe.corpus,
        corpus_name=corpora.get(recipe.corpus, ""),
        rows=subset.rows,
        tokens=None if tokens is None else int(tokens),
        strategy=recipe.strategy,
        component=str(recipe.choice.get("component", "response")),
        position=recipe.position,
        seed=recipe.seed,
        series=recipe.series,
        study=study,
        made_at=subset.made_at,
        digest=subset.digest,
    )
