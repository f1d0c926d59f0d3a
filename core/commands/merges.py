"""The command on the merges of tags: list them, undo one, bring a dropped tag back, rename, choose a version."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.features import add_tagging, tagging_of
from core.commands.terminal import table
from core.corpus.corpus_text import CorpusText
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import FeatureMissing
from core.view import ALL_COMPONENTS, REMEDIES
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    merges = commands.add_parser("merges", help="what tags were merged and dropped; undo, bring back, rename")
    merges.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    merges.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    add_tagging(merges)
    merges.add_argument("--edits", default="", metavar="VERSION", help="of the merges; default: as computed")
    merges.add_argument(
        "--undo", action="append", default=[], metavar="TAG", help="a tag that was merged or dropped, brought back"
    )
    merges.add_argument(
        "--rename", nargs=2, action="append", default=[], metavar=("TAG", "NAME"), help="another tag's name merges both"
    )
    merges.set_defaults(run=run_merges)


def run_merges(options: argparse.Namespace) -> None:
    """Change the merges where that is asked, and print them; a change is a version of its own."""
    from core.features.tags import store
    from core.features.tags.decisions import DROPS, RULES

    workspace = Workspace.default()
    text = CorpusText(corpus_named(workspace, options.corpus), options.component)
    tagging, edits = tagging_of(options).tagging, options.edits
    raw, decisions = store.load_tags(text, tagging), store.load_decisions(text, tagging, edits=edits)
    if raw is None or decisions is None:
        raise FeatureMissing("tags", remedy=REMEDIES["tags"])
    for tag in options.undo:
        decisions = decisions.undone(tag, known=raw.names)
    for shown, new in options.rename:
        decisions = decisions.renamed(shown, new, known=raw.names)
    if options.undo or options.rename:
        edits = store.save_edit(text, tagging, decisions)
        print(f"version {edits}: take it with --feature tag_edits={edits}\n")
    counts = raw.per_name
    made = [
        (tag, merge.into, RULES[merge.rule], f"{merge.strength:.2f}", f"{counts[tag]:,}")
        for tag, merge in sorted(decisions.merges.items())
    ]
    gone = [(tag, "", DROPS[rule], "", f"{counts[tag]:,}") for tag, rule in sorted(decisions.dropped.items())]
    print(table(("tag", "became", "because", "strength", "rows"), [*made, *gone]))
    print(f"\n{counted(len(decisions.shown(raw.names)), 'tag')} of {len(raw.names):,}")
    for name, artefact in store.versions(text, tagging):
        print(f"version {name}: {artefact.manifest['said']}")
