"""The Subsets page as a script: what it says in each state, without a browser."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.budgets.profile_store import profiles, put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.tokens import compute_tokens
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.subset_cost import cost_of_rows, cost_of_saved
from core.workbench.subsets import list_subsets
from pages.parts.choosing.pins import ruled
from pages.parts.choosing.rules_form import quota_lines
from pages.parts.frame import address
from pages.parts.frame.session_keys import RULE_COUNT, RULE_UNDO
from tests.corpora import corpus_of, corpus_with_every_feature, records
from tests.jobs.in_process import do_queued
from tests.metrics.faults import break_metric, put_metric

ROOT = Path(__file__).resolve().parents[3]


def opened(**query: str) -> AppTest:
    """The app at the Subsets page."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("pages/subsets.py")
    return test.run()


def said(test: AppTest) -> str:
    """Everything the page says, in one text."""
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.title, test.subheader, test.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def downloads(test: AppTest) -> list[str]:
    return [button.proto.label for button in test.get("download_button")]


def row_id(corpus: Corpus, place: int) -> str:
    """The id of a row that may be chosen, as rules name it."""
    return f"{int(corpus.ids[~corpus.holdout][place]):016x}"


def test_without_a_corpus_the_page_invites(home: Path) -> None:
    test = opened()
    assert not test.exception
    assert "No corpus yet" in said(test)


def test_the_slider_answers_with_readings_and_random_bands(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60")
    assert not test.exception
    assert not test.error
    text = said(test)
    assert "Types reached" in text
    assert "above random" in text or "inside random" in text or "below random" in text
    before = text
    test.slider(key="d").set_value(0.0).run()
    assert not test.exception
    assert said(test) != before


def test_a_strategy_without_its_feature_offers_to_compute_it(home: Path) -> None:
    corpus_of(home, records())
    test = opened(strategy="macro")
    assert not test.exception
    assert any("Cluster" in button.label for button in test.button)
    assert "clusters" in said(test)


def test_a_joined_strategy_offers_what_is_missing_of_the_other_component_and_shows_both_parts(home: Path) -> None:
    workspace, _ = corpus_of(home, records())
    test = opened(strategy="joined", low="2", high="60", **{"joined.second": "micro"})
    assert not test.exception
    assert "reads the tokens of the instruction" in said(test)
    next(button for button in test.button if "Tokenise" in button.label).click().run()
    do_queued(workspace)
    test.run()
    assert not test.exception
    assert not test.error
    text = said(test)
    assert "Of each part" in text
    assert "mid-band tokens of the instruction, of" in text.replace("\\", "")


def test_a_composite_strategy_has_sliders_and_names_a_factor_that_does_not_count(home: Path) -> None:
    _, _, choice = corpus_with_every_feature(home, 120)
    test = opened(strategy="composite", embedder=choice.embedder)
    assert not test.exception
    assert "Quality does not count: no score column is named." in said(test).replace("\\", "")
    test.selectbox(key="composite.quality_column").set_value("score").run()
    assert "does not count" not in said(test)
    before = said(test)
    test.slider(key="composite.quality").set_value(4.0).run()
    assert not test.exception
    assert said(test) != before


def test_asking_for_more_rows_than_there_are_is_explained(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60")
    test.number_input(key="n").set_value(5000).run()
    assert not test.exception
    assert any("5,000" in str(error.value) for error in test.error)


def test_a_band_without_tokens_is_explained(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="900000", high="900001")
    assert not test.exception
    assert test.error or test.info
    assert "no message was written" not in said(test)


def test_a_link_whose_strategy_is_not_known_says_so_until_another_is_chosen(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60", strategy="<b>nope")
    assert not test.exception
    assert any("The link's strategy is not used, Micro" in warning.value for warning in test.warning)
    test.slider(key="d").set_value(50.0).run()
    assert any("The link's strategy" in warning.value for warning in test.warning)
    test.selectbox(key="ds.bound.strategy.widget").select("random").run()
    assert not any("The link's strategy" in warning.value for warning in test.warning)
    assert not any("The link's" in warning.value for warning in opened(strategy="random").warning)


def test_a_link_carries_the_rules(home: Path) -> None:
    _, corpus = corpus_of(home, records())
    pin = row_id(corpus, 0)
    rules = {"pinned": [pin], "quotas": [{"column": "category", "minimum": {"poem": 9}, "maximum": {}}]}
    test = opened(low="2", high="60", rules=orjson.dumps(rules).decode())
    assert not test.exception
    assert not test.error
    assert any(pin in str(area.value) for area in test.text_area)
    carried = test.query_params["rules"]
    linked = orjson.loads(carried if isinstance(carried, str) else carried[0])
    assert linked["pinned"] == [pin]
    assert linked["quotas"][0]["minimum"] == {"poem": 9}


def test_a_subset_is_saved_under_its_name(home: Path) -> None:
    from core.workbench.subsets import list_subsets
    from core.workspace.artefacts import Workspace

    corpus_of(home, records())
    test = opened(low="2", high="60")
    test.text_input(key="save-name").set_value("my rows").run()
    test.button(key="save").click().run()
    assert not test.exception
    assert [subset.name for subset in list_subsets(Workspace(home))] == ["my rows"]


def test_rows_that_a_format_has_no_place_for_are_counted_before_the_download(home: Path) -> None:
    called = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "content": "sun"},
        {"role": "assistant", "content": "Sunny."},
    ]
    _, corpus = corpus_of(home, [*records(30), {"messages": called}])
    rows = int((~corpus.holdout).sum())
    test = opened(strategy="random", n=str(rows))
    assert f"Download {rows} rows" in downloads(test)
    assert "Left out" not in said(test)
    test.selectbox(key="format").set_value("alpaca").run()
    assert not test.exception
    assert f"Download {rows - 1} rows" in downloads(test)
    assert "1 row with turns of tools" in said(test) and "choose ShareGPT JSON" in said(test)
    test.selectbox(key="format").set_value("sharegpt").run()
    assert f"Download {rows} rows" in downloads(test)


def test_a_trainer_asks_for_a_model_and_a_learning_rate_and_counts_long_rows_before_the_download(home: Path) -> None:
    _, corpus = corpus_of(home, [*records(30), {"instruction": "Count.", "output": "one two " * 40}])
    rows = int((~corpus.holdout).sum())
    test = opened(strategy="random", n=str(rows))
    test.selectbox(key="format").set_value("trl").run()
    assert not test.exception
    assert test.number_input(key="export-rate").value is None
    assert "Give a base model and a learning rate" in said(test)
    unanswered = [button.proto for button in test.get("download_button") if button.proto.label == "Download"]
    assert [button.disabled for button in unanswered] == [True]
    test.text_input(key="export-model").set_value("org/model-8b").run()
    assert "Give a base model and a learning rate" in said(test)
    test.number_input(key="export-rate").set_value(2e-5).run()
    test.number_input(key="export-cutoff").set_value(64).run()
    assert not test.exception and not test.error
    assert f"Download {rows} rows" in downloads(test)
    assert "Longer than the cutoff: 1 row with more than 64 tokens (mistral-32k)" in said(test).replace("\\", "")
    test.selectbox(key="export-overlong").set_value("drop").run()
    assert f"Download {rows - 1} rows" in downloads(test)


def test_hostile_text_is_shown_as_text(home: Path) -> None:
    rows = records(60)
    rows[0]["instruction"] = "<script>alert(1)</script> **bold** [link](http://127.0.0.1/x)"
    corpus_of(home, rows)
    test = opened(low="2", high="60")
    assert not test.exception
    assert not any("<script>" in str(element.value) for element in test.markdown)


def test_a_url_that_names_nothing_known_still_opens(home: Path) -> None:
    corpus_of(home, records())
    test = opened(strategy="nonsense", corpus="0000", pool="{broken", low="abc")
    assert not test.exception
    assert "no message was written" not in said(test)


def test_a_link_restores_a_token_budget_and_a_seed_and_leaves_the_features_alone(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60", size_unit="tokens", budget="700", subset_seed="3")
    assert not test.exception
    assert not test.error
    recipe = test.session_state["ds.recipe"]
    assert (recipe["unit"], recipe["size"], recipe["seed"]) == ("tokens", 700, 3)
    assert (recipe["choice"]["unit"], recipe["choice"]["seed"]) == ("count", 42)


def test_a_link_to_a_tokenizer_that_is_not_there_is_explained(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60", tokenizer="nobody/nothing", partition="tree")
    assert not test.exception
    assert not test.error
    warned = "\n".join(str(warning.value) for warning in test.warning)
    assert "tokenizer is not used" in warned
    assert "partition is not used" in warned
    assert "Types reached" in said(test)


def test_a_broken_strategy_file_is_named_and_the_page_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "broken.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(folder))
    corpus_of(home, records())
    test = opened(low="2", high="60")
    assert not test.exception
    assert not test.error
    assert "no\\_such\\_module\\_anywhere" in said(test)
    assert "Types reached" in said(test)


def test_two_quotas_of_a_link_are_both_there_and_both_obeyed(home: Path) -> None:
    _, corpus = corpus_of(home, records())
    rules = [
        {"column": "category", "minimum": {"poem": 9}, "maximum": {}},
        {"column": "score", "minimum": {}, "maximum": {"3": 0}},
    ]
    test = opened(low="2", high="60", rules=orjson.dumps({"quotas": rules}).decode())
    assert not test.exception
    assert not test.error
    assert test.multiselect(key=f"quota.columns.{corpus.id}").value == ["category", "score"]
    assert list(test.session_state["ds.recipe"]["quotas"]) == rules
    test.multiselect(key=f"quota.columns.{corpus.id}").set_value(["score"]).run()
    assert [rule["column"] for rule in test.session_state["ds.recipe"]["quotas"]] == ["score"]


def test_domains_from_examples_are_columns_of_the_examples(home: Path) -> None:
    from core.corpus.ingest import ingest
    from core.corpus.sources import from_bytes

    workspace, corpus = corpus_of(home, records())
    lines = [{"instruction": f"Say {number}.", "output": "Yes.", "domain": "ab"[number % 2]} for number in range(8)]
    data = b"\n".join(orjson.dumps(line) for line in lines)
    examples = ingest(workspace, [from_bytes("few.jsonl", data)], name="few")
    test = opened(strategy="daar", corpus=corpus.id)
    assert "score" in test.selectbox(key="daar.column").options
    test.selectbox(key="daar.domains").set_value("examples").run()
    assert not test.exception
    column = test.selectbox(key=f"daar.column.of.{examples.id}")
    assert "domain" in column.options
    assert "score" not in column.options
    column.set_value("domain").run()
    assert not test.exception
    test.selectbox(key="daar.domains").set_value("k-means").run()
    assert "score" in test.selectbox(key="daar.column").options


def test_quotas_stay_when_another_page_was_looked_at(home: Path) -> None:
    corpus_of(home, records())
    rule = {"column": "category", "minimum": {"poem": 9}, "maximum": {"*": 90}}
    test = opened(low="2", high="60", rules=orjson.dumps({"quotas": [rule]}).decode())
    assert list(test.session_state["ds.recipe"]["quotas"]) == [rule]
    test.switch_page("pages/measure.py").run()
    test.switch_page("pages/subsets.py").run()
    assert not test.exception
    assert list(test.session_state["ds.recipe"]["quotas"]) == [rule]


def test_the_rules_button_says_how_many_rules_there_are(home: Path) -> None:
    _, corpus = corpus_of(home, records())
    test = opened(low="2", high="60")
    assert RULE_COUNT.name not in test.session_state or test.session_state[RULE_COUNT.name] == 0
    test.text_area(key="pinned.0").set_value(f"{row_id(corpus, 0)} {row_id(corpus, 1)}").run()
    assert not test.exception
    assert test.session_state[RULE_COUNT.name] == 2
    assert test.text_input(key="save-name").placeholder.endswith("100 % · 2 pinned")


def test_rules_that_name_rows_stay_with_their_corpus(home: Path) -> None:
    _, single = corpus_of(home, records(200, seed=1), name="one")
    _, two = corpus_of(home, records(200, seed=2), name="two")
    pin = row_id(single, 0)
    rules = orjson.dumps({"pinned": [pin], "quotas": [{"column": "category", "minimum": {"poem": 9}}]}).decode()
    test = opened(corpus=single.id, low="2", high="60", rules=rules)
    assert list(test.session_state["ds.recipe"]["pinned"]) == [pin]
    test.selectbox(key=f"strip.corpus.{single.id}").set_value(two.id).run()
    assert not test.exception
    assert not test.error
    recipe = test.session_state["ds.recipe"]
    assert (recipe["corpus"], list(recipe["pinned"]), list(recipe["quotas"])) == (two.id, [], [])
    test.selectbox(key=f"strip.corpus.{two.id}").set_value(single.id).run()
    recipe = test.session_state["ds.recipe"]
    assert (recipe["corpus"], list(recipe["pinned"])) == (single.id, [pin])
    assert [rule["minimum"] for rule in recipe["quotas"]] == [{"poem": 9}]


def test_a_word_that_is_no_row_id_is_named_where_it_stands(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60")
    test.text_area(key="pinned.0").set_value("first-row").run()
    assert not test.exception
    assert any("'first-row' is not a row id" in error.value.replace("\\", "") for error in test.error)
    assert not any("invalid literal" in error.value for error in test.error)


def test_a_press_on_exclude_is_said_counted_and_undone(home: Path) -> None:
    _, corpus = corpus_of(home, records())
    test = opened(low="2", high="60")
    row = row_id(corpus, 3)
    test.session_state[RULE_UNDO.name] = {"said": f"Row {row} is excluded.", "before": ([], []), "after": ([], [row])}
    test.session_state["ds.excluded"] = [row]
    test.run()
    assert not test.exception
    assert any(f"Row {row} is excluded" in single.value.replace("\\", "") for single in test.success)
    test.segmented_control(key=address.SUBSET_TAB.widget.name).set_value("out").run()
    assert "1 excluded by you" in said(test)
    test.button(key="rule-undo").click().run()
    assert list(test.session_state["ds.recipe"]["excluded"]) == []
    assert not test.success


def test_a_quota_s_table_lists_what_the_column_holds() -> None:
    lines = quota_lines({"minimum": {"poem": 3, "gone": 1}, "maximum": {"*": 9}}, [("note", 20), ("poem", 10)])
    assert [(line["value"], line["rows"], line["at least"], line["at most"]) for line in lines] == [
        ("note", 20, None, None),
        ("poem", 10, 3, None),
        ("gone", 0, 1, None),
        ("*", None, None, 9),
    ]


def test_a_row_that_is_pinned_is_not_excluded_too() -> None:
    assert ruled(["a"], ["b"], row="b", kind="pinned") == (("a", "b"), ())
    assert ruled(["a"], ["b"], row="a", kind="pinned") == ((), ("b",))
    assert ruled(["a"], ["b"], row="a", kind="excluded") == ((), ("b", "a"))


def test_more_rows_than_there_are_can_be_turned_into_all_of_them(home: Path) -> None:
    _, corpus = corpus_of(home, records())
    test = opened(strategy="length")
    test.number_input(key="n").set_value(5000).run()
    assert [slider.key for slider in test.slider] == []
    test.button(key="use-all").click().run()
    assert not test.exception
    assert not test.error
    assert test.session_state["ds.recipe"]["rows"] == int((~corpus.holdout).sum())


def test_a_slider_without_room_says_so(home: Path) -> None:
    corpus_of(home, records())
    test = opened(low="2", high="60")
    assert "the slider has" not in said(test)
    test.number_input(key="n").set_value(234).run()
    assert not test.exception
    assert "the slider has" in said(test)


def test_rows_far_longer_than_the_pools_are_said_with_two_ways_to_mend_it_that_undo_takes_back(home: Path) -> None:
    corpus_of(home, records())
    test = opened(strategy="length", low="2", high="60")
    assert re.search(
        r"At 100 % this strategy takes rows \*\*1\.\d times as long as the pool's \(\d+ against \d+ tokens\)",
        cards(test),
    )
    test.slider(key="d").set_value(0).run()
    assert re.search(
        r"At 0 % this strategy takes rows \*\*(about \d+ %|less than \w+( \w+)?) as long as the pool's", cards(test)
    )
    assert "times as long" not in said(opened(strategy="random", low="2", high="60"))

    rows = test.session_state["ds.recipe"]["size"]
    test.button(key="size-in-tokens").click().run()
    assert not test.exception
    recipe = test.session_state["ds.recipe"]
    assert recipe["unit"] == "tokens" and recipe["size"] > 4 * rows
    assert "The size is a budget of" in "".join(message.value for message in test.success)
    assert not any(button.key == "size-in-tokens" for button in test.button)
    test.button(key="subset-undo").click().run()
    recipe = test.session_state["ds.recipe"]
    assert (recipe["unit"], recipe["size"]) == ("rows", rows)

    test.button(key="length-matched").click().run()
    assert not test.exception
    window = test.session_state["ds.recipe"]["pool"]["length"]
    assert 4 < window["minimum"] < window["maximum"] < 40
    assert "The pool keeps rows of" in "".join(message.value for message in test.success)
    test.button(key="subset-undo").click().run()
    assert test.session_state["ds.recipe"]["pool"] == {}


def test_settings_that_do_not_count_are_not_drawn_and_a_missing_score_is_told(home: Path) -> None:
    corpus_of(home, [{name: value for name, value in row.items() if name != "category"} for row in records()])
    test = opened(strategy="b2nerd")
    assert not test.exception
    assert [single.key for single in test.multiselect if str(single.key).startswith("b2nerd.")] == []
    test.selectbox(key="b2nerd.categories").set_value("columns crossed").run()
    assert [single.key for single in test.multiselect if str(single.key).startswith("b2nerd.")] == ["b2nerd.columns"]
    assert not any(box.key == "b2nerd.category" for box in test.selectbox)
    assert "No score column is named" in said(opened(strategy="deita")).replace("\\", "")


def cards(test: AppTest) -> str:
    return said(test).replace("\\", "")


def plotted(test: AppTest) -> str:
    """The figures of the page, as the browser gets them."""
    return "\n".join(chart.proto.spec for chart in test.get("plotly_chart"))


@pytest.mark.usefixtures("no_worker")
def test_metrics_that_fail_have_a_card_that_says_so_and_are_measured_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _ = corpus_of(home, records())
    slow, instant = break_metric(monkeypatch, "cr"), break_metric(monkeypatch, "gini")
    test = opened(low="2", high="60", strategy="random")
    assert cards(test).count("failed: a fault of the program (ValueError: operands could not be broadcast)") == 1
    test.button(key="measure-slow").click().run()
    assert len(do_queued(workspace)) == 2
    test.run()
    assert not test.exception
    assert cards(test).count("failed: a fault of the program") == 2
    assert "n-gram ratio (NR)" in plotted(test) and "Self-BLEU (BL)" in plotted(test)
    put_metric(monkeypatch, slow)
    put_metric(monkeypatch, instant)
    test.button(key="measure-slow").click().run()
    do_queued(workspace)
    test.run()
    assert "failed" not in cards(test)
    assert "measure-slow" not in [button.key for button in test.button]
    assert "no random band yet" not in cards(test)


def test_a_second_strategy_gets_as_many_tokens_as_the_first_at_one_press(home: Path) -> None:
    _, corpus = corpus_of(home, records())
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    test = opened(strategy="length", second="random", n="20")
    assert not test.exception and "For the same" not in said(test)
    test.toggle(key="equal-tokens").set_value(True).run()
    assert not test.exception
    taken = re.search(
        r"For the same ([0-9,]+) tokens it takes ([0-9,]+) rows, the first 20", said(test).replace("\\", "")
    )
    assert taken and int(taken[2]) != 20
    again = opened(strategy="length", second="random", n="20", **{"equal-tokens": "true"})
    assert taken[0] in said(again).replace("\\", "")


def test_the_curve_runs_over_sizes_in_any_unit_and_the_link_shows_it_again(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    against = address.CURVE_AGAINST.widget.name
    test = opened(strategy="length", second="random", n="20", **{"curve-against": "minutes"})
    assert "minutes" in said(test) and "is not used" in said(test).replace("\\", "")  # no profile yet: said, not drawn
    assert test.selectbox(key=against).options == ["by diversity level", "by rows", "by tokens"]
    put_profile(workspace, TrainerProfile(name="mine", tokens_a_second=3, price_an_hour=2, currency="EUR"))
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    test = opened(strategy="length", second="random", n="20", **{"curve-against": "minutes"})
    assert not test.exception and not test.error
    drawn = orjson.loads(test.get("plotly_chart")[0].proto.spec)
    assert "minutes by mine" in drawn["layout"]["xaxis"]["title"]["text"]
    assert [line["name"] for line in drawn["data"] if line.get("name")][-2:] == ["Longest / shortest", "Random"]
    built = build(workspace, Recipe(corpus=corpus.id, strategy="length", size=20))
    minutes = cost_of_rows(built.corpus_view, built.answer.rows, profile=profiles(workspace)["mine"]).minutes
    assert drawn["layout"]["shapes"][-1]["x0"] == pytest.approx(minutes)  # the handle stands at what these rows cost


def test_the_list_of_saved_subsets_says_what_training_on_each_costs(home: Path) -> None:
    workspace, corpus = corpus_of(home, records())
    save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="length", size=20)), name="longest")

    def listed(test: AppTest) -> pd.DataFrame:
        assert not test.exception and not test.error
        return next(table.value for table in test.dataframe if "digest" in table.value).set_index("name")

    before = listed(opened(strategy="random", n="10"))
    assert before["all tokens"].isna().all() and "minutes" not in before
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    put_profile(workspace, TrainerProfile(name="mine", tokens_a_second=3, price_an_hour=2, currency="EUR"))
    (line,) = (table.loc["longest"] for table in [listed(opened(strategy="random", n="10"))])
    cost = cost_of_saved(workspace, list_subsets(workspace)[0], profile=profiles(workspace)["mine"])
    assert (line["all tokens"], line["minutes"]) == (cost.all_tokens, pytest.approx(cost.minutes))
    assert line["EUR"] == pytest.approx(cost.money)


def test_random_subsets_of_many_large_sizes_are_drawn_by_a_job_at_one_press(
    home: Path, no_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pages.parts.subsets import over_sizes

    monkeypatch.setattr(over_sizes, "AT_ONCE", 0)
    workspace, _ = corpus_of(home, records())
    test = opened(strategy="length", n="20", **{"curve-against": "rows"})

    def banded() -> int:
        lines = orjson.loads(test.get("plotly_chart")[0].proto.spec)["data"]
        sizes = next(line["x"] for line in lines if line.get("name") == "random, mean")
        return len(np.frombuffer(b64decode(sizes["bdata"]), sizes["dtype"])) if "bdata" in sizes else len(sizes)

    assert not test.exception and banded() == 1  # the slider's own size, which the numbers below the curve show
    test.button(key="curve-bands").click().run()
    assert not test.exception
    do_queued(workspace)
    test.run()
    assert banded() > 5 and "curve-bands" not in [button.key for button in test.button]
