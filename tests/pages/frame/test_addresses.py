"""A page's address carries what its widgets were set to: opened in another session, it shows the same."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.budgets.profile_store import put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.tokens import compute_tokens
from core.selection.registry import strategies
from core.workbench.feature_settings import FeatureSettings
from pages.parts.frame import address
from pages.parts.frame.address import UrlParameter
from tests.pages.frame.addresses import BAND, ROOT, TAGGED, carried, move_all, opened, put, shown_again

# They say which widgets there are, so each case sets them first.
WHICH_WIDGETS = frozenset(
    parameter.name
    for parameter in (
        address.SCORES_FROM, address.STRATEGY, address.SIZE_UNIT, address.MEASURE_VIEW, address.COMPARE_VIEW,
        address.COMPARE_EVIDENCE, address.COMPARE_SCORE, address.COMPARE_GROUP, address.COMPARE_LINES,
        address.JUDGE_VIEW, address.LOOK, address.TOKENS_VIEW, address.SUBSET_TAB, address.COPIES_RUNG,
    )
)  # fmt: skip
NAMES = (
    "a against agree-on agree-over all_tokens answers.of answers.view at-level b b-equal-tokens b-seed backend below "
    "benchmarks budget colour column columns copies-by copies-keep copies-most copies-seed copies-templates corpus "
    "cosine curve curve-against curves-at curves-budget curves-levels curves-n curves-of curves-sizes curves-unit d "
    "diversity domains-by equal-tokens estimate evidence family find find-by find-in find-token first frontier-metric "
    "frontier-quality good group jaccard judge-beside judge-view judgement known-metric leaks-against leaks-by "
    "leaks-common leaks-share leaks-words line-of lines log-way look loop map-adds map-beside map-colour map-column "
    "map-find map-find-by map-subset map-tag measure-axis measure-seed measure-view measured metric metrics-as "
    "metrics-on minutes mix mixture-runs mixture-score money more-view n of only-component only-corpus only-series "
    "only-size only-strategy only-study open over overlap-d overlap-n overlap-of overlap-seed passport pool profile "
    "prompts published quality read row row-of row_cutoff rows-of rules rung score scores.way second section selected "
    "shown shown-metric size-axis size-of size_unit slider slopes-of sources stability strategy study subset_seed "
    "supervised_tokens table tag tags-of token tokens-view training verdicts view where with"
)
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py"))
PARAMETERS = {f"address.{name}" for name, value in vars(address).items() if isinstance(value, UrlParameter)}


@dataclass(frozen=True)
class Case:
    """A page in one of its views: what is chosen first, and the parameters that its address then carries."""

    page: str
    carries: frozenset[str]
    first: Mapping[str, Any] = field(default_factory=dict)
    opened_at: Mapping[str, str] = field(default_factory=dict)
    stay: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "-".join([self.page, *map(str, self.first.values()), *self.opened_at])


def case(
    page: str,
    *carries: UrlParameter,
    first: Mapping[UrlParameter, Any] | None = None,
    at: Mapping[UrlParameter, str] | None = None,
    stay: tuple[UrlParameter, ...] = (),
) -> Case:
    """``first`` is chosen on the page, which is opened ``at`` these parameters; what is to ``stay`` is not moved."""
    chosen = {parameter.name: value for parameter, value in (first or {}).items()}
    opened_at = {parameter.name: value for parameter, value in (at or {}).items()}
    carried_names = frozenset({*(parameter.name for parameter in carries), *chosen, *opened_at})
    return Case(page, carried_names, chosen, opened_at, frozenset(parameter.name for parameter in stay))


SLIDER = '{"position":0.4,"seed":3,"size":17,"strategy":"length"}'


CASES = [
    *(case("tokens", address.TOKEN_SEARCH, first={address.TOKENS_VIEW: view}) for view in ("find", "moved", "rows")),
    case("scores", address.SCORE_SHOWN, address.SCORE_ORDER, first={address.SCORES_FROM: "own"}),
    case(
        "scores", address.FRONTIER_SCORE, address.FRONTIER_METRIC, address.FRONTIER_BETTER,
        first={address.SCORES_FROM: "frontier"},
    ),
    case(
        "subsets", address.SIZE_WANTED["rows"], address.SUBSET_SEED, address.POSITION, address.CURVE, address.MEASURED,
        address.SECOND, address.EQUAL_TOKENS, address.CURVE_AGAINST, first={address.STRATEGY: "length"},
    ),
    case("subsets", address.MIX, first={address.STRATEGY: "length", address.SUBSET_TAB: "mix"}),
    case(
        "subsets", address.SIZE_WANTED["all_tokens"], address.ROW_CUTOFF, address.PROFILE,
        first={address.STRATEGY: "random", address.SIZE_UNIT: "all_tokens"},
    ),
    *(
        case(
            "subsets", address.SIZE_WANTED[unit], first={address.STRATEGY: "random", address.SIZE_UNIT: unit},
            stay=(address.PROFILE,),
        )
        for unit in ("supervised_tokens", "minutes", "money")
    ),
    case("subsets", address.SIZE_WANTED["tokens"], first={address.STRATEGY: "random", address.SIZE_UNIT: "tokens"}),
    case(
        "measure", address.MEASURED_ROWS, address.MEASURED, address.REFERENCE, address.MEASURE_SEED,
        address.PICKED_METRIC, address.METRIC_FAMILY,
    ),
    case("measure", address.METRICS_AS, stay=(address.MEASURED_ROWS,)),
    case("tags", address.TAG, address.TAGS_OF, at={address.SETTINGS[name]: value for name, value in TAGGED.items()}),
    *(case(page, at={address.ON_SLIDER: SLIDER}) for page in ("inspect", "measure", "study")),
    case(
        "measure", address.CURVE_TOKENS, first={address.MEASURE_VIEW: "curves"},
        at={address.ON_SLIDER: '{"size":700,"strategy":"random","unit":"tokens"}'}, stay=(address.CURVE_AXIS,),
    ),
    case(
        "measure", address.MEASURED_ROWS, address.OTHER_ROWS, address.MEASURED, address.REFERENCE,
        address.MEASURE_SEED, first={address.MEASURE_VIEW: "sides"},
    ),
    case(
        "measure", address.CURVE_AXIS, address.CURVE, address.MEASURED, address.CURVE_STRATEGIES, address.CURVE_LEVEL,
        address.CURVE_SIZES, address.CURVE_UNIT, first={address.MEASURE_VIEW: "curves"},
    ),
    case(
        "measure", address.CURVE_ROWS, address.CURVE_LEVELS, first={address.MEASURE_VIEW: "curves"},
        stay=(address.CURVE_AXIS,),
    ),
    case(
        "measure", address.AGREEMENT_SUBSETS, address.AGREEMENT_COMPONENT, first={address.MEASURE_VIEW: "agreement"}
    ),
    case("measure", first={address.MEASURE_VIEW: "known"}),
    case("measure", address.DOMAIN_COLUMN, address.MEASURED, first={address.MEASURE_VIEW: "domains"}),
    case("inspect", address.CONTRAST_A, address.CONTRAST_B, address.CONTRAST_EQUAL),
    case("inspect", address.CONTRAST_SEED, address.CONTRAST_ROWS, first={address.CONTRAST_B: "random"}),
    case(
        "inspect", address.OVERLAP_OF, address.OVERLAP_ROWS, address.OVERLAP_POSITION, address.OVERLAP_SEED,
        first={address.LOOK: "overlap"},
    ),
    case("inspect", address.STABILITY_SUBSET, first={address.LOOK: "stability"}),
    case("inspect", address.WHY_SUBSET, address.WHY_ROW, first={address.LOOK: "row"}),
    case("inspect", address.PASSPORT_SUBSET, first={address.LOOK: "thresholds"}),
    case("compare", first={address.COMPARE_VIEW: "ledger"}),
    case("compare", address.COMPARE_LOG, first={address.COMPARE_VIEW: "log"}),
    case("compare", address.COMPARE_TABLE, first={address.COMPARE_VIEW: "published"}),
    case("compare", address.COMPARE_ON, first={address.COMPARE_VIEW: "metrics"}),
    case("compare", address.COMPARE_MORE, first={address.COMPARE_VIEW: "more"}),
    case(
        "compare", address.COMPARE_DIVERSITY, address.COMPARE_QUALITY, first={address.COMPARE_VIEW: "more"},
        stay=(address.COMPARE_MORE,),
    ),
    case("compare", address.COMPARE_ESTIMATE, first={address.COMPARE_VIEW: "correlations"}),
    case("compare", address.COMPARE_SHOWN, address.COMPARE_METRIC, address.COMPARE_COLOUR),
    case(
        "compare", address.COMPARE_BENCHMARKS,
        first={address.COMPARE_VIEW: "decision", address.COMPARE_SCORE: "z", address.COMPARE_GROUP: ["size"]},
    ),
    case("compare", address.SLOPES_OF, address.SLOPES_PUBLISHED, first={address.COMPARE_VIEW: "slopes"}),
    case("compare", address.COMPARE_COLOUR,
         first={address.COMPARE_VIEW: "slopes", address.COMPARE_LINES: "group"}),
    case(
        "compare", address.COMPARE_SIZE_OF, address.COMPARE_LINE_OF, address.COMPARE_AXIS, address.COMPARE_LEVEL,
        first={address.COMPARE_VIEW: "size"},
    ),
    case("compare", first={address.COMPARE_EVIDENCE: "regmix"}),
    *(case("judge", first={address.JUDGE_VIEW: view}) for view in ("judge", "report")),
    *(
        case(
            "corpus", *carries, first={address.COPIES_RUNG: rung, **kept}, at={address.CORPUS_SECTION: "copies"},
            stay=(address.CORPUS_SECTION,),
        )
        for rung, kept, carries in (
            ("same_instruction", {}, (address.COPIES_MOST, address.COPIES_KEEP)),
            ("exact", {address.COPIES_KEEP: "random"}, (address.COPIES_SEED,)),
            ("exact", {address.COPIES_KEEP: "highest"}, (address.COPIES_COLUMN,)),
            ("minhash", {}, (address.COPIES_JACCARD, address.COPIES_TEMPLATES)),
            ("cosine", {}, (address.COPIES_COSINE,)),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_page_opened_at_its_address_shows_what_was_set(addressed: Corpus, case: Case) -> None:
    put_profile(addressed.workspace, TrainerProfile(name="mine", tokens_a_second=2.0, price_an_hour=3.0))
    compute_tokens(CorpusText(addressed, "instruction"))  # sizes of whole rows count them
    test = opened(case.page, {**BAND, "corpus": addressed.id, **case.opened_at})
    for name, value in case.first.items():
        put(test, name, value)
    knobs = {name for name in carried(test) if name.startswith(f"{case.first.get(address.STRATEGY.name)}.")}
    move_all(test, stay={*case.first, *case.stay, *WHICH_WIDGETS, *knobs})
    url = shown_again(case.page, test)
    assert case.carries <= set(url), (case.carries - set(url), url)


@pytest.mark.parametrize("name", list(strategies()))
def test_an_address_carries_every_setting_of_a_strategy(addressed: Corpus, name: str) -> None:
    settings = {
        address.strategy_setting(name, parameter.name).name: parameter for parameter in strategies()[name].parameters
    }
    seen: set[str] = set()
    for setting in [None, *settings]:  # all at once, then each that another one hid
        if setting in seen:
            continue
        test = opened("subsets", {**BAND, "corpus": addressed.id})
        put(test, address.STRATEGY.name, name)
        if setting and (condition := settings[setting].only_with):
            put(test, address.strategy_setting(name, condition[0]).name, condition[1])
        moved = {setting} if setting else set(settings)
        move_all(test, stay=set(carried(test)) - moved)
        # Not every setting can be answered, and none need be: what the slider stood at says nothing here.
        seen |= set(shown_again("subsets", test, built=False)) & set(settings)
    # The corpus of examples is not in the address, and so neither is a column that only that corpus has.
    of_examples = {name for name, knob in settings.items() if knob.of_target and knob.of_target == knob.only_with}
    assert seen == set(settings) - of_examples


def test_the_names_of_parameters_are_those_that_saved_links_hold() -> None:
    ours = [value.name for value in vars(address).values() if isinstance(value, UrlParameter)]
    ours += [parameter.name for family in (address.SIZE_WANTED, address.METRICS_ONLY) for parameter in family.values()]
    assert sorted(ours) == NAMES.split()
    assert {name: parameter.name for name, parameter in address.SETTINGS.items()} == {
        name: name for name in FeatureSettings.__dataclass_fields__
    }


def test_every_parameter_that_a_page_names_is_tried_there() -> None:
    tried = {(case.page, name) for case in CASES for name in case.carries}
    rooms = {page: [ROOT / f"pages/{page}.py", *(ROOT / "pages/parts" / page).glob("*.py")] for page in PAGES}
    rooms["subsets"] += (ROOT / "pages/parts/choosing").glob("*.py")
    named = {
        (page, getattr(address, node.attr).name)
        for page, files in rooms.items()
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in PARAMETERS
    }
    # The rules are tried beside the settings; links lead from Corpus to Scores, and from saved subsets to Measure.
    # The tests of the Tokens, the Study and the Judge page open what they list by its address, those of the source
    # mixture its sources, runs and score.
    links = {
        ("tokens", address.TOKEN_SUBSETS.name),
        ("tokens", address.TOKENS_PICKED.name),
        ("compare", address.MIXTURE_SOURCES.name),
        ("compare", address.MIXTURE_RUNS.name),
        ("compare", address.MIXTURE_SCORE.name),
        ("study", address.STUDY.name),
        ("study", address.COMPARE_GROUP.name),  # a link to Compare, grouped by study
        ("judge", address.PROMPT_SET.name),
        ("judge", address.JUDGEMENT.name),
        ("judge", address.JUDGE_SHOWN.name),
        ("judge", address.JUDGE_BESIDE.name),
        ("scores", address.SAMPLED_VIEW.name),  # the test of the answers opens these by its address
        ("scores", address.SAMPLED_SHOWN.name),
        ("corpus", address.SCORES_FROM.name),
        ("scores", address.SAVED.name),  # a point between quality and diversity leads to its subset,
        ("scores", address.STRATEGY.name),  # or to its strategy
        ("scores", address.TRAINING_SHOWN.name),  # the test of the map of a training opens it by its address
        ("clusters", address.STRATEGY.name),  # from labels across sources to the strategy that takes them
        ("corpus", address.COMPARE_EVIDENCE.name),  # links to a measured series, and from clusters to A against B
        ("clusters", address.CONTRAST_A.name),
        ("clusters", address.CONTRAST_B.name),
        ("clusters", address.BACKEND.name),
        ("clusters", address.MAP_BESIDE.name),  # the tests of the Clusters page open these by its address
        ("clusters", address.MAP_FIND.name),
        ("clusters", address.MAP_FIND_BY.name),
        *(
            ("corpus", parameter.name)
            for parameter in (  # the tests of the Corpus page open these by its address
                address.CORPUS_SECTION,
                address.FIND,
                address.FIND_BY,
                address.FIND_IN,
                address.WHERE,
                address.ROW_COLUMNS,
                address.READ,
                address.LEAKS_AGAINST,
                address.LEAKS_WORDS,
                address.LEAKS_BY,
                address.LEAKS_SHARE,
                address.LEAKS_COMMON,
            )
        ),
        ("subsets", address.ON_SLIDER.name),  # other pages carry it; it is written by a part that they share
        ("train", address.LOOP.name),
        ("measure", address.KNOWN_METRIC.name),  # drawn once made-up corpora are measured: tried in its own test
        ("subsets", address.MEASURED_ROWS.name),
        ("subsets", address.SAVED.name),  # read once, then gone
        ("compare", address.SAVED.name),  # from a point of the scatter to its subset
        ("compare", address.MEASURED_ROWS.name),
        ("compare", address.LOOK.name),
        ("compare", address.WHY_SUBSET.name),
    }
    assert named - {("subsets", address.RULES.name), *links} <= tried
