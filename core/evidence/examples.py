"""Evidence that comes with Diverscope: entries made from files under data/, never written to a ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from core.counted import counted
from core.errors import InputError, WorkspaceError, quoted
from core.evidence.entries import Entry, LoggedSubset, Origin, Run, Score, from_record
from core.evidence.ledger import Ledger
from core.evidence.mixture_entries import SHARE_OF, mixture_entries
from core.evidence.regmix import FOLDER, regmix
from core.settings import PROJECT_ROOT
from core.workspace.artefacts import Workspace, signature
from core.workspace.digests import digest

MEASURED_SERIES = PROJECT_ROOT / "data" / "measured_series"
ENTRIES = "entries.jsonl"
# Of the two sets of 1M runs, the larger; the other has the mixtures of the 60M runs.
MODELS = {"train_1m": "1M parameters", "test_60m": "60M parameters", "test_1B": "1B parameters"}


@dataclass(frozen=True, kw_only=True)
class Example:
    """Evidence under a permanent ``name``: what its page says of it, and how its entries are read.

    ``controls`` are metrics that its partial correlations hold fixed first. ``there`` is False where the files
    are absent.
    """

    name: str
    title: str
    about: str
    source: str
    licence: str
    controls: tuple[str, ...] = ()
    folder: Path
    read: Callable[[Path], tuple[Entry, ...]]

    @property
    def there(self) -> bool:
        return self.folder.is_dir() and any(self.folder.iterdir())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it holds. Raises :class:`WorkspaceError` where a file is damaged."""
        return self.read(self.folder)

    @property
    def fingerprint(self) -> str:
        """A digest that changes when a file of the example does."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        return digest([self.name, [[path.name, str(signature(str(path)))] for path in files]])


def examples() -> dict[str, Example]:
    """The examples whose files are there, by name."""
    return {example.name: example for example in EXAMPLES if example.there}


def example_named(name: str) -> Example:
    """The example ``name``. Raises :class:`InputError` for one that is not there."""
    known = examples()
    if name not in known:
        raise InputError(f"There is no example {quoted(name)}.", remedy=f"There are: {', '.join(known)}.")
    return known[name]


def example_ledger(workspace: Workspace, example: Example) -> Ledger:
    """The example's entries as a ledger that stands in no file: without batches, so that nothing can be taken back."""
    return Ledger(workspace=workspace, batches=(), problems=(), entries=tuple(("", entry) for entry in example.entries))


def read_entries(path: Path) -> tuple[Entry, ...]:
    """The entries of a file of lines as the ledger writes them. Raises :class:`WorkspaceError` for a damaged one."""
    try:
        return tuple(from_record(orjson.loads(line)) for line in path.read_bytes().splitlines() if line.strip())
    except (OSError, ValueError, TypeError) as error:
        raise WorkspaceError(
            f"{path.name} is damaged ({error}).", remedy="Write it anew with scores export."
        ) from error


@cache
def regmix_entries(folder: Path) -> tuple[Entry, ...]:
    """832 mixtures with their entropy and shares as metrics, a run of each, its losses by domain and their mean."""
    entries: list[Entry] = []
    for name, model in MODELS.items():
        runs = regmix(name, folder=folder)
        part, size = name.split("_")
        ratios, losses = (
            Origin(file=f"{part}_{what}_{size}.csv", reader="RegMix") for what in ("mixture", "pile_loss")
        )
        kind = part if part == "train" else size
        entries += mixture_entries(
            runs, names=[f"{kind} mixture {index}" for index in runs.metrics.index], model=model,
            measure="validation loss", unit="nats", ratios=ratios, metrics=losses,
        )  # fmt: skip
    return tuple(entries)


def series_entries(folder: Path) -> tuple[Entry, ...]:
    """The measured series as ``scores export`` wrote it."""
    return read_entries(folder / ENTRIES)


EXAMPLES = (
    Example(
        name="regmix",
        title="RegMix: 832 runs",
        about="832 language models pre-trained by others on 17 sources of the Pile, each on another mixture: 512 of "
        "1M, 256 of 60M and 64 of 1B parameters. The metrics are facts of the mixture, the scores are validation "
        "losses on 13 domains: lower is better, so a metric that goes with better models has a negative correlation.",
        source="RegMix: Data Mixture as Regression for Language Model Pre-training (arXiv 2407.01492), sail-sg/regmix",
        licence="MIT; the notice stands in data/regmix/NOTICE.md",
        controls=(SHARE_OF.format("pile_cc"),),
        folder=FOLDER,
        read=regmix_entries,
    ),
    Example(
        name="measured-series",
        title="A measured series",
        about="Subsets of the demo corpus at several positions of the slider, a small model trained on each, and its "
        "likelihood on rows that no subset holds. A proxy of this size ranks data roughly.",
        source="trained with Diverscope; the README says by which commands",
        licence="as Diverscope",
        folder=MEASURED_SERIES,
        read=series_entries,
    ),
)


def facts_of(entries: tuple[Entry, ...]) -> str:
    """How much an example holds, in words; a run counts once, whether it stands by itself or with its scores."""
    datasets = sum(isinstance(entry, LoggedSubset) for entry in entries)
    scores = [entry for entry in entries if isinstance(entry, Score)]
    runs = {entry.key for entry in entries if isinstance(entry, Run)} | {score.run.key for score in scores}
    return f"{counted(datasets, 'data set')} · {counted(len(runs), 'run')} · {counted(len(scores), 'score')}"
