"""What one browser session looks at: corpus, pool, choice of features. Kept in the session and in the URL."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import WorkspaceError
from core.jobs import queue, supervisor
from core.workbench.feature_settings import FeatureSettings
from core.workbench.url_settings import settings_of_link
from core.workspace.artefacts import Workspace
from core.workspace.cache import share, shared

CORPUS, CHOICE, POOL, SEEN, STRAIGHT = "ds.corpus", "ds.choice", "ds.pool", "ds.url", "ds.straight"
RECIPE, REFUSED = "ds.recipe", "ds.refused"
PINNED, EXCLUDED, SWAP = "ds.pinned", "ds.excluded", "ds.swap"
LINKED, RULES_OF, RULE_COUNT, RULE_UNDO = "ds.rules", "ds.rules.of", "ds.rules.count", "ds.rules.undo"


@st.cache_resource
def workspace() -> Workspace:
    """The one workspace of this server."""
    found = Workspace.default()
    try:
        found.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {found.home} cannot be made: {error.strerror}.",
            remedy="Set DIVERSCOPE_HOME to a folder of yours, then start the app again.",
        ) from error
    share(found)
    if any(job.live for job in queue.jobs(found)):
        supervisor.ensure_worker(found)  # work that an earlier app left goes on
    return found


def choice() -> FeatureSettings:
    """The session's choice of features."""
    if CHOICE not in st.session_state:
        st.session_state[CHOICE] = FeatureSettings()
    found: FeatureSettings = st.session_state[CHOICE]
    return found


def choose(**changes: Any) -> None:
    """Change the session's choice; pages see it on their next run."""
    st.session_state[CHOICE] = choice().with_(**changes)
    st.session_state.pop(REFUSED, None)


def corpus_id() -> str | None:
    """The corpus the session looks at, or None."""
    found: str | None = st.session_state.get(CORPUS)
    return found


def look_at(corpus: str | None) -> None:
    """Turn to another corpus; its pool starts unfiltered, and its rows have rules of their own."""
    before = st.session_state.get(CORPUS)
    if corpus != before:
        st.session_state[POOL] = {}
        _turn_rules(before, corpus)
    st.session_state[CORPUS] = corpus


def _turn_rules(before: str | None, corpus: str | None) -> None:
    """Put the row rules of one corpus away and take out those of another: ids of one name nothing in the other."""
    kept: dict[str, dict[str, list[str]]] = st.session_state.setdefault(RULES_OF, {})
    if before is not None:
        take_linked_rules()  # those of the link are of the corpus that it named
        kept[before] = {name: list(st.session_state.get(name, [])) for name in (PINNED, EXCLUDED)}
        st.session_state[LINKED] = {}
        for name in (PINNED, EXCLUDED):
            st.session_state[name] = []
    for name, ids in kept.get(corpus or "", {}).items():
        st.session_state[name] = list(ids)
    for name in (SWAP, RULE_UNDO):
        st.session_state.pop(name, None)


def take_linked_rules() -> None:
    """Once a session: take the rules that its link carries; pins and exclusions become the session's own."""
    import orjson

    if LINKED in st.session_state:
        return
    try:
        found = orjson.loads(st.query_params.get("rules", "{}"))
    except orjson.JSONDecodeError:
        found = {}
    found = found if isinstance(found, dict) else {}
    st.session_state[LINKED] = found
    for name, kind in ((PINNED, "pinned"), (EXCLUDED, "excluded")):
        ids = found.get(kind)
        st.session_state.setdefault(name, [str(one) for one in ids] if isinstance(ids, list) else [])


def linked_rules() -> dict[str, Any]:
    """The rules that the session's link carried for the corpus it named; their quotas as a list of rules."""
    held: dict[str, Any] = st.session_state.get(LINKED) or {}
    quotas = held.get("quotas")
    return {**held, "quotas": [rule for rule in quotas if isinstance(rule, dict)] if isinstance(quotas, list) else []}


def pool_values() -> dict[str, Any]:
    """The pool's filters as JSON values; {} is the whole corpus."""
    return dict(st.session_state.get(POOL) or {})


def set_pool(values: dict[str, Any]) -> None:
    st.session_state[POOL] = values


def slider_recipe() -> dict[str, Any]:
    """The recipe that the Subsets page's slider stands at, or {} before it was looked at."""
    found: dict[str, Any] = st.session_state.get(RECIPE) or {}
    return found if found.get("corpus") == corpus_id() else {}


def keep_slider(recipe: dict[str, Any]) -> None:
    """Let other pages know where the slider stands."""
    st.session_state[RECIPE] = recipe


def read_url() -> None:
    """Once a session: take corpus, features and pool from the URL."""
    if st.session_state.get(SEEN):
        return
    st.session_state[SEEN] = True
    query = st.query_params.to_dict()
    if "corpus" in query:
        st.session_state[CORPUS] = query["corpus"]
    st.session_state[CHOICE], st.session_state[REFUSED] = settings_of_link(
        query, address=str(st.get_option("server.address") or "")
    )
    if "pool" in query:
        import orjson

        try:
            values = orjson.loads(query["pool"])
        except orjson.JSONDecodeError:
            values = {}
        st.session_state[POOL] = values if isinstance(values, dict) else {}


def came_straight() -> bool:
    """Whether this page runs without app.py, as Streamlit does for the first link after the start; said once."""
    if st.session_state.get(SEEN) or st.session_state.get(STRAIGHT):
        return False
    st.session_state[STRAIGHT] = True
    return True


def came_back() -> bool:
    """Whether the browser's Back or Forward brought this page.

    Its address is then as it was before the page's widgets wrote into it, and Streamlit would set them to their
    defaults; a run that is no history navigation takes what the session holds.
    """
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def write_url() -> None:
    """Let the URL carry what differs from the defaults, beside what widgets bind themselves."""
    import orjson

    wanted = {name: str(value) for name, value in choice().changed().items()}
    if corpus_id():
        wanted["corpus"] = str(corpus_id())
    if pool_values():
        wanted["pool"] = orjson.dumps(pool_values(), option=orjson.OPT_SORT_KEYS).decode()
    ours = {"corpus", "pool", *FeatureSettings().as_dict()}
    present = st.query_params.to_dict()
    for name in ours & set(present) - set(wanted):
        del st.query_params[name]
    for name, value in wanted.items():
        if present.get(name) != value:
            st.query_params[name] = value


def notices() -> list[str]:
    """What a person should know: another process has the cache, newer files lie here, a link asked for what is not."""
    cache = shared(workspace())
    said = [cache.notice] if cache is not None and cache.notice else []
    refused: list[str] = st.session_state.get(REFUSED) or []
    return said + refused + list(dict.fromkeys(workspace().unreadable("corpora").values()))
