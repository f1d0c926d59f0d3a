"""Two rows side by side, the words in which they differ marked; and the rows nearest to the one that is read."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.component_words import component_phrase
from core.corpus.corpus_text import CorpusText
from core.corpus.hits import Spans
from core.corpus.named_rows import named_row
from core.corpus.reading_blocks import Said, shortened, turns_to_read
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.corpus.word_difference import word_difference
from core.counted import counted, figure3
from core.curation.near_copies.of_row import copies_of_row
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.curation.near_copies.store import are_found
from core.errors import InputError
from core.features.embedders import INSTANT, embedder_title
from core.features.neighbour_graph import load_graph
from core.features.row_neighbours import RowNeighbours, row_neighbours
from core.jobs import job_names
from core.row_positions import CorpusRow
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.frame import jobs, session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.plain_text import plain
from pages.parts.frame.reading_turns import show_turns

LONG, MANY = 60_000, 300  # characters and blocks of a row that are compared
NEAREST = 8
HEIGHT = 500
SLOW_ROWS = 100_000  # from which on looking through all vectors for one row takes a moment


def compare_button(corpus: Corpus, row: CorpusRow, *, key: str, beside: Mapping[str, CorpusRow]) -> None:
    """Draw the button that compares ``row`` with another, and the two side by side once that was asked for.

    ``beside`` are rows to offer first, by what they are.
    """
    st.button(
        "Compare", icon=":material/difference:", type="tertiary", key=f"{key}.compare",
        help="This row beside another one, the differing words marked.", on_click=session_keys.COMPARING.set,
        args=((key, int(row), None),),
    )  # fmt: skip
    asked = session_keys.COMPARING.get(None)
    if asked is not None and asked[:2] == (key, int(row)):
        first = {} if asked[2] is None else {f"row {show_id(int(corpus.ids[asked[2]]))}": CorpusRow(asked[2])}
        _comparison(corpus, row, {**first, **beside})


def nearest_list(corpus: Corpus, row: CorpusRow, *, key: str) -> None:
    """Draw the fold with the rows nearest to ``row``; a press on one compares the two."""
    fold = st.expander("Nearest rows", key=f"{key}.nearest", on_change="rerun")
    if not fold.open:
        return
    with fold, guarded():
        near = _nearest(corpus, row)
        if near is None:
            _offer_instant(corpus, key=key)
            return
        texts = corpus.texts_at(near.component, near.rows)
        st.caption(plain(_by(near)))
        listed = zip(near.rows.tolist(), near.cosines.tolist(), texts, strict=True)
        for place, (other, cosine, text) in enumerate(listed):
            st.button(
                plain(f"{cosine:.2f} · {_snippet(text)[:44]}"), type="tertiary", key=f"{key}.nearest-{place}",
                help="Compare the two rows.", on_click=session_keys.COMPARING.set, args=((key, int(row), other),),
            )  # fmt: skip
        if len(corpus) >= SLOW_ROWS:
            _offer_graph(corpus, near, key=key)


def _offer_graph(corpus: Corpus, near: RowNeighbours, *, key: str) -> None:
    """Offer to find the nearest rows of every row once, or show how far that is; nothing where they are found."""
    if load_graph(CorpusText(corpus, near.component), near.embedder) is not None:
        return
    request = {"corpus": corpus.id, "component": near.component, "embedder": near.embedder}
    running = jobs.latest(corpus.workspace, job_names.NEIGHBOURS, request)
    if running is not None and running.state != "done":
        jobs.follow(corpus.workspace, running, key=f"{key}.graph", alone=False)
        return
    takes = jobs.lasting(expected_seconds(corpus.workspace, job_names.NEIGHBOURS, request)).removesuffix(" left")
    if st.button(
        f"Find those of all {counted(len(corpus), 'row')}" + (f" ({takes})" if takes else ""), key=f"{key}.graph",
        help="Compares every row with all others once, exactly; then each row's nearest are looked up at once.",
    ):  # fmt: skip
        jobs.start(corpus.workspace, job_names.NEIGHBOURS, request, title=f"Nearest rows of {corpus.name}")
        st.rerun()


def _offer_instant(corpus: Corpus, *, key: str) -> None:
    """Offer the instant embedding of the corpus, or show how far it is: without any embedding no row is near."""
    workspace, component = corpus.workspace, session.choice().component
    request = {"corpus": corpus.id, "component": component, "embedder": INSTANT}
    running = jobs.latest(workspace, job_names.EMBED, request)
    if running is not None and running.state != "done":
        jobs.follow(workspace, running, key=f"{key}.nearest-embed", alone=False)
        return
    takes = jobs.lasting(expected_seconds(workspace, job_names.EMBED, request)).removesuffix(" left")
    st.caption(
        plain("No embedding of this corpus is there yet." + (f" The instant one takes {takes}." if takes else ""))
    )
    if st.button(
        f"Embed {counted(len(corpus), 'row')} at once", key=f"{key}.nearest-embed", type="primary",
        help=f"{component_phrase(component)[0].upper()}{component_phrase(component)[1:]}, by the instant embedder; "
        "the full one is on the Clusters page.",
    ):  # fmt: skip
        jobs.start(workspace, job_names.EMBED, request, title=f"Embed {corpus.name}")
        st.rerun()


@st.dialog("Two rows, word by word", width="large", on_dismiss=session_keys.COMPARING.drop)
def _comparison(corpus: Corpus, row: CorpusRow, beside: Mapping[str, CorpusRow]) -> None:
    offered = dict(beside)
    for copy, rung in _copies(corpus, row):
        if copy not in offered.values():
            offered[f"near-copy, {rung.lower()}: row {show_id(int(corpus.ids[copy]))}"] = CorpusRow(copy)
    near = _nearest(corpus, row)
    if near is not None:
        texts = corpus.texts_at(near.component, near.rows)
        for place, cosine, text in zip(near.rows.tolist(), near.cosines.tolist(), texts, strict=True):
            if place not in offered.values():
                offered[f"nearest, cosine {figure3(cosine)}: {_snippet(text)}"] = CorpusRow(place)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Beside it", list(offered), key="compare.offered", disabled=not offered,
        placeholder="No near-copy and no embedding: name a row", help=None if near is None else plain(_by(near)),
    )  # fmt: skip
    typed = right.text_input("or the row", key="compare.typed", placeholder="16 digits or file:line", max_chars=300)
    other: CorpusRow | None = offered.get(chosen) if chosen else None
    if typed.strip():
        try:
            other = corpus.position_of(named_row(corpus, typed))
        except InputError as error:
            st.error(plain(error))
            return
        if other is None:
            st.error(plain(f"No row of {corpus.name} has the id {typed.strip()}."))
    if other is None:
        st.info("Choose a row, or name one, to compare the two.")
        return
    _side_by_side(corpus, row, other)


def _side_by_side(corpus: Corpus, row: CorpusRow, other: CorpusRow) -> None:
    rows = corpus.rows([row, other])
    sides = [shortened(turns_to_read(side), characters=LONG, blocks=MANY) for side in rows]
    marks = word_difference(*(_texts(turns) for turns, _ in sides))
    places = [sum(len(spans) for spans in side) for side in marks]
    if not any(places):
        same = rows[0]["id"] == rows[1]["id"]
        st.success("It is the same row." if same else "The same words in the same order.")
    else:
        st.caption(f"They differ in {counted(places[0], 'place')} here and {counted(places[1], 'place')} there.")
    for name, column, side, (turns, left_out), spans in zip(
        ("left", "right"), st.columns(2, gap="small"), rows, sides, marks, strict=True
    ):
        with column, st.container(border=True, height=HEIGHT, key=f"compare.{name}"):
            st.caption(plain(f"row {show_id(side['id'])} · {side['source'] or ''}"))
            _one_side(turns, spans, row=show_id(side["id"]), name=name)
            if left_out:
                st.caption(f"{counted(left_out, 'more character')} are not compared.")


def _one_side(turns: list[Said], spans: list[Spans], *, row: str, name: str) -> None:
    show_turns(turns, row=row, key=session_keys.COMPARED.of(name), marks=spans)


def _texts(turns: list[Said]) -> list[str]:
    return [block.text for turn in turns for block in turn.blocks]


def _copies(corpus: Corpus, row: CorpusRow) -> list[tuple[int, str]]:
    """The row's near-copies, by what they have in common: of rungs that were looked at, or are moments to look at."""
    components = tuple(dict.fromkeys(("both", session.choice().component)))
    rungs = [are_found(corpus, NearCopies(rung=rung, component=part)) for rung in RUNGS for part in components]
    return _copies_of(str(corpus.workspace.home), corpus.id, repr(rungs), int(row), components, corpus)


@st.cache_data(max_entries=64, show_spinner="Looking for near-copies …")
def _copies_of(
    home: str, corpus: str, rungs: str, row: int, components: tuple[str, ...], _corpus: Corpus
) -> list[tuple[int, str]]:
    copies = copies_of_row(_corpus, CorpusRow(row), components=components)
    return [(int(copy.row), copy.rung) for copy in copies]


def _nearest(corpus: Corpus, row: CorpusRow) -> RowNeighbours | None:
    choice = session.choice()
    return row_neighbours(corpus, row, component=choice.component, clustering=choice.clustering, count=NEAREST)


def _by(near: RowNeighbours) -> str:
    return f"by {embedder_title(near.embedder)} over {component_phrase(near.component)}"


def _snippet(text: str) -> str:
    return " ".join(text[:200].split())[:70]
