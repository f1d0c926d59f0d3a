"""The state of a browser session: corpus, pool, feature settings. It is kept in the session and in the URL."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.corpus.pool import PoolSpec
from core.corpus.row_ids import renewed
from core.corpus.versions import is_older
from core.errors import DiverscopeError, WorkspaceError, quoted
from core.features.embedders import INSTANT
from core.features.projection import LANDMARKS
from core.features.stored_maps import only_instant
from core.features.tags.stored_sets import made_before_phrases
from core.jobs import queue, supervisor
from core.workbench.feature_settings import FeatureSettings
from core.workbench.quotas import typed_rule
from core.workbench.url_settings import settings_of_link
from core.workspace.artefacts import Workspace
from core.workspace.cache import share, shared
from pages.parts.frame import address, session_keys

# The rules that name rows, by their names in a link.
ID_RULES = {"pinned": session_keys.PINNED, "excluded": session_keys.EXCLUDED}


@st.cache_resource
def workspace() -> Workspace:
    """The workspace of this server."""
    opened = Workspace.default()
    try:
        opened.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {opened.home} cannot be made: {error.strerror}.",
            remedy="Set DIVERSCOPE_HOME to a folder of yours, then start the app again.",
        ) from error
    share(opened)
    if any(job.live for job in queue.jobs(opened)):
        supervisor.ensure_worker(opened)  # continue the jobs that an earlier app left
    return opened


def choice() -> FeatureSettings:
    """The session's feature settings."""
    return session_keys.CHOICE.start(FeatureSettings())


def choose(**changes: Any) -> None:
    """Change the session's feature settings; pages see the change at their next run."""
    session_keys.CHOICE.set(choice().with_(**changes))
    session_keys.REFUSED.drop()


def corpus_id() -> str | None:
    """The id of the session's corpus, or None."""
    return session_keys.CORPUS.get(None)


def look_at(corpus: str | None) -> None:
    """Open another corpus in the session; its pool starts unfiltered, and its rows have their own rules."""
    before = corpus_id()
    if corpus != before:
        set_pool({})
        _turn_rules(before, corpus)
        if corpus is not None:
            _start_tagger(corpus)
            _start_embedder(corpus)
    session_keys.CORPUS.set(corpus)


def _start_tagger(corpus: str) -> None:
    """Use the keyphrases that an earlier version made of a corpus, where nothing else was chosen."""
    if choice().tagger == FeatureSettings().tagger and made_before_phrases(workspace(), corpus):
        choose(tagger="keyphrases")


def _start_embedder(corpus: str) -> None:
    """Look at the instant map where it is the only one of a corpus, and no embedder was chosen."""
    now, usual = choice(), FeatureSettings()
    unchosen = now.embedder == usual.embedder and now.landmarks == usual.landmarks
    if unchosen and only_instant(workspace(), corpus, now.component, now.clustering):
        choose(embedder=INSTANT, landmarks=LANDMARKS)


def _turn_rules(before: str | None, corpus: str | None) -> None:
    """Store the row rules of the corpus ``before`` and load those of ``corpus``: ids are valid in one corpus only.

    A version that was grown from ``before`` has its rows too: without rules of its own it takes these.
    """
    kept = session_keys.RULES_OF.start({})
    if before is not None:
        take_linked_rules()  # the link's rules belong to the corpus that the link names
        kept[before] = {key.name: list(key.get([])) for key in ID_RULES.values()}
        session_keys.LINKED.set({})
        for key in ID_RULES.values():
            key.set([])
    rules = kept.get(corpus or "", {})
    if not any(rules.values()) and before and corpus and is_older(workspace(), before, than=corpus):
        rules = kept.get(before, {})
    for key in ID_RULES.values():
        if key.name in rules:
            key.set(list(rules[key.name]))
    session_keys.SWAP.drop()
    session_keys.RULE_UNDO.drop()


def take_linked_rules() -> None:
    """Once per session, read the rules in its link; pins and exclusions become the session's own."""
    if session_keys.LINKED.there:
        return
    linked, refused = address.RULES.values(), []
    quotas = linked.get("quotas", [])
    linked["quotas"] = []
    for rule in quotas if isinstance(quotas, list) else [quotas]:
        try:
            linked["quotas"].append(typed_rule(rule))
        except DiverscopeError as error:
            refused.append(f"The link's quota is not used. {error}")
    session_keys.REFUSED.set(session_keys.REFUSED.get([]) + refused)
    session_keys.LINKED.set(linked)
    for kind, key in ID_RULES.items():
        ids = linked.get(kind)
        key.start([renewed(str(row_id)) for row_id in ids] if isinstance(ids, list) else [])


def linked_rules() -> dict[str, Any]:
    """The rules in the session's link for the corpus that it names, with quotas as a list of rules."""
    linked: dict[str, Any] = session_keys.LINKED.get({})
    return {"quotas": [], **linked}


def pool_values() -> dict[str, Any]:
    """The pool's filters as JSON values; {} is the whole corpus."""
    return dict(session_keys.POOL.get({}))


def set_pool(values: dict[str, Any]) -> None:
    session_keys.POOL.set(values)


def slider_recipe() -> dict[str, Any]:
    """The recipe of the Subsets page's slider, or {} before that page was opened."""
    recipe = session_keys.RECIPE.get({})
    return recipe if recipe.get("corpus") == corpus_id() else {}


def keep_slider(recipe: dict[str, Any]) -> None:
    """Store the slider's recipe for other pages."""
    session_keys.RECIPE.set(recipe)


def read_url() -> None:
    """Read corpus, feature settings, pool and selection from the URL: once per session, and after Back and Forward."""
    if session_keys.SEEN.get(False) and not came_back():
        return
    again = session_keys.SEEN.get(False)
    session_keys.SEEN.set(True)
    if corpus := address.CORPUS.get():
        if again:
            look_at(corpus)
        else:
            session_keys.CORPUS.set(corpus)
    settings, refused = settings_of_link(address.everything(), address=str(st.get_option("server.address") or ""))
    session_keys.CHOICE.set(settings)
    if corpus and address.SETTINGS["tagger"].get() is None:
        _start_tagger(corpus)
    if corpus and address.SETTINGS["embedder"].get() is None and address.SETTINGS["landmarks"].get() is None:
        _start_embedder(corpus)
    before = pool_values()
    set_pool({})
    if address.POOL.get() is not None:
        try:
            PoolSpec.of(address.POOL.values())
            set_pool(address.POOL.values())
        except DiverscopeError as error:
            refused.append(f"The link's pool is not used; the whole corpus is. {error}")
    if again and pool_values() != before:
        session_keys.POOL_FORM.renew()
    refused += [
        f"The link's {parameter.name} is not used: {quoted(parameter.get())} is not a JSON object."
        for parameter in (address.POOL, address.RULES)
        if not parameter.readable
    ]
    session_keys.REFUSED.set(refused)
    take_linked_rules()


def came_straight() -> bool:
    """Whether this page runs without app.py, as Streamlit does for the first link after the start; True only once."""
    if session_keys.SEEN.get(False) or session_keys.STRAIGHT.get(False):
        return False
    session_keys.STRAIGHT.set(True)
    return True


def came_back() -> bool:
    """Whether the browser's Back or Forward brought this view: then the address counts, not what the session chose."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def write_url() -> None:
    """Write the settings that differ from the defaults into the URL; widgets write their own parameters."""
    changed = choice().changed()
    settings: dict[address.UrlParameter, str | None] = {
        parameter: str(changed[name]) if name in changed else None for name, parameter in address.SETTINGS.items()
    }
    pool = address.POOL.text(pool_values())
    address.put_all({**settings, address.CORPUS: corpus_id() or None, address.POOL: pool})


def notices() -> list[str]:
    """Warnings for the user: another process has the cache, files are of a newer version, a link cannot be followed."""
    cache = shared(workspace())
    said = [cache.notice] if cache is not None and cache.notice else []
    return said + session_keys.REFUSED.get([]) + list(dict.fromkeys(workspace().unreadable("corpora").values()))
