"""Commands about embedders: how far two agree on a component, and the instant one made ready for this machine."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.corpus.corpus_text import CorpusText
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import FeatureMissing
from core.features.embedder_agreement import NEAR, embedder_agreement
from core.features.embedders import INSTANT, default_embedder, embedder_title
from core.features.projection import LANDMARKS, Projection
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    agree = commands.add_parser(
        "embedders", help="how far two embedders agree on a component: shared neighbours, ranks of distances, maps"
    )
    agree.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    agree.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    agree.add_argument("--of", default=INSTANT, metavar="EMBEDDER", help="default: the instant one, a preview")
    agree.add_argument("--against", default="", metavar="EMBEDDER", help="default: the default one of this machine")
    agree.add_argument(
        "--landmarks", type=int, default=LANDMARKS, help="of the first one's map, where there is one; 0: of all rows"
    )
    agree.set_defaults(run=run_embedders)
    distil = commands.add_parser("distil", help="make the instant embedder ready, once a machine (about a minute)")
    runs(distil, job_names.DISTIL, request=lambda workspace, options: {}, run=run_distil)


def run_embedders(options: argparse.Namespace) -> None:
    """Print the agreement. Raises :class:`FeatureMissing` where one of the embeddings is not stored."""
    text = CorpusText(corpus_named(Workspace.default(), options.corpus), options.component)
    against = options.against or default_embedder()
    first, second = Projection(embedder=options.of, landmarks=options.landmarks), Projection(embedder=against)
    agreement = embedder_agreement(text, first, second)
    if agreement is None:
        raise FeatureMissing(
            "embeddings",
            remedy=f"Run for both: python -m core embed CORPUS --component {options.component} --embedder EMBEDDER",
            component=options.component,
        )
    print(f"{embedder_title(options.of)} beside {against}, {options.component}, {agreement.rows:,} rows asked")
    lines = [
        (f"overlap of the {NEAR} nearest rows", f"{agreement.overlap:.3f}", f"{agreement.chance:.3f} by chance"),
        ("Spearman of distances", f"{agreement.spearman:.3f}", ""),
    ]
    for whose, trusted in zip((options.of, against), agreement.trusted, strict=True):
        if trusted is not None:
            lines.append((f"trustworthiness of the map by {whose}", f"{trusted:.3f}", ""))
    print(table(("agreement", "value", ""), lines))


def run_distil(options: argparse.Namespace) -> None:
    """Distil the instant embedder, or say how long that took when it was done."""
    made = run_job(options)
    print(
        f"{counted(made['tokens'], 'token')} of {counted(made['dimensions'], 'dimension')}, distilled in "
        f"{made['seconds']:.0f} s"
    )
