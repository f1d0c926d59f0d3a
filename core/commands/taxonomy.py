"""The command on labels across sources: groups of like names, inconsistent definitions, renaming and merging."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from core.commands.terminal import table
from core.corpus.column_store import put_column
from core.corpus.column_trash import delete_column, deleted_columns, restore_column
from core.corpus.corpus_text import CorpusText
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted
from core.errors import FeatureMissing, InputError, quoted
from core.view import ALL_COMPONENTS, remedy_for
from core.workspace.artefacts import Workspace

SHOWN = 20  # lines of each table


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser(
        "taxonomy", help="labels across sources: like names, inconsistent definitions; rename or merge, with undo"
    )
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--column", default="category", help="the label of each row; default category")
    made.add_argument("--source", default="source", metavar="COLUMN", help="where rows come from; default source")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="instruction", help="whose vectors are compared")
    made.add_argument("--embedder", default="", help="whose stored vectors are read")
    made.add_argument("--weight", type=float, default=0.5, help="of the names in the likeness; the rest is the rows'")
    made.add_argument("--least", type=float, default=0.7, help="likeness from which labels are one group")
    made.add_argument("--least-rows", type=int, default=5, help="of a label in each of two sources that are compared")
    made.add_argument("--most-rows", type=int, default=None, metavar="N", help="of a label in a source that are asked "
                      "whose mean is nearest; default: all")  # fmt: skip
    made.add_argument("--merge", nargs="+", default=[], metavar="LABEL", help="labels that become one, called --as")
    made.add_argument("--as", dest="new", default="", metavar="NAME")
    made.add_argument("--only", default="", metavar="SOURCE", help="rename in this source alone")
    made.add_argument("--undo", action="store_true", help="take the last renaming or merging back")
    made.set_defaults(run=run_taxonomy)


def run_taxonomy(options: argparse.Namespace) -> None:
    """Change the labels where that is asked; else print the groups and the inconsistent definitions."""
    import pyarrow as pa

    from core.features import label_taxonomy as taxonomy
    from core.features.embedding import load_embeddings

    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    for column in (options.column, options.source):
        if column not in corpus.columns:
            raise InputError(f"The corpus has no column {quoted(column)}.")
    made = taxonomy.taxonomy_column(options.column)
    if options.undo:
        if made not in corpus.columns:
            raise InputError(f"No label of {quoted(options.column)} was changed.")
        before = next((gone for gone in deleted_columns(workspace, corpus.id) if made in gone.names), None)
        if before is None:
            delete_column(corpus, made)
        else:
            restore_column(corpus, before.stamp)
        print("Taken back.")
        return
    values = taxonomy.edited_values(corpus, options.column)
    if bool(options.merge) != bool(options.new):
        raise InputError("--merge says which labels, --as what they are called.", remedy="Give both.")
    if options.merge:
        within = np.asarray(corpus.column(options.source) == options.only) if options.only else None
        changed = taxonomy.relabelled(values, options.merge, options.new, within=within)
        put_column(workspace, corpus.id, made, pa.array(changed.tolist(), type=pa.string()))
        rows = int((changed != values).sum())
        print(f"{counted(rows, 'row')} relabelled in the column {quoted(made)}: choose --strategy b2nerd "
              f"--set {quoted(f'category={made}')}")  # fmt: skip
        return
    vectors = load_embeddings(CorpusText(corpus, options.component), options.embedder or None)
    if vectors is None:
        raise FeatureMissing(
            "embeddings", remedy=remedy_for(f"{options.component}.embeddings"), component=options.component
        )
    rows_of = taxonomy.labelled(values, corpus.column(options.source), column=options.column)
    groups = taxonomy.label_groups(rows_of, vectors, weight=options.weight, least=options.least)
    several = groups[groups.duplicated("group", keep=False)].sort_values(["group", "rows"], ascending=[True, False])
    print(f"{counted(len(groups), 'label')} in {counted(len(rows_of.sources), 'source')}; like names:")
    names = ["group", "label", "rows", "sources", "like", "likeness"]
    alike = [(*line[:-1], f"{line[-1]:.2f}") for line in several[names].head(SHOWN).values.tolist()]
    print(table(tuple(names), alike))
    found = taxonomy.clashes(rows_of, vectors, least_rows=options.least_rows, most_rows=options.most_rows)
    print(f"\n{counted(int((found['agreement'] < taxonomy.EDGE).sum()), 'definition')} below an agreement of ½:")
    lines = [
        (line["label"], line["source"], line["other source"], f"{line['agreement']:.2f}", line["taken for"],
         show_id(int(corpus.ids[line["example"]])), show_id(int(corpus.ids[line["other example"]])))
        for line in found.head(SHOWN).to_dict("records")
    ]  # fmt: skip
    print(table(("label", "source", "other", "agreement", "taken for", "example", "other example"), lines))
