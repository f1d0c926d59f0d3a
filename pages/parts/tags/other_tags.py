"""The other sets of tags that a component has, each with a button to use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.features.tags.tagging import raw_tags_key
from core.workbench.feature_settings import FeatureSettings
from pages.parts.frame import session
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

MOST = 6  # sets that are offered; more would fill the page


def others(ctx: Context) -> None:
    """Draw a line with a button for each other set of tags of this corpus and component, if there are any."""
    sets = tag_sets(ctx)
    current = raw_tags_key(ctx.corpus.id, ctx.component, ctx.choice.tagging)
    in_use = sets.pop(current, None)
    if not sets:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="tags-others"):
        st.caption(
            (f"In use: {plain(_said(in_use))}. " if in_use else "") + f"The {ctx.component} has other tags too:",
            width="content",
        )
        for key, changes in list(sets.items())[:MOST]:
            if st.button(plain(f"Use {_said(changes)}"), key=f"tags.use.{key}", icon=":material/sell:"):
                session.choose(**changes)
                st.rerun()


def tag_sets(ctx: Context) -> dict[str, dict[str, Any]]:
    """Sets of raw tags of this corpus and component, newest first: {key: the settings that select the set}.

    Sets that need other settings of the session too (keyphrases by another embedder) are left out, and so are the
    earlier rounds of a model that was asked again.
    """
    made = [
        artefact
        for artefact in ctx.workspace.list("features")
        if artefact.manifest.get("feature") == "raw-tags"
        and (artefact.manifest.get("corpus"), artefact.manifest.get("component")) == (ctx.corpus.id, ctx.component)
    ]
    made.sort(key=lambda artefact: (-float(artefact.manifest["made_at"]), artefact.key))
    sets: dict[str, dict[str, Any]] = {}
    asked = set()
    for artefact in made:
        changes = _changes(artefact.manifest["tagger"])
        reached = ctx.choice.with_(**changes)
        who = (changes["tagger"], changes["tag_model"], changes["tag_check_model"])
        if raw_tags_key(ctx.corpus.id, ctx.component, reached.tagging) != artefact.key:
            continue
        if changes["tagger"] != "endpoint" or who not in asked:
            sets[artefact.key] = changes
        asked.add(who)
    return sets


def _changes(tagger: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a manifest's tagger corresponds to."""
    usual = FeatureSettings()
    return {
        "tagger": tagger["tagger"],
        "tag_model": tagger.get("model", ""),
        "tag_check_model": tagger.get("check_model", ""),
        "tag_rounds": tagger.get("rounds", 1),
        "tags_per_row": tagger.get("per_row", usual.tags_per_row),
        "tag_spread": tagger.get("spread", usual.tag_spread),
        "tag_longest": tagger.get("longest", usual.tag_longest),
    }


def _said(changes: Mapping[str, Any]) -> str:
    if changes["tagger"] == "own":
        return f"your file “{changes['tag_model']}”"
    if changes["tagger"] == "endpoint":
        checked = f", checked by {changes['tag_check_model']}" if changes["tag_check_model"] else ""
        return f"tags by {changes['tag_model']}{checked}"
    if changes["tagger"] == "phrases":
        return f"phrases ({changes['tags_per_row']} a row, up to {changes['tag_longest']} words)"
    return (
        f"keyphrases ({changes['tags_per_row']} a row, up to {changes['tag_longest']} words, "
        f"spread {changes['tag_spread']:g})"
    )
