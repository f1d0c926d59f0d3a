"""The frame of every page: title, context strip, and the session's corpus and settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import device
from core.component_words import component_title
from core.corpus.columns import columns_digest
from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec, select
from core.corpus.store import Corpus, open_corpus
from core.counted import counted
from core.errors import DiverscopeError, WorkspaceError
from core.features.embedders import embedder_title
from core.figures.theme import Mode
from core.view import COMPONENTS, WITH_THINKING
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace
from pages.parts.frame import jobs, selection, session
from pages.parts.frame.figures import mode
from pages.parts.frame.look import look_control
from pages.parts.frame.missing_corpus import gone_notice, note_gone
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.tour import tour

TITLES = {
    "corpus": ("Corpus", "Load rows, see the report, read them."),
    "tokens": ("Tokens", "Which tokens are common, which are rare, and which carry the diversity."),
    "clusters": ("Clusters", "The map of what the rows are about."),
    "tags": ("Tags", "What the rows are about."),
    "scores": ("Scores", "A number for each row: from its text, a model, a log or your file."),
    "subsets": ("Subsets", "Drag the slider: the rows to train on, from least to most diverse."),
    "study": ("Study", "A paper's whole grid of subsets in one press."),
    "train": ("Train", "A small model trained on each subset, scored on rows outside them all."),
    "measure": ("Measure", "Every metric of any rows, beside random ones of the same size."),
    "judge": ("Judge", "Which of two models answers better, and how far the judge can be trusted."),
    "compare": ("Compare", "Does the diversity you measure predict the score you get?"),
    "inspect": ("Inspect", "Why these rows, and how stable is the choice."),
    "activity": ("Activity", "Work in progress, disk use, and what was deleted."),
}


@dataclass(frozen=True)
class Context:
    """The workspace, corpus and settings of a page. ``opened`` is None only on pages that work without a corpus."""

    workspace: Workspace
    opened: Corpus | None
    choice: FeatureSettings
    pool: PoolSpec
    mode: Mode

    @cached_property
    def corpus(self) -> Corpus:
        """The open corpus. Pages opened with ``needs_corpus`` always have one."""
        if self.opened is None:
            raise WorkspaceError("No corpus is open.", remedy="Open one on the Corpus page.")
        return self.opened

    @property
    def component(self) -> str:
        return self.choice.component

    @property
    def corpus_text(self) -> CorpusText:
        """The chosen component of the corpus."""
        return CorpusText(self.corpus, self.component)

    @property
    def tokenizer(self) -> str:
        return self.choice.tokenizer

    @property
    def embedder(self) -> str:
        return self.choice.embedder


@st.cache_resource(max_entries=4, show_spinner=False)
def corpus_by_id(home: str, corpus_id: str) -> Corpus:
    """The corpus, opened once for all sessions; it is immutable, so sharing is safe."""
    return open_corpus(session.workspace(), corpus_id)


def open_page(name: str, *, needs_corpus: bool = True, strip: bool = True) -> Context:
    """Draw the page's head and context strip; without a corpus, invite the user to load one and stop."""
    if session.came_straight():
        # Streamlit takes pages/ for its own list of pages until something names one; then app.py runs first.
        names = dict.fromkeys(["corpus", name])
        st.navigation([st.Page(Path(__file__).parents[2] / f"{page}.py") for page in names], position="hidden")
        st.rerun()
    title, subtitle = TITLES[name]
    workspace = session.workspace()
    left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
    left.title(title, anchor=False)
    with right:
        look_control()
    middle.caption(f":small[{subtitle}]", text_alignment="right")
    for notice in session.notices():
        st.warning(plain(notice))
    jobs.listen(workspace)
    known = list_corpora(workspace)
    wanted = session.corpus_id()
    if wanted not in [info.id for info in known]:
        asked, wanted = wanted, known[0].id if known else None
        if asked:
            note_gone(asked, wanted)
        session.look_at(wanted)
    if session.came_back():
        selection.take_selection_of_address()
    else:
        selection.name_selection()
    opened = corpus_by_id(str(workspace.home), wanted) if wanted else None
    gone_notice(workspace, opened)
    if opened is None and needs_corpus:
        with st.container(border=True):
            st.subheader("No corpus yet", anchor=False)
            st.text(
                "Everything starts from a corpus. On the Corpus page press “Try the demo corpus”: its rows are there "
                "in seconds, offline, and a first map within about a minute. Or drop a file of your own: 100,000 rows "
                "take seconds to read."
            )
            st.page_link("pages/corpus.py", label="Go to the Corpus page", icon=":material/upload_file:")
        session.write_url()
        st.stop()
    if opened is not None and strip:
        _strip(opened, [(info.id, info.name) for info in known])
    tour(name)
    session.write_url()
    return Context(workspace, opened, session.choice(), pool_of_session(), mode())


def pool_of_session() -> PoolSpec:
    """The session's pool; a pool in the URL that is no longer valid counts as the whole corpus."""
    try:
        return PoolSpec.of(session.pool_values())
    except DiverscopeError:
        session.set_pool({})
        return PoolSpec()


def _strip(corpus: Corpus, known: list[tuple[str, str]]) -> None:
    chosen = session.choice()
    names = dict(known)
    with st.container(border=True, key="context-strip"):
        columns = st.columns([2.1, 3.5, 2, 2.3, 1.3], vertical_alignment="top")
        picked = columns[0].selectbox(
            "Corpus",
            [corpus_id for corpus_id, _ in known],
            index=[corpus_id for corpus_id, _ in known].index(corpus.id),
            format_func=lambda corpus_id: names.get(corpus_id, corpus_id),
            key=f"strip.corpus.{corpus.id}",
        )
        if picked != corpus.id:
            session.look_at(picked)
            st.rerun()
        component = _component(columns[1], corpus, chosen.component)
        if component != chosen.component:
            session.choose(component=component)
            st.rerun()
        spec = pool_of_session()
        columns[2].caption("Pool")
        free = len(corpus) - int(corpus.holdout.sum())
        columns[2].text(_pool_phrase(corpus, spec) or f"{rows(free)} of {counted(len(corpus), 'row')}")
        columns[3].caption("Tokenizer · embedder")
        columns[3].text(f"{chosen.tokenizer} · {embedder_title(chosen.embedder) or 'default'}")
        columns[4].caption("Device")
        columns[4].text(_device())


def _pool_phrase(corpus: Corpus, spec: PoolSpec) -> str:
    """The filters in words, for filters by columns with the number of rows that pass; "" without a filter."""
    said = spec.describe()
    if not spec.columns or spec.text or spec.regex or spec.needs_lengths or spec.rules:
        return said  # to count these would take long, on every page
    try:
        return f"{said}, {counted(_pool_rows(spec.digest, columns_digest(corpus), _corpus=corpus, _spec=spec), 'row')}"
    except DiverscopeError:  # its column is gone: the page that reads the pool says so
        return said


@st.cache_data(max_entries=64, show_spinner=False)
def _pool_rows(digest: str, columns: str, *, _corpus: Corpus, _spec: PoolSpec) -> int:
    return len(select(_corpus, _spec))


def _component(place: DeltaGenerator, corpus: Corpus, chosen: str) -> str:
    """The chosen component; for a corpus with thinking, also whether that counts in the response."""
    plain_chosen = next((name for name, counting in WITH_THINKING.items() if counting == chosen), chosen)
    component = place.segmented_control(
        "Component",
        COMPONENTS,
        default=plain_chosen,
        required=True,
        format_func=component_title,
        key=f"strip.component.{chosen}",
        help="The text of a row that tokens, embeddings and strategies read.",
    )
    component = component or plain_chosen
    if not corpus.has_thinking or component not in WITH_THINKING:
        return component
    counts = place.toggle(
        "Thinking counts in the response",
        value=chosen in WITH_THINKING.values(),
        key=f"strip.thinking.{chosen}",
        help="Rows of this corpus hold what was thought before the response. It is shown and exported in any case.",
    )
    return WITH_THINKING[component] if counts else component


@st.cache_resource(show_spinner=False)
def _device() -> str:
    import sys

    # Asking torch costs seconds at the start; until it is loaded, only the processor computes.
    return device.describe() if "torch" in sys.modules else plain_cpu()


def plain_cpu() -> str:
    """The phrase for the device before torch is loaded."""
    import os

    return f"CPU, {os.cpu_count()} cores"
