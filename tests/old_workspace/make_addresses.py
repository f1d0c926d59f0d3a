"""Saved addresses of every page, as a real browser shows them after a person has set the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from playwright.sync_api import Browser, sync_playwright

from core.corpus.fingerprint import show_id
from core.workbench.subsets import open_subset
from tests.browser.conftest import chromium, serving
from tests.browser.desk import Desk
from tests.old_workspace.make_place import BAND, EMBEDDER, INSTRUCTION, OWN_VECTORS, RESPONSE, Maker

Act = Callable[[Desk], object]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A page opened with the query ``begins`` and set by ``acts``; ``restores`` is what its address must bring back.

    ``restores`` holds settings of the features ("choice"), fields of the slider's recipe ("recipe"), what selectors
    stand at by their name in the address ("selects"), the pool's filters ("pool"), words on the page ("shows"), words
    that it would say if something had to be computed again ("hides"), and how many pictures there are ("charts").
    """

    name: str
    page: str
    restores: dict[str, Any]
    begins: dict[str, str] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()


def segment(option: str) -> Act:
    return lambda desk: desk.choose("", option)


def pick(label: str, option: str) -> Act:
    return lambda desk: desk.select(label, option)


def tokenizer(name: str, told: str) -> Act:
    """Choose from the list that also takes names which it does not hold."""

    def chosen(desk: Desk) -> None:
        desk.page.get_by_role("combobox", name=re.compile("Tokenizer")).first.click()
        desk.page.keyboard.type(name)
        desk.page.get_by_role("option", name=re.compile(told)).first.click()
        desk.settle()

    return chosen


def number(label: str, value: str) -> Act:
    def typed(desk: Desk) -> None:
        desk.page.get_by_role("spinbutton", name=label, exact=True).first.fill(value)
        desk.page.keyboard.press("Enter")
        desk.settle()

    return typed


def folded(label: str) -> Act:
    """Open a popover or an expander."""

    def unfolded(desk: Desk) -> None:
        desk.page.get_by_role("button", name=re.compile(label)).or_(
            desk.page.locator("summary", has_text=re.compile(label))
        ).first.click()
        time.sleep(0.5)

    return unfolded


def words(label: str, text: str) -> Act:
    def typed(desk: Desk) -> None:
        desk.page.get_by_role("textbox", name=label, exact=True).first.fill(text)
        desk.page.keyboard.press("Control+Enter")
        desk.settle()

    return typed


def press(name: str) -> Act:
    def pressed(desk: Desk) -> None:
        desk.press(name)
        desk.settle()

    return pressed


def several(label: str, *options: str) -> Act:
    """Choose options of a list that takes several."""

    def chosen(desk: Desk) -> None:
        for option in options:
            desk.select(label, option)
        desk.page.keyboard.press("Escape")
        desk.settle()

    return chosen


def visits(maker: Maker) -> list[Visit]:
    """What is opened and set, page by page."""
    corpus, key = maker.workshop, maker.subsets
    trained = open_subset(maker.workspace, key["macro"]).ids
    free = [show_id(int(row)) for row in corpus.ids[~corpus.holdout] if row not in trained]
    quota = {"column": "category", "maximum": {"*": 8}, "minimum": {"poem": 3}}
    rules = {"excluded": free[10:12], "given": key["macro"], "pinned": free[3:5], "quotas": [quota]}
    pool = {
        "columns": [{"column": "effort", "maximum": 80.0, "minimum": 5.0, "values": []}],
        "length": {"component": "response", "maximum": 60, "minimum": 12, "unit": "tokens"},
        "sources": ["forum", "guides"],
    }  # fmt: skip
    own = {"component": "instruction", "embedder": OWN_VECTORS}
    return [
        *_on_corpus_tokens_clusters(own, maker.examples.id),
        *_on_tags_and_scores(maker),
        Visit(
            name="subsets: a ranked strategy", page="subsets",
            acts=(pick("Strategy", "k-center"), number("How many", "20"), number("Seed", "3"),
                  lambda desk: desk.drag(0.33), pick("Curve of", "Types covered"), pick("Measured on", "Instruction")),
            restores={"recipe": {"strategy": "kcenter", "size": 20, "unit": "rows", "seed": 3},
                      "selects": {"strategy": "kcenter", "curve": "types", "measured": "instruction"}},
        ),
        Visit(
            name="subsets: knobs and a budget of tokens", page="subsets",
            acts=(segment("tokens"), number("How many", "700"), folded("Settings"), pick("Pruning", "compact"),
                  number("Length correction γ", "0.5")),
            restores={"recipe": {"strategy": "micro", "size": 700, "unit": "tokens",
                                 "parameters": {**BAND, "unit": "count", "variant": "compact", "gamma": 0.5,
                                                "untyped": False}}},
        ),
        Visit(
            name="subsets: several columns", page="subsets",
            begins={"strategy": "bids"}, acts=(folded("Settings"), several("Score columns", "quality", "depth")),
            restores={"recipe": {"strategy": "bids", "parameters": {"columns": ["quality", "depth"]}}},
        ),
        Visit(
            name="subsets: rules", page="subsets", begins={"rules": _text(rules)},
            acts=(number("How many", "24"),),
            restores={"recipe": {"size": 24, "given": rules["given"], "pinned": rules["pinned"],
                                 "excluded": rules["excluded"], "quotas": [quota]}},
        ),
        Visit(
            name="subsets: a pool", page="subsets", begins={"pool": _text(pool)},
            acts=(folded("Pool:"), words("Text holds", "the"), press("Apply"), number("How many", "10")),
            restores={"pool": {**pool, "text": "the", "within": "both"}, "recipe": {"size": 10}},
        ),
        Visit(
            name="subsets: a strategy of one's own", page="subsets", acts=(pick("Strategy", "Middling"),),
            restores={"recipe": {"strategy": "middling"}, "selects": {"strategy": "middling"}},
        ),
        Visit(
            name="subsets: the macro of instructions", page="subsets", begins={**own, "strategy": "macro"},
            acts=(number("How many", "16"),), restores={"choice": own, "recipe": {"strategy": "macro", "size": 16}},
        ),
        *_on_measure_inspect_compare(maker),
    ]  # fmt: skip


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _on_corpus_tokens_clusters(own: dict[str, str], examples: str) -> list[Visit]:
    return [
        Visit(name="corpus", page="", restores={"shows": ["workshop"]}),
        Visit(name="corpus: the other", page="", begins={"corpus": examples}, restores={"shows": ["examples"]}),
        Visit(
            name="tokens: a band in occurrences", page="tokens", acts=(number("Lowest", "3"), number("Highest", "55")),
            restores={"choice": {"low": 3.0, "high": 55.0, "unit": "count"}},
        ),
        Visit(
            name="tokens: a band per million", page="tokens", acts=(segment("per million"), number("Lowest", "400")),
            restores={"choice": {"low": 400.0, "unit": "per_million"}},
        ),
        Visit(
            name="tokens: a band of quantiles", page="tokens", begins={"component": "instruction"},
            acts=(segment("quantile"), number("Highest", "0.95")),
            restores={"choice": {"high": 0.95, "unit": "quantile", "component": "instruction"}},
        ),
        Visit(
            name="tokens: another tokenizer", page="tokens", acts=(tokenizer("tekken", "131,072 pieces"),),
            restores={"choice": {"tokenizer": "tekken-131k"}},
        ),
        Visit(
            name="clusters: k-means", page="clusters", acts=(pick("Partition", "k-means"),),
            restores={"choice": {"partition": "kmeans", "embedder": EMBEDDER}, "shows": ["2 clusters"]},
        ),
        Visit(
            name="clusters: noise to the nearest", page="clusters", acts=(pick("Noise rows", "to the nearest"),),
            restores={"choice": {"noise": "nearest", "min_cluster_size": 5, "components": 3, "neighbors": 8}},
        ),
        Visit(
            name="clusters: a column", page="clusters", acts=(pick("Partition", "a column"), pick("Column", "topic")),
            restores={"choice": {"partition": "column", "cluster_column": "topic"}, "shows": ["8 clusters"]},
        ),
        Visit(
            name="clusters: vectors of one's own", page="clusters", begins={"component": "instruction"},
            acts=(pick("Embedder", "by-hand (yours)"),), restores={"choice": own, "shows": ["8 clusters"]},
        ),
    ]  # fmt: skip


def _on_tags_and_scores(maker: Maker) -> list[Visit]:
    asked = {
        **{name: str(value) for name, value in INSTRUCTION.changed().items()},
        "tagger": "endpoint", "tag_model": "invented-tagger", "tag_check_model": "invented-checker", "tag_rounds": "2",
    }  # fmt: skip
    return [
        Visit(
            name="tags: a version of the merges", page="tags", begins={"tag_edits": maker.edits},
            restores={"choice": {"tag_edits": maker.edits, "tag_support": 6}, "shows": ["a name by hand", "Diversity"]},
        ),
        Visit(
            name="tags: a file's", page="tags", begins={"tagger": "own", "tag_model": "desk"},
            restores={"choice": {"tagger": "own", "tag_model": "desk"}, "shows": ["From a file of yours"]},
        ),
        Visit(
            name="tags: a model's", page="tags", begins=asked,
            restores={"choice": {"tagger": "endpoint", "tag_model": "invented-tagger", "tag_rounds": 2},
                      "shows": ["Tagged by invented"]},
        ),
        Visit(name="scores", page="scores", acts=(segment("Your columns"),),
              restores={"selects": {"scores.way": "own"}, "shows": ["Attached columns"]}),
        Visit(name="scores: a log", page="scores", acts=(segment("Training log"),),
              restores={"selects": {"scores.way": "log"}}),
    ]  # fmt: skip


def _on_measure_inspect_compare(maker: Maker) -> list[Visit]:
    key, examples = maker.subsets, maker.examples.id
    return [
        Visit(
            name="measure: one subset", page="measure", begins={"of": key["micro"]},
            acts=(pick("Reference", "examples"), number("Seed", "2"), pick("Measured on", "Instruction")),
            restores={"selects": {"of": key["micro"], "against": examples, "measured": "instruction",
                                  "measure-seed": 2}},
        ),
        Visit(
            name="measure: side by side", page="measure", begins={"of": key["macro"], "with": "pool"},
            acts=(segment("Side by side"),),
            restores={"selects": {"measure-view": "Side by side", "of": key["macro"], "with": "pool"}},
        ),
        Visit(
            name="measure: curves over size", page="measure",
            acts=(segment("Curves"), segment("Size"), pick("Metric", "Embedding distance")),
            restores={"selects": {"measure-view": "Curves", "measure-axis": "size", "curve": "ed"}, "charts": 1,
                      "hides": ["points are not measured yet"]},
        ),
        Visit(
            name="measure: agreement", page="measure", acts=(segment("Agreement"), pick("Measured on", "Instruction")),
            restores={"selects": {"measure-view": "Agreement", "agree-on": "instruction"}, "charts": 1},
        ),
        Visit(
            name="measure: domains", page="measure", acts=(segment("Domains"), pick("Domains are", "category")),
            restores={"selects": {"measure-view": "Domains", "domains-by": "category"}, "charts": 1},
        ),
        Visit(
            name="inspect: A against B", page="inspect", begins={"a": key["micro"], "b": key["macro"]},
            restores={"selects": {"look": "contrast", "a": key["micro"], "b": key["macro"]}, "charts": 2},
        ),
        Visit(name="inspect: overlap", page="inspect", acts=(segment("Overlap"),),
              restores={"selects": {"look": "overlap"}, "charts": 2}),
        Visit(
            name="inspect: stability", page="inspect", begins={"look": "stability", "stability": key["macro"]},
            restores={"selects": {"look": "stability", "stability": key["macro"]}, "charts": 2,
                      "hides": ["Press Measure"]},
        ),
        Visit(
            name="inspect: why a row", page="inspect", begins={"row-of": key["k-center"]},
            acts=(segment("Why this row"),), restores={"selects": {"look": "row", "row-of": key["k-center"]}},
        ),
        Visit(
            name="inspect: thresholds", page="inspect", begins={"passport": key["meso"]}, acts=(segment("Thresholds"),),
            restores={"selects": {"look": "thresholds", "passport": key["meso"]},
                      "shows": ["shorter answers say nothing"]},
        ),
        Visit(name="compare: correlations", page="compare", acts=(segment("Correlations"),),
              restores={"selects": {"view": "Correlations"}, "charts": 1, "hides": ["Compute intervals"]}),
        Visit(name="compare: slopes", page="compare", acts=(segment("Slopes"),),
              restores={"selects": {"view": "Slopes"}, "charts": 2}),
        Visit(name="compare: ledger", page="compare", acts=(segment("Ledger"),),
              restores={"selects": {"view": "Ledger"}, "shows": ["Typed in by mistake"]}),
        Visit(name="activity", page="activity", restores={"shows": ["Restore"]}),
    ]  # fmt: skip


def addresses(maker: Maker) -> list[dict[str, Any]]:
    """Every visit's address, with the position of the slider as it came to stand."""
    base = {name: str(value) for name, value in RESPONSE.changed().items()} | {"corpus": maker.workshop.id}
    saved = []
    with serving(maker.place / "home") as server, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        for visit in visits(maker):
            address = _visited(browser, server, visit, {**base, **visit.begins})
            query = parse_qs(urlsplit(address).query, keep_blank_values=True)
            restores = visit.restores
            if "d" in query:
                restores["recipe"]["position"] = round(float(query["d"][0]) / 100, 6)
            saved.append({"name": visit.name, "address": address, "restores": restores})
        browser.close()
    return saved


def _visited(browser: Browser, server: str, visit: Visit, query: dict[str, str]) -> str:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(30_000)
    desk = Desk(page, server)
    desk.open(f"{visit.page}?{urlencode(query)}")
    for act in visit.acts:
        act(desk)
    desk.settle()
    desk.no_errors()
    assert not page.locator("[data-testid=stAlertContentError]").count(), visit.name
    address = page.url.removeprefix(server)
    page.close()
    return address
