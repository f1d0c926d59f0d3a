"""The Tokens page, run as Streamlit runs it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import orjson
from pytest import CaptureFixture, MonkeyPatch, fixture, mark
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.tokens import compute_tokens, load_tokens
from core.jobs import job_names, queue
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace
from pages.parts.frame import address, session_keys
from tests.jobs.running import run_here

HOSTILE = "<script>alert(1)</script> **bold** $x$ :red[hi]"


def corpus_of(workspace: Workspace, responses: list[str]) -> Corpus:
    rows = [{"instruction": f"Question {n}?", "output": response} for n, response in enumerate(responses)]
    return ingest(workspace, [from_bytes("rows.jsonl", b"\n".join(map(orjson.dumps, rows)))])


pytestmark = mark.usefixtures("no_worker")


@fixture
def corpus(workspace: Workspace) -> Corpus:
    """Common, middling and rare words, and one row that holds none of the middling ones."""
    middle = [f"the {name} and the {name}" for name in ("cat", "dog", "house", "river") for _ in range(6)]
    made = corpus_of(workspace, [f"{text} {n}" for n, text in enumerate(middle)] + ["xylophone", HOSTILE])
    compute_tokens(CorpusText(made, "response"))
    return made


@fixture
def page(workspace: Workspace) -> AppTest:
    return AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "tokens.py"), default_timeout=60)


def sizes(page: AppTest) -> dict[str, tuple[int, int]]:
    """Types and occurrences of each band, as the page shows them."""
    table = next(frame.value for frame in page.dataframe if "Band" in frame.value)
    return {row["Band"]: (row["Types"], row["Occurrences"]) for _, row in table.iterrows()}


def said(page: AppTest) -> str:
    kinds = (page.warning, page.error, page.info, page.caption, page.markdown, page.text)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_band_sizes_are_those_of_the_corpus(page: AppTest, workspace: Workspace, corpus: Corpus) -> None:
    page.run()
    assert not page.exception and not page.error
    frequency = load_tokens(CorpusText(corpus, "response")).frequency
    middle = (frequency >= 10) & (frequency <= 500)
    assert sizes(page)["mid"] == (middle.sum(), frequency[middle].sum())
    assert sum(types for types, _ in sizes(page).values()) == (frequency > 0).sum()


def test_typing_a_threshold_moves_the_band_and_can_be_undone_and_reset(page: AppTest, corpus: Corpus) -> None:
    page.run()
    first = sizes(page)
    page.number_input(key="tokens.high.count").set_value(20).run()
    second = sizes(page)
    assert second["high"][0] > first["high"][0]
    page.number_input(key="tokens.low.count").set_value(3).run()
    assert sizes(page)["low"][0] < second["low"][0]
    page.button(key="tokens.undo").click().run()
    assert sizes(page) == second
    page.button(key="tokens.reset").click().run()
    assert sizes(page) == first
    assert page.query_params.get("high") is None


def test_ends_in_the_wrong_order_are_refused_with_the_reason(page: AppTest, corpus: Corpus) -> None:
    page.run()
    before = sizes(page)
    page.number_input(key="tokens.low.count").set_value(600).run()
    assert "is empty" in said(page) and sizes(page) == before
    assert page.number_input(key="tokens.low.count").value == 10


def test_another_unit_keeps_the_band(page: AppTest, corpus: Corpus) -> None:
    page.run()
    before = sizes(page)
    for was, unit in (("count", "per_million"), ("per_million", "quantile"), ("quantile", "count")):
        page.segmented_control(key=f"tokens.unit.{was}").set_value(unit).run()
        assert not page.exception and not page.error
        assert sizes(page) == before


def test_a_band_without_tokens_says_what_to_do(page: AppTest, corpus: Corpus) -> None:
    page.run()
    page.number_input(key="tokens.high.count").set_value(100_000).run()
    page.number_input(key="tokens.low.count").set_value(99_999).run()
    assert "widen the band" in said(page).lower() and not page.exception and not page.error


def told_by_command(capsys: CaptureFixture[str], *options: str) -> dict[str, tuple[int, int]]:
    """Types and occurrences of each band, as the ``tokens`` command prints them."""
    capsys.readouterr()
    assert main(["tokens", "rows", *options]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return {
        line[0]: (int(line[1].replace(",", "")), int(line[2].replace(",", "")))
        for line in lines
        if line and line[0] in ("low", "mid", "high")
    }


@mark.parametrize(
    "band",
    [
        FeatureSettings(),
        FeatureSettings(low=8, high=11),  # between two frequencies that occur: no type
        FeatureSettings(low=4.2, high=4.8),  # between two whole numbers
        FeatureSettings(low=99_999, high=100_000),
        FeatureSettings(low=0, high=0),
        FeatureSettings(low=0.3, high=0.9, unit="quantile"),
        FeatureSettings(low=30_000, high=31_000, unit="per_million"),
    ],
    ids=lambda band: f"{band.low:g} to {band.high:g} {band.unit}",
)
def test_the_command_and_the_page_say_the_same_of_every_band(
    page: AppTest, workspace: Workspace, corpus: Corpus, capsys: CaptureFixture[str], band: FeatureSettings
) -> None:
    page.session_state["ds.choice"] = band
    page.run()
    assert not page.exception and not page.error
    told = told_by_command(capsys, "--low", str(band.low), "--high", str(band.high), "--unit", band.unit)
    assert told == sizes(page)
    frequency = load_tokens(CorpusText(corpus, "response")).frequency
    if band.unit == "count":
        times = [int(count) for count in frequency if count]
        counted = {name: told[name][0] for name in ("low", "mid", "high")}
        assert counted == {
            "low": sum(count < band.low for count in times),
            "mid": sum(band.low <= count <= band.high for count in times),
            "high": sum(count > band.high for count in times),
        }
    assert sum(types for types, _ in told.values()) == (frequency > 0).sum()
    assert sum(occurrences for _, occurrences in told.values()) == frequency.sum()


@mark.parametrize("band_rows", ["training", "pool"])
def test_page_and_command_count_the_same_rows_and_the_link_keeps_which(
    page: AppTest, workspace: Workspace, capsys: CaptureFixture[str], band_rows: str
) -> None:
    texts = [f"the {name} and the {name} {n}" for n, name in enumerate(("cat", "dog", "house") * 20)]
    corpus = corpus_of(workspace, [*texts, *(f"{text} once more and then again" for text in texts)])
    assert corpus.holdout.any()
    compute_tokens(CorpusText(corpus, "response"))
    tokens = load_tokens(CorpusText(corpus, "response"))
    page.run()  # opens the corpus, with an unfiltered pool
    page.session_state["ds.pool"] = {"length": {"maximum": 11, "unit": "tokens"}}
    page.run()
    whole = sizes(page)
    page.selectbox(key="tokens.band_rows").set_value(band_rows).run()
    assert not page.exception and not page.error
    assert page.query_params["band_rows"] == band_rows
    inside = ~corpus.holdout & ((tokens.lengths <= 11) if band_rows == "pool" else True)
    assert 0 < inside.sum() < len(corpus)
    times = Counter(
        int(token)
        for row in np.flatnonzero(inside)
        for token in tokens.ids[tokens.indptr[row] : tokens.indptr[row + 1]]
    )
    middle = [count for count in times.values() if 10 <= count <= 500]
    assert sizes(page)["mid"] == (len(middle), sum(middle)) and sizes(page) != whole
    assert told_by_command(capsys, "--band-rows", band_rows, "--pool", "length=..11") == sizes(page)
    page.selectbox(key="tokens.band_rows").set_value("corpus").run()
    assert sizes(page) == whole and "band_rows" not in page.query_params


def test_the_command_refuses_ends_in_the_wrong_order(corpus: Corpus, capsys: CaptureFixture[str]) -> None:
    assert main(["tokens", "rows", "--low", "5", "--high", "4"]) == 1
    assert "The band from 5 to 4 is empty" in capsys.readouterr().err


def test_a_unit_that_cannot_say_the_band_is_refused_and_the_band_stays(page: AppTest, corpus: Corpus) -> None:
    page.session_state["ds.choice"] = FeatureSettings(low=99_999, high=100_000)
    page.run()
    before = sizes(page)
    page.segmented_control(key="tokens.unit.count").set_value("quantile").run()
    assert not page.exception and not page.error
    assert "cannot be expressed by quantile thresholds" in said(page)
    assert sizes(page) == before and page.segmented_control(key="tokens.unit.count").value == "count"
    page.run()
    assert "no quantile thresholds" not in said(page)


def test_a_url_that_names_no_band_falls_back(page: AppTest, corpus: Corpus) -> None:
    page.session_state["ds.choice"] = FeatureSettings(low=900.0, high=5.0, unit="nonsense")
    page.run()
    assert not page.exception and not page.error
    assert page.number_input(key="tokens.low.count").value == 10 and "Bands are given in" in said(page)


def test_words_come_with_the_papers_warning(page: AppTest, workspace: Workspace, corpus: Corpus) -> None:
    compute_tokens(CorpusText(corpus, "response"), "words")
    page.run()
    page.selectbox(key="tokens.tokenizer.mistral-32k").set_value("words").run()
    assert not page.exception and not page.error
    assert "destroys the correlation" in said(page)
    tokens = next(frame.value for frame in page.dataframe if "Token" in frame.value)
    assert len(tokens)


@mark.parametrize(
    ("name", "reason"), [("/etc", "outside the folders"), ("nobody/nothing-of-that-name", "could not be asked")]
)
def test_a_tokenizer_that_is_not_there_leaves_the_old_one(
    page: AppTest, corpus: Corpus, monkeypatch: MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.setenv("DIVERSCOPE_OFFLINE", "1")
    page.run()
    before = sizes(page)
    picker = page.selectbox(key="tokens.tokenizer.mistral-32k")
    picker.options.append(name)  # typed: the test's selectbox knows its own options only
    picker.set_value(name).run()
    assert reason in said(page).replace("\\", "") and sizes(page) == before
    assert not page.exception and page.selectbox(key="tokens.tokenizer.mistral-32k").value == "mistral-32k"


def test_missing_tokens_are_made_by_a_job(page: AppTest, workspace: Workspace) -> None:
    corpus = corpus_of(workspace, ["one two", "three"])
    page.run()
    assert not page.exception and not page.error
    (job,) = queue.jobs(workspace)
    assert job.task == job_names.TOKENS
    assert job.request == {"corpus": corpus.id, "component": "response", "tokenizer": "mistral-32k"}
    assert not any("Band" in frame.value for frame in page.dataframe)
    run_here(workspace, job.task, job.request)
    page.run()
    assert sizes(page)["low"][0] > 0 and len(queue.jobs(workspace)) == 1


def turned(page: AppTest, view: str) -> AppTest:
    """The page, run, in one of its views."""
    page.run()
    page.segmented_control(key=address.TOKENS_VIEW.widget.name).set_value(view).run()
    assert not page.exception and not page.error
    return page


def test_rows_are_shown_as_text_only(page: AppTest, corpus: Corpus) -> None:
    turned(page, "rows")
    assert "<script>" not in said(page) and "**bold**" not in said(page)
    listed = next(frame.value for frame in page.dataframe if "Text" in frame.value)
    assert HOSTILE in listed["Text"].tolist()
    page.segmented_control(key="tokens.ways").set_value("none").run()
    listed = next(frame.value for frame in page.dataframe if "Text" in frame.value)
    assert set(listed["Mid types"]) == {0} and "xylophone" in listed["Text"].tolist()


def listed(page: AppTest) -> list[str]:
    """The texts of the rows that are listed for reading."""
    return next(frame.value for frame in page.dataframe if "Text" in frame.value)["Text"].tolist()


def search(page: AppTest, text: str) -> AppTest:
    page.text_input(key=address.TOKEN_SEARCH.name).set_value(text).run()
    assert not page.exception and not page.error
    return page


def test_a_token_is_searched_and_shows_the_rows_that_hold_it(page: AppTest, corpus: Corpus) -> None:
    page.run()
    search(page, "dog")
    assert page.segmented_control(key=address.TOKENS_VIEW.widget.name).value == "find"
    texts = corpus.text("response")
    assert sorted(listed(page)) == sorted(text for text in texts if "dog" in text)
    search(page, "xyl")
    assert listed(page) == ["xylophone"]
    search(page, "qqqq zzzz" * 500)
    assert not page.exception and not page.error


def test_a_rank_shows_the_tokens_there_and_the_link_keeps_those_that_are_picked(page: AppTest, corpus: Corpus) -> None:
    page.run()
    search(page, "rank 1")
    pills = next(group for group in page.get("button_group") if "around rank 1" in group.label)
    tokens = load_tokens(CorpusText(corpus, "response"))
    first = int(np.lexsort((np.arange(tokens.vocabulary_size), -tokens.frequency))[0])
    assert len(pills.options) == min(24, int((tokens.frequency > 0).sum()))
    assert f"{int(tokens.frequency[first]):,}" in pills.options[0]
    pills.set_value([first]).run()
    assert page.query_params["token"] == str(first)
    (said,) = [text.value for text in page.markdown if "those with the most" in text.value]
    assert f"**{int((tokens.counts[:, first].toarray() > 0).sum())} rows**" in said
    again = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "tokens.py"), default_timeout=60)
    again.query_params.update({"find-token": "rank 1", "tokens-view": "find", "token": str(first)})
    again.run()
    assert listed(again) == listed(page) and again.query_params["token"] == str(first)


def test_the_rows_with_a_token_become_the_selection_of_every_page(page: AppTest, corpus: Corpus) -> None:
    page.run()
    search(page, "river")
    next(button for button in page.button if button.label == "Select these rows").click().run()
    selected = page.session_state[session_keys.SELECTION.name]
    assert {corpus.text("response")[row] for row in selected.rows} == set(listed(page))
    assert all("river" in corpus.text("response")[row] for row in selected.rows)


def test_a_moved_threshold_says_which_tokens_and_rows_change_sides(page: AppTest, corpus: Corpus) -> None:
    turned(page, "moved")
    assert "holds the same tokens" in said(page)
    before = load_tokens(CorpusText(corpus, "response"))
    page.number_input(key="tokens.low.count").set_value(13).run()
    frequency = before.frequency
    moved = (frequency >= 10) & (frequency < 13)
    table = next(frame.value for frame in page.dataframe if "From" in frame.value)
    assert table[["From", "To", "Tokens", "Occurrences"]].values.tolist() == [
        ["mid band", "low band", moved.sum(), frequency[moved].sum()]
    ]
    assert f"{moved.sum()} tokens left the mid band" in said(page)
    fewer = (before.counts[:, np.flatnonzero(moved)].sum(axis=1) > 0).sum()
    assert table["Rows with one of them"].tolist() == [fewer]
    page.button(key="tokens.undo").click().run()
    assert "holds the same tokens" in said(page)


def test_a_change_of_unit_moves_nothing(page: AppTest, corpus: Corpus) -> None:
    turned(page, "moved")
    page.segmented_control(key="tokens.unit.count").set_value("quantile").run()
    assert "holds the same tokens" in said(page)


@mark.parametrize("text", ["rank 0", "rank 999999999999", "rank x", HOSTILE, "  "])
def test_odd_searches_are_answered(page: AppTest, corpus: Corpus, text: str) -> None:
    page.run()
    search(page, text)
    assert "<script>" not in said(page)
